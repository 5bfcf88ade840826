#include "core/foundation/json_text.h"
#include "core/gateway/session_tracker.h"
#include "tests/core/gateway/padded.h"
#include "tests/support/memory_sink.h"
#include "tests/support/printing.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::gateway;
using tierdeck::testing::MemorySink;

namespace {

struct Said {
    int turn;
    bool first;
    bool operator==(const Said&) const = default;
};

/// A client's side of one session: what it sends next.
class Talk {
public:
    explicit Talk(SessionTracker& tracker, std::string session = "s")
        : m_tracker(tracker) {
        m_identity.session = std::move(session);
    }

    Said send(const std::string& messages, bool tools = false, const std::string& agent = "") {
        const Padded body(std::string("{") + (tools ? R"("tools":[{}],)" : "") + R"("messages":[)" +
                          messages + "]}");
        auto identity = m_identity;
        identity.agent = agent;
        m_now += std::chrono::seconds(1);
        const auto scanned = wire::scanChatRequest(body.view());
        if (!scanned)
            return {-1, false};
        m_last = m_tracker.enter(identity, *scanned, m_now);
        return {m_last.turn, m_last.firstOfTurn};
    }

    [[nodiscard]] LiveSession& session() const { return *m_last.session; }

    [[nodiscard]] const SessionTracker::Entered& entered() const { return m_last; }

    [[nodiscard]] bool wasAside() const { return m_last.isAside; }

    /// What the last request is decided by.
    [[nodiscard]] std::shared_ptr<routing::SessionState> state() const { return m_last.state; }

    /// The last request was answered with so many tokens.
    void answer(std::int64_t outputTokens) const {
        pricing::TokenUsage usage;
        usage.output = outputTokens;
        session().answered("", usage, m_now);
    }

    void pass(std::chrono::seconds time) { m_now += time; }

private:
    SessionTracker& m_tracker;
    wire::Identity m_identity;
    SessionTracker::Entered m_last;
    SteadyTime m_now{};
};

std::string message(const char* role, const std::string& content) {
    return std::string(R"({"role":")") + role + R"(","content":")" + content + R"("})";
}

std::string user(const std::string& content) {
    return message("user", content);
}

const std::string answered = "," + message("assistant", "ok") + ",";
const std::string toolStep =
    R"(,{"role":"assistant","content":null,"tool_calls":[{}]},{"role":"tool","content":"done"})";

struct Sent {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// What a real client sent, of tests/data/wire/clients.
Sent requestAt(const QString& name) {
    QFile file(QStringLiteral(TIERDECK_TEST_DATA "/wire/clients/") + name);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray bytes = file.readAll();
    Sent sent;
    const QJsonObject headers =
        QJsonDocument::fromJson(bytes).object().value(QLatin1String("headers")).toObject();
    for (auto header = headers.begin(); header != headers.end(); ++header)
        sent.headers.emplace_back(header.key().toStdString(), header.value().toString().toStdString());
    const auto text = JsonText::parse(bytes.toStdString());
    if (const auto body = text ? text->value("/body") : std::nullopt)
        sent.body = *body;
    return sent;
}

} // namespace

#define TALK(expression, expectedTurn, expectedFirst)                                                        \
    do {                                                                                                     \
        const Said said = expression;                                                                        \
        QCOMPARE(said.turn, expectedTurn);                                                                   \
        QCOMPARE(said.first, expectedFirst);                                                                 \
    } while (false)

class TestSessionTracker : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void asideRequests();
    void turnsKeepTheirState_data();
    void turnsKeepTheirState();
    void whoIsOvertakenDecidesAgain();
    void knowsItsUsualTurn();
    void knowsHowLongACacheLay();
    void init();
    void chat();
    void toolLoop();
    void repeatedText();
    void truncatedHistory();
    void editedMessage();
    void repeatedRequest();
    void sideRequests();
    void sideRequestFirst();
    void messagesOfWrappers();
    void subagents();
    void subagentFirst();
    void realClients_data();
    void realClients();
    void loneCommands();
    void overridesOfATurn();
    void restart();
    void sessionsAreApart();
    void forgetsTheOldest();

private:
    std::unique_ptr<MemorySink> m_sink;
    std::unique_ptr<SessionTracker> m_tracker;
};

void TestSessionTracker::init() {
    m_sink = std::make_unique<MemorySink>();
    m_tracker = std::make_unique<SessionTracker>(*m_sink);
}

void TestSessionTracker::chat() {
    Talk talk(*m_tracker);
    std::string history = message("system", "s") + "," + user("one");
    TALK(talk.send(history), 1, true);
    history += answered + user("two");
    TALK(talk.send(history), 2, true);
    history += answered + user("three");
    TALK(talk.send(history), 3, true);
    QCOMPARE(talk.session().turns, 3);
}

void TestSessionTracker::toolLoop() {
    Talk talk(*m_tracker);
    std::string history = user("one");
    TALK(talk.send(history, true), 1, true);
    for (int i = 0; i < 5; ++i) {
        history += toolStep;
        TALK(talk.send(history, true), 1, false);
    }
    history += answered + user("two");
    TALK(talk.send(history, true), 2, true);
    history += toolStep;
    TALK(talk.send(history, true), 2, false);
}

void TestSessionTracker::repeatedText() {
    Talk talk(*m_tracker);
    std::string history = user("go on");
    TALK(talk.send(history), 1, true);
    history += answered + user("go on");
    TALK(talk.send(history), 2, true);
    history += answered + user("go on");
    TALK(talk.send(history), 3, true);
}

void TestSessionTracker::truncatedHistory() {
    Talk talk(*m_tracker);
    const std::string long1 = user("one") + answered + user("two") + answered + user("three");
    TALK(talk.send(long1, true), 1, true);
    TALK(talk.send(long1 + toolStep, true), 1, false);
    // The client threw old messages away in the middle of the loop: the same turn at another place.
    TALK(talk.send(user("three") + toolStep + toolStep, true), 1, false);
    TALK(talk.send(user("three") + toolStep + answered + user("four"), true), 2, true);
}

void TestSessionTracker::editedMessage() {
    Talk talk(*m_tracker);
    TALK(talk.send(user("one") + answered + user("two")), 1, true);
    TALK(talk.send(user("one") + answered + user("two, but better")), 2, true);
}

void TestSessionTracker::repeatedRequest() {
    // A client that tries again after an error asks nothing new.
    Talk talk(*m_tracker);
    TALK(talk.send(user("one")), 1, true);
    TALK(talk.send(user("one")), 1, false);
}

void TestSessionTracker::sideRequests() {
    Talk talk(*m_tracker);
    std::string history = message("system", "agent") + "," + user("fix the tests");
    TALK(talk.send(history, true), 1, true);
    TALK(talk.send(message("system", "Write a title.") + "," + user("Title for: fix the tests")), 1, false);
    TALK(talk.send(user("quota")), 1, false);
    history += toolStep;
    TALK(talk.send(history, true), 1, false);
    history += answered + user("thanks, now the docs");
    TALK(talk.send(history, true), 2, true);
    TALK(talk.send(user("Summarise what was done")), 2, false);
    history += toolStep;
    TALK(talk.send(history, true), 2, false);
    // The main history without tools is still the main history.
    history += answered + user("and in one word?");
    TALK(talk.send(history), 3, true);
}

void TestSessionTracker::sideRequestFirst() {
    // Some agents ask for a title or probe their quota before they say what it is about.
    Talk talk(*m_tracker);
    TALK(talk.send(user("quota")), 1, true);
    TALK(talk.send(message("system", "agent") + "," + user("fix the tests"), true), 1, true);
    TALK(talk.send(message("system", "agent") + "," + user("fix the tests") + toolStep, true), 1, false);
    TALK(talk.send(message("system", "agent") + "," + user("fix the tests") + answered + user("next"), true),
         2, true);
}

void TestSessionTracker::messagesOfWrappers() {
    Talk talk(*m_tracker);
    TALK(talk.send(user("one"), true), 1, true);
    TALK(talk.send(user("one") + toolStep + "," + user("<system-reminder>hurry</system-reminder>"), true), 1,
         false);
    // Nothing that a person typed at all: one turn, not one a request.
    Talk silent(*m_tracker, "silent");
    TALK(silent.send(message("system", "s")), 1, true);
    TALK(silent.send(message("system", "s")), 1, false);
}

void TestSessionTracker::subagents() {
    Talk talk(*m_tracker);
    std::string history = user("one");
    TALK(talk.send(history, true), 1, true);
    TALK(talk.send(user("look into a"), true, "a"), 1, true);
    TALK(talk.send(user("look into b"), true, "b"), 1, true);
    TALK(talk.send(user("look into a") + toolStep, true, "a"), 1, false);
    TALK(talk.send(user("look into b") + toolStep, true, "b"), 1, false);
    TALK(talk.send(user("look into a") + answered + user("and deeper"), true, "a"), 1, true);
    history += toolStep;
    TALK(talk.send(history, true), 1, false);
    history += answered + user("two");
    TALK(talk.send(history, true), 2, true);
    TALK(talk.send(user("look into c"), true, "c"), 2, true);

    // What the router promoted is each agent's own.
    talk.session().states["c"]->promotedTier = "smart";
    TALK(talk.send(history + toolStep, true), 2, false);
    QCOMPARE(talk.session().states[""]->promotedTier, std::string());
    QCOMPARE(talk.session().states["c"]->promotedTier, std::string("smart"));
}

void TestSessionTracker::subagentFirst() {
    Talk talk(*m_tracker);
    TALK(talk.send(user("look into a"), true, "a"), 1, true);
    TALK(talk.send(user("one"), true), 1, true);
    TALK(talk.send(user("one") + answered + user("two"), true), 2, true);
}

void TestSessionTracker::realClients_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QStringList>("requests");
    QTest::addColumn<QByteArray>("source");
    QTest::newRow("Claude Code") << QStringLiteral("claude-2.1.330") << int(wire::Dialect::Messages)
                                 << QStringList{QStringLiteral("sub-agent-first"),
                                                QStringLiteral("sub-agent-tool"),
                                                QStringLiteral("sub-agent-news")}
                                 << QByteArray("x-claude-code-agent-id");
    QTest::newRow("Codex") << QStringLiteral("codex-0.169.0") << int(wire::Dialect::Responses)
                           << QStringList{QStringLiteral("sub-agent-spawned"),
                                          QStringLiteral("sub-agent-first"), QStringLiteral("sub-agent-tool"),
                                          QStringLiteral("sub-agent-news")}
                           << QByteArray("x-openai-subagent");
}

/// A sub-agent's requests as the clients send them: in the session and the turn that they work for.
void TestSessionTracker::realClients() {
    QFETCH(QString, folder);
    QFETCH(int, dialect);
    QFETCH(QStringList, requests);
    QFETCH(QByteArray, source);
    std::set<std::string> sessions;
    std::set<std::string> agents;
    SteadyTime time{};
    for (const auto& name : requests) {
        const auto sent = requestAt(QStringLiteral("%1/%2.json").arg(folder, name));
        const Padded body(sent.body);
        const auto scanned = wire::scanRequest(static_cast<wire::Dialect>(dialect), body.view());
        QVERIFY(scanned);
        http::Head head; // only looks at `sent`
        for (const auto& [header, value] : sent.headers)
            head.headers.push_back({header, value});
        const auto identity = wire::identify(head, *scanned);
        const bool ofAgent =
            name == QStringLiteral("sub-agent-first") || name == QStringLiteral("sub-agent-tool");
        QCOMPARE(identity.isSubagent(), ofAgent);
        QCOMPARE(std::string(identity.agentSource), ofAgent ? source.toStdString() : std::string());
        QCOMPARE(identity.parentSession, std::string());
        QCOMPARE(identity.parentAgent, std::string()); // the main one's
        sessions.insert(identity.session);
        agents.insert(identity.agent);
        const auto entered = m_tracker->enter(identity, *scanned, time += std::chrono::seconds(1));
        QCOMPARE(entered.turn, 1);
    }
    QCOMPARE(sessions.size(), std::size_t{1});
    QCOMPARE(agents.size(), std::size_t{2}); // the main one and the sub-agent, whatever it asks
    QVERIFY(agents.contains(std::string()));
}

void TestSessionTracker::loneCommands() {
    Talk talk(*m_tracker);
    TALK(talk.send(user("/status")), 1, false);
    QCOMPARE(talk.session().turns, 0);
    TALK(talk.send(user("one")), 1, true);
    TALK(talk.send(user("one") + answered + user("/tier deep")), 1, false);
    TALK(talk.send(user("one") + answered + user("/tier deep") + answered + user("two")), 2, true);
}

void TestSessionTracker::overridesOfATurn() {
    Talk talk(*m_tracker);
    TALK(talk.send(user("one")), 1, true);
    talk.session().nextTurn = {"deep", ""};
    TALK(talk.send(user("one") + toolStep), 1, false);
    QVERIFY(talk.session().states[""]->turnOverride.empty());
    TALK(talk.send(user("one") + answered + user("two")), 2, true);
    QCOMPARE(talk.session().states[""]->turnOverride.tier, std::string("deep"));
    QVERIFY(talk.session().nextTurn.empty());
    // It holds to the end of the turn, and no further.
    TALK(talk.send(user("one") + answered + user("two") + toolStep), 2, false);
    QCOMPARE(talk.session().states[""]->turnOverride.tier, std::string("deep"));
    TALK(talk.send(user("one") + answered + user("two") + answered + user("three")), 3, true);
    QVERIFY(talk.session().states[""]->turnOverride.empty());
    // Where a side request opens the turn, who leads it has the override as well.
    Talk probed(*m_tracker, "probed");
    probed.send(user("/tier deep"));
    probed.session().nextTurn = {"deep", ""};
    TALK(probed.send(user("quota")), 1, true);
    TALK(probed.send(message("system", "agent") + "," + user("fix the tests"), true), 1, true);
    QCOMPARE(probed.session().states[""]->turnOverride.tier, std::string("deep"));
}

void TestSessionTracker::restart() {
    m_sink->knowSession("s", {7, NanoUsd(5000), 2});
    Talk talk(*m_tracker);
    TALK(talk.send(user("one") + answered + user("two")), 8, true);
    QCOMPARE(talk.session().cost.value, std::int64_t(5000));
    QCOMPARE(talk.session().unpricedRequests, std::int64_t(2));
    TALK(talk.send(user("one") + answered + user("two") + toolStep), 8, false);

    m_sink->knowSession("command", {3, NanoUsd(1), 0});
    Talk asked(*m_tracker, "command");
    TALK(asked.send(user("/status")), 3, false);
    TALK(asked.send(user("go")), 4, true);
}

void TestSessionTracker::sessionsAreApart() {
    Talk one(*m_tracker, "one");
    Talk two(*m_tracker, "two");
    TALK(one.send(user("a")), 1, true);
    TALK(two.send(user("a")), 1, true);
    TALK(one.send(user("a") + answered + user("b")), 2, true);
    TALK(two.send(user("a") + toolStep), 1, false);
    QCOMPARE(m_tracker->size(), std::size_t(2));
}

void TestSessionTracker::forgetsTheOldest() {
    const Padded body(R"({"messages":[{"role":"user","content":"hi"}]})");
    const auto scanned = wire::scanChatRequest(body.view()).value();
    SteadyTime now{};
    std::shared_ptr<LiveSession> kept;
    const int count = static_cast<int>(SessionTracker::maxSessions) + 1;
    for (int i = 0; i < count; ++i) {
        wire::Identity identity;
        identity.session = std::to_string(i);
        now += std::chrono::milliseconds(1);
        auto entered = m_tracker->enter(identity, scanned, now);
        if (i == 0)
            kept = entered.session; // a request that runs on while its session is forgotten
    }
    QVERIFY(m_tracker->size() <= SessionTracker::maxSessions);
    QVERIFY(m_tracker->size() >= SessionTracker::maxSessions / 3);
    QCOMPARE(kept->turns, 1);
    // The newest are still known, the oldest begin anew.
    wire::Identity identity;
    identity.session = std::to_string(count - 1);
    QCOMPARE(m_tracker->enter(identity, scanned, now).firstOfTurn, false);
    identity.session = "0";
    QCOMPARE(m_tracker->enter(identity, scanned, now).firstOfTurn, true);
}

void TestSessionTracker::asideRequests() {
    MemorySink sink;
    SessionTracker tracker(sink);
    Talk talk(tracker);
    QVERIFY(talk.send(user("one"), true) == (Said{1, true}));
    QVERIFY(!talk.wasAside());
    QVERIFY(talk.send(user("Give it a title")) == (Said{1, false}));
    QVERIFY(talk.wasAside());
    QVERIFY(talk.send(user("one") + toolStep, true) == (Said{1, false}));
    QVERIFY(!talk.wasAside());
}

void TestSessionTracker::turnsKeepTheirState_data() {
    QTest::addColumn<std::string>("agent");
    QTest::newRow("the main agent") << std::string();
    QTest::newRow("a sub-agent, whose turns have no numbers of their own") << std::string("a");
}

/// A request that finds its turn may be decided after others came.
void TestSessionTracker::turnsKeepTheirState() {
    QFETCH(std::string, agent);
    Talk talk(*m_tracker);
    talk.send(user("one"), true, agent);
    talk.state()->firstOfTurn = false; // it was decided
    talk.session().nextTurn = {"deep", ""};
    talk.send(user("one") + answered + user("two"), true, agent);
    const auto second = talk.state();
    const auto said = second->turnOverride;
    QCOMPARE(said.tier, agent.empty() ? std::string("deep") : std::string());
    // One of the same turn, before that is decided: the turn's first is still to come.
    talk.send(user("one") + answered + user("two") + toolStep, true, agent);
    QCOMPARE(talk.state(), second);
    if (agent.empty())
        talk.send(user("Give it a title"));
    QVERIFY(second->firstOfTurn);
    // The next turn begins, still before.
    talk.send(user("one") + answered + user("two") + answered + user("three"), true, agent);
    const auto third = talk.state();
    QVERIFY(third->firstOfTurn);
    QVERIFY(third->turnOverride.empty());
    QCOMPARE(second->turnOverride, said);
    second->promotedTier = "smart";
    QCOMPARE(third->promotedTier, std::string());
}

// While a request is still being decided, others of its turn say what their person wants, or raise the tier.
void TestSessionTracker::whoIsOvertakenDecidesAgain() {
    MemorySink sink;
    SessionTracker tracker(sink);
    Talk talk(tracker);
    talk.send(user("fix it"));
    const auto first = talk.entered();
    talk.send(user("fix it") + toolStep);
    const auto second = talk.entered();
    QVERIFY(first.state == second.state);

    // What the others do while the first decides, each time that it does.
    std::vector<std::function<void(routing::SessionState&)>> others{
        [](auto& shared) { shared.turnOverride.tier = "smart"; },
        [](auto& shared) { shared.promotedTier = "deep"; },
        [](auto& shared) { shared.warm.emplace(); }, // changes no decision of the same turn
        [](auto& shared) { shared.turnOverride.tier = "coding"; },
    };
    std::size_t decisions = 0;
    routing::SessionState seen;
    std::unique_lock lock(first.session->mutex);
    const auto said = first.decideInTurn(lock, seen, [&] {
        const std::lock_guard other(second.session->mutex); // nobody waits
        others.at(decisions++)(*second.state);
        return seen.turnOverride.tier + ' ' + seen.promotedTier;
    });
    QVERIFY(lock.owns_lock());
    QCOMPARE(decisions, std::size_t{3});
    QCOMPARE(said, std::string("smart deep"));
    QVERIFY(seen.firstOfTurn);
    QVERIFY(!seen.warm);
}

void TestSessionTracker::knowsItsUsualTurn() {
    MemorySink sink;
    SessionTracker tracker(sink);
    Talk talk(tracker);
    const auto usual = [&] { return talk.session().states[""]->usualTurn; };
    talk.send(user("one"), true);
    talk.answer(100);
    talk.send(user("one") + toolStep, true);
    talk.answer(300);
    QCOMPARE(usual().requests, 1.0); // the guess: no turn has ended
    talk.send(user("one") + answered + user("two"), true);
    QCOMPARE(usual().requests, 2.0);
    QCOMPARE(usual().outputTokens, 400.0);
    talk.answer(200);
    talk.send(user("one") + answered + user("two") + answered + user("three"), true);
    QCOMPARE(usual().requests, 1.5);
    QCOMPARE(usual().outputTokens, 300.0);
    // A turn without an answer says nothing of what one takes.
    talk.send(user("one") + answered + user("two") + answered + user("three") + answered + user("four"),
              true);
    QCOMPARE(usual().requests, 1.5);
}

void TestSessionTracker::knowsHowLongACacheLay() {
    MemorySink sink;
    SessionTracker tracker(sink);
    Talk talk(tracker);
    talk.send(user("one"));
    talk.answer(10);
    talk.session().states[""]->warm = routing::WarmPrefix{*routing::ModelId::parse("a/m"), 5000, 0};
    talk.pass(std::chrono::seconds(99)); // and one for each request
    talk.send(user("one") + answered + user("two"));
    const auto& warm = talk.session().states[""]->warm;
    QVERIFY(warm);
    QCOMPARE(warm->idleSeconds, std::int64_t(100));
    QCOMPARE(warm->host.text(), std::string("a/m"));
}

QTEST_APPLESS_MAIN(TestSessionTracker)
#include "tst_session_tracker.moc"
