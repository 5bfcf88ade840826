#include "core/routing/model_list.h"

#include "core/routing/attempt_plan.h"
#include "core/routing/complexity.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::routing {

namespace {

struct Listed {
    std::string_view name;
    RouteDecision decision;
};

/// In the order in which they are tried: a client that lists models wants those before anyone's fallbacks,
/// and what serves when nothing is left only then.
enum class Rank { Asked, Fallback, LowerTier, LastResort };

Rank rankOf(const PlannedAttempt& attempt) {
    switch (attempt.kind) {
    case PlannedAttempt::Kind::Decided:
    case PlannedAttempt::Kind::Host:
    case PlannedAttempt::Kind::Climb:
        return Rank::Asked;
    case PlannedAttempt::Kind::Fallback:
        return Rank::Fallback;
    case PlannedAttempt::Kind::LowerTier:
        return Rank::LowerTier;
    case PlannedAttempt::Kind::LastResort:
        break;
    }
    return Rank::LastResort;
}

std::vector<std::string_view> askedNames(const RouteRequest& request, std::span<const std::string> names) {
    std::vector<std::string_view> asked;
    if (!request.declaredModel.empty())
        asked.push_back(request.declaredModel);
    for (const std::string& name : names) {
        if (!name.empty() && std::find(asked.begin(), asked.end(), name) == asked.end())
            asked.push_back(name);
        if (asked.size() > mostListedModels)
            break;
    }
    return asked;
}

class Merger {
public:
    explicit Merger(RouteDecision& decision)
        : m_decision(decision) {}

    void leaveOut(std::string_view name, Phrase why) {
        const std::string shown = clipped(name);
        Reason reason(why, {shown});
        if (why == Phrase::ListedBeyond)
            reason.addWord(std::to_string(mostListedModels));
        leaveOut({ModelId::parse(shown).value_or(ModelId()), std::move(reason)});
    }

    void leaveOut(Exclusion exclusion) {
        const auto isSame = [&](const Exclusion& other) { return nameOf(other) == nameOf(exclusion); };
        if (std::none_of(m_decision.excluded.begin(), m_decision.excluded.end(), isSame))
            m_decision.excluded.push_back(std::move(exclusion));
    }

    void add(PlannedAttempt attempt) {
        const auto isSame = [&](const PlannedAttempt& other) { return other.model == attempt.model; };
        if (std::none_of(m_decision.attempts.begin(), m_decision.attempts.end(), isSame))
            m_decision.attempts.push_back(std::move(attempt));
    }

private:
    RouteDecision& m_decision;
};

void noteFailure(Merger& merger, std::string_view name, const RouteFailure& failure) {
    switch (failure.code) {
    case RouteFailure::Code::ModelNotFound:
    case RouteFailure::Code::UnknownTier:
        merger.leaveOut(name, Phrase::ListedUnknown);
        break;
    case RouteFailure::Code::TierUnset:
        merger.leaveOut(name, Phrase::ListedUnset);
        break;
    case RouteFailure::Code::NothingLeft:
    case RouteFailure::Code::WindowExceeded:
    case RouteFailure::Code::BudgetExceeded:
        for (const Exclusion& exclusion : failure.excluded)
            merger.leaveOut(exclusion);
        break;
    }
}

} // namespace

RouteResult resolveList(const RouteRequest& request, std::span<const std::string> names, const Policy& policy,
                        const SessionState& session, const Conditions& conditions) {
    std::vector<std::string_view> asked = askedNames(request, names);
    std::optional<std::string_view> beyond;
    if (asked.size() > mostListedModels) {
        beyond = asked.back();
        asked.pop_back();
    }
    RouteRequest one = request;
    if (asked.size() <= 1) {
        one.declaredModel = asked.empty() ? std::string_view() : asked.front();
        return resolve(one, policy, session, conditions);
    }
    std::optional<PromptReading> reading;
    if (!one.reading)
        one.reading = &reading.emplace(readPrompt(one.userText));

    std::vector<Listed> served;
    std::vector<std::pair<std::string_view, RouteFailure>> failed;
    for (const std::string_view name : asked) {
        one.declaredModel = name;
        if (RouteResult result = resolve(one, policy, session, conditions))
            served.push_back({name, std::move(*result)});
        else
            failed.emplace_back(name, std::move(result.error()));
    }
    if (served.empty())
        return tl::unexpected<RouteFailure>(std::move(failed.front().second));

    // One of which only a fallback is left stands behind one that is served as it was asked for.
    const auto best = std::min_element(served.begin(), served.end(), [](const Listed& a, const Listed& b) {
        return rankOf(a.decision.attempts.front()) < rankOf(b.decision.attempts.front());
    });
    RouteDecision decision = best->decision;
    decision.attempts.clear();
    Merger merger(decision);
    for (const Rank rank : {Rank::Asked, Rank::Fallback, Rank::LowerTier, Rank::LastResort}) {
        if (rank >= Rank::LowerTier && !decision.attempts.empty())
            break;
        for (const Listed& listed : served) {
            for (const PlannedAttempt& attempt : listed.decision.attempts) {
                if (rankOf(attempt) != rank)
                    continue;
                PlannedAttempt next = attempt;
                if (&listed != &*best && attempt.kind == PlannedAttempt::Kind::Decided) {
                    next.kind = PlannedAttempt::Kind::Fallback;
                    next.reason = listedReason(listed.name, listed.decision.tier, attempt.reason);
                }
                merger.add(std::move(next));
            }
        }
    }
    for (const Listed& listed : served) {
        for (const Exclusion& exclusion : listed.decision.excluded)
            merger.leaveOut(exclusion);
    }
    for (const auto& [name, failure] : failed)
        noteFailure(merger, name, failure);
    if (beyond)
        merger.leaveOut(*beyond, Phrase::ListedBeyond);
    return decision;
}

} // namespace tierdeck::routing
