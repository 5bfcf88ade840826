#include "core/routing/packed_decision.h"
#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"
#include "tests/support/watched_availability.h"

#include <QtTest>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <set>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

/// "mock/base:http_503 mock/base:http_503 other/x:ok"
std::string told(const routing::RequestRecord& record) {
    std::string text;
    for (const auto& attempt : record.attempts)
        text += (text.empty() ? "" : " ") + attempt.model + ':' + attempt.outcome;
    return text;
}

/// Two providers and a policy that falls from mock/base to other/x.
struct TwoProviders {
    MockUpstream mock;
    MockUpstream other{answering("from the other")};
    GatewayBench bench;

    explicit TwoProviders(MockUpstream::Script script)
        : mock(std::move(script))
        , bench(mock.url()) {
        addProvider(bench.policy, "other", other.url());
        setFallbacks(bench.policy, "mock/base", {"other/x"});
    }
};

/// An IPv4 address of this machine that is not loopback; "" where there is none.
std::string ownAddress() {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0)
        return {};
    std::string found;
    for (const auto* one = all; one && found.empty(); one = one->ifa_next) {
        if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_LOOPBACK) != 0 ||
            (one->ifa_flags & IFF_UP) == 0)
            continue;
        char text[INET_ADDRSTRLEN];
        const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
        if (::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text))
            found = text;
    }
    ::freeifaddrs(all);
    return found;
}

std::uint16_t closedPort() {
    return Socket::listening().port(); // closed again as it goes out of scope
}

} // namespace

class TestGatewayFailover : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void staysWithTheHostOfItsCache();
    void aPersonsWordMovesNoHost();
    void wholeFailures_data();
    void wholeFailures();
    void streamFailures_data();
    void streamFailures();
    void notSendable_data();
    void notSendable();
    void slowHead();
    void silentConnect();
    void refusalsAreTheClientsToSee_data();
    void refusalsAreTheClientsToSee();
    void oneModelOneAnswer();
    void retriesCount();
    void retryAfterIsWaitedFor();
    void retryAfterTooLongMovesOn();
    void retryAfterReachesTheClient();
    void breakerOpens();
    void openBreakerLetsOneTry_data();
    void openBreakerLetsOneTry();
    void slowModelsOpenTheBreakerToo();
    void nothingLeftNamesEach();
    void excludedIsNamedToo();
    void keysStayWithTheirProvider();
    void redirectsAreNotFollowed();
    void selfReference_data();
    void selfReference();
    void selfReferenceByOwnAddress();
    void temperatureOfEachModel();
    void fallbackIsLoggedAndRecorded();
    void afterTheFirstByteNever();
};

void TestGatewayFailover::wholeFailures_data() {
    QTest::addColumn<QByteArray>("bytes"); // of the failing provider's reply; then it closes
    QTest::addColumn<QByteArray>("outcome");
    const auto row = [](const char* name, const std::string& bytes, const char* outcome) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(outcome);
    };
    const std::string error = R"({"error":{"message":"no"}})";
    for (const int status : {401, 402, 403, 404, 408, 409, 429, 500, 502, 503, 504, 529, 599})
        row(std::to_string(status).c_str(), httpReply(status, error),
            ("http_" + std::to_string(status)).c_str());
    row("nothing", "", "reset");
    row("half a head", "HTTP/1.1 200 OK\r\nContent-", "reset");
    row("half a body", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\":[", "reset");
    row("half a chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho\r\n",
        "reset");
    row("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "rubbish");
    row("broken chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "rubbish");
    row("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "rubbish");
    row("another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "rubbish");
    row("an endless head", "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", "rubbish");
    row("HTML", httpReply(200, "<html>Welcome to the proxy</html>"), "rubbish");
    row("empty", httpReply(200, ""), "rubbish");
    row("another JSON", httpReply(200, R"({"hello":"world"})"), "rubbish");
    row("cut off JSON", httpReply(200, R"({"choices":[{"message")"), "rubbish");
    row("an error with status 200", httpReply(200, R"({"error":{"code":"overloaded"}})"), "error_overloaded");
    row("redirect", httpReply(302, "", {{"Location", "http://127.0.0.1:1/"}}), "http_302");
    row("no content", "HTTP/1.1 204 No Content\r\n\r\n", "rubbish");
}

void TestGatewayFailover::wholeFailures() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, outcome);
    TwoProviders two([&](MockConnection& connection, const MockRequest&) {
        connection.send(bytes.toStdString());
        connection.close();
    });
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.body, chatJson("x", "from the other"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/x"));
    QCOMPARE(reply.header("x-tierdeck-tier"), std::string("balanced"));
    const auto record = two.bench.recordOf(reply);
    QCOMPARE(told(record), "mock/base:" + outcome.toStdString() + " other/x:ok");
    QCOMPARE(record.status, std::string("ok"));
    QVERIFY(record.model == "other/x");
    QCOMPARE(record.provider, std::string("other"));
    QCOMPARE(two.other.requests()[0].body, chatBody("x"));
}

void TestGatewayFailover::streamFailures_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("outcome");
    const auto row = [](const char* name, const std::string& bytes, const char* outcome) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(outcome);
    };
    const std::string role = httpChunk(
        "data: {\"id\":\"1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
    row("529", httpReply(529, "{}"), "http_529");
    row("nothing", streamHead(), "reset");
    row("only comments", streamHead() + httpChunk(": thinking\n\n") + std::string(lastChunk), "truncated");
    row("only the role", streamHead() + role + std::string(lastChunk), "truncated");
    row("broken off behind the role", streamHead() + role, "reset");
    row("half an event", streamHead() + role + httpChunk("data: {\"cho") + std::string(lastChunk),
        "truncated");
    row("rubbish", streamHead() + httpChunk("data: hello\n\n"), "rubbish");
    row("rubbish behind the role", streamHead() + role + httpChunk("data: hello\n\n"), "rubbish");
    row("an error", streamHead() + httpChunk("data: {\"error\":{\"code\":\"overloaded\"}}\n\n"),
        "error_overloaded");
    row("an error behind the role", streamHead() + role + httpChunk("data: {\"error\":{\"code\":503}}\n\n"),
        "error_503");
    row("HTML", httpReply(200, "<html>"), "rubbish");
    row("broken chunks", streamHead() + role + "xyz\r\n", "rubbish");
}

void TestGatewayFailover::streamFailures() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, outcome);
    TwoProviders two([&](MockConnection& connection, const MockRequest&) {
        connection.send(bytes.toStdString());
        connection.close();
    });
    two.bench.start();
    const auto reply = two.bench.ask(streamRequest("auto"));
    QCOMPARE(reply.status(), 200);
    // Nothing of the first one is to be seen: not its role, not its comments.
    QCOMPARE(reply.body, chatEvent("x", "from the other") + chatEnd("x", false));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/x"));
    QCOMPARE(told(two.bench.recordOf(reply)), "mock/base:" + outcome.toStdString() + " other/x:ok");
}

void TestGatewayFailover::notSendable_data() {
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<QByteArray>("outcome");
    QTest::newRow("no one listens") << QByteArray("http://127.0.0.1:") + QByteArray::number(closedPort()) +
                                           "/v1"
                                    << QByteArray("connect_failed");
    QTest::newRow("no such host") << QByteArray("http://nothing.invalid/v1") << QByteArray("resolve_failed");
    QTest::newRow("no URL") << QByteArray("api.example.com/v1") << QByteArray("bad_base_url");
    QTest::newRow("a password in it") << QByteArray("https://u:p@127.0.0.1/v1") << QByteArray("bad_base_url");
}

void TestGatewayFailover::notSendable() {
    QFETCH(QByteArray, url);
    QFETCH(QByteArray, outcome);
    TwoProviders two(answering());
    two.bench.policy.providers["mock"].baseUrl = url.toStdString();
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(told(two.bench.recordOf(reply)), "mock/base:" + outcome.toStdString() + " other/x:ok");
}

void TestGatewayFailover::slowHead() {
    Gate gate;
    TwoProviders two([&](MockConnection& connection, const MockRequest&) {
        if (connection.waitUntilGone())
            gate.open(); // the gateway does not leave its call behind
    });
    two.bench.policy.providers["mock"].idleTimeoutSeconds = 1;
    two.bench.options.holdMs = 100; // sets the step of all deadlines
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(told(two.bench.recordOf(reply)), std::string("mock/base:timeout other/x:ok"));
    QVERIFY(gate.wait());
}

void TestGatewayFailover::silentConnect() {
    // A listener that accepts nothing more: connecting neither works nor fails.
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    QCOMPARE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    QCOMPARE(::listen(descriptor, 0), 0);
    const Socket silent(descriptor);
    std::vector<Socket> waiting;
    for (int i = 0; i < 3; ++i) {
        const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in target = address;
        target.sin_port = htons(silent.port());
        ::connect(filler, reinterpret_cast<const sockaddr*>(&target), sizeof target);
        waiting.emplace_back(filler);
    }
    TwoProviders two(answering());
    two.bench.policy.providers["mock"].baseUrl = "http://127.0.0.1:" + std::to_string(silent.port()) + "/v1";
    two.bench.policy.providers["mock"].connectTimeoutSeconds = 1;
    two.bench.options.holdMs = 100;
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(told(two.bench.recordOf(reply)), std::string("mock/base:timeout other/x:ok"));
}

void TestGatewayFailover::refusalsAreTheClientsToSee_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("stream");
    for (const int status : {400, 413, 422, 418}) {
        QTest::addRow("%d whole", status) << status << false;
        QTest::addRow("%d streamed", status) << status << true;
    }
}

void TestGatewayFailover::refusalsAreTheClientsToSee() {
    QFETCH(int, status);
    QFETCH(bool, stream);
    const std::string body =
        "{\"error\" : {\"message\":\"`temperature` \\u2264 2\",  \"param\":\"temperature\"}}\n";
    TwoProviders two(failing(status, body, {{"X-Request-Id", "r"}}));
    two.bench.policy.retries.attempts = 3;
    two.bench.start();
    const auto reply = two.bench.ask(stream ? streamRequest("auto") : chatRequest("auto"));
    QCOMPARE(reply.status(), status);
    QCOMPARE(reply.body, body);
    QCOMPARE(reply.header("content-type"), std::string("application/json"));
    QCOMPARE(reply.header("x-request-id"), std::string("r"));
    QCOMPARE(reply.count("x-tierdeck-request"), 1);
    QCOMPARE(two.mock.requests().size(), std::size_t(1));
    QCOMPARE(two.other.requests().size(), std::size_t(0));
    const auto record = two.bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.httpStatus, status);
    QCOMPARE(told(record), "mock/base:http_" + std::to_string(status));
    QVERIFY(record.cost == NanoUsd(0));
}

void TestGatewayFailover::oneModelOneAnswer() {
    // Where there is nothing else to try, the client gets its provider's own words.
    MockUpstream mock(failing(529, R"({"error":{"message":"Overloaded"}})", {{"Retry-After", "7"}}));
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 529);
    QCOMPARE(reply.body, std::string(R"({"error":{"message":"Overloaded"}})"));
    QCOMPARE(reply.header("retry-after"), std::string("7"));
    mock.setScript(failing(401));
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 401);
    // But a fallen connection has no words.
    mock.setScript([](MockConnection& connection, const MockRequest&) { connection.reset(); });
    const auto broken = bench.ask(chatRequest("auto"));
    QCOMPARE(broken.status(), 503);
    QCOMPARE(textIn(broken.body, "code"), std::string("nothing_left"));
}

void TestGatewayFailover::retriesCount() {
    TwoProviders two(failing(503));
    two.bench.policy.retries = {3, 1, 30000};
    two.bench.policy.cooldown.failures = 100;
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(told(two.bench.recordOf(reply)),
             std::string("mock/base:http_503 mock/base:http_503 mock/base:http_503 other/x:ok"));
    QCOMPARE(two.mock.requests().size(), std::size_t(3));
    // What will not get better by itself is not tried again.
    two.mock.setScript(failing(403));
    QCOMPARE(told(two.bench.recordOf(two.bench.ask(chatRequest("auto")))),
             std::string("mock/base:http_403 other/x:ok"));
    // One that recovers serves.
    std::atomic<int> calls = 0;
    two.mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        (++calls < 3 ? failing(500) : answering("at last"))(connection, request);
    });
    const auto recovered = two.bench.ask(chatRequest("auto"));
    QCOMPARE(recovered.body, chatJson("base", "at last"));
    QCOMPARE(told(two.bench.recordOf(recovered)),
             std::string("mock/base:http_500 mock/base:http_500 mock/base:ok"));
}

void TestGatewayFailover::retryAfterIsWaitedFor() {
    std::atomic<int> calls = 0;
    TwoProviders two([&](MockConnection& connection, const MockRequest& request) {
        (++calls < 2 ? failing(429, "{}", {{"Retry-After-Ms", "300"}, {"Retry-After", "99"}})
                     : answering("at last"))(connection, request);
    });
    two.bench.policy.retries = {2, 0, 30000};
    two.bench.start();
    QElapsedTimer timer;
    timer.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.body, chatJson("base", "at last"));
    QVERIFY(timer.elapsed() >= 300);
    QCOMPARE(told(two.bench.recordOf(reply)), std::string("mock/base:http_429 mock/base:ok"));
}

void TestGatewayFailover::retryAfterTooLongMovesOn() {
    TwoProviders two(failing(429, "{}", {{"Retry-After", "3600"}}));
    two.bench.policy.retries = {3, 0, 1000};
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(told(two.bench.recordOf(reply)), std::string("mock/base:http_429 other/x:ok"));
    // And the next request does not ask it at all.
    const auto next = two.bench.ask(chatRequest("auto"));
    QCOMPARE(told(two.bench.recordOf(next)), std::string("other/x:ok"));
    QCOMPARE(two.mock.requests().size(), std::size_t(1));
}

void TestGatewayFailover::retryAfterReachesTheClient() {
    TwoProviders two(failing(429, "{}", {{"Retry-After", "20"}}));
    two.other.setScript(failing(503, "{}", {{"Retry-After", "30"}}));
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(reply.header("retry-after"), std::string("20")); // the sooner of them
}

void TestGatewayFailover::openBreakerLetsOneTry_data() {
    QTest::addColumn<bool>("hasFallback");
    QTest::newRow("the other goes elsewhere") << true;
    QTest::newRow("unless there is nothing else") << false;
}

/// Two requests at once find that a breaker's time is over.
void TestGatewayFailover::openBreakerLetsOneTry() {
    QFETCH(bool, hasFallback);
    Gate mayAnswer;
    TwoProviders two(failing(500));
    std::atomic<bool> counts = false;
    std::atomic<int> arrived = 0;
    Gate bothAreHere;
    WatchedAvailability watched([&] {
        if (counts && ++arrived == 2)
            bothAreHere.open();
        if (counts)
            bothAreHere.wait();
    });
    if (!hasFallback)
        two.bench.policy.fallbacks.clear();
    two.bench.policy.cooldown = {1, 30};
    two.bench.availability = &watched;
    two.bench.start();
    QCOMPARE(two.bench.ask(chatRequest("mock/base")).status(), hasFallback ? 200 : 500);
    two.mock.setScript([&](MockConnection& connection, const MockRequest& request) {
        mayAnswer.wait();
        answering()(connection, request);
    });
    two.bench.clock.pass(std::chrono::seconds(31));
    RawClient first(two.bench.port());
    RawClient second(two.bench.port());
    for (auto* client : {&first, &second}) // each is dealt to a reactor of its own
        QCOMPARE(client->ask(httpRequest("GET", "/healthz", "")).status(), 200);
    counts = true;
    first.send(chatRequest("mock/base"));
    second.send(chatRequest("mock/base"));
    QVERIFY(bothAreHere.wait());
    // The try does not end before both were sent.
    const bool wentElsewhere = hasFallback && two.other.waitForRequests(2);
    QVERIFY(two.mock.waitForRequests(hasFallback ? 2 : 3));
    mayAnswer.open();
    const std::multiset<std::string> models{first.read().header("x-tierdeck-model"),
                                            second.read().header("x-tierdeck-model")};
    QCOMPARE(wentElsewhere, hasFallback);
    QCOMPARE(models.count("mock/base"), std::size_t(hasFallback ? 1 : 2));
    QCOMPARE(two.mock.requests().size(), std::size_t(hasFallback ? 2 : 3));
    QVERIFY(two.bench.sink.waitForRecords(3));
    const auto records = two.bench.sink.records();
    const auto passedOn = std::ranges::find(records, "mock/base:breaker_open other/x:ok", told);
    QCOMPARE(passedOn != records.end(), hasFallback);
    if (hasFallback)
        QVERIFY(passedOn->reason.ends_with("mock/base was left alone (breaker_open), so other/x was asked."));
}

void TestGatewayFailover::breakerOpens() {
    TwoProviders two(failing(500));
    two.bench.policy.cooldown = {2, 1000};
    two.bench.start();
    for (int i = 0; i < 4; ++i)
        QCOMPARE(two.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(two.mock.requests().size(), std::size_t(2));
    const auto record = two.bench.recordOf(two.bench.ask(chatRequest("auto")));
    QCOMPARE(told(record), std::string("other/x:ok"));
    // Why it was left out stands in the decision.
    const auto decision = routing::unpack(record.decision);
    QVERIFY(decision);
    QCOMPARE(decision->excluded.size(), std::size_t(1));
    QVERIFY(routing::render(decision->excluded[0].reason).find("2 failures in a row") != std::string::npos);
}

void TestGatewayFailover::slowModelsOpenTheBreakerToo() {
    TwoProviders two(
        [](MockConnection& connection, const MockRequest&) { connection.send(httpReply(200, "<html>")); });
    two.bench.policy.cooldown = {2, 1000};
    two.bench.start();
    for (int i = 0; i < 4; ++i)
        QCOMPARE(two.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(two.mock.requests().size(), std::size_t(2));
    // A key that is refused says nothing about the model.
    two.mock.setScript(failing(401));
    for (int i = 0; i < 4; ++i)
        QCOMPARE(two.bench.ask(chatRequest("mock/other")).status(), 401);
    QCOMPARE(two.mock.requests().size(), std::size_t(6));
}

void TestGatewayFailover::nothingLeftNamesEach() {
    TwoProviders two(failing(500));
    two.other.setScript([](MockConnection& connection, const MockRequest&) { connection.reset(); });
    two.bench.policy.retries = {2, 0, 1000};
    two.bench.start();
    const auto reply = two.bench.ask(streamRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(reply.header("content-type"), std::string("application/json"));
    const auto error = nlohmann::json::parse(reply.body)["error"];
    QCOMPARE(error["code"], "nothing_left");
    const auto message = error["message"].get<std::string>();
    QVERIFY2(message.find("mock/base: http_500") != std::string::npos, message.c_str());
    QVERIFY2(message.find("other/x: reset") != std::string::npos, message.c_str());
    QCOMPARE(message.find("mock/base"), message.rfind("mock/base")); // once each
    const auto record = two.bench.recordOf(reply);
    QCOMPARE(told(record), std::string("mock/base:http_500 mock/base:http_500 other/x:reset other/x:reset"));
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.httpStatus, 503);
    QVERIFY(record.cost == NanoUsd(0));
}

void TestGatewayFailover::excludedIsNamedToo() {
    TwoProviders two(failing(500));
    setFallbacks(two.bench.policy, "mock/base", {"gone/y", "other/x"});
    two.other.setScript(failing(500));
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QVERIFY2(reply.body.find("gone/y: no provider 'gone'") != std::string::npos, reply.body.c_str());
}

void TestGatewayFailover::keysStayWithTheirProvider() {
    TwoProviders two(failing(500));
    two.bench.policy.providers["mock"].headers = {{"X-Mock", "secret"}};
    two.bench.start();
    QCOMPARE(two.bench.ask(chatRequest("auto", "hi", {{"Authorization", "Bearer client"}})).status(), 200);
    QCOMPARE(two.mock.requests()[0].header("authorization"), std::string("Bearer mock-secret"));
    QCOMPARE(two.other.requests()[0].header("authorization"), std::string("Bearer other-secret"));
    QCOMPARE(two.other.requests()[0].count("x-mock"), 0);
}

void TestGatewayFailover::redirectsAreNotFollowed() {
    MockUpstream thief(answering("stolen"));
    TwoProviders two(failing(307, "", {{"Location", thief.url() + "/chat/completions"}}));
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/x"));
    QCOMPARE(thief.connections(), 0);
    // With no other model the client gets an error, not the redirect: it would follow it.
    auto policy = two.bench.policy;
    policy.fallbacks.clear();
    two.bench.setPolicy(policy);
    const auto alone = two.bench.ask(chatRequest("auto"));
    QCOMPARE(alone.status(), 503);
    QCOMPARE(alone.count("location"), 0);
    QVERIFY(alone.body.find("redirects") != std::string::npos);
}

void TestGatewayFailover::selfReference_data() {
    QTest::addColumn<QByteArray>("host");
    QTest::newRow("the address") << QByteArray("127.0.0.1");
    QTest::newRow("the name") << QByteArray("localhost");
    QTest::newRow("another loopback address") << QByteArray("127.0.0.2");
}

void TestGatewayFailover::selfReference() {
    QFETCH(QByteArray, host);
    TwoProviders two(answering());
    two.bench.start();
    auto policy = two.bench.policy;
    policy.providers["mock"].baseUrl =
        "http://" + host.toStdString() + ":" + std::to_string(two.bench.port()) + "/v1";
    two.bench.setPolicy(policy);
    const auto reply = two.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(told(two.bench.recordOf(reply)), std::string("mock/base:self_reference other/x:ok"));
    QCOMPARE(two.bench.sink.records().size(), std::size_t(1));
}

void TestGatewayFailover::selfReferenceByOwnAddress() {
    const auto address = ownAddress();
    if (address.empty())
        QSKIP("this machine has no address but loopback");
    for (const auto& host : {std::string("0.0.0.0"), address}) {
        TwoProviders two(answering());
        two.bench.options.host = host;
        two.bench.options.token = "t";
        two.bench.start();
        auto policy = two.bench.policy;
        policy.providers["mock"].baseUrl =
            "http://" + address + ":" + std::to_string(two.bench.port()) + "/v1";
        two.bench.setPolicy(policy);
        RawClient client(two.bench.port(), address);
        const auto reply = client.ask(chatRequest("auto", "hi", {{"X-Api-Key", "t"}, {"Host", address}}));
        QCOMPARE(reply.status(), 200);
        QCOMPARE(told(two.bench.recordOf(reply)), std::string("mock/base:self_reference other/x:ok"));
        QCOMPARE(two.bench.sink.records().size(), std::size_t(1));
    }
}

void TestGatewayFailover::temperatureOfEachModel() {
    TwoProviders two(failing(500));
    two.bench.policy.temperature = 0.7;
    two.bench.policy.providers["mock"].fixedTemperature = true;
    two.bench.start();
    QCOMPARE(two.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(two.mock.requests()[0].body, chatBody("base"));
    QCOMPARE(two.other.requests()[0].body, R"({"temperature":0.7,)" + chatBody("x").substr(1));
}

void TestGatewayFailover::fallbackIsLoggedAndRecorded() {
    TwoProviders two(failing(529));
    two.bench.start();
    const auto reply = two.bench.ask(chatRequest("auto", "hi", {{"X-Tierdeck-Session", "s"}}));
    const auto record = two.bench.recordOf(reply);
    QVERIFY2(record.reason.find("mock/base failed (http_529), so other/x was asked") != std::string::npos,
             record.reason.c_str());
    QVERIFY(record.attempts[0].httpStatus == 529 && record.attempts[1].httpStatus == 200);
    QVERIFY(!record.attempts[1].reason.empty());
    two.bench.stop();
    const auto log = two.bench.log();
    QVERIFY2(
        log.find(
            "[warn] Fallback: mock/base -> other/x reason=http_529 attempt=2 session=s turn=1 request=1") !=
            std::string::npos,
        log.c_str());
}

void TestGatewayFailover::afterTheFirstByteNever() {
    TwoProviders two([](MockConnection& connection, const MockRequest&) {
        connection.send(streamHead() + httpChunk(chatEvent("base", "He")));
        connection.reset();
    });
    two.bench.start();
    const auto reply = two.bench.ask(streamRequest("auto"));
    QVERIFY(reply.body.starts_with(chatEvent("base", "He")));
    QCOMPARE(two.other.requests().size(), std::size_t(0));
    QCOMPARE(two.bench.recordOf(reply).status, std::string("error"));
}

namespace {

/// base is to be had at `mock` and at `other`.
void addHost(GatewayBench& bench, const std::string& url) {
    addProvider(bench.policy, "other", url);
    routing::ProviderModel model;
    model.id = "base-there";
    model.sameAs = routing::ModelId::parse("mock/base");
    bench.policy.providers["other"].models = {model};
}

HttpMessage askIn(const GatewayBench& bench, const std::string& session, const std::string& text) {
    return bench.ask(chatRequest("auto", text, {{"x-tierdeck-session", session}}));
}

} // namespace

void TestGatewayFailover::staysWithTheHostOfItsCache() {
    MockUpstream mock(failing(401));
    MockUpstream other(answering("Hello"));
    GatewayBench bench(mock.url());
    addHost(bench, other.url());
    bench.start();
    QCOMPARE(askIn(bench, "s1", "one").header("x-tierdeck-model"), std::string("other/base-there"));
    mock.setScript(answering("Hello"));
    // The first host is well again, but this session's prompt lies in the cache of the other.
    const auto next = askIn(bench, "s1", "two");
    QCOMPARE(next.header("x-tierdeck-model"), std::string("other/base-there"));
    QCOMPARE(bench.recordOf(next).attempts.size(), std::size_t(1));
    QCOMPARE(askIn(bench, "s2", "one").header("x-tierdeck-model"), std::string("mock/base"));
    bench.policy.sticky.enabled = false;
    bench.setPolicy(bench.policy);
    QCOMPARE(askIn(bench, "s1", "three").header("x-tierdeck-model"), std::string("mock/base"));
}

void TestGatewayFailover::aPersonsWordMovesNoHost() {
    MockUpstream mock(answering("Hello"));
    MockUpstream other(answering("Hello"));
    GatewayBench bench(mock.url());
    addHost(bench, other.url());
    bench.start();
    QCOMPARE(askIn(bench, "s1", "one").header("x-tierdeck-model"), std::string("mock/base"));
    QCOMPARE(askIn(bench, "s1", "/model other/base-there two").header("x-tierdeck-model"),
             std::string("other/base-there"));
    QCOMPARE(askIn(bench, "s1", "three").header("x-tierdeck-model"), std::string("mock/base"));
}

QTEST_APPLESS_MAIN(TestGatewayFailover)
#include "tst_gateway_failover.moc"
