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

void addBecause(std::string& text, const RouteDecision& decision) {
    const std::string detail = sourceDetail(decision);
    const auto add = [&](std::string_view otherwise, std::string_view behind) {
        text.append("because ").append(detail.empty() ? otherwise : detail).append(behind);
    };
    switch (decision.source) {
    case TierSource::User:
        text += "because the user asked for it";
        return;
    case TierSource::Skill:
        return add("the skill", " asks for it");
    case TierSource::Dynamic:
        return add("the turn looked hard", "");
    case TierSource::Declared:
        return detail.empty() ? add("the client", " asked for it") : add("", " names it");
    case TierSource::Rule:
        return add("a rule", " names it");
    case TierSource::TaskType:
        return add("the task type", " stands for it");
    case TierSource::Default:
        text += "because nothing asked for another tier";
    }
}

/// What the first attempt's reason adds to the decision, in brackets; nothing where it says only what was
/// decided.
void addRemark(std::string& text, const RouteDecision& decision) {
    if (decision.attempts.empty())
        return;
    const PlannedAttempt& first = decision.attempts.front();
    const Phrase phrase = first.reason.phrase();
    if (phrase == Phrase::None)
        return;
    const bool decided = first.kind == PlannedAttempt::Kind::Decided;
    if (decided && (!decision.tier || phrase == Phrase::ByName ||
                    (phrase == Phrase::TierModel && first.reason.word(0) == *decision.tier)))
        return;
    text.append(" (").append(render(first.reason));
    if (!decided && !decision.excluded.empty()) {
        const Exclusion& left = decision.excluded.front();
        text.append("; ").append(nameOf(left)).append(" is left out: ").append(render(left.reason));
    }
    text += ')';
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
    constexpr std::size_t usualBytes = 80;
    std::string text;
    text.reserve(usualBytes);
    if (decision.tier) {
        text.append(*decision.tier).append(", ");
        addBecause(text, decision);
        text.append("; ").append(decision.model.text());
    } else {
        text.append(decision.model.text()).append(", ");
        addBecause(text, decision);
    }
    addRemark(text, decision);
    return text;
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
