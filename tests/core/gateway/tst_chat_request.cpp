#include "core/foundation/atomic_file.h"
#include "core/gateway/wire/chat_request.h"
#include "tests/core/gateway/padded.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <random>
#include <string>

using namespace tierdeck;
using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;

namespace {

/// What a scan found, as one line that leaves out what was not there.
std::string told(const ScannedRequest& scanned) {
    std::string text;
    const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    if (!scanned.model.empty())
        add("model=" + scanned.model);
    else if (scanned.modelValue)
        add("model:null");
    if (scanned.stream)
        add("stream");
    if (scanned.includeUsage)
        add("usage");
    if (scanned.hasTemperature)
        add("temperature");
    if (scanned.hasReasoning)
        add("reasoning");
    if (scanned.hasImages)
        add("images");
    if (scanned.tools != 0)
        add("tools=" + std::to_string(scanned.tools));
    add("messages=" + std::to_string(scanned.messages));
    if (scanned.userPosition >= 0)
        add("user@" + std::to_string(scanned.userPosition) + "='" + scanned.userText + "'");
    if (scanned.command) {
        using Kind = routing::UserCommand::Kind;
        const std::string kind = scanned.command->kind == Kind::Tier    ? "/tier"
                                 : scanned.command->kind == Kind::Model ? "/model"
                                                                        : "/status";
        add(kind + "(" + scanned.command->argument + ")");
    }
    if (scanned.commandAlone)
        add("alone");
    if (!scanned.taskType.empty())
        add("task=" + scanned.taskType);
    if (!scanned.metadataUserId.empty())
        add("user_id=" + scanned.metadataUserId);
    if (!scanned.promptCacheKey.empty())
        add("cache_key=" + scanned.promptCacheKey);
    return text;
}

std::string joined(std::string_view body, const std::vector<Splice>& splices) {
    const auto result = spliced(body, splices);
    std::string text;
    for (const auto piece : result.pieces) {
        if (piece.empty())
            return "an empty piece";
        text += piece;
    }
    return result.size == text.size() ? text : "a wrong size";
}

QByteArray bytes(const std::string& text) {
    return {text.data(), static_cast<qsizetype>(text.size())};
}

ScannedRequest scan(const std::string& body) {
    const Padded padded(body);
    auto scanned = scanChatRequest(padded.view());
    return scanned ? std::move(*scanned) : ScannedRequest();
}

const std::string oneMessage = R"("messages":[{"role":"user","content":"hi"}])";

} // namespace

class TestChatRequest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scans_data();
    void scans();
    void refuses_data();
    void refuses();
    void refusesEveryPrefix();
    void splices_data();
    void splices();
    void splicesOnlyWhatItMust();
    void hashesOfConversations();
    void hashesOfUserMessages();
    void estimatesTokens();
    void hugeBodies();
    void randomBodies();
};

void TestChatRequest::scans_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& body, const char* expected) {
        QTest::newRow(name) << bytes(body) << QByteArray(expected);
    };
    const auto user = [](const std::string& content) {
        return R"({"model":"auto","messages":[{"role":"user","content":)" + content + "}]}";
    };
    row("least", "{" + oneMessage + "}", "messages=1 user@0='hi'");
    row("white space", " \r\n\t{ \"messages\" : [ { \"role\" : \"user\" , \"content\" : \"hi\" } ] } \n",
        "messages=1 user@0='hi'");
    row("model", R"({"model":"gpt-5.1",)" + oneMessage + "}", "model=gpt-5.1 messages=1 user@0='hi'");
    row("model with escapes", R"({"model":"a\/b\u002dc",)" + oneMessage + "}",
        "model=a/b-c messages=1 user@0='hi'");
    row("escaped key", R"({"mod\u0065l":"x",)" + oneMessage + "}", "model=x messages=1 user@0='hi'");
    row("model is null", R"({"model":null,)" + oneMessage + "}", "model:null messages=1 user@0='hi'");
    row("model after the messages", "{" + oneMessage + R"(,"model":"x"})", "model=x messages=1 user@0='hi'");
    row("model elsewhere", R"({"metadata":{"model":"y"},)" + oneMessage + "}", "messages=1 user@0='hi'");
    row("stream", R"({"stream":true,)" + oneMessage + "}", "stream messages=1 user@0='hi'");
    row("no stream", R"({"stream":false,"stream_options":{"include_usage":true},)" + oneMessage + "}",
        "usage messages=1 user@0='hi'");
    row("usage", R"({"stream":true,"stream_options":{"x":1,"include_usage":true},)" + oneMessage + "}",
        "stream usage messages=1 user@0='hi'");
    row("no usage", R"({"stream":true,"stream_options":{"include_usage":false},)" + oneMessage + "}",
        "stream messages=1 user@0='hi'");
    row("stream options null", R"({"stream":true,"stream_options":null,)" + oneMessage + "}",
        "stream messages=1 user@0='hi'");
    row("temperature", R"({"temperature":0,)" + oneMessage + "}", "temperature messages=1 user@0='hi'");
    row("temperature null", R"({"temperature":null,)" + oneMessage + "}", "messages=1 user@0='hi'");
    row("reasoning effort", R"({"reasoning_effort":"low",)" + oneMessage + "}",
        "reasoning messages=1 user@0='hi'");
    row("reasoning and thinking null", R"({"reasoning_effort":"low","thinking":null,)" + oneMessage + "}",
        "reasoning messages=1 user@0='hi'");
    row("thinking", R"({"thinking":{"type":"enabled"},)" + oneMessage + "}",
        "reasoning messages=1 user@0='hi'");
    row("tools",
        R"({"tools":[{"type":"function"},{"type":"function","function":{"parameters":{"a":[]}}}],)" +
            oneMessage + "}",
        "tools=2 messages=1 user@0='hi'");
    row("no tools", R"({"tools":[],)" + oneMessage + "}", "messages=1 user@0='hi'");
    row("tools null", R"({"tools":null,)" + oneMessage + "}", "messages=1 user@0='hi'");
    row("metadata",
        R"({"metadata":{"a":[1,{"task_type":"no"}],"task_type":"bulk","user_id":"u_session_1"},)" +
            oneMessage + "}",
        "messages=1 user@0='hi' task=bulk user_id=u_session_1");
    row("metadata of other kinds", R"({"metadata":{"task_type":7,"user_id":null},)" + oneMessage + "}",
        "messages=1 user@0='hi'");
    row("metadata null", R"({"metadata":null,)" + oneMessage + "}", "messages=1 user@0='hi'");
    row("cache key", R"({"prompt_cache_key":"k-1",)" + oneMessage + "}",
        "messages=1 user@0='hi' cache_key=k-1");

    row("content before role", R"({"messages":[{"content":"hi","name":"n","role":"user"}]})",
        "messages=1 user@0='hi'");
    row("escapes", user(R"("a\"b\\c\/\n\t\u00e9\ud83d\ude00")"),
        "model=auto messages=1 user@0='a\"b\\c/\n\t\xc3\xa9\xf0\x9f\x98\x80'");
    row("half of a pair", user(R"("cut \ud83d off")"), "model=auto messages=1 user@0='cut \xef\xbf\xbd off'");
    row("the other half", user(R"("\ude00 and \ud83d\n")"),
        "model=auto messages=1 user@0='\xef\xbf\xbd and \xef\xbf\xbd'");
    row("unicode", user("\"gr\xc3\xbc\xc3\x9f dich\""),
        "model=auto messages=1 user@0='gr\xc3\xbc\xc3\x9f dich'");
    row("empty content", user(R"("")"), "model=auto messages=1 user@0=''");
    row("content null", user("null"), "model=auto messages=1 user@0=''");
    row("parts", user(R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])"),
        "model=auto messages=1 user@0='one\ntwo'");
    row("part with its type last", user(R"([{"text":"one","type":"text"}])"),
        "model=auto messages=1 user@0='one'");
    row("image",
        user(R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
             R"({"type":"text","text":"what is it?"}])"),
        "model=auto images messages=1 user@0='what is it?'");
    row("only an image", user(R"([{"type":"image_url","image_url":{"url":"data:,"}}])"),
        "model=auto images messages=1 user@0=''");
    row("parts of unknown kinds",
        user(R"([{"type":"input_audio","input_audio":{}},7,"x",null,{"text":"no"},)"
             R"({"type":"text","text":"yes"}])"),
        "model=auto messages=1 user@0='yes'");
    row("empty parts", user("[]"), "model=auto messages=1 user@0=''");

    row("conversation",
        R"({"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"one"},)"
        R"({"role":"assistant","content":"1"},{"role":"user","content":"two"}]})",
        "messages=4 user@3='two'");
    row("tool loop",
        R"({"messages":[{"role":"user","content":"do it"},{"role":"assistant","content":null,"tool_calls":[{}]},)"
        R"({"role":"tool","tool_call_id":"1","content":"done"}]})",
        "messages=3 user@0='do it'");
    row("no user", R"({"messages":[{"role":"system","content":"x"}]})", "messages=1");
    row("image in a tool's answer is no user's",
        R"({"messages":[{"role":"user","content":"x"},{"role":"tool","content":[{"type":"image_url"}]}]})",
        "messages=2 user@0='x'");

    row("wrapper", user(R"("<system-reminder>be quick</system-reminder>\n\nreal words")"),
        "model=auto messages=1 user@0='real words'");
    row("wrapper part",
        user(R"([{"type":"text","text":"<environment_context>\n/tier deep\n</environment_context>"},)"
             R"({"type":"text","text":"real words"}])"),
        "model=auto messages=1 user@0='real words'");
    row("a picture that a tool gave, put in a user message",
        R"({"messages":[{"role":"user","content":"x"},{"role":"tool","content":"Read."},{"role":"user","content":)"
        R"([{"type":"text","text":"Attached media from tool result:"},{"type":"image_url"}]}]})",
        "images messages=3 user@0='x'");
    row("a picture that a person sent with such words",
        R"({"messages":[{"role":"user","content":"x"},{"role":"user","content":)"
        R"([{"type":"text","text":"Attached media from tool result: is it?"},{"type":"image_url"}]}]})",
        "images messages=2 user@1='Attached media from tool result: is it?'");
    row("message of wrappers only is no one's words",
        R"({"messages":[{"role":"user","content":"real words"},)"
        R"({"role":"user","content":"<system-reminder>be quick</system-reminder>"}]})",
        "messages=2 user@0='real words'");
    row("wrapper message first",
        R"({"messages":[{"role":"user","content":"<environment_context>x</environment_context>"},)"
        R"({"role":"user","content":"real words"}]})",
        "messages=2 user@1='real words'");

    row("command", user(R"("/tier deep prove it")"), "model=auto messages=1 user@0='prove it' /tier(deep)");
    row("command with @", user(R"("@model openai\/gpt-5.2 go on")"),
        "model=auto messages=1 user@0='go on' /model(openai/gpt-5.2)");
    row("command alone", user(R"(" \/tier deep \n")"), "model=auto messages=1 user@0='' /tier(deep) alone");
    row("status", user(R"("/status")"), "model=auto messages=1 user@0='' /status() alone");
    row("status of something", user(R"("/status of my order")"),
        "model=auto messages=1 user@0='/status of my order'");
    row("a word that begins alike", user(R"("/tiered cake")"), "model=auto messages=1 user@0='/tiered cake'");
    row("command later in the text", user(R"("please /tier deep")"),
        "model=auto messages=1 user@0='please /tier deep'");
    row("command behind a wrapper", user(R"("<system-reminder>x</system-reminder>\n/tier deep prove it")"),
        "model=auto messages=1 user@0='prove it' /tier(deep)");
    row("command inside a wrapper", user(R"("<system-reminder>/tier deep</system-reminder>\nwords")"),
        "model=auto messages=1 user@0='words'");
    row("command over two lines", user(R"("/tier deep\r\nprove it")"),
        "model=auto messages=1 user@0='prove it' /tier(deep)");
    row("command in the first part",
        user(R"([{"type":"text","text":"/tier deep"},{"type":"text","text":"go"}])"),
        "model=auto messages=1 user@0='go' /tier(deep)");
    row("command in the second part is none",
        user(R"([{"type":"text","text":"go"},{"type":"text","text":"/tier deep"}])"),
        "model=auto messages=1 user@0='go\n/tier deep'");
    row("command beside an image",
        user(R"([{"type":"text","text":"/tier deep"},{"type":"image_url","image_url":{"url":"data:,"}}])"),
        "model=auto images messages=1 user@0='' /tier(deep)");
    row("command alone in parts with a wrapper",
        user(
            R"([{"type":"text","text":"<system-reminder>x</system-reminder>"},{"type":"text","text":"/status"}])"),
        "model=auto messages=1 user@0='' /status() alone");
    row("command in an earlier message",
        R"({"messages":[{"role":"user","content":"/tier deep one"},{"role":"user","content":"two"}]})",
        "messages=2 user@1='two'");
    row("command of the assistant",
        R"({"messages":[{"role":"user","content":"x"},)"
        R"({"role":"assistant","content":"/tier deep"}]})",
        "messages=2 user@0='x'");
    row("command in a tool loop",
        R"({"messages":[{"role":"user","content":"/tier deep go"},{"role":"assistant","content":""},)"
        R"({"role":"tool","content":"/tier smart"}]})",
        "messages=3 user@0='go' /tier(deep)");
}

void TestChatRequest::scans() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const Padded padded(body.toStdString());
    const auto scanned = scanChatRequest(padded.view());
    QVERIFY2(scanned, scanned ? "" : scanned.error().message.c_str());
    QCOMPARE(told(*scanned), expected.toStdString());
}

void TestChatRequest::refuses_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("word"); // of the sentence
    const auto row = [](const std::string& body, const char* word) {
        QTest::newRow(body.substr(0, 60).c_str()) << bytes(body) << QByteArray(word);
    };
    const std::string tail = oneMessage + "}";
    row("", "JSON");
    row("   ", "JSON");
    row("null", "object");
    row("[]", "object");
    row("\"x\"", "object");
    row("{", "JSON");
    row("{}", "messages");
    row("{\"messages\"}", "JSON");
    row("{\"messages\":}", "messages");
    row(R"({"messages":[]})", "messages");
    row(R"({"messages":null})", "messages");
    row(R"({"messages":{}})", "messages");
    row(R"({"messages":"hi"})", "messages");
    row(R"({"messages":["hi"]})", "messages");
    row(R"({"messages":[{"content":"hi"}]})", "role");
    row(R"({"messages":[{"role":7,"content":"hi"}]})", "role");
    row(R"({"model":"a","model":"b",)" + tail, "twice");
    row(R"({"model":"a",)" + oneMessage + R"(,"mod\u0065l":"a"})", "twice");
    row(R"({"model":null,"model":"b",)" + tail, "twice");
    row(R"({)" + oneMessage + "," + oneMessage + "}", "twice");
    row(R"({"stream_options":true,)" + tail, "stream_options");
    row(R"({"model":7,)" + tail, "model");
    row(R"({"model":["a"],)" + tail, "model");
    row("{" + oneMessage + "}}", "JSON");
    row("{" + oneMessage + "} {}", "JSON");
    row("{" + oneMessage + "},", "JSON");
    row("{" + oneMessage + ",}", "JSON");
    row("{" + oneMessage + " \"a\":1}", "JSON");
    row("{'messages':[]}", "JSON");
    row("{messages:[]}", "JSON");
    row("{\"a\":\"\n\"," + tail, "JSON");
    row("{\"a\":\"\xff\xfe\"," + tail, "JSON");
    row("\xef\xbb\xbf{" + tail, "JSON");
    row(R"({"messages":[{"role":"user","content":"a\qb"}]})", "string");
    row(R"({"messages":[{"role":"user","content":"a\u12x4"}]})", "string");
    row(R"({"messages":[{"role":"user","content":[{"type":"text","text":7}]}]})", "string");
    row(R"({"messages":[{"role":"user","content":"hi"])", "JSON");
    row(R"({"messages":[{"role":"user","content":"hi"}})", "JSON");
    row("<html>", "JSON");
    row("model=auto&messages=hi", "JSON");
}

void TestChatRequest::refuses() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, word);
    const Padded padded(body.toStdString());
    const auto scanned = scanChatRequest(padded.view());
    QVERIFY(!scanned);
    QVERIFY2(scanned.error().message.find(word.toStdString()) != std::string::npos,
             scanned.error().message.c_str());
    QCOMPARE(scanned.error().code, ErrorCode::InvalidInput);
}

void TestChatRequest::refusesEveryPrefix() {
    const std::string whole =
        R"({"model":"a","stream":true,"stream_options":{"include_usage":true},"temperature":0.5,)"
        R"("tools":[{"type":"function"}],"metadata":{"task_type":"bulk"},"messages":[)"
        R"({"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"/tier deep x"},)"
        R"({"type":"image_url","image_url":{"url":"data:,"}}]}],"top_p":1})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Padded padded(whole.substr(0, size));
        if (scanChatRequest(padded.view()))
            QFAIL(qPrintable(QStringLiteral("%1 bytes were taken for a request").arg(size)));
    }
    const Padded padded(whole);
    QVERIFY(scanChatRequest(padded.view()));
}

void TestChatRequest::splices_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<double>("temperature"); // below 0: none
    QTest::addColumn<QByteArray>("reasoning");
    const auto row = [](const char* name, const std::string& body, const std::string& expected,
                        double temperature = -1, const char* reasoning = "") {
        QTest::newRow(name) << bytes(body) << bytes(expected) << temperature << QByteArray(reasoning);
    };
    const auto& m = oneMessage;
    row("model", R"({"model":"auto",)" + m + "}", R"({"model":"new",)" + m + "}");
    row("model keeps the space around it", "{ \"model\" :\t\"auto\" ,\r\n" + m + "\r\n}\r\n",
        "{ \"model\" :\t\"new\" ,\r\n" + m + "\r\n}\r\n");
    row("model null", R"({"model":null,)" + m + "}", R"({"model":"new",)" + m + "}");
    row("model absent", "{" + m + "}", R"({"model":"new",)" + m + "}");
    row("model absent, white space", "{ \n " + m + "}", "{\"model\":\"new\", \n " + m + "}");
    row("model with an escaped key", R"({"mod\u0065l":"auto",)" + m + "}",
        R"({"mod\u0065l":"new",)" + m + "}");
    row("model last", "{" + m + R"(,"model":"auto"})", "{" + m + R"(,"model":"new"})");
    row("model in depth stays", R"({"model":"auto","x":{"model":"auto"},)" + m + "}",
        R"({"model":"new","x":{"model":"auto"},)" + m + "}");

    row("temperature", R"({"model":"a",)" + m + "}", R"({"temperature":0.7,"model":"new",)" + m + "}", 0.7);
    row("temperature and model absent", "{" + m + "}", R"({"model":"new","temperature":0.7,)" + m + "}", 0.7);
    row("temperature of the client", R"({"model":"a","temperature":0.70,)" + m + "}",
        R"({"model":"new","temperature":0.70,)" + m + "}", 0.2);
    row("temperature null", R"({"model":"a","temperature":null,)" + m + "}",
        R"({"model":"new","temperature":0.2,)" + m + "}", 0.2);
    row("temperature null, none to set", R"({"model":"a","temperature":null,)" + m + "}",
        R"({"model":"new","temperature":null,)" + m + "}");
    row("whole temperature", R"({"model":"a",)" + m + "}", R"({"temperature":1,"model":"new",)" + m + "}", 1);
    row("reasoning", R"({"model":"a",)" + m + "}", R"({"reasoning_effort":"low","model":"new",)" + m + "}",
        -1, "low");
    row("reasoning of the client", R"({"model":"a","reasoning_effort":"high",)" + m + "}",
        R"({"model":"new","reasoning_effort":"high",)" + m + "}", -1, "low");
    row("reasoning null", R"({"model":"a","reasoning_effort":null,)" + m + "}",
        R"({"model":"new","reasoning_effort":"low",)" + m + "}", -1, "low");
    row("thinking of the client", R"({"model":"a","thinking":{"type":"disabled"},)" + m + "}",
        R"({"model":"new","thinking":{"type":"disabled"},)" + m + "}", -1, "low");

    row("usage is asked for", R"({"model":"a","stream":true,)" + m + "}",
        R"({"stream_options":{"include_usage":true},"model":"new","stream":true,)" + m + "}");
    row("usage is asked for already",
        R"({"model":"a","stream":true,"stream_options":{"include_usage":true},)" + m + "}",
        R"({"model":"new","stream":true,"stream_options":{"include_usage":true},)" + m + "}");
    row("usage refused",
        R"({"model":"a","stream":true,"stream_options":{"include_usage" : false},)" + m + "}",
        R"({"model":"new","stream":true,"stream_options":{"include_usage" : true},)" + m + "}");
    row("usage null", R"({"model":"a","stream":true,"stream_options":{"include_usage":null},)" + m + "}",
        R"({"model":"new","stream":true,"stream_options":{"include_usage":true},)" + m + "}");
    row("other stream options",
        R"({"model":"a","stream":true,"stream_options":{"include_obfuscation":false},)" + m + "}",
        R"({"model":"new","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},)" +
            m + "}");
    row("empty stream options", R"({"model":"a","stream":true,"stream_options":{ },)" + m + "}",
        R"({"model":"new","stream":true,"stream_options":{"include_usage":true },)" + m + "}");
    row("stream options null", R"({"model":"a","stream":true,"stream_options":null,)" + m + "}",
        R"({"model":"new","stream":true,"stream_options":{"include_usage":true},)" + m + "}");
    row("no stream, no usage", R"({"model":"a","stream":false,"stream_options":null,)" + m + "}",
        R"({"model":"new","stream":false,"stream_options":null,)" + m + "}");

    const auto with = [](const std::string& messages, const char* model = "a") {
        return std::string(R"({"model":")") + model + R"(","messages":[)" + messages + "]}";
    };
    const auto text = [&](const std::string& before, const std::string& after) {
        const std::string start = R"({"role":"user","content":)";
        return std::pair(with(start + before + "}"), with(start + after + "}", "new"));
    };
    const auto textRow = [&](const char* name, const std::string& before, const std::string& after) {
        const auto [body, expected] = text(before, after);
        row(name, body, expected);
    };
    textRow("command", R"("/tier deep prove it")", R"("prove it")");
    textRow("command, line feed", R"("/tier deep\nprove it")", R"("prove it")");
    textRow("command, carriage return", R"("/tier deep\r\n\r\nprove it")", R"("prove it")");
    textRow("command, escapes kept as text", R"("/model a\/b say \"\u00e9\" \\ \u0001")",
            "\"say \\\"\xc3\xa9\\\" \\\\ \\u0001\"");
    textRow("command, unicode", "\"@tier smart gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"",
            "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"");
    textRow("command behind a wrapper", R"("<system-reminder>x</system-reminder>\n/tier deep prove it")",
            R"("<system-reminder>x</system-reminder>\nprove it")");
    textRow("command before a wrapper", R"("/tier deep prove it\n<system-reminder>x</system-reminder>")",
            R"("prove it\n<system-reminder>x</system-reminder>")");
    textRow("words that only look like it stay", R"("/tiered \u0041")", R"("/tiered \u0041")");
    textRow("command in a part",
            R"([{"type":"text","text":"/tier deep go"},{"type":"text","text":"\u0041"}])",
            R"([{"type":"text","text":"go"},{"type":"text","text":"\u0041"}])");
    // An empty text is an error to some providers: the part goes with its comma.
    textRow("command fills the first part",
            R"([ {"type":"text","text":"/tier deep"} , {"type":"text","text":"go"}])",
            R"([ {"type":"text","text":"go"}])");
    textRow("command fills the last part",
            R"([{"type":"image_url","image_url":{"url":"data:,"}},{"type":"text","text":"/tier deep"} ])",
            R"([{"type":"image_url","image_url":{"url":"data:,"}} ])");
    textRow(
        "command fills a part in the middle",
        R"([{"type":"text","text":"<system-reminder>x</system-reminder>"},{"type":"text","text":"/tier deep"},)"
        R"({"type":"text","text":"go"}])",
        R"([{"type":"text","text":"<system-reminder>x</system-reminder>"},{"type":"text","text":"go"}])");

    row("commands of history",
        with(R"({"role":"user","content":"/tier deep one"},{"role":"assistant","content":"1"},)"
             R"({"role":"user","content":"@model a/b two"})"),
        with(R"({"role":"user","content":"one"},{"role":"assistant","content":"1"},)"
             R"({"role":"user","content":"two"})",
             "new"));
    row("a lone command goes with its answer",
        with(
            R"({"role":"system","content":"s"}, {"role":"user","content":"/tier deep"}, )"
            R"({"role":"assistant","content":"The next turn runs on tier deep."}, {"role":"user","content":"go"})"),
        with(R"({"role":"system","content":"s"}, {"role":"user","content":"go"})", "new"));
    row("lone commands one after the other",
        with(
            R"({"role":"user","content":"/status"},{"role":"assistant","content":"a"},)"
            R"({"role":"user","content":"/tier deep"},{"role":"assistant","content":"b"},{"role":"user","content":"go"})"),
        with(R"({"role":"user","content":"go"})", "new"));
    row("a lone command without its answer",
        with(R"({"role":"user","content":"/tier deep"},{"role":"user","content":"go"})"),
        with(R"({"role":"user","content":"go"})", "new"));
    row("only the first answer behind it goes",
        with(R"({"role":"user","content":"/status"},{"role":"assistant","content":"a"},)"
             R"({"role":"assistant","content":"b"},{"role":"user","content":"go"})"),
        with(R"({"role":"assistant","content":"b"},{"role":"user","content":"go"})", "new"));
    row("commands elsewhere stay",
        with(R"({"role":"system","content":"/tier deep s"},{"role":"user","content":"go"},)"
             R"({"role":"assistant","content":"/tier deep a"},{"role":"tool","content":"/tier deep t"})"),
        with(R"({"role":"system","content":"/tier deep s"},{"role":"user","content":"go"},)"
             R"({"role":"assistant","content":"/tier deep a"},{"role":"tool","content":"/tier deep t"})",
             "new"));
    row("all at once",
        R"({"stream":true,"messages":[{"role":"user","content":"/tier deep x"}],"stream_options":{"a":1},"model":"m"})",
        R"({"temperature":0.5,"reasoning_effort":"high","stream":true,"messages":[{"role":"user","content":"x"}],)"
        R"("stream_options":{"include_usage":true,"a":1},"model":"new"})",
        0.5, "high");
}

void TestChatRequest::splices() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    QFETCH(double, temperature);
    QFETCH(QByteArray, reasoning);
    const Padded padded(body.toStdString());
    const auto scanned = scanChatRequest(padded.view());
    QVERIFY2(scanned, scanned ? "" : scanned.error().message.c_str());
    BodyChanges changes;
    changes.model = "new";
    const auto reasoningText = reasoning.toStdString();
    changes.reasoning = reasoningText;
    if (temperature >= 0)
        changes.temperature = temperature;
    changes.requestUsage = true;
    const auto splices = chatSplices(*scanned, changes);
    std::size_t end = 0;
    for (const auto& splice : splices) {
        QVERIFY(splice.begin >= end && splice.end >= splice.begin && splice.end <= padded.view().size());
        end = splice.end;
    }
    QCOMPARE(joined(padded.view(), splices), expected.toStdString());
    QVERIFY(nlohmann::json::accept(joined(padded.view(), splices)));
}

void TestChatRequest::splicesOnlyWhatItMust() {
    // What is not spliced is sent from where it lies: no copy of a large body is made.
    const std::string body = R"({"model":"a","x":")" + std::string(100'000, 'x') + R"(",)" + oneMessage + "}";
    const Padded padded(body);
    const auto scanned = scanChatRequest(padded.view());
    QVERIFY(scanned);
    BodyChanges changes;
    changes.model = "b/c";
    const auto splices = chatSplices(*scanned, changes);
    const auto result = spliced(padded.view(), splices);
    QCOMPARE(result.pieces.size(), std::size_t(3));
    QVERIFY(result.pieces[0].data() == padded.view().data());
    QCOMPARE(result.pieces[1], "\"b/c\"");
    QVERIFY(result.pieces[2].data() + result.pieces[2].size() == padded.view().data() + padded.view().size());
    QCOMPARE(result.size, body.size() + 2);

    // A body that names the right model is sent as it is.
    const Padded same(R"({"model":"b/c",)" + oneMessage + "}");
    const auto again = scanChatRequest(same.view());
    QVERIFY(again);
    QCOMPARE(joined(same.view(), chatSplices(*again, changes)), std::string(same.view()));
}

void TestChatRequest::hashesOfConversations() {
    const auto root = [](const std::string& messages) {
        return scan(R"({"messages":[)" + messages + "]}").rootHash;
    };
    const std::string start = R"({"role":"system","content":"s"},{"role":"user","content":"one"})";
    const auto expected = root(start);
    // Sessions are known by it from one release to the next.
    QCOMPARE(expected, fingerprintOf(std::string_view("s\0one\0", 6)).hash);
    QCOMPARE(root(R"({"role":"system","content":"s"},{"role":"user","content":"o\u006ee"})"), expected);
    QCOMPARE(root(start + R"(,{"role":"assistant","content":"1"},{"role":"user","content":"two"})"),
             expected);
    QCOMPARE(root(start + R"(,{"role":"system","content":"later"})"), expected);
    QCOMPARE(
        root(
            R"({"content":"s","role":"developer"},{"role":"user","content":[{"type":"text","text":"one"}]})"),
        expected);
    QCOMPARE(root(R"({"role":"system","content":"s"},)"
                  R"({"role":"user","content":"<environment_context>1</environment_context>"},)"
                  R"({"role":"user","content":"one"})"),
             expected);
    QVERIFY(root(R"({"role":"system","content":"t"},{"role":"user","content":"one"})") != expected);
    QVERIFY(root(R"({"role":"system","content":"s"},{"role":"user","content":"two"})") != expected);
    QVERIFY(root(R"({"role":"user","content":"one"})") != expected);
    // What ends the one text is not to be mistaken for what begins the other.
    QVERIFY(root(R"({"role":"system","content":"s1"},{"role":"user","content":"2"})") !=
            root(R"({"role":"system","content":"s"},{"role":"user","content":"12"})"));
}

void TestChatRequest::hashesOfUserMessages() {
    const auto one = scan(R"({"messages":[{"role":"user","content":"one"}]})");
    const auto two =
        scan(R"({"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"1"},)"
             R"({"role":"user","content":"two"}]})");
    QCOMPARE(one.userHashes.size(), std::size_t(1));
    QCOMPARE(two.userHashes.size(), std::size_t(2));
    QCOMPARE(two.userHashes[0], one.userHash);
    QCOMPARE(two.userHashes[1], two.userHash);
    QVERIFY(two.userHash != one.userHash);
    const auto commanded = scan(R"({"messages":[{"role":"user","content":"/tier deep one"}]})");
    QVERIFY(commanded.userHash != one.userHash);
    const auto images = scan(R"({"messages":[{"role":"user","content":[{"type":"text","text":"one"},)"
                             R"({"type":"image_url","image_url":{"url":"data:,"}}]}]})");
    QCOMPARE(images.userHash, one.userHash);

    const auto parts = scan(R"({"messages":[{"role":"user","content":[{"type":"text","text":"one"},)"
                            R"({"type":"text","text":"t\u0077o"}]}]})");
    QCOMPARE(parts.userText, std::string("one\ntwo"));
    QCOMPARE(parts.userHash, fingerprintOf("one\ntwo").hash);

    std::string messages;
    for (int i = 0; i < 40; ++i)
        messages += (i > 0 ? std::string(",") : std::string()) + R"({"role":"user","content":")" +
                    std::to_string(i) + R"("})";
    const auto many = scan(R"({"messages":[)" + messages + "]}");
    QCOMPARE(many.userHashes.size(), hashedUserMessages);
    QCOMPARE(many.userHashes.front(), fingerprintOf("24").hash);
    QCOMPARE(many.userHashes.back(), fingerprintOf("39").hash);
    QCOMPARE(many.userHash, many.userHashes.back());
    QCOMPARE(many.userText, std::string("39"));
}

void TestChatRequest::estimatesTokens() {
    const auto plain =
        scan(R"({"messages":[{"role":"user","content":")" + std::string(4000, 'a') + R"("}]})");
    QVERIFY(plain.estimatedTokens >= 1000 && plain.estimatedTokens < 1050);
    QVERIFY(plain.userTokens >= 1000 && plain.userTokens < 1010);
    const auto image = scan(
        R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
        std::string(400'000, 'A') + R"("}}]}]})");
    QVERIFY(image.estimatedTokens < 100);
    QVERIFY(scan("{" + oneMessage + "}").estimatedTokens >= 1);
}

void TestChatRequest::hugeBodies() {
    std::string body = R"({"model":"auto","messages":[)";
    int messages = 0;
    while (body.size() < (20u << 20)) {
        body += R"({"role":"user","content":"one \"question\" of many, all alike"},)"
                R"({"role":"assistant","content":")";
        body.append(2000, 'x');
        body +=
            R"(\n","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
            R"({"role":"tool","tool_call_id":"c","content":"[1,2,{\"b\":\"}\"}]"},)";
        messages += 3;
    }
    body += R"({"role":"user","content":"/tier deep the last one"}]})";
    const Padded padded(body);
    const auto scanned = scanChatRequest(padded.view());
    QVERIFY(scanned);
    QCOMPARE(scanned->messages, messages + 1);
    QCOMPARE(scanned->userPosition, messages);
    QCOMPARE(scanned->userText, "the last one");
    BodyChanges changes;
    changes.model = "new";
    const auto splices = chatSplices(*scanned, changes);
    QCOMPARE(splices.size(), std::size_t(2));

    // Depth is no way to make it fall over.
    const std::string deep =
        R"({"x":)" + std::string(2000, '[') + std::string(2000, ']') + "," + oneMessage + "}";
    const Padded nested(deep);
    const auto result = scanChatRequest(nested.view());
    QVERIFY(result || result.error().code == ErrorCode::InvalidInput);
}

void TestChatRequest::randomBodies() {
    // Whatever bytes come: a refusal, or a body that stays JSON with only the model changed.
    std::mt19937 random(20261121);
    const std::string seedBody =
        R"({"model":"auto","stream":true,"stream_options":{"include_usage":false},"tools":[{}],"messages":[)"
        R"({"role":"system","content":"s"},{"role":"user","content":"/tier deep x"},{"role":"assistant","content":"1"},)"
        R"({"role":"user","content":[{"type":"text","text":"/status"},{"type":"image_url","image_url":{}}]}]})";
    const std::string_view alphabet = "{}[]\",:\\ /tn0u\n\x01\xc3\xbc";
    int taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string body = seedBody;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const auto at = random() % body.size();
            switch (random() % 3) {
            case 0:
                body.erase(at, 1 + random() % 4);
                break;
            case 1:
                body.insert(at, 1, alphabet[random() % alphabet.size()]);
                break;
            default:
                body[at] = alphabet[random() % alphabet.size()];
            }
        }
        const Padded padded(body);
        const auto scanned = scanChatRequest(padded.view());
        if (!scanned)
            continue;
        BodyChanges changes;
        changes.model = "new";
        changes.requestUsage = true;
        const auto result = joined(padded.view(), chatSplices(*scanned, changes));
        // simdjson does not look into what it does not visit, so only what was JSON must stay JSON.
        const auto before = nlohmann::json::parse(body, nullptr, false);
        if (before.is_discarded())
            continue;
        ++taken;
        const auto after = nlohmann::json::parse(result, nullptr, false);
        QVERIFY2(!after.is_discarded() && after.value("model", "") == "new", (body + "\n" + result).c_str());
    }
    QVERIFY(taken > 200);
}

QTEST_APPLESS_MAIN(TestChatRequest)
#include "tst_chat_request.moc"
