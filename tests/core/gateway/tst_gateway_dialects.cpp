#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

using Json = nlohmann::json;

routing::ModelId modelId(const std::string& text) {
    return routing::ModelId::parse(text).value();
}

std::string responseJson(const std::string& id, const std::string& model) {
    return Json{
        {"id", id},
        {"object", "response"},
        {"status", "completed"},
        {"model", model},
        {"output",
         {{{"type", "message"},
           {"id", "msg_1"},
           {"role", "assistant"},
           {"status", "completed"},
           {"content", {{{"type", "output_text"}, {"text", "Hello"}, {"annotations", Json::array()}}}}}}},
        {"usage",
         {{"input_tokens", 12},
          {"input_tokens_details", {{"cached_tokens", 2}}},
          {"output_tokens", 5},
          {"output_tokens_details", {{"reasoning_tokens", 0}}},
          {"total_tokens", 17}}}}
        .dump();
}

std::string responsesRequest(const std::string& model, const std::string& previous = {}) {
    Json body{{"model", model}, {"input", "go on"}};
    if (!previous.empty())
        body["previous_response_id"] = previous;
    return httpRequest("POST", "/v1/responses", body.dump(), {{"content-type", "application/json"}});
}

/// A conversation in which the earlier reply's items stand by their ids alone.
std::string referringRequest(const std::string& model, const std::vector<std::string>& ids) {
    Json input = Json::array({{{"role", "user"}, {"content", "begin"}}});
    for (const auto& id : ids)
        input.push_back({{"type", "item_reference"}, {"id", id}});
    input.push_back({{"role", "user"}, {"content", "go on"}});
    return httpRequest("POST", "/v1/responses", Json{{"model", model}, {"input", input}}.dump(),
                       {{"content-type", "application/json"}});
}

/// Of each item of a reply.
std::vector<std::string> itemIds(const std::string& reply) {
    std::vector<std::string> ids;
    const auto parsed = Json::parse(reply);
    for (const auto& item : parsed.at("output"))
        ids.push_back(item.at("id"));
    return ids;
}

std::string countRequest(const std::string& model) {
    return httpRequest("POST", "/v1/messages/count_tokens?beta=true",
                       R"({"model":")" + model +
                           R"(","messages":[{"role":"user","content":"How many tokens are these?"}]})",
                       {{"content-type", "application/json"}, {"anthropic-version", "2023-06-01"}});
}

/// Two providers of Responses and one of Chat, each with its own upstream.
struct Providers {
    MockUpstream one{replying(httpReply(200, responseJson("resp_one", "m")))};
    MockUpstream two{replying(httpReply(200, responseJson("resp_two", "m")))};
    MockUpstream chat{answering("Hello")};
    GatewayBench bench{chat.url()};

    Providers() {
        for (const auto& [name, url] : {std::pair("one", one.url()), std::pair("two", two.url())}) {
            addProvider(bench.policy, name, url);
            bench.policy.providers[name].apiType = routing::ApiType::OpenAi;
            bench.policy.providers[name].key = {};
        }
    }

    void serve(const std::string& model, const std::vector<std::string>& fallbacks) {
        bench.policy.tiers["balanced"].model = modelId(model);
        setFallbacks(bench.policy, "*", fallbacks);
    }
};

MockUpstream::Script streaming(std::string events) {
    return [events = std::move(events)](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(events) + std::string(lastChunk));
    };
}

} // namespace

class TestGatewayDialects : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goesOnWithTheMaker();
    void goesOnWithAMakerBeyondThePlan();
    void goesOnWithAnUnknownReplyWhereItMayBeKnown();
    void refusesToGoOnWhereNobodyCan();
    void putsBackWhatAClientRefersTo_data();
    void putsBackWhatAClientRefersTo();
    void goesOnWithTheMakerOfAnItem();
    void refusesReferencesToWhatNobodyKnows();
    void refusesWhatOnlyAnotherProviderHas();
    void triesTheModelsThatAreListed();
    void keepsToTheWishedProviders();
    void refusesWishesThatAreNone();
    void refusesWishesThatLeaveNothing();
    void gathersAStreamNobodyAskedFor_data();
    void gathersAStreamNobodyAskedFor();
    void triesAgainAfterABrokenGatheredStream_data();
    void triesAgainAfterABrokenGatheredStream();
    void countsWhereTheProviderCounts();
    void passesARefusalToCount();
    void estimatesWhereNobodyCounts_data();
    void estimatesWhereNobodyCounts();
};

void TestGatewayDialects::goesOnWithTheMaker() {
    Providers providers;
    providers.serve("one/m", {"two/m"});
    auto& bench = providers.bench;
    providers.one.setScript(failing(401));
    bench.start();
    const auto first = bench.ask(responsesRequest("auto"));
    QCOMPARE(first.header("x-tierdeck-model"), std::string("two/m"));
    // Its first choice is well again, but does not have what the other one made.
    providers.one.setScript(replying(httpReply(200, responseJson("resp_one", "m"))));
    const auto next = bench.ask(responsesRequest("auto", "resp_two"));
    QCOMPARE(next.status(), 200);
    QCOMPARE(next.header("x-tierdeck-model"), std::string("two/m"));
    QCOMPARE(bench.recordOf(next).attempts.size(), std::size_t(1));
    QCOMPARE(textIn(providers.two.requests().back().body, "previous_response_id"), std::string("resp_two"));
    const auto fresh = bench.ask(responsesRequest("auto"));
    QCOMPARE(fresh.header("x-tierdeck-model"), std::string("one/m"));
    QCOMPARE(providers.one.requests().size(), std::size_t(2));
}

void TestGatewayDialects::goesOnWithAMakerBeyondThePlan() {
    Providers providers;
    providers.serve("mock/base", {});
    auto& bench = providers.bench;
    bench.start();
    QCOMPARE(bench.ask(responsesRequest("two/m")).header("x-tierdeck-model"), std::string("two/m"));
    const auto next = bench.ask(responsesRequest("auto", "resp_two"));
    QCOMPARE(next.status(), 200);
    QCOMPARE(next.header("x-tierdeck-model"), std::string("two/m"));
    QVERIFY(bench.recordOf(next).attempts[0].reason.find("made the reply") != std::string::npos);
    QVERIFY(providers.chat.requests().empty());
}

void TestGatewayDialects::goesOnWithAnUnknownReplyWhereItMayBeKnown() {
    Providers providers;
    providers.serve("mock/base", {"one/m"});
    auto& bench = providers.bench;
    bench.start();
    const auto reply = bench.ask(responsesRequest("auto", "resp_of_yesterday"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("one/m"));
    QVERIFY(providers.chat.requests().empty());
}

void TestGatewayDialects::refusesToGoOnWhereNobodyCan() {
    Providers providers;
    providers.serve("mock/base", {"sim/fast"});
    auto& bench = providers.bench;
    bench.start();
    const auto reply = bench.ask(responsesRequest("auto", "resp_of_yesterday"));
    QCOMPARE(reply.status(), 400);
    QCOMPARE(textIn(reply.body, "code"), std::string("previous_response_not_found"));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.tier.value_or("-"), std::string("balanced"));
    QCOMPARE(record.tierSource, std::string("default"));
    QVERIFY(providers.chat.requests().empty());
}

void TestGatewayDialects::putsBackWhatAClientRefersTo_data() {
    QTest::addColumn<bool>("streams");
    QTest::addColumn<QByteArray>("next");
    for (const bool streams : {false, true}) {
        const char* how = streams ? "streamed" : "whole";
        QTest::addRow("%s, for a provider of another dialect", how) << streams << QByteArray("mock/base");
        QTest::addRow("%s, for one of the client's", how) << streams << QByteArray("one/m");
        QTest::addRow("%s, for the simulated one", how) << streams << QByteArray("sim/fast");
    }
}

// No provider keeps what was translated. The client refers to it all the same.
void TestGatewayDialects::putsBackWhatAClientRefersTo() {
    QFETCH(bool, streams);
    QFETCH(QByteArray, next);
    Providers providers;
    auto& bench = providers.bench;
    bench.start();
    const Json body{{"model", "mock/base"}, {"input", "begin"}, {"stream", streams}};
    const auto request =
        httpRequest("POST", "/v1/responses", body.dump(), {{"content-type", "application/json"}});
    const auto first = bench.ask(request);
    QCOMPARE(first.status(), 200);
    providers.chat.setScript(answering("Goodbye")); // by the same id: the provider gives all replies that one
    QCOMPARE(bench.ask(request).status(), 200);
    std::string id;
    if (streams) {
        const auto at = first.body.find("\"id\":\"msg_") + 6;
        id = first.body.substr(at, first.body.find('"', at) - at);
    } else {
        id = itemIds(first.body).at(0);
    }
    const auto second = bench.ask(referringRequest(next.toStdString(), {id}));
    QVERIFY2(second.status() == 200, second.body.c_str());
    QCOMPARE(second.header("x-tierdeck-model"), next.toStdString());
    if (next.startsWith("sim/"))
        return;
    const auto& upstream = next == "one/m" ? providers.one : providers.chat;
    const auto asked = Json::parse(upstream.requests().back().body);
    const auto& messages = asked.at(next == "one/m" ? "input" : "messages");
    QCOMPARE(messages.size(), std::size_t{3});
    QCOMPARE(messages[1].at("role").get<std::string>(), std::string("assistant"));
    QVERIFY2(messages[1].at("content").dump().find("Hello") != std::string::npos, messages[1].dump().c_str());
}

// What a provider made it may keep.
void TestGatewayDialects::goesOnWithTheMakerOfAnItem() {
    Providers providers;
    providers.serve("one/m", {"two/m"});
    auto& bench = providers.bench;
    bench.start();
    const auto first = bench.ask(responsesRequest("two/m"));
    const auto request = referringRequest("auto", itemIds(first.body));
    const auto next = bench.ask(request);
    QCOMPARE(next.status(), 200);
    QCOMPARE(next.header("x-tierdeck-model"), std::string("two/m"));
    // Byte for byte, but for the model.
    auto asked = Json::parse(providers.two.requests().back().body);
    asked["model"] = "auto";
    QCOMPARE(asked.dump(), request.substr(request.find("\r\n\r\n") + 4));
    QVERIFY(providers.one.requests().empty());
}

void TestGatewayDialects::refusesReferencesToWhatNobodyKnows() {
    Providers providers;
    providers.serve("mock/base", {});
    auto& bench = providers.bench;
    bench.start();
    const auto reply = bench.ask(referringRequest("auto", {"msg_of_yesterday"}));
    QCOMPARE(reply.status(), 400);
    QCOMPARE(textIn(reply.body, "code"), std::string("previous_response_not_found"));
    QVERIFY(reply.body.find("`store` false") != std::string::npos);
    QVERIFY(providers.chat.requests().empty());
    // Where a provider may know it, it is asked.
    QCOMPARE(bench.ask(referringRequest("one/m", {"msg_of_yesterday"})).status(), 200);
    // Who says that nothing is to be kept is given nothing to refer to.
    const Json body{{"model", "auto"}, {"input", "begin"}, {"store", false}};
    const auto first =
        bench.ask(httpRequest("POST", "/v1/responses", body.dump(), {{"content-type", "application/json"}}));
    QCOMPARE(bench.ask(referringRequest("auto", itemIds(first.body))).status(), 400);
}

// To ask again would change nothing: the client is not told to.
void TestGatewayDialects::refusesWhatOnlyAnotherProviderHas() {
    Providers providers;
    providers.serve("mock/base", {});
    auto& bench = providers.bench;
    bench.start();
    const Json body{{"model", "auto"}, {"input", "go on"}, {"conversation", "conv_1"}};
    const auto reply =
        bench.ask(httpRequest("POST", "/v1/responses", body.dump(), {{"content-type", "application/json"}}));
    QCOMPARE(reply.status(), 400);
    QCOMPARE(textIn(reply.body, "code"), std::string("not_portable"));
    QVERIFY(reply.body.find("`conversation`") != std::string::npos);
    QVERIFY(providers.chat.requests().empty());
}

void TestGatewayDialects::triesTheModelsThatAreListed() {
    MockUpstream mock(failing(401));
    MockUpstream other(answering("Hello"));
    GatewayBench bench(mock.url());
    addProvider(bench.policy, "other", other.url());
    bench.start();
    const auto body = chatBody("mock/a", "hi", R"("models":["mock/b","other/c","other/d"],)");
    const auto reply = bench.ask(httpRequest("POST", "/v1/chat/completions", body));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/c"));
    QCOMPARE(mock.requests().size(), std::size_t(2));
    QCOMPARE(modelIn(mock.requests()[0]), std::string("a"));
    QCOMPARE(modelIn(mock.requests()[1]), std::string("b"));
    // The list is OpenRouter's own; another provider would refuse it.
    QCOMPARE(other.requests()[0].body, chatBody("c", "hi"));
    QCOMPARE(bench.recordOf(reply).attempts.size(), std::size_t(3));
}

void TestGatewayDialects::keepsToTheWishedProviders() {
    MockUpstream mock(answering("Hello"));
    MockUpstream other(answering("Hello"));
    GatewayBench bench(mock.url());
    addProvider(bench.policy, "other", other.url());
    setFallbacks(bench.policy, "*", {"other/c"});
    bench.start();
    const auto body = chatBody("auto", "hi", R"("provider":{"ignore":["Mock"],"data_collection":"deny"},)");
    const auto reply = bench.ask(httpRequest("POST", "/v1/chat/completions", body));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/c"));
    QVERIFY(mock.requests().empty());
    QCOMPARE(other.requests()[0].body, chatBody("c", "hi"));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.notes, std::string("The wish `provider.data_collection` is left to OpenRouter."));
}

void TestGatewayDialects::refusesWishesThatAreNone() {
    GatewayBench bench;
    bench.start();
    const auto body = chatBody("auto", "hi", R"("provider":{"only":7},)");
    const auto reply = bench.ask(httpRequest("POST", "/v1/chat/completions", body));
    QCOMPARE(reply.status(), 400);
    QVERIFY(reply.body.find("only") != std::string::npos);
}

void TestGatewayDialects::refusesWishesThatLeaveNothing() {
    MockUpstream mock(answering("Hello"));
    GatewayBench bench(mock.url());
    bench.start();
    const auto body = chatBody("auto", "hi", R"("provider":{"only":["elsewhere"]},)");
    const auto reply = bench.ask(httpRequest("POST", "/v1/chat/completions", body));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(textIn(reply.body, "code"), std::string("nothing_left"));
    QVERIFY(mock.requests().empty());
}

void TestGatewayDialects::gathersAStreamNobodyAskedFor_data() {
    QTest::addColumn<std::string>("path");
    QTest::addColumn<std::string>("pointer");
    QTest::newRow("chat") << std::string("/v1/chat/completions") << std::string("/choices/0/message/content");
    QTest::newRow("messages") << std::string("/v1/messages") << std::string("/content/0/text");
}

void TestGatewayDialects::gathersAStreamNobodyAskedFor() {
    QFETCH(std::string, path);
    QFETCH(std::string, pointer);
    MockUpstream mock(streaming(chatEvent("base", "Hel") + chatEvent("base", "lo") + chatEnd("base")));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(httpRequest("POST", path, chatBody("auto", "hi", R"("max_tokens":99,)")));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("content-type"), std::string("application/json"));
    const auto whole = Json::parse(reply.body);
    QCOMPARE(whole.at(Json::json_pointer(pointer)).get<std::string>(), std::string("Hello"));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.usage.input, std::int64_t(10));
    QCOMPARE(record.usage.cachedInput, std::int64_t(2));
    QCOMPARE(record.usage.output, std::int64_t(5));
}

void TestGatewayDialects::triesAgainAfterABrokenGatheredStream_data() {
    QTest::addColumn<std::string>("events");
    QTest::addColumn<std::string>("outcome");
    QTest::newRow("truncated") << chatEvent("base", "Hel") << std::string("truncated");
    QTest::newRow("rubbish") << std::string("data: {\"choices\": 7\n\n") << std::string("rubbish");
}

void TestGatewayDialects::triesAgainAfterABrokenGatheredStream() {
    QFETCH(std::string, events);
    QFETCH(std::string, outcome);
    MockUpstream mock(streaming(events));
    MockUpstream other(answering("Hello"));
    GatewayBench bench(mock.url());
    addProvider(bench.policy, "other", other.url());
    setFallbacks(bench.policy, "*", {"other/c"});
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/c"));
    QCOMPARE(bench.recordOf(reply).attempts[0].outcome, outcome);
}

void TestGatewayDialects::countsWhereTheProviderCounts() {
    MockUpstream mock(replying(httpReply(200, R"({"input_tokens":42})",
                                         {{"content-type", "application/json"}, {"request-id", "req_7"}})));
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].apiType = routing::ApiType::Anthropic;
    bench.start();
    const auto reply = bench.ask(countRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.body, std::string(R"({"input_tokens":42})"));
    QVERIFY(reply.header("x-tierdeck-estimated").empty());
    QCOMPARE(reply.header("request-id"), std::string("req_7"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/base"));
    QCOMPARE(reply.count("x-tierdeck-request"), 1);
    const auto asked = mock.requests().at(0);
    QCOMPARE(asked.start, std::string("POST /v1/messages/count_tokens?beta=true HTTP/1.1"));
    QCOMPARE(asked.header("x-api-key"), std::string("mock-secret"));
    QCOMPARE(modelIn(asked), std::string("base"));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.cost.value().value, std::int64_t(0));
    QCOMPARE(*record.model, std::string("mock/base"));
}

void TestGatewayDialects::passesARefusalToCount() {
    const std::string refusal = R"({"type":"error","error":{"type":"invalid_request_error","message":"no"}})";
    MockUpstream mock(replying(httpReply(400, refusal)));
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].apiType = routing::ApiType::Anthropic;
    bench.start();
    const auto reply = bench.ask(countRequest("auto"));
    QCOMPARE(reply.status(), 400);
    QCOMPARE(reply.body, refusal);
    QCOMPARE(bench.recordOf(reply).status, std::string("error"));
}

void TestGatewayDialects::estimatesWhereNobodyCounts_data() {
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<int>("status");
    QTest::newRow("another dialect") << false << 200;
    QTest::newRow("a provider that fails") << true << 529;
}

void TestGatewayDialects::estimatesWhereNobodyCounts() {
    QFETCH(bool, isAnthropic);
    QFETCH(int, status);
    MockUpstream mock(failing(status));
    GatewayBench bench(mock.url());
    if (isAnthropic)
        bench.policy.providers["mock"].apiType = routing::ApiType::Anthropic;
    bench.start();
    const auto reply = bench.ask(countRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-estimated"), std::string("1"));
    const auto tokens = Json::parse(reply.body).at("input_tokens").get<int>();
    QVERIFY(tokens > 3 && tokens < 40);
    QCOMPARE(mock.requests().size(), std::size_t(isAnthropic ? 1 : 0));
    QCOMPARE(bench.recordOf(reply).provider, std::string("tierdeck"));
}

QTEST_APPLESS_MAIN(TestGatewayDialects)
#include "tst_gateway_dialects.moc"
