// The parts that replies are translated with, each alone: escaped text, tools in the client's terms, the
// order of parts, errors and replies of our own.
#include "core/gateway/wire/client_tools.h"
#include "core/gateway/wire/own_reply.h"
#include "core/gateway/wire/part_sequencer.h"
#include "core/gateway/wire/reply_errors.h"
#include "core/gateway/wire/reply_items.h"
#include "core/gateway/wire/reply_stream.h"
#include "tests/core/gateway/padded.h"
#include "tests/core/gateway/reply_checks.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;
using Json = nlohmann::json;

namespace {

/// One word an event, in the order in which they come.
class Listing final : public ReplySink {
public:
    void take(const reply::Event& event) override {
        if (!text.empty())
            text += ' ';
        std::visit(Overloaded{
                       [&](const reply::Text& one) { add(one.part, one.text.json); },
                       [&](const reply::Arguments& one) { add(one.part, one.text.json); },
                       [&](const reply::Reasoning& one) { add(one.part, one.text.json); },
                       [&](const reply::ToolCall& one) {
                           add(one.part, std::string(one.isFreeform ? "free:" : "call:") +
                                             std::string(one.nameSpace.json) +
                                             (one.nameSpace.empty() ? "" : "/") + std::string(one.name.json) +
                                             '#' + std::string(one.id.json));
                       },
                       [&](const reply::PartEnd& one) { add(one.part, "end"); },
                       [&](const reply::Finished& one) {
                           text += "finished:" + std::to_string(static_cast<int>(one.reason));
                       },
                       [&](const auto&) { text += "other"; },
                   },
                   event);
    }

    std::string text;

private:
    void add(int part, std::string_view words) { text += std::to_string(part) + '=' + std::string(words); }
};

reply::ToolCall call(int part, std::string_view id, std::string_view name) {
    return {part, {id}, {name}, {}, false};
}

std::string unpacked(const std::vector<std::string_view>& pieces) {
    FreeformUnpacker unpacker;
    std::string out;
    for (const auto piece : pieces)
        unpacker.feed(piece, out);
    return out + unpacker.rest();
}

} // namespace

class TestReplyParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void escapes_data();
    void escapes();
    void soundJson_data();
    void soundJson();
    void unpacksFreeform_data();
    void unpacksFreeform();
    void ordersParts();
    void keepsWhatWaits();
    void endsWhatNeverEnds();
    void namesToolsAsTheClientDoes();
    void turnsStructuredOutputIntoText();
    void fitsTheStopReason();
    void findsTheItemsOfAReply_data();
    void findsTheItemsOfAReply();
    void readsErrors_data();
    void readsErrors();
    void carriesErrors_data();
    void carriesErrors();
    void classifies_data();
    void classifies();
    void errorBodies();
    void ownReplies_data();
    void ownReplies();
    void estimatesWhereNobodyCounts();
    void breaksRelaysOff();
};

void TestReplyParts::escapes_data() {
    QTest::addColumn<QByteArray>("escaped");
    QTest::addColumn<QByteArray>("plain");
    const auto row = [](const char* escaped, const char* plain) {
        QTest::newRow(escaped) << QByteArray(escaped) << QByteArray(plain);
    };
    row("", "");
    row("plain", "plain");
    row("a\\\"b\\\\c\\/d", "a\"b\\c/d");
    row("\\b\\f\\n\\r\\t", "\b\f\n\r\t");
    row("\\u00e9\\u20ac", "\xc3\xa9\xe2\x82\xac");
    row("\\ud83d\\udc4b!", "\xf0\x9f\x91\x8b!");
    row("\\ud83d!", "\xef\xbf\xbd!");
    row("\\udc4b", "\xef\xbf\xbd");
    row("\\ud83d\\u0041", "\xef\xbf\xbd"
                          "A");
    row("\xf0\x9f\x91\x8b", "\xf0\x9f\x91\x8b");
}

void TestReplyParts::escapes() {
    QFETCH(QByteArray, escaped);
    QFETCH(QByteArray, plain);
    const auto text = plainOf({escaped.toStdString()});
    QCOMPARE(text, plain.toStdString());
    QCOMPARE(plainOf({escapedOf(text)}), text);
    QVERIFY(hasSoundEscapes(escaped.toStdString()));
    std::string once;
    appendQuotedOnceMore(once, escaped.toStdString());
    std::string back;
    appendUnquotedOnce(back, {once});
    QCOMPARE(back, escaped.toStdString());
}

void TestReplyParts::soundJson_data() {
    QTest::addColumn<QByteArray>("json");
    for (const char* json : {"{}",
                             "[]",
                             " { } ",
                             "null",
                             "true",
                             "false",
                             "0",
                             "-0",
                             "-1.5e+10",
                             "1E5",
                             "10.25",
                             "\"\"",
                             "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
                             "[1,2,[3,{\"a\":[]}]]",
                             "{\"a\":{\"b\":{}},\"c\":[{}]}",
                             "[[],[[]],{}]",
                             "\"\\ud83d\"",
                             "{\"a\" :\t1 ,\r\n\"b\": [ ] }",
                             "",
                             " ",
                             "{",
                             "}",
                             "[",
                             "]",
                             "{]",
                             "[}",
                             "[1,]",
                             "[,1]",
                             "{,}",
                             "{\"a\"}",
                             "{\"a\" 1}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{\"a\":1 \"b\":2}",
                             "{1:2}",
                             "nul",
                             "truee",
                             "tru",
                             "01",
                             "1.",
                             ".5",
                             "-",
                             "+1",
                             "1e",
                             "1e+",
                             "\"",
                             "\"\\q\"",
                             "\"\\u12g4\"",
                             "\"\\u12\"",
                             "\"\\",
                             "\"a\nb\"",
                             "{} {}",
                             "[1 2]",
                             "{\"a\":1}}",
                             "[1]]",
                             "'a'",
                             "NaN",
                             "{\"a\":1]",
                             "[\"a\":1]"})
        QTest::newRow(json) << QByteArray(json);
    QTest::newRow("deep") << QByteArray(900, '[') + QByteArray(900, ']');
}

void TestReplyParts::soundJson() {
    QFETCH(QByteArray, json);
    // One that nlohmann refuses: it wants both halves of a pair.
    const bool expected = json == "\"\\ud83d\"" || Json::accept(json.toStdString());
    QCOMPARE(isSoundJson(json.toStdString()), expected);
    QVERIFY(!isSoundJson(std::string(5000, '[')));
    QVERIFY(!isSoundJson(std::string(5000, '[') + std::string(5000, ']')));
}

void TestReplyParts::unpacksFreeform_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("escaped");
    const auto row = [](const char* name, const char* json, const char* escaped) {
        QTest::newRow(name) << QByteArray(json) << QByteArray(escaped);
    };
    row("plain", R"({"input":"abc"})", "abc");
    row("spaces", " {\n \"input\" : \"abc\" } \n", "abc");
    row("empty", R"({"input":""})", "");
    row("escapes", R"({"input":"a\"b\\c\n\/\u00e9"})", R"(a\"b\\c\n\/\u00e9)");
    row("a pair", R"({"input":"x\ud83d\udc4by"})", R"(x\ud83d\udc4by)");
    row("a pair beside a half", R"({"input":"\ud83d\ud83d\udc4b"})", R"(\ufffd\ud83d\udc4b)");
    row("halves", R"({"input":"\ud83dx\udc4b\ud83d\n\ud83d"})", R"(\ufffdx\ufffd\ufffd\n\ufffd)");
    row("line feeds as they are", "{\"input\":\"a\nb\tc\"}", R"(a\nb\tc)");
    row("escapes that are none", R"({"input":"\d+\u12 \u"})", R"(\\d+\\u12 \\u)");
    row("more members behind", R"({"input":"abc","more":{"input":"no"}})", "abc");
    row("another member first", R"({"why":"so","input":"a\nb"})", R"(a\nb)");
    row("another value", R"({"input":["abc"]})", R"({\"input\":[\"abc\"]})");
    row("other JSON", R"({"patch":"abc"})", R"({\"patch\":\"abc\"})");
    row("no JSON", "*** Begin Patch\n", R"(*** Begin Patch\n)");
    row("cut off", R"({"input":"abc)", "abc");
    row("cut off in an escape", R"({"input":"abc\u00)", "abc");
    row("nothing", "", "");
}

void TestReplyParts::unpacksFreeform() {
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, escaped);
    const auto text = json.toStdString();
    const std::string_view view(text);
    QCOMPARE(unpacked({view}), escaped.toStdString());
    QVERIFY(isSoundJson('"' + escaped.toStdString() + '"'));
    for (std::size_t a = 0; a <= view.size(); ++a) {
        for (std::size_t b = a; b <= view.size(); ++b)
            QCOMPARE(unpacked({view.substr(0, a), view.substr(a, b - a), view.substr(b)}),
                     escaped.toStdString());
    }
}

void TestReplyParts::ordersParts() {
    Listing listing;
    PartSequencer sequencer(listing);
    sequencer.take(reply::Text{0, {"a"}});
    sequencer.take(call(1, "x", "f"));
    sequencer.take(reply::Arguments{1, {"{"}});
    sequencer.take(call(2, "y", "g"));
    sequencer.take(reply::Arguments{2, {"[1]"}});
    sequencer.take(reply::PartEnd{2});
    sequencer.take(reply::Text{0, {"b"}});
    QCOMPARE(listing.text, std::string("0=a 0=b"));
    sequencer.take(reply::PartEnd{0});
    QCOMPARE(listing.text, std::string("0=a 0=b 0=end 1=call:f#x 1={"));
    sequencer.take(reply::Arguments{1, {"}"}});
    sequencer.take(reply::PartEnd{1});
    QCOMPARE(listing.text, std::string("0=a 0=b 0=end 1=call:f#x 1={ 1=} 1=end 2=call:g#y 2=[1] 2=end"));
    sequencer.take(reply::Text{0, {"late"}});
    sequencer.take(reply::PartEnd{1});
    sequencer.take(reply::PartEnd{7});
    sequencer.take(reply::Finished{});
    QVERIFY(listing.text.ends_with("2=end finished:1"));
}

void TestReplyParts::keepsWhatWaits() {
    // The bytes behind a part that waits are gone by the time it is told.
    Listing listing;
    PartSequencer sequencer(listing);
    sequencer.take(reply::Text{0, {"open"}});
    std::string expected = "0=open 0=end";
    for (int part = 1; part < 4; ++part) {
        for (const char* piece : {"first piece that is longer than a small string, ", "second", "third"}) {
            std::string buffer(piece);
            sequencer.take(reply::Reasoning{part, {buffer}});
            std::fill(buffer.begin(), buffer.end(), '?');
        }
        expected +=
            ' ' + std::to_string(part) + "=first piece that is longer than a small string, secondthird";
        if (part < 3)
            expected += ' ' + std::to_string(part) + "=end";
        sequencer.take(reply::PartEnd{part});
    }
    sequencer.take(reply::PartEnd{0});
    QCOMPARE(listing.text, expected + " 3=end");
}

void TestReplyParts::endsWhatNeverEnds() {
    Listing listing;
    PartSequencer sequencer(listing);
    for (int part = 0; part < 3; ++part)
        sequencer.take(reply::Text{part, {"x"}});
    sequencer.take(reply::Finished{});
    QCOMPARE(listing.text, std::string("0=x 0=end 1=x 1=end 2=x 2=end finished:1"));
    // So many parts at once that waiting for the first would hold them all: it is ended.
    Listing many;
    PartSequencer patient(many);
    for (int part = 0; part < 5000; ++part)
        patient.take(reply::Text{part, {"x"}});
    QVERIFY(many.text.find("3000=x") != std::string::npos);
}

void TestReplyParts::namesToolsAsTheClientDoes() {
    TranslationContext context;
    context.replyId = "td-1";
    context.tools["short"] = {"a \"long\" name", "files", false};
    context.tools["patch"] = {"apply_patch", "", true};
    Listing listing;
    ClientTools tools(context, listing);
    tools.take(call(0, "", "short"));
    tools.take(reply::PartEnd{0});
    tools.take(call(1, "y", "patch"));
    for (const char* piece : {R"({\"inp)", R"(ut\":\"a)", R"(\\)", R"(nb\ud83d)", R"(\ude00\"})"})
        tools.take(reply::Arguments{1, {piece}});
    tools.take(reply::PartEnd{1});
    tools.take(call(2, "z", "other"));
    tools.take(reply::Arguments{2, {"{}"}});
    tools.take(reply::PartEnd{2});
    QCOMPARE(listing.text,
             std::string(R"(0=call:files/a \"long\" name#call_td-1_1 0={} 0=end 1=free:apply_patch#y 1=a )"
                         "1=\\nb 1=\xf0\x9f\x98\x80 1=end 2=call:other#z 2={} 2=end"));
}

void TestReplyParts::turnsStructuredOutputIntoText() {
    TranslationContext context;
    context.structuredOutputTool = "json_reply";
    Listing listing;
    ClientTools tools(context, listing);
    tools.take(call(0, "x", "json_reply"));
    tools.take(reply::Arguments{0, {R"({\"a\":)"}});
    tools.take(reply::Arguments{0, {"1}"}});
    tools.take(reply::PartEnd{0});
    tools.take(reply::Finished{StopReason::ToolCalls, {}, {}});
    QCOMPARE(listing.text, std::string(R"(0={\"a\": 0=1} 0=end finished:1)"));
}

void TestReplyParts::fitsTheStopReason() {
    const TranslationContext context;
    const auto finish = [&](StopReason said, bool calls) {
        Listing listing;
        ClientTools tools(context, listing);
        if (calls)
            tools.take(call(0, "x", "f"));
        listing.text.clear();
        tools.take(reply::Finished{said, {}, {}});
        return listing.text;
    };
    const auto is = [](StopReason reason) { return "finished:" + std::to_string(static_cast<int>(reason)); };
    QCOMPARE(finish(StopReason::Stop, true), is(StopReason::ToolCalls));
    QCOMPARE(finish(StopReason::ToolCalls, false), is(StopReason::Stop));
    QCOMPARE(finish(StopReason::Length, true), is(StopReason::Length));
    QCOMPARE(finish(StopReason::ContentFilter, false), is(StopReason::ContentFilter));
}

void TestReplyParts::readsErrors_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* body, const char* expected) {
        QTest::newRow(name) << QByteArray(body) << QByteArray(expected);
    };
    row("OpenAI", R"({"error":{"message":"m","type":"t","param":null,"code":"c"}})", "t|c|m");
    row("Anthropic", R"({"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"})",
        "overloaded_error||m");
    row("a number", R"({"error":{"message":"m","code":502}})", "|502|m");
    row("text", R"({"error":"m"})", "||m");
    row("detail", R"({"detail":"m"})", "||m");
    row("at the top", R"({"object":"error","message":"m","type":"BadRequestError","code":400})",
        "BadRequestError|400|m");
    row("Gemini", R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])", "|429|m");
    row("HTML", "<html></html>", "none");
    row("nothing", "", "none");
    row("another object", R"({"a":1})", "none");
    row("a list", "[1]", "none");
    row("null inside", R"({"error":null})", "none");
}

void TestReplyParts::readsErrors() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const auto error = readError(body.toStdString(), 418);
    QCOMPARE(error ? error->type + '|' + error->code + '|' + error->message : "none", expected.toStdString());
    if (error)
        QCOMPARE(error->status, 418);
}

void TestReplyParts::carriesErrors_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("openAi");
    QTest::addColumn<QByteArray>("messagesType");
    const auto row = [](int status, const char* type, const char* code, const char* message,
                        const char* openAi, const char* messagesType) {
        QTest::addRow("%d %s %s", status, type, code)
            << status << QByteArray(type) << QByteArray(code) << QByteArray(message) << QByteArray(openAi)
            << QByteArray(messagesType);
    };
    row(529, "overloaded_error", "", "Overloaded", "503 server_error server_is_overloaded",
        "overloaded_error");
    row(0, "overloaded_error", "", "Overloaded", "0 server_error server_is_overloaded", "overloaded_error");
    row(429, "rate_limit_error", "", "slow", "429 rate_limit_error rate_limit_exceeded", "rate_limit_error");
    row(429, "requests", "rate_limit_exceeded", "slow", "429 requests rate_limit_exceeded",
        "rate_limit_error");
    row(429, "insufficient_quota", "insufficient_quota", "pay", "429 insufficient_quota insufficient_quota",
        "billing_error");
    row(401, "invalid_request_error", "invalid_api_key", "key", "401 invalid_request_error invalid_api_key",
        "authentication_error");
    row(401, "authentication_error", "", "key", "401 invalid_request_error invalid_api_key",
        "authentication_error");
    row(403, "permission_error", "", "no", "403 invalid_request_error permission_denied", "permission_error");
    row(404, "not_found_error", "", "model: x", "404 invalid_request_error model_not_found",
        "not_found_error");
    row(413, "request_too_large", "", "big", "413 invalid_request_error request_too_large",
        "request_too_large");
    row(400, "invalid_request_error", "", "bad", "400 invalid_request_error invalid_request",
        "invalid_request_error");
    row(400, "", "400", "bad", "400 invalid_request_error invalid_request", "invalid_request_error");
    row(500, "api_error", "", "oops", "500 server_error server_error", "api_error");
    row(502, "", "502", "Provider disconnected", "502 server_error server_error", "api_error");
    row(503, "server_error", "nothing_left", "context window", "503 server_error nothing_left",
        "overloaded_error");
    row(504, "", "", "late", "504 server_error timeout", "timeout_error");
    row(400, "invalid_request_error", "", "prompt is too long: 9 tokens > 8 maximum",
        "400 invalid_request_error context_length_exceeded", "invalid_request_error");
    row(400, "invalid_request_error", "content_policy_violation", "not that",
        "400 invalid_request_error content_policy_violation", "invalid_request_error");
}

void TestReplyParts::carriesErrors() {
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, openAi);
    QFETCH(QByteArray, messagesType);
    const ReplyError error{status, type.toStdString(), code.toStdString(), message.toStdString()};
    for (const auto dialect : {Dialect::Chat, Dialect::Responses}) {
        const auto own = errorFor(dialect, error);
        QCOMPARE(std::to_string(own.status) + ' ' + own.type + ' ' + own.code, openAi.toStdString());
        QCOMPARE(own.message, error.message);
    }
    const auto own = errorFor(Dialect::Messages, error);
    QCOMPARE(own.type, messagesType.toStdString());
    QCOMPARE(own.status, status);
}

void TestReplyParts::classifies_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind");
    const auto row = [](const char* body, ErrorKind kind) {
        QTest::newRow(body) << QByteArray(body) << static_cast<int>(kind);
    };
    row("This model's maximum context length is 8192 tokens", ErrorKind::ContextWindow);
    row("prompt is too long: 210000 tokens > 200000 maximum", ErrorKind::ContextWindow);
    row("input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000",
        ErrorKind::ContextWindow);
    row("The input token count (1200000) exceeds the maximum number of tokens allowed",
        ErrorKind::ContextWindow);
    row("Please reduce the length of the messages or completion.", ErrorKind::ContextWindow);
    row("This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
        ErrorKind::ContextWindow);
    row("Your input exceeds the context window of this model.", ErrorKind::ContextWindow);
    row("Output blocked by content filtering policy", ErrorKind::ContentPolicy);
    row("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        ErrorKind::ContentPolicy);
    row("Your request was rejected by the safety system", ErrorKind::ContentPolicy);
    row("rate limit", ErrorKind::Other);
    row("", ErrorKind::Other);
}

void TestReplyParts::classifies() {
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    QCOMPARE(static_cast<int>(classifyError(body.toStdString())), kind);
}

void TestReplyParts::errorBodies() {
    const ReplyError error{429, "", "", "It \"failed\"\n\xff"};
    const auto messages = Json::parse(errorBody(Dialect::Messages, error, "42"));
    QCOMPARE(messages["type"], "error");
    QCOMPARE(messages["error"]["type"], "rate_limit_error");
    QCOMPARE(messages["request_id"], "42");
    QCOMPARE(messages["error"]["message"], "It \"failed\"\n\xef\xbf\xbd");
    const auto chat = Json::parse(errorBody(Dialect::Chat, error));
    QCOMPARE(chat["error"]["code"], "rate_limit_exceeded");
    QVERIFY(chat["error"].contains("param"));
    QCOMPARE(errorBody(Dialect::Responses, error), errorBody(Dialect::Chat, error));
    // Claude Code compacts by the wording, Codex by the code.
    const ReplyError window{400, "invalid_request_error", "context_length_exceeded", "Too long."};
    QCOMPARE(errorFor(Dialect::Messages, window).message, "prompt is too long: Too long.");
    for (const auto dialect : {Dialect::Chat, Dialect::Responses, Dialect::Messages}) {
        // Our own readers take them, whole and as events.
        const Padded padded(errorBody(dialect, error));
        const auto facts = readReplyFacts(dialect, padded.view());
        QVERIFY(facts && !facts->errorCode.empty() && !facts->hasContent);
        const TranslationContext context;
        const auto stream = makeReplyStream(dialect, dialect, context);
        std::string out;
        stream->feed(errorEvent(dialect, error), out);
        QVERIFY(!stream->isBroken());
        QCOMPARE(stream->facts().errorCode, facts->errorCode);
    }
}

void TestReplyParts::ownReplies_data() {
    QTest::addColumn<int>("dialect");
    QTest::newRow("chat") << static_cast<int>(Dialect::Chat);
    QTest::newRow("responses") << static_cast<int>(Dialect::Responses);
    QTest::newRow("messages") << static_cast<int>(Dialect::Messages);
}

void TestReplyParts::ownReplies() {
    QFETCH(int, dialect);
    const auto own = static_cast<Dialect>(dialect);
    const OwnReply reply{"td-7", "tierdeck", 1'795'262'400, "Tier deep\n\xc3\xa9 \"x\""};
    const std::string story = "id td-7, model tierdeck\ntext: Tier deep\\n\xc3\xa9 \\\"x\\\"\n"
                              "usage: 0 0 0 0 0 0 0\nfinished: stop \n";
    QCOMPARE(storyOfWhole(own, ownReply(own, reply)), story);
    const auto stream = ownReplyStream(own, reply, true);
    QCOMPARE(problemOf(own, stream.events + stream.tail, true), std::string());
    QCOMPARE(storyOf(own, stream.events + stream.tail), story);
    QVERIFY(!stream.tail.empty());
}

void TestReplyParts::estimatesWhereNobodyCounts() {
    // A Messages client is always told numbers, first and last.
    TranslationContext context;
    context.estimatedInputTokens = 500;
    const auto stream = makeReplyStream(Dialect::Chat, Dialect::Messages, context);
    std::string out;
    stream->feed(
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"12345678\"},"
        "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        out);
    QVERIFY(!stream->facts().usage);
    QVERIFY(out.find("\"input_tokens\":500") < out.find("content_block_start"));
    QVERIFY(out.find("\"output_tokens\":2}}") != std::string::npos);
}

void TestReplyParts::breaksRelaysOff() {
    const ReplyError error{502, "server_error", "upstream_reset", "The model broke off."};
    const TranslationContext context;
    const auto relay = makeReplyStream(Dialect::Responses, Dialect::Responses, context);
    std::string out;
    const std::string begun =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":"
        "{\"id\":\"r1\",\"object\":\"response\",\"status\":\"in_progress\",\"created_at\":1,\"model\":\"m\"}}"
        "\n\n"
        "event: response.in_progress\ndata: "
        "{\"type\":\"response.in_progress\",\"sequence_number\":1,\"response\":"
        "{\"id\":\"r1\",\"object\":\"response\",\"status\":\"in_progress\",\"created_at\":1,\"model\":\"m\"}}"
        "\n\n";
    relay->feed(begun, out);
    QCOMPARE(out, begun);
    relay->breakOff(error, out);
    QCOMPARE(out, begun);
    const auto all = out + std::string(relay->tail());
    QCOMPARE(problemOf(Dialect::Responses, all, true), std::string());
    QVERIFY(all.find("\"code\":\"upstream_reset\"") != std::string::npos);
    for (const auto dialect : {Dialect::Chat, Dialect::Messages}) {
        const auto other = makeReplyStream(dialect, dialect, context);
        out.clear();
        other->breakOff(error, out);
        QVERIFY(out.find("The model broke off.") != std::string::npos);
        QCOMPARE(other->tail().empty(), dialect != Dialect::Responses);
    }
}

void TestReplyParts::findsTheItemsOfAReply_data() {
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<QByteArray>("items"); ///< id and JSON of each
    const QByteArray two =
        R"([{"type":"message","id":"msg_1","content":[{"id":"x"}]}, {"id":"f\/1","n":[1]}])";
    const QByteArray found =
        R"(msg_1 {"type":"message","id":"msg_1","content":[{"id":"x"}]} f/1 {"id":"f\/1","n":[1]})";
    QTest::newRow("whole") << R"({"object":"response","output":)" + two + "}" << found;
    QTest::newRow("the last event") << "event: response.completed\r\ndata: {\"response\":{\"output\":" + two +
                                           "},\"type\":\"response.completed\"}\r\n\r\n"
                                    << found;
    QTest::newRow("behind others")
        << "event: x\ndata: {\"type\":\"x\",\"item\":{\"id\":\"no\"}}\n\n: ping\n\n"
           "data: {\"response\":{\"output\":" +
               two + "}}\n\ndata: [DONE]\n\n"
        << found;
    QTest::newRow("without ids") << QByteArray(
                                        R"({"output":[{"type":"message"},{"id":""},{"id":7},{"id":"a"}]})")
                                 << QByteArray(R"(a {"id":"a"})");
    QTest::newRow("no items") << QByteArray(R"({"output":[]})") << QByteArray();
    QTest::newRow("no output") << QByteArray(R"({"response":{"id":"r"}})") << QByteArray();
    QTest::newRow("what is no item ends it")
        << QByteArray(R"({"output":[{"id":"a"},7,{"id":"b"}]})") << QByteArray(R"(a {"id":"a"})");
    QTest::newRow("cut off") << QByteArray(R"({"output":[{"id":"a"},{"id)") << QByteArray();
    QTest::newRow("no reply") << QByteArray("{") << QByteArray();
    QTest::newRow("nothing") << QByteArray() << QByteArray();
}

void TestReplyParts::findsTheItemsOfAReply() {
    QFETCH(QByteArray, reply);
    QFETCH(QByteArray, items);
    std::string found;
    for (const auto& item : replyItems(reply.toStdString()))
        found += (found.empty() ? "" : " ") + item.id + ' ' + item.json;
    QCOMPARE(found, items.toStdString());
}

QTEST_APPLESS_MAIN(TestReplyParts)
#include "tst_reply_parts.moc"
