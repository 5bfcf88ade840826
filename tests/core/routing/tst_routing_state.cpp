#include "core/routing/classifier_rubric.h"
#include "core/routing/spending.h"
#include "core/routing/tier_resolver.h"

#include <QtTest>

using namespace tierdeck::routing;

// What a session keeps of a request, what the routing model is told, which models a pattern means.
class TestRoutingState : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anAnswerLeavesItsCache();
    void aUsersWordNeitherMovesNorMakesTheCache();
    void aSideRequestLeavesTheCacheAlone();
    void theRubricNamesEveryTier();
    void answersOfTheRoutingModel_data();
    void answersOfTheRoutingModel();
    void patternsMeanModels_data();
    void patternsMeanModels();
    void tiersBelow_data();
    void tiersBelow();
};

namespace {

ModelId id(const char* text) {
    return ModelId::parse(text).value();
}

RouteDecision decidedBy(TierSource source) {
    RouteDecision decision;
    decision.source = source;
    decision.tier = "coding";
    return decision;
}

} // namespace

void TestRoutingState::anAnswerLeavesItsCache() {
    SessionState session;
    keepWarm(session, RouteRequest(), decidedBy(TierSource::Declared), id("eu/green"), 40'000);
    QVERIFY(session.warm);
    QCOMPARE(session.warm->host.text(), std::string("eu/green"));
    QCOMPARE(session.warm->tokens, std::int64_t(40'000));
    session.warm->idleSeconds = 500;
    keepWarm(session, RouteRequest(), decidedBy(TierSource::Dynamic), id("openai/gpt-5.2"), 41'000);
    QCOMPARE(session.warm->host.text(), std::string("openai/gpt-5.2"));
    QCOMPARE(session.warm->idleSeconds, std::int64_t(0));
    keepWarm(session, RouteRequest(), decidedBy(TierSource::Default), id("eu/green"), 0);
    QCOMPARE(session.warm->host.text(), std::string("openai/gpt-5.2"));
}

void TestRoutingState::aUsersWordNeitherMovesNorMakesTheCache() {
    SessionState session;
    keepWarm(session, RouteRequest(), decidedBy(TierSource::User), id("eu/green"), 40'000);
    QVERIFY(!session.warm);
    session.warm = WarmPrefix{id("azure/blue"), 10'000, 30};
    keepWarm(session, RouteRequest(), decidedBy(TierSource::User), id("eu/green"), 40'000);
    QCOMPARE(session.warm->host.text(), std::string("azure/blue"));
    QCOMPARE(session.warm->idleSeconds, std::int64_t(30));
}

void TestRoutingState::aSideRequestLeavesTheCacheAlone() {
    SessionState session;
    RouteRequest request;
    request.background = true;
    keepWarm(session, request, decidedBy(TierSource::Default), id("eu/green"), 40'000);
    QVERIFY(!session.warm);
}

void TestRoutingState::theRubricNamesEveryTier() {
    const std::string rubric = classifierRubric();
    for (const std::string_view tier : {"background", "balanced", "smart", "coding", "deep"}) {
        QVERIFY(rubric.find(std::string(tier) + ": " + std::string(tierDescription(tier))) !=
                std::string::npos);
    }
    QVERIFY(rubric.find("one word") != std::string::npos);
}

void TestRoutingState::answersOfTheRoutingModel_data() {
    QTest::addColumn<QString>("answer");
    QTest::addColumn<QString>("tier");
    const auto row = [](const char* answer, const char* tier) {
        QTest::newRow(answer) << QString::fromUtf8(answer) << QString::fromUtf8(tier);
    };
    row("deep", "deep");
    row("Coding", "coding");
    row(" smart\n", "smart");
    row("\"balanced\".", "balanced");
    row("**BACKGROUND**", "background");
    row("", "");
    row("...", "");
    row("deep, I think", "");
    row("smart deep", "");
    row("deeply", "");
    row("fast", "");
    row("tief", "");
}

void TestRoutingState::answersOfTheRoutingModel() {
    QFETCH(QString, answer);
    QFETCH(QString, tier);
    const std::string_view found = tierOfAnswer(answer.toStdString()).value_or("");
    QCOMPARE(QString::fromUtf8(found.data(), qsizetype(found.size())), tier);
}

void TestRoutingState::patternsMeanModels_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<bool>("means"); // openrouter/z-ai/glm-5.2
    QTest::newRow("itself") << QStringLiteral("openrouter/z-ai/glm-5.2") << true;
    QTest::newRow("its provider's") << QStringLiteral("openrouter/*") << true;
    QTest::newRow("its provider") << QStringLiteral("openrouter") << true;
    QTest::newRow("a part of its name") << QStringLiteral("openrouter/z-ai/*") << true;
    QTest::newRow("everything") << QStringLiteral("*") << true;
    QTest::newRow("every provider's") << QStringLiteral("*/glm-5.2") << true;
    QTest::newRow("another provider") << QStringLiteral("openai/*") << false;
    QTest::newRow("the beginning of a provider's name") << QStringLiteral("open") << false;
    QTest::newRow("the beginning of a model's name") << QStringLiteral("openrouter/z-ai") << false;
    QTest::newRow("nothing") << QString() << false;
}

void TestRoutingState::patternsMeanModels() {
    QFETCH(QString, pattern);
    QFETCH(bool, means);
    QCOMPARE(meansModel(pattern.toStdString(), id("openrouter/z-ai/glm-5.2")), means);
}

void TestRoutingState::tiersBelow_data() {
    QTest::addColumn<QString>("tier");
    QTest::addColumn<int>("rank"); // of a tier of one's own; -1 for a built-in one
    QTest::addColumn<QString>("below");
    const auto row = [](const char* tier, const char* below, int rank = -1) {
        QTest::addRow("%s %d", tier, rank) << QString::fromUtf8(tier) << rank << QString::fromUtf8(below);
    };
    row("deep", "smart");
    row("smart", "balanced");
    row("coding", "balanced");
    row("balanced", "background");
    row("background", "");
    row("legal", "deep", 40);
    row("legal", "smart", 25);
    row("legal", "balanced", 15);
    row("legal", "background", 5);
    row("legal", "", 0);
    row("legal", "", -5);
}

void TestRoutingState::tiersBelow() {
    QFETCH(QString, tier);
    QFETCH(int, rank);
    QFETCH(QString, below);
    Policy policy = Policy::withDefaults();
    if (tier == QLatin1String("legal"))
        policy.tiers["legal"].rank = rank;
    const std::string_view found = tierBelow(policy, tier.toStdString());
    QCOMPARE(QString::fromUtf8(found.data(), qsizetype(found.size())), below);
}

QTEST_APPLESS_MAIN(TestRoutingState)
#include "tst_routing_state.moc"
