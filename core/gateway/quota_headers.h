// How full a provider's quotas are by what its replies say: OpenAI's and Anthropic's rate limits, and the
// limits of Codex subscriptions. Pure; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/gateway/http/head.h"
#include "core/routing/availability.h"

#include <vector>

namespace tierdeck::gateway {

/// One for each limit that the reply speaks of.
[[nodiscard]] std::vector<routing::QuotaWindow> quotaWindows(const http::Head& reply, UtcTime now);

} // namespace tierdeck::gateway
