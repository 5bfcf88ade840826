// A decision as the store keeps it: everything that its document and its sentences show, in a tenth of their
// size. Printable UTF-8 that begins with the format's version; without the request's text, as a decision is.
// Any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/route_decision.h"

#include <string>
#include <string_view>

namespace tierdeck::routing {

/// Numbers are rounded: scores, thresholds and temperatures to a ten-thousandth, features to a thousandth.
[[nodiscard]] std::string pack(const RouteDecision& decision);
/// Reads what pack() wrote. Phrases and features that only a later version knows stay, and are shown as such.
[[nodiscard]] Result<RouteDecision> unpack(std::string_view packed);

} // namespace tierdeck::routing
