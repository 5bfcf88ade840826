#include "core/routing/tier_resolver.h"

#include "core/routing/attempt_plan.h"
#include "core/routing/complexity.h"
#include "core/routing/model_names.h"
#include "core/routing/rules.h"

#include <array>
#include <cmath>

namespace tierdeck::routing {

namespace {

constexpr std::size_t rungs = 7;

/// What one rung has to say. `tier` empty and no `model`: nothing.
struct Answer {
    std::string tier;
    std::optional<ModelId> model;
    Reason reason;
    std::optional<RouteFailure> failure;

    [[nodiscard]] bool given() const { return !tier.empty() || model; }
};

using Answers = std::array<Answer, rungs>;

Answer passed(Reason reason) {
    Answer answer;
    answer.reason = std::move(reason);
    return answer;
}

RouteFailure unknownTier(std::string_view tier, const Policy& policy) {
    RouteFailure failure;
    failure.code = RouteFailure::Code::UnknownTier;
    failure.message = "There is no tier " + quoted(tier) + "; ask for one that exists.";
    failure.near = nearTiers(tier, policy);
    return failure;
}

RouteFailure modelNotFound(std::string problem, std::string_view name, const Policy& policy) {
    RouteFailure failure;
    failure.code = RouteFailure::Code::ModelNotFound;
    failure.message = std::move(problem);
    failure.near = nearNames(name, policy);
    return failure;
}

/// The tier as a person may have typed it: "Deep", "tier-deep".
std::optional<std::string> typedTier(std::string_view typed, const Policy& policy) {
    if (policy.isTier(typed))
        return std::string(typed);
    std::string lower(typed);
    for (char& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    for (const std::string_view prefix : {"tier-", "tier/"}) {
        if (lower.starts_with(prefix))
            lower.erase(0, prefix.size());
    }
    if (lower == "auto" || policy.isTier(lower))
        return lower;
    return std::nullopt;
}

Answer askUser(const RouteRequest& request, const SessionState& session, const Policy& policy) {
    const bool now = !request.userOverride.empty();
    const UserOverride& said = now ? request.userOverride : session.turnOverride;
    const Phrase asked = now ? Phrase::UserAsked : Phrase::UserAskedForTurn;
    if (said.empty())
        return passed(Phrase::UserSilent);
    Answer answer;
    if (!said.model.empty()) {
        NamedTarget target = interpretName(said.model, policy);
        switch (target.kind) {
        case NamedTarget::Kind::Auto:
            return passed(Phrase::UserLeavesIt);
        case NamedTarget::Kind::Unknown:
            answer.failure = modelNotFound(std::move(target.problem), said.model, policy);
            return answer;
        case NamedTarget::Kind::Tier:
            answer.tier = std::move(target.tier);
            break;
        case NamedTarget::Kind::Model:
            answer.model = std::move(target.model);
            break;
        }
        answer.reason = {asked, {answer.model ? answer.model->text() : answer.tier}};
        return answer;
    }
    auto tier = typedTier(said.tier, policy);
    if (!tier) {
        answer.failure = unknownTier(said.tier, policy);
        return answer;
    }
    if (*tier == "auto" && !policy.isTier("auto"))
        return passed(Phrase::UserLeavesIt);
    answer.reason = {asked, {*tier}};
    answer.tier = std::move(*tier);
    return answer;
}

Answer askSkill(const RouteRequest& request, const Policy& policy) {
    if (request.skill.empty() && request.skillTier.empty())
        return passed(Phrase::NoSkill);
    const bool named = !request.skill.empty();
    const std::string skill = clipped(request.skill);
    std::string_view tier = request.skillTier;
    if (tier.empty()) {
        if (const auto known = policy.skillTiers.find(request.skill); known != policy.skillTiers.end())
            tier = known->second;
    }
    if (tier.empty())
        return passed(named ? Reason(Phrase::SkillNoTier, {skill}) : Reason(Phrase::ActiveSkillNoTier));
    if (!policy.isTier(tier))
        return passed(named ? Reason(Phrase::SkillUnknownTier, {skill, clipped(tier)})
                            : Reason(Phrase::ActiveSkillUnknownTier, {clipped(tier)}));
    Answer answer;
    answer.tier = std::string(tier);
    answer.reason =
        named ? Reason(Phrase::SkillAsks, {skill, tier}) : Reason(Phrase::ActiveSkillAsks, {tier});
    return answer;
}

Answer askDeclared(const RouteRequest& request, const Policy& policy) {
    NamedTarget target = interpretName(request.declaredModel, policy);
    const std::string asked = clipped(request.declaredModel);
    const std::string alias = target.alias ? clipped(target.alias->pattern) : std::string();
    Answer answer;
    switch (target.kind) {
    case NamedTarget::Kind::Auto:
        if (target.alias)
            return passed({Phrase::AliasLeavesIt, {asked, alias}});
        return passed(asked.empty() ? Phrase::NoModelNamed : Phrase::ClientLeavesIt);
    case NamedTarget::Kind::Unknown:
        answer.reason = {Phrase::DeclaredUnknown, {asked}};
        answer.failure = modelNotFound(std::move(target.problem), request.declaredModel, policy);
        return answer;
    case NamedTarget::Kind::Tier:
        answer.tier = std::move(target.tier);
        answer.reason = target.alias ? Reason(Phrase::AliasNames, {asked, alias, answer.tier})
                                     : Reason(Phrase::DeclaredTier, {asked});
        break;
    case NamedTarget::Kind::Model:
        answer.model = std::move(target.model);
        answer.reason = target.alias ? Reason(Phrase::AliasNames, {asked, alias, answer.model->text()})
                                     : Reason(Phrase::DeclaredModel, {answer.model->text()});
        break;
    }
    return answer;
}

Answer askRules(const RouteRequest& request, const Policy& policy) {
    if (policy.rules.empty())
        return passed(Phrase::NoRules);
    const RuleMatch match = firstMatch(policy, request);
    if (!match.rule)
        return passed(match.noTier.empty() ? Reason(Phrase::NoRuleMatches)
                                           : Reason(Phrase::RuleNoTier, {clipped(match.noTier)}));
    Answer answer;
    answer.tier = match.rule->tier;
    answer.reason = {Phrase::RuleNames, {clipped(match.rule->name), answer.tier}};
    return answer;
}

Answer askTaskType(const RouteRequest& request, const Policy& policy) {
    if (request.taskType.empty())
        return passed(Phrase::NoTaskType);
    Answer answer;
    const auto mapped = policy.taskTypes.find(request.taskType);
    const std::string_view tier =
        mapped != policy.taskTypes.end() ? std::string_view(mapped->second) : request.taskType;
    if (!policy.isTier(tier))
        return passed(mapped != policy.taskTypes.end()
                          ? Reason(Phrase::TaskUnknownTier, {clipped(request.taskType), clipped(tier)})
                          : Reason(Phrase::TaskUnknown, {clipped(request.taskType)}));
    answer.tier = std::string(tier);
    answer.reason = {Phrase::TaskNames, {clipped(request.taskType), tier}};
    return answer;
}

/// `starting`: the answer of the first of the lower rungs that has one.
Answer askClassifier(const Answer& starting, const Complexity& complexity, const RouteRequest& request,
                     const SessionState& session, const Policy& policy) {
    if (starting.failure || starting.model)
        return passed(starting.model ? Phrase::NoPromotionOfModel : Phrase::NoStartingTier);
    if (!policy.dynamicTierEnabled)
        return passed(Phrase::DynamicOff);

    Answer answer;
    const auto rank = [&](std::string_view tier) { return policy.rankOf(tier); };
    // Holding comes first: within a turn a promotion may be raised, never taken back, also where a later
    // request of the turn starts from another tier. Side requests that the client marks as background are not
    // the turn's work.
    const std::string& held = session.promotedTier;
    if (!held.empty() && policy.isTier(held) && !request.background && rank(held) > rank(starting.tier)) {
        answer.tier = held;
        answer.reason = {Phrase::PromotionHeld, {held}};
    }
    if (rank(starting.tier) > rank(tiers::balanced))
        return answer.given() ? answer : passed({Phrase::AboveBalanced, {starting.tier}});
    const ClassifierSettings& classifier = policy.classifier;
    if (classifier.kind == ClassifierKind::Off)
        return answer.given() ? answer : passed(Phrase::ClassifierOff);
    if (classifier.kind == ClassifierKind::Model)
        return answer.given() ? answer : passed(Phrase::ClassifierSilent);

    const std::string_view wanted = tierForScores(complexity.difficulty, complexity.code, classifier);
    // Balanced means that no threshold was reached; it is no promotion, not even from background.
    if (wanted == tiers::balanced ||
        rank(wanted) <= rank(answer.given() ? std::string_view(answer.tier) : starting.tier)) {
        if (answer.given())
            return answer;
        if (wanted != tiers::balanced)
            return passed({Phrase::NotAbove, {wanted, starting.tier}});
        return passed({Phrase::BelowThresholds,
                       {},
                       {complexity.difficulty, classifier.smartThreshold, complexity.code,
                        classifier.codingThreshold}});
    }
    const bool byCode = wanted == tiers::coding;
    const double threshold = byCode                  ? classifier.codingThreshold
                             : wanted == tiers::deep ? classifier.deepThreshold
                                                     : classifier.smartThreshold;
    answer.tier = std::string(wanted);
    answer.reason = {byCode ? Phrase::CodeReaches : Phrase::DifficultyReaches,
                     {starting.tier, wanted},
                     {byCode ? complexity.code : complexity.difficulty, threshold}};
    return answer;
}

void noteThreshold(RouteDecision& decision, const ClassifierSettings& classifier) {
    const double score = decision.score;
    decision.threshold =
        std::abs(score - classifier.smartThreshold) <= std::abs(score - classifier.deepThreshold)
            ? classifier.smartThreshold
            : classifier.deepThreshold;
    decision.margin = std::round((score - *decision.threshold) * 1e4) / 1e4;
}

/// What the answers would have given had the winning rung been silent: a tier or a model.
std::string_view withoutWinner(const Answers& answers, std::size_t winner) {
    for (std::size_t i = winner + 1; i < rungs; ++i) {
        if (answers[i].given())
            return answers[i].model ? std::string_view(answers[i].model->text())
                                    : std::string_view(answers[i].tier);
    }
    return {};
}

/// The smallest change of the scores that would have given another tier; empty where no change of them could.
Reason flipByScores(const RouteDecision& decision, const Answers& answers, const Policy& policy) {
    const ClassifierSettings& classifier = policy.classifier;
    const std::string& starting = decision.startingTier;
    const auto tierAt = [&](double difficulty, double code) -> std::string_view {
        const std::string_view wanted = tierForScores(difficulty, code, classifier);
        const bool promotes = wanted != tiers::balanced && policy.rankOf(wanted) > policy.rankOf(starting);
        return promotes ? wanted : std::string_view(starting);
    };
    const std::string_view now = tierAt(decision.score, decision.codeScore);
    if (decision.source == TierSource::Dynamic &&
        now != answers[static_cast<std::size_t>(TierSource::Dynamic)].tier)
        return {}; // the turn is held, whatever is scored

    struct Change {
        double distance = 2;
        double threshold = 0;
        bool ofCode = false;
        std::string_view tier; ///< "" for none
    } best;

    const auto consider = [&](double threshold, bool ofCode) {
        const double score = ofCode ? decision.codeScore : decision.score;
        const double distance = std::abs(score - threshold);
        if (distance >= best.distance)
            return;
        const double moved = score >= threshold ? threshold - 1e-9 : threshold;
        const std::string_view then =
            ofCode ? tierAt(decision.score, moved) : tierAt(moved, decision.codeScore);
        if (then == now)
            return;
        best = {distance, threshold, ofCode, then};
    };
    consider(classifier.smartThreshold, false);
    consider(classifier.deepThreshold, false);
    consider(classifier.codingThreshold, true);
    if (best.tier.empty())
        return {};
    const double score = best.ofCode ? decision.codeScore : decision.score;
    const Phrase below = best.ofCode ? Phrase::FlipCodeBelow : Phrase::FlipDifficultyBelow;
    const Phrase atLeast = best.ofCode ? Phrase::FlipCodeAtLeast : Phrase::FlipDifficultyAtLeast;
    return {score >= best.threshold ? below : atLeast, {best.tier}, {score, best.threshold}};
}

Reason flipOf(const RouteDecision& decision, const Answers& answers, const Policy& policy) {
    const auto winner = static_cast<std::size_t>(decision.source);
    const bool scoresCount =
        policy.dynamicTierEnabled && (policy.classifier.kind == ClassifierKind::Heuristic ||
                                      policy.classifier.kind == ClassifierKind::Hybrid);
    if (decision.source >= TierSource::Dynamic && scoresCount && decision.tier &&
        policy.rankOf(decision.startingTier) <= policy.rankOf(tiers::balanced)) {
        if (Reason flip = flipByScores(decision, answers, policy); !flip.empty())
            return flip;
    }
    if (decision.source == TierSource::Default && !policy.dynamicTierEnabled) {
        const std::string_view wanted = tierForScores(decision.score, decision.codeScore, policy.classifier);
        if (wanted != tiers::balanced)
            return {Phrase::FlipEscalation, {wanted}};
        return Phrase::FlipAnything;
    }
    const std::string_view otherwise = withoutWinner(answers, winner);
    if (otherwise.empty())
        return {};
    static constexpr std::array<Phrase, rungs> without{Phrase::FlipWithoutUser,
                                                       Phrase::FlipWithoutSkill,
                                                       Phrase::FlipWithoutPromotion,
                                                       Phrase::FlipWithoutName,
                                                       Phrase::FlipWithoutRule,
                                                       Phrase::FlipWithoutTask,
                                                       Phrase::None};
    return {without[winner], {otherwise}};
}

} // namespace

RouteResult resolve(const RouteRequest& request, const Policy& policy, const SessionState& session,
                    const Conditions& conditions) {
    const auto at = [](TierSource source) { return static_cast<std::size_t>(source); };
    Answers answers;
    answers[at(TierSource::User)] = askUser(request, session, policy);
    if (answers[at(TierSource::User)].failure)
        return tl::unexpected<RouteFailure>(std::move(*answers[at(TierSource::User)].failure));
    answers[at(TierSource::Skill)] = askSkill(request, policy);
    answers[at(TierSource::Declared)] = askDeclared(request, policy);
    answers[at(TierSource::Rule)] = askRules(request, policy);
    answers[at(TierSource::TaskType)] = askTaskType(request, policy);
    Answer& fallback = answers[at(TierSource::Default)];
    fallback.tier = std::string(tiers::balanced);
    fallback.reason = Phrase::DefaultServes;

    std::size_t starting = at(TierSource::Declared);
    while (!answers[starting].given() && !answers[starting].failure)
        ++starting;
    Complexity complexity = scoreComplexity(request);
    answers[at(TierSource::Dynamic)] = askClassifier(answers[starting], complexity, request, session, policy);

    std::size_t winner = 0;
    while (!answers[winner].given() && !answers[winner].failure)
        ++winner;
    if (answers[winner].failure)
        return tl::unexpected<RouteFailure>(std::move(*answers[winner].failure));

    RouteDecision decision;
    decision.source = static_cast<TierSource>(winner);
    decision.startingTier = answers[starting].tier;
    decision.policy = policy.fingerprint;
    decision.score = complexity.difficulty;
    decision.codeScore = complexity.code;
    decision.features = std::move(complexity.features);
    decision.vector = complexity.vector;
    noteThreshold(decision, policy.classifier);

    std::optional<ServingModel> serving;
    if (answers[winner].model) {
        serving = ServingModel{*answers[winner].model, {}};
    } else {
        decision.tier = answers[winner].tier;
        serving = servingModel(policy, *decision.tier);
        if (!serving) {
            RouteFailure failure;
            failure.code = RouteFailure::Code::TierUnset;
            failure.message = *decision.tier == tiers::balanced
                                  ? "balanced has no model; set balancedModel in model-router.json."
                                  : *decision.tier +
                                        " has no model, and balanced, which would serve it, has none "
                                        "either; set balancedModel in model-router.json.";
            return tl::unexpected<RouteFailure>(std::move(failure));
        }
        const auto settings = policy.tiers.find(*decision.tier);
        if (decision.source == TierSource::Dynamic &&
            (settings == policy.tiers.end() || !settings->second.model))
            decision.unsetWanted = *decision.tier;
    }
    decision.flip = flipOf(decision, answers, policy);

    decision.ladder.reserve(rungs);
    for (std::size_t i = 0; i < rungs; ++i) {
        Answer& answer = answers[i];
        LadderStep step;
        step.source = static_cast<TierSource>(i);
        step.tier = std::move(answer.tier);
        step.reason = std::move(answer.reason);
        if (i == winner)
            step.outcome = LadderStep::Outcome::Won;
        else if (!step.tier.empty() || answer.model)
            step.outcome = LadderStep::Outcome::Lost;
        decision.ladder.push_back(std::move(step));
    }

    planAttempts(decision, *serving, request, policy, session, conditions);
    if (decision.attempts.empty())
        return tl::unexpected<RouteFailure>(
            nothingLeft(decision.tier ? *decision.tier : serving->model.text(), std::move(decision.excluded),
                        "Add a fallback or a local provider."));
    return decision;
}

void advance(SessionState& session, const RouteRequest& request, const RouteDecision& decision) {
    if (!request.userOverride.empty())
        session.turnOverride = request.userOverride;
    // A title, a summary, a quota probe: part of the turn, but not what the turn is decided by.
    if (request.background)
        return;
    session.firstOfTurn = false;
    if (decision.source == TierSource::Dynamic && decision.tier)
        session.promotedTier = *decision.tier;
}

void beginTurn(SessionState& session, UserOverride saidAlone) {
    ++session.turn;
    session.firstOfTurn = true;
    session.promotedTier.clear();
    session.turnOverride = std::move(saidAlone);
}

} // namespace tierdeck::routing
