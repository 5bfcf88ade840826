#include "core/routing/route_decision.h"

#include <array>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 3> outcomeNames{"won", "lost", "passed"};
constexpr std::array<std::string_view, 6> failureNames{
    "model_not_found",         "unknown_tier",   "tier_unset", "nothing_left",
    "context_length_exceeded", "budget_exceeded"};
constexpr std::array<std::string_view, 6> attemptNames{"decided",   "host",       "fallback",
                                                       "lowerTier", "lastResort", "climb"};

std::string because(const RouteDecision& decision) {
    const std::string detail = sourceDetail(decision);
    switch (decision.source) {
    case TierSource::User:
        return "because the user asked for it";
    case TierSource::Skill:
        return "because " + (detail.empty() ? "the skill" : detail) + " asks for it";
    case TierSource::Dynamic:
        return "because " + (detail.empty() ? "the turn looked hard" : detail);
    case TierSource::Declared:
        return detail.empty() ? "because the client asked for it" : "because " + detail + " names it";
    case TierSource::Rule:
        return "because " + (detail.empty() ? "a rule" : detail) + " names it";
    case TierSource::TaskType:
        return "because " + (detail.empty() ? "the task type" : detail) + " stands for it";
    case TierSource::Default:
        break;
    }
    return "because nothing asked for another tier";
}

/// What the first attempt's reason adds to the decision, in brackets; "" where it says only what was decided.
std::string remark(const RouteDecision& decision) {
    if (decision.attempts.empty())
        return {};
    const PlannedAttempt& first = decision.attempts.front();
    const Phrase phrase = first.reason.phrase();
    if (phrase == Phrase::None)
        return {};
    const bool decided = first.kind == PlannedAttempt::Kind::Decided;
    if (decided && (!decision.tier || phrase == Phrase::ByName ||
                    (phrase == Phrase::TierModel && first.reason.word(0) == *decision.tier)))
        return {};
    if (decided || decision.excluded.empty())
        return " (" + render(first.reason) + ")";
    const Exclusion& left = decision.excluded.front();
    return " (" + render(first.reason) + "; " + std::string(nameOf(left)) +
           " is left out: " + render(left.reason) + ")";
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

std::string capitalised(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 32);
    return text;
}

} // namespace

std::string_view toString(LadderStep::Outcome outcome) {
    return outcomeNames[static_cast<std::size_t>(outcome)];
}

std::string_view toString(RouteFailure::Code code) {
    return failureNames[static_cast<std::size_t>(code)];
}

std::string_view toString(PlannedAttempt::Kind kind) {
    return attemptNames[static_cast<std::size_t>(kind)];
}

std::string_view nameOf(const Exclusion& exclusion) {
    return exclusion.model.empty() ? exclusion.reason.word(0) : std::string_view(exclusion.model.text());
}

std::string sentence(const LadderStep& step, TierSource winner) {
    std::string text = render(step.reason);
    if (step.outcome == LadderStep::Outcome::Lost)
        text += standsAbove(winner);
    return text += '.';
}

std::string sourceDetail(const RouteDecision& decision) {
    for (const LadderStep& step : decision.ladder) {
        if (step.outcome == LadderStep::Outcome::Won)
            return renderDetail(step.reason);
    }
    return {};
}

std::string explain(const RouteDecision& decision) {
    std::string text;
    if (decision.tier)
        text = *decision.tier + ", " + because(decision) + "; ";
    text += decision.model.text();
    if (!decision.tier)
        text += ", " + because(decision);
    return text + remark(decision);
}

std::vector<std::string> explainFully(const RouteDecision& decision) {
    std::vector<std::string> lines;
    lines.push_back(capitalised(explain(decision)) + ".");
    for (const LadderStep& step : decision.ladder) {
        std::string line(toString(step.source));
        line += step.outcome == LadderStep::Outcome::Won ? " decided: " : ": ";
        lines.push_back(capitalised(std::move(line)) + sentence(step, decision.source));
    }
    if (decision.asksClassifier)
        lines.push_back("The routing model would be asked first; its word may change this.");
    if (!decision.unsetWanted.empty())
        lines.push_back("The turn wanted " + decision.unsetWanted + ", which is not set.");
    for (const Reason& note : decision.notes)
        lines.push_back(render(note) + ".");
    if (!decision.flip.empty())
        lines.push_back(render(decision.flip));
    for (std::size_t i = 0; i < decision.attempts.size(); ++i) {
        const PlannedAttempt& attempt = decision.attempts[i];
        lines.push_back("Attempt " + std::to_string(i + 1) + ": " + attempt.model.text() + ", " +
                        render(attempt.reason) + ".");
    }
    for (const Exclusion& exclusion : decision.excluded)
        lines.push_back("Left out: " + std::string(nameOf(exclusion)) + ", " + render(exclusion.reason) +
                        ".");
    return lines;
}

} // namespace tierdeck::routing
