#include "core/foundation/json_text.h"
#include "core/gateway/wire/carried_reasoning.h"
#include "core/gateway/wire/model_traits.h"
#include "core/gateway/wire/request_translation.h"
#include "tests/core/gateway/padded.h"
#include "tests/core/gateway/wire_checks.h"
#include "tests/support/printing.h"

#include <QDir>
#include <QFile>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <array>
#include <random>
#include <string>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<std::pair<const char*, Dialect>, 3> dialects{
    {{"chat", Dialect::Chat}, {"responses", Dialect::Responses}, {"messages", Dialect::Messages}}};

constexpr std::string_view halfPair = "(half of a pair)";

std::string read(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

QString folder() {
    return QStringLiteral(TIERDECK_TEST_DATA "/wire/requests/");
}

struct Fixture {
    std::string name; ///< "tools.chat"
    Dialect dialect = Dialect::Chat;
    std::string body; ///< as it is written in the file
    Json options;
};

Dialect dialectOf(const std::string& name) {
    for (const auto& [word, dialect] : dialects) {
        if (name.ends_with(std::string(".") + word))
            return dialect;
    }
    return name.find("codex") != std::string::npos ? Dialect::Responses : Dialect::Messages;
}

std::optional<Fixture> fixtureAt(const QString& path, std::string name) {
    const auto text = JsonText::parse(read(path));
    const auto body = text ? text->value("/body") : std::nullopt;
    if (!body || !body->starts_with('{'))
        return std::nullopt;
    Fixture fixture;
    fixture.name = std::move(name);
    fixture.dialect = dialectOf(fixture.name);
    fixture.body = *body;
    // What no JSON file may hold, but clients send.
    if (const auto at = fixture.body.find(halfPair); at != std::string::npos)
        fixture.body.replace(at, halfPair.size(), "\\ud83d");
    const auto options = text->value("/options");
    fixture.options = options ? Json::parse(*options) : Json::object();
    return fixture;
}

std::vector<Fixture> fixtures() {
    std::vector<Fixture> all;
    const QDir dir(folder());
    for (const auto& file : dir.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        if (auto fixture = fixtureAt(dir.filePath(file), file.chopped(5).toStdString()))
            all.push_back(std::move(*fixture));
    }
    return all;
}

/// What the real clients send.
std::vector<Fixture> captured() {
    std::vector<Fixture> all;
    const QDir dir(QStringLiteral(TIERDECK_TEST_DATA "/wire/clients"));
    for (const auto& client : dir.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        const QDir inner(dir.filePath(client));
        for (const auto& file : inner.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
            auto fixture =
                fixtureAt(inner.filePath(file), (client + QLatin1Char('/') + file.chopped(5)).toStdString());
            if (fixture)
                all.push_back(std::move(*fixture));
        }
    }
    return all;
}

WriteOptions optionsFor(const Fixture& fixture, const char* target, Dialect dialect) {
    const auto said = fixture.options.value(target, Json::object());
    WriteOptions options;
    options.model = said.value("model", dialect == Dialect::Messages ? "claude-opus-4-6" : "gpt-5.2");
    options.isOpenAi = said.value("isOpenAi", said.empty() && dialect != Dialect::Messages);
    options.takesCacheMarks = said.value("takesCacheMarks", false);
    options.servingModel = said.value("servingModel", "");
    options.reasoning = said.value("reasoning", "");
    if (said.contains("temperature"))
        options.temperature = said.at("temperature").get<double>();
    return options;
}

Json factsOf(const ScannedRequest& scanned) {
    Json facts;
    const auto add = [&](const char* key, const auto& value, const auto& usual) {
        if (value != usual)
            facts[key] = value;
    };
    add("model", scanned.model, "");
    add("stream", scanned.stream, false);
    add("usage", scanned.includeUsage, false);
    add("temperature", scanned.hasTemperature, false);
    add("reasoning", scanned.hasReasoning, false);
    add("images", scanned.hasImages, false);
    add("schema", scanned.asksForSchema, false);
    add("forcesTool", scanned.forcesTool, false);
    add("tools", scanned.tools, 0);
    add("messages", scanned.messages, 0);
    add("maxOutputTokens", scanned.maxOutputTokens.value_or(-1), -1);
    add("userText", scanned.userText, "");
    add("userPosition", scanned.userPosition, -1);
    add("userMessages", scanned.userHashes.size(), std::size_t(0));
    add("commandAlone", scanned.commandAlone, false);
    if (scanned.command)
        facts["command"] = scanned.command->argument;
    add("skill", scanned.skill, "");
    add("taskType", scanned.taskType, "");
    add("userId", scanned.metadataUserId, "");
    add("clientSession", scanned.clientSession, "");
    add("cacheKey", scanned.promptCacheKey, "");
    add("previousResponse", scanned.previousResponse, "");
    add("markedSubagent", scanned.isMarkedSubagent, false);
    if (!scanned.models.empty())
        facts["models"] = scanned.models;
    add("provider", scanned.providerJson, "");
    add("thoughts", scanned.reasoningSplices.size(), std::size_t(0));
    add("carriedThoughts", scanned.carriedSplices.size(), std::size_t(0));
    return facts;
}

Json toJson(const Result<WrittenRequest>& written, const Notes& notes) {
    Json told;
    if (!written) {
        told["error"] = written.error().message;
        return told;
    }
    told["body"] = Json::parse(written->body, nullptr, false);
    if (!notes.sentences().empty())
        told["notes"] = notes.sentences();
    for (const auto& [name, tool] : written->context.tools)
        told["tools"][name] = {
            {"name", tool.name}, {"namespace", tool.nameSpace}, {"freeform", tool.isFreeform}};
    if (written->context.clientWantsUsage)
        told["clientWantsUsage"] = true;
    return told;
}

/// Each fixture's facts and translations stand in `expected/`. Set TIERDECK_UPDATE_EXPECTED to write them
/// anew, and read what has changed.
void compareWith(const QString& name, const Json& actual) {
    const auto path = folder() + QStringLiteral("expected/") + name;
    const auto text = actual.dump(1) + "\n";
    if (qEnvironmentVariableIsSet("TIERDECK_UPDATE_EXPECTED")) {
        QDir().mkpath(folder() + QStringLiteral("expected"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text.data(), static_cast<qsizetype>(text.size()));
        return;
    }
    QCOMPARE(text, read(path));
}

std::string joined(std::string_view body, const std::vector<Splice>& splices) {
    std::string text;
    for (const auto piece : spliced(body, splices).pieces)
        text += piece;
    return text;
}

const BodyChanges& allChanges() {
    static const BodyChanges changes = [] {
        BodyChanges all;
        all.model = "claude-opus-4-6";
        all.temperature = 0.5;
        all.reasoning = "low";
        all.requestUsage = all.removeOpenRouter = all.removeAttribution = all.removeReasoning = true;
        return all;
    }();
    return changes;
}

} // namespace

class TestRequestTranslation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void facts_data();
    void facts();
    void translations_data();
    void translations();
    void realClients_data();
    void realClients();
    void rootsOfConversations();
    void stableFromRequestToRequest();
    void mutations_data();
    void mutations();
    void hugeBodies();
    void estimates();
    void carriedReasoning();
    void traits_data();
    void traits();
};

void TestRequestTranslation::facts_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("dialect");
    const auto all = fixtures();
    QVERIFY(all.size() > 30);
    for (const auto& fixture : all)
        QTest::newRow(fixture.name.c_str())
            << QByteArray::fromStdString(fixture.body) << int(fixture.dialect);
}

void TestRequestTranslation::facts() {
    QFETCH(QByteArray, body);
    QFETCH(int, dialect);
    const Padded padded(body.toStdString());
    const auto scanned = scanRequest(Dialect(dialect), padded.view());
    QVERIFY2(scanned, scanned ? "" : scanned.error().message.c_str());
    compareWith(QString::fromUtf8(QTest::currentDataTag()) + QStringLiteral(".facts.json"),
                factsOf(*scanned));
}

void TestRequestTranslation::translations_data() {
    QTest::addColumn<QByteArray>("fixture");
    QTest::addColumn<QByteArray>("target");
    for (const auto& fixture : fixtures()) {
        for (const auto& [word, dialect] : dialects) {
            if (dialect != fixture.dialect)
                QTest::newRow((fixture.name + "-" + word).c_str())
                    << QByteArray::fromStdString(fixture.name) << QByteArray(word);
        }
    }
}

void TestRequestTranslation::translations() {
    QFETCH(QByteArray, fixture);
    QFETCH(QByteArray, target);
    const auto given =
        fixtureAt(folder() + QString::fromUtf8(fixture) + QStringLiteral(".json"), fixture.toStdString());
    QVERIFY(given);
    const auto to = dialectOf("." + target.toStdString());
    const Padded padded(given->body);
    const auto scanned = scanRequest(given->dialect, padded.view());
    QVERIFY(scanned);
    Notes notes;
    const auto written =
        translateRequest(*scanned, padded.view(), to, optionsFor(*given, target.constData(), to), notes);
    if (written)
        QCOMPARE(problemOf(to, written->body), std::string());
    compareWith(QString::fromUtf8(QTest::currentDataTag()) + QStringLiteral(".json"), toJson(written, notes));
}

void TestRequestTranslation::realClients_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("dialect");
    for (const auto& fixture : captured())
        QTest::newRow(fixture.name.c_str())
            << QByteArray::fromStdString(fixture.body) << int(fixture.dialect);
}

void TestRequestTranslation::realClients() {
    QFETCH(QByteArray, body);
    QFETCH(int, dialect);
    const Padded padded(body.toStdString());
    const auto scanned = scanRequest(Dialect(dialect), padded.view());
    QVERIFY2(scanned, scanned ? "" : scanned.error().message.c_str());
    QVERIFY(scanned->userPosition >= 0 && !scanned->userText.empty());
    QVERIFY(scanned->userText.find("<system-reminder>") == std::string::npos);
    QVERIFY(scanned->userText.find("<environment_context>") == std::string::npos);

    BodyChanges none;
    none.model = scanned->model;
    const auto same = joined(padded.view(), requestSplices(*scanned, none));
    QCOMPARE(same, std::string(padded.view()));
    const auto changed = joined(padded.view(), requestSplices(*scanned, allChanges()));
    QVERIFY(nlohmann::json::accept(changed));
    QVERIFY(changed.find("x-anthropic-billing-header") == std::string::npos);

    for (const auto& [word, to] : dialects) {
        if (int(to) == dialect)
            continue;
        for (const char* model : {"claude-sonnet-4-5", "claude-opus-4-6", "gpt-5.2", "qwen3-coder"}) {
            WriteOptions options;
            options.model = model;
            Notes notes;
            const auto written = translateRequest(*scanned, padded.view(), to, options, notes);
            QVERIFY2(written, written ? "" : written.error().message.c_str());
            QCOMPARE(problemOf(to, written->body), std::string());
            QVERIFY(written->body.find("x-anthropic-billing-header") == std::string::npos);
            QVERIFY(written->body.find("context_management") == std::string::npos);
        }
    }
}

void TestRequestTranslation::rootsOfConversations() {
    const auto root = [](Dialect dialect, const std::string& members) {
        const Padded padded("{" + members + "}");
        const auto scanned = scanRequest(dialect, padded.view());
        return scanned ? scanned->rootHash : 0;
    };
    const auto claude = [&](const std::string& line, const std::string& more = "") {
        return root(Dialect::Messages,
                    R"("system":[{"type":"text","text":")" + line +
                        R"("},{"type":"text","text":"s"}],"messages":[{"role":"user","content":"one"})" +
                        more + "]");
    };
    const auto first = claude("x-anthropic-billing-header: cch=1;");
    // Older versions turn the line over with every request.
    QCOMPARE(claude("x-anthropic-billing-header: cch=2;"), first);
    QCOMPARE(claude("x-anthropic-billing-header: cch=1;",
                    R"(,{"role":"assistant","content":"1"},{"role":"user","content":"two"})"),
             first);
    QVERIFY(claude("Another line.") != first);
    // Where the members stand makes no difference.
    const std::string input = R"("input":[{"role":"user","content":"one"}])";
    const std::string instructions = R"("instructions":"s")";
    QCOMPARE(root(Dialect::Responses, input + "," + instructions),
             root(Dialect::Responses, instructions + "," + input));
    QVERIFY(root(Dialect::Responses, input) != root(Dialect::Responses, instructions + "," + input));
}

void TestRequestTranslation::stableFromRequestToRequest() {
    // What a provider has cached stays the same when the conversation goes on.
    const std::string start =
        R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"one"},)"
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"a b","type":"function",)"
        R"("function":{"name":"odd name","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"a b","content":"r"})";
    for (const auto to : {Dialect::Responses, Dialect::Messages}) {
        const auto write = [&](const std::string& body) {
            const Padded padded(body);
            Notes notes;
            const auto request = readChat(padded.view(), notes);
            WriteOptions options;
            options.model = "m";
            auto written = writeRequest(to, request.value(), options, notes).body;
            return Json::parse(written).at(to == Dialect::Messages ? "messages" : "input");
        };
        auto first = write(start + "]}");
        auto second =
            write(start + R"(,{"role":"assistant","content":"ok"},{"role":"user","content":"two"}]})");
        QVERIFY(second.size() > first.size());
        for (std::size_t at = 0; at < first.size(); ++at) {
            for (auto* message : {&first[at], &second[at]}) {
                if (!message->contains("content") || !message->at("content").is_array())
                    continue;
                for (auto& block : message->at("content"))
                    block.erase("cache_control");
            }
            QCOMPARE(second[at].dump(), first[at].dump());
        }
    }
}

void TestRequestTranslation::mutations_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("dialect");
    for (const auto& fixture : fixtures())
        QTest::newRow(fixture.name.c_str())
            << QByteArray::fromStdString(fixture.body) << int(fixture.dialect);
}

void TestRequestTranslation::mutations() {
    // Whatever bytes come: a refusal, or a body that a provider takes.
    QFETCH(QByteArray, body);
    QFETCH(int, dialect);
    const auto whole = body.toStdString();
    std::mt19937 random(static_cast<unsigned>(20261121 + body.size()));
    const std::string_view alphabet = "{}[]\",:\\ /tn0u\n\x01\xc3\xbc";
    // Pieces of the body itself, put where they do not belong, go deeper than single bytes.
    const auto piece = [&] {
        const auto from = random() % whole.size();
        return whole.substr(from, 1 + random() % 40);
    };
    for (int round = 0; round < 400; ++round) {
        auto mutated = whole;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const auto at = random() % mutated.size();
            switch (random() % 5) {
            case 0:
                mutated.erase(at, 1 + random() % 8);
                break;
            case 1:
                mutated.insert(at, 1, alphabet[random() % alphabet.size()]);
                break;
            case 2:
                mutated.insert(at, piece());
                break;
            case 3:
                if (const auto quote = mutated.find('"', at); quote != std::string::npos)
                    mutated.insert(quote + 1, "x"); // another key, another type
                break;
            default:
                mutated[at] = alphabet[random() % alphabet.size()];
            }
            if (mutated.empty())
                mutated = " ";
        }
        const Padded padded(mutated);
        const auto scanned = scanRequest(Dialect(dialect), padded.view());
        if (!scanned)
            continue;
        const bool isJson = nlohmann::json::accept(mutated);
        const auto changed = joined(padded.view(), requestSplices(*scanned, allChanges()));
        if (isJson)
            QVERIFY2(nlohmann::json::accept(changed), (mutated + "\n" + changed).c_str());
        for (const auto& [word, to] : dialects) {
            Notes notes;
            WriteOptions options;
            options.model = to == Dialect::Messages ? "claude-sonnet-4-5" : "gpt-5.2";
            const auto written = translateRequest(*scanned, padded.view(), to, options, notes);
            if (!written || !isJson)
                continue;
            const auto problem = problemOf(to, written->body);
            QVERIFY2(problem.empty(), (problem + "\n" + mutated + "\n" + written->body).c_str());
        }
    }
}

void TestRequestTranslation::hugeBodies() {
    std::string body =
        R"({"model":"auto","max_tokens":10,"messages":[{"role":"user","content":[{"type":"image","source":)"
        R"({"type":"base64","media_type":"image/png","data":")" +
        std::string(10u << 20, 'A') + R"("}}]})";
    for (int turn = 0; turn < 2000; ++turn)
        body +=
            R"(,{"role":"assistant","content":[{"type":"tool_use","id":"t)" + std::to_string(turn) +
            R"(","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t)" +
            std::to_string(turn) + R"(","content":")" + std::string(2000, 'x') + R"("}]})";
    const Padded padded(body + "]}");
    const auto scanned = scanRequest(Dialect::Messages, padded.view());
    QVERIFY(scanned);
    QVERIFY(scanned->estimatedTokens > 1'000'000 && scanned->estimatedTokens < 2'000'000);
    for (const auto to : {Dialect::Chat, Dialect::Responses}) {
        Notes notes;
        WriteOptions options;
        options.model = "gpt-5.2";
        const auto written = translateRequest(*scanned, padded.view(), to, options, notes);
        QVERIFY(written);
        QVERIFY(written->body.size() > (14u << 20));
        QCOMPARE(problemOf(to, written->body), std::string());
    }
    // Depth is no way to make it fall over.
    const Padded deep(
        R"({"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f",)"
        R"("parameters":)" +
        std::string(900, '[') + std::string(900, ']') + "}}]}");
    Notes notes;
    static_cast<void>(readChat(deep.view(), notes));
}

void TestRequestTranslation::estimates() {
    const auto estimate = [](const std::string& members) {
        const Padded body("{" + members + "}");
        return estimateInputTokens(body.view()).value_or(-1);
    };
    const auto user = [](const std::string& text) {
        return R"("messages":[{"role":"user","content":")" + text + R"("}])";
    };
    QCOMPARE(estimate("\"messages\":[]"), -1);
    const auto hello = estimate(user("Hello"));
    QVERIFY(hello >= 3 && hello <= 12);
    // 900 words of everyday English are some 1,100 to 1,300 tokens.
    std::string english;
    for (int at = 0; at < 100; ++at)
        english += "The little house stood near the quiet green river. ";
    const auto words = estimate(user(english));
    QVERIFY2(words > 950 && words < 1400, std::to_string(words).c_str());
    QVERIFY(estimate(R"("system":"Be brief.",)" + user("Hello")) > hello);
    QVERIFY(estimate(R"("tools":[{"name":"f","input_schema":{"type":"object"}}],)" + user("Hello")) >
            hello + 300);
    // A picture is counted as one, not by its bytes.
    const auto picture = estimate(
        R"("messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" +
        std::string(2'000'000, 'A') + R"("}}]}])");
    QVERIFY(picture > 1000 && picture < 2000);
}

void TestRequestTranslation::carriedReasoning() {
    const CarriedReasoning reasoning{Dialect::Responses, "openai/gpt-5.2", "rs_1~", "gAAAA.B=="};
    const auto packed = packReasoning(reasoning);
    QVERIFY(isCarriedReasoning(packed));
    const auto unpacked = unpackReasoning(packed);
    QVERIFY(unpacked);
    QCOMPARE(unpacked->dialect, reasoning.dialect);
    QCOMPARE(unpacked->model, reasoning.model);
    QCOMPARE(unpacked->id, reasoning.id);
    QCOMPARE(unpacked->seal, reasoning.seal);
    for (const char* other : {"", "ErUB", "tierdeck.1.", "tierdeck.1.x.a.b.c", "tierdeck.1.r.a~zz.b.c",
                              "tierdeck.1.r.a~2.b.c", "tierdeck.1.r.a"})
        QVERIFY2(!unpackReasoning(other), other);
}

void TestRequestTranslation::traits_data() {
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<int>("thinking");
    QTest::addColumn<bool>("takesSampling");
    QTest::addColumn<QByteArray>("efforts"); // for none, minimal, medium, xhigh
    const auto row = [](const char* model, ThinkingForm thinking, bool takesSampling, const char* efforts) {
        QTest::newRow(model) << QByteArray(model) << int(thinking) << takesSampling << QByteArray(efforts);
    };
    using Form = ThinkingForm;
    row("claude-3-5-sonnet-20241022", Form::None, true, ",,,");
    row("claude-3-7-sonnet-latest", Form::Budget, true, ",low,medium,xhigh");
    row("claude-sonnet-4-20250514", Form::Budget, true, ",low,medium,xhigh");
    row("claude-haiku-4-5-20251001", Form::Budget, true, ",low,medium,xhigh");
    row("anthropic/claude-opus-4.6", Form::Adaptive, true, ",low,medium,high");
    row("claude-opus-4-7", Form::Adaptive, false, ",low,medium,xhigh");
    row("claude-sonnet-5-5", Form::Adaptive, false, ",low,medium,xhigh");
    row("claude-next", Form::Adaptive, false, ",low,medium,xhigh");
    row("gpt-5", Form::Effort, false, "minimal,minimal,medium,high");
    row("gpt-5-2025-08-07", Form::Effort, false, "minimal,minimal,medium,high");
    row("gpt-5-codex", Form::Effort, false, "low,low,medium,high");
    row("openai/gpt-5.1", Form::Effort, false, "none,low,medium,high");
    row("gpt-5.2", Form::Effort, false, "none,low,medium,xhigh");
    row("gpt-5.2-chat-latest", Form::None, false, ",,,");
    row("o4-mini", Form::Effort, false, "low,low,medium,high");
    row("gpt-4o", Form::None, true, ",,,");
    row("gpt-oss-120b", Form::Effort, true, "low,low,medium,high");
    row("google/gemini-2.5-pro", Form::Effort, true, "low,low,medium,high");
    row("gemini-1.5-pro", Form::None, true, ",,,");
    row("qwen3-coder", Form::None, true, ",,,");
    row("", Form::None, true, ",,,");
}

void TestRequestTranslation::traits() {
    QFETCH(QByteArray, model);
    const auto name = model.toStdString();
    const auto traits = traitsOf(name);
    QTEST(int(traits.thinking), "thinking");
    QTEST(traits.takesSampling, "takesSampling");
    QTEST(QByteArray::fromStdString(effortFor(name, "none") + "," + effortFor(name, "minimal") + "," +
                                    effortFor(name, "medium") + "," + effortFor(name, "xhigh")),
          "efforts");
}

QTEST_APPLESS_MAIN(TestRequestTranslation)
#include "tst_request_translation.moc"
