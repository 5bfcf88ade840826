#include "core/gateway/services.h"

#include "core/gateway/credentials.h"

namespace tierdeck::gateway {

routing::PolicySource::Current Services::policy() {
    auto current = parts.policies.current();
    if (!current.reloaded.empty()) {
        const auto time = parts.clock.now();
        if (current.problem.empty())
            parts.log.reloaded(time, current.reloaded, current.policy ? current.policy->fingerprint : "");
        else
            parts.log.warning(time,
                              "Preferences: " + current.reloaded + " is not in force: " + current.problem);
    }
    return current;
}

const routing::ClientToken* Services::clientToken(const http::Head& head,
                                                  const routing::Policy& policy) const {
    for (const auto& token : policy.clientTokens) {
        const auto secret = parts.secrets.fromEnvironment(token.environmentVariable);
        if (secret && hasCredential(head, *secret))
            return &token;
    }
    return nullptr;
}

routing::Conditions Services::conditions(const routing::Policy& policy, std::string_view session) const {
    routing::Conditions conditions;
    conditions.time = parts.clock.now();
    breakers.addTo(conditions, parts.clock.steadyNow());
    limits.addTo(conditions, policy, conditions.time);
    if (parts.spend && !policy.budgets.empty())
        parts.spend->addTo(conditions, policy, session, conditions.time);
    latencies.addTo(conditions, policy);
    return conditions;
}

} // namespace tierdeck::gateway
