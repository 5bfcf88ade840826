#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QElapsedTimer>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <set>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

/// The text of a whole reply.
std::string textOf(const HttpMessage& reply) {
    return Json::parse(reply.body)["choices"][0]["message"]["content"];
}

/// The joined deltas of a stream.
std::string streamedText(const HttpMessage& reply) {
    std::string text;
    std::size_t begin = 0;
    for (auto end = reply.body.find("\n\n"); end != std::string::npos; end = reply.body.find("\n\n", begin)) {
        const auto event = reply.body.substr(begin, end - begin);
        begin = end + 2;
        if (!event.starts_with("data: {"))
            continue;
        const auto json = Json::parse(event.substr(6));
        if (!json["choices"].empty())
            text += json["choices"][0]["delta"].value("content", "");
    }
    return text;
}

} // namespace

class TestGatewaySimulated : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersAreAFunctionOfThePrompt();
    void usageAddsUp();
    void historyIsCached();
    void idsAreUnique();
    void errors_data();
    void errors();
    void failures_data();
    void failures();
    void fallsBackToAnother_data();
    void fallsBackToAnother();
    void stallTimesOut();
    void stallAndHangUp();
    void mismatch();
    void steady();
    void slowAndHangUp();
    void otherNames();
    void isMarked();
    void sendsNothingAnywhere();
};

void TestGatewaySimulated::answersAreAFunctionOfThePrompt() {
    GatewayBench bench;
    bench.start();
    const auto first = textOf(bench.ask(chatRequest("sim/fast", "one")));
    QVERIFY(first.starts_with("Simulated answer:"));
    QCOMPARE(textOf(bench.ask(chatRequest("sim/fast", "one"))), first);
    QCOMPARE(streamedText(bench.ask(streamRequest("sim/fast", "one"))), first);
    QVERIFY(textOf(bench.ask(chatRequest("sim/fast", "two"))) != first);
}

void TestGatewaySimulated::usageAddsUp() {
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(chatRequest("sim/fast", std::string(4000, 'x')));
    const auto usage = Json::parse(reply.body)["usage"];
    QVERIFY(usage["prompt_tokens"] >= 1000);
    QVERIFY(usage["completion_tokens"] >= 12);
    QCOMPARE(usage["total_tokens"].get<int>(),
             usage["prompt_tokens"].get<int>() + usage["completion_tokens"].get<int>());
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.usage.prompt(), usage["prompt_tokens"].get<std::int64_t>());
    QCOMPARE(record.usage.output, usage["completion_tokens"].get<std::int64_t>());
    QVERIFY(!record.usageEstimated);
    const auto streamed = bench.ask(streamRequest("sim/fast", std::string(4000, 'x')));
    QVERIFY(streamed.body.find("usage") == std::string::npos);
    QCOMPARE(bench.recordOf(streamed).usage.output, record.usage.output);
}

void TestGatewaySimulated::historyIsCached() {
    GatewayBench bench;
    bench.start();
    const std::string old(8000, 'x');
    const auto reply = bench.ask(httpRequest("POST", "/v1/chat/completions",
                                             Json{{"model", "sim/fast"},
                                                  {"messages",
                                                   {{{"role", "user"}, {"content", old}},
                                                    {{"role", "assistant"}, {"content", old}},
                                                    {{"role", "user"}, {"content", "new"}}}}}
                                                 .dump()));
    const auto record = bench.recordOf(reply);
    QVERIFY(record.usage.cachedInput > 3500 && record.usage.input < 500);
}

void TestGatewaySimulated::idsAreUnique() {
    // The store and importers know replies by their ids.
    GatewayBench bench;
    bench.start();
    std::set<std::string> ids;
    for (int i = 0; i < 20; ++i)
        ids.insert(bench.recordOf(bench.ask(chatRequest("sim/fast", "one"))).messageId);
    QCOMPARE(ids.size(), std::size_t(20));
}

void TestGatewaySimulated::errors_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("stream");
    for (const int status : {400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529, 599}) {
        QTest::addRow("%d whole", status) << status << false;
        QTest::addRow("%d streamed", status) << status << true;
    }
}

void TestGatewaySimulated::errors() {
    QFETCH(int, status);
    QFETCH(bool, stream);
    GatewayBench bench;
    bench.start();
    const auto model = "sim/error-" + std::to_string(status);
    const auto reply = bench.ask(stream ? streamRequest(model) : chatRequest(model));
    QCOMPARE(reply.status(), status);
    QCOMPARE(textIn(reply.body, "code"), "simulated_" + std::to_string(status));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.attempts[0].outcome, "http_" + std::to_string(status));
    QVERIFY(record.simulated);
}

void TestGatewaySimulated::failures_data() {
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<bool>("stream");
    QTest::addColumn<bool>("started"); // content was seen before it failed
    QTest::addColumn<QByteArray>("outcome");
    QTest::newRow("truncate") << QByteArray("sim/truncate") << false << false << QByteArray("reset");
    QTest::newRow("truncate, streamed")
        << QByteArray("sim/truncate") << true << true << QByteArray("truncated");
    QTest::newRow("reset") << QByteArray("sim/reset") << false << false << QByteArray("reset");
    QTest::newRow("reset, streamed") << QByteArray("sim/reset") << true << true << QByteArray("reset");
    QTest::newRow("rubbish") << QByteArray("sim/rubbish") << false << false << QByteArray("rubbish");
    QTest::newRow("rubbish, streamed") << QByteArray("sim/rubbish") << true << false << QByteArray("rubbish");
}

void TestGatewaySimulated::failures() {
    QFETCH(QByteArray, model);
    QFETCH(bool, stream);
    QFETCH(bool, started);
    QFETCH(QByteArray, outcome);
    GatewayBench bench;
    bench.start();
    const auto name = model.toStdString();
    const auto reply = bench.ask(stream ? streamRequest(name) : chatRequest(name));
    QVERIFY(reply.isComplete);
    QCOMPARE(reply.status(), started ? 200 : 503);
    QCOMPARE(textIn(reply.body, "code"), started ? "upstream_" + outcome.toStdString() : "nothing_left");
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.attempts[0].outcome, outcome.toStdString());
}

void TestGatewaySimulated::fallsBackToAnother_data() {
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<bool>("stream");
    for (const char* model : {"error-529", "error-401", "rubbish"}) {
        QTest::addRow("%s", model) << QByteArray(model) << false;
        QTest::addRow("%s, streamed", model) << QByteArray(model) << true;
    }
    QTest::addRow("truncate") << QByteArray("truncate") << false;
    QTest::addRow("reset") << QByteArray("reset") << false;
}

void TestGatewaySimulated::fallsBackToAnother() {
    QFETCH(QByteArray, model);
    QFETCH(bool, stream);
    GatewayBench bench;
    setFallbacks(bench.policy, "*", {"sim/fast"});
    bench.start();
    const auto name = "sim/" + model.toStdString();
    const auto reply = bench.ask(stream ? streamRequest(name) : chatRequest(name));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("sim/fast"));
    QCOMPARE(bench.recordOf(reply).attempts.size(), std::size_t(2));
}

void TestGatewaySimulated::stallTimesOut() {
    GatewayBench bench;
    bench.policy.providers["sim"].idleTimeoutSeconds = 1;
    setFallbacks(bench.policy, "*", {"sim/fast"});
    bench.start();
    const auto reply = bench.ask(streamRequest("sim/stall"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("sim/fast"));
    QCOMPARE(bench.recordOf(reply).attempts[0].outcome, std::string("timeout"));
}

void TestGatewaySimulated::stallAndHangUp() {
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("sim/stall"));
    while (Json::parse(bench.ask(httpRequest("GET", "/v1/tierdeck/status")).body)["active"] == 0) {
        // until it is under way
    }
    client.close();
    QCOMPARE(bench.sink.recordOf(1).status, std::string("cancelled"));
}

void TestGatewaySimulated::mismatch() {
    GatewayBench bench;
    bench.start();
    const auto whole = bench.ask(chatRequest("sim/mismatch"));
    const auto streamed = bench.ask(streamRequest("sim/mismatch"));
    QCOMPARE(whole.status(), 200);
    QVERIFY(streamed.isComplete);
    QCOMPARE(bench.recordOf(whole).modelReturned, std::string("sim-another-model"));
    QVERIFY(bench.recordOf(whole).model == "sim/mismatch");
    bench.stop();
    const auto log = bench.log();
    const auto first = log.find("Model mismatch: requested=sim/mismatch returned=sim-another-model");
    QVERIFY2(first != std::string::npos, log.c_str());
    QVERIFY(log.find("Model mismatch:", first + 1) != std::string::npos);
}

void TestGatewaySimulated::steady() {
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    QElapsedTimer timer;
    timer.start();
    client.send(streamRequest("sim/steady", "x"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "Simulated"));
    QVERIFY(!reply.isComplete); // word by word
    client.readRest(reply);
    const auto tokens = bench.recordOf(reply).usage.output;
    QVERIFY(timer.elapsed() > tokens * 33 * 8 / 10);
    QCOMPARE(streamedText(reply), textOf(bench.ask(chatRequest("sim/fast", "x"))));
}

void TestGatewaySimulated::slowAndHangUp() {
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("sim/slow", "x"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "Simulated"));
    client.close();
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("cancelled"));
    QVERIFY(record.usageEstimated && record.usage.output > 0);
    QVERIFY(record.cost == NanoUsd(0)); // what is simulated is free, also when it is cut short
}

void TestGatewaySimulated::otherNames() {
    GatewayBench bench;
    bench.start();
    for (const char* model : {"sim/gpt-5.1", "sim/error-abc", "sim/error-200", "sim/error-9999", "sim/a/b"}) {
        RawClient client(bench.port());
        client.send(streamRequest(model, "x"));
        auto reply = client.readHead();
        QCOMPARE(reply.status(), 200);
        QVERIFY2(client.readUntil(reply, "Simulated"), model);
        QVERIFY(!reply.isComplete);
        client.close();
    }
}

void TestGatewaySimulated::isMarked() {
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(chatRequest("sim/fast"));
    const auto record = bench.recordOf(reply);
    QVERIFY(record.simulated);
    QVERIFY(record.cost == NanoUsd(0));
    QCOMPARE(record.provider, std::string("sim"));
    bench.stop();
    QVERIFY(bench.log().find("simulated=1") != std::string::npos);
}

void TestGatewaySimulated::sendsNothingAnywhere() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    for (const char* model : {"sim/fast", "sim/error-500", "sim/rubbish"})
        bench.ask(chatRequest(model));
    QCOMPARE(mock.connections(), 0);
}

QTEST_APPLESS_MAIN(TestGatewaySimulated)
#include "tst_gateway_simulated.moc"
