#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/identity.h"
#include "tests/core/gateway/padded.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <string>
#include <utility>
#include <vector>

using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

http::Head headOf(const Headers& headers) {
    http::Head head;
    for (const auto& [name, value] : headers)
        head.headers.push_back({name, value});
    return head;
}

Identity identityOf(const Headers& headers, const std::string& members = "") {
    const Padded body("{" + members + R"("messages":[{"role":"user","content":"hi"}]})");
    const auto scanned = scanChatRequest(body.view());
    return identify(headOf(headers), scanned.value());
}

Identity identityOf(Dialect dialect, const Headers& headers, const std::string& members) {
    const bool isInput = dialect == Dialect::Responses;
    const Padded body("{" + members +
                      (isInput ? R"("input":"hi"})" : R"("messages":[{"role":"user","content":"hi"}]})"));
    return identify(headOf(headers), scanRequest(dialect, body.view()).value());
}

} // namespace

Q_DECLARE_METATYPE(Headers)
Q_DECLARE_METATYPE(tierdeck::gateway::wire::Dialect)

class TestIdentity : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sessions_data();
    void sessions();
    void firstHitWins();
    void conversations();
    void codexThreads_data();
    void codexThreads();
    void parentSessions_data();
    void parentSessions();
    void errands_data();
    void errands();
    void agents_data();
    void agents();
    void projects_data();
    void projects();
    void clients_data();
    void clients();
    void namesFromOutside_data();
    void namesFromOutside();
};

void TestIdentity::sessions_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("session");
    QTest::addColumn<QByteArray>("source");
    const auto row = [](const char* name, const Headers& headers, const char* members, const char* session,
                        const char* source) {
        QTest::newRow(name) << headers << QByteArray(members) << QByteArray(session) << QByteArray(source);
    };
    row("ours", {{"x-tierdeck-session", "s1"}}, "", "s1", "X-Tierdeck-Session");
    row("Claude Code", {{"x-claude-code-session-id", "s2"}}, "", "s2", "x-claude-code-session-id");
    row("Codex", {{"session-id", "s3"}}, "", "s3", "session-id");
    row("Codex, older", {{"session_id", "s4"}}, "", "s4", "session_id");
    row("OpenCode", {{"x-opencode-session", "s5"}}, "", "s5", "x-opencode-session");
    row("user_id as JSON", {},
        R"("metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"s6\",\"parent_session_id\":\"p\"}"},)",
        "s6", "metadata.user_id");
    row("user_id with a marker", {}, R"("metadata":{"user_id":"user_ab_account_12_session_0f-9e"},)", "0f-9e",
        "metadata.user_id");
    row("user_id with the marker twice", {}, R"("metadata":{"user_id":"user_session_x_session_y"},)", "y",
        "metadata.user_id");
    row("cache key", {}, R"("prompt_cache_key":"k7",)", "k7", "prompt_cache_key");
    row("user_id of no session, then the cache key", {},
        R"("metadata":{"user_id":"someone"},"prompt_cache_key":"k8",)", "k8", "prompt_cache_key");
    row("user_id as broken JSON", {}, R"("metadata":{"user_id":"{\"session_id\":"},"prompt_cache_key":"k9",)",
        "k9", "prompt_cache_key");
    row("user_id as JSON of another kind", {},
        R"("metadata":{"user_id":"{\"session_id\":7}"},"prompt_cache_key":"k10",)", "k10",
        "prompt_cache_key");
    row("session in the metadata", {}, R"("metadata":{"session_id":"s12"},"prompt_cache_key":"k",)", "s12",
        "metadata.session_id");
    row("Grok's", {{"x-grok-conv-id", "s13"}}, "", "s13", "x-grok-conv-id");
    row("any other client's", {{"x-session-id", "s14"}, {"thread-id", "t"}}, "", "s14", "x-session-id");
    row("a cache key before another client's header", {{"x-session-id", "s15"}},
        R"("prompt_cache_key":"k15",)", "k15", "prompt_cache_key");
    row("OpenCode's sub-agent", {{"x-opencode-session", "o2"}, {"x-parent-session-id", "o1"}}, "", "o1",
        "x-parent-session-id");
    row("a parent without OpenCode's session", {{"x-parent-session-id", "o1"}},
        R"("prompt_cache_key":"k16",)", "k16", "prompt_cache_key");
    row("an empty header is none", {{"x-tierdeck-session", ""}, {"session-id", "s11"}}, "", "s11",
        "session-id");
}

void TestIdentity::sessions() {
    QFETCH(Headers, headers);
    QFETCH(QByteArray, members);
    const auto identity = identityOf(headers, members.toStdString());
    QTEST(QByteArray::fromStdString(identity.session), "session");
    QTEST(QByteArray(identity.sessionSource.data(), qsizetype(identity.sessionSource.size())), "source");
}

void TestIdentity::firstHitWins() {
    // The contract's order: with each step the highest one goes.
    Headers headers{{"x-tierdeck-session", "1"},
                    {"x-claude-code-session-id", "2"},
                    {"session-id", "3"},
                    {"session_id", "4"},
                    {"x-opencode-session", "5"}};
    const std::string user = R"("metadata":{"user_id":"u_session_6"},)";
    const std::string key = R"("prompt_cache_key":"7",)";
    for (const char* expected : {"1", "2", "3", "4", "5"}) {
        QCOMPARE(identityOf(headers, user + key).session, std::string(expected));
        headers.erase(headers.begin());
    }
    QCOMPARE(identityOf({}, user + key).session, std::string("6"));
    QCOMPARE(identityOf({}, key).session, std::string("7"));
    QCOMPARE(identityOf({}).sessionSource, std::string_view("conversation"));
}

void TestIdentity::conversations() {
    const auto of = [](const std::string& messages) {
        const Padded body(R"({"messages":[)" + messages + "]}");
        return identify({}, scanChatRequest(body.view()).value()).session;
    };
    const std::string start = R"({"role":"system","content":"s"},{"role":"user","content":"one"})";
    const auto session = of(start);
    QVERIFY(session.starts_with("c-") && session.size() == 18);
    QCOMPARE(of(start + R"(,{"role":"assistant","content":"1"},{"role":"user","content":"two"})"), session);
    QVERIFY(of(R"({"role":"system","content":"s"},{"role":"user","content":"other"})") != session);
}

void TestIdentity::codexThreads_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("session");
    QTest::addColumn<QByteArray>("agent");
    QTest::addColumn<QByteArray>("parent");
    const auto row = [](const char* name, const Headers& headers, const char* members, const char* session,
                        const char* agent, const char* parent) {
        QTest::newRow(name) << headers << QByteArray(members) << QByteArray(session) << QByteArray(agent)
                            << QByteArray(parent);
    };
    row("the one that a person talks to", {{"session-id", "r"}, {"thread-id", "r"}}, "", "r", "", "");
    row("a sub-agent",
        {{"session-id", "r"},
         {"thread-id", "t1"},
         {"x-openai-subagent", "collab_spawn"},
         {"x-codex-parent-thread-id", "r"}},
        "", "r", "collab_spawn:t1", "");
    row("a sub-agent's sub-agent",
        {{"session-id", "r"},
         {"thread-id", "t2"},
         {"x-openai-subagent", "collab_spawn"},
         {"x-codex-parent-thread-id", "t1"}},
        "", "r", "collab_spawn:t2", "t1");
    row("a sub-agent with a session of its own",
        {{"session_id", "t1"}, {"x-openai-subagent", "review"}, {"x-codex-parent-thread-id", "r"}}, "", "r",
        "review", "");
    row("a sub-agent of metadata alone",
        {{"session-id", "r"},
         {"x-codex-turn-metadata", R"({"thread_id":"t1","parent_thread_id":"r","request_kind":"collab"})"}},
        "", "r", "collab:t1", "");
    row("in the body", {},
        R"("client_metadata":{"session_id":"r","thread_id":"t1","x-openai-subagent":"review",)"
        R"("x-codex-parent-thread-id":"r"},"prompt_cache_key":"k",)",
        "r", "review:t1", "");
    row("its turn in the body", {},
        R"("client_metadata":{"session_id":"r","x-codex-turn-metadata":"{\"parent_thread_id\":\"t0\"}"},)",
        "r", "subagent", "t0");
}

void TestIdentity::codexThreads() {
    QFETCH(Headers, headers);
    QFETCH(QByteArray, members);
    const auto identity = identityOf(Dialect::Responses, headers, members.toStdString());
    QTEST(QByteArray::fromStdString(identity.session), "session");
    QTEST(QByteArray::fromStdString(identity.agent), "agent");
    QTEST(QByteArray::fromStdString(identity.parentAgent), "parent");
    QCOMPARE(identity.agentSource.empty(), identity.agent.empty());
}

void TestIdentity::parentSessions_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("session");
    QTest::addColumn<QByteArray>("parent");
    const auto row = [](const char* name, const Headers& headers, const char* members, const char* session,
                        const char* parent) {
        QTest::newRow(name) << headers << QByteArray(members) << QByteArray(session) << QByteArray(parent);
    };
    const char* user = R"("metadata":{"user_id":"{\"session_id\":\"c\",\"parent_session_id\":\"p\"}"},)";
    row("none", {{"x-session-id", "s"}}, "", "s", "");
    row("a sub-agent's", {{"x-session-affinity", "c"}, {"x-parent-session-id", "p"}}, "", "c", "p");
    row("OpenCode's in its parent's session", {{"x-opencode-session", "c"}, {"x-parent-session-id", "p"}}, "",
        "p", "");
    row("its own", {{"x-opencode-session", "s"}, {"x-parent-session-id", "s"}}, "", "s", "");
    row("in the user_id", {}, user, "c", "p");
    row("a header before the user_id", {{"x-parent-session-id", "h"}}, user, "c", "h");
    row("our own name has none", {{"x-tierdeck-session", "ours"}, {"x-parent-session-id", "p"}}, user, "ours",
        "");
    row("Codex's thread that names no session", {{"x-codex-parent-thread-id", "r"}},
        R"("prompt_cache_key":"t1",)", "t1", "r");
    row("Codex's in its parent's session",
        {{"session-id", "r"}, {"thread-id", "t1"}, {"x-codex-parent-thread-id", "r"}}, "", "r", "");
    row("Codex's nested one in the root's session",
        {{"session-id", "r"}, {"thread-id", "t2"}, {"x-codex-parent-thread-id", "t1"}}, "", "r", "");
}

void TestIdentity::parentSessions() {
    QFETCH(Headers, headers);
    QFETCH(QByteArray, members);
    const auto identity = identityOf(Dialect::Responses, headers, members.toStdString());
    QTEST(QByteArray::fromStdString(identity.session), "session");
    QTEST(QByteArray::fromStdString(identity.parentSession), "parent");
}

void TestIdentity::errands_data() {
    QTest::addColumn<Dialect>("dialect");
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<bool>("isBackground");
    const auto row = [](const char* name, Dialect dialect, const Headers& headers, const char* members,
                        bool isBackground) {
        QTest::newRow(name) << dialect << headers << QByteArray(members) << isBackground;
    };
    const Headers claude{{"x-app", "cli"}, {"x-claude-code-session-id", "s"}};
    const auto m = Dialect::Messages;
    row("Claude Code's title", m, claude, R"("model":"claude-haiku-4-5-20251001",)", true);
    row("Claude Code on a small model", m, claude, R"("model":"claude-haiku-4-5","tools":[{"name":"a"}],)",
        false);
    row("Claude Code itself", m, claude, R"("model":"claude-opus-4-6",)", false);
    row("Claude Code's look at its quota", m, claude, R"("model":"claude-opus-4-6","max_tokens":1,)", true);
    row("another client on a small model", m, {}, R"("model":"claude-haiku-4-5",)", false);
    row("Codex's memories", Dialect::Responses, {{"x-openai-subagent", "memory_consolidation"}}, "", true);
    row("Codex's review", Dialect::Responses, {{"x-openai-subagent", "review"}}, "", false);
}

void TestIdentity::errands() {
    QFETCH(Dialect, dialect);
    QFETCH(Headers, headers);
    QFETCH(QByteArray, members);
    QTEST(identityOf(dialect, headers, members.toStdString()).isBackground, "isBackground");
}

void TestIdentity::agents_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("agent");
    QTest::addColumn<QByteArray>("parent");
    const auto row = [](const char* name, const Headers& headers, const char* agent,
                        const char* parent = "") {
        QTest::newRow(name) << headers << QByteArray(agent) << QByteArray(parent);
    };
    row("main", {}, "");
    row("Claude Code's", {{"x-claude-code-agent-id", "a1"}}, "a1");
    row("Claude Code's, nested", {{"x-claude-code-agent-id", "a2"}, {"x-claude-code-parent-agent-id", "a1"}},
        "a2", "a1");
    row("OpenCode's main agent", {{"x-opencode-session", "o1"}}, "");
    row("OpenCode's", {{"x-opencode-session", "o2"}, {"x-parent-session-id", "o1"}}, "o2");
    row("a parent of another client's", {{"x-parent-session-id", "o1"}}, "");
    row("Codex's", {{"x-openai-subagent", "review"}}, "review");
    row("Codex's by its metadata",
        {{"x-codex-turn-metadata", R"({"request_kind":"collab","parent_thread_id":"t1"})"}}, "collab");
    row("Codex's without its kind", {{"x-codex-turn-metadata", R"({"parent_thread_id":"t1"})"}}, "subagent");
    row("a kind without a parent is the main one", {{"x-codex-turn-metadata", R"({"request_kind":"turn"})"}},
        "");
    row("broken metadata", {{"x-codex-turn-metadata", R"({"parent_thread_id":)"}}, "");
    row("metadata of other kinds",
        {{"x-codex-turn-metadata", R"({"parent_thread_id":7,"request_kind":[],"workspaces":3})"}}, "");
    row("metadata is no object", {{"x-codex-turn-metadata", R"(["parent_thread_id"])"}}, "");
}

void TestIdentity::agents() {
    QFETCH(Headers, headers);
    const auto identity = identityOf(headers);
    QTEST(QByteArray::fromStdString(identity.agent), "agent");
    QTEST(QByteArray::fromStdString(identity.parentAgent), "parent");
    QCOMPARE(identity.isSubagent(), !identity.agent.empty());
}

void TestIdentity::projects_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("project");
    const auto row = [](const char* name, const Headers& headers, const char* project) {
        QTest::newRow(name) << headers << QByteArray(project);
    };
    const std::string metadata = R"({"workspaces":{"/home/dev/shop":{"has_changes":true}}})";
    row("none", {}, "");
    row("ours", {{"x-tierdeck-project", "shop"}}, "shop");
    row("ours wins",
        {{"x-tierdeck-project", "mine"}, {"x-codex-turn-metadata", metadata}, {"x-opencode-project", "x"}},
        "mine");
    row("Codex's workspace", {{"x-codex-turn-metadata", metadata}, {"x-opencode-project", "x"}}, "shop");
    row("no workspaces", {{"x-codex-turn-metadata", R"({"workspaces":{}})"}, {"x-opencode-project", "x"}},
        "x");
    row("OpenCode's", {{"x-opencode-project", "/srv/router"}}, "router");
    row("a folder with its slash", {{"x-opencode-project", "/srv/router//"}}, "router");
    row("a Windows folder", {{"x-codex-turn-metadata", R"({"workspaces":{"C:\\work\\billing\\":{}}})"}},
        "billing");
}

void TestIdentity::projects() {
    QFETCH(Headers, headers);
    const auto identity = identityOf(headers);
    QTEST(QByteArray::fromStdString(identity.project), "project");
    QCOMPARE(identity.projectSource.empty(), identity.project.empty());
}

void TestIdentity::clients_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<QByteArray>("client");
    const auto row = [](const char* name, const Headers& headers, const char* client) {
        QTest::newRow(name) << headers << QByteArray(client);
    };
    row("none", {}, "");
    row("ours", {{"x-tierdeck-client", "opencode"}, {"user-agent", "ai-sdk/5"}}, "opencode");
    row("Codex by originator", {{"originator", "codex_cli_rs"}, {"user-agent", "x/1"}}, "codex");
    row("Codex in an editor", {{"originator", "codex_vscode"}}, "codex");
    row("another originator", {{"originator", "my-tool"}, {"user-agent", "codex_cli_rs/1"}}, "my-tool");
    row("Claude Code by x-app", {{"x-app", "cli"}, {"user-agent", "node"}}, "claude-code");
    row("Claude Code in the background", {{"x-app", "cli-bg"}}, "claude-code");
    row("another x-app", {{"x-app", "notes"}, {"user-agent", "node"}}, "notes");
    row("Claude Code by agent", {{"user-agent", "claude-cli/2.1.0 (external, cli)"}}, "claude-code");
    row("Claude Code by session", {{"x-claude-code-session-id", "s"}, {"user-agent", "node"}}, "claude-code");
    row("Codex by agent", {{"user-agent", "codex_cli_rs/0.50 (Debian 12)"}}, "codex");
    row("openai for Python", {{"user-agent", "OpenAI/Python 1.99"}}, "openai-python");
    row("openai for JavaScript", {{"user-agent", "OpenAI/JS 6.1.0"}}, "openai-js");
    row("openai in a bundle", {{"user-agent", "ls/JS 5.23.2"}, {"x-stainless-lang", "js"}}, "openai-js");
    row("anthropic in a bundle",
        {{"user-agent", "a/JS 1.12.0"}, {"x-stainless-lang", "js"}, {"anthropic-version", "2023-06-01"}},
        "anthropic-js");
    row("who names itself like that", {{"user-agent", "ls/JS 5.23.2"}}, "ls");
    row("the AI SDK", {{"user-agent", "ai/6.0.326 ai-sdk/openai/3.0.141 runtime/node.js/20"}}, "ai-sdk");
    row("not the AI SDK", {{"user-agent", "aider/0.9"}}, "aider");
    row("anthropic for Python", {{"user-agent", "Anthropic/Python 0.70"}}, "anthropic-python");
    row("OpenCode by session", {{"x-opencode-session", "s"}, {"user-agent", "ai-sdk/5"}}, "opencode");
    row("any other", {{"user-agent", "curl/8.1"}}, "curl");
    row("OpenCode", {{"user-agent", "opencode/1.0.1 ai-sdk"}}, "opencode");
    row("an agent without a version", {{"user-agent", "Mozilla (X11)"}}, "Mozilla");
}

void TestIdentity::clients() {
    QFETCH(Headers, headers);
    const auto identity = identityOf(headers);
    QTEST(QByteArray::fromStdString(identity.client), "client");
    QCOMPARE(identity.clientSource.empty(), identity.client.empty());
}

void TestIdentity::namesFromOutside_data() {
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const QByteArray& given, const QByteArray& expected) {
        QTest::newRow(name) << given << expected;
    };
    row("plain", "s-1", "s-1");
    row("unicode", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
    row("line break", "a\r\nX-Injected: 1", "a  X-Injected: 1");
    row("control characters", "a\x1b[31m\x7f.", "a [31m .");
    row("only control characters", "\n\t", "");
    row("not UTF-8", "a\xff.\xc3", "a\xef\xbf\xbd.\xef\xbf\xbd");
    row("half a surrogate pair", "\xed\xa0\xbd.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.");
    row("overlong", "\xc0\xaf.", "\xef\xbf\xbd\xef\xbf\xbd.");
    row("too long", QByteArray(500, 'a'), QByteArray(200, 'a'));
    row("too long, cut inside a character", QByteArray(199, 'a') + "\xc3\xbc" + QByteArray(9, 'b'),
        QByteArray(199, 'a'));
    row("too long, cut behind a character", QByteArray(198, 'a') + "\xc3\xbc" + QByteArray(9, 'b'),
        QByteArray(198, 'a') + "\xc3\xbc");
}

void TestIdentity::namesFromOutside() {
    QFETCH(QByteArray, given);
    QFETCH(QByteArray, expected);
    const auto value = given.toStdString();
    const auto identity = identityOf({{"x-tierdeck-session", value},
                                      {"x-tierdeck-project", value},
                                      {"x-tierdeck-client", value},
                                      {"x-claude-code-agent-id", value}});
    if (expected.isEmpty()) {
        QCOMPARE(identity.sessionSource, std::string_view("conversation"));
    } else {
        QCOMPARE(identity.session, expected.toStdString());
        QCOMPARE(identity.client, expected.toStdString());
    }
    QCOMPARE(identity.project, expected.toStdString());
    QCOMPARE(identity.agent, expected.toStdString());
}

QTEST_APPLESS_MAIN(TestIdentity)
#include "tst_identity.moc"
