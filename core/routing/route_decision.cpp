#include "core/routing/route_decision.h"

#include <array>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 3> outcomeNames{"won", "lost", "passed"};
constexpr std::array<std::string_view, 4> failureNames{"model_not_found", "unknown_tier", "tier_unset",
                                                       "nothing_left"};
constexpr std::array<std::string_view, 5> attemptNames{"decided", "host", "fallback", "lowerTier",
                                                       "lastResort"};

std::string because(const RouteDecision& decision) {
    const std::string& detail = decision.sourceDetail;
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
    if (first.kind == PlannedAttempt::Kind::Decided &&
        (!decision.tier || first.reason == *decision.tier + "'s model"))
        return {};
    if (first.reason.empty() || first.kind == PlannedAttempt::Kind::Decided)
        return first.reason.empty() || first.reason == "asked for by name" ? "" : " (" + first.reason + ")";
    if (decision.excluded.empty())
        return " (" + first.reason + ")";
    const Exclusion& left = decision.excluded.front();
    return " (" + first.reason + "; " + left.model.text() + " is left out: " + left.reason + ")";
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
        lines.push_back(capitalised(std::move(line)) + step.reason);
    }
    if (!decision.unsetWanted.empty())
        lines.push_back("The turn wanted " + decision.unsetWanted + ", which is not set.");
    if (!decision.flip.empty())
        lines.push_back(decision.flip);
    for (std::size_t i = 0; i < decision.attempts.size(); ++i) {
        const PlannedAttempt& attempt = decision.attempts[i];
        lines.push_back("Attempt " + std::to_string(i + 1) + ": " + attempt.model.text() + ", " +
                        attempt.reason + ".");
    }
    for (const Exclusion& exclusion : decision.excluded)
        lines.push_back("Left out: " + exclusion.model.text() + ", " + exclusion.reason + ".");
    return lines;
}

} // namespace tierdeck::routing
