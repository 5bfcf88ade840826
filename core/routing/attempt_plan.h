// From the model that was decided to the list of models that will be tried. Internal to routing; pure; any
// thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

namespace tierdeck::routing {

/// Fills in attempts, excluded, model, temperature and reasoning of a decision whose tier and source stand.
/// The plan is empty only where nothing at all is left.
void planAttempts(RouteDecision& decision, const ServingModel& serving, const RouteRequest& request,
                  const Policy& policy, const SessionState& session, const Conditions& conditions);

} // namespace tierdeck::routing
