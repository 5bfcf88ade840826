#include "core/routing/cascade_plan.h"

#include "core/routing/attempt_plan.h"

#include <algorithm>

namespace tierdeck::routing {

bool isCascaded(const RouteDecision& decision, const Policy& policy) {
    return policy.cascade.enabled && !policy.cascade.gates.empty() && decision.tier &&
           decision.source != TierSource::User && decision.source != TierSource::Skill;
}

std::optional<Climb> nextClimb(std::string_view tier, int climbs, std::string_view failedGate,
                               std::span<const ModelId> answered, const RouteDecision& decision,
                               const RouteRequest& request, const Policy& policy, const SessionState& session,
                               const Conditions& conditions) {
    const CascadeSettings& cascade = policy.cascade;
    if (climbs >= cascade.maxClimbs || !isCascaded(decision, policy))
        return std::nullopt;
    const auto isAnswered = [&](const ModelId& model) {
        return std::find(answered.begin(), answered.end(), model) != answered.end();
    };
    auto rung = std::find(cascade.ladder.begin(), cascade.ladder.end(), tier);
    const bool isOnLadder = rung != cascade.ladder.end();
    rung = isOnLadder ? rung + 1 : cascade.ladder.begin();
    for (; rung != cascade.ladder.end(); ++rung) {
        if (!policy.isTier(*rung) || (!isOnLadder && policy.rankOf(*rung) <= policy.rankOf(tier)))
            continue;
        const auto serving = servingModel(policy, *rung);
        if (!serving || isAnswered(serving->model))
            continue;
        Climb climb{*rung, decision};
        RouteDecision& next = climb.decision;
        next.attempts.clear();
        next.excluded.clear();
        next.notes.clear();
        const Reason reason(Phrase::ClimbsTo, {tier, *rung, failedGate});
        if (planAttempts(next, {serving->model, reason}, *rung, request, policy, session, conditions))
            continue;
        // Neither a fallback that answered before nor a lower tier is a climb.
        std::erase_if(next.attempts, [&](const PlannedAttempt& attempt) {
            return isAnswered(attempt.model) || attempt.kind == PlannedAttempt::Kind::LowerTier ||
                   attempt.kind == PlannedAttempt::Kind::LastResort;
        });
        if (next.attempts.empty())
            continue;
        for (PlannedAttempt& attempt : next.attempts) {
            if (attempt.kind == PlannedAttempt::Kind::Decided)
                attempt.kind = PlannedAttempt::Kind::Climb;
        }
        next.model = next.attempts.front().model;
        next.temperature = next.attempts.front().temperature;
        return climb;
    }
    return std::nullopt;
}

} // namespace tierdeck::routing
