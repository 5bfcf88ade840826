// Which of the user's rules a request meets. Internal to routing; pure; any thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_request.h"

#include <string>
#include <vector>

namespace tierdeck::routing {

/// A rule matches where all conditions of its `when` hold; where it has none, always.
struct RuleMatch {
    const Rule* rule = nullptr; ///< the first that matches and names a tier; null for none
    std::string noTier;         ///< the name of an earlier one that matches, but whose tier does not exist
};

[[nodiscard]] RuleMatch firstMatch(const Policy& policy, const RouteRequest& request);

} // namespace tierdeck::routing
