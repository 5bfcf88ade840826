// A decision as the JSON that `tierctl route --json`, the store and the app share. Any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/route_decision.h"

#include <string>

namespace tierdeck::routing {

/// The document of the `route` contract: {tier, model, provider, source, …}. One line, no spaces.
[[nodiscard]] std::string toJson(const RouteDecision& decision);
/// Reads what toJson() wrote (also by an older version: absent keys keep their defaults).
[[nodiscard]] Result<RouteDecision> decisionFromJson(std::string_view json);

} // namespace tierdeck::routing
