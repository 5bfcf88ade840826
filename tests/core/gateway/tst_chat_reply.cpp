#include "core/gateway/wire/chat_reply.h"
#include "tests/core/gateway/padded.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;

namespace {

/// What is known of a reply, as one line that leaves out what was not there.
std::string told(const ReplyFacts& facts) {
    std::string text;
    const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    if (!facts.id.empty())
        add("id=" + facts.id);
    if (!facts.model.empty())
        add("model=" + facts.model);
    if (facts.usage) {
        const auto& usage = *facts.usage;
        add("usage=" + std::to_string(usage.input) + "/" + std::to_string(usage.cachedInput) + "/" +
            std::to_string(usage.cacheWrite5m) + "/" + std::to_string(usage.output) + "/" +
            std::to_string(usage.reasoning));
    }
    if (!facts.finishReason.empty())
        add("finish=" + facts.finishReason);
    if (!facts.errorCode.empty())
        add("error=" + facts.errorCode);
    if (facts.hasContent)
        add("content=" + std::to_string(facts.outputBytes));
    return text;
}

struct Relayed {
    std::string out;
    std::string facts;
    bool isDone = false;
    bool isBroken = false;
    bool operator==(const Relayed&) const = default;
};

Relayed relay(const std::vector<std::string_view>& pieces, bool wantsUsage = false) {
    ChatStream stream(wantsUsage);
    Relayed relayed;
    for (const auto piece : pieces)
        stream.feed(piece, relayed.out);
    relayed.facts = told(stream.facts());
    relayed.isDone = stream.isDone();
    relayed.isBroken = stream.isBroken();
    return relayed;
}

QByteArray bytes(const std::string& text) {
    return {text.data(), static_cast<qsizetype>(text.size())};
}

std::string chunk(const std::string& delta, const std::string& more = "") {
    return R"(data: {"id":"c1","object":"chat.completion.chunk","model":"m-1","choices":[{"index":0,"delta":)" +
           delta + R"(,"finish_reason":null}])" + more + "}\n\n";
}

const std::string finish =
    R"(data: {"id":"c1","model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
const std::string usageChunk =
    R"(data: {"id":"c1","model":"m-1","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,)"
    R"("total_tokens":120,"prompt_tokens_details":{"cached_tokens":64},)"
    R"("completion_tokens_details":{"reasoning_tokens":7}}})"
    "\n\n";
const std::string done = "data: [DONE]\n\n";

} // namespace

class TestChatReply : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsReplies_data();
    void readsReplies();
    void refuses_data();
    void refuses();
    void streams_data();
    void streams();
    void everySplit();
    void stripsUsage_data();
    void stripsUsage();
    void breaks_data();
    void breaks();
    void classifies_data();
    void classifies();
    void errorsOfOurOwn();
    void repliesOfOurOwn();
};

void TestChatReply::readsReplies_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& body, const char* expected) {
        QTest::newRow(name) << bytes(body) << QByteArray(expected);
    };
    row("plain",
        R"({"id":"x","object":"chat.completion","model":"gpt-5.1-2025-11-13","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}})",
        "id=x model=gpt-5.1-2025-11-13 usage=10/0/0/3/0 finish=stop content=5");
    row("cached and reasoning",
        R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":100,"completion_tokens":50,)"
        R"("prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":40}}})",
        "usage=40/60/0/50/40 content=1");
    row("cached as DeepSeek says it",
        R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_cache_hit_tokens":60,)"
        R"("prompt_cache_miss_tokens":40,"prompt_tokens":100,"completion_tokens":1}})",
        "usage=40/60/0/1/0 content=1");
    row("cache writes",
        R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":100,)"
        R"("completion_tokens":1,"prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":30}}})",
        "usage=60/10/30/1/0 content=1");
    row("more cached than there were",
        R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":5,"completion_tokens":1,)"
        R"("prompt_tokens_details":{"cached_tokens":9}}})",
        "usage=0/9/0/1/0 content=1");
    row("negative counts",
        R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":-5,)"
        R"("completion_tokens":-1}})",
        "usage=0/0/0/0/0 content=1");
    row("usage null", R"({"choices":[{"message":{"content":"x"}}],"usage":null})", "content=1");
    row("usage is rubbish", R"({"choices":[{"message":{"content":"x"}}],"usage":"many"})", "content=1");
    row("no usage", R"({"choices":[{"message":{"content":"x"}}]})", "content=1");
    row("tool call",
        R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":1}"}},{}]},)"
        R"("finish_reason":"tool_calls"}]})",
        "finish=tool_calls content=8");
    row("no tool calls", R"({"choices":[{"message":{"content":null,"tool_calls":[]}}]})", "");
    row("function call", R"({"choices":[{"message":{"function_call":{"name":"f"}}}]})", "content=1");
    row("reasoning", R"({"choices":[{"message":{"reasoning_content":"hm","content":"x"}}]})", "content=3");
    row("refusal", R"({"choices":[{"message":{"refusal":"no","content":null}}]})", "content=2");
    row("empty", R"({"choices":[{"message":{"content":""},"finish_reason":"length"}]})", "finish=length");
    row("several", R"({"choices":[{"message":{"content":"ab"}},{"message":{"content":"cd"}}]})", "content=4");
    row("half of a pair", R"({"choices":[{"message":{"content":"ab\ud83d"}}]})", "content=8");
    row("no choices", R"({"choices":[]})", "");
    row("white space", " { \"choices\" : [ ] , \"id\" : \"x\" } \n", "id=x");
    row("error", R"({"error":{"message":"m","type":"server_error","code":"overloaded"}})",
        "error=overloaded");
    row("error with a number", R"({"error":{"message":"m","code":502}})", "error=502");
    row("error with a type", R"({"error":{"message":"m","type":"server_error","code":null}})",
        "error=server_error");
    row("error as text", R"({"error":"went wrong"})", "error=error");
    row("error null", R"({"error":null,"choices":[{"message":{"content":"x"}}]})", "content=1");
}

void TestChatReply::readsReplies() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const Padded padded(body.toStdString());
    const auto facts = readChatReply(padded.view());
    QVERIFY(facts);
    QCOMPARE(told(*facts), expected.toStdString());
}

void TestChatReply::refuses_data() {
    QTest::addColumn<QByteArray>("body");
    for (const char* body :
         {"", " ", "null", "[]", "{}", "\"choices\"", "<html>no</html>", R"({"choices":null})",
          R"({"choices":{}})", R"({"choices":[)", R"({"choices":[{"message":{"content":"x"}}])",
          R"({"choices":[]}})", R"({"choices":[]} {})", R"({"id":"x","model":"m"})",
          R"({"choices":[{"message":{"content":"x})", "{\"choices\":[],\"x\":\"\xff\"}"})
        QTest::newRow(body) << QByteArray(body);
}

void TestChatReply::refuses() {
    QFETCH(QByteArray, body);
    const Padded padded(body.toStdString());
    QVERIFY(!readChatReply(padded.view()));
}

void TestChatReply::streams_data() {
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<bool>("wantsUsage");
    QTest::addColumn<QByteArray>("out");
    QTest::addColumn<QByteArray>("facts");
    QTest::addColumn<bool>("isDone");
    const auto row = [](const char* name, const std::string& in, bool wants, const std::string& out,
                        const char* facts, bool isDone) {
        QTest::newRow(name) << bytes(in) << wants << bytes(out) << QByteArray(facts) << isDone;
    };
    const std::string role = chunk(R"({"role":"assistant","content":""})");
    const std::string text = chunk(R"({"content":"Hello"})");
    const std::string all = role + text + finish;
    row("usage is kept", all + usageChunk + done, true, all + usageChunk,
        "id=c1 model=m-1 usage=36/64/0/20/7 finish=stop content=5", true);
    row("usage is hidden", all + usageChunk + done, false, all,
        "id=c1 model=m-1 usage=36/64/0/20/7 finish=stop content=5", true);
    row("no usage", all + done, false, all, "id=c1 model=m-1 finish=stop content=5", true);
    row("no end", all, false, all, "id=c1 model=m-1 finish=stop content=5", false);
    row("nothing after the end", all + done + text, false, all, "id=c1 model=m-1 finish=stop content=5",
        true);
    row("comments pass", ": thinking\n\n" + text + ": still\n\n" + done, false,
        ": thinking\n\n" + text + ": still\n\n", "id=c1 model=m-1 content=5", true);
    row("only comments", ": thinking\n\n: still\n\n", false, ": thinking\n\n: still\n\n", "", false);
    row("an event that has not ended", text + "data: {\"choi", false, text, "id=c1 model=m-1 content=5",
        false);
    row("tool call", chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]})") + done, false,
        chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]})"), "id=c1 model=m-1 content=2",
        true);
    row("unknown fields pass", chunk(R"({"content":"x","new":[1]})", R"(,"extra":{"usage":null})") + done,
        false, chunk(R"({"content":"x","new":[1]})", R"(,"extra":{"usage":null})"),
        "id=c1 model=m-1 content=1", true);
    row("error inside", text + "data: {\"error\":{\"message\":\"m\",\"code\":\"overloaded\"}}\n\n", false,
        text + "data: {\"error\":{\"message\":\"m\",\"code\":\"overloaded\"}}\n\n",
        "id=c1 model=m-1 error=overloaded content=5", false);
    row("error at once", "event: error\ndata: {\"error\":{\"type\":\"server_error\"}}\n\n", false,
        "event: error\ndata: {\"error\":{\"type\":\"server_error\"}}\n\n", "error=server_error", false);
    row("carriage returns", "data: {\"id\":\"c1\",\"choices\":[]}\r\n\r\ndata: [DONE]\r\n\r\n", false,
        "data: {\"id\":\"c1\",\"choices\":[]}\r\n\r\n", "id=c1", true);
    row("the first id and model count",
        "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[]}\n\n"
        "data: {\"id\":\"b\",\"model\":\"n\",\"choices\":[]}\n\n",
        false,
        "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[]}\n\ndata: "
        "{\"id\":\"b\",\"model\":\"n\",\"choices\":[]}\n\n",
        "id=a model=m", false);
    row("the last usage counts",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n"
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":9}}\n\n"
        "data: {\"choices\":[],\"usage\":null}\n\n",
        true,
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n"
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":9}}\n\n"
        "data: {\"choices\":[],\"usage\":null}\n\n",
        "usage=5/0/0/9/0", false);
}

void TestChatReply::streams() {
    QFETCH(QByteArray, in);
    QFETCH(bool, wantsUsage);
    QFETCH(QByteArray, out);
    QFETCH(QByteArray, facts);
    QFETCH(bool, isDone);
    const auto relayed = relay({in.toStdString()}, wantsUsage);
    QVERIFY(!relayed.isBroken);
    QCOMPARE(relayed.out, out.toStdString());
    QCOMPARE(relayed.facts, facts.toStdString());
    QCOMPARE(relayed.isDone, isDone);
}

void TestChatReply::everySplit() {
    const std::string all = ": ping\n\n" +
                            chunk(R"({"role":"assistant","content":"\u00e9\n"})", ",\"usage\":null") +
                            chunk(R"({"content":"Hello"})") + finish + usageChunk + done;
    for (const bool wantsUsage : {false, true}) {
        const std::string_view view(all);
        const auto expected = relay({view}, wantsUsage);
        QVERIFY(expected.isDone);
        QCOMPARE(expected.out.find("usage") != std::string::npos, wantsUsage);
        for (std::size_t a = 0; a <= all.size(); ++a) {
            for (std::size_t b = a; b <= all.size(); b += 17) {
                const auto relayed =
                    relay({view.substr(0, a), view.substr(a, b - a), view.substr(b)}, wantsUsage);
                if (!(relayed == expected))
                    QFAIL(qPrintable(QStringLiteral("split at %1 and %2").arg(a).arg(b)));
            }
        }
    }
}

void TestChatReply::stripsUsage_data() {
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<QByteArray>("out");
    const auto row = [](const char* name, const std::string& in, const std::string& out) {
        QTest::newRow(name) << bytes(in) << bytes(out);
    };
    const std::string choices = R"("choices":[{"delta":{"content":"x"}}])";
    const std::string usage = R"({"prompt_tokens":1,"completion_tokens":2,"d":{"e":["}",null]}})";
    const auto event = [](const std::string& json) { return "data: " + json + "\n\n"; };
    row("null, last", event("{" + choices + ",\"usage\":null}"), event("{" + choices + "}"));
    row("null, first", event("{\"usage\":null," + choices + "}"), event("{" + choices + "}"));
    row("null, in the middle", event("{\"id\":\"a\",\"usage\":null," + choices + "}"),
        event("{\"id\":\"a\"," + choices + "}"));
    row("null with spaces", event("{ \"id\": \"a\" , \"usage\" : null , " + choices + " }"),
        event("{ \"id\": \"a\"  , " + choices + " }"));
    row("null, first, with spaces", event("{ \"usage\" : null , " + choices + " }"),
        event("{  " + choices + " }"));
    row("beside content, last", event("{" + choices + ",\"usage\":" + usage + "}"),
        event("{" + choices + "}"));
    row("beside content, first", event("{\"usage\":" + usage + "," + choices + "}"),
        event("{" + choices + "}"));
    row("beside content, in the middle", event("{\"id\":\"a\",\"usage\":" + usage + " ," + choices + "}"),
        event("{\"id\":\"a\" ," + choices + "}"));
    row("another kind", event("{" + choices + ",\"usage\":\"none\"}"), event("{" + choices + "}"));
    row("escaped key", event("{" + choices + ",\"us\\u0061ge\":null}"), event("{" + choices + "}"));
    row("in depth it stays", event("{" + choices + ",\"x\":{\"usage\":null}}"),
        event("{" + choices + ",\"x\":{\"usage\":null}}"));
    row("as text it stays", event(R"({"choices":[{"delta":{"content":",\"usage\":null"}}]})"),
        event(R"({"choices":[{"delta":{"content":",\"usage\":null"}}]})"));
    row("only usage", event("{\"choices\":[],\"usage\":" + usage + "}"), "");
    row("only usage, without choices", event("{\"usage\":" + usage + "}"), "");
    row("other fields of the event", "id: 7\r\ndata:{" + choices + ",\"usage\":null}\r\nretry: 1\r\n\r\n",
        "id: 7\r\ndata:{" + choices + "}\r\nretry: 1\r\n\r\n");
    row("over several lines", "data: {\ndata: " + choices + ",\ndata: \"usage\": null\ndata: }\n\n",
        "data: { " + choices + " }\n\n");
}

void TestChatReply::stripsUsage() {
    QFETCH(QByteArray, in);
    QFETCH(QByteArray, out);
    const auto relayed = relay({in.toStdString()});
    QVERIFY(!relayed.isBroken);
    QCOMPARE(relayed.out, out.toStdString());
    QCOMPARE(relay({in.toStdString()}, true).out, in.toStdString());
}

void TestChatReply::breaks_data() {
    QTest::addColumn<QByteArray>("event");
    for (const char* event :
         {"data: this is not JSON\n\n", "data: <html>\n\n", "data: {\"choices\":[\n\n", "data: {}\n\n",
          "data: []\n\n", "data: {\"choices\":null}\n\n", "data: {\"choices\":[]}}\n\n", "data: \"x\"\n\n",
          "data\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"x}}]}\n\n",
          "event: done\ndata: finished\n\n",
          "data: {\"choices\":[{\"delta\":{\"content\" \"x\"},\"finish_reason\":null}]}\n\n",
          "data: {\"choices\":[{\"delta\":{\"content\":\"x\"]},\"finish_reason\":null}]}\n\n"})
        QTest::newRow(event) << QByteArray(event);
}

void TestChatReply::breaks() {
    QFETCH(QByteArray, event);
    const std::string before = chunk(R"({"content":"Hello"})");
    const auto relayed = relay({before + event.toStdString() + before + done});
    QVERIFY(relayed.isBroken);
    QVERIFY(!relayed.isDone);
    QCOMPARE(relayed.out, before); // nothing of what cannot be trusted
    QCOMPARE(relayed.facts, "id=c1 model=m-1 content=5");
}

void TestChatReply::classifies_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("expected");
    const auto row = [](const char* body, ErrorKind kind) {
        QTest::newRow(body) << QByteArray(body) << static_cast<int>(kind);
    };
    row(R"({"error":{"code":"context_length_exceeded"}})", ErrorKind::ContextWindow);
    row(R"({"error":{"message":"This model's maximum context length is 8192 tokens."}})",
        ErrorKind::ContextWindow);
    row(R"({"error":{"message":"Prompt is too long: 210000 tokens > 200000 maximum"}})",
        ErrorKind::ContextWindow);
    row(R"({"error":{"code":"content_policy_violation"}})", ErrorKind::ContentPolicy);
    row(R"({"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
        ErrorKind::ContentPolicy);
    row(R"({"error":{"message":"Unknown parameter: foo"}})", ErrorKind::Other);
    row("", ErrorKind::Other);
}

void TestChatReply::classifies() {
    QFETCH(QByteArray, body);
    QFETCH(int, expected);
    QCOMPARE(static_cast<int>(classifyError(body.toStdString())), expected);
}

void TestChatReply::errorsOfOurOwn() {
    const auto json = nlohmann::json::parse(chatError("It \"failed\"\n\xff", "server_error", "nothing_left"));
    QCOMPARE(json["error"]["type"], "server_error");
    QCOMPARE(json["error"]["code"], "nothing_left");
    QVERIFY(json["error"]["param"].is_null());
    QCOMPARE(json["error"]["message"], "It \"failed\"\n\xef\xbf\xbd");
    const auto event = chatErrorEvent("m", "t", "c");
    QCOMPARE(event, "data: " + chatError("m", "t", "c") + "\n\n");
    // It passes our own reader, as it must pass those of clients.
    QCOMPARE(relay({event}).facts, "error=c");
}

void TestChatReply::repliesOfOurOwn() {
    const OwnReply reply{"chatcmpl-tierdeck-7", "tierdeck", 1'795'262'400, "Tier deep\n\xc3\xa9 \"x\""};
    const Padded whole(chatCompletion(reply));
    const auto facts = readChatReply(whole.view());
    QVERIFY(facts);
    QCOMPARE(told(*facts), "id=chatcmpl-tierdeck-7 model=tierdeck usage=0/0/0/0/0 finish=stop content=16");
    const auto json = nlohmann::json::parse(whole.view());
    QCOMPARE(json["object"], "chat.completion");
    QCOMPARE(json["created"], 1'795'262'400);
    QCOMPARE(json["choices"][0]["message"]["content"], std::string(reply.text));
    QCOMPARE(json["choices"].size(), std::size_t(1));

    for (const bool withUsage : {false, true}) {
        const auto stream = chatCompletionStream(reply, withUsage);
        QCOMPARE(stream.find("usage") != std::string::npos, withUsage);
        const auto relayed = relay({stream + std::string(chatTail)}, true);
        QVERIFY(relayed.isDone && !relayed.isBroken);
        QCOMPARE(relayed.out, stream);
        QCOMPARE(relayed.facts, std::string("id=chatcmpl-tierdeck-7 model=tierdeck ") +
                                    (withUsage ? "usage=0/0/0/0/0 " : "") + "finish=stop content=16");
    }
}

QTEST_APPLESS_MAIN(TestChatReply)
#include "tst_chat_reply.moc"
