// What budgets, quotas and the degradation curve do to one request: which models they leave out, and which
// budget makes its tier fall. Reads the policy and the conditions it is given, which must outlive it; pure;
// any thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/reason.h"
#include "core/routing/route_request.h"

#include <string>
#include <string_view>

namespace tierdeck::routing {

/// Of what, and how much of it, is used.
struct UsedShare {
    std::string of; ///< "budget 'Monthly'", "quota 'codex-cli'", "usage"; "" where nothing is counted
    double percent = 0;
};

/// Whether a pattern of a band or a budget means the model: `*` is the wildcard; without a slash it means a
/// provider.
[[nodiscard]] bool meansModel(std::string_view pattern, const ModelId& model);

[[nodiscard]] double percentUsed(const Budget& budget, const Conditions& conditions);
[[nodiscard]] bool isSpent(const Budget& budget, const Conditions& conditions);

class Spending {
public:
    /// `tier`: asked for by the rung that won; "" for an explicit model.
    Spending(const Policy& policy, const RouteRequest& request, std::string_view tier,
             const Conditions& conditions)
        : m_policy(policy)
        , m_request(request)
        , m_tier(tier)
        , m_conditions(conditions) {}

    /// The highest among the quotas and budgets that the model belongs to.
    [[nodiscard]] UsedShare highestShare(const ModelId& model) const;
    /// Why budgets and bands leave the model out; empty where they do not. A local model is left out only by
    /// a band that names its provider.
    [[nodiscard]] Reason whyNot(const ModelId& model) const;
    /// The first spent budget that degrades what `model` serves; nullptr for none. What is local costs
    /// nothing and is not degraded.
    [[nodiscard]] const Budget* degrading(const ModelId& model) const;

private:
    [[nodiscard]] bool isInScope(const Budget& budget, const ModelId& model) const;
    [[nodiscard]] bool isLocal(const ModelId& model) const;

    const Policy& m_policy;
    const RouteRequest& m_request;
    std::string_view m_tier;
    const Conditions& m_conditions;
};

} // namespace tierdeck::routing
