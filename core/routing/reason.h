// Why something stands in a decision: a phrase and the few words in it, since a decision is made and stored
// for every request, but read by few. render() is the only place where it becomes a sentence. A plain value;
// any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tierdeck::routing {

/// The numbers stand in the store: new phrases go to the end, none is given another number.
enum class Phrase : std::uint8_t {
    None = 0,
    Text = 1, ///< a reason from outside, as it came
    // What most rungs say: the first sixteen take the least room.
    UserSilent = 2,
    NoSkill = 3,
    DynamicOff = 4,
    BelowThresholds = 5,
    DeclaredTier = 6,
    ClientLeavesIt = 7,
    NoModelNamed = 8,
    NoRules = 9,
    NoRuleMatches = 10,
    NoTaskType = 11,
    DefaultServes = 12,
    TierModel = 13,
    FallbackOf = 14,
    AboveBalanced = 15,
    // user
    UserLeavesIt = 16,
    UserAsked = 17,
    UserAskedForTurn = 18,
    // skill
    ActiveSkillAsks = 19,
    ActiveSkillNoTier = 20,
    ActiveSkillUnknownTier = 21,
    SkillAsks = 22,
    SkillNoTier = 23,
    SkillUnknownTier = 24,
    // dynamic
    DifficultyReaches = 25,
    CodeReaches = 26,
    PromotionHeld = 27,
    NotAbove = 28,
    ClassifierOff = 29,
    ClassifierSilent = 30,
    NoPromotionOfModel = 31,
    NoStartingTier = 32,
    // declared
    DeclaredModel = 33,
    DeclaredUnknown = 34,
    AliasNames = 35,
    AliasLeavesIt = 36,
    // rule
    RuleNames = 37,
    RuleNoTier = 38,
    // task type
    TaskNames = 39,
    TaskUnknown = 40,
    TaskUnknownTier = 41,
    // why a model is in the plan
    ByName = 42,
    NotSet = 43,
    DeepAndSmartNotSet = 44,
    LocalForBackground = 45,
    FallbackTier = 46,
    FallbackNotSet = 47,
    FallbackDeepAndSmartNotSet = 48,
    FallbackLocal = 49,
    HoldsCache = 50,
    SameModel = 51,
    LowerTier = 52,
    LocalIsLeft = 53,
    // why a model is not
    NoProvider = 54,
    Excluded = 55,
    NotAvailable = 56,
    // what would have changed the decision
    FlipDifficultyBelow = 57,
    FlipDifficultyAtLeast = 58,
    FlipCodeBelow = 59,
    FlipCodeAtLeast = 60,
    FlipEscalation = 61,
    FlipAnything = 62,
    FlipWithoutUser = 63,
    FlipWithoutSkill = 64,
    FlipWithoutPromotion = 65,
    FlipWithoutName = 66,
    FlipWithoutRule = 67,
    FlipWithoutTask = 68,
    // why a model is next after a refusal
    WindowFallbackOf = 69,
    WindowFallbackTier = 70,
    WindowFallbackNotSet = 71,
    WindowFallbackDeepAndSmartNotSet = 72,
    WindowFallbackLocal = 73,
    PolicyFallbackOf = 74,
    PolicyFallbackTier = 75,
    PolicyFallbackNotSet = 76,
    PolicyFallbackDeepAndSmartNotSet = 77,
    PolicyFallbackLocal = 78,
    // what the client's own list of models says
    Listed = 79,
    ListedTier = 80,
    ListedNotSet = 81,
    ListedDeepAndSmartNotSet = 82,
    ListedLocal = 83,
    ListedUnknown = 84, ///< its first word is the name
    ListedUnset = 85,   ///< likewise
    ListedBeyond = 86,  ///< likewise
    // what the client wishes of providers
    PutForward = 87,
    NotInOnly = 88,
    InIgnore = 89,
    NoFallbacksWanted = 90,
    // what policy, budgets, bands and windows leave out
    ProviderNotAllowed = 91,
    OverPromptPrice = 92,
    OverCompletionPrice = 93,
    HostsNotWanted = 94,
    BudgetSpent = 95,
    BandExcludes = 96,
    BandOnly = 97,
    WindowTooSmall = 98,
    // where else a model serves, or another one
    OrderedFirst = 99,
    CheaperHost = 100,
    QuickerHost = 101,
    StepsDown = 102,
    ClimbsTo = 103,
    // dynamic
    NoPromotionInBudget = 104,
    PromotionDoesNotPay = 105,
    ModelPromotes = 106,
    ModelNotAbove = 107,
    ModelFailed = 108,
    ModelSaidNoTier = 109,
    ModelNotAsked = 110,
    ModelNotSet = 111,
    ModelAskedAtFirst = 112,
    // notes beside the ladder
    PromotionPays = 113,
    WindowNearlyFull = 114,
    // flips
    FlipWithoutWarmPrefix = 115,
    FlipWithRoomInBudget = 116,
    FlipOtherWord = 117,
    // what the client wishes of prices
    OverWishedPromptPrice = 118,
    OverWishedCompletionPrice = 119,
    Count
};

class Reason {
public:
    static constexpr std::size_t mostWords = 3;
    static constexpr std::size_t mostNumbers = 4;

    Reason() = default;

    Reason(Phrase phrase) // NOLINT(google-explicit-constructor): most reasons are a phrase and no more
        : m_phrase(phrase) {}

    /// Words and numbers beyond the most that a phrase can have are left out.
    Reason(Phrase phrase, std::initializer_list<std::string_view> words,
           std::initializer_list<double> numbers = {});

    [[nodiscard]] Phrase phrase() const { return m_phrase; }

    [[nodiscard]] bool empty() const { return m_phrase == Phrase::None; }

    [[nodiscard]] std::size_t wordCount() const { return m_wordCount; }

    [[nodiscard]] std::size_t numberCount() const { return m_numberCount; }

    /// From 0; "" and 0 where there is none.
    [[nodiscard]] std::string_view word(std::size_t index) const;

    [[nodiscard]] double number(std::size_t index) const {
        return index < m_numberCount ? m_numbers[index] : 0.0;
    }

    void addWord(std::string_view word);
    void addNumber(double number);

    bool operator==(const Reason&) const = default;

private:
    Phrase m_phrase = Phrase::None;
    std::uint8_t m_wordCount = 0;
    std::uint8_t m_numberCount = 0;
    std::array<std::uint32_t, mostWords> m_wordEnds{};
    std::string m_words; ///< one after the other: no allocation for a tier's name
    std::array<double, mostNumbers> m_numbers{};
};

/// The reason in words, without a full stop but for flips, which are sentences of their own.
[[nodiscard]] std::string render(const Reason& reason);
/// What a rung that won with this reason went by: "skill 'refactor'", "difficulty 0.61 reaches 0.52"; ""
/// where the rung's name says it all.
[[nodiscard]] std::string renderDetail(const Reason& reason);

/// As exact as a stored decision keeps it, so that it reads the same before and after.
[[nodiscard]] double asStored(double number);

/// A name from outside as it may stand in a sentence: at most 80 bytes of it.
[[nodiscard]] std::string clipped(std::string_view name);

} // namespace tierdeck::routing
