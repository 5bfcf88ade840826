#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <thread>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

int countOf(const std::string& text, std::string_view part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

const std::string role =
    "data: {\"id\":\"1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";

} // namespace

class TestGatewayStreams : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void breakingOff_data();
    void breakingOff();
    void errorInside_data();
    void errorInside();
    void breakingOffOpensTheBreaker();
    void stalling();
    void wordsAfterTheEnd();
    void hangUpInAStream();
    void hangUpBeforeTheCall();
    void hangUpBeforeTheReply();
    void hangUpInAWholeReply();
    void hangUpWhileWaitingToRetry();
    void hangUpWithBytesOfTheNextRequest();
    void hangUpWhileItIsRecorded();
    void resetByTheClient();
    void hold_data();
    void hold();
    void holdEndsFailOver();
    void holdThenHangUp();
    void slowReader();
    void manySmallEvents();
    void stopLetsRunningOnesEnd();
    void stopCancelsWhatDoesNotEnd();
    void stopWithBytesOfTheNextRequest();
    void stopClosesIdleOnes();
    void stopWaitsForTheStore();
    void stopTwice();
    void stopWithoutStart();
};

void TestGatewayStreams::breakingOff_data() {
    QTest::addColumn<QByteArray>("more"); // behind the first event
    QTest::addColumn<bool>("reset");
    QTest::addColumn<QByteArray>("outcome");
    const auto row = [](const char* name, const std::string& more, bool reset, const char* outcome) {
        QTest::newRow(name) << QByteArray::fromStdString(more) << reset << QByteArray(outcome);
    };
    row("reset", "", true, "reset");
    row("closed", "", false, "reset");
    row("closed inside an event", httpChunk("data: {\"choi"), false, "reset");
    row("ended too early", std::string(lastChunk), false, "truncated");
    row("ended inside an event", httpChunk("data: {\"choi") + std::string(lastChunk), false, "truncated");
    row("rubbish", httpChunk("data: hello\n\n"), false, "rubbish");
    row("broken chunks", "zzz\r\n", false, "rubbish");
}

void TestGatewayStreams::breakingOff() {
    QFETCH(QByteArray, more);
    QFETCH(bool, reset);
    QFETCH(QByteArray, outcome);
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "12345678")));
        gate.wait(); // so that the first event has left before the second comes
        connection.send(more.toStdString());
        reset ? connection.reset() : connection.close();
    });
    GatewayBench bench(mock.url());
    setFallbacks(bench.policy, "*", {"mock/smart"});
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "12345678"));
    gate.open();
    client.readRest(reply);
    // The client is told in its own words, and the connection stays of use.
    QVERIFY(reply.isComplete);
    const auto event = reply.body.substr(chatEvent("base", "12345678").size());
    QVERIFY2(event.starts_with("data: {\"error\":{") && event.ends_with("}}\n\n"), event.c_str());
    QCOMPARE(textIn(event, "code"), "upstream_" + outcome.toStdString());
    QVERIFY(textIn(event, "message").find("mock/base") != std::string::npos);
    QCOMPARE(mock.requests().size(), std::size_t(1));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.httpStatus, 200);
    QCOMPARE(record.attempts[0].outcome, outcome.toStdString());
    QCOMPARE(record.attempts[0].httpStatus, 200);
    QVERIFY(record.usageEstimated);
    QCOMPARE(record.usage.output, std::int64_t(2));
    QVERIFY(record.usage.input > 0 && record.cost && record.cost->value > 0);
    QVERIFY(record.reason.find("broke off") != std::string::npos);
}

void TestGatewayStreams::errorInside_data() {
    QTest::addColumn<QByteArray>("end");
    QTest::newRow("and its end mark") << QByteArray("data: [DONE]\n\n");
    QTest::newRow("and no more") << QByteArray("");
}

void TestGatewayStreams::errorInside() {
    QFETCH(QByteArray, end);
    const std::string error = "data: {\"error\":{\"message\":\"overloaded\",\"code\":\"overloaded\"}}\n\n";
    MockUpstream mock(replying(streamHead() + httpChunk(chatEvent("base", "Hello")) +
                               httpChunk(error + end.toStdString()) + std::string(lastChunk)));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QVERIFY(reply.isComplete);
    // The provider's own words, once.
    QVERIFY2(reply.body.find(error) != std::string::npos, reply.body.c_str());
    QCOMPARE(countOf(reply.body, "\"error\""), 1);
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.attempts[0].outcome, std::string("error_overloaded"));
}

void TestGatewayStreams::breakingOffOpensTheBreaker() {
    MockUpstream mock([](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) == "smart")
            return answering()(connection, request);
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")));
        connection.close();
    });
    GatewayBench bench(mock.url());
    bench.policy.cooldown = {2, 1000};
    setFallbacks(bench.policy, "*", {"mock/smart"});
    bench.start();
    for (const char* served : {"mock/base", "mock/base", "mock/smart"})
        QCOMPARE(bench.ask(streamRequest("auto")).header("x-tierdeck-model"), std::string(served));
}

void TestGatewayStreams::stalling() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")));
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].idleTimeoutSeconds = 1;
    bench.options.holdMs = 100; // sets the step of all deadlines
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.find("\"code\":\"upstream_timeout\"") != std::string::npos);
    QVERIFY(gone.wait());
    QCOMPARE(bench.recordOf(reply).attempts[0].outcome, std::string("timeout"));
}

void TestGatewayStreams::wordsAfterTheEnd() {
    MockUpstream mock(replying(
        streamHead() + httpChunk(chatEvent("base", "Hello") + chatEnd("base") + chatEvent("base", "more")) +
        std::string(lastChunk)));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QCOMPARE(reply.body, chatEvent("base", "Hello") + chatEnd("base", false));
    QCOMPARE(bench.ask(streamRequest("auto")).status(), 200);
}

void TestGatewayStreams::hangUpInAStream() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "1234567890")));
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto", std::string(4000, 'x')));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "1234567890"));
    client.close();
    QVERIFY(gone.wait()); // the provider is not left to talk to no one
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("cancelled"));
    QCOMPARE(record.attempts.size(), std::size_t(1));
    QCOMPARE(record.attempts[0].outcome, std::string("cancelled"));
    QVERIFY(record.usageEstimated);
    QCOMPARE(record.usage.output, std::int64_t(3));
    QVERIFY(record.usage.input > 1000 && record.usage.input < 1100);
    QVERIFY(record.cost && record.cost->value > 1'000'000);
}

void TestGatewayStreams::hangUpBeforeTheCall() {
    // The desktop asks its owner to unlock the keychain; the client does not wait for it.
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].key = {routing::KeySource::Kind::Keychain, "mock"};
    bench.secrets.set("mock", "key");
    Gate asked;
    Gate gate;
    bench.secrets.onSlowRead = [&] {
        asked.open();
        gate.wait();
    };
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(asked.wait());
    client.close();
    // Another connection is served after the first one's end was seen.
    QCOMPARE(bench.ask(httpRequest("GET", "/healthz")).status(), 200);
    gate.open();
    const auto record = bench.sink.recordOf(1);
    QCOMPARE(record.status, std::string("cancelled"));
    QVERIFY(record.cost == NanoUsd(0));
    QCOMPARE(mock.connections(), 0);
}

void TestGatewayStreams::hangUpBeforeTheReply() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.policy.retries.attempts = 3;
    setFallbacks(bench.policy, "*", {"mock/smart"});
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto", std::string(4000, 'x')));
    QVERIFY(mock.waitForRequests(1));
    client.close();
    QVERIFY(gone.wait());
    const auto record = bench.sink.recordOf(1);
    QCOMPARE(record.status, std::string("cancelled"));
    QCOMPARE(record.attempts.size(), std::size_t(1)); // nor is another model asked for no one
    QCOMPARE(record.attempts[0].outcome, std::string("cancelled"));
    // The provider has read the prompt and will bill it.
    QVERIFY(record.usageEstimated);
    QVERIFY(record.usage.input > 1000);
    QCOMPARE(record.usage.output, std::int64_t(0));
    QVERIFY(record.cost && record.cost->value > 1'000'000);
}

void TestGatewayStreams::hangUpInAWholeReply() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"choices\":[");
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto", std::string(4000, 'x')));
    QVERIFY(mock.waitForRequests(1));
    client.close();
    QVERIFY(gone.wait());
    const auto record = bench.sink.recordOf(1);
    QCOMPARE(record.status, std::string("cancelled"));
    QVERIFY(record.usageEstimated);
    QVERIFY(record.usage.input > 1000);
}

void TestGatewayStreams::hangUpWhileWaitingToRetry() {
    MockUpstream mock(failing(429, "{}", {{"Retry-After", "25"}}));
    GatewayBench bench(mock.url());
    bench.policy.retries = {2, 0, 30000};
    bench.policy.cooldown = {1, 1000};
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(mock.waitForRequests(1));
    while (bench.ask(chatRequest("auto", "/status")).body.find("Not available: mock/base") ==
           std::string::npos) {
        // until the refusal has arrived
    }
    client.close();
    const auto record = bench.sink.recordOf(1); // within ten seconds, not in 25
    QCOMPARE(record.status, std::string("cancelled"));
    QCOMPARE(mock.requests().size(), std::size_t(1));
    QVERIFY(record.cost == NanoUsd(0)); // a refusal costs nothing
}

void TestGatewayStreams::hangUpWithBytesOfTheNextRequest() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(mock.waitForRequests(1));
    client.send("POST /v1/chat/comp");
    client.close();
    QVERIFY(gone.wait());
    QCOMPARE(bench.sink.recordOf(1).status, std::string("cancelled"));
}

void TestGatewayStreams::hangUpWhileItIsRecorded() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.sink.hold();
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    QVERIFY(bench.sink.waitForRecords(1));
    client.close();
    bench.sink.release();
    // Nothing falls over, and others are served.
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(bench.sink.records().size(), std::size_t(2));
    QCOMPARE(bench.sink.recordOf(1).usage.output, std::int64_t(5));
}

void TestGatewayStreams::resetByTheClient() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")));
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "Hello"));
    client.reset();
    QVERIFY(gone.wait());
    QCOMPARE(bench.recordOf(reply).status, std::string("cancelled"));
}

void TestGatewayStreams::hold_data() {
    QTest::addColumn<QByteArray>("held");
    QTest::addColumn<QByteArray>("seen");
    QTest::newRow("a role") << QByteArray::fromStdString(role) << QByteArray::fromStdString(role);
    QTest::newRow("a comment") << QByteArray(": thinking\n\n") << QByteArray(": thinking\n\n");
    QTest::newRow("nothing") << QByteArray("") << QByteArray(": the model is still silent\n\n");
}

void TestGatewayStreams::hold() {
    QFETCH(QByteArray, held);
    QFETCH(QByteArray, seen);
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + (held.isEmpty() ? "" : httpChunk(held.toStdString())));
        gate.wait();
        connection.send(httpChunk(chatEvent("base", "at last")) + httpChunk(chatEnd("base")) +
                        std::string(lastChunk));
    });
    GatewayBench bench(mock.url());
    bench.options.holdMs = 150;
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead(); // comes although there is no content yet
    QCOMPARE(reply.status(), 200);
    QVERIFY(client.readUntil(reply, "\n\n"));
    QCOMPARE(reply.body, seen.toStdString());
    gate.open();
    client.readRest(reply);
    QVERIFY(reply.isComplete);
    QCOMPARE(reply.body, seen.toStdString() + chatEvent("base", "at last") + chatEnd("base", false));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QVERIFY(record.firstByteMs && *record.firstByteMs >= 150); // of content
}

void TestGatewayStreams::holdEndsFailOver() {
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(role));
        gate.wait();
        connection.reset();
    });
    GatewayBench bench(mock.url());
    setFallbacks(bench.policy, "*", {"mock/smart"});
    bench.options.holdMs = 100;
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "assistant"));
    gate.open();
    client.readRest(reply);
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.find("\"code\":\"upstream_reset\"") != std::string::npos);
    QCOMPARE(mock.requests().size(), std::size_t(1));
}

void TestGatewayStreams::holdThenHangUp() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(role));
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.options.holdMs = 100;
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "assistant"));
    client.close();
    QVERIFY(gone.wait());
    QCOMPARE(bench.recordOf(reply).status, std::string("cancelled"));
}

void TestGatewayStreams::slowReader() {
    // More than all buffers between hold: the provider is slowed down, not the gateway filled up.
    const std::string piece(60'000, 'x');
    constexpr int pieces = 400;
    Gate sent;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead());
        for (int i = 0; i < pieces; ++i)
            connection.send(httpChunk(chatEvent("base", piece)));
        connection.send(httpChunk(chatEnd("base")) + std::string(lastChunk));
        sent.open();
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "xxx"));
    client.readRest(reply);
    QVERIFY(sent.wait());
    QVERIFY(reply.isComplete);
    QCOMPARE(countOf(reply.body, piece), pieces);
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
}

void TestGatewayStreams::manySmallEvents() {
    constexpr int events = 20'000;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        std::string all = streamHead();
        for (int i = 0; i < events; ++i)
            all += httpChunk(chatEvent("base", std::to_string(i)));
        connection.send(all + httpChunk(chatEnd("base")) + std::string(lastChunk));
    });
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QVERIFY(reply.isComplete);
    std::string expected;
    for (int i = 0; i < events; ++i)
        expected += chatEvent("base", std::to_string(i));
    QVERIFY(reply.body == expected + chatEnd("base", false));
}

void TestGatewayStreams::stopLetsRunningOnesEnd() {
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")));
        gate.wait();
        connection.send(httpChunk(chatEnd("base")) + std::string(lastChunk));
    });
    GatewayBench bench(mock.url());
    bench.start();
    const auto port = bench.port();
    RawClient client(port);
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "Hello"));
    std::thread stopper([&] { bench.stop(); });
    while (RawClient(port).isConnected()) {
        // until it accepts no more
    }
    gate.open();
    client.readRest(reply);
    stopper.join();
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
    QVERIFY(client.seesEnd());
    QCOMPARE(bench.recordOf(reply).status, std::string("ok"));
}

void TestGatewayStreams::stopCancelsWhatDoesNotEnd() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")));
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.options.drainMs = 50;
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "Hello"));
    bench.stop();
    QVERIFY(gone.wait());
    client.readRest(reply);
    QVERIFY(!reply.isComplete);
    QCOMPARE(bench.recordOf(reply).status, std::string("cancelled")); // recorded all the same
}

void TestGatewayStreams::stopWithBytesOfTheNextRequest() {
    Gate gone;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        if (connection.waitUntilGone())
            gone.open();
    });
    GatewayBench bench(mock.url());
    bench.options.drainMs = 50;
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(mock.waitForRequests(1));
    client.send(std::string(200'000, 'x')); // more than is read ahead
    bench.stop();
    QVERIFY(gone.wait());
    QCOMPARE(bench.sink.recordOf(1).status, std::string("cancelled"));
}

void TestGatewayStreams::stopClosesIdleOnes() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    RawClient fresh(bench.port());
    RawClient used(bench.port());
    QCOMPARE(used.ask(chatRequest("auto")).status(), 200);
    QElapsedTimer timer;
    timer.start();
    bench.stop();
    QVERIFY(timer.elapsed() < bench.options.drainMs / 2);
    QVERIFY(fresh.seesEnd());
    QVERIFY(used.seesEnd());
}

void TestGatewayStreams::stopWaitsForTheStore() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.options.drainMs = 50;
    bench.sink.hold();
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(bench.sink.waitForRecords(1));
    std::thread stopper([&] { bench.stop(); });
    while (RawClient(bench.port()).isConnected()) {
    }
    bench.sink.release();
    stopper.join();
}

void TestGatewayStreams::stopTwice() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    bench.stop();
    bench.stop();
}

void TestGatewayStreams::stopWithoutStart() {
    GatewayBench bench;
    SystemClock clock;
    QTemporaryDir folder;
    const auto log =
        gateway::TierLogWriter::open((folder.path() + QStringLiteral("/tier.log")).toStdString()).value();
    gateway::Gateway gateway(bench.options,
                             gateway::Gateway::Parts{bench.policies, bench.sink, bench.secrets, clock, *log});
    gateway.stop();
}

QTEST_APPLESS_MAIN(TestGatewayStreams)
#include "tst_gateway_streams.moc"
