#include "core/routing/reason.h"
#include "core/routing/route_decision.h"

#include <QtTest>

#include <algorithm>
#include <set>
#include <vector>

using namespace tierdeck::routing;

namespace {

struct Said {
    Reason reason;
    const char* sentence;
    const char* detail = "";
};

/// Each phrase as it is read, with the number under which the store knows it.
const std::vector<std::pair<int, Said>>& phrases() {
    static const std::vector<std::pair<int, Said>> all{
        {0, {Phrase::None, ""}},
        {1, {{Phrase::Text, {"exhausted until 14:00"}}, "exhausted until 14:00"}},
        {2, {Phrase::UserSilent, "The user said nothing about it"}},
        {3, {Phrase::NoSkill, "No skill is active"}},
        {4, {Phrase::DynamicOff, "Dynamic escalation is off"}},
        {5,
         {{Phrase::BelowThresholds, {}, {0.3, 0.52, 0.1234, 0.5}},
          "Difficulty 0.30 stays below 0.52 and code 0.12 below 0.50"}},
        {6, {{Phrase::DeclaredTier, {"tier-deep"}}, "The client asked for 'tier-deep'"}},
        {7, {Phrase::ClientLeavesIt, "The client leaves it to the router"}},
        {8, {Phrase::NoModelNamed, "The client named no model"}},
        {9, {Phrase::NoRules, "There are no rules"}},
        {10, {Phrase::NoRuleMatches, "No rule matches"}},
        {11, {Phrase::NoTaskType, "No task type was given"}},
        {12, {Phrase::DefaultServes, "Where nothing else decides, balanced serves"}},
        {13, {{Phrase::TierModel, {"smart"}}, "smart's model"}},
        {14, {{Phrase::FallbackOf, {"a/b"}}, "fallback of a/b"}},
        {15, {{Phrase::AboveBalanced, {"deep"}}, "deep is above balanced already"}},
        {16, {Phrase::UserLeavesIt, "The user leaves it to the router"}},
        {17, {{Phrase::UserAsked, {"deep"}}, "The user asked for deep"}},
        {18, {{Phrase::UserAskedForTurn, {"deep"}}, "The user asked for deep for this turn"}},
        {19, {{Phrase::ActiveSkillAsks, {"deep"}}, "The active skill asks for deep", "the active skill"}},
        {20, {Phrase::ActiveSkillNoTier, "The active skill asks for no tier"}},
        {21, {{Phrase::ActiveSkillUnknownTier, {"x"}}, "The active skill asks for 'x', which is no tier"}},
        {22, {{Phrase::SkillAsks, {"fix", "coding"}}, "Skill 'fix' asks for coding", "skill 'fix'"}},
        {23, {{Phrase::SkillNoTier, {"fix"}}, "Skill 'fix' asks for no tier"}},
        {24, {{Phrase::SkillUnknownTier, {"fix", "x"}}, "Skill 'fix' asks for 'x', which is no tier"}},
        {25,
         {{Phrase::DifficultyReaches, {"balanced", "smart"}, {0.61, 0.52}},
          "Difficulty 0.61 reaches 0.52, so balanced goes up to smart",
          "difficulty 0.61 reaches 0.52"}},
        {26,
         {{Phrase::CodeReaches, {"balanced", "coding"}, {0.7, 0.5}},
          "Code 0.70 reaches 0.50, so balanced goes up to coding",
          "code 0.70 reaches 0.50"}},
        {27,
         {{Phrase::PromotionHeld, {"deep"}},
          "This turn was promoted to deep before, and stays there",
          "the turn was promoted before"}},
        {28,
         {{Phrase::NotAbove, {"smart", "legal"}}, "The score speaks for smart, which is not above legal"}},
        {29, {Phrase::ClassifierOff, "The classifier is off"}},
        {30, {Phrase::ClassifierSilent, "The classifier model gave no answer, so nothing is promoted"}},
        {31, {Phrase::NoPromotionOfModel, "A model was asked for by name, so nothing is promoted"}},
        {32, {Phrase::NoStartingTier, "There is no starting tier to promote from"}},
        {33, {{Phrase::DeclaredModel, {"a/b"}}, "The client asked for a/b itself"}},
        {34, {{Phrase::DeclaredUnknown, {"x"}}, "The client asked for 'x', which does not exist here"}},
        {35,
         {{Phrase::AliasNames, {"claude-x", "claude-*", "deep"}},
          "'claude-x' has the alias 'claude-*' for deep",
          "alias 'claude-*'"}},
        {36,
         {{Phrase::AliasLeavesIt, {"claude-x", "claude-*"}},
          "'claude-x' has the alias 'claude-*', which leaves it to the router"}},
        {37, {{Phrase::RuleNames, {"audits", "deep"}}, "Rule 'audits' names deep", "rule 'audits'"}},
        {38, {{Phrase::RuleNoTier, {"audits"}}, "Rule 'audits' matches, but names no tier that exists"}},
        {39,
         {{Phrase::TaskNames, {"bulk", "background"}},
          "Task type 'bulk' stands for background",
          "task 'bulk'"}},
        {40, {{Phrase::TaskUnknown, {"x"}}, "Task type 'x' is not known, so the default counts"}},
        {41, {{Phrase::TaskUnknownTier, {"bulk", "x"}}, "Task type 'bulk' stands for 'x', which is no tier"}},
        {42, {Phrase::ByName, "asked for by name"}},
        {43, {{Phrase::NotSet, {"deep", "smart"}}, "deep is not set, so smart's model serves it"}},
        {44, {Phrase::DeepAndSmartNotSet, "deep and smart are not set, so balanced's model serves it"}},
        {45,
         {{Phrase::LocalForBackground, {"ollama"}},
          "background is not set, so the first model of the local provider 'ollama' serves it"}},
        {46, {{Phrase::FallbackTier, {"coding", "smart"}}, "fallback of coding: smart's model"}},
        {47,
         {{Phrase::FallbackNotSet, {"coding", "deep", "smart"}},
          "fallback of coding: deep is not set, so smart's model serves it"}},
        {48,
         {{Phrase::FallbackDeepAndSmartNotSet, {"every model"}},
          "fallback of every model: deep and smart are not set, so balanced's model serves it"}},
        {49,
         {{Phrase::FallbackLocal, {"a/b", "ollama"}},
          "fallback of a/b: background is not set, so the first model of the local provider 'ollama' serves "
          "it"}},
        {50, {{Phrase::HoldsCache, {"a/b"}}, "it holds this session's prompt cache of a/b"}},
        {51, {{Phrase::SameModel, {"azure"}}, "the same model, at azure"}},
        {52,
         {{Phrase::LowerTier, {"deep", "smart"}}, "nothing is left for deep, so smart's model serves it"}},
        {53, {{Phrase::LocalIsLeft, {"ollama"}}, "nothing else is left, and ollama is local"}},
        {54, {{Phrase::NoProvider, {"x"}}, "no provider 'x' is set up in llm.json"}},
        {55, {Phrase::Excluded, "excluded"}},
        {56, {Phrase::NotAvailable, "not available"}},
        {57,
         {{Phrase::FlipDifficultyBelow, {"balanced"}, {0.61, 0.52}},
          "A difficulty below 0.52 instead of 0.61 would have meant balanced."}},
        {58,
         {{Phrase::FlipDifficultyAtLeast, {"smart"}, {0.3, 0.52}},
          "A difficulty of at least 0.52 instead of 0.30 would have meant smart."}},
        {59,
         {{Phrase::FlipCodeBelow, {"balanced"}, {0.7, 0.5}},
          "A code score below 0.50 instead of 0.70 would have meant balanced."}},
        {60,
         {{Phrase::FlipCodeAtLeast, {"coding"}, {0.2, 0.5}},
          "A code score of at least 0.50 instead of 0.20 would have meant coding."}},
        {61, {{Phrase::FlipEscalation, {"smart"}}, "With dynamic escalation on it would have been smart."}},
        {62,
         {Phrase::FlipAnything, "A task type, a rule or a tier as the model's name would have changed it."}},
        {63, {{Phrase::FlipWithoutUser, {"deep"}}, "Without the user's word it would have been deep."}},
        {64, {{Phrase::FlipWithoutSkill, {"deep"}}, "Without the skill it would have been deep."}},
        {65, {{Phrase::FlipWithoutPromotion, {"deep"}}, "Without the promotion it would have been deep."}},
        {66, {{Phrase::FlipWithoutName, {"deep"}}, "Without the model's name it would have been deep."}},
        {67, {{Phrase::FlipWithoutRule, {"deep"}}, "Without the rule it would have been deep."}},
        {68, {{Phrase::FlipWithoutTask, {"deep"}}, "Without the task type it would have been deep."}},
        {69, {{Phrase::WindowFallbackOf, {"a/b"}}, "context window fallback of a/b"}},
        {70,
         {{Phrase::WindowFallbackTier, {"coding", "smart"}},
          "context window fallback of coding: smart's model"}},
        {71,
         {{Phrase::WindowFallbackNotSet, {"coding", "smart", "balanced"}},
          "context window fallback of coding: smart is not set, so balanced's model serves it"}},
        {72,
         {{Phrase::WindowFallbackDeepAndSmartNotSet, {"coding"}},
          "context window fallback of coding: deep and smart are not set, so balanced's model serves it"}},
        {73,
         {{Phrase::WindowFallbackLocal, {"coding", "ollama"}},
          "context window fallback of coding: background is not set, so the first model of the local "
          "provider 'ollama' serves it"}},
        {74, {{Phrase::PolicyFallbackOf, {"a/b"}}, "content policy fallback of a/b"}},
        {75,
         {{Phrase::PolicyFallbackTier, {"coding", "smart"}},
          "content policy fallback of coding: smart's model"}},
        {76,
         {{Phrase::PolicyFallbackNotSet, {"coding", "smart", "balanced"}},
          "content policy fallback of coding: smart is not set, so balanced's model serves it"}},
        {77,
         {{Phrase::PolicyFallbackDeepAndSmartNotSet, {"coding"}},
          "content policy fallback of coding: deep and smart are not set, so balanced's model serves it"}},
        {78,
         {{Phrase::PolicyFallbackLocal, {"coding", "ollama"}},
          "content policy fallback of coding: background is not set, so the first model of the local "
          "provider 'ollama' serves it"}},
        {79, {{Phrase::Listed, {"a/b"}}, "the client lists 'a/b' next"}},
        {80,
         {{Phrase::ListedTier, {"claude-x", "smart"}}, "the client lists 'claude-x' next: smart's model"}},
        {81,
         {{Phrase::ListedNotSet, {"deep", "deep", "smart"}},
          "the client lists 'deep' next: deep is not set, so smart's model serves it"}},
        {82,
         {{Phrase::ListedDeepAndSmartNotSet, {"deep"}},
          "the client lists 'deep' next: deep and smart are not set, so balanced's model serves it"}},
        {83,
         {{Phrase::ListedLocal, {"background", "ollama"}},
          "the client lists 'background' next: background is not set, so the first model of the local "
          "provider 'ollama' serves it"}},
        {84, {{Phrase::ListedUnknown, {"gpt-nine"}}, "the client lists it, but it does not exist here"}},
        {85, {{Phrase::ListedUnset, {"deep"}}, "the client lists it, but no model is set for it"}},
        {86,
         {{Phrase::ListedBeyond, {"x", "16"}},
          "it and all behind it, since no more than 16 names of a client's list are looked at"}},
        {87,
         {{Phrase::PutForward, {"eu"}},
          "the same model, at eu, which the request's provider.order puts forward"}},
        {88, {{Phrase::NotInOnly, {"openai"}}, "the request's provider.only does not name 'openai'"}},
        {89, {{Phrase::InIgnore, {"openai"}}, "the request's provider.ignore names 'openai'"}},
        {90, {Phrase::NoFallbacksWanted, "the request's provider.allow_fallbacks is false"}},
        {91, {{Phrase::ProviderNotAllowed, {"openai"}}, "providerPolicy.only does not name 'openai'"}},
        {92,
         {{Phrase::OverPromptPrice, {}, {1.25, 1}},
          "a million tokens of a prompt cost $1.25 there, and providerPolicy.maxPrice allows $1.00"}},
        {93,
         {{Phrase::OverCompletionPrice, {}, {10, 3}},
          "a million tokens of a reply cost $10.00 there, and providerPolicy.maxPrice allows $3.00"}},
        {94, {Phrase::HostsNotWanted, "providerPolicy.allowFallbacks is false"}},
        {95,
         {{Phrase::BudgetSpent, {"Monthly"}, {50.25, 50}}, "budget 'Monthly' is spent: $50.25 of $50.00"}},
        {96,
         {{Phrase::BandExcludes, {"budget 'Monthly'", "anthropic/*"}, {96.5, 95}},
          "budget 'Monthly' is at 96.5 %, and from 95 % on 'anthropic/*' is left out"}},
        {97,
         {{Phrase::BandOnly, {"usage", "google/*"}, {100, 100}},
          "usage is at 100 %, and from 100 % on only google/* may serve"}},
        {98,
         {{Phrase::WindowTooSmall, {}, {260000, 200000}},
          "its window of 200,000 tokens has too little room for an estimated 260,000"}},
        {99,
         {{Phrase::OrderedFirst, {"eu"}}, "the same model, at eu, which providerPolicy.order puts forward"}},
        {100, {{Phrase::CheaperHost, {"eu"}}, "the same model, at eu, where it costs less"}},
        {101, {{Phrase::QuickerHost, {"eu"}}, "the same model, at eu, which answers sooner"}},
        {102,
         {{Phrase::StepsDown, {"deep", "smart", "Monthly"}},
          "budget 'Monthly' is spent, so smart's model serves deep"}},
        {103,
         {{Phrase::ClimbsTo, {"balanced", "smart", "minLength"}},
          "the answer of balanced failed the gate minLength, so smart's model answers"}},
        {104,
         {{Phrase::NoPromotionInBudget, {"Monthly"}}, "Budget 'Monthly' is spent, so nothing is promoted"}},
        {105,
         {{Phrase::PromotionDoesNotPay, {"deep"}, {80000, 1.08, 3, 0.7251}},
          "The score speaks for deep, but there a warm prefix of 80,000 tokens would be read anew for $1.08 "
          "more, and 3 turns cost no more than $0.7251"}},
        {106,
         {{Phrase::ModelPromotes, {"balanced", "smart"}},
          "The routing model says smart, so balanced goes up to it",
          "the routing model says smart"}},
        {107,
         {{Phrase::ModelNotAbove, {"balanced", "balanced"}},
          "The routing model says balanced, which is not above balanced"}},
        {108,
         {{Phrase::ModelFailed, {"no answer within 5000 ms"}},
          "The routing model could not be heard (no answer within 5000 ms), so nothing is promoted"}},
        {109,
         {{Phrase::ModelSaidNoTier, {"banana"}},
          "The routing model says 'banana', which is no tier, so nothing is promoted"}},
        {110, {Phrase::ModelNotAsked, "The routing model was not asked, so nothing is promoted"}},
        {111,
         {Phrase::ModelNotSet, "The classifier asks routingModel, which is not set, so nothing is promoted"}},
        {112,
         {Phrase::ModelAskedAtFirst,
          "The routing model is asked at a turn's first request, so nothing is promoted now"}},
        {113,
         {{Phrase::PromotionPays, {"smart"}, {80000, 0.108, 3, 0.7251}},
          "Going up to smart reads a warm prefix of 80,000 tokens anew for $0.1080 more; 3 turns there cost "
          "$0.7251, so it pays"}},
        {114,
         {{Phrase::WindowNearlyFull, {"openai/gpt-5.2"}, {390000, 400000, 97.5}},
          "Window: an estimated 390,000 of the 400,000 tokens that openai/gpt-5.2 holds, 97.5 %"}},
        {115,
         {{Phrase::FlipWithoutWarmPrefix, {"smart"}}, "Without the warm prefix it would have been smart."}},
        {116,
         {{Phrase::FlipWithRoomInBudget, {"smart", "Monthly"}},
          "With room in budget 'Monthly' it would have been smart."}},
        {117, {Phrase::FlipOtherWord, "Another word of the routing model would have changed it."}},
        {118,
         {{Phrase::OverWishedPromptPrice, {}, {1.25, 1}},
          "a million tokens of a prompt cost $1.25 there, and the request's provider.max_price allows "
          "$1.00"}},
        {119,
         {{Phrase::OverWishedCompletionPrice, {}, {10, 3}},
          "a million tokens of a reply cost $10.00 there, and the request's provider.max_price allows "
          "$3.00"}},
    };
    return all;
}

} // namespace

class TestReason : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sentences_data();
    void sentences();
    void everyPhraseHasARow();
    void numbersNeverLookLikeTheThresholdTheyMissed();
    void wordsStayApart();
    void laterPhrasesShowTheirWords();
    void clippedNames();
    void rungsEndTheirSentences_data();
    void rungsEndTheirSentences();
};

void TestReason::sentences_data() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < phrases().size(); ++i)
        QTest::addRow("%d: %s", phrases()[i].first, phrases()[i].second.sentence) << int(i);
}

void TestReason::sentences() {
    QFETCH(int, index);
    const auto& [number, said] = phrases()[std::size_t(index)];
    QCOMPARE(int(said.reason.phrase()), number);
    QCOMPARE(QString::fromStdString(render(said.reason)), QString::fromUtf8(said.sentence));
    QCOMPARE(QString::fromStdString(renderDetail(said.reason)), QString::fromUtf8(said.detail));
}

void TestReason::everyPhraseHasARow() {
    std::set<int> seen;
    for (const auto& [number, said] : phrases())
        seen.insert(number);
    QCOMPARE(seen.size(), std::size_t(Phrase::Count));
    QCOMPARE(*seen.rbegin(), int(Phrase::Count) - 1);
}

void TestReason::numbersNeverLookLikeTheThresholdTheyMissed() {
    QCOMPARE(render({Phrase::BelowThresholds, {}, {0.5199, 0.52, 0.4999, 0.5}}),
             std::string("Difficulty 0.5199 stays below 0.52 and code 0.4999 below 0.50"));
    QCOMPARE(render({Phrase::DifficultyReaches, {"balanced", "smart"}, {0.52, 0.52}}),
             std::string("Difficulty 0.52 reaches 0.52, so balanced goes up to smart"));
    QCOMPARE(render({Phrase::FlipDifficultyAtLeast, {"smart"}, {0.5178, 0.52}}),
             std::string("A difficulty of at least 0.52 instead of 0.5178 would have meant smart."));
    QVERIFY(!render({Phrase::CodeReaches, {"a", "b"}, {1e300, -1e300}}).empty());
}

void TestReason::wordsStayApart() {
    const std::string nul("a\0b", 3);
    const Reason reason(Phrase::AliasNames, {"", nul, "%1#1", "one too many"}, {1, 2, 3, 4, 5});
    QCOMPARE(reason.wordCount(), Reason::mostWords);
    QCOMPARE(reason.numberCount(), Reason::mostNumbers);
    QVERIFY(reason.word(0).empty());
    QVERIFY(reason.word(1) == nul);
    QVERIFY(reason.word(2) == "%1#1");
    QVERIFY(reason.word(3).empty());
    QCOMPARE(reason.number(3), 4.0);
    QCOMPARE(reason.number(4), 0.0);
    QVERIFY(render(reason) == "'' has the alias '" + nul + "' for %1#1");
    QVERIFY(render(Phrase::SkillAsks) == "Skill '' asks for ");
    QVERIFY(Reason(Phrase::SkillAsks, {"ab", "c"}) != Reason(Phrase::SkillAsks, {"a", "bc"}));
}

void TestReason::laterPhrasesShowTheirWords() {
    const auto later = static_cast<Phrase>(255);
    QCOMPARE(render(later), std::string("a reason that only a later version can say"));
    QCOMPARE(render({later, {"deep", "a/b"}}),
             std::string("a reason that only a later version can say: deep, a/b"));
    QVERIFY(renderDetail(later).empty());
}

void TestReason::clippedNames() {
    QCOMPARE(clipped("name"), std::string("name"));
    QCOMPARE(clipped(std::string(80, 'x')), std::string(80, 'x'));
    QCOMPARE(clipped(std::string(81, 'x')), std::string(80, 'x') + "…");
    // Never within a character.
    QCOMPARE(clipped(std::string(79, 'x') + "äöü"), std::string(79, 'x') + "…");
}

void TestReason::rungsEndTheirSentences_data() {
    QTest::addColumn<int>("winner");
    QTest::addColumn<QString>("sentence");
    const auto row = [](TierSource winner, const char* sentence) {
        QTest::newRow(std::string(toString(winner)).c_str()) << int(winner) << QString::fromUtf8(sentence);
    };
    row(TierSource::User, "No rule matches, but the user's word stands above it.");
    row(TierSource::Skill, "No rule matches, but the skill stands above it.");
    row(TierSource::Dynamic, "No rule matches, but the promotion stands above it.");
    row(TierSource::Declared, "No rule matches, but what the client asked for stands above it.");
    row(TierSource::Rule, "No rule matches, but the rule stands above it.");
    row(TierSource::TaskType, "No rule matches, but the task type stands above it.");
    row(TierSource::Default, "No rule matches.");
}

void TestReason::rungsEndTheirSentences() {
    QFETCH(int, winner);
    QFETCH(QString, sentence);
    using Outcome = LadderStep::Outcome;
    const auto source = static_cast<TierSource>(winner);
    const auto say = [&](Outcome outcome) {
        return QString::fromStdString(
            tierdeck::routing::sentence({TierSource::Rule, "", outcome, Phrase::NoRuleMatches}, source));
    };
    QCOMPARE(say(Outcome::Lost), sentence);
    QCOMPARE(say(Outcome::Won), QStringLiteral("No rule matches."));
    QCOMPARE(say(Outcome::Passed), QStringLiteral("No rule matches."));
}

QTEST_APPLESS_MAIN(TestReason)
#include "tst_reason.moc"
