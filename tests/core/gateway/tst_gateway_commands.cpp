#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"
#include "tests/support/watched_availability.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <atomic>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

/// A chat as its client keeps it: what was said so far goes with every request.
class Chat {
public:
    Chat(const GatewayBench& bench, std::string session)
        : m_client(bench.port())
        , m_session(std::move(session)) {}

    /// Says something and takes the answer into the history.
    HttpMessage say(const std::string& text, const Headers& more = {}) {
        add("user", text);
        auto reply = ask(more);
        const auto json = Json::parse(reply.body, nullptr, false);
        if (reply.status() == 200)
            add("assistant", json["choices"][0]["message"]["content"]);
        return reply;
    }

    /// The same request again, as a tool loop's next step.
    HttpMessage step() {
        add("tool", "done");
        return ask({});
    }

    /// The answer to `text`.
    std::string answer(const std::string& text) {
        return Json::parse(say(text).body)["choices"][0]["message"]["content"];
    }

private:
    void add(const char* role, const std::string& text) {
        m_messages.push_back({{"role", role}, {"content", text}});
    }

    HttpMessage ask(const Headers& more) {
        Headers headers = more;
        headers.emplace_back("X-Tierdeck-Session", m_session);
        return m_client.ask(httpRequest("POST", "/v1/chat/completions",
                                        Json{{"model", "auto"}, {"messages", m_messages}}.dump(), headers));
    }

    RawClient m_client;
    std::string m_session;
    Json m_messages = Json::array();
};

std::string decided(const HttpMessage& reply) {
    return reply.header("x-tierdeck-tier") + " " + reply.header("x-tierdeck-tier-source") + " " +
           reply.header("x-tierdeck-model") + " " + reply.header("x-tierdeck-turn");
}

} // namespace

class TestGatewayCommands : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leading_data();
    void leading();
    void leadingUnknown_data();
    void leadingUnknown();
    void holdsForTheTurn();
    void staysWithItsTurn_data();
    void staysWithItsTurn();
    void aloneHoldsForTheNextTurn();
    void aloneModel();
    void aloneAuto();
    void aloneUnknown_data();
    void aloneUnknown();
    void statusTellsTheSession();
    void statusTellsWhatIsExhausted();
    void statusStreamed();
    void statusWithoutPolicy();
    void commandsAreRecorded();
    void commandsCostNothingUpstream();
    void headers_data();
    void headers();
    void textBeatsHeaders();
    void sessionsAreApart();
};

void TestGatewayCommands::leading_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<QByteArray>("sent");
    const auto row = [](const char* text, const char* expected, const char* sent) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(expected) << QByteArray(sent);
    };
    row("/tier smart prove it", "smart user mock/smart 1", "prove it");
    row("@tier coding go", "coding user mock/coder 1", "go");
    row("/tier Smart prove it", "smart user mock/smart 1", "prove it");
    row("/tier tier-smart prove it", "smart user mock/smart 1", "prove it");
    row("/tier deep prove it", "deep user mock/smart 1", "prove it"); // deep is not set
    row("/model mock/special/x go", "- user mock/special/x 1", "go");
    row("@model tier-coding go", "coding user mock/coder 1", "go");
    row("<system-reminder>x</system-reminder>\\n/tier smart go", "smart user mock/smart 1",
        "<system-reminder>x</system-reminder>\\ngo");
    row("/tiers are fine", "balanced default mock/base 1", "/tiers are fine");
    row("say /tier smart", "balanced default mock/base 1", "say /tier smart");
}

void TestGatewayCommands::leading() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    QFETCH(QByteArray, sent);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto", text.toStdString()));
    QCOMPARE(decided(reply), expected.toStdString());
    const auto request = mock.requests()[0];
    QCOMPARE(request.body, chatBody(modelIn(request), sent.toStdString()));
    QCOMPARE(bench.recordOf(reply).tierSource, reply.header("x-tierdeck-tier-source"));
}

void TestGatewayCommands::leadingUnknown_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("tier") << QByteArray("/tier smrat go") << QByteArray("unknown_tier");
    QTest::newRow("model") << QByteArray("/model nobody/x go") << QByteArray("model_not_found");
}

void TestGatewayCommands::leadingUnknown() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, code);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto", text.toStdString()));
    QCOMPARE(reply.status(), 404);
    QCOMPARE(textIn(reply.body, "code"), code.toStdString());
    QCOMPARE(mock.requests().size(), std::size_t(0)); // never answered by another tier than was asked for
}

void TestGatewayCommands::holdsForTheTurn() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    QCOMPARE(decided(chat.say("/tier smart do it")), std::string("smart user mock/smart 1"));
    QCOMPARE(decided(chat.step()), std::string("smart user mock/smart 1"));
    QCOMPARE(decided(chat.say("and now?")), std::string("balanced default mock/base 2"));
    // Its command is taken out of the history too, so that the prefix stays what the provider has in its
    // cache.
    const auto first = Json::parse(mock.requests()[0].body)["messages"][0];
    QCOMPARE(Json::parse(mock.requests()[2].body)["messages"][0].dump(), first.dump());
    QCOMPARE(first["content"], "do it");
}

void TestGatewayCommands::staysWithItsTurn_data() {
    QTest::addColumn<std::string>("before");
    QTest::addColumn<std::string>("text");
    QTest::newRow("said alone before") << std::string("/tier smart") << std::string("prove it");
    QTest::newRow("said in the request") << std::string() << std::string("/tier smart prove it");
}

/// The next turn begins while the request that it was said for is not decided yet.
void TestGatewayCommands::staysWithItsTurn() {
    QFETCH(std::string, before);
    QFETCH(std::string, text);
    Gate isHeld;
    Gate mayGoOn;
    std::atomic<bool> holdsNext = false;
    WatchedAvailability watched([&] {
        if (holdsNext.exchange(false)) {
            isHeld.open();
            mayGoOn.wait();
        }
    });
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.availability = &watched;
    bench.start();
    auto messages = Json::array();
    const auto request = [&] {
        return httpRequest("POST", "/v1/chat/completions",
                           Json{{"model", "auto"}, {"messages", messages}}.dump(),
                           {{"X-Tierdeck-Session", "s"}});
    };
    RawClient first(bench.port());
    RawClient second(bench.port());
    for (auto* client : {&first, &second}) // each is dealt to a reactor of its own
        QCOMPARE(client->ask(httpRequest("GET", "/healthz", "")).status(), 200);
    if (!before.empty())
        QCOMPARE(first.ask(chatRequest("auto", before, {{"X-Tierdeck-Session", "s"}})).status(), 200);
    messages.push_back({{"role", "user"}, {"content", text}});
    holdsNext = true;
    first.send(request());
    QVERIFY(isHeld.wait());
    messages.push_back({{"role", "assistant"}, {"content", "ok"}});
    messages.push_back({{"role", "user"}, {"content", "and now?"}});
    QCOMPARE(decided(second.ask(request())), std::string("balanced default mock/base 2"));
    mayGoOn.open();
    const auto reply = first.read();
    QCOMPARE(decided(reply), std::string("smart user mock/smart 1"));
    QCOMPARE(bench.recordOf(reply).facts.value().userOverride.tier, std::string("smart"));
    // Nor does it come to the turn that is open by then.
    messages.push_back({{"role", "tool"}, {"content", "done"}});
    QCOMPARE(decided(second.ask(request())), std::string("balanced default mock/base 2"));
}

void TestGatewayCommands::aloneHoldsForTheNextTurn() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    QCOMPARE(decided(chat.say("one")), std::string("balanced default mock/base 1"));
    QCOMPARE(chat.answer("/tier coding"), std::string("The next turn runs on tier coding, mock/coder."));
    QCOMPARE(decided(chat.say("two")), std::string("coding user mock/coder 2"));
    QCOMPARE(decided(chat.step()), std::string("coding user mock/coder 2"));
    QCOMPARE(decided(chat.say("three")), std::string("balanced default mock/base 3"));
    // Neither the command nor what we said to it reaches the provider.
    const auto messages = Json::parse(mock.requests().back().body)["messages"];
    std::string roles;
    for (const auto& message : messages)
        roles += message["role"].get<std::string>() + ":" + message["content"].get<std::string>() + " ";
    QCOMPARE(roles, std::string("user:one assistant:Hello user:two assistant:Hello tool:done user:three "));
}

void TestGatewayCommands::aloneModel() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    QCOMPARE(chat.answer("/model mock/special"), std::string("The next turn runs on mock/special."));
    QCOMPARE(decided(chat.say("one")), std::string("- user mock/special 1"));
    QCOMPARE(chat.answer("@model tier/smart"), std::string("The next turn runs on tier smart, mock/smart."));
    QCOMPARE(decided(chat.say("two")), std::string("smart user mock/smart 2"));
}

void TestGatewayCommands::aloneAuto() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    QCOMPARE(chat.answer("/tier smart"), std::string("The next turn runs on tier smart, mock/smart."));
    QCOMPARE(chat.answer("/tier auto"), std::string("The router decides the next turn."));
    QCOMPARE(decided(chat.say("one")), std::string("balanced default mock/base 1"));
}

void TestGatewayCommands::aloneUnknown_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("part");
    QTest::newRow("tier") << QByteArray("/tier smrat") << QByteArray("Did you mean smart?");
    QTest::newRow("nothing near") << QByteArray("/tier xyzxyzxyz") << QByteArray("background, balanced");
    QTest::newRow("model without a provider") << QByteArray("/model gpt-5.1") << QByteArray("'gpt-5.1'");
    QTest::newRow("unknown provider") << QByteArray("/model nobody/x") << QByteArray("nobody");
}

void TestGatewayCommands::aloneUnknown() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, part);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    const auto answer = chat.answer(text.toStdString());
    QVERIFY2(answer.find(part.toStdString()) != std::string::npos, answer.c_str());
    // It changes nothing.
    QCOMPARE(decided(chat.say("one")), std::string("balanced default mock/base 1"));
}

void TestGatewayCommands::statusTellsTheSession() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    auto status = chat.answer("/status");
    QVERIFY2(status.find("Nothing was routed") != std::string::npos, status.c_str());
    QVERIFY2(status.find("0 turns, $0.00") != std::string::npos, status.c_str());
    chat.say("/tier smart one");
    status = chat.answer("/tier"); // without an argument it asks
    QVERIFY2(status.find("Tier smart (source: user), model mock/smart.") != std::string::npos,
             status.c_str());
    QVERIFY2(status.find("1 turn, $0.000120") != std::string::npos, status.c_str());
    chat.say("/tier coding two"); // has no price
    chat.answer("/model mock/next");
    status = chat.answer("@status");
    QVERIFY2(status.find("Tier coding (source: user), model mock/coder.") != std::string::npos,
             status.c_str());
    QVERIFY2(status.find("Next turn: mock/next.") != std::string::npos, status.c_str());
    QVERIFY2(status.find("2 turns, $0.000120 and 1 unpriced request.") != std::string::npos, status.c_str());
}

void TestGatewayCommands::statusTellsWhatIsExhausted() {
    MockUpstream mock(failing(429, "{}", {{"Retry-After", "3600"}}));
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    QCOMPARE(chat.say("one").status(), 429);
    const auto status = chat.answer("/status");
    QVERIFY2(status.find("Not available: mock/base (its provider asked to wait, next try in 3600 s).") !=
                     std::string::npos ||
                 status.find("next try in 3599 s") != std::string::npos,
             status.c_str());
}

void TestGatewayCommands::statusStreamed() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    for (const bool withUsage : {false, true}) {
        const auto more = std::string(R"("stream":true,)") +
                          (withUsage ? R"("stream_options":{"include_usage":true},)" : "");
        const auto reply =
            bench.ask(httpRequest("POST", "/v1/chat/completions", chatBody("auto", "/status", more)));
        QCOMPARE(reply.status(), 200);
        QCOMPARE(reply.header("content-type"), std::string("text/event-stream"));
        QVERIFY(reply.isComplete);
        QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
        QVERIFY(reply.body.find("Nothing was routed") != std::string::npos);
        QCOMPARE(reply.body.find("\"usage\"") != std::string::npos, withUsage);
        QVERIFY(!reply.header("x-tierdeck-request").empty());
    }
    QCOMPARE(mock.requests().size(), std::size_t(0));
}

void TestGatewayCommands::statusWithoutPolicy() {
    GatewayBench bench;
    bench.start();
    bench.policies.set(nullptr, "line 3 is wrong");
    const auto reply = bench.ask(chatRequest("auto", "/status"));
    QCOMPARE(reply.status(), 200);
    QVERIFY(reply.body.find("tierctl check") != std::string::npos);
}

void TestGatewayCommands::commandsAreRecorded() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    chat.say("one");
    const auto reply = chat.say("/tier smart");
    QCOMPARE(decided(reply), std::string("- - - 1")); // no turn of its own
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.provider, std::string("tierdeck"));
    QVERIFY(!record.model && record.attempts.empty());
    QVERIFY(record.cost == NanoUsd(0));
    QCOMPARE(record.turn, 1);
    QCOMPARE(record.messageId, "chatcmpl-tierdeck-" + reply.header("x-tierdeck-request"));
}

void TestGatewayCommands::commandsCostNothingUpstream() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat chat(bench, "s");
    for (const char* command : {"/status", "/tier", "/model", "@status", "/tier smart", "/model mock/x"})
        QCOMPARE(chat.say(command).status(), 200);
    QCOMPARE(mock.requests().size(), std::size_t(0));
}

void TestGatewayCommands::headers_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* value, const char* expected) {
        QTest::addRow("%s: %s", name, value) << QByteArray(name) << QByteArray(value) << QByteArray(expected);
    };
    row("X-Tierdeck-Tier", "smart", "smart user mock/smart 1");
    row("X-Tierdeck-Tier", "auto", "balanced default mock/base 1");
    row("X-Tierdeck-Model", "mock/special", "- user mock/special 1");
    row("X-Tierdeck-Model", "coding", "coding user mock/coder 1");
    row("X-Tierdeck-Skill", "refactor", "coding skill mock/coder 1");
    row("X-Tierdeck-Skill", "unknown", "balanced default mock/base 1");
    row("X-Tierdeck-Task", "code-review", "smart taskType mock/smart 1");
    row("X-Tierdeck-Task", "unheard-of", "balanced default mock/base 1");
}

void TestGatewayCommands::headers() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, expected);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.skillTiers["refactor"] = "coding";
    bench.start();
    QCOMPARE(decided(bench.ask(chatRequest("auto", "hi", {{name.toStdString(), value.toStdString()}}))),
             expected.toStdString());
}

void TestGatewayCommands::textBeatsHeaders() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    QCOMPARE(decided(bench.ask(chatRequest("auto", "/tier smart go", {{"X-Tierdeck-Tier", "coding"}}))),
             std::string("smart user mock/smart 1"));
    // And both beat what the client names as its model.
    QCOMPARE(decided(bench.ask(chatRequest("mock/special", "other words", {{"X-Tierdeck-Tier", "coding"}}))),
             std::string("coding user mock/coder 1"));
}

void TestGatewayCommands::sessionsAreApart() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Chat one(bench, "one");
    Chat two(bench, "two");
    one.say("/tier smart");
    QCOMPARE(decided(two.say("hi")), std::string("balanced default mock/base 1"));
    QCOMPARE(decided(one.say("hi")), std::string("smart user mock/smart 1"));
}

QTEST_APPLESS_MAIN(TestGatewayCommands)
#include "tst_gateway_commands.moc"
