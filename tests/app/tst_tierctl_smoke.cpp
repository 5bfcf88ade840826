// smoke: the command against providers that are healthy, wrong or gone: its record, its exit code, and where
// it sends which key.
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"
#include "tests/support/mock_upstream.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

const std::string known = "base";

void healthy(MockConnection& connection, const MockRequest& request) {
    connection.send(
        modelIn(request) == known
            ? httpReply(200, chatJson("base-2025-11-13", "ready"))
            : httpReply(404, R"({"error":{"message":"no such model","code":"model_not_found"}})"));
}

/// Two providers at the same address; balanced is mock/base, smart is claude/base.
void fill(const TierctlBench& bench, const std::string& url) {
    bench.write(
        QStringLiteral("preferences/model-router.json"),
        R"({"modelRouter":{"balancedModel":"mock/base","smartModel":"claude/base","codingModel":"sim/fast"}})");
    const Json providers{
        {"mock", {{"apiType", "openai-chat"}, {"baseUrl", url}, {"apiKey", {{"env", "MOCK_KEY"}}}}},
        {"claude", {{"apiType", "anthropic"}, {"baseUrl", url}, {"apiKey", {{"env", "CLAUDE_KEY"}}}}},
        {"keyless",
         {{"apiType", "openai-chat"}, {"baseUrl", url}, {"apiKey", {{"env", "NO_SUCH_VARIABLE"}}}}},
        {"azure",
         {{"apiType", "openai-chat"},
          {"baseUrl", url},
          {"apiKey", {{"env", "MOCK_KEY"}}},
          {"models", {{{"id", "my-deployment"}, {"sameAs", "openai/base"}}}}}},
        {"sim", {{"apiType", "simulated"}}}};
    bench.write(QStringLiteral("preferences/llm.json"),
                QByteArray::fromStdString(Json{{"llm", {{"providers", providers}}}}.dump()));
}

struct Smoke {
    explicit Smoke(MockUpstream::Script script = healthy)
        : mock(std::move(script)) {
        fill(bench, mock.url());
        bench.setVariable(QStringLiteral("MOCK_KEY"), QStringLiteral("mock-secret"));
        bench.setVariable(QStringLiteral("CLAUDE_KEY"), QStringLiteral("claude-secret"));
    }

    [[nodiscard]] Outcome run(const QStringList& arguments) const {
        return bench.run(QStringList{QStringLiteral("smoke")} + arguments);
    }

    /// Checked against the schema.
    [[nodiscard]] Json record(const QStringList& arguments, int exitCode) const {
        const auto outcome = run(arguments + QStringList{QStringLiteral("--json")});
        if (outcome.exitCode != exitCode)
            qWarning("exit %d: %s %s", outcome.exitCode, outcome.out.constData(), outcome.err.constData());
        const auto problems = schemaProblems("smoke", outcome.out.toStdString());
        if (!problems.empty() || outcome.exitCode != exitCode) {
            qWarning("%s", problems.c_str());
            return {};
        }
        return Json::parse(outcome.out.toStdString());
    }

    TierctlBench bench;
    MockUpstream mock;
};

QStringList words(const char* text) {
    return QString::fromLatin1(text).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

} // namespace

class TestTierctlSmoke : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void passes_data();
    void passes();
    void textForPeople();
    void fails_data();
    void fails();
    void unreachable();
    void keyIsMissing();
    void wrongUsage_data();
    void wrongUsage();
    void invalidPreferences();
    void withoutAWorkspace();
    void keysStayWithTheirHosts();
    void throughOurGateway();
};

void TestTierctlSmoke::passes_data() {
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("asked");
    QTest::addColumn<QByteArray>("key");
    const auto row = [](const char* arguments, const char* asked, const char* key) {
        QTest::newRow(*arguments ? arguments : "nothing said")
            << QByteArray(arguments) << QByteArray(asked) << QByteArray(key);
    };
    row("", "base", "Bearer mock-secret");
    row("--tier balanced", "base", "Bearer mock-secret");
    row("--model mock/base", "base", "Bearer mock-secret");
    row("--model tier-balanced", "base", "Bearer mock-secret");
    row("--provider mock", "base", "Bearer mock-secret");
    row("--provider mock --model base", "base", "Bearer mock-secret");
    row("--provider mock --model mock/base", "base", "Bearer mock-secret");
    row("--provider mock --tier balanced", "base", "Bearer mock-secret");
    row("--base-url URL --model base", "base", "");
    row("--base-url URL --model unheard-of/base", "unheard-of/base", "");
    row("--base-url URL --model mock/base", "base", "Bearer mock-secret");
    row("--base-url URL --provider mock", "base", "Bearer mock-secret");
}

void TestTierctlSmoke::passes() {
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, asked);
    QFETCH(QByteArray, key);
    const Smoke smoke([&](MockConnection& connection, const MockRequest& request) {
        connection.send(modelIn(request) == asked.toStdString() ? httpReply(200, chatJson("base", "ready"))
                                                                : httpReply(404, "{}"));
    });
    arguments.replace("URL", QByteArray::fromStdString(smoke.mock.url()));
    const auto record = smoke.record(words(arguments.constData()), 0);
    QCOMPARE(record["pass"], Json(true));
    QCOMPARE(record["notes"], Json(""));
    QCOMPARE(record["model_requested"], Json(asked.toStdString()));
    QCOMPARE(record["model_returned"], Json("base"));
    QCOMPARE(record["http_status"], Json(200));
    QCOMPARE(record["choices_count"], Json(1));
    QCOMPARE(record["error_path_status"], Json(404));
    QCOMPARE(record["gateway_host"], Json("127.0.0.1:" + std::to_string(smoke.mock.port())));
    QCOMPARE(smoke.mock.requests().front().header("authorization"), key.toStdString());
}

void TestTierctlSmoke::textForPeople() {
    const Smoke smoke;
    const auto outcome = smoke.run({});
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY2(outcome.err.isEmpty(), outcome.err.constData());
    QByteArrayList keys;
    for (const auto& line : outcome.out.trimmed().split('\n'))
        keys.append(line.left(line.indexOf(':')));
    QCOMPARE(keys.join(' '), QByteArray("date_utc gateway_host model_requested model_returned http_status "
                                        "choices_count error_path_status pass notes"));
    QVERIFY(outcome.out.contains("model_returned: base-2025-11-13\n"));
    QVERIFY(outcome.out.contains("pass: true\n"));
    QVERIFY(!outcome.out.contains("secret") && !outcome.out.contains("ready"));
}

void TestTierctlSmoke::fails_data() {
    QTest::addColumn<int>("happyStatus");
    QTest::addColumn<QByteArray>("happy");
    QTest::addColumn<int>("errorStatus");
    QTest::addColumn<QByteArray>("error");
    QTest::addColumn<QByteArray>("note");
    const auto row = [](const char* name, int happyStatus, const std::string& happy, int errorStatus,
                        const std::string& error, const char* note) {
        QTest::newRow(name) << happyStatus << QByteArray::fromStdString(happy) << errorStatus
                            << QByteArray::fromStdString(error) << QByteArray(note);
    };
    const auto good = chatJson("base", "ready");
    row("wrong model", 200, chatJson("base-mini", "ready"), 404, "{}", "base-mini answered");
    row("silent default", 200, good, 200, good, "a default without a word");
    row("wrong status on the error path", 200, good, 500, "{}", "HTTP 500");
    row("no choices", 200, R"({"model":"base","choices":[]})", 404, "{}", "no choices");
    row("rubbish", 200, "<html>", 404, "{}", "not a JSON object");
    row("key refused", 401, R"({"error":{"message":"mock-secret is wrong"}})", 401, "{}", "HTTP 401");
}

void TestTierctlSmoke::fails() {
    QFETCH(int, happyStatus);
    QFETCH(QByteArray, happy);
    QFETCH(int, errorStatus);
    QFETCH(QByteArray, error);
    QFETCH(QByteArray, note);
    const Smoke smoke([&](MockConnection& connection, const MockRequest& request) {
        const bool isHappy = modelIn(request) == known;
        connection.send(
            httpReply(isHappy ? happyStatus : errorStatus, (isHappy ? happy : error).toStdString()));
    });
    const auto record = smoke.record({}, 1);
    QCOMPARE(record["pass"], Json(false));
    QCOMPARE(record["http_status"], Json(happyStatus));
    QCOMPARE(record["error_path_status"], Json(errorStatus));
    const auto notes = record["notes"].get<std::string>();
    QVERIFY2(notes.find(note.toStdString()) != std::string::npos, notes.c_str());
    QVERIFY(notes.find("secret") == std::string::npos);
}

void TestTierctlSmoke::unreachable() {
    const Smoke smoke([](MockConnection& connection, const MockRequest&) { connection.reset(); });
    const auto record = smoke.record({}, 4);
    QVERIFY(record["http_status"].is_null() && record["error_path_status"].is_null());
    QCOMPARE(record["pass"], Json(false));
    const auto outcome = smoke.run({});
    QCOMPARE(outcome.exitCode, 4);
    QVERIFY2(outcome.out.contains("http_status: none\n"), outcome.out.constData());
    QVERIFY2(outcome.err.contains("could not be asked"), outcome.err.constData());
}

void TestTierctlSmoke::keyIsMissing() {
    const Smoke smoke;
    const auto outcome = smoke.run(words("--provider keyless --model base"));
    QCOMPARE(outcome.exitCode, 4);
    QVERIFY2(outcome.err.contains("NO_SUCH_VARIABLE"), outcome.err.constData());
    QVERIFY(smoke.mock.requests().empty());
}

void TestTierctlSmoke::wrongUsage_data() {
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* arguments, const char* said) {
        QTest::newRow(arguments) << QByteArray(arguments) << QByteArray(said);
    };
    row("--tier enormous", "balanced");
    row("--provider nobody", "keyless");
    row("--provider keyless", "--model");
    row("--provider mock --tier smart", "claude/base");
    row("--tier coding", "simulated");
    row("--model nobody/base", "nobody/base");
    row("--tier balanced --model mock/base", "--model");
    row("--base-url ftp://127.0.0.1 --model base", "--base-url");
    row("--base-url https://elsewhere.example/v1 --provider mock", "own host");
}

void TestTierctlSmoke::wrongUsage() {
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, words);
    const Smoke smoke;
    const auto outcome = smoke.run(::words(arguments.constData()));
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.err.contains(words), outcome.err.constData());
    QVERIFY(outcome.out.isEmpty());
    QVERIFY(smoke.mock.requests().empty());
}

void TestTierctlSmoke::invalidPreferences() {
    const Smoke smoke;
    smoke.bench.write(QStringLiteral("preferences/model-router.json"), "{");
    QCOMPARE(smoke.run({}).exitCode, 3);
    // What needs none is not held up.
    const QStringList direct{QStringLiteral("--base-url"), QString::fromStdString(smoke.mock.url()),
                             QStringLiteral("--model"), QStringLiteral("base")};
    QCOMPARE(smoke.run(direct).exitCode, 0);
    const TierctlBench empty;
    QCOMPARE(empty.run({QStringLiteral("smoke")}).exitCode, 3); // nothing serves balanced
}

void TestTierctlSmoke::withoutAWorkspace() {
    const MockUpstream mock(healthy);
    TierctlBench bench;
    bench.setVariable(QStringLiteral("TIERDECK_TOKEN"), QStringLiteral("our-token"));
    const auto outcome =
        bench.run({QStringLiteral("smoke"), QStringLiteral("--base-url"), QString::fromStdString(mock.url()),
                   QStringLiteral("--model"), QStringLiteral("base"), QStringLiteral("--json")});
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(mock.requests().front().header("authorization"), std::string("Bearer our-token"));
    QVERIFY(!QFile::exists(bench.workspace()));
}

void TestTierctlSmoke::keysStayWithTheirHosts() {
    const Smoke smoke([](MockConnection& connection, const MockRequest& request) {
        connection.send(modelIn(request) == known
                            ? httpReply(200, R"({"model":"base","content":[{"type":"text","text":"ready"}]})")
                            : httpReply(404, "{}"));
    });
    const auto record = smoke.record(words("--tier smart"), 0);
    QCOMPARE(record["pass"], Json(true));
    const auto request = smoke.mock.requests().front();
    QCOMPARE(request.start, std::string("POST /v1/messages HTTP/1.1"));
    QCOMPARE(request.header("x-api-key"), std::string("claude-secret"));
    QCOMPARE(request.count("authorization"), 0);
}

/// A running gateway of the workspace is asked by the names that it knows, with its own token.
void TestTierctlSmoke::throughOurGateway() {
    Smoke smoke;
    QProcess gateway;
    smoke.bench.start(gateway, words("serve --port 0 --json --token gateway-token"));
    while (!gateway.canReadLine() && gateway.waitForReadyRead(20'000)) {
    }
    const auto address = Json::parse(gateway.readLine().toStdString(), nullptr, false).value("address", "");
    QVERIFY(!address.empty());
    const QStringList ask{QStringLiteral("smoke"), QStringLiteral("--base-url"),
                          QString::fromStdString(address + "/v1"), QStringLiteral("--json")};
    auto outcome = smoke.bench.run(ask);
    QCOMPARE(outcome.exitCode, 1); // without the token
    const auto refused = Json::parse(outcome.out.toStdString());
    QCOMPARE(refused["http_status"], Json(401));
    smoke.bench.setVariable(QStringLiteral("TIERDECK_TOKEN"), QStringLiteral("gateway-token"));
    outcome = smoke.bench.run(ask);
    QVERIFY2(outcome.exitCode == 0, outcome.out.constData());
    const auto record = Json::parse(outcome.out.toStdString());
    QCOMPARE(record["model_requested"], Json("mock/base"));
    QCOMPARE(record["model_returned"], Json("base-2025-11-13"));
    QCOMPARE(record["error_path_status"], Json(404));
    gateway.terminate();
    QVERIFY(gateway.waitForFinished(20'000));
}

QTEST_GUILESS_MAIN(TestTierctlSmoke)
#include "tst_tierctl_smoke.moc"
