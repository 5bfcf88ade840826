#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <atomic>
#include <fstream>

using namespace tierdeck;
using namespace tierdeck::testing;
using GateSettings = routing::Gate;

namespace {

using Json = nlohmann::json;

const std::string shortAnswer = "No";
const std::string longAnswer = "Because the sun is low in the evening";

GateSettings minLength(std::int64_t chars) {
    GateSettings gate;
    gate.kind = GateSettings::Kind::MinLength;
    gate.chars = chars;
    return gate;
}

/// Each model answers with its own text; the judge with a score. Whole or streamed, as asked.
MockUpstream::Script answers(std::map<std::string, std::string> texts) {
    return [texts = std::move(texts)](MockConnection& connection, const MockRequest& request) {
        const auto found = texts.find(modelIn(request));
        if (found == texts.end())
            failing(401)(connection, request);
        else
            answering(found->second)(connection, request);
    };
}

/// A bench whose balanced tier has an answer that is too short, and whose smart tier has a long one.
struct Cascade {
    MockUpstream mock{answers({{"base", shortAnswer}, {"smart", longAnswer}, {"coder", longAnswer}})};
    GatewayBench bench{mock.url()};

    Cascade() {
        bench.policy.cascade.enabled = true;
        bench.policy.cascade.gates = {minLength(10)};
    }
};

std::string posted(const std::string& path, const std::string& more, const Headers& headers = {}) {
    auto all = headers;
    all.emplace_back("content-type", "application/json");
    return httpRequest("POST", path, chatBody("auto", "why?", more), all);
}

} // namespace

class TestGatewayCascade : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesWhatPasses_data();
    void givesWhatPasses();
    void climbs_data();
    void climbs();
    void recordsWhatTheClimbsTook();
    void logsTheClimb();
    void marksTheLastAnswer();
    void climbsOnlySoFar();
    void givesTheLastAnswerWhereTheNextRungFails();
    void givesErrors();
    void leavesAPersonsWordAlone_data();
    void leavesAPersonsWordAlone();
    void passesToolCalls();
    void runsTrustedCommands_data();
    void runsTrustedCommands();
    void asksTheJudge_data();
    void asksTheJudge();
    void clientHangsUp();
    void keepsAStreamWaiting();
    void tellsAnErrorLate();
    void hangsUpWhileWaiting();
    void asksForLogprobs_data();
    void asksForLogprobs();
};

void TestGatewayCascade::givesWhatPasses_data() {
    QTest::addColumn<bool>("streams");
    QTest::newRow("whole") << false;
    QTest::newRow("streamed") << true;
}

void TestGatewayCascade::givesWhatPasses() {
    QFETCH(bool, streams);
    Cascade cascade;
    cascade.mock.setScript(answering(longAnswer));
    cascade.bench.start();
    const auto reply = cascade.bench.ask(streams ? streamRequest("auto") : chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.find("evening") != std::string::npos);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/base"));
    QCOMPARE(reply.count("x-tierdeck-request"), 1);
    if (!streams)
        QCOMPARE(reply.body, chatJson("base", longAnswer));
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.attempts.size(), std::size_t(1));
    QCOMPARE(record.attempts[0].outcome, std::string("ok"));
    QCOMPARE(cascade.bench.sink.records().size(), std::size_t(1));
}

void TestGatewayCascade::climbs_data() {
    QTest::addColumn<std::string>("path");
    QTest::addColumn<bool>("streams");
    QTest::addColumn<std::string>("end");
    for (const bool streams : {false, true}) {
        const auto row = [&](const char* name, const char* path, const char* end) {
            QTest::addRow("%s, %s", name, streams ? "streamed" : "whole")
                << std::string(path) << streams << std::string(end);
        };
        row("chat", "/v1/chat/completions", "data: [DONE]");
        row("messages", "/v1/messages", "event: message_stop");
    }
    QTest::addRow("responses, streamed")
        << std::string("/v1/responses") << true << std::string("event: response.completed");
}

void TestGatewayCascade::climbs() {
    QFETCH(std::string, path);
    QFETCH(bool, streams);
    QFETCH(std::string, end);
    Cascade cascade;
    cascade.bench.start();
    const std::string more =
        std::string(R"("max_tokens":99,"input":"why?",)") + (streams ? R"("stream":true,)" : "");
    const auto reply = cascade.bench.ask(posted(path, more));
    QCOMPARE(reply.status(), 200);
    QVERIFY(reply.isComplete);
    QCOMPARE(reply.header("content-type").starts_with("text/event-stream"), streams);
    // What did not pass has not reached the client, not in part.
    QVERIFY(reply.body.find("\"No\"") == std::string::npos);
    QVERIFY(reply.body.find("evening") != std::string::npos);
    if (streams)
        QVERIFY(reply.body.find(end) != std::string::npos);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/smart"));
    QCOMPARE(reply.header("x-tierdeck-tier"), std::string("balanced"));
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.attempts.size(), std::size_t(2));
}

void TestGatewayCascade::recordsWhatTheClimbsTook() {
    Cascade cascade;
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(*record.model, std::string("mock/smart"));
    const auto& attempts = record.attempts;
    QCOMPARE(attempts.size(), std::size_t(2));
    QCOMPARE(attempts[0].model, std::string("mock/base"));
    QCOMPARE(attempts[0].outcome, std::string("gate_failed"));
    QCOMPARE(attempts[0].httpStatus, 200);
    // 10 new, 2 cached and 5 output tokens at 1, 0.1 and 10 USD a million.
    QVERIFY(attempts[0].reason.find("minLength: 2 of 10 characters; cost 0.000060 USD") != std::string::npos);
    QCOMPARE(attempts[1].model, std::string("mock/smart"));
    QCOMPARE(attempts[1].outcome, std::string("ok"));
    QCOMPARE(record.usage.input, std::int64_t(20));
    QCOMPARE(record.usage.cachedInput, std::int64_t(4));
    QCOMPARE(record.usage.output, std::int64_t(10));
    QCOMPARE(record.cost.value().value, std::int64_t(60'200 + 120'400));
    QVERIFY(record.reason.ends_with(
        ". The answer of balanced did not pass (minLength: 2 of 10 characters), so smart answered."));
}

void TestGatewayCascade::logsTheClimb() {
    Cascade cascade;
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    cascade.bench.stop();
    QVERIFY(cascade.bench.log().find("Fallback: mock/base -> mock/smart reason=gate_failed attempt=2") !=
            std::string::npos);
}

void TestGatewayCascade::marksTheLastAnswer() {
    Cascade cascade;
    cascade.bench.policy.cascade.gates = {minLength(1000)};
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.body, chatJson("smart", longAnswer)); // deep is not set: there is no rung above smart
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("gate_failed"));
    QCOMPARE(record.attempts.size(), std::size_t(2));
    QCOMPARE(record.attempts[1].outcome, std::string("gate_failed"));
    cascade.bench.stop();
    QVERIFY(cascade.bench.log().find("status=gate_failed") != std::string::npos);
}

void TestGatewayCascade::climbsOnlySoFar() {
    Cascade cascade;
    cascade.bench.policy.cascade.maxClimbs = 0;
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.body, chatJson("base", shortAnswer));
    QCOMPARE(cascade.bench.recordOf(reply).status, std::string("gate_failed"));
    QCOMPARE(cascade.mock.requests().size(), std::size_t(1));
}

void TestGatewayCascade::givesTheLastAnswerWhereTheNextRungFails() {
    Cascade cascade;
    cascade.mock.setScript(answers({{"base", shortAnswer}}));
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.body, chatJson("base", shortAnswer));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/base"));
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("gate_failed"));
    QCOMPARE(record.attempts.size(), std::size_t(2));
    QCOMPARE(record.attempts[1].outcome, std::string("http_401"));
    QCOMPARE(*record.model, std::string("mock/base"));
    QCOMPARE(record.cost.value().value, std::int64_t(60'200));
}

void TestGatewayCascade::givesErrors() {
    Cascade cascade;
    cascade.mock.setScript(failing(401, R"({"error":{"message":"no such key"}})"));
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 401);
    QVERIFY(reply.body.find("no such key") != std::string::npos);
    QCOMPARE(cascade.bench.recordOf(reply).status, std::string("error"));
}

void TestGatewayCascade::leavesAPersonsWordAlone_data() {
    QTest::addColumn<std::string>("request");
    QTest::newRow("user") << chatRequest("auto", "/tier balanced why?");
    QTest::newRow("explicit model") << chatRequest("mock/base");
}

void TestGatewayCascade::leavesAPersonsWordAlone() {
    QFETCH(std::string, request);
    Cascade cascade;
    cascade.bench.start();
    const auto reply = cascade.bench.ask(request);
    QCOMPARE(reply.body, chatJson("base", shortAnswer));
    QCOMPARE(cascade.bench.recordOf(reply).status, std::string("ok"));
}

void TestGatewayCascade::passesToolCalls() {
    Cascade cascade;
    const auto body = Json{{"id", "c"},
                           {"object", "chat.completion"},
                           {"model", "base"},
                           {"choices",
                            {{{"index", 0},
                              {"finish_reason", "tool_calls"},
                              {"message",
                               {{"role", "assistant"},
                                {"content", nullptr},
                                {"tool_calls",
                                 {{{"id", "t1"},
                                   {"type", "function"},
                                   {"function", {{"name", "ls"}, {"arguments", "{}"}}}}}}}}}}},
                           {"usage", {{"prompt_tokens", 1}, {"completion_tokens", 1}}}}
                          .dump();
    cascade.mock.setScript(replying(httpReply(200, body)));
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.body, body);
    QCOMPARE(cascade.bench.recordOf(reply).status, std::string("ok"));
}

void TestGatewayCascade::runsTrustedCommands_data() {
    QTest::addColumn<bool>("trusted");
    QTest::addColumn<std::string>("model");
    QTest::newRow("trusted") << true << std::string("mock/smart");
    QTest::newRow("not confirmed") << false << std::string("mock/base");
}

void TestGatewayCascade::runsTrustedCommands() {
    QFETCH(bool, trusted);
    QFETCH(std::string, model);
    const QTemporaryDir folder;
    const auto script = std::filesystem::path(folder.path().toStdString()) / "check.sh";
    std::ofstream(script) << "#!/bin/sh\ngrep -q evening && touch passed\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    Cascade cascade;
    GateSettings gate;
    gate.kind = GateSettings::Kind::Command;
    gate.run = {"./check.sh"};
    cascade.bench.policy.cascade.gates = {gate};
    cascade.bench.options.workspace = folder.path().toStdString();
    std::atomic<int> asked = 0;
    cascade.bench.options.isTrusted = [&](const std::vector<std::string>& command) {
        ++asked;
        return trusted && command == std::vector<std::string>{"./check.sh"};
    };
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.header("x-tierdeck-model"), model);
    QVERIFY(asked > 0);
    QCOMPARE(std::filesystem::exists(script.parent_path() / "passed"), trusted);
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    if (trusted)
        QVERIFY(record.attempts[0].reason.find("command: it exits with 1") != std::string::npos);
    else
        QVERIFY(record.notes.find("tierctl trust") != std::string::npos);
}

void TestGatewayCascade::asksTheJudge_data() {
    QTest::addColumn<std::string>("verdict");
    QTest::addColumn<std::string>("model");
    QTest::newRow("good") << std::string("0.9") << std::string("mock/base");
    QTest::newRow("bad") << std::string("Score: 0.2") << std::string("mock/smart");
    QTest::newRow("no score") << std::string("I would rather not say") << std::string("mock/base");
}

void TestGatewayCascade::asksTheJudge() {
    QFETCH(std::string, verdict);
    QFETCH(std::string, model);
    Cascade cascade;
    GateSettings gate;
    gate.kind = GateSettings::Kind::Judge;
    gate.judge = routing::ModelId::parse("mock/judge");
    gate.minScore = 0.6;
    cascade.bench.policy.cascade.gates = {gate};
    cascade.mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) == "judge") // the second answer is a good one
            answering(request.body.find("evening") != std::string::npos ? "1" : verdict)(connection, request);
        else
            answering(modelIn(request) == "base" ? shortAnswer : longAnswer)(connection, request);
    });
    cascade.bench.start();
    const auto reply = cascade.bench.ask(chatRequest("auto", "why?", {{"x-tierdeck-session", "s9"}}));
    QCOMPARE(reply.header("x-tierdeck-model"), model);
    const auto records = cascade.bench.sink.records();
    QCOMPARE(records.size(), std::size_t(model == "mock/base" ? 2 : 3));
    const auto& judged = records.front(); // before the request that it is about
    QCOMPARE(judged.client, std::string("tierdeck"));
    QCOMPARE(judged.agent, std::string("judge"));
    QCOMPARE(judged.session, std::string("s9"));
    QCOMPARE(judged.turn, 1);
    QCOMPARE(*judged.model, std::string("mock/judge"));
    QCOMPARE(judged.status, std::string("ok"));
    QVERIFY(!judged.cost); // mock/judge has no price
    QVERIFY(judged.request != cascade.bench.recordOf(reply).request);
    QCOMPARE(cascade.bench.recordOf(reply).notes.empty(), verdict != "I would rather not say");
}

void TestGatewayCascade::clientHangsUp() {
    testing::Gate arrived;
    Cascade cascade;
    cascade.mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) == "smart") {
            arrived.open();
            static_cast<void>(connection.waitUntilGone());
        } else {
            answering(shortAnswer)(connection, request);
        }
    });
    cascade.bench.start();
    {
        RawClient client(cascade.bench.port());
        client.send(chatRequest("auto"));
        QVERIFY(arrived.wait());
    }
    QVERIFY(cascade.bench.sink.waitForRecords(1));
    const auto record = cascade.bench.sink.records().front();
    QCOMPARE(record.status, std::string("cancelled"));
    QCOMPARE(record.attempts.size(), std::size_t(2));
    QVERIFY(cascade.mock.waitUntilIdle());
}

void TestGatewayCascade::keepsAStreamWaiting() {
    testing::Gate gate;
    Cascade cascade;
    cascade.mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) == "smart")
            gate.wait();
        answering(modelIn(request) == "smart" ? longAnswer : shortAnswer)(connection, request);
    });
    cascade.bench.options.holdMs = 50;
    cascade.bench.start();
    RawClient client(cascade.bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QCOMPARE(reply.status(), 200);
    QVERIFY(reply.header("content-type").starts_with("text/event-stream"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("-")); // not known yet
    const std::string comment = ": the answer is being checked\n\n";
    QVERIFY(client.readUntil(reply, comment + comment));
    gate.open();
    client.readRest(reply);
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.find("evening") != std::string::npos);
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(*record.model, std::string("mock/smart"));
    QVERIFY(record.firstByteMs && *record.firstByteMs >= 100);
}

void TestGatewayCascade::tellsAnErrorLate() {
    testing::Gate gate;
    Cascade cascade;
    cascade.mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        gate.wait();
        failing(401, R"({"error":{"message":"no such key"}})")(connection, request);
    });
    cascade.bench.options.holdMs = 50;
    cascade.bench.start();
    RawClient client(cascade.bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "\n\n"));
    gate.open();
    client.readRest(reply);
    QVERIFY(reply.isComplete);
    const auto event = reply.body.find("data: {\"error\"");
    QVERIFY(event != std::string::npos);
    QVERIFY(reply.body.find("no such key", event) != std::string::npos);
    const auto record = cascade.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.httpStatus, 401);
}

void TestGatewayCascade::hangsUpWhileWaiting() {
    testing::Gate gone;
    Cascade cascade;
    cascade.mock.setScript([&](MockConnection& connection, const MockRequest&) {
        if (connection.waitUntilGone())
            gone.open();
    });
    cascade.bench.options.holdMs = 50;
    cascade.bench.start();
    {
        RawClient client(cascade.bench.port());
        client.send(streamRequest("auto"));
        auto reply = client.readHead();
        QVERIFY(client.readUntil(reply, "\n\n"));
    }
    QVERIFY(gone.wait());
    QVERIFY(cascade.bench.sink.waitForRecords(1));
    QCOMPARE(cascade.bench.sink.records().front().status, std::string("cancelled"));
}

void TestGatewayCascade::asksForLogprobs_data() {
    QTest::addColumn<bool>("gate");
    QTest::addColumn<std::string>("more");
    QTest::addColumn<std::string>("asked"); // the provider for: "" for nothing
    QTest::newRow("a gate") << true << std::string() << std::string("true");
    QTest::newRow("a gate, null") << true << std::string(R"("logprobs":null,)") << std::string("true");
    QTest::newRow("no gate") << false << std::string() << std::string();
    QTest::newRow("the client has its way")
        << true << std::string(R"("logprobs":false,)") << std::string("false");
    QTest::newRow("a model that thinks")
        << true << std::string(R"("reasoning_effort":"low",)") << std::string();
}

void TestGatewayCascade::asksForLogprobs() {
    QFETCH(bool, gate);
    QFETCH(std::string, more);
    QFETCH(std::string, asked);
    Cascade cascade;
    if (gate) {
        GateSettings confidence;
        confidence.kind = GateSettings::Kind::Confidence;
        cascade.bench.policy.cascade.gates.push_back(confidence);
    }
    cascade.mock.setScript(answering(longAnswer));
    cascade.bench.start();
    QCOMPARE(cascade.bench.ask(posted("/v1/chat/completions", more)).status(), 200);
    const auto body = Json::parse(cascade.mock.requests().front().body);
    QCOMPARE(body.contains("logprobs") ? body["logprobs"].dump() : std::string(), asked);
}

QTEST_APPLESS_MAIN(TestGatewayCascade)
#include "tst_gateway_cascade.moc"
