// The ladder: user > skill > dynamic escalation > declared > rule > task type > default, then tier → model,
// then the attempt plan. Pure functions; any thread. Nothing here knows the time, the disk or the network.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

namespace tierdeck::routing {

[[nodiscard]] RouteResult resolve(const RouteRequest& request, const Policy& policy,
                                  const SessionState& session, const Conditions& conditions);

/// What policy adds to a request that goes to `model` for `tier` (nullopt: an explicit model): nothing where
/// the request has its own, reasoning is on, or the model refuses it.
[[nodiscard]] std::optional<double> temperatureFor(const ModelId& model,
                                                   const std::optional<std::string>& tier,
                                                   const RouteRequest& request, const Policy& policy);

/// The state after a request was decided: what the next one of the session starts from.
void advance(SessionState& session, const RouteRequest& request, const RouteDecision& decision);
/// After `host` answered a request: the prompt cache that this leaves behind, of as many tokens as were read
/// from it, written to it, or may be in it. A user's own word neither moves nor makes it, nor does a side
/// request.
void keepWarm(SessionState& session, const RouteRequest& request, const RouteDecision& decision,
              const ModelId& host, std::int64_t promptTokens);
/// The state at the start of the next turn. `saidAlone`: what a message with nothing but a command said
/// before it.
void beginTurn(SessionState& session, UserOverride saidAlone = {});

} // namespace tierdeck::routing
