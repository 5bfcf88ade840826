#include "core/routing/tier_resolver.h"

#include "core/routing/attempt_plan.h"
#include "core/routing/classifier_rubric.h"
#include "core/routing/complexity.h"
#include "core/routing/model_names.h"
#include "core/routing/promotion_price.h"
#include "core/routing/rules.h"
#include "core/routing/spending.h"

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

/// The dynamic rung: what it says, and what else follows from that.
struct Escalation {
    Answer answer;
    bool scoresCount = false;    ///< another score could have made it say something else
    bool asksClassifier = false; ///< the routing model's word could
    Reason note;                 ///< what the promotion costs in lost cache
    Reason flip;                 ///< what kept a promotion from happening
};

class Escalator {
public:
    /// `starting`: the answer of the first of the lower rungs that has one.
    Escalator(Escalation& result, const Answer& starting, const Complexity& complexity,
              const RouteRequest& request, const Policy& policy, const SessionState& session,
              const Conditions& conditions)
        : m_result(result)
        , m_starting(starting)
        , m_complexity(complexity)
        , m_request(request)
        , m_policy(policy)
        , m_session(session)
        , m_conditions(conditions) {}

    void run() {
        if (m_starting.failure || m_starting.model)
            return silent(m_starting.model ? Phrase::NoPromotionOfModel : Phrase::NoStartingTier);
        if (!m_policy.dynamicTierEnabled)
            return silent(Phrase::DynamicOff);
        // Holding comes first: within a turn a promotion may be raised, never taken back, also where a later
        // request of the turn starts from another tier. Side requests that the client marks as background are
        // not the turn's work.
        const std::string& held = m_session.promotedTier;
        if (!held.empty() && m_policy.isTier(held) && !m_request.background &&
            rank(held) > rank(m_starting.tier)) {
            m_result.answer.tier = held;
            m_result.answer.reason = {Phrase::PromotionHeld, {held}};
        }
        if (rank(m_starting.tier) > rank(tiers::balanced))
            return unlessHeld({Phrase::AboveBalanced, {m_starting.tier}});
        switch (m_policy.classifier.kind) {
        case ClassifierKind::Off:
            return unlessHeld(Phrase::ClassifierOff);
        case ClassifierKind::Heuristic:
            return byScores();
        case ClassifierKind::Hybrid:
            return isNearAThreshold() && m_policy.routingModel ? byModel(true) : byScores();
        case ClassifierKind::Model:
            break;
        }
        return m_policy.routingModel ? byModel(false) : unlessHeld(Phrase::ModelNotSet);
    }

private:
    [[nodiscard]] int rank(std::string_view tier) const { return m_policy.rankOf(tier); }

    void silent(Reason reason) { m_result.answer.reason = std::move(reason); }

    void unlessHeld(Reason reason) {
        if (!m_result.answer.given())
            m_result.answer.reason = std::move(reason);
    }

    void byScores() {
        m_result.scoresCount = true;
        const ClassifierSettings& classifier = m_policy.classifier;
        const std::string_view wanted = tierForScores(m_complexity.difficulty, m_complexity.code, classifier);
        if (!isAbove(wanted)) {
            if (wanted != tiers::balanced)
                return unlessHeld({Phrase::NotAbove, {wanted, m_starting.tier}});
            return unlessHeld({Phrase::BelowThresholds,
                               {},
                               {m_complexity.difficulty, classifier.smartThreshold, m_complexity.code,
                                classifier.codingThreshold}});
        }
        const bool byCode = wanted == tiers::coding;
        const double threshold = byCode                  ? classifier.codingThreshold
                                 : wanted == tiers::deep ? classifier.deepThreshold
                                                         : classifier.smartThreshold;
        return promote(wanted, {byCode ? Phrase::CodeReaches : Phrase::DifficultyReaches,
                                {m_starting.tier, wanted},
                                {byCode ? m_complexity.code : m_complexity.difficulty, threshold}});
    }

    /// `scoresElse`: where the model was not asked yet, the scores decide for the time being.
    void byModel(bool scoresElse) {
        const ClassifierAnswer& said = m_request.classifierAnswer;
        switch (said.kind) {
        case ClassifierAnswer::Kind::Failed:
            return unlessHeld({Phrase::ModelFailed, {clipped(said.problem)}});
        case ClassifierAnswer::Kind::NotAsked:
            if (m_request.background)
                return scoresElse ? byScores() : unlessHeld(Phrase::ModelNotAsked);
            // All requests of a turn have the same prompt, and would get the same word.
            if (!m_session.firstOfTurn)
                return unlessHeld(Phrase::ModelAskedAtFirst);
            m_result.asksClassifier = true;
            return scoresElse ? byScores() : unlessHeld(Phrase::ModelNotAsked);
        case ClassifierAnswer::Kind::Tier:
            break;
        }
        const auto wanted = tierOfAnswer(said.tier);
        if (!wanted)
            return unlessHeld({Phrase::ModelSaidNoTier, {clipped(said.tier)}});
        m_result.flip = Phrase::FlipOtherWord;
        if (!isAbove(*wanted))
            return unlessHeld({Phrase::ModelNotAbove, {*wanted, m_starting.tier}});
        return promote(*wanted, {Phrase::ModelPromotes, {m_starting.tier, *wanted}});
    }

    /// Balanced means that nothing more is needed; it is no promotion, not even from background.
    [[nodiscard]] bool isAbove(std::string_view wanted) const {
        const std::string_view now =
            m_result.answer.given() ? std::string_view(m_result.answer.tier) : m_starting.tier;
        return rank(wanted) > rank(tiers::balanced) && rank(wanted) > rank(now);
    }

    /// Unless a spent budget or the lost cache speaks against it.
    void promote(std::string_view wanted, Reason reason) {
        const auto serving = servingModel(m_policy, wanted);
        if (const Budget* spent = budgetAgainst(wanted, serving)) {
            m_result.scoresCount = false;
            m_result.flip = {Phrase::FlipWithRoomInBudget, {wanted, clipped(spent->name)}};
            return unlessHeld({Phrase::NoPromotionInBudget, {clipped(spent->name)}});
        }
        if (serving) {
            if (const auto price =
                    priceOfPromotion(serving->model, m_request, m_policy, m_session, m_conditions)) {
                const bool pays = price->pays();
                Reason sum(pays ? Phrase::PromotionPays : Phrase::PromotionDoesNotPay, {wanted},
                           {static_cast<double>(price->prefixTokens), asStored(price->lostUsd),
                            asStored(price->turns), asStored(price->turnsUsd)});
                if (!pays) {
                    m_result.scoresCount = false;
                    m_result.flip = {Phrase::FlipWithoutWarmPrefix, {wanted}};
                    return unlessHeld(std::move(sum));
                }
                m_result.note = std::move(sum);
            }
        }
        m_result.answer.tier = std::string(wanted);
        m_result.answer.reason = std::move(reason);
    }

    /// One that degrades what serves the turn now, or would serve it then.
    [[nodiscard]] const Budget* budgetAgainst(std::string_view wanted,
                                              const std::optional<ServingModel>& then) const {
        if (m_policy.budgets.empty())
            return nullptr;
        if (then) {
            if (const Budget* spent =
                    Spending(m_policy, m_request, wanted, m_conditions).degrading(then->model))
                return spent;
        }
        const auto now = servingModel(m_policy, m_starting.tier);
        return now ? Spending(m_policy, m_request, m_starting.tier, m_conditions).degrading(now->model)
                   : nullptr;
    }

    /// A score within the band's reach of another outcome.
    [[nodiscard]] bool isNearAThreshold() const {
        const ClassifierSettings& classifier = m_policy.classifier;
        const double band = classifier.hybridBand;
        const auto tierAt = [&](double difficulty, double code) {
            return tierForScores(m_complexity.difficulty + difficulty, m_complexity.code + code, classifier);
        };
        const std::string_view now = tierAt(0, 0);
        return tierAt(-band, 0) != now || tierAt(band, 0) != now || tierAt(0, -band) != now ||
               tierAt(0, band) != now;
    }

    Escalation& m_result;
    const Answer& m_starting;
    const Complexity& m_complexity;
    const RouteRequest& m_request;
    const Policy& m_policy;
    const SessionState& m_session;
    const Conditions& m_conditions;
};

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

Reason flipOf(const RouteDecision& decision, const Answers& answers, const Escalation& escalation,
              const Policy& policy) {
    const auto winner = static_cast<std::size_t>(decision.source);
    if (decision.source >= TierSource::Dynamic && decision.tier) {
        if (!escalation.flip.empty())
            return escalation.flip;
        if (escalation.scoresCount) {
            if (Reason flip = flipByScores(decision, answers, policy); !flip.empty())
                return flip;
        }
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

/// Of the scores that the flip speaks of, so that the two never contradict each other.
void noteThreshold(RouteDecision& decision, const ClassifierSettings& classifier) {
    double score = decision.score;
    switch (decision.flip.phrase()) {
    case Phrase::FlipCodeBelow:
    case Phrase::FlipCodeAtLeast:
        score = decision.codeScore;
        decision.threshold = classifier.codingThreshold;
        break;
    case Phrase::FlipDifficultyBelow:
    case Phrase::FlipDifficultyAtLeast:
        decision.threshold = decision.flip.number(1);
        break;
    default:
        decision.threshold =
            std::abs(score - classifier.smartThreshold) <= std::abs(score - classifier.deepThreshold)
                ? classifier.smartThreshold
                : classifier.deepThreshold;
    }
    decision.margin = std::round((score - *decision.threshold) * 1e4) / 1e4;
}

/// A spent budget that degrades makes every tier fall one step.
void stepDown(ServingModel& serving, std::string& servedAs, const RouteRequest& request, const Policy& policy,
              const Conditions& conditions) {
    if (policy.budgets.empty())
        return;
    const Budget* spent = Spending(policy, request, servedAs, conditions).degrading(serving.model);
    const std::string_view below = spent ? tierBelow(policy, servedAs) : std::string_view();
    if (below.empty())
        return;
    auto lower = servingModel(policy, below);
    if (!lower || lower->model == serving.model)
        return;
    serving = {std::move(lower->model), {Phrase::StepsDown, {servedAs, below, clipped(spent->name)}}};
    servedAs = std::string(below);
}

std::string_view whatToDo(RouteFailure::Code code) {
    switch (code) {
    case RouteFailure::Code::WindowExceeded:
        return "Send less, or set contextWindowFallbacks to a model that holds more.";
    case RouteFailure::Code::BudgetExceeded:
        return "Raise the budget's limit, wait for its next period, or add a local provider.";
    default:
        return "Add a fallback or a local provider.";
    }
}

Complexity complexityOf(const RouteRequest& request, const Policy& policy) {
    if (!request.scores)
        return scoreComplexity(request, policy.userHead.get());
    Complexity known;
    known.difficulty = request.scores->difficulty;
    known.code = request.scores->code;
    return known;
}

/// Where nothing else decides.
Answer defaultAnswer() {
    Answer answer;
    answer.tier = tiers::balanced;
    answer.reason = Phrase::DefaultServes;
    return answer;
}

/// The first rung from `from` on that has something to say; the default always has.
std::size_t firstToSpeak(const Answers& answers, std::size_t from) {
    while (!answers[from].given() && !answers[from].failure)
        ++from;
    return from;
}

RouteFailure tierUnset(RouteDecision& decision) {
    RouteFailure failure;
    failure.code = RouteFailure::Code::TierUnset;
    failure.message = *decision.tier == tiers::balanced
                          ? "balanced has no model; set balancedModel in model-router.json."
                          : *decision.tier + " has no model, and balanced, which would serve it, has none "
                                             "either; set balancedModel in model-router.json.";
    failure.decided = {std::move(decision.tier), decision.source, std::move(decision.startingTier)};
    return failure;
}

/// Into `decision`; what it says instead where there is none.
std::optional<RouteFailure> decide(RouteDecision& decision, const RouteRequest& request, const Policy& policy,
                                   const SessionState& session, const Conditions& conditions) {
    const auto at = [](TierSource source) { return static_cast<std::size_t>(source); };
    // In the order of TierSource; the dynamic rung speaks when the others have.
    Answers answers{askUser(request, session, policy),
                    askSkill(request, policy),
                    Answer(),
                    askDeclared(request, policy),
                    askRules(request, policy),
                    askTaskType(request, policy),
                    defaultAnswer()};
    if (auto& failure = answers[at(TierSource::User)].failure)
        return std::move(failure);
    const Answer& starting = answers[firstToSpeak(answers, at(TierSource::Declared))];
    Complexity complexity = complexityOf(request, policy);
    Escalation escalation;
    Escalator(escalation, starting, complexity, request, policy, session, conditions).run();
    answers[at(TierSource::Dynamic)] = std::move(escalation.answer);

    const std::size_t winner = firstToSpeak(answers, 0);
    if (auto& failure = answers[winner].failure)
        return std::move(failure);

    decision.source = static_cast<TierSource>(winner);
    decision.startingTier = starting.tier;
    decision.policy = policy.fingerprint;
    decision.score = complexity.difficulty;
    decision.codeScore = complexity.code;
    decision.features = std::move(complexity.features);
    decision.vector = complexity.vector;
    decision.asksClassifier = escalation.asksClassifier && decision.source >= TierSource::Dynamic;
    if (decision.source == TierSource::Dynamic && !escalation.note.empty())
        decision.notes.push_back(std::move(escalation.note));

    std::optional<ServingModel> serving;
    std::string servedAs;
    if (answers[winner].model) {
        serving = ServingModel{*answers[winner].model, {}};
    } else {
        decision.tier = answers[winner].tier;
        servedAs = *decision.tier;
        serving = servingModel(policy, *decision.tier);
        if (!serving)
            return tierUnset(decision);
        if (decision.source == TierSource::Dynamic) {
            const auto settings = policy.tiers.find(*decision.tier);
            if (settings == policy.tiers.end() || !settings->second.model)
                decision.unsetWanted = *decision.tier;
        }
        stepDown(*serving, servedAs, request, policy, conditions);
    }
    decision.flip = flipOf(decision, answers, escalation, policy);
    noteThreshold(decision, policy.classifier);

    decision.ladder.reserve(rungs);
    for (std::size_t i = 0; i < rungs; ++i) {
        Answer& answer = answers[i];
        using Outcome = LadderStep::Outcome;
        const Outcome outcome = i == winner ? Outcome::Won : answer.given() ? Outcome::Lost : Outcome::Passed;
        decision.ladder.emplace_back(static_cast<TierSource>(i), std::move(answer.tier), outcome,
                                     std::move(answer.reason));
    }

    if (const auto why = planAttempts(decision, *serving, servedAs, request, policy, session, conditions)) {
        const std::string wanted = decision.tier ? *decision.tier : serving->model.text();
        return nothingLeft(wanted, std::move(decision), whatToDo(*why), *why);
    }
    return std::nullopt;
}

} // namespace

RouteResult resolve(const RouteRequest& request, const Policy& policy, const SessionState& session,
                    const Conditions& conditions) {
    RouteResult result;
    if (auto failure = decide(*result, request, policy, session, conditions))
        result = tl::unexpected<RouteFailure>(std::move(*failure));
    return result;
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

void keepWarm(SessionState& session, const RouteRequest& request, const RouteDecision& decision,
              const ModelId& host, std::int64_t promptTokens) {
    if (decision.source == TierSource::User || request.background || promptTokens <= 0)
        return;
    session.warm = WarmPrefix{host, promptTokens, 0};
}

void beginTurn(SessionState& session, UserOverride saidAlone) {
    ++session.turn;
    session.firstOfTurn = true;
    session.promotedTier.clear();
    session.turnOverride = std::move(saidAlone);
}

} // namespace tierdeck::routing
