#include "core/routing/decision_json.h"
#include "core/routing/packed_decision.h"
#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QElapsedTimer>
#include <QtTest>

#include <nlohmann/json.hpp>
#include <zlib.h>
#include <zstd.h>

#include <atomic>
#include <set>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

std::string gzipped(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
    std::string input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

std::string zstdPacked(const std::string& text) {
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
    return packed;
}

std::string post(const std::string& body, Headers headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return httpRequest("POST", "/v1/chat/completions", body, headers);
}

} // namespace

class TestGatewayRelay : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whole();
    void streamed();
    void usageStaysWhereItWasAskedFor();
    void usageIsHidden();
    void recordsWhole();
    void recordsStreamed();
    void recordsWithoutPrice();
    void estimatesWhatIsNotSaid();
    void otherBytesPassUntouched();
    void headersPass();
    void headersOfRepliesPass();
    void keysOfClientsMayPass();
    void headersOfProviders();
    void keysAreFetchedAndForgotten();
    void missingKey();
    void temperature();
    void turnsAndSessions();
    void wholeIsRecordedBeforeItLeaves();
    void streamIsRecordedBeforeItEnds();
    void storeThatFails();
    void noNumbersLeft();
    void compressedBodies_data();
    void compressedBodies();
    void chunkedBodies();
    void upstreamConnectionsAreKept();
    void upstreamConnectionsAreKeptBehindLateEnds();
    void staleConnectionIsReplaced();
    void requestsAreNotRepeatedOnceAnswered();
    void wholeReplyToStreamRequest();
    void streamWithoutEndMark();
    void mismatchIsLogged();
    void log();
    void emptyModel();
};

void TestGatewayRelay::whole() {
    MockUpstream mock(answering("Hello there"));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("tier-smart", "hi", {{"X-Tierdeck-Session", "s1"}}));
    QCOMPARE(reply.status(), 200);
    QVERIFY(reply.isComplete);
    QCOMPARE(reply.body, chatJson("smart", "Hello there"));
    QCOMPARE(reply.header("content-type"), std::string("application/json"));
    QCOMPARE(reply.header("x-tierdeck-request"), std::string("1"));
    QCOMPARE(reply.header("x-tierdeck-turn"), std::string("1"));
    QCOMPARE(reply.header("x-tierdeck-session"), std::string("s1"));
    QCOMPARE(reply.header("x-tierdeck-tier"), std::string("smart"));
    QCOMPARE(reply.header("x-tierdeck-tier-source"), std::string("declared"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/smart"));

    const auto explicitModel = bench.ask(chatRequest("mock/special"));
    QCOMPARE(explicitModel.header("x-tierdeck-tier"), std::string("-"));
    QCOMPARE(explicitModel.header("x-tierdeck-model"), std::string("mock/special"));
    QCOMPARE(explicitModel.body, chatJson("special", "Hello there"));

    const auto requests = mock.requests();
    QCOMPARE(requests.size(), std::size_t(2));
    QCOMPARE(requests[0].start, std::string("POST /v1/chat/completions HTTP/1.1"));
    QCOMPARE(requests[0].body, chatBody("smart"));
    QCOMPARE(requests[0].header("host"), "127.0.0.1:" + std::to_string(mock.port()));
    QCOMPARE(requests[1].body, chatBody("special"));
}

void TestGatewayRelay::streamed() {
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest& request) {
        connection.send(streamHead({{"content-type", "text/event-stream; charset=utf-8"},
                                    {"cache-control", "no-cache"}}) +
                        httpChunk(chatEvent(modelIn(request), "Hel")));
        gate.wait();
        connection.send(httpChunk(chatEvent(modelIn(request), "lo")) + httpChunk(chatEnd("coder")) +
                        std::string(lastChunk));
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("coding"));
    auto reply = client.readHead();
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("transfer-encoding"), std::string("chunked"));
    QCOMPARE(reply.header("content-type"), std::string("text/event-stream; charset=utf-8"));
    QCOMPARE(reply.header("cache-control"), std::string("no-cache"));
    QCOMPARE(reply.header("x-tierdeck-tier"), std::string("coding"));
    // The first piece comes before the provider has made the second.
    QVERIFY(client.readUntil(reply, "Hel"));
    QVERIFY(!reply.isComplete);
    gate.open();
    client.readRest(reply);
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
    QVERIFY(reply.body.find(R"("content":"lo")") != std::string::npos);
    // Usage was asked for upstream, by nothing else than what it takes.
    QCOMPARE(mock.requests()[0].body, R"({"stream_options":{"include_usage":true},)" +
                                          chatBody("coder", "hi", R"("stream":true,)").substr(1));
}

void TestGatewayRelay::usageStaysWhereItWasAskedFor() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto body = chatBody("auto", "hi", R"("stream":true,"stream_options":{"include_usage":true},)");
    const auto reply = bench.ask(post(body));
    QCOMPARE(reply.body, chatEvent("base", "Hello") + chatEnd("base"));
}

void TestGatewayRelay::usageIsHidden() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QCOMPARE(reply.body, chatEvent("base", "Hello") + chatEnd("base", false));
    QCOMPARE(bench.recordOf(reply).usage.output, std::int64_t(5));
}

void TestGatewayRelay::recordsWhole() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto", "hi",
                                             {{"X-Tierdeck-Session", "s1"},
                                              {"X-Tierdeck-Project", "shop"},
                                              {"X-Tierdeck-Task", "bulk"},
                                              {"X-Claude-Code-Agent-Id", "a2"},
                                              {"X-Claude-Code-Parent-Agent-Id", "a1"},
                                              {"User-Agent", "OpenAI/JS 6.1"}}));
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.request.value, std::int64_t(1));
    QCOMPARE(record.session, std::string("s1"));
    QCOMPARE(record.sessionSource, std::string("X-Tierdeck-Session"));
    QCOMPARE(record.source, std::string("gateway"));
    QCOMPARE(record.client, std::string("openai-js"));
    QCOMPARE(record.clientSource, std::string("user-agent"));
    QCOMPARE(record.project, std::string("shop"));
    QCOMPARE(record.projectSource, std::string("X-Tierdeck-Project"));
    QCOMPARE(record.agent, std::string("a2"));
    QCOMPARE(record.agentSource, std::string("x-claude-code-agent-id"));
    QCOMPARE(record.parentAgent, std::string("a1"));
    QCOMPARE(record.taskType, std::string("bulk"));
    QCOMPARE(record.turn, 1);
    QVERIFY(record.tier == "background");
    QCOMPARE(record.tierSource, std::string("taskType"));
    QCOMPARE(record.startingTier, std::string("background"));
    QCOMPARE(record.provider, std::string("mock"));
    QVERIFY(record.model == "mock/base");
    QCOMPARE(record.modelReturned, std::string("base"));
    QCOMPARE(record.messageId, std::string("chatcmpl-mock"));
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.httpStatus, 200);
    QCOMPARE(record.usage.input, std::int64_t(10));
    QCOMPARE(record.usage.cachedInput, std::int64_t(2));
    QCOMPARE(record.usage.output, std::int64_t(5));
    QVERIFY(!record.usageEstimated);
    // 10 × 1 + 2 × 0.1 + 5 × 10 millionths of a dollar.
    QVERIFY(record.cost == NanoUsd(60'200));
    QVERIFY(!record.priceVersion.empty());
    QVERIFY(!record.simulated);
    QVERIFY(record.latencyMs >= 0 && record.firstByteMs && *record.firstByteMs <= record.latencyMs);
    QCOMPARE(record.attempts.size(), std::size_t(1));
    QCOMPARE(record.attempts[0].model, std::string("mock/base"));
    QCOMPARE(record.attempts[0].outcome, std::string("ok"));
    QCOMPARE(record.attempts[0].httpStatus, 200);
    QVERIFY(!record.attempts[0].reason.empty());
    QVERIFY(!record.reason.empty());
    const auto decision = routing::unpack(record.decision);
    QVERIFY(decision);
    const auto vector = routing::unpackFeatures(record.features);
    QVERIFY(vector);
    QCOMPARE(vector->difficulty, decision->score);
    QCOMPARE(decision->ladder.size(), std::size_t(7));
    QCOMPARE(decision->policy, std::string("00c0ffee00c0ffee"));
    QCOMPARE(routing::explain(*decision), record.reason);
    // The words of the client stand nowhere in it.
    QVERIFY(routing::toJson(*decision).find("\"hi\"") == std::string::npos);
}

void TestGatewayRelay::recordsStreamed() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto record = bench.recordOf(bench.ask(streamRequest("tier/smart")));
    QCOMPARE(record.status, std::string("ok"));
    QCOMPARE(record.usage.input, std::int64_t(10));
    QCOMPARE(record.usage.cachedInput, std::int64_t(2));
    QCOMPARE(record.usage.output, std::int64_t(5));
    QVERIFY(record.cost == NanoUsd(120'400));
    QVERIFY(record.firstByteMs.has_value());
    QCOMPARE(record.messageId, std::string("chatcmpl-mock"));
    QCOMPARE(record.attempts.size(), std::size_t(1));
    QCOMPARE(record.attempts[0].outcome, std::string("ok"));
}

void TestGatewayRelay::recordsWithoutPrice() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto record = bench.recordOf(bench.ask(chatRequest("coding")));
    QVERIFY(!record.cost); // unknown is not nothing
    QCOMPARE(record.usage.output, std::int64_t(5));
}

void TestGatewayRelay::estimatesWhatIsNotSaid() {
    const std::string text(400, 'x');
    MockUpstream mock(
        replying(httpReply(200, R"({"id":"x","choices":[{"message":{"content":")" + text + R"("}}]})")));
    GatewayBench bench(mock.url());
    bench.start();
    const auto record = bench.recordOf(bench.ask(chatRequest("auto", std::string(4000, 'y'))));
    QVERIFY(record.usageEstimated);
    QCOMPARE(record.usage.output, std::int64_t(100));
    QVERIFY(record.usage.input >= 1000 && record.usage.input < 1100);
    QVERIFY(record.cost && record.cost->value > 0);
}

void TestGatewayRelay::otherBytesPassUntouched() {
    const std::string raw =
        "{ \"id\" : \"x\",\r\n\t\"choices\":[ {\"message\":{\"content\":\"\\u00e9\\/\"}} ], "
        "\"unknown\": [1.0e+2, 0.70], \"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1} }\n";
    MockUpstream mock(replying(httpReply(200, raw)));
    GatewayBench bench(mock.url());
    bench.start();
    const std::string body =
        "{\t\"temperature\":0.70,\"x\":[1e3,\"\\u0041\"],\"model\" :\"auto\",\"messages\":"
        "[{\"role\":\"user\",\"name\":\"n\",\"content\":\"\\u00e9\"}] , \"seed\":7}\r\n";
    const auto reply = bench.ask(post(body));
    QCOMPARE(reply.body, raw);
    auto expected = body;
    expected.replace(expected.find("auto"), 4, "base");
    QCOMPARE(mock.requests()[0].body, expected);
}

void TestGatewayRelay::headersPass() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.options.token = "gateway-token";
    bench.start();
    const auto reply = bench.ask(chatRequest("auto", "hi",
                                             {{"Authorization", "Bearer gateway-token"},
                                              {"X-Api-Key", "client-key"},
                                              {"Api-Key", "client-key"},
                                              {"Proxy-Authorization", "Basic secret"},
                                              {"Cookie", "session=secret"},
                                              {"X-Tierdeck-Session", "s1"},
                                              {"X-Tierdeck-Unknown", "x"},
                                              {"Origin", "http://localhost:3000"},
                                              {"Referer", "http://localhost:3000/secret"},
                                              {"Accept-Encoding", "gzip, br"},
                                              {"Connection", "keep-alive, X-Hop"},
                                              {"X-Hop", "ends here"},
                                              {"Keep-Alive", "timeout=5"},
                                              {"TE", "trailers"},
                                              {"Upgrade", "h2c"},
                                              {"Expect", "100-continue"},
                                              {"User-Agent", "OpenAI/JS 6.1"},
                                              {"OpenAI-Beta", "x=1"},
                                              {"Idempotency-Key", "k"},
                                              {"X-Request-Id", "r"}}));
    QCOMPARE(reply.status(), 200);
    const auto request = mock.requests()[0];
    for (const char* name :
         {"x-api-key", "api-key", "proxy-authorization", "cookie", "x-tierdeck-session", "x-tierdeck-unknown",
          "origin", "referer", "x-hop", "keep-alive", "te", "upgrade", "expect", "transfer-encoding"})
        QVERIFY2(request.count(name) == 0, name);
    QCOMPARE(request.count("authorization"), 1);
    QCOMPARE(request.header("authorization"), std::string("Bearer mock-secret"));
    QCOMPARE(request.count("accept-encoding"), 1);
    QCOMPARE(request.header("accept-encoding"), std::string("identity"));
    QCOMPARE(request.count("host"), 1);
    QCOMPARE(request.count("content-length"), 1);
    QCOMPARE(request.count("content-type"), 1);
    QCOMPARE(request.header("user-agent"), std::string("OpenAI/JS 6.1"));
    QCOMPARE(request.header("openai-beta"), std::string("x=1"));
    QCOMPARE(request.header("idempotency-key"), std::string("k"));
    QCOMPARE(request.header("x-request-id"), std::string("r"));

    // A client that does not say what its body is: the provider is told all the same.
    const auto bare = bench.ask(httpRequest("POST", "/v1/chat/completions", chatBody("auto"),
                                            {{"Authorization", "Bearer gateway-token"}}));
    QCOMPARE(bare.status(), 200);
    QCOMPARE(mock.requests()[1].header("content-type"), std::string("application/json"));
}

void TestGatewayRelay::headersOfRepliesPass() {
    MockUpstream mock(replying(httpReply(200, chatJson("base", "x"),
                                         {{"Content-Type", "application/json"},
                                          {"X-Request-Id", "req-1"},
                                          {"X-RateLimit-Remaining-Tokens", "7"},
                                          {"Set-Cookie", "a=b"},
                                          {"Connection", "keep-alive, X-Hop"},
                                          {"X-Hop", "ends here"},
                                          {"Keep-Alive", "timeout=5"},
                                          {"Alt-Svc", "h3"},
                                          {"X-Tierdeck-Request", "999"},
                                          {"X-Tierdeck-Tier", "forged"}})));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.header("x-request-id"), std::string("req-1"));
    QCOMPARE(reply.header("x-ratelimit-remaining-tokens"), std::string("7"));
    for (const char* name : {"set-cookie", "x-hop", "keep-alive", "alt-svc"})
        QVERIFY2(reply.count(name) == 0, name);
    QCOMPARE(reply.count("content-length"), 1);
    QCOMPARE(reply.count("x-tierdeck-request"), 1);
    QCOMPARE(reply.header("x-tierdeck-request"), std::string("1"));
    QCOMPARE(reply.header("x-tierdeck-tier"), std::string("balanced"));
}

void TestGatewayRelay::keysOfClientsMayPass() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].key = {routing::KeySource::Kind::Client, ""};
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto", "hi", {{"Authorization", "Bearer client-key"}})).status(), 200);
    QCOMPARE(mock.requests()[0].header("authorization"), std::string("Bearer client-key"));
    QCOMPARE(mock.requests()[0].count("authorization"), 1);
    bench.stop();

    // The gateway's own token is for no provider, not even for one that takes the client's key.
    GatewayBench guarded(mock.url());
    guarded.policy.providers["mock"].key = {routing::KeySource::Kind::Client, ""};
    guarded.options.token = "gateway-token";
    guarded.start();
    QCOMPARE(guarded.ask(chatRequest("auto", "hi", {{"Authorization", "Bearer gateway-token"}})).status(),
             200);
    QCOMPARE(mock.requests()[1].count("authorization"), 0);
    QCOMPARE(guarded
                 .ask(chatRequest("auto", "hi",
                                  {{"X-Api-Key", "gateway-token"}, {"Authorization", "Bearer client-key"}}))
                 .status(),
             200);
    QCOMPARE(mock.requests()[2].header("authorization"), std::string("Bearer client-key"));
    QCOMPARE(mock.requests()[2].count("x-api-key"), 0);
}

void TestGatewayRelay::headersOfProviders() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].headers = {{"X-Title", "Tierdeck"}, {"User-Agent", "mine"}};
    bench.start();
    bench.ask(chatRequest("auto", "hi", {{"x-title", "theirs"}, {"user-agent", "theirs"}}));
    QCOMPARE(mock.requests()[0].count("x-title"), 1);
    QCOMPARE(mock.requests()[0].header("x-title"), std::string("Tierdeck"));
    QCOMPARE(mock.requests()[0].count("user-agent"), 1);
    QCOMPARE(mock.requests()[0].header("user-agent"), std::string("mine"));

    // A provider that wants its key elsewhere says so by its headers.
    auto policy = bench.policy;
    policy.providers["mock"].headers = {{"Authorization", "Token t"}};
    bench.setPolicy(policy);
    bench.ask(chatRequest("auto"));
    QCOMPARE(mock.requests()[1].count("authorization"), 1);
    QCOMPARE(mock.requests()[1].header("authorization"), std::string("Token t"));
}

void TestGatewayRelay::keysAreFetchedAndForgotten() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].key = {routing::KeySource::Kind::Keychain, "mock"};
    bench.secrets.set("mock", "first");
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(bench.secrets.slowReads(), 1);
    QCOMPARE(mock.requests()[1].header("authorization"), std::string("Bearer first"));
    // A key that is refused is asked for anew.
    bench.secrets.set("mock", "second");
    mock.setScript(failing(401));
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 401);
    mock.setScript(answering());
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(bench.secrets.slowReads(), 2);
    QCOMPARE(mock.requests()[3].header("authorization"), std::string("Bearer second"));
}

void TestGatewayRelay::missingKey() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.providers["mock"].key = {routing::KeySource::Kind::Environment, "NOT_SET_KEY"};
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QVERIFY2(reply.body.find("NOT_SET_KEY") != std::string::npos, reply.body.c_str());
    QCOMPARE(mock.requests().size(), std::size_t(0));
    QCOMPARE(bench.recordOf(reply).attempts[0].outcome, std::string("key_missing"));
}

void TestGatewayRelay::temperature() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.policy.temperature = 0.7;
    bench.policy.tiers["coding"].temperature = 0.2;
    bench.policy.tiers["smart"].reasoning = "high";
    bench.start();
    for (const char* model : {"auto", "coding", "smart"})
        bench.ask(chatRequest(model));
    bench.ask(post(chatBody("auto", "hi", R"("temperature":1,)")));
    const auto requests = mock.requests();
    QCOMPARE(requests[0].body, R"({"temperature":0.7,)" + chatBody("base").substr(1));
    QCOMPARE(requests[1].body, R"({"temperature":0.2,)" + chatBody("coder").substr(1));
    QCOMPARE(requests[2].body, R"({"reasoning_effort":"high",)" + chatBody("smart").substr(1));
    QCOMPARE(requests[3].body, chatBody("base", "hi", R"("temperature":1,)"));
}

void TestGatewayRelay::turnsAndSessions() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.sink.knowSession("old", {4, NanoUsd(1), 0});
    bench.start();
    RawClient client(bench.port());
    const auto turnOf = [&](const std::string& session, const std::string& messages) {
        const auto reply = client.ask(
            post(R"({"model":"auto","messages":[)" + messages + "]}", {{"X-Tierdeck-Session", session}}));
        return reply.header("x-tierdeck-session") + " " + reply.header("x-tierdeck-turn");
    };
    const std::string one = R"({"role":"user","content":"one"})";
    const std::string tool = R"(,{"role":"assistant","content":""},{"role":"tool","content":"x"})";
    const std::string two = R"(,{"role":"assistant","content":""},{"role":"user","content":"two"})";
    QCOMPARE(turnOf("a", one), std::string("a 1"));
    QCOMPARE(turnOf("a", one + tool), std::string("a 1"));
    QCOMPARE(turnOf("a", one + tool + two), std::string("a 2"));
    QCOMPARE(turnOf("b", one), std::string("b 1"));
    QCOMPARE(turnOf("old", one), std::string("old 5"));
    QVERIFY(bench.sink.waitForRecords(5));
    std::set<std::int64_t> ids;
    for (const auto& record : bench.sink.records())
        ids.insert(record.request.value);
    QCOMPARE(ids.size(), std::size_t(5));
}

void TestGatewayRelay::wholeIsRecordedBeforeItLeaves() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.sink.hold();
    bench.start();
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(bench.sink.waitForRecords(1));
    QVERIFY(!client.hasBytes());
    bench.sink.release();
    QCOMPARE(client.read().status(), 200);
}

void TestGatewayRelay::streamIsRecordedBeforeItEnds() {
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")));
        gate.wait();
        connection.send(httpChunk(chatEnd("base")) + std::string(lastChunk));
    });
    GatewayBench bench(mock.url());
    bench.sink.hold();
    bench.start();
    RawClient client(bench.port());
    client.send(streamRequest("auto"));
    auto reply = client.readHead();
    QVERIFY(client.readUntil(reply, "Hello"));
    gate.open();
    QVERIFY(bench.sink.waitForRecords(1));
    // All content may be there, but neither the end mark nor the last chunk.
    QVERIFY(!client.hasBytes());
    QVERIFY(!reply.isComplete);
    QVERIFY(reply.body.find("[DONE]") == std::string::npos);
    bench.sink.release();
    client.readRest(reply);
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
}

void TestGatewayRelay::storeThatFails() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.sink.failRecords(true);
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).body, chatJson("base", "Hello"));
    QVERIFY(bench.ask(streamRequest("auto")).body.ends_with("data: [DONE]\n\n"));
    const auto status = nlohmann::json::parse(bench.ask(httpRequest("GET", "/v1/tierdeck/status")).body);
    QCOMPARE(status["unsaved"], 2);
}

void TestGatewayRelay::noNumbersLeft() {
    // The store cannot give numbers, and those that were reserved are used up.
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    bench.sink.failIds(true);
    RawClient client(bench.port());
    HttpMessage reply;
    for (int i = 0; i < 5000; ++i) {
        reply = client.ask(chatRequest("nothing/like-that"));
        if (reply.status() == 503)
            break;
        QCOMPARE(reply.status(), 404);
    }
    QCOMPARE(reply.status(), 503);
    QCOMPARE(textIn(reply.body, "code"), std::string("store_unavailable"));
}

void TestGatewayRelay::compressedBodies_data() {
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("chunked");
    QTest::newRow("gzip") << QByteArray("gzip") << 200 << false;
    QTest::newRow("zstd") << QByteArray("zstd") << 200 << false;
    QTest::newRow("gzip in chunks") << QByteArray("gzip") << 200 << true;
    QTest::newRow("identity") << QByteArray("identity") << 200 << false;
    QTest::newRow("brotli") << QByteArray("br") << 415 << false;
    QTest::newRow("two") << QByteArray("gzip, gzip") << 415 << false;
}

void TestGatewayRelay::compressedBodies() {
    QFETCH(QByteArray, encoding);
    QFETCH(int, status);
    QFETCH(bool, chunked);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto plain = chatBody("auto", std::string(10'000, 'x'));
    const auto packed = encoding == "gzip" ? gzipped(plain) : encoding == "zstd" ? zstdPacked(plain) : plain;
    Headers headers{{"Content-Encoding", encoding.toStdString()}};
    std::string request;
    if (chunked) {
        headers.emplace_back("Transfer-Encoding", "chunked");
        request = httpRequest("POST", "/v1/chat/completions", "", headers) + httpChunk(packed.substr(0, 10)) +
                  httpChunk(packed.substr(10)) + std::string(lastChunk);
    } else {
        request = post(packed, headers);
    }
    const auto reply = bench.ask(request);
    QCOMPARE(reply.status(), status);
    if (status != 200) {
        QCOMPARE(textIn(reply.body, "code"), std::string("unsupported_encoding"));
        return;
    }
    QCOMPARE(mock.requests()[0].body, chatBody("base", std::string(10'000, 'x')));
    QCOMPARE(mock.requests()[0].count("content-encoding"), 0);
    if (encoding == "gzip") {
        const auto broken =
            bench.ask(post(packed.substr(0, packed.size() / 2), {{"Content-Encoding", "gzip"}}));
        QCOMPARE(broken.status(), 400);
    }
}

void TestGatewayRelay::chunkedBodies() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto body = chatBody("auto", std::string(100'000, 'x'));
    RawClient client(bench.port());
    // The head alone, then pieces of every size, the last of them together with the next request.
    client.send(httpRequest("POST", "/v1/chat/completions", "", {{"Transfer-Encoding", "chunked"}}));
    for (std::size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 + 1)
        client.send(httpChunk(body.substr(at, size)));
    client.send("0\r\nX-Trailer: x\r\n\r\n" + chatRequest("smart"));
    QCOMPARE(client.read().status(), 200);
    QCOMPARE(client.read().header("x-tierdeck-tier"), std::string("smart"));
    QCOMPARE(mock.requests()[0].body, chatBody("base", std::string(100'000, 'x')));
    QCOMPARE(mock.requests()[0].count("transfer-encoding"), 0);
    // The head, the chunks and half of the next request in one piece.
    const auto next = chatRequest("coding");
    client.send(httpRequest("POST", "/v1/chat/completions", "", {{"Transfer-Encoding", "chunked"}}) +
                httpChunk(body) + std::string(lastChunk) + next.substr(0, 50));
    QCOMPARE(client.read().status(), 200);
    client.send(next.substr(50));
    QCOMPARE(client.read().header("x-tierdeck-tier"), std::string("coding"));
}

void TestGatewayRelay::upstreamConnectionsAreKept() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    for (int i = 0; i < 5; ++i)
        QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(mock.connections(), 1);
    for (int i = 0; i < 5; ++i)
        QVERIFY(bench.ask(streamRequest("auto")).isComplete);
    QCOMPARE(mock.connections(), 1);
    // Refusals do not cost it either.
    mock.setScript(failing(400));
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 400);
    mock.setScript(answering());
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(mock.connections(), 1);
    // A provider that says it will close is believed.
    mock.setScript(replying(httpReply(200, chatJson("base", "x"), {{"Connection", "close"}})));
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    mock.setScript(answering());
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(mock.connections(), 2);
}

void TestGatewayRelay::upstreamConnectionsAreKeptBehindLateEnds() {
    // The stream's last words, and only when the client has them the end of its framing.
    std::unique_ptr<Gate> gate;
    Gate stuck;
    MockUpstream mock([&](MockConnection& connection, const MockRequest& request) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "Hello")) + httpChunk(chatEnd("base")));
        (request.count("x-stuck") != 0 ? stuck : *gate).wait();
        connection.send(lastChunk);
    });
    GatewayBench bench(mock.url());
    bench.start();
    for (int i = 0; i < 3; ++i) {
        gate = std::make_unique<Gate>();
        QVERIFY(bench.ask(streamRequest("auto")).isComplete);
        gate->open();
        QVERIFY(mock.waitUntilIdle());
        QCOMPARE(bench.ask(httpRequest("GET", "/healthz")).status(), 200);
    }
    QCOMPARE(mock.connections(), 1);
    // One whose end never comes holds nothing up, not even the gateway's own end.
    QVERIFY(bench.ask(streamRequest("auto", "hi", {{"X-Stuck", "1"}})).isComplete);
    QElapsedTimer timer;
    timer.start();
    bench.stop();
    QVERIFY(timer.elapsed() < 1000);
    stuck.open();
}

void TestGatewayRelay::staleConnectionIsReplaced() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QVERIFY(mock.waitUntilIdle());
    mock.closeIdle();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(mock.connections(), 2);
    // One that dies at the moment it is used again: no byte of a reply came, so it is safe to ask anew.
    std::atomic<int> calls = 0;
    mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        if (++calls == 1)
            connection.close();
        else
            answering()(connection, request);
    });
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(mock.connections(), 3);
    QCOMPARE(bench.recordOf(reply).attempts.size(), std::size_t(1));
}

void TestGatewayRelay::requestsAreNotRepeatedOnceAnswered() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    mock.setScript([](MockConnection& connection, const MockRequest&) {
        connection.send("HTTP/1.1 200 OK\r\n");
        connection.close();
    });
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 503);
    QCOMPARE(mock.requests().size(), std::size_t(2));
}

void TestGatewayRelay::wholeReplyToStreamRequest() {
    // Some providers do not stream every model.
    MockUpstream mock(replying(httpReply(200, chatJson("base", "whole"))));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("content-type"), std::string("text/event-stream"));
    QVERIFY2(reply.body.find("\"content\":\"whole\"") != std::string::npos, reply.body.c_str());
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
    QCOMPARE(bench.recordOf(reply).usage.output, std::int64_t(5));
}

void TestGatewayRelay::streamWithoutEndMark() {
    auto end = chatEnd("base");
    end.erase(end.find("data: [DONE]"));
    MockUpstream mock(replying(streamHead() + httpChunk(chatEvent("base", "Hello")) + httpChunk(end) +
                               std::string(lastChunk)));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(streamRequest("auto"));
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.ends_with("data: [DONE]\n\n")); // clients wait for it
    QCOMPARE(bench.recordOf(reply).status, std::string("ok"));
    QCOMPARE(bench.recordOf(reply).usage.output, std::int64_t(5));
}

void TestGatewayRelay::mismatchIsLogged() {
    MockUpstream mock(replying(httpReply(200, chatJson("cheaper", "x"))));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    mock.setScript(replying(httpReply(200, chatJson("base-2025-11-13", "x"))));
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    bench.stop();
    const auto log = bench.log();
    QVERIFY(log.find("Model mismatch: requested=mock/base returned=cheaper") != std::string::npos);
    QCOMPARE(log.find("Model mismatch"), log.rfind("Model mismatch"));
}

void TestGatewayRelay::log() {
    MockUpstream mock(answering("a reply"));
    GatewayBench bench(mock.url());
    bench.start();
    bench.policies.set(std::make_shared<const routing::Policy>(bench.policy), "", "model-router.json");
    bench.ask(chatRequest("auto", "a prompt",
                          {{"X-Tierdeck-Session", "s1"}, {"Authorization", "Bearer client-key"}}));
    bench.policies.set(std::make_shared<const routing::Policy>(bench.policy), "line 3 is wrong",
                       "model-router.json");
    bench.ask(streamRequest("auto", "a prompt", {{"X-Tierdeck-Session", "s1"}}));
    bench.stop();
    const auto log = bench.log();
    for (const char* part :
         {"Gateway: listening on http://127.0.0.1:",
          "Preferences: model-router.json reloaded fingerprint=00c0ffee00c0ffee",
          "Tier assignment: balanced (source: default) tier=balanced tier_source=default model=mock/base "
          "session=s1 "
          "turn=1 request=1",
          "Request complete: tier=balanced model=mock/base input=10 cached=2 output=5 cost_usd=0.0000602",
          "[warn] Preferences: model-router.json is not in force: line 3 is wrong", "Gateway: stopped"})
        QVERIFY2(log.find(part) != std::string::npos, (std::string(part) + "\n" + log).c_str());
    for (const char* secret : {"a prompt", "a reply", "client-key", "mock-secret"})
        QVERIFY2(log.find(secret) == std::string::npos, secret);
}

void TestGatewayRelay::emptyModel() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(post(R"({"messages":[{"role":"user","content":"hi"}]})"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-tier-source"), std::string("default"));
    QCOMPARE(mock.requests()[0].body, R"({"model":"base","messages":[{"role":"user","content":"hi"}]})");
}

QTEST_APPLESS_MAIN(TestGatewayRelay)
#include "tst_gateway_relay.moc"
