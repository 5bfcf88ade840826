// A request that names several models in the order in which it wants them tried, as OpenRouter's `models`
// does. Pure; any thread.
#pragma once

#include "core/routing/tier_resolver.h"

#include <cstddef>
#include <span>
#include <string>

namespace tierdeck::routing {

/// Names of a client's list beyond these many are left out, and said to be.
inline constexpr std::size_t mostListedModels = 16;

/// The request's own `declaredModel`, where there is one, comes first, then `names` in order; each is
/// resolved like it. The first that can be served gives the decision; the models of the others follow, then
/// everybody's fallbacks, each model once. What stands for nothing is noted in `excluded`. Where none can be
/// served: the first one's failure.
[[nodiscard]] RouteResult resolveList(const RouteRequest& request, std::span<const std::string> names,
                                      const Policy& policy, const SessionState& session,
                                      const Conditions& conditions);

} // namespace tierdeck::routing
