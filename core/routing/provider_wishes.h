// What a request wishes of the providers that serve it: OpenRouter's `provider`, held against the names of
// our own providers. Pure; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/attempt_plan.h"
#include "core/routing/policy.h"
#include "core/routing/route_decision.h"

#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

struct ProviderWishes {
    std::vector<std::string> order; ///< these first, in this order, among the hosts of a model
    std::vector<std::string> only;  ///< no others; empty = any
    std::vector<std::string> ignore;
    bool allowFallbacks = true;
    /// `sort` and `max_price`: whoever routes gives them to the request, since the plan is made by them.
    HostWishes hosts;
    /// Names of members that ask for something else: not carried out for providers other than OpenRouter.
    std::vector<std::string> notCarriedOut;

    /// Nothing for narrow() to do.
    [[nodiscard]] bool empty() const {
        return order.empty() && only.empty() && ignore.empty() && allowFallbacks;
    }
};

/// From the JSON text of the member. Unknown members are no mistake; a known one of another type is.
[[nodiscard]] Result<ProviderWishes> readProviderWishes(std::string_view json);

/// The decision within the wishes; what they drop is in `excluded`. Providers are known by their names in
/// llm.json, case ignored. `order` moves among the hosts of one model. Without `allowFallbacks` the models
/// stay that the client asked for, each at the providers that `order` names, else at its first one.
/// OpenRouter carries its wishes out itself, and `only`, `ignore` and `order` speak of the providers behind
/// it: an attempt there is neither dropped nor moved by them. NothingLeft where no attempt stays.
[[nodiscard]] RouteResult narrow(RouteDecision decision, const ProviderWishes& wishes, const Policy& policy);

/// The same for what would be tried after a refusal; without `allowFallbacks` that is nothing.
void narrow(FallbackPlan& plan, const ProviderWishes& wishes, const Policy& policy);

} // namespace tierdeck::routing
