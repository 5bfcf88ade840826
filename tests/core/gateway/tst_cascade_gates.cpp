#include "core/gateway/cascade_answer.h"
#include "core/gateway/cascade_command.h"
#include "core/gateway/cascade_gates.h"
#include "tests/support/printing.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

using namespace tierdeck;
using namespace tierdeck::gateway;
using routing::Gate;
using wire::Dialect;

Q_DECLARE_METATYPE(tierdeck::routing::Gate)
Q_DECLARE_METATYPE(tierdeck::gateway::wire::Dialect)

namespace {

Gate gateOf(Gate::Kind kind) {
    Gate gate;
    gate.kind = kind;
    return gate;
}

std::string chatWith(const std::string& message, const std::string& more = {}) {
    return R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":)" + message +
           more + R"(,"finish_reason":"stop"}]})";
}

using Words = std::vector<std::string>;

} // namespace

class TestCascadeGates : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void gates_data();
    void gates();
    void readsAnswers_data();
    void readsAnswers();
    void readsLogprobs();
    void scores_data();
    void scores();
    void commands_data();
    void commands();
    void commandGetsTheAnswer();
    void commandsAreNoShell();
    void commandsSeeNoKeys();
    void commandsEndInTime();
};

void TestCascadeGates::gates_data() {
    QTest::addColumn<Gate>("gate");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("problem");
    const auto row = [](const char* name, const Gate& gate, const char* text, const char* problem) {
        QTest::newRow(name) << gate << std::string(text) << std::string(problem);
    };
    auto gate = gateOf(Gate::Kind::NonEmpty);
    row("nonEmpty, text", gate, "a", "");
    row("nonEmpty, none", gate, "", "it is empty");
    row("nonEmpty, white space", gate, " \n\t", "it is empty");
    gate = gateOf(Gate::Kind::MinLength);
    gate.chars = 4;
    row("minLength, enough", gate, "four", "");
    row("minLength, too short", gate, " abc ", "3 of 4 characters");
    row("minLength, characters are not bytes", gate, "\xC3\xA4\xC3\xB6\xC3\xBC", "3 of 4 characters");
    gate = gateOf(Gate::Kind::JsonSchema);
    gate.schemaJson = R"({"type":"object","required":["name"],"properties":{"name":{"type":"string"}}})";
    row("jsonSchema, matches", gate, R"({"name":"x"})", "");
    row("jsonSchema, wrong type", gate, R"({"name":7})", "it does not match the schema");
    row("jsonSchema, lacks a member", gate, R"({"nom":"x"})", "it does not match the schema");
    row("jsonSchema, no JSON", gate, "name: x", "it is no JSON");
    gate.schemaJson = R"({"type":7})";
    row("jsonSchema, no schema", gate, "{}", "the schema cannot be used");
    gate = gateOf(Gate::Kind::Pattern);
    gate.forbid = "(?i)as an ai";
    row("pattern, forbidden", gate, "Well, As an AI I cannot", "the forbidden pattern is found");
    row("pattern, not forbidden", gate, "as a pair", "");
    gate.forbid.clear();
    gate.require = "^done";
    row("pattern, required", gate, "done so", "");
    row("pattern, required and absent", gate, "so done", "the required pattern is not found");
    gate.require = "(";
    row("pattern, broken", gate, "done", "the required pattern cannot be used");
}

void TestCascadeGates::gates() {
    QFETCH(Gate, gate);
    QFETCH(std::string, text);
    QFETCH(std::string, problem);
    CascadeAnswer answer;
    answer.text = text;
    QCOMPARE(problemAtGate(gate, answer), problem);
}

void TestCascadeGates::readsAnswers_data() {
    QTest::addColumn<Dialect>("dialect");
    QTest::addColumn<bool>("isStream");
    QTest::addColumn<std::string>("body");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<bool>("callsTools");
    const auto row = [](const char* name, Dialect dialect, bool isStream, std::string body,
                        const char* text = "Hi there", bool callsTools = false) {
        QTest::newRow(name) << dialect << isStream << std::move(body) << std::string(text) << callsTools;
    };
    row("chat", Dialect::Chat, false, chatWith(R"({"role":"assistant","content":"Hi there"})"));
    row("chat, tool call", Dialect::Chat, false,
        chatWith(
            R"({"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]})"),
        "", true);
    row("chat, refusal", Dialect::Chat, false,
        chatWith(R"({"role":"assistant","content":null,"refusal":"I cannot"})"), "I cannot");
    row("chat, streamed", Dialect::Chat, true,
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi \"}}]}\n\n"
        "data: "
        "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"there\"}}]}\n\n"
        "data: "
        "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"
        "\n\ndata: [DONE]\n\n");
    row("messages", Dialect::Messages, false,
        R"({"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi there"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}})");
    row("responses", Dialect::Responses, false,
        R"({"id":"r","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Hi there"}]}]})");
}

void TestCascadeGates::readsAnswers() {
    QFETCH(Dialect, dialect);
    QFETCH(bool, isStream);
    QFETCH(std::string, body);
    QFETCH(std::string, text);
    QFETCH(bool, callsTools);
    const auto answer = readCascadeAnswer(dialect, body, isStream);
    QVERIFY(answer);
    QCOMPARE(answer->text, text);
    QCOMPARE(answer->callsTools, callsTools);
    QVERIFY(!answer->meanLogprob);
    QVERIFY(!readCascadeAnswer(dialect, "rubbish", isStream));
}

void TestCascadeGates::readsLogprobs() {
    const auto body = chatWith(
        R"({"role":"assistant","content":"Hi"})",
        R"(,"logprobs":{"content":[{"token":"H","logprob":-0.5,"top_logprobs":[{"token":"J","logprob":-9}]},{"token":"i","logprob":-1.5,"top_logprobs":[]}]})");
    const auto answer = readCascadeAnswer(Dialect::Chat, body, false);
    QVERIFY(answer && answer->meanLogprob);
    QCOMPARE(*answer->meanLogprob, -1.0);
    auto gate = gateOf(Gate::Kind::Confidence);
    gate.minMeanLogprob = -1.0;
    QCOMPARE(problemAtGate(gate, *answer), std::string());
    gate.minMeanLogprob = -0.9;
    QCOMPARE(problemAtGate(gate, *answer), std::string("mean logprob -1.00 is below -0.90"));
    QCOMPARE(problemAtGate(gate, {"no numbers", false, std::nullopt}), std::string());
}

void TestCascadeGates::scores_data() {
    QTest::addColumn<std::string>("said");
    QTest::addColumn<double>("score");
    QTest::newRow("a number") << std::string("0.75") << 0.75;
    QTest::newRow("one") << std::string("1\n") << 1.0;
    QTest::newRow("with words") << std::string("I give it a 0.3.") << 0.3;
    QTest::newRow("another scale") << std::string("8/10") << -1.0;
    QTest::newRow("below the scale") << std::string("-0.5") << -1.0;
    QTest::newRow("words") << std::string("good") << -1.0;
}

void TestCascadeGates::scores() {
    QFETCH(std::string, said);
    QFETCH(double, score);
    QCOMPARE(judgeScore(said).value_or(-1), score);
}

void TestCascadeGates::commands_data() {
    QTest::addColumn<std::string>("program");
    QTest::addColumn<int>("code"); // -1: it cannot be run to its end
    QTest::newRow("passes") << std::string("true") << 0;
    QTest::newRow("fails") << std::string("false") << 1;
    QTest::newRow("absent") << std::string("./no-such-program") << -1;
}

void TestCascadeGates::commands() {
    QFETCH(std::string, program);
    QFETCH(int, code);
    const QTemporaryDir folder;
    const auto large = std::string(1 << 20, 'x'); // more than it reads, and than the kernel keeps
    const auto result = runCommand({program}, folder.path().toStdString(), large, std::chrono::seconds(10));
    QCOMPARE(result.value_or(-1), code);
}

void TestCascadeGates::commandGetsTheAnswer() {
    const QTemporaryDir folder;
    const auto run = [&](const Words& words) {
        return runCommand(words, folder.path().toStdString(), "first\nsecond\n", std::chrono::seconds(10))
            .value_or(-1);
    };
    QCOMPARE(run({"grep", "-qx", "second"}), 0);
    QCOMPARE(run({"grep", "-qx", "third"}), 1);
    QCOMPARE(run({"cp", "/dev/stdin", "answer.txt"}), 0); // in that folder
    QVERIFY(QFile::exists(folder.filePath(QStringLiteral("answer.txt"))));
}

void TestCascadeGates::commandsAreNoShell() {
    const QTemporaryDir folder;
    const auto result = runCommand({"test", "$HOME; exit 7", "=", "$HOME; exit 7"},
                                   folder.path().toStdString(), "", std::chrono::seconds(10));
    QCOMPARE(result.value_or(-1), 0);
}

void TestCascadeGates::commandsSeeNoKeys() {
    const QTemporaryDir folder;
    const auto settings = std::to_array<std::pair<const char*, const char*>>({
        {"OPENAI_API_KEY", "key-of-a-provider"},
        {"TIERDECK_TOKEN", "token-of-a-client"},
        {"HTTPS_PROXY", "proxy-with-a-password"},
        {"LC_NUMERIC", "C.UTF-8"},
        {"TZ", "Europe/Berlin"},
    });
    std::map<const char*, std::optional<QByteArray>> before;
    for (const auto& [name, value] : settings) {
        before[name] = qEnvironmentVariableIsSet(name) ? std::optional(qgetenv(name)) : std::nullopt;
        qputenv(name, value);
    }
    const auto result = runCommand({"sh", "-c", "env > environment.txt"}, folder.path().toStdString(), "",
                                   std::chrono::seconds(10));
    for (const auto& [name, value] : before)
        value ? qputenv(name, *value) : qunsetenv(name);
    QCOMPARE(result.value_or(-1), 0);
    QFile written(folder.filePath(QStringLiteral("environment.txt")));
    QVERIFY(written.open(QIODevice::ReadOnly));
    const auto lines = written.readAll().split('\n');
    for (const char* secret : {"key-of-a-provider", "token-of-a-client", "proxy-with-a-password"})
        QVERIFY2(!lines.join('\n').contains(secret), secret);
    QVERIFY(lines.contains("LC_NUMERIC=C.UTF-8"));
    QVERIFY(lines.contains("TZ=Europe/Berlin"));
    QVERIFY(lines.contains("PATH=" + qgetenv("PATH")));
}

void TestCascadeGates::commandsEndInTime() {
    const QTemporaryDir folder;
    QElapsedTimer timer;
    timer.start();
    // What it starts goes with it: else the pipe of this test's own output would stay open.
    const auto result = runCommand({"sh", "-c", "sleep 60 & sleep 60"}, folder.path().toStdString(), "",
                                   std::chrono::milliseconds(50));
    QVERIFY(!result);
    QVERIFY(result.error().message.find("50 ms") != std::string::npos);
    QVERIFY(timer.elapsed() < 30'000);
}

QTEST_APPLESS_MAIN(TestCascadeGates)
#include "tst_cascade_gates.moc"
