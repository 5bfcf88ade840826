// Which rung of the cascade answers next. Whoever serves runs the gates and holds the answers; here is only
// what follows from values. Pure; any thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tierdeck::routing {

/// Whether the answer to this decision goes through the gates: the cascade is on and has gates, and a tier
/// was decided by the router. What a person or a skill asked for is theirs.
[[nodiscard]] bool isCascaded(const RouteDecision& decision, const Policy& policy);

struct Climb {
    std::string tier;       ///< the rung that answers next
    RouteDecision decision; ///< the former one with a plan of that rung; its first reason names the gate
};

/// After `climbs` climbs (0 for the first answer) the answer of `tier` failed `failedGate` (its kind): the
/// next rung of the ladder whose model did not answer yet and may serve. A tier that is not on the ladder
/// goes on at the first rung above it. nullopt: the last answer is given, marked `gate_failed`.
[[nodiscard]] std::optional<Climb> nextClimb(std::string_view tier, int climbs, std::string_view failedGate,
                                             std::span<const ModelId> answered, const RouteDecision& decision,
                                             const RouteRequest& request, const Policy& policy,
                                             const SessionState& session, const Conditions& conditions);

} // namespace tierdeck::routing
