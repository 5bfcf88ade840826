#include "core/routing/classifier_rubric.h"

#include "core/routing/tier.h"

#include <algorithm>
#include <array>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 5> rubricTiers{tiers::background, tiers::balanced, tiers::smart,
                                                      tiers::coding, tiers::deep};

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

std::string classifierRubric() {
    std::string text = "You sort requests by the kind of model that they need. Do not answer the request "
                       "itself. Its kinds:\n";
    for (const std::string_view tier : rubricTiers)
        text.append(tier).append(": ").append(tierDescription(tier)).append(1, '\n');
    text += "Where two fit, take the one named first. Answer with one word and nothing else: background, "
            "balanced, smart, coding or deep.";
    return text;
}

std::optional<std::string_view> tierOfAnswer(std::string_view answer) {
    const auto first = std::find_if(answer.begin(), answer.end(), isLetter);
    const auto last = std::find_if(answer.rbegin(), answer.rend(), isLetter).base();
    if (first >= last)
        return std::nullopt;
    std::string word(first, last);
    for (char& c : word)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const auto found = std::find(rubricTiers.begin(), rubricTiers.end(), word);
    return found == rubricTiers.end() ? std::nullopt : std::optional(*found);
}

} // namespace tierdeck::routing
