#include "core/routing/decision_json.h"
#include "core/routing/packed_decision.h"
#include "core/routing/tier_resolver.h"
#include "tests/core/routing/case_reader.h"

#include <QtTest>

#include <algorithm>
#include <limits>
#include <random>

using namespace tierdeck;
using namespace tierdeck::routing;
using cases::Json;

class TestPackedDecision : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyCaseGoesThereAndBack();
    void whatAnEarlierVersionWroteIsRead();
    void sizes_data();
    void sizes();
    void emptyDecision();
    void fieldsThatUsuallyFollowFromOthers();
    void roundedNumbers();
    void anyNamesWillDo();
    void laterPhrasesAndFeatures();
    void otherVersionsAndRubbish_data();
    void otherVersionsAndRubbish();
    void cutOffAnywhere();
    void flippedBytes();
};

namespace {

RouteDecision decide(const char* policyJson, const Json& request) {
    const auto result = resolve(cases::readRequest(request), cases::readPolicy(Json::parse(policyJson)),
                                SessionState(), Conditions());
    if (!result)
        qFatal("%s", result.error().message.c_str());
    return *result;
}

constexpr const char* policy =
    R"({"balancedModel": "openai/gpt-5.1", "smartModel": "anthropic/claude-sonnet-4-20250514",
    "codingModel": "openai/gpt-5.2", "dynamicTierEnabled": true, "temperature": 0.7,
    "fallbacks": {"smart": ["openai/gpt-5.1", "openai/gpt-5.2"], "*": ["ollama/qwen3"]},
    "providers": {"openai": {}, "anthropic": {}, "ollama": {"local": true}}, "skills": {"x": "smart"}})";

const Json usual = {{"text", "Explain step by step how the two queues differ, and which risks they have."},
                    {"model", "tier-smart"},
                    {"inputTokens", 5200},
                    {"tools", 12},
                    {"messages", 9}};

RouteDecision roundTrip(const RouteDecision& decision) {
    const auto back = unpack(pack(decision));
    if (!back)
        qFatal("%s", pack(decision).c_str());
    return *back;
}

RouteDecision full() {
    RouteDecision decision = decide(policy, usual);
    decision.excluded.push_back({*ModelId::parse("openai/o9"), {Phrase::Text, {"over budget"}}});
    decision.reasoning = "low";
    decision.unsetWanted = "deep";
    decision.notes = {{Phrase::PromotionPays, {"smart"}, {80000, 0.108, 3, 0.7251}},
                      {Phrase::WindowNearlyFull, {"openai/gpt-5.1"}, {390000, 400000, 97.5}}};
    return decision;
}

} // namespace

// Nothing that the document or the sentences show gets lost on the way through the store.
void TestPackedDecision::everyCaseGoesThereAndBack() {
    std::size_t decisions = 0;
    std::size_t packedBytes = 0;
    std::size_t jsonBytes = 0;
    for (const cases::Case& given : cases::readCases(TIERDECK_TEST_DATA "/routing")) {
        auto result = cases::decide(given);
        if (!result)
            continue;
        result->asksClassifier = false; // what is stored was settled: nobody is asked any more
        const std::string packed = pack(*result);
        const auto back = unpack(packed);
        QVERIFY2(back, packed.c_str());
        QCOMPARE(QString::fromStdString(toJson(*back)), QString::fromStdString(toJson(*result)));
        QVERIFY(explainFully(*back) == explainFully(*result));
        QCOMPARE(back->margin, result->margin);
        QCOMPARE(back->temperature, result->temperature);
        ++decisions;
        packedBytes += packed.size();
        jsonBytes += toJson(*result).size();
    }
    QVERIFY(decisions > 100);
    qInfo("%zu decisions: %zu bytes packed, %zu as JSON on average", decisions, packedBytes / decisions,
          jsonBytes / decisions);
    QVERIFY(packedBytes * 6 < jsonBytes);
}

void TestPackedDecision::whatAnEarlierVersionWroteIsRead() {
    const std::string stored =
        "1V333utAqf2WbAW10123456789abcdef6low7b4117EsZ1sr2xg11a8uI0QWPWA02-8a70Sq8k30RYY10Y"
        "HTiJ0041a2anthropic/claude-sonnet-4-20250514R13mrD4Sopenai/gpt-5.1T134Sopenai/gpt-"
        "5.2T135Oollama/qwen3T1BmrD1Iopenai/o931Mover budget704162V13c13D1Ktier-smart4I5MY11O";
    const auto decision = unpack(stored);
    QVERIFY(decision);
    QCOMPARE(QString::fromStdString(explain(*decision)),
             QStringLiteral("smart, because the client asked for it; anthropic/claude-sonnet-4-20250514"));
    QCOMPARE(decision->attempts.size(), std::size_t(4));
    QCOMPARE(decision->features.size(), std::size_t(7));
    QCOMPARE(decision->features.front().name.text(), std::string("reasoning"));
    QCOMPARE(decision->unsetWanted, std::string("deep"));
    QCOMPARE(render(decision->excluded.front().reason), std::string("over budget"));
    QVERIFY(explainFully(*decision).size() > 10);
    // Reading and writing does not change it.
    QCOMPARE(QString::fromStdString(pack(*decision)), QString::fromStdString(stored));
}

void TestPackedDecision::sizes_data() {
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("most");
    const auto row = [](const char* name, const Json& request, int most) {
        QTest::newRow(name) << QByteArray::fromStdString(request.dump()) << most;
    };
    row("usual: a declared tier, three fallbacks", usual, 300);
    row("promoted", {{"text", "Fix the crash in src/cache.cpp: `evict()` throws std::bad_alloc. Why?"}}, 300);
    row("a model by name", {{"text", "hi"}, {"model", "openai/gpt-5.1"}}, 180);
    row("nothing asked for", {{"text", "hi"}, {"model", "auto"}}, 180);
    row("a skill", {{"text", "hi"}, {"skill", "x"}}, 240);
}

void TestPackedDecision::sizes() {
    QFETCH(QByteArray, request);
    QFETCH(int, most);
    const RouteDecision decision = decide(policy, Json::parse(request.toStdString()));
    const std::string packed = pack(decision);
    qInfo("%zu bytes for %zu features, %zu attempts; %zu as JSON", packed.size(), decision.features.size(),
          decision.attempts.size(), toJson(decision).size());
    QVERIFY2(int(packed.size()) <= most, packed.c_str());
    QVERIFY(std::none_of(packed.begin(), packed.end(),
                         [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }));
}

void TestPackedDecision::emptyDecision() {
    const RouteDecision back = roundTrip(RouteDecision());
    QCOMPARE(QString::fromStdString(toJson(back)), QString::fromStdString(toJson(RouteDecision())));
    QVERIFY(back.model.empty() && back.ladder.empty() && !back.tier && !back.threshold && !back.margin);
}

void TestPackedDecision::fieldsThatUsuallyFollowFromOthers() {
    RouteDecision decision = full();
    decision.model = *ModelId::parse("a/other");
    decision.margin = 0.25;
    decision.temperature = 0.125;
    QVERIFY(toJson(roundTrip(decision)) == toJson(decision));
    decision.margin.reset();
    decision.temperature.reset();
    decision.attempts.clear();
    decision.threshold.reset();
    QVERIFY(toJson(roundTrip(decision)) == toJson(decision));
    decision.margin = -0.5;
    decision.model = ModelId();
    decision.ladder.erase(decision.ladder.begin() + 2);
    std::reverse(decision.ladder.begin(), decision.ladder.end());
    QVERIFY(toJson(roundTrip(decision)) == toJson(decision));
}

void TestPackedDecision::roundedNumbers() {
    RouteDecision decision;
    decision.score = 0.123456;
    decision.codeScore = -7.00004;
    decision.threshold = std::numeric_limits<double>::quiet_NaN();
    decision.margin = std::numeric_limits<double>::infinity();
    decision.features.push_back({"length", 0.12345, -1.0006, 1e300});
    const RouteDecision back = roundTrip(decision);
    QCOMPARE(back.score, 0.1235);
    QCOMPARE(back.codeScore, -7.0);
    QCOMPARE(*back.threshold, 0.0);
    QCOMPARE(*back.margin, 1e11);
    QCOMPARE(back.features[0].value, 0.123);
    QCOMPARE(back.features[0].contribution, -1.001);
    QCOMPARE(back.features[0].codeContribution, 1e12);
}

void TestPackedDecision::anyNamesWillDo() {
    RouteDecision decision = full();
    decision.tier = std::string("a\0\n\"b", 5);
    decision.startingTier = *decision.tier;
    decision.policy = std::string(5000, 'x') + "\xF0\x9F\x98\x80";
    decision.reasoning = "\xFF\xC0\xAF broken";
    decision.unsetWanted = "\xFF\xC0\xAF broken";
    decision.features.push_back({"h0123", 1, 0.5, 0});
    for (int i = 0; i < 200; ++i) // more words than are looked up
        decision.excluded.push_back({*ModelId::parse("p/" + std::to_string(i)), {Phrase::NoProvider, {"p"}}});
    const RouteDecision back = roundTrip(decision);
    QVERIFY(back.tier == decision.tier && back.startingTier == decision.startingTier);
    QCOMPARE(back.reasoning, std::string("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD broken"));
    QCOMPARE(back.unsetWanted, back.reasoning);
    QVERIFY(toJson(back) == toJson(decision));
}

void TestPackedDecision::laterPhrasesAndFeatures() {
    RouteDecision decision = full();
    decision.ladder[0].reason = {static_cast<Phrase>(200), {"deep"}, {0.5}};
    const RouteDecision back = roundTrip(decision);
    QCOMPARE(sentence(back.ladder[0], back.source),
             std::string("a reason that only a later version can say: deep."));
    QVERIFY(toJson(back) == toJson(decision));

    // One feature, the hundredth; then no attempts, exclusions and rungs.
    const auto later = unpack(std::string("1") + "0000000" + "1a3222" + "000");
    QVERIFY(later);
    QCOMPARE(later->features.size(), std::size_t(1));
    QCOMPARE(later->features[0].name.text(), std::string("feature 100"));
    QCOMPARE(later->features[0].value, 0.001);
}

void TestPackedDecision::otherVersionsAndRubbish_data() {
    QTest::addColumn<QByteArray>("packed");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("only the version") << QByteArray("1");
    QTest::newRow("another version") << QByteArray("2") + QByteArray::fromStdString(pack(full())).mid(1);
    QTest::newRow("a JSON document") << QByteArray::fromStdString(toJson(full()));
    QTest::newRow("a word") << QByteArray("decision");
    QTest::newRow("a number without end") << QByteArray("1") + QByteArray(400, '_');
    QTest::newRow("a word longer than all") << QByteArray("10"
                                                          "0"
                                                          "_____________0");
    QTest::newRow("a place that no word has") << QByteArray("10"
                                                            "0"
                                                            "_1"
                                                            "0000");
    QTest::newRow("no such rung") << QByteArray("10"
                                                "9");
}

void TestPackedDecision::otherVersionsAndRubbish() {
    QFETCH(QByteArray, packed);
    const auto decision = unpack(packed.toStdString());
    QVERIFY(!decision);
    QVERIFY(decision.error().code == ErrorCode::ParseFailed);
    QVERIFY(decision.error().message.ends_with('.'));
}

void TestPackedDecision::cutOffAnywhere() {
    const std::string packed = pack(full());
    for (std::size_t size = 0; size < packed.size(); ++size)
        QVERIFY2(!unpack(packed.substr(0, size)), packed.substr(0, size).c_str());
}

// Whatever the bytes are: an error, or a decision that can be shown and written again.
void TestPackedDecision::flippedBytes() {
    const std::string packed = pack(full());
    std::mt19937 random(11);
    int readable = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = packed;
        for (std::size_t n = 1 + random() % 4; n > 0; --n)
            text[random() % text.size()] = static_cast<char>(round % 2 ? random() : ' ' + random() % 95);
        if (random() % 8 == 0)
            text.resize(random() % text.size());
        const auto decision = unpack(text);
        if (!decision)
            continue;
        ++readable;
        QVERIFY(Json::accept(toJson(*decision)));
        QVERIFY(!explainFully(*decision).empty());
        QVERIFY(toJson(roundTrip(*decision)) == toJson(*decision));
    }
    QVERIFY(readable > 100);
}

QTEST_APPLESS_MAIN(TestPackedDecision)
#include "tst_packed_decision.moc"
