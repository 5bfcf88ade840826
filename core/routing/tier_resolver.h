// The ladder: user > skill > dynamic escalation > declared > rule > task type > default, then tier → model, then the
// attempt plan. Pure functions; any thread. Nothing here knows the time, the disk or the network.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

namespace tierdeck::routing {

[[nodiscard]] RouteResult resolve(const RouteRequest& request, const Policy& policy, const SessionState& session,
                                  const Conditions& conditions);

/// The state after a request was decided: what the next one of the session starts from.
void advance(SessionState& session, const RouteRequest& request, const RouteDecision& decision);

} // namespace tierdeck::routing
