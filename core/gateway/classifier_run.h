// Asks the routing model which tier a prompt is for, as the gateway does at a turn's first request, without
// serving anyone: the call goes through the gateway's own dispatcher and is recorded as a request of its own.
// Blocks until the answer is there and recorded; any thread; used by `tierctl route --classify model`.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/gateway.h"

#include <string>
#include <string_view>

namespace tierdeck::gateway {

/// What the model said, whatever that was. NetworkFailed where it said nothing in time; Locked where the
/// store gives no number for the request. `policy` must have a routing model; of `options` the proxies count.
[[nodiscard]] Result<std::string> runClassifier(const GatewayOptions& options, const Gateway::Parts& parts,
                                                const routing::Policy& policy, std::string_view prompt);

} // namespace tierdeck::gateway
