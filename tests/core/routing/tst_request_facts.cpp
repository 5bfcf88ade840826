#include "core/routing/policy.h"
#include "core/routing/request_facts.h"
#include "core/routing/tier_resolver.h"

#include <QTest>

using namespace tierdeck;
using namespace tierdeck::routing;

namespace {

RequestFacts everything() {
    RequestFacts facts;
    facts.declaredModel = "claude-opus: 4/x";
    facts.userOverride = {"deep", "openai/gpt-5.2"};
    facts.skill = "refactor";
    facts.skillTier = "coding";
    facts.rule = std::string("3:a\0\n", 5);
    facts.classifierTier = "smart";
    facts.token = "ci";
    facts.toolsOffered = 17;
    facts.hasImages = facts.reasoning = facts.planMode = facts.subagent = facts.background = true;
    return facts;
}

} // namespace

class RequestFactsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void nothingIsLost() {
        QCOMPARE(pack(RequestFacts()), std::string());
        QVERIFY(unpackFacts("") == RequestFacts());
        const RequestFacts facts = everything();
        QVERIFY(unpackFacts(pack(facts)) == facts);
        for (const auto flag : {&RequestFacts::hasImages, &RequestFacts::reasoning, &RequestFacts::planMode,
                                &RequestFacts::subagent, &RequestFacts::background}) {
            RequestFacts one;
            one.*flag = true;
            QVERIFY(unpackFacts(pack(one)) == one);
        }
    }

    void whatDiffersWithinATurnIsKeptApart() {
        RequestFacts facts = everything();
        const std::string packed = pack(facts);
        facts.inputTokens = 5000;
        facts.messages = 12;
        facts.score = 5200;
        facts.codeScore = 1;
        QCOMPARE(pack(facts), packed);
    }

    void laterFieldsAreSkipped() {
        const auto facts = unpackFacts("m4:autoz3:newt2:12f3:sq!");
        QVERIFY(facts);
        QCOMPARE(facts->declaredModel, std::string("auto"));
        QCOMPARE(facts->toolsOffered, 12);
        QVERIFY(facts->subagent && !facts->background);
    }

    void notFacts_data() {
        QTest::addColumn<QByteArray>("packed");
        QTest::newRow("no length") << QByteArray("m:auto");
        QTest::newRow("cut") << QByteArray("m4:aut");
        QTest::newRow("a letter alone") << QByteArray("m");
        QTest::newRow("no colon") << QByteArray("m4auto");
        QTest::newRow("negative") << QByteArray("m-1:");
        QTest::newRow("tools are no number") << QByteArray("t3:1x2");
        QTest::newRow("an endless length") << QByteArray("m99999999999999999999999:a");
    }

    void notFacts() {
        QFETCH(QByteArray, packed);
        const auto facts = unpackFacts(packed.toStdString());
        QVERIFY(!facts);
        QCOMPARE(facts.error().code, ErrorCode::ParseFailed);
    }

    void theyAreWhatTheDecisionSaw() {
        Policy policy = Policy::withDefaults();
        policy.providers["openai"].name = "openai";
        policy.tiers["balanced"].model = ModelId::parse("openai/gpt-5.1");
        Rule audits;
        audits.name = "Audits";
        audits.when.keywords = {"audit"};
        audits.tier = "deep";
        Rule images;
        images.name = "Images";
        images.when.hasImages = true;
        images.tier = "smart";
        policy.rules = {audits, images};
        RouteRequest request;
        request.declaredModel = "auto";
        request.userText = "Prove that the audit trail cannot be forged, step by step.";
        request.hasImages = true;
        request.toolsOffered = 4;
        request.inputTokens = 4321;
        request.messages = 9;
        request.token = "ci";
        request.classifierAnswer = {ClassifierAnswer::Kind::Tier, "smart", {}};
        SessionState session;
        session.turnOverride.tier = "coding";
        auto decision = resolve(request, policy, session, {});
        QVERIFY(decision);
        const RequestFacts facts = factsOf(request, session, *decision);
        QCOMPARE(facts.userOverride.tier, std::string("coding")); // said earlier in the turn
        QCOMPARE(facts.rule, std::string("Audits"));
        QCOMPARE(facts.score, static_cast<int>(std::lround(decision->score * 10'000)));
        QVERIFY(facts.score > 0);
        QCOMPARE(facts.classifierTier, std::string("smart"));
        QCOMPARE(facts.token, std::string("ci"));
        const RouteRequest again = requestFrom(facts);
        QVERIFY(again.classifierAnswer.tier == "smart" && again.token == "ci");
        QVERIFY(again.userText.empty());
        QVERIFY(again.hasImages && again.toolsOffered == 4 && again.inputTokens == 4321 &&
                again.messages == 9);
        QCOMPARE(std::string(again.declaredModel), std::string("auto"));
        request.userOverride.model = "openai/gpt-5.1";
        QVERIFY(factsOf(request, session, *decision).userOverride.tier.empty()); // said now
    }
};

QTEST_GUILESS_MAIN(RequestFactsTest)
#include "tst_request_facts.moc"
