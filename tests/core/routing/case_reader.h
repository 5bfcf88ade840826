// Reads the routing cases of tests/data/routing: a policy, a request, a session's state and the conditions as
// JSON, in the words of the preferences. Only as strict as tests need; the product's own reader is
// core/preferences.
#pragma once

#include "core/routing/attempt_plan.h"
#include "core/routing/cascade_plan.h"
#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tierdeck::routing::cases {

using Json = nlohmann::ordered_json;

[[nodiscard]] Policy readPolicy(const Json& json);
/// The views point into `json`, which must outlive the request.
[[nodiscard]] RouteRequest readRequest(const Json& json);
[[nodiscard]] SessionState readSession(const Json& json);
[[nodiscard]] Conditions readConditions(const Json& json);

struct Case {
    std::string file;
    std::string name;
    Json policy; ///< the file's named policy with the case's changes in it
    Json request;
    Json session;
    Json conditions;
    Json refused; ///< null, or the refusal after which something else is tried
    Json climb;   ///< null, or the gate after which the cascade climbs
    Json expect;
};

/// As the gateway decides it: with the request's `models` and `provider`.
[[nodiscard]] RouteResult decide(const Case& given);
/// What comes after the case's refusal.
[[nodiscard]] FallbackPlan decideAfterRefusal(const Case& given, const RouteDecision& decision);

/// Where the cascade goes on after the case's failed gate.
[[nodiscard]] std::optional<Climb> decideClimb(const Case& given, const RouteDecision& decision);

/// Every case of every file of a folder, in the order of their names.
[[nodiscard]] std::vector<Case> readCases(const std::string& folder);

} // namespace tierdeck::routing::cases
