#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"
#include "tests/support/watched_availability.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

using Json = nlohmann::json;

/// The routing model says `word`; the others answer.
struct Classified {
    MockUpstream mock;
    GatewayBench bench{mock.url()};

    explicit Classified(MockUpstream::Script routingModel)
        : mock([routingModel = std::move(routingModel)](MockConnection& connection,
                                                        const MockRequest& request) {
            if (modelIn(request) == "router")
                routingModel(connection, request);
            else
                answering("Hello")(connection, request);
        }) {
        bench.policy.dynamicTierEnabled = true;
        bench.policy.routingModel = routing::ModelId::parse("mock/router");
        bench.policy.classifier.kind = routing::ClassifierKind::Model;
    }

    [[nodiscard]] int timesAsked() const {
        int count = 0;
        for (const auto& request : mock.requests())
            count += modelIn(request) == "router" ? 1 : 0;
        return count;
    }
};

const Headers inSession{{"x-tierdeck-session", "s7"}, {"x-tierdeck-project", "shop"}};

} // namespace

class TestGatewayClassifier : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void promotes_data();
    void promotes();
    void promotesNothing_data();
    void promotesNothing();
    void givesUpInTime();
    void isARequestOfItsOwn();
    void asksForTheLeastReasoning();
    void asksOnceATurn();
    void asksThoughAnotherCameBetween_data();
    void asksThoughAnotherCameBetween();
    void asksOnlyWhereItCounts_data();
    void asksOnlyWhereItCounts();
    void hybridAsksNearAThreshold();
    void endsWithTheClient();
};

void TestGatewayClassifier::promotes_data() {
    QTest::addColumn<std::string>("said");
    QTest::addColumn<std::string>("model");
    QTest::newRow("smart") << std::string("smart") << std::string("mock/smart");
    QTest::newRow("coding") << std::string("**Coding**.") << std::string("mock/coder");
    QTest::newRow("balanced") << std::string("balanced") << std::string("mock/base");
}

void TestGatewayClassifier::promotes() {
    QFETCH(std::string, said);
    QFETCH(std::string, model);
    Classified classified(answering(said));
    classified.bench.start();
    const auto reply = classified.bench.ask(chatRequest("auto", "Hello there"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), model);
    QCOMPARE(reply.header("x-tierdeck-tier-source"),
             std::string(model == "mock/base" ? "default" : "dynamic"));
    QCOMPARE(classified.timesAsked(), 1);
}

void TestGatewayClassifier::promotesNothing_data() {
    QTest::addColumn<std::string>("said"); // "": it fails
    QTest::newRow("another word") << std::string("gigantic");
    QTest::newRow("a sentence") << std::string("I think that smart or deep would do");
    QTest::newRow("an error") << std::string();
}

void TestGatewayClassifier::promotesNothing() {
    QFETCH(std::string, said);
    Classified classified(said.empty() ? failing(500) : answering(said));
    classified.bench.start();
    const auto reply = classified.bench.ask(chatRequest("auto", "Hello there"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/base"));
    QVERIFY(classified.timesAsked() >= 1);
}

void TestGatewayClassifier::givesUpInTime() {
    Classified classified([](MockConnection& connection, const MockRequest&) {
        static_cast<void>(connection.waitUntilGone());
    });
    classified.bench.policy.classifier.timeoutMs = 50;
    classified.bench.start();
    const auto reply = classified.bench.ask(chatRequest("auto", "Hello there"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/base"));
    const auto asked = classified.bench.sink.records().at(0);
    QCOMPARE(asked.agent, std::string("classifier"));
    QCOMPARE(asked.status, std::string("cancelled"));
}

void TestGatewayClassifier::isARequestOfItsOwn() {
    Classified classified(answering("smart"));
    classified.bench.policy.prices =
        pricing::PriceTable::parse(R"({"mock/router":{"input":1,"cache_read":0.1,"output":10}})").value();
    classified.bench.start();
    const auto reply = classified.bench.ask(chatRequest("auto", "Hello there", inSession));
    const auto records = classified.bench.sink.records();
    QCOMPARE(records.size(), std::size_t(2));
    const auto& asked = records[0];
    QCOMPARE(asked.client, std::string("tierdeck"));
    QCOMPARE(asked.agent, std::string("classifier"));
    QCOMPARE(asked.session, std::string("s7"));
    QCOMPARE(asked.project, std::string("shop"));
    QCOMPARE(asked.turn, records[1].turn);
    QCOMPARE(*asked.model, std::string("mock/router"));
    QVERIFY(!asked.tier);
    QCOMPARE(asked.cost.value().value, std::int64_t(60'200));
    QVERIFY(asked.request != records[1].request);
    QCOMPARE(records[1].client, classified.bench.recordOf(reply).client);
    // What it is asked: the rubric, the prompt, and no more tokens than are set.
    const auto body = Json::parse(classified.mock.requests().at(0).body);
    const auto text = body.at("messages").dump();
    QVERIFY(text.find("debugging") != std::string::npos);
    QVERIFY(text.find("Hello there") != std::string::npos);
    QCOMPARE(body.value("max_tokens", body.value("max_completion_tokens", 0)), 256);
    QVERIFY(!body.contains("tools"));
}

void TestGatewayClassifier::asksForTheLeastReasoning() {
    Classified classified(answering("smart"));
    classified.bench.policy.routingModel = routing::ModelId::parse("mock/gpt-5.1");
    classified.bench.start();
    QCOMPARE(classified.bench.ask(chatRequest("auto", "Hello there")).status(), 200);
    const auto body = Json::parse(classified.mock.requests().at(0).body);
    QCOMPARE(body.at("model").get<std::string>(), std::string("gpt-5.1"));
    QCOMPARE(body.value("reasoning_effort", std::string()), std::string("none"));
}

void TestGatewayClassifier::asksOnceATurn() {
    Classified classified(answering("smart"));
    classified.bench.start();
    const std::string first = R"({"role":"user","content":"Look"})";
    const std::string step =
        first +
        R"(,{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function",)"
        R"("function":{"name":"ls","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":"a"})";
    const std::string second =
        step + R"(,{"role":"assistant","content":"So."},{"role":"user","content":"And now?"})";
    int asked = 0;
    for (const auto& [messages, times] : {std::pair(first, 1), {step, 1}, {second, 2}}) {
        const auto body =
            R"({"model":"auto","tools":[{"type":"function","function":{"name":"ls"}}],"messages":[)" +
            messages + "]}";
        const auto reply = classified.bench.ask(httpRequest("POST", "/v1/chat/completions", body, inSession));
        QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/smart"));
        asked = times;
        QCOMPARE(classified.timesAsked(), asked);
    }
}

void TestGatewayClassifier::asksThoughAnotherCameBetween_data() {
    QTest::addColumn<std::string>("other");
    QTest::newRow("a side request") << std::string(
        R"("messages":[{"role":"user","content":"Give it a title"}])");
    QTest::newRow("one of the same turn") << std::string(
        R"("tools":[{"type":"function","function":{"name":"ls"}}],)"
        R"("messages":[{"role":"user","content":"Look"},{"role":"assistant","content":"ok"}])");
}

/// The turn's first request is held between finding its turn and its decision.
void TestGatewayClassifier::asksThoughAnotherCameBetween() {
    QFETCH(std::string, other);
    Gate isHeld;
    Gate mayGoOn;
    std::atomic<bool> holdsNext = true;
    WatchedAvailability watched([&] {
        if (holdsNext.exchange(false)) {
            isHeld.open();
            mayGoOn.wait();
        }
    });
    Classified classified(answering("smart"));
    classified.bench.availability = &watched;
    classified.bench.start();
    const auto request = [](const std::string& members) {
        return httpRequest("POST", "/v1/chat/completions", R"({"model":"auto",)" + members + '}', inSession);
    };
    RawClient first(classified.bench.port());
    RawClient second(classified.bench.port());
    for (auto* client : {&first, &second}) // each is dealt to a reactor of its own
        QCOMPARE(client->ask(httpRequest("GET", "/healthz", "")).status(), 200);
    first.send(request(R"("tools":[{"type":"function","function":{"name":"ls"}}],)"
                       R"("messages":[{"role":"user","content":"Look"}])"));
    QVERIFY(isHeld.wait());
    QCOMPARE(second.ask(request(other)).status(), 200);
    QCOMPARE(classified.timesAsked(), 0);
    mayGoOn.open();
    QCOMPARE(first.read().header("x-tierdeck-model"), std::string("mock/smart"));
    QCOMPARE(classified.timesAsked(), 1);
    const auto records = classified.bench.sink.records();
    QVERIFY(std::ranges::count(records, "classifier", &routing::RequestRecord::agent) == 1);
}

void TestGatewayClassifier::asksOnlyWhereItCounts_data() {
    QTest::addColumn<std::string>("model");
    QTest::addColumn<std::string>("text");
    QTest::newRow("a person has said it") << std::string("auto") << std::string("/tier smart hello");
    QTest::newRow("an explicit model") << std::string("mock/base") << std::string("hello");
    QTest::newRow("above balanced already") << std::string("tier-coding") << std::string("hello");
}

void TestGatewayClassifier::asksOnlyWhereItCounts() {
    QFETCH(std::string, model);
    QFETCH(std::string, text);
    Classified classified(answering("deep"));
    classified.bench.start();
    QCOMPARE(classified.bench.ask(chatRequest(model, text)).status(), 200);
    QCOMPARE(classified.timesAsked(), 0);
}

void TestGatewayClassifier::hybridAsksNearAThreshold() {
    Classified classified(answering("smart"));
    classified.bench.policy.classifier.kind = routing::ClassifierKind::Hybrid;
    classified.bench.policy.classifier.hybridBand = 0.0;
    classified.bench.start();
    QCOMPARE(classified.bench.ask(chatRequest("auto", "Hello there")).header("x-tierdeck-model"),
             std::string("mock/base"));
    QCOMPARE(classified.timesAsked(), 0);
    classified.bench.policy.classifier.hybridBand = 1.0;
    classified.bench.setPolicy(classified.bench.policy);
    QCOMPARE(classified.bench.ask(chatRequest("auto", "Hello you")).header("x-tierdeck-model"),
             std::string("mock/smart"));
    QCOMPARE(classified.timesAsked(), 1);
}

void TestGatewayClassifier::endsWithTheClient() {
    Gate asked;
    Classified classified([&](MockConnection& connection, const MockRequest&) {
        asked.open();
        static_cast<void>(connection.waitUntilGone());
    });
    classified.bench.start();
    {
        RawClient client(classified.bench.port());
        client.send(chatRequest("auto"));
        QVERIFY(asked.wait());
    }
    QVERIFY(classified.bench.sink.waitForRecords(2));
    for (const auto& record : classified.bench.sink.records())
        QCOMPARE(record.status, std::string("cancelled"));
    QVERIFY(classified.mock.waitUntilIdle());
}

QTEST_APPLESS_MAIN(TestGatewayClassifier)
#include "tst_gateway_classifier.moc"
