#include "core/routing/tier_resolver.h"

#include "core/routing/attempt_plan.h"
#include "core/routing/complexity.h"
#include "core/routing/model_names.h"
#include "core/routing/rules.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tierdeck::routing {

namespace {

constexpr std::size_t rungs = 7;

/// What one rung has to say. `tier` empty and no `model`: nothing.
struct Answer {
    std::string tier;
    std::optional<ModelId> model;
    std::string detail; ///< for RouteDecision::sourceDetail
    std::string reason; ///< a sentence without its full stop
    std::optional<RouteFailure> failure;

    [[nodiscard]] bool given() const { return !tier.empty() || model; }
};

using Answers = std::array<Answer, rungs>;

Answer passed(std::string reason) {
    Answer answer;
    answer.reason = std::move(reason);
    return answer;
}

std::string withDecimals(double number, int decimals) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                   std::chars_format::fixed, decimals);
    return {buffer.data(), end.ptr};
}

/// "0.61"; with more decimals where two would make it look like the threshold that it is not.
std::string shown(double number, double threshold = -1) {
    std::string text = withDecimals(number, 2);
    return number != threshold && text == withDecimals(threshold, 2) ? withDecimals(number, 4) : text;
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
    const char* forTurn = now ? "" : " for this turn";
    if (said.empty())
        return passed("The user said nothing about it");
    Answer answer;
    if (!said.model.empty()) {
        NamedTarget target = interpretName(said.model, policy);
        switch (target.kind) {
        case NamedTarget::Kind::Auto:
            return passed("The user leaves it to the router");
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
        answer.reason = "The user asked for " + (answer.model ? answer.model->text() : answer.tier) + forTurn;
        return answer;
    }
    auto tier = typedTier(said.tier, policy);
    if (!tier) {
        answer.failure = unknownTier(said.tier, policy);
        return answer;
    }
    if (*tier == "auto" && !policy.isTier("auto"))
        return passed("The user leaves it to the router");
    answer.reason = "The user asked for " + *tier + forTurn;
    answer.tier = std::move(*tier);
    return answer;
}

Answer askSkill(const RouteRequest& request, const Policy& policy) {
    if (request.skill.empty() && request.skillTier.empty())
        return passed("No skill is active");
    const std::string skill = request.skill.empty() ? "the active skill" : "skill " + quoted(request.skill);
    std::string_view tier = request.skillTier;
    if (tier.empty()) {
        if (const auto known = policy.skillTiers.find(request.skill); known != policy.skillTiers.end())
            tier = known->second;
    }
    std::string subject = skill;
    subject[0] = subject[0] == 's' ? 'S' : 'T';
    if (tier.empty())
        return passed(subject + " asks for no tier");
    if (!policy.isTier(tier))
        return passed(subject + " asks for " + quoted(tier) + ", which is no tier");
    Answer answer;
    answer.tier = std::string(tier);
    answer.detail = skill;
    answer.reason = subject + " asks for " + answer.tier;
    return answer;
}

Answer askDeclared(const RouteRequest& request, const Policy& policy) {
    NamedTarget target = interpretName(request.declaredModel, policy);
    const std::string viaAlias =
        target.alias ? quoted(request.declaredModel) + " has the alias " + quoted(target.alias->pattern) : "";
    Answer answer;
    switch (target.kind) {
    case NamedTarget::Kind::Auto:
        if (target.alias)
            return passed(viaAlias + ", which leaves it to the router");
        return passed(request.declaredModel.empty() ? "The client named no model"
                                                    : "The client leaves it to the router");
    case NamedTarget::Kind::Unknown:
        answer.reason =
            "The client asked for " + quoted(request.declaredModel) + ", which does not exist here";
        answer.failure = modelNotFound(std::move(target.problem), request.declaredModel, policy);
        return answer;
    case NamedTarget::Kind::Tier:
        answer.tier = std::move(target.tier);
        answer.reason = target.alias ? viaAlias + " for " + answer.tier
                                     : "The client asked for " + quoted(request.declaredModel);
        break;
    case NamedTarget::Kind::Model:
        answer.model = std::move(target.model);
        answer.reason = target.alias ? viaAlias + " for " + answer.model->text()
                                     : "The client asked for " + answer.model->text() + " itself";
        break;
    }
    if (target.alias)
        answer.detail = "alias " + quoted(target.alias->pattern);
    return answer;
}

Answer askRules(const RouteRequest& request, const Policy& policy) {
    if (policy.rules.empty())
        return passed("There are no rules");
    const RuleMatch match = firstMatch(policy, request);
    if (!match.rule)
        return passed(match.noTier.empty()
                          ? "No rule matches"
                          : "Rule " + quoted(match.noTier) + " matches, but names no tier that exists");
    Answer answer;
    answer.tier = match.rule->tier;
    answer.detail = "rule " + quoted(match.rule->name);
    answer.reason = "Rule " + quoted(match.rule->name) + " names " + answer.tier;
    return answer;
}

Answer askTaskType(const RouteRequest& request, const Policy& policy) {
    if (request.taskType.empty())
        return passed("No task type was given");
    Answer answer;
    const auto mapped = policy.taskTypes.find(request.taskType);
    const std::string_view tier =
        mapped != policy.taskTypes.end() ? std::string_view(mapped->second) : request.taskType;
    if (!policy.isTier(tier))
        return passed(mapped != policy.taskTypes.end()
                          ? "Task type " + quoted(request.taskType) + " stands for " + quoted(tier) +
                                ", which is no tier"
                          : "Task type " + quoted(request.taskType) + " is not known, so the default counts");
    answer.tier = std::string(tier);
    answer.detail = "task " + quoted(request.taskType);
    answer.reason = "Task type " + quoted(request.taskType) + " stands for " + answer.tier;
    return answer;
}

/// `starting`: the answer of the first of the lower rungs that has one.
Answer askClassifier(const Answer& starting, const Complexity& complexity, const RouteRequest& request,
                     const SessionState& session, const Policy& policy) {
    if (starting.failure || starting.model)
        return passed(starting.model ? "A model was asked for by name, so nothing is promoted"
                                     : "There is no starting tier to promote from");
    if (!policy.dynamicTierEnabled)
        return passed("Dynamic escalation is off");

    Answer answer;
    const auto rank = [&](std::string_view tier) { return policy.rankOf(tier); };
    // Holding comes first: within a turn a promotion may be raised, never taken back, also where a later
    // request of the turn starts from another tier. Side requests that the client marks as background are not
    // the turn's work.
    const std::string& held = session.promotedTier;
    if (!held.empty() && policy.isTier(held) && !request.background && rank(held) > rank(starting.tier)) {
        answer.tier = held;
        answer.detail = "the turn was promoted before";
        answer.reason = "This turn was promoted to " + held + " before, and stays there";
    }
    if (rank(starting.tier) > rank(tiers::balanced))
        return answer.given() ? answer : passed(starting.tier + " is above balanced already");
    const ClassifierSettings& classifier = policy.classifier;
    if (classifier.kind == ClassifierKind::Off)
        return answer.given() ? answer : passed("The classifier is off");
    if (classifier.kind == ClassifierKind::Model)
        return answer.given() ? answer
                              : passed("The classifier model gave no answer, so nothing is promoted");

    const std::string_view wanted = tierForScores(complexity.difficulty, complexity.code, classifier);
    // Balanced means that no threshold was reached; it is no promotion, not even from background.
    if (wanted == tiers::balanced ||
        rank(wanted) <= rank(answer.given() ? std::string_view(answer.tier) : starting.tier)) {
        if (answer.given())
            return answer;
        if (wanted != tiers::balanced)
            return passed("The score speaks for " + std::string(wanted) + ", which is not above " +
                          starting.tier);
        return passed("Difficulty " + shown(complexity.difficulty, classifier.smartThreshold) +
                      " stays below " + shown(classifier.smartThreshold) + " and code " +
                      shown(complexity.code, classifier.codingThreshold) + " below " +
                      shown(classifier.codingThreshold));
    }
    const bool byCode = wanted == tiers::coding;
    const double threshold = byCode                  ? classifier.codingThreshold
                             : wanted == tiers::deep ? classifier.deepThreshold
                                                     : classifier.smartThreshold;
    answer.tier = std::string(wanted);
    const std::string reached =
        shown(byCode ? complexity.code : complexity.difficulty, threshold) + " reaches " + shown(threshold);
    answer.detail = (byCode ? "code " : "difficulty ") + reached;
    answer.reason =
        (byCode ? "Code " : "Difficulty ") + reached + ", so " + starting.tier + " goes up to " + answer.tier;
    return answer;
}

std::string_view standsAbove(TierSource winner) {
    switch (winner) {
    case TierSource::User:
        return ", but the user's word stands above it";
    case TierSource::Skill:
        return ", but the skill stands above it";
    case TierSource::Dynamic:
        return ", but the promotion stands above it";
    case TierSource::Declared:
        return ", but what the client asked for stands above it";
    case TierSource::Rule:
        return ", but the rule stands above it";
    case TierSource::TaskType:
        return ", but the task type stands above it";
    case TierSource::Default:
        break;
    }
    return {};
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

/// The smallest change of the scores that would have given another tier; "" where no change of them could.
std::string flipByScores(const RouteDecision& decision, const Answers& answers, const Policy& policy) {
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
        std::string text;
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
        best.distance = distance;
        best.text = std::string("A ") + (ofCode ? "code score" : "difficulty") + " " +
                    (score >= threshold ? "below " : "of at least ") + shown(threshold) + " instead of " +
                    shown(score, threshold) + " would have meant " + std::string(then) + ".";
    };
    consider(classifier.smartThreshold, false);
    consider(classifier.deepThreshold, false);
    consider(classifier.codingThreshold, true);
    return best.text;
}

std::string flipOf(const RouteDecision& decision, const Answers& answers, const Policy& policy) {
    const auto winner = static_cast<std::size_t>(decision.source);
    const bool scoresCount =
        policy.dynamicTierEnabled && (policy.classifier.kind == ClassifierKind::Heuristic ||
                                      policy.classifier.kind == ClassifierKind::Hybrid);
    if (decision.source >= TierSource::Dynamic && scoresCount && decision.tier &&
        policy.rankOf(decision.startingTier) <= policy.rankOf(tiers::balanced)) {
        if (std::string flip = flipByScores(decision, answers, policy); !flip.empty())
            return flip;
    }
    if (decision.source == TierSource::Default && !policy.dynamicTierEnabled) {
        const std::string_view wanted = tierForScores(decision.score, decision.codeScore, policy.classifier);
        if (wanted != tiers::balanced)
            return "With dynamic escalation on it would have been " + std::string(wanted) + ".";
        return "A task type, a rule or a tier as the model's name would have changed it.";
    }
    const std::string_view otherwise = withoutWinner(answers, winner);
    if (otherwise.empty())
        return {};
    static constexpr std::array<std::string_view, rungs> without{
        "the user's word", "the skill", "the promotion", "the model's name", "the rule", "the task type", ""};
    return "Without " + std::string(without[winner]) + " it would have been " + std::string(otherwise) + ".";
}

RouteFailure nothingLeft(const RouteDecision& decision, const ModelId& model) {
    RouteFailure failure;
    failure.code = RouteFailure::Code::NothingLeft;
    failure.message = "Nothing is left to try for " + (decision.tier ? *decision.tier : model.text()) + ": ";
    for (std::size_t i = 0; i < decision.excluded.size(); ++i)
        failure.message +=
            (i ? "; " : "") + decision.excluded[i].model.text() + " (" + decision.excluded[i].reason + ")";
    failure.message += ". Add a fallback or a local provider.";
    failure.excluded = decision.excluded;
    return failure;
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
    fallback.reason = "Where nothing else decides, balanced serves";

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
    decision.sourceDetail = answers[winner].detail;
    decision.startingTier = answers[starting].tier;
    decision.policy = policy.fingerprint;
    decision.score = complexity.difficulty;
    decision.codeScore = complexity.code;
    decision.features = std::move(complexity.features);
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
        if (i == winner) {
            step.outcome = LadderStep::Outcome::Won;
        } else if (!step.tier.empty() || answer.model) {
            step.outcome = LadderStep::Outcome::Lost;
            step.reason += standsAbove(decision.source);
        }
        step.reason += '.';
        decision.ladder.push_back(std::move(step));
    }

    planAttempts(decision, *serving, request, policy, session, conditions);
    if (decision.attempts.empty())
        return tl::unexpected<RouteFailure>(nothingLeft(decision, serving->model));
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
