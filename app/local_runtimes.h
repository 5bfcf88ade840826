// Looks for a model runtime on this machine (Ollama), for the first set-up. Takes at most a second; any
// thread.
#pragma once

#include "core/foundation/secret_source.h"
#include "core/preferences/first_setup.h"

#include <vector>

namespace tierdeck::app {

/// Asks where OLLAMA_HOST says, else at 127.0.0.1:11434; only ever on loopback.
[[nodiscard]] std::vector<preferences::FoundLocal> findLocalRuntimes(const SecretSource& secrets);

} // namespace tierdeck::app
