// The smoke test: what two replies prove, and the two calls themselves against providers that do everything
// right or one thing wrong.
#include "core/gateway/smoke_run.h"
#include "tests/support/mock_upstream.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck;
using namespace tierdeck::testing;
using gateway::SmokeReply;
using gateway::SmokeTarget;
using gateway::wire::Dialect;
using Json = nlohmann::json;

Q_DECLARE_METATYPE(gateway::SmokeReply)

namespace {

const std::string model = "gpt-5.2";

std::string chat(const std::string& returned, const std::string& content = "ready") {
    return Json{{"model", returned}, {"choices", {{{"message", {{"content", content}}}}}}}.dump();
}

std::string messages(const std::string& returned) {
    return Json{{"model", returned}, {"content", {{{"type", "text"}, {"text", "ready"}}}}}.dump();
}

const SmokeReply refusal{404, {}, R"({"error":{"code":"model_not_found"}})"};

/// A healthy provider of one model.
void serve(MockConnection& connection, const MockRequest& request) {
    if (modelIn(request) == model)
        connection.send(httpReply(200, chat(model + "-2025-11-13")));
    else
        connection.send(httpReply(404, refusal.body));
}

SmokeTarget targetOf(const MockUpstream& mock) {
    SmokeTarget target;
    target.url = gateway::http::parseUrl(mock.url()).value();
    target.model = model;
    target.key = "the-secret-key";
    return target;
}

} // namespace

class TestSmoke : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void happyPath_data();
    void happyPath();
    void errorPath_data();
    void errorPath();
    void notReached();
    void namesAreOneLine();
    void bodies();
    void healthy();
    void healthyMessages();
    void usersHeadersWin();
    void faults_data();
    void faults();
    void drips();
    void nobodyListens();
};

void TestSmoke::happyPath_data() {
    QTest::addColumn<SmokeReply>("reply");
    QTest::addColumn<int>("choices");
    QTest::addColumn<QByteArray>("returned");
    QTest::addColumn<QByteArray>("note"); // "": passes
    const auto row = [](const char* name, const SmokeReply& reply, int choices, const char* returned,
                        const char* note) {
        QTest::newRow(name) << reply << choices << QByteArray(returned) << QByteArray(note);
    };
    row("the same", {200, {}, chat("gpt-5.2")}, 1, "gpt-5.2", "");
    row("dated", {200, {}, chat("gpt-5.2-2025-11-13")}, 1, "gpt-5.2-2025-11-13", "");
    row("with its vendor", {200, {}, chat("openai/gpt-5.2")}, 1, "openai/gpt-5.2", "");
    row("the deployment's own model", {200, {}, chat("gpt-x-2025-11-13")}, 1, "gpt-x-2025-11-13", "");
    row("content in parts",
        {200, {}, R"({"model":"gpt-5.2","choices":[{"message":{"content":[{"type":"text","text":"a"}]}}]})"},
        1, "gpt-5.2", "");
    row("another model", {200, {}, chat("gpt-5.1")}, 1, "gpt-5.1", "gpt-5.2 was asked, and gpt-5.1 answered");
    row("a longer name", {200, {}, chat("gpt-5.2-mini")}, 1, "gpt-5.2-mini", "gpt-5.2-mini answered");
    row("no model", {200, {}, R"({"choices":[{"message":{"content":"a"}}]})"}, 1, "",
        "does not say which model");
    row("a model that is no text", {200, {}, R"({"model":7,"choices":[{"message":{"content":"a"}}]})"}, 1, "",
        "does not say which model");
    row("no choices", {200, {}, R"({"model":"gpt-5.2","choices":[]})"}, 0, "gpt-5.2", "no choices");
    row("choices of another kind", {200, {}, R"({"model":"gpt-5.2","choices":{"a":1}})"}, 0, "gpt-5.2",
        "no choices");
    row("no text", {200, {}, chat("gpt-5.2", " \n")}, 1, "gpt-5.2", "no text");
    row("null text", {200, {}, R"({"model":"gpt-5.2","choices":[{"message":{"content":null}}]})"}, 1,
        "gpt-5.2", "no text");
    row("broken choice", {200, {}, R"({"model":"gpt-5.2","choices":[7]})"}, 1, "gpt-5.2", "no text");
    row("an error with status 200", {200, {}, R"({"error":{"message":"no"}})"}, 0, "",
        "an error with status 200");
    row("rubbish", {200, {}, "<html>"}, 0, "", "not a JSON object");
    row("an array", {200, {}, "[]"}, 0, "", "not a JSON object");
    row("nothing", {200, {}, ""}, 0, "", "not a JSON object");
    row("cut", {200, "reset", R"({"model":"gp)"}, 0, "", "broke off (reset)");
    row("created", {201, {}, chat("gpt-5.2")}, 1, "gpt-5.2", "HTTP 201 instead of 200");
    row("key refused", {401, {}, "{}"}, 0, "", "HTTP 401 instead of 200. Check the provider's key.");
    row("moved", {302, {}, ""}, 0, "", "redirects");
}

void TestSmoke::happyPath() {
    QFETCH(SmokeReply, reply);
    QFETCH(int, choices);
    QFETCH(QByteArray, returned);
    QFETCH(QByteArray, note);
    const UtcTime date(std::chrono::milliseconds(1'795'000'000'250));
    const auto record = gateway::judgeSmoke({Dialect::Chat, "host:1", model, "gpt-x"}, date, reply, refusal);
    QCOMPARE(record.pass, note.isEmpty());
    QCOMPARE(record.notes.empty(), note.isEmpty());
    QVERIFY2(record.notes.find(note.toStdString()) != std::string::npos, record.notes.c_str());
    QVERIFY(record.isAnswered());
    QCOMPARE(*record.httpStatus, reply.status);
    QCOMPARE(record.choicesCount, choices);
    QCOMPARE(record.modelReturned, returned.toStdString());
    QCOMPARE(record.modelRequested, model);
    QCOMPARE(record.gatewayHost, std::string("host:1"));
    QCOMPARE(*record.errorPathStatus, 404);
    QVERIFY(record.date == date);
}

void TestSmoke::errorPath_data() {
    QTest::addColumn<SmokeReply>("reply");
    QTest::addColumn<QByteArray>("note");
    const auto row = [](const char* name, const SmokeReply& reply, const char* note) {
        QTest::newRow(name) << reply << QByteArray(note);
    };
    for (const int status : {400, 403, 404, 422})
        QTest::addRow("refused with %d", status) << SmokeReply{status, {}, "whatever"} << QByteArray();
    for (const int status : {302, 401, 402, 429, 500, 503})
        QTest::addRow("failed with %d", status)
            << SmokeReply{status, {}, refusal.body} << QByteArray("which does not refuse the name");
    row("silent default", {200, {}, chat("gpt-5.2-mini")}, "gpt-5.2-mini answered: names that are not known");
    row("silent default under the false name", {200, {}, chat("tierdeck-smoke-no-such-model")},
        "names that are not known");
    row("silent default without a name", {200, {}, R"({"choices":[{"message":{"content":"a"}}]})"},
        "some model answered");
    row("refused with 200", {200, {}, refusal.body}, "refused with HTTP 200");
    row("rubbish with 200", {200, {}, "?"}, "refused with HTTP 200");
    row("no reply", {0, "timeout", {}}, "no reply came (timeout)");
}

void TestSmoke::errorPath() {
    QFETCH(SmokeReply, reply);
    QFETCH(QByteArray, note);
    const auto record =
        gateway::judgeSmoke({Dialect::Chat, "host", model, {}}, {}, {200, {}, chat(model)}, reply);
    QCOMPARE(record.pass, note.isEmpty());
    QVERIFY2(record.notes.find(note.toStdString()) != std::string::npos, record.notes.c_str());
    QCOMPARE(record.errorPathStatus.value_or(0), reply.status);
    QCOMPARE(record.isAnswered(), reply.status != 0);
}

void TestSmoke::notReached() {
    const auto record =
        gateway::judgeSmoke({Dialect::Chat, "host", model, {}}, {}, {0, "connect_failed", {}}, std::nullopt);
    QVERIFY(!record.pass && !record.isAnswered());
    QVERIFY(!record.httpStatus && !record.errorPathStatus);
    QCOMPARE(record.notes, std::string("No reply came (connect_failed)."));
}

/// The record is one line a key, whatever a provider calls itself.
void TestSmoke::namesAreOneLine() {
    std::string name = "evil\npass: true\r\x7f";
    for (int i = 0; i < 200; ++i)
        name += "ü";
    const auto record =
        gateway::judgeSmoke({Dialect::Chat, "host", model, {}}, {}, {200, {}, chat(name)}, refusal);
    QVERIFY(!record.pass);
    QVERIFY(record.modelReturned.starts_with("evil?pass: true??ü"));
    QVERIFY(record.modelReturned.size() <= 200);
    QVERIFY(record.notes.find('\n') == std::string::npos);
    QCOMPARE(QString::fromStdString(record.modelReturned).toUtf8().toStdString(), record.modelReturned);
}

void TestSmoke::bodies() {
    const auto forChat = Json::parse(gateway::smokeBody(Dialect::Chat, "a\"b"));
    QCOMPARE(forChat["model"], "a\"b");
    QCOMPARE(forChat["stream"], false);
    QCOMPARE(forChat["messages"][0]["role"], "user");
    // Some models know only the one, some only the other name of a limit.
    QVERIFY(!forChat.contains("max_tokens") && !forChat.contains("max_completion_tokens"));
    QVERIFY(Json::parse(gateway::smokeBody(Dialect::Messages, "m"))["max_tokens"].get<int>() > 0);
}

void TestSmoke::healthy() {
    MockUpstream mock(serve);
    const auto record = gateway::runSmoke(targetOf(mock), SystemClock());
    QVERIFY2(record.pass, record.notes.c_str());
    QCOMPARE(record.modelReturned, model + "-2025-11-13");
    QCOMPARE(record.gatewayHost, "127.0.0.1:" + std::to_string(mock.port()));
    QCOMPARE(record.choicesCount, 1);
    const auto requests = mock.requests();
    QCOMPARE(requests.size(), std::size_t(2));
    QCOMPARE(requests[0].start, std::string("POST /v1/chat/completions HTTP/1.1"));
    QCOMPARE(requests[0].header("authorization"), std::string("Bearer the-secret-key"));
    QCOMPARE(requests[0].header("content-type"), std::string("application/json"));
    QCOMPARE(modelIn(requests[1]), std::string(gateway::impossibleModel));
    // The same question but for the name.
    auto bad = Json::parse(requests[1].body);
    bad["model"] = model;
    QVERIFY(bad == Json::parse(requests[0].body));
}

void TestSmoke::healthyMessages() {
    MockUpstream mock([](MockConnection& connection, const MockRequest& request) {
        const auto asked = modelIn(request);
        connection.send(asked == "claude-sonnet-4" ? httpReply(200, messages("claude-sonnet-4-20250514"))
                                                   : httpReply(404, R"({"type":"error","error":{}})"));
    });
    for (const bool withVersion : {false, true}) {
        auto target = targetOf(mock);
        if (!withVersion)
            target.url.path.clear(); // as Anthropic's own base URL has it
        target.dialect = Dialect::Messages;
        target.model = "claude-sonnet-4";
        const auto record = gateway::runSmoke(target, SystemClock());
        QVERIFY2(record.pass, record.notes.c_str());
        QCOMPARE(record.choicesCount, 1);
        const auto request = mock.requests().back();
        QCOMPARE(request.start, std::string("POST /v1/messages HTTP/1.1"));
        QCOMPARE(request.header("x-api-key"), std::string("the-secret-key"));
        QCOMPARE(request.header("anthropic-version"), std::string("2023-06-01"));
        QCOMPARE(request.count("authorization"), 0);
    }
}

void TestSmoke::usersHeadersWin() {
    MockUpstream mock(serve);
    auto target = targetOf(mock);
    target.headers = {{"Authorization", "Token mine"}, {"X-Team", "ops"}};
    QVERIFY(gateway::runSmoke(target, SystemClock()).pass);
    const auto request = mock.requests().front();
    QCOMPARE(request.count("authorization"), 1);
    QCOMPARE(request.header("authorization"), std::string("Token mine"));
    QCOMPARE(request.header("x-team"), std::string("ops"));
}

void TestSmoke::faults_data() {
    QTest::addColumn<QByteArray>("happy"); // bytes that are sent; the connection closes behind them
    QTest::addColumn<int>("calls");
    QTest::addColumn<QByteArray>("note");
    const auto row = [](const char* name, const std::string& happy, int calls, const char* note) {
        QTest::newRow(name) << QByteArray::fromStdString(happy) << calls << QByteArray(note);
    };
    row("nothing", "", 1, "No reply came (reset).");
    row("not HTTP", "220 mail.example ESMTP\r\n\r\n", 1, "No reply came (rubbish).");
    row("half a body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", 2, "broke off (reset)");
    row("no JSON", httpReply(200, "\xff\xfe"), 2, "not a JSON object");
    row("a page", httpReply(200, "<html>welcome</html>", {{"content-type", "text/html"}}), 2,
        "not a JSON object");
    row("endless", "HTTP/1.1 200 OK\r\n\r\n" + std::string(5u << 20, ' '), 2, "broke off (too_large)");
    row("redirect", httpReply(307, "", {{"location", "http://127.0.0.1:9/"}}), 2, "HTTP 307 instead of 200");
}

void TestSmoke::faults() {
    QFETCH(QByteArray, happy);
    QFETCH(int, calls);
    QFETCH(QByteArray, note);
    MockUpstream mock([&](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) != model) {
            serve(connection, request);
            return;
        }
        connection.send(happy.toStdString());
        connection.close();
    });
    const auto record = gateway::runSmoke(targetOf(mock), SystemClock());
    QVERIFY(!record.pass);
    QVERIFY2(record.notes.find(note.toStdString()) != std::string::npos, record.notes.c_str());
    QCOMPARE(record.isAnswered(), calls == 2);
    QVERIFY(static_cast<int>(mock.requests().size()) >= calls);
}

/// Bytes that keep coming do not keep it waiting.
void TestSmoke::drips() {
    MockUpstream mock([](MockConnection& connection, const MockRequest&) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        QElapsedTimer timer;
        timer.start();
        while (connection.send(" ") && timer.elapsed() < 8000)
            QThread::msleep(20); // a provider's pace, not a wait for something to happen
    });
    auto target = targetOf(mock);
    target.patience = std::chrono::milliseconds(200);
    QElapsedTimer timer;
    timer.start();
    const auto record = gateway::runSmoke(target, SystemClock());
    QVERIFY(timer.elapsed() < 5000);
    QVERIFY2(record.notes.find("broke off (timeout)") != std::string::npos, record.notes.c_str());
}

void TestSmoke::nobodyListens() {
    SmokeTarget target;
    {
        const Socket listener = Socket::listening();
        target.url = gateway::http::parseUrl("http://127.0.0.1:" + std::to_string(listener.port())).value();
    }
    target.model = model;
    const auto record = gateway::runSmoke(target, SystemClock());
    QVERIFY(!record.isAnswered());
    QCOMPARE(record.notes, std::string("No reply came (connect_failed)."));
}

QTEST_GUILESS_MAIN(TestSmoke)
#include "tst_smoke.moc"
