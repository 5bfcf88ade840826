#include "core/gateway/wire/messages_request.h"
#include "core/gateway/wire/responses_request.h"
#include "tests/core/gateway/padded.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <string>

using namespace tierdeck;
using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;

namespace {

std::string joined(std::string_view body, const std::vector<Splice>& splices) {
    std::string text;
    std::size_t end = 0;
    for (const auto& splice : splices) {
        if (splice.begin < end || splice.end < splice.begin || splice.end > body.size())
            return "splices that do not rise";
        end = splice.end;
    }
    for (const auto piece : spliced(body, splices).pieces)
        text += piece;
    return text;
}

QByteArray bytes(const std::string& text) {
    return QByteArray::fromStdString(text);
}

/// The words of a row's last column, by which it says what the router wants.
BodyChanges changesOf(const QByteArray& words, const std::string& model, std::string& reasoning) {
    BodyChanges changes;
    changes.model = model;
    for (const auto& word : words.split(' ')) {
        if (word == "router")
            changes.removeOpenRouter = true;
        else if (word == "attribution")
            changes.removeAttribution = true;
        else if (word == "thoughts")
            changes.removeReasoning = true;
        else if (word.startsWith("t="))
            changes.temperature = word.mid(2).toDouble();
        else if (word.startsWith("r="))
            reasoning = word.mid(2).toStdString();
    }
    changes.reasoning = reasoning;
    return changes;
}

} // namespace

class TestRequestSplices : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void splices_data();
    void splices();
    void refuses_data();
    void refuses();
    void leavesAloneWhatIsRight();
};

void TestRequestSplices::splices_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<QByteArray>("wishes");
    auto dialect = Dialect::Chat;
    std::string model = "new";
    std::string tail = R"("messages":[{"role":"user","content":"hi"}]})";
    const auto raw = [&](const char* name, const std::string& body, const std::string& expected,
                         const char* wishes = "") {
        QTest::newRow(name) << int(dialect) << bytes(model) << bytes(body) << bytes(expected)
                            << QByteArray(wishes);
    };
    /// With the model in front and the conversation behind; `added` is what comes in before the model.
    const auto row = [&](const char* name, const std::string& members, const std::string& expected,
                         const char* wishes = "", const std::string& added = "") {
        raw(name, R"({"model":"a",)" + members + tail,
            "{" + added + R"("model":")" + model + "\"," + expected + tail, wishes);
    };

    row("OpenRouter's wishes", R"("models":["x/y"],"provider":{"order":["z"]},"top_p":1,)", R"("top_p":1,)",
        "router");
    row("OpenRouter's wishes apart", R"("models":["x/y"],"top_p":1,"provider":{},)", R"("top_p":1,)",
        "router");
    row("OpenRouter's wishes to OpenRouter", R"("models":["x/y"],)", R"("models":["x/y"],)");
    row("OpenRouter's wishes as nulls", R"("models":null,"provider":null,)", "", "router");
    raw("OpenRouter's wishes at the end",
        R"({"messages":[{"role":"user","content":"hi"}],"model":"a" , "models":["x"] , "provider":{} })",
        R"({"messages":[{"role":"user","content":"hi"}],"model":"new"  })", "router");
    raw("OpenRouter's models in place of the model", R"({"models":["x"],)" + tail,
        R"({"model":"new",)" + tail, "router");

    dialect = Dialect::Responses;
    tail = R"("input":"hi"})";
    row("Responses: model", "", "");
    raw("Responses: no model", "{" + tail, R"({"model":"new",)" + tail);
    row("Responses: temperature", "", "", "t=0.5", R"("temperature":0.5,)");
    row("Responses: temperature null", R"("temperature":null,)", R"("temperature":0.5,)", "t=0.5");
    row("Responses: temperature of the client", R"("temperature":0.70,)", R"("temperature":0.70,)", "t=0.5");
    row("Responses: effort", "", "", "r=low", R"("reasoning":{"effort":"low"},)");
    row("Responses: effort beside a summary", R"("reasoning":{ "summary":"auto"},)",
        R"("reasoning":{"effort":"low", "summary":"auto"},)", "r=low");
    row("Responses: effort into an empty object", R"("reasoning":{},)", R"("reasoning":{"effort":"low"},)",
        "r=low");
    row("Responses: effort null", R"("reasoning":{"effort":null,"summary":"auto"},)",
        R"("reasoning":{"effort":"low","summary":"auto"},)", "r=low");
    row("Responses: reasoning null", R"("reasoning":null,)", R"("reasoning":{"effort":"low"},)", "r=low");
    row("Responses: effort of the client", R"("reasoning":{"effort":"high"},)",
        R"("reasoning":{"effort":"high"},)", "r=low");
    const std::string before = R"({"model":"a","input":[{"role":"user","content":"hi"},)";
    const std::string after = R"({"model":"new","input":[{"role":"user","content":"hi"},)";
    const std::string call = R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]})";
    const std::string thought = R"({"type":"reasoning","id":"r","summary":[],"encrypted_content":"gAAA"},)";
    const std::string carried =
        R"({"type":"reasoning","id":"r","summary":[],"encrypted_content":"tierdeck.1.m.a..B"},)";
    raw("Responses: own thoughts stay", before + thought + call, after + thought + call);
    raw("Responses: thoughts of a former provider go", before + thought + thought + call, after + call,
        "thoughts");
    raw("Responses: carried thoughts go in any case", before + carried + thought + call,
        after + thought + call);
    raw("Responses: command in an item",
        before + R"({"role":"user","content":[{"type":"input_text","text":"/tier deep go"}]}]})",
        after + R"({"role":"user","content":[{"type":"input_text","text":"go"}]}]})");
    raw("Responses: command in a sole text", R"({"model":"a","input":"/tier deep go"})",
        R"({"model":"new","input":"go"})");
    raw("Responses: a lone command goes with its answer",
        R"({"model":"a","input":[{"role":"user","content":"/status"},)"
        R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"x"}]},{"role":"user","content":"go"}]})",
        R"({"model":"new","input":[{"role":"user","content":"go"}]})");

    dialect = Dialect::Messages;
    tail = R"("max_tokens":9000,"messages":[{"role":"user","content":"hi"}]})";
    model = "claude-opus-4-6";
    row("Messages: model", "", "");
    row("Messages: temperature", "", "", "t=0.5", R"("temperature":0.5,)");
    row("Messages: temperature no higher than it goes", "", "", "t=1.5", R"("temperature":1,)");
    row("Messages: no temperature beside thinking", R"("thinking":{"type":"adaptive"},)",
        R"("thinking":{"type":"adaptive"},)", "t=0.5");
    row("Messages: no temperature beside an effort that is set", "", "", "t=0.5 r=low",
        R"("thinking":{"type":"adaptive"},"output_config":{"effort":"low"},)");
    row("Messages: effort beside a format", R"("output_config":{"format":{}},)",
        R"("output_config":{"effort":"low","format":{}},)", "r=low", R"("thinking":{"type":"adaptive"},)");
    row("Messages: effort of the client", R"("output_config":{"effort":"high"},)",
        R"("output_config":{"effort":"high"},)", "r=low");
    row("Messages: thinking of the client", R"("thinking":{"type":"disabled"},)",
        R"("thinking":{"type":"disabled"},)", "r=low");
    row("Messages: thinking null", R"("thinking":null,)", R"("thinking":{"type":"adaptive"},)", "r=low",
        R"("output_config":{"effort":"low"},)");
    row("Messages: effort without thinking where a call is forced", R"("tool_choice":{"type":"any"},)",
        R"("tool_choice":{"type":"any"},)", "r=high", R"("output_config":{"effort":"high"},)");
    row("Messages: effort without thinking beside a temperature", R"("temperature":0.2,)",
        R"("temperature":0.2,)", "r=high", R"("output_config":{"effort":"high"},)");
    row("Messages: no effort", "", "", "r=none");
    model = "claude-opus-4-7";
    row("Messages: no temperature where the model refuses it", "", "", "t=0.5");
    model = "claude-sonnet-4-5";
    row("Messages: budget", "", "", "r=low", R"("thinking":{"type":"enabled","budget_tokens":2048},)");
    row("Messages: budget of half the limit", "", "", "r=high",
        R"("thinking":{"type":"enabled","budget_tokens":4500},)");
    row("Messages: no budget beside a temperature", R"("temperature":1,)", R"("temperature":1,)", "r=high");
    raw("Messages: no budget in a tool loop",
        R"({"model":"a","max_tokens":9000,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use"}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]})",
        R"({"model":"claude-sonnet-4-5","max_tokens":9000,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use"}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]})",
        "r=low");
    model = "kimi-k2";
    row("Messages: nothing to a model of another maker", "", "", "r=low");
    model = "claude-opus-4-6";
    const std::string line = R"({"type":"text","text":"x-anthropic-billing-header: cc_version=2;"})";
    const std::string block = R"({"type":"text","text":"You are."})";
    row("Messages: attribution stays for Anthropic", R"("system":[)" + line + "," + block + "],",
        R"("system":[)" + line + "," + block + "],");
    row("Messages: attribution goes for others", R"("system":[ )" + line + " , " + block + "],",
        R"("system":[ )" + block + "],", "attribution");
    row("Messages: attribution alone", R"("system":[)" + line + "],", R"("system":[],)", "attribution");
    row("Messages: only the first block is one", R"("system":[)" + block + "," + line + "],",
        R"("system":[)" + block + "," + line + "],", "attribution");

    const auto talk = [&](const std::string& head, const std::string& assistant, const char* name) {
        return std::string(R"({"model":")") + name + "\"," + head +
               R"("messages":[{"role":"user","content":"x"},)" + assistant +
               R"({"role":"user","content":"y"}]})";
    };
    const auto said = [](const std::string& blocks) {
        return R"({"role":"assistant","content":[)" + blocks + "]},";
    };
    const std::string own = R"({"type":"thinking","thinking":"a [b] \"]","signature":"ErUB"})";
    const std::string redacted = R"({"type":"redacted_thinking","data":"AAAA"})";
    const std::string foreign = R"({"type":"thinking","thinking":"c","signature":"tierdeck.1.r.o..g"})";
    const std::string words = R"({"type":"text","text":"z"})";
    const auto thoughts = [&](const char* name, const std::string& given, const std::string& left,
                              const char* wishes = "") {
        raw(name, talk("", given, "a"), talk("", left, "claude-opus-4-6"), wishes);
    };
    thoughts("Messages: thoughts stay", said(own + "," + redacted + "," + words),
             said(own + "," + redacted + "," + words));
    thoughts("Messages: thoughts go", said(own + " ,\n" + redacted + ", " + words), said(words), "thoughts");
    thoughts("Messages: thoughts behind words go", said(words + " , " + own), said(words + " "), "thoughts");
    thoughts("Messages: thoughts between words go", said(words + "," + own + "," + words),
             said(words + "," + words), "thoughts");
    thoughts("Messages: a message of thoughts alone goes", said(own + "," + redacted), "", "thoughts");
    thoughts("Messages: only the carried ones go", said(own + "," + foreign + "," + words),
             said(own + "," + words));
    thoughts("Messages: a message of carried ones alone goes", said(foreign), "");
    const std::string loop =
        R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[)" + own +
        R"(,{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]})";
    const std::string loopWithout =
        R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[)"
        R"({"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]})";
    raw("Messages: a budget goes with the thought that a tool loop must begin with",
        R"({"model":"a","thinking":{"type":"enabled","budget_tokens":2000},)" + loop,
        R"({"model":"claude-opus-4-6","thinking":{"type":"disabled"},)" + loopWithout, "thoughts");
    raw("Messages: adaptive thinking stays", R"({"model":"a","thinking":{"type":"adaptive"},)" + loop,
        R"({"model":"claude-opus-4-6","thinking":{"type":"adaptive"},)" + loopWithout, "thoughts");

    thoughts(
        "Messages: a command's block goes, the results stay",
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"},{"type":"text","text":"@tier deep"}]},)",
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]},)");
}

void TestRequestSplices::splices() {
    QFETCH(int, dialect);
    QFETCH(QByteArray, model);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    QFETCH(QByteArray, wishes);
    QVERIFY(nlohmann::json::accept(body.toStdString()));
    const Padded padded(body.toStdString());
    const auto scanned = scanRequest(Dialect(dialect), padded.view());
    QVERIFY2(scanned, scanned ? "" : scanned.error().message.c_str());
    std::string reasoning;
    const auto name = model.toStdString();
    const auto result = joined(padded.view(), requestSplices(*scanned, changesOf(wishes, name, reasoning)));
    QCOMPARE(result, expected.toStdString());
    QVERIFY(nlohmann::json::accept(result));
}

void TestRequestSplices::refuses_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("word"); // of the sentence
    const auto row = [](Dialect dialect, const char* body, const char* word) {
        QTest::newRow(body) << int(dialect) << QByteArray(body) << QByteArray(word);
    };
    const auto r = Dialect::Responses;
    row(r, "", "JSON");
    row(r, "[]", "object");
    row(r, "{}", "input");
    row(r, R"({"input":null})", "input");
    row(r, R"({"input":[]})", "input");
    row(r, R"({"input":7})", "input");
    row(r, R"({"input":["x"]})", "input");
    row(r, R"({"model":"a","input":"x","model":"b"})", "twice");
    row(r, R"({"input":"x","input":"y"})", "twice");
    row(r, R"({"input":"x","input":[{"role":"user","content":"x"}]})", "twice");
    row(r, R"({"model":7,"input":"x"})", "model");
    row(r, R"({"reasoning":"low","input":"x"})", "reasoning");
    row(r, R"({"input":"x"}})", "JSON");
    row(r, R"({"input":"a\qb"})", "string");
    const auto m = Dialect::Messages;
    row(m, "{", "JSON");
    row(m, "{}", "messages");
    row(m, R"({"messages":[]})", "messages");
    row(m, R"({"messages":[{"content":"x"}]})", "role");
    row(m, R"({"model":"a","messages":[{"role":"user","content":"x"}],"model":"b"})", "twice");
    row(m, R"({"output_config":7,"messages":[{"role":"user","content":"x"}]})", "output_config");
}

void TestRequestSplices::refuses() {
    QFETCH(int, dialect);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, word);
    const Padded padded(body.toStdString());
    const auto scanned = scanRequest(Dialect(dialect), padded.view());
    QVERIFY(!scanned);
    QVERIFY2(scanned.error().message.find(word.toStdString()) != std::string::npos,
             scanned.error().message.c_str());
    QCOMPARE(scanned.error().code, ErrorCode::InvalidInput);
}

void TestRequestSplices::leavesAloneWhatIsRight() {
    // Stored conversations and templates need no input of their own.
    for (const char* body : {R"({"previous_response_id":"resp_1"})",
                             R"({"conversation":"conv_1","input":[]})", R"({"prompt":{"id":"p"}})"}) {
        const Padded padded(body);
        QVERIFY2(scanResponsesRequest(padded.view()), body);
    }
    // What stands for something else is found with its place, wherever its members stand.
    const Padded referring(
        R"({"input":[{"role":"user","content":"x"}, {"id":"msg_1","type":"item_reference"} ,)"
        R"({"type":"item_reference"},{"type":"item_reference","id":"rs \u002f 2"}],)"
        R"("store":false})");
    const auto references = scanResponsesRequest(referring.view());
    QVERIFY(references);
    QCOMPARE(references->references.size(), std::size_t{2});
    QCOMPARE(references->references[0].id, std::string("msg_1"));
    const auto span = references->references[0].span;
    QCOMPARE(std::string(referring.view().substr(span.begin, span.end - span.begin)),
             std::string(R"({"id":"msg_1","type":"item_reference"})"));
    QCOMPARE(references->references[1].id, std::string("rs / 2"));
    QCOMPARE(references->messages, 4);
    QVERIFY(!references->keepsReply);
    for (const char* body :
         {R"({"input":"x"})", R"({"input":"x","store":null})", R"({"input":"x","store":true})"}) {
        const Padded padded(body);
        QVERIFY2(scanResponsesRequest(padded.view()).value().keepsReply, body);
    }
    // A body that says all that is wanted is sent from where it lies.
    const Padded same(R"({"model":"b","max_tokens":1,"messages":[{"role":"user","content":"x"}]})");
    const auto scanned = scanMessagesRequest(same.view());
    QVERIFY(scanned);
    BodyChanges changes;
    changes.model = "b";
    QCOMPARE(joined(same.view(), requestSplices(*scanned, changes)), std::string(same.view()));
}

QTEST_APPLESS_MAIN(TestRequestSplices)
#include "tst_request_splices.moc"
