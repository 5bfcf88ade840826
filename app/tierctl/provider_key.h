// The key by which a command asks a provider itself. A plain helper of tierctl's commands.
#pragma once

#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"
#include "core/routing/provider_settings.h"

#include <string>

namespace tierdeck::app {

/// "" where the provider needs none.
[[nodiscard]] Result<std::string> keyOf(const routing::ProviderSettings& provider,
                                        const SecretSource& secrets);

} // namespace tierdeck::app
