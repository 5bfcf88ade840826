#include "core/routing/reason.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tierdeck::routing {

namespace {

struct Template {
    Phrase phrase;
    /// %1 is the first word, #1 the first number. Such numbers come in pairs: what was measured and the
    /// threshold that it was held against. @1 is a whole number, ~1 one with as many decimals as it needs, $1
    /// an amount of US dollars.
    std::string_view sentence;
    std::string_view detail = {};
};

constexpr std::array<Template, static_cast<std::size_t>(Phrase::Count)> templates{{
    {Phrase::None, ""},
    {Phrase::Text, "%1"},
    {Phrase::UserSilent, "The user said nothing about it"},
    {Phrase::NoSkill, "No skill is active"},
    {Phrase::DynamicOff, "Dynamic escalation is off"},
    {Phrase::BelowThresholds, "Difficulty #1 stays below #2 and code #3 below #4"},
    {Phrase::DeclaredTier, "The client asked for '%1'"},
    {Phrase::ClientLeavesIt, "The client leaves it to the router"},
    {Phrase::NoModelNamed, "The client named no model"},
    {Phrase::NoRules, "There are no rules"},
    {Phrase::NoRuleMatches, "No rule matches"},
    {Phrase::NoTaskType, "No task type was given"},
    {Phrase::DefaultServes, "Where nothing else decides, balanced serves"},
    {Phrase::TierModel, "%1's model"},
    {Phrase::FallbackOf, "fallback of %1"},
    {Phrase::AboveBalanced, "%1 is above balanced already"},
    {Phrase::UserLeavesIt, "The user leaves it to the router"},
    {Phrase::UserAsked, "The user asked for %1"},
    {Phrase::UserAskedForTurn, "The user asked for %1 for this turn"},
    {Phrase::ActiveSkillAsks, "The active skill asks for %1", "the active skill"},
    {Phrase::ActiveSkillNoTier, "The active skill asks for no tier"},
    {Phrase::ActiveSkillUnknownTier, "The active skill asks for '%1', which is no tier"},
    {Phrase::SkillAsks, "Skill '%1' asks for %2", "skill '%1'"},
    {Phrase::SkillNoTier, "Skill '%1' asks for no tier"},
    {Phrase::SkillUnknownTier, "Skill '%1' asks for '%2', which is no tier"},
    {Phrase::DifficultyReaches, "Difficulty #1 reaches #2, so %1 goes up to %2", "difficulty #1 reaches #2"},
    {Phrase::CodeReaches, "Code #1 reaches #2, so %1 goes up to %2", "code #1 reaches #2"},
    {Phrase::PromotionHeld, "This turn was promoted to %1 before, and stays there",
     "the turn was promoted before"},
    {Phrase::NotAbove, "The score speaks for %1, which is not above %2"},
    {Phrase::ClassifierOff, "The classifier is off"},
    {Phrase::ClassifierSilent, "The classifier model gave no answer, so nothing is promoted"},
    {Phrase::NoPromotionOfModel, "A model was asked for by name, so nothing is promoted"},
    {Phrase::NoStartingTier, "There is no starting tier to promote from"},
    {Phrase::DeclaredModel, "The client asked for %1 itself"},
    {Phrase::DeclaredUnknown, "The client asked for '%1', which does not exist here"},
    {Phrase::AliasNames, "'%1' has the alias '%2' for %3", "alias '%2'"},
    {Phrase::AliasLeavesIt, "'%1' has the alias '%2', which leaves it to the router"},
    {Phrase::RuleNames, "Rule '%1' names %2", "rule '%1'"},
    {Phrase::RuleNoTier, "Rule '%1' matches, but names no tier that exists"},
    {Phrase::TaskNames, "Task type '%1' stands for %2", "task '%1'"},
    {Phrase::TaskUnknown, "Task type '%1' is not known, so the default counts"},
    {Phrase::TaskUnknownTier, "Task type '%1' stands for '%2', which is no tier"},
    {Phrase::ByName, "asked for by name"},
    {Phrase::NotSet, "%1 is not set, so %2's model serves it"},
    {Phrase::DeepAndSmartNotSet, "deep and smart are not set, so balanced's model serves it"},
    {Phrase::LocalForBackground,
     "background is not set, so the first model of the local provider '%1' serves it"},
    {Phrase::FallbackTier, "fallback of %1: %2's model"},
    {Phrase::FallbackNotSet, "fallback of %1: %2 is not set, so %3's model serves it"},
    {Phrase::FallbackDeepAndSmartNotSet,
     "fallback of %1: deep and smart are not set, so balanced's model serves it"},
    {Phrase::FallbackLocal,
     "fallback of %1: background is not set, so the first model of the local provider '%2' serves it"},
    {Phrase::HoldsCache, "it holds this session's prompt cache of %1"},
    {Phrase::SameModel, "the same model, at %1"},
    {Phrase::LowerTier, "nothing is left for %1, so %2's model serves it"},
    {Phrase::LocalIsLeft, "nothing else is left, and %1 is local"},
    {Phrase::NoProvider, "no provider '%1' is set up in llm.json"},
    {Phrase::Excluded, "excluded"},
    {Phrase::NotAvailable, "not available"},
    {Phrase::FlipDifficultyBelow, "A difficulty below #2 instead of #1 would have meant %1."},
    {Phrase::FlipDifficultyAtLeast, "A difficulty of at least #2 instead of #1 would have meant %1."},
    {Phrase::FlipCodeBelow, "A code score below #2 instead of #1 would have meant %1."},
    {Phrase::FlipCodeAtLeast, "A code score of at least #2 instead of #1 would have meant %1."},
    {Phrase::FlipEscalation, "With dynamic escalation on it would have been %1."},
    {Phrase::FlipAnything, "A task type, a rule or a tier as the model's name would have changed it."},
    {Phrase::FlipWithoutUser, "Without the user's word it would have been %1."},
    {Phrase::FlipWithoutSkill, "Without the skill it would have been %1."},
    {Phrase::FlipWithoutPromotion, "Without the promotion it would have been %1."},
    {Phrase::FlipWithoutName, "Without the model's name it would have been %1."},
    {Phrase::FlipWithoutRule, "Without the rule it would have been %1."},
    {Phrase::FlipWithoutTask, "Without the task type it would have been %1."},
    {Phrase::WindowFallbackOf, "context window fallback of %1"},
    {Phrase::WindowFallbackTier, "context window fallback of %1: %2's model"},
    {Phrase::WindowFallbackNotSet, "context window fallback of %1: %2 is not set, so %3's model serves it"},
    {Phrase::WindowFallbackDeepAndSmartNotSet,
     "context window fallback of %1: deep and smart are not set, so balanced's model serves it"},
    {Phrase::WindowFallbackLocal,
     "context window fallback of %1: background is not set, so the first model of the local provider '%2' "
     "serves it"},
    {Phrase::PolicyFallbackOf, "content policy fallback of %1"},
    {Phrase::PolicyFallbackTier, "content policy fallback of %1: %2's model"},
    {Phrase::PolicyFallbackNotSet, "content policy fallback of %1: %2 is not set, so %3's model serves it"},
    {Phrase::PolicyFallbackDeepAndSmartNotSet,
     "content policy fallback of %1: deep and smart are not set, so balanced's model serves it"},
    {Phrase::PolicyFallbackLocal,
     "content policy fallback of %1: background is not set, so the first model of the local provider '%2' "
     "serves it"},
    {Phrase::Listed, "the client lists '%1' next"},
    {Phrase::ListedTier, "the client lists '%1' next: %2's model"},
    {Phrase::ListedNotSet, "the client lists '%1' next: %2 is not set, so %3's model serves it"},
    {Phrase::ListedDeepAndSmartNotSet,
     "the client lists '%1' next: deep and smart are not set, so balanced's model serves it"},
    {Phrase::ListedLocal,
     "the client lists '%1' next: background is not set, so the first model of the local provider '%2' "
     "serves it"},
    {Phrase::ListedUnknown, "the client lists it, but it does not exist here"},
    {Phrase::ListedUnset, "the client lists it, but no model is set for it"},
    {Phrase::ListedBeyond,
     "it and all behind it, since no more than %2 names of a client's list are looked at"},
    {Phrase::PutForward, "the same model, at %1, which the request's provider.order puts forward"},
    {Phrase::NotInOnly, "the request's provider.only does not name '%1'"},
    {Phrase::InIgnore, "the request's provider.ignore names '%1'"},
    {Phrase::NoFallbacksWanted, "the request's provider.allow_fallbacks is false"},
    {Phrase::ProviderNotAllowed, "providerPolicy.only does not name '%1'"},
    {Phrase::OverPromptPrice,
     "a million tokens of a prompt cost $1 there, and providerPolicy.maxPrice allows $2"},
    {Phrase::OverCompletionPrice,
     "a million tokens of a reply cost $1 there, and providerPolicy.maxPrice allows $2"},
    {Phrase::HostsNotWanted, "providerPolicy.allowFallbacks is false"},
    {Phrase::BudgetSpent, "budget '%1' is spent: $1 of $2"},
    {Phrase::BandExcludes, "%1 is at ~1 %, and from ~2 % on '%2' is left out"},
    {Phrase::BandOnly, "%1 is at ~1 %, and from ~2 % on only %2 may serve"},
    {Phrase::WindowTooSmall, "its window of @2 tokens has too little room for an estimated @1"},
    {Phrase::OrderedFirst, "the same model, at %1, which providerPolicy.order puts forward"},
    {Phrase::CheaperHost, "the same model, at %1, where it costs less"},
    {Phrase::QuickerHost, "the same model, at %1, which answers sooner"},
    {Phrase::StepsDown, "budget '%3' is spent, so %2's model serves %1"},
    {Phrase::ClimbsTo, "the answer of %1 failed the gate %3, so %2's model answers"},
    {Phrase::NoPromotionInBudget, "Budget '%1' is spent, so nothing is promoted"},
    {Phrase::PromotionDoesNotPay, "The score speaks for %1, but there a warm prefix of @1 tokens would be "
                                  "read anew for $2 more, and ~3 turns cost no more than $4"},
    {Phrase::ModelPromotes, "The routing model says %2, so %1 goes up to it", "the routing model says %2"},
    {Phrase::ModelNotAbove, "The routing model says %1, which is not above %2"},
    {Phrase::ModelFailed, "The routing model could not be heard (%1), so nothing is promoted"},
    {Phrase::ModelSaidNoTier, "The routing model says '%1', which is no tier, so nothing is promoted"},
    {Phrase::ModelNotAsked, "The routing model was not asked, so nothing is promoted"},
    {Phrase::ModelNotSet, "The classifier asks routingModel, which is not set, so nothing is promoted"},
    {Phrase::ModelAskedAtFirst,
     "The routing model is asked at a turn's first request, so nothing is promoted now"},
    {Phrase::PromotionPays,
     "Going up to %1 reads a warm prefix of @1 tokens anew for $2 more; ~3 turns there cost $4, so it pays"},
    {Phrase::WindowNearlyFull, "Window: an estimated @1 of the @2 tokens that %1 holds, ~3 %"},
    {Phrase::FlipWithoutWarmPrefix, "Without the warm prefix it would have been %1."},
    {Phrase::FlipWithRoomInBudget, "With room in budget '%2' it would have been %1."},
    {Phrase::FlipOtherWord, "Another word of the routing model would have changed it."},
    {Phrase::OverWishedPromptPrice,
     "a million tokens of a prompt cost $1 there, and the request's provider.max_price allows $2"},
    {Phrase::OverWishedCompletionPrice,
     "a million tokens of a reply cost $1 there, and the request's provider.max_price allows $2"},
}};

constexpr bool everyPhraseHasItsRow() {
    for (std::size_t i = 0; i < templates.size(); ++i) {
        if (static_cast<std::size_t>(templates[i].phrase) != i)
            return false;
    }
    return true;
}

static_assert(everyPhraseHasItsRow());

std::string withDecimals(double number, int decimals) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                   std::chars_format::fixed, decimals);
    return end.ec == std::errc() ? std::string(buffer.data(), end.ptr) : std::string("?");
}

/// "0.61"; what was measured with more decimals where two would make it look like the threshold that it is
/// not.
void appendNumber(std::string& text, const Reason& reason, std::size_t index) {
    const double number = reason.number(index);
    std::string shown = withDecimals(number, 2);
    if (index % 2 == 0) {
        const double threshold = reason.number(index + 1);
        if (number != threshold && shown == withDecimals(threshold, 2))
            shown = withDecimals(number, 4);
    }
    text += shown;
}

/// "260,000".
std::string grouped(double number) {
    std::string text = withDecimals(number, 0);
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    for (std::size_t at = text.size(); at > first + 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

/// "96.5", "95": at most two decimals, rounded down, since what is nearly full is not full.
std::string trimmedNumber(double number) {
    std::string text = withDecimals(std::floor(number * 100 + 1e-6) / 100, 2);
    if (text.find('.') == std::string::npos)
        return text;
    while (text.ends_with('0'))
        text.pop_back();
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

/// "$1.08"; four decimals where two would say too little.
std::string dollars(double usd) {
    return "$" + withDecimals(usd, usd != 0 && usd < 1 ? 4 : 2);
}

std::string fill(std::string_view pattern, const Reason& reason) {
    std::string text;
    text.reserve(pattern.size() + 16);
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const char c = pattern[at];
        const bool isPlace = at + 1 < pattern.size() && pattern[at + 1] >= '1' && pattern[at + 1] <= '9';
        if (!isPlace)
            text += c;
        else if (c == '%')
            text += reason.word(static_cast<std::size_t>(pattern[++at] - '1'));
        else if (c == '#')
            appendNumber(text, reason, static_cast<std::size_t>(pattern[++at] - '1'));
        else if (c == '@')
            text += grouped(reason.number(static_cast<std::size_t>(pattern[++at] - '1')));
        else if (c == '~')
            text += trimmedNumber(reason.number(static_cast<std::size_t>(pattern[++at] - '1')));
        else if (c == '$')
            text += dollars(reason.number(static_cast<std::size_t>(pattern[++at] - '1')));
        else
            text += c;
    }
    return text;
}

} // namespace

Reason::Reason(Phrase phrase, std::initializer_list<std::string_view> words,
               std::initializer_list<double> numbers)
    : m_phrase(phrase) {
    for (const std::string_view word : words)
        addWord(word);
    for (const double number : numbers)
        addNumber(number);
}

std::string_view Reason::word(std::size_t index) const {
    if (index >= m_wordCount)
        return {};
    const std::size_t begin = index == 0 ? 0 : m_wordEnds[index - 1];
    return std::string_view(m_words).substr(begin, m_wordEnds[index] - begin);
}

void Reason::addWord(std::string_view word) {
    if (m_wordCount == mostWords)
        return;
    m_words += word;
    m_wordEnds[m_wordCount++] = static_cast<std::uint32_t>(m_words.size());
}

void Reason::addNumber(double number) {
    if (m_numberCount < mostNumbers)
        m_numbers[m_numberCount++] = number;
}

std::string render(const Reason& reason) {
    const auto index = static_cast<std::size_t>(reason.phrase());
    if (index < templates.size())
        return fill(templates[index].sentence, reason);
    std::string text = "a reason that only a later version can say";
    for (std::size_t i = 0; i < reason.wordCount(); ++i)
        text.append(i == 0 ? ": " : ", ").append(reason.word(i));
    return text;
}

std::string renderDetail(const Reason& reason) {
    const auto index = static_cast<std::size_t>(reason.phrase());
    return index < templates.size() ? fill(templates[index].detail, reason) : std::string();
}

double asStored(double number) {
    return std::round(number * 1e4) / 1e4;
}

std::string clipped(std::string_view name) {
    constexpr std::size_t most = 80;
    if (name.size() <= most)
        return std::string(name);
    std::size_t end = most;
    while (end > most - 4 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
        --end;
    return std::string(name.substr(0, end)).append("…");
}

} // namespace tierdeck::routing
