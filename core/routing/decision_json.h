// A decision as the JSON document of the contract, for people and programs; the store keeps the packed form
// (packed_decision.h). Any thread.
#pragma once

#include "core/routing/route_decision.h"

#include <string>

namespace tierdeck::routing {

/// The document of the `route` contract: {tier, model, provider, source, …}. One line, no spaces.
[[nodiscard]] std::string toJson(const RouteDecision& decision);

} // namespace tierdeck::routing
