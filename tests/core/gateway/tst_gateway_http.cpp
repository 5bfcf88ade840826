#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

std::string get(std::string_view target, const Headers& headers = {}) {
    return httpRequest("GET", target, {}, headers);
}

std::string codeOf(const HttpMessage& reply) {
    const auto json = Json::parse(reply.body, nullptr, false);
    return json.is_object() && json.contains("error") ? json["error"].value("code", "") : "";
}

/// Lets through as many as it is told to. Threads.
class Turnstile {
public:
    void letPass(int count) {
        const std::lock_guard lock(m_mutex);
        m_count += count;
        m_changed.notify_all();
    }

    /// false after ten seconds.
    bool pass() {
        std::unique_lock lock(m_mutex);
        const bool may = m_changed.wait_for(lock, std::chrono::seconds(10), [this] { return m_count > 0; });
        m_count -= may ? 1 : 0;
        return may;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_count = 0;
};

} // namespace

class TestGatewayHttp : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepAlive();
    void pipelining();
    void longPipelinesWait();
    void requestInPieces();
    void oldClients_data();
    void oldClients();
    void closesWhenAsked();
    void expectContinue();
    void halfClosedClients();
    void malformed_data();
    void malformed();
    void bodyCap_data();
    void bodyCap();
    void bodyCapOfPackedBodies();
    void headerFlood();
    void slowHeaders();
    void idleConnectionsAreClosed();
    void connectionCap();
    void refusalsAreReadableBehindLargeBodies_data();
    void refusalsAreReadableBehindLargeBodies();
    void hosts_data();
    void hosts();
    void origins_data();
    void origins();
    void tokens_data();
    void tokens();
    void paths_data();
    void paths();
    void health();
    void models();
    void modelsWithoutPolicy();
    void status();
    void otherHostsNeedAToken();
    void takenPort();
    void ipv6();
    void badRequests_data();
    void badRequests();
    void unknownModels_data();
    void unknownModels();
    void policyMissing();
    void balancedUnset();
};

void TestGatewayHttp::keepAlive() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    for (int i = 0; i < 3; ++i) {
        const auto whole = client.ask(chatRequest("auto"));
        QCOMPARE(whole.status(), 200);
        QCOMPARE(whole.count("connection"), 0);
        QVERIFY(client.ask(streamRequest("auto")).isComplete);
        QCOMPARE(client.ask(get("/healthz")).status(), 200);
        QCOMPARE(client.ask(get("/nothing")).status(), 404);
        QCOMPARE(client.ask(chatRequest("no-such-model")).status(), 404);
    }
}

void TestGatewayHttp::pipelining() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    std::string all;
    for (const char* model : {"smart", "coding", "auto"})
        all += chatRequest(model) + streamRequest(model) + get("/healthz");
    client.send(all);
    for (const char* tier : {"smart", "coding", "balanced"}) {
        QCOMPARE(client.read().header("x-tierdeck-tier"), std::string(tier));
        const auto stream = client.read();
        QCOMPARE(stream.header("x-tierdeck-tier"), std::string(tier));
        QVERIFY(stream.body.ends_with("data: [DONE]\n\n"));
        QCOMPARE(client.read().body, std::string("ok\n"));
    }
}

/// A client that sends and sends, and is answered slowly: what the gateway took of it does not grow.
void TestGatewayHttp::longPipelinesWait() {
    constexpr int answers = 200;
    constexpr std::size_t mostUnanswered = 512u << 10; // of which the kernel holds most
    Turnstile turnstile;
    MockUpstream mock([&](MockConnection& connection, const MockRequest& request) {
        turnstile.pass();
        answering()(connection, request);
    });
    GatewayBench bench(mock.url());
    bench.start();
    RawClient client(bench.port());
    client.setSendBuffer(32 << 10);
    const auto request = chatRequest("auto", std::string(2000, 'w'));
    std::size_t sent = 0;
    const auto sendAll = [&] {
        while (const auto taken = client.sendAtOnce(std::string_view(request).substr(sent % request.size())))
            sent += taken;
    };
    std::size_t answered = 0;
    for (int i = 0; i < answers; ++i) {
        sendAll();
        turnstile.letPass(1);
        QCOMPARE(client.read().status(), 200);
        answered += request.size();
    }
    QVERIFY2(sent - answered < mostUnanswered, std::to_string(sent - answered).c_str());
    // They only had to wait: none is lost.
    turnstile.letPass(static_cast<int>(sent / request.size()));
    for (; sent - answered >= request.size(); answered += request.size())
        QCOMPARE(client.read().status(), 200);
}

void TestGatewayHttp::requestInPieces() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto request = chatRequest("smart", "some words");
    const auto head = request.find("\r\n\r\n");
    for (const std::size_t split : {std::size_t(1), std::size_t(5), head - 1, head, head + 1, head + 2,
                                    head + 3, head + 4, head + 5, request.size() - 1}) {
        RawClient client(bench.port());
        client.send(request.substr(0, split));
        // The first piece has been read before the second comes.
        QCOMPARE(bench.ask(get("/healthz")).status(), 200);
        client.send(request.substr(split));
        QCOMPARE(client.read().status(), 200);
    }
    QCOMPARE(mock.requests().size(), std::size_t(10));
}

void TestGatewayHttp::oldClients_data() {
    QTest::addColumn<bool>("stream");
    QTest::addColumn<bool>("keepAlive");
    QTest::newRow("whole") << false << false;
    QTest::newRow("whole, kept") << false << true;
    QTest::newRow("streamed") << true << false;
    QTest::newRow("streamed, kept") << true << true;
}

void TestGatewayHttp::oldClients() {
    QFETCH(bool, stream);
    QFETCH(bool, keepAlive);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Headers headers{{"Expect", "100-continue"}}; // means nothing in HTTP/1.0
    if (keepAlive)
        headers.emplace_back("Connection", "keep-alive");
    auto request = stream ? streamRequest("auto", "hi", headers) : chatRequest("auto", "hi", headers);
    request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
    request.erase(request.find("host: localhost\r\n"), 17);
    RawClient client(bench.port());
    const auto head = request.find("\r\n\r\n") + 4;
    client.send(request.substr(0, head));
    client.send(request.substr(head));
    const auto reply = client.read();
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.count("transfer-encoding"), 0); // a later invention
    QVERIFY(reply.isComplete);
    QVERIFY(reply.body.find("Hello") != std::string::npos);
    if (stream) {
        QVERIFY(reply.body.ends_with("data: [DONE]\n\n"));
        QVERIFY(client.seesEnd());
    } else if (keepAlive) {
        QCOMPARE(reply.header("connection"), std::string("keep-alive"));
        QCOMPARE(client.ask(request).status(), 200);
    } else {
        QVERIFY(client.seesEnd());
    }
}

void TestGatewayHttp::closesWhenAsked() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    for (const bool stream : {false, true}) {
        RawClient client(bench.port());
        const Headers headers{{"Connection", "close"}};
        const auto reply =
            client.ask(stream ? streamRequest("auto", "hi", headers) : chatRequest("auto", "hi", headers));
        QCOMPARE(reply.status(), 200);
        QVERIFY(reply.isComplete);
        QCOMPARE(reply.header("connection"), std::string("close"));
        QVERIFY(client.seesEnd());
    }
}

void TestGatewayHttp::expectContinue() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto request = chatRequest("auto", "hi", {{"Expect", "100-continue"}});
    const auto head = request.find("\r\n\r\n") + 4;
    RawClient client(bench.port());
    client.send(request.substr(0, head));
    QCOMPARE(client.read().status(), 100);
    client.send(request.substr(head));
    QCOMPARE(client.read().status(), 200);
    // A body that comes unasked needs no invitation.
    client.send(request);
    QCOMPARE(client.read().status(), 200);
    // What is refused is refused before the body is sent.
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                "Content-Length: 99999999\r\n\r\n");
    QCOMPARE(client.read().status(), 413);
    QVERIFY(client.seesEnd());
}

void TestGatewayHttp::halfClosedClients() {
    // Who ends its side is gone, as far as HTTP goes; the gateway must not be disturbed by it.
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    client.send(get("/healthz"));
    client.endSending();
    const auto reply = client.read();
    QVERIFY(reply.status() == 200 || reply.start.empty());
    RawClient silent(bench.port());
    silent.endSending();
    QVERIFY(silent.seesEnd());
    QCOMPARE(bench.ask(get("/healthz")).status(), 200);
}

void TestGatewayHttp::malformed_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::newRow("rubbish") << QByteArray("hello\r\n\r\n") << 400;
    QTest::newRow("TLS") << QByteArray("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10) << 400;
    QTest::newRow("two lengths") << QByteArray("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                                               "Content-Length: 6\r\n\r\nhello")
                                 << 400;
    QTest::newRow("length and chunks")
        << QByteArray("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        << 400;
    QTest::newRow("another coding") << QByteArray("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                                                  "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
                                    << 501;
    QTest::newRow("broken chunks") << QByteArray("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                                                 "Transfer-Encoding: chunked\r\n\r\nxyz\r\n")
                                   << 400;
    QTest::newRow("HTTP/2") << QByteArray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") << 505;
    QTest::newRow("folded header") << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n")
                                   << 400;
    QTest::newRow("two hosts") << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n")
                               << 400;
}

void TestGatewayHttp::malformed() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    // What follows must not be taken for a request of its own: that is how requests are smuggled.
    const auto reply = client.ask(bytes.toStdString() + get("/healthz"));
    QCOMPARE(reply.status(), status);
    QVERIFY(!codeOf(reply).empty());
    QCOMPARE(reply.header("connection"), std::string("close"));
    QVERIFY(client.seesEnd());
}

void TestGatewayHttp::bodyCap_data() {
    QTest::addColumn<bool>("chunked");
    QTest::addColumn<int>("over");
    QTest::addColumn<int>("status");
    for (const bool chunked : {false, true}) {
        QTest::addRow("%s, just fits", chunked ? "chunked" : "length") << chunked << 0 << 400;
        QTest::addRow("%s, one more", chunked ? "chunked" : "length") << chunked << 1 << 413;
    }
}

void TestGatewayHttp::bodyCap() {
    QFETCH(bool, chunked);
    QFETCH(int, over);
    QFETCH(int, status);
    GatewayBench bench;
    bench.options.maxBodyBytes = 1u << 20;
    bench.start();
    const std::string body((1u << 20) + static_cast<unsigned>(over), ' '); // too blank to be a request
    RawClient client(bench.port());
    if (chunked)
        client.send(httpRequest("POST", "/v1/chat/completions", "", {{"Transfer-Encoding", "chunked"}}) +
                    httpChunk(body) + std::string(lastChunk));
    else
        client.send(httpRequest("POST", "/v1/chat/completions", body));
    const auto reply = client.read();
    QCOMPARE(reply.status(), status);
    QCOMPARE(codeOf(reply), std::string(status == 413 ? "body_too_large" : "invalid_request"));
}

void TestGatewayHttp::bodyCapOfPackedBodies() {
    // A frame of zstd that says of itself that it holds one byte, four hundred million times.
    std::string bomb("\x28\xb5\x2f\xfd\x00\x58", 6);
    for (int i = 0; i < 3000; ++i)
        bomb += std::string("\x02\x00\x10", 3) + 'x'; // a run of 128 KiB
    GatewayBench bench;
    bench.start();
    const auto reply =
        bench.ask(httpRequest("POST", "/v1/chat/completions", bomb, {{"Content-Encoding", "zstd"}}));
    QCOMPARE(reply.status(), 413);
}

void TestGatewayHttp::headerFlood() {
    GatewayBench bench;
    bench.start();
    RawClient one(bench.port());
    const auto large = one.ask(get("/healthz", {{"X-Large", std::string(100'000, 'x')}}));
    QCOMPARE(large.status(), 431);
    QVERIFY(one.seesEnd());
    // One without an end is not listened to for ever.
    RawClient endless(bench.port());
    endless.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    bool accepted = true;
    for (int i = 0; i < 10'000 && accepted; ++i)
        accepted = endless.send("X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n");
    QVERIFY(!accepted);
    QCOMPARE(bench.ask(get("/healthz")).status(), 200);
}

void TestGatewayHttp::slowHeaders() {
    GatewayBench bench;
    bench.options.headerTimeoutMs = 200;
    bench.start();
    RawClient slow(bench.port());
    RawClient silent(bench.port());
    RawClient second(bench.port());
    slow.send("GET /healthz HTTP/1.1\r\nHost: loc");
    QCOMPARE(second.ask(get("/healthz")).status(), 200);
    second.send("GET /healthz HT"); // the second request of a connection has no more time
    QVERIFY(slow.seesEnd());
    QVERIFY(silent.seesEnd());
    QVERIFY(second.seesEnd());
}

void TestGatewayHttp::idleConnectionsAreClosed() {
    GatewayBench bench;
    bench.options.idleTimeoutMs = 200;
    bench.start();
    RawClient client(bench.port());
    QCOMPARE(client.ask(get("/healthz")).status(), 200);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(client.seesEnd());
    QVERIFY(timer.elapsed() >= 150);
}

void TestGatewayHttp::connectionCap() {
    GatewayBench bench;
    bench.options.maxConnections = 3;
    bench.start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(bench.port());
        QCOMPARE(clients.back().ask(get("/healthz")).status(), 200);
    }
    RawClient over(bench.port());
    QVERIFY(over.seesEnd());
    clients.front().close();
    // As soon as one has gone there is room again.
    HttpMessage reply;
    for (int i = 0; i < 1000 && reply.status() != 200; ++i)
        reply = bench.ask(get("/healthz"));
    QCOMPARE(reply.status(), 200);
}

void TestGatewayHttp::refusalsAreReadableBehindLargeBodies_data() {
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("megabytes");
    QTest::addColumn<int>("status");
    QTest::newRow("too large") << QByteArray("/v1/chat/completions") << 40 << 413;
    QTest::newRow("unknown path") << QByteArray("/v1/embeddings") << 8 << 404;
}

void TestGatewayHttp::refusalsAreReadableBehindLargeBodies() {
    QFETCH(QByteArray, path);
    QFETCH(int, megabytes);
    QFETCH(int, status);
    // Clients send all of it before they read. A reset meanwhile would cost them the reason.
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    const std::string body(static_cast<std::size_t>(megabytes) << 20, 'x');
    QVERIFY(client.send(httpRequest("POST", path.toStdString(), body)));
    const auto reply = client.read();
    QCOMPARE(reply.status(), status);
    QVERIFY(reply.isComplete);
    QCOMPARE(reply.header("connection"), std::string("close"));
    QVERIFY(client.seesEnd());
}

void TestGatewayHttp::hosts_data() {
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<int>("status");
    for (const char* host : {"localhost", "localhost:4141", "LOCALHOST", "127.0.0.1", "127.0.0.1:80",
                             "127.8.9.1", "[::1]", "[::1]:4141"})
        QTest::newRow(host) << QByteArray(host) << 200;
    for (const char* host :
         {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:4141", "",
          "0.0.0.0", "192.168.0.1", "[::2]", "[::1", "user@localhost", "localhost, evil"})
        QTest::newRow(*host ? host : "empty") << QByteArray(host) << 403;
}

void TestGatewayHttp::hosts() {
    QFETCH(QByteArray, host);
    QFETCH(int, status);
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(get("/v1/models", {{"Host", host.toStdString()}}));
    QCOMPARE(reply.status(), status);
    if (status == 403)
        QCOMPARE(codeOf(reply), std::string("foreign_host"));
}

void TestGatewayHttp::origins_data() {
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<int>("status");
    for (const char* origin :
         {"http://localhost", "http://localhost:3000", "https://127.0.0.1:8443", "http://[::1]:3000"})
        QTest::newRow(origin) << QByteArray(origin) << 200;
    for (const char* origin :
         {"https://evil.example", "http://localhost.evil.example", "null", "", "file://",
          "http://127.0.0.1.evil.example", "chrome-extension://abc", "http://localhost@evil.example"})
        QTest::newRow(*origin ? origin : "empty") << QByteArray(origin) << 403;
}

void TestGatewayHttp::origins() {
    QFETCH(QByteArray, origin);
    QFETCH(int, status);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(chatRequest("auto", "hi", {{"Origin", origin.toStdString()}}));
    QCOMPARE(reply.status(), status);
    if (status == 403)
        QCOMPARE(codeOf(reply), std::string("foreign_origin"));
    QCOMPARE(reply.count("access-control-allow-origin"), 0);
    QCOMPARE(mock.requests().size(), std::size_t(status == 200 ? 1 : 0));
}

void TestGatewayHttp::tokens_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<int>("status");
    const auto row = [](const char* name, const char* value, int status) {
        QTest::addRow("%s: %s", name, value) << QByteArray(name) << QByteArray(value) << status;
    };
    row("Authorization", "Bearer the-token", 200);
    row("Authorization", "bearer the-token", 200);
    row("X-Api-Key", "the-token", 200);
    row("X-Other", "the-token", 401);
    row("Authorization", "the-token", 401);
    row("Authorization", "Basic the-token", 401);
    row("Authorization", "Bearer the-toke", 401);
    row("Authorization", "Bearer the-token2", 401);
    row("Authorization", "Bearer the-tokem", 401);
    row("Authorization", "Bearer ", 401);
    row("Authorization", "Bearer", 401);
    row("X-Api-Key", "", 401);
}

void TestGatewayHttp::tokens() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(int, status);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.options.token = "the-token";
    bench.start();
    const Headers headers{{name.toStdString(), value.toStdString()}};
    QCOMPARE(bench.ask(chatRequest("auto", "hi", headers)).status(), status);
    QCOMPARE(bench.ask(get("/v1/models", headers)).status(), status);
    const auto page = bench.ask(get("/v1/tierdeck/status", headers));
    QCOMPARE(page.status(), status);
    if (status == 401)
        QCOMPARE(codeOf(page), std::string("invalid_token"));
    // Whether it lives is no secret.
    QCOMPARE(bench.ask(get("/healthz")).status(), 200);
    RawClient client(bench.port());
    client.send(httpRequest("HEAD", "/"));
    QCOMPARE(client.read(true).status(), 200);
}

void TestGatewayHttp::paths_data() {
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("allow");
    const auto row = [](const char* method, const char* target, int status, const char* allow = "") {
        QTest::addRow("%s %s", method, target)
            << QByteArray(method) << QByteArray(target) << status << QByteArray(allow);
    };
    row("GET", "/", 200);
    row("GET", "/healthz", 200);
    row("GET", "/healthz?x=1", 200);
    row("GET", "/v1/models?limit=1000", 200);
    row("GET", "/v1/tierdeck/status", 200);
    row("POST", "/v1/chat/completions?beta=true", 200);
    row("POST", "/", 405, "GET, HEAD");
    row("POST", "/v1/models", 405, "GET, HEAD");
    row("DELETE", "/healthz", 405, "GET, HEAD");
    row("GET", "/v1/chat/completions", 405, "POST");
    row("OPTIONS", "/v1/chat/completions", 405, "POST");
    row("PUT", "/v1/chat/completions", 405, "POST");
    row("GET", "/v1", 404);
    row("GET", "/v1/models/", 404);
    row("GET", "//healthz", 404);
    row("GET", "/healthz/../v1/models", 404);
    row("GET", "/V1/models", 404);
    row("POST", "/v1/embeddings", 404);
    row("GET", "http://localhost/healthz", 404);
    row("OPTIONS", "*", 404);
    row("CONNECT", "example.com:443", 404);
}

void TestGatewayHttp::paths() {
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(int, status);
    QFETCH(QByteArray, allow);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(httpRequest(method.toStdString(), target.toStdString(),
                                             method == "POST" || method == "PUT" ? chatBody("auto") : ""));
    QCOMPARE(reply.status(), status);
    QCOMPARE(reply.header("allow"), allow.toStdString());
    if (status >= 400) {
        const auto error = Json::parse(reply.body)["error"];
        QVERIFY(error["message"].is_string() && error["type"] == "invalid_request_error");
        QCOMPARE(error["code"], status == 404 ? "not_found" : "method_not_allowed");
        QCOMPARE(reply.header("content-type"), std::string("application/json"));
    }
}

void TestGatewayHttp::health() {
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    QCOMPARE(client.ask(get("/healthz")).body, std::string("ok\n"));
    for (const char* target : {"/", "/healthz", "/v1/models", "/v1/tierdeck/status"}) {
        client.send(httpRequest("HEAD", target));
        const auto reply = client.read(true);
        QCOMPARE(reply.status(), 200);
        QVERIFY(std::stoi(reply.header("content-length")) > 0); // as for GET
    }
    QCOMPARE(client.ask(get("/healthz")).status(), 200); // no body was left behind
}

void TestGatewayHttp::models() {
    GatewayBench bench;
    bench.policy.tiers["review"].rank = 25;
    bench.policy.tiers["review"].label = "Review \"quotes\"";
    routing::ProviderModel listed;
    listed.id = "listed/deep";
    bench.policy.providers["mock"].models.push_back(listed);
    setFallbacks(bench.policy, "*", {"sim/fast"});
    bench.start();
    const auto list = Json::parse(bench.ask(get("/v1/models")).body);
    QCOMPARE(list["object"], "list");
    QCOMPARE(list["has_more"], false);
    std::vector<std::string> ids;
    for (const auto& model : list["data"]) {
        ids.push_back(model["id"]);
        QCOMPARE(model["object"], "model");
        QCOMPARE(model["type"], "model");
        QVERIFY(model["display_name"].is_string() && model["owned_by"].is_string() &&
                model["created"].is_number());
    }
    const std::vector<std::string> expected{"tier-background",
                                            "tier-balanced",
                                            "tier-coding",
                                            "tier-smart",
                                            "tier-review",
                                            "tier-deep",
                                            "claude-tier-background",
                                            "claude-tier-balanced",
                                            "claude-tier-coding",
                                            "claude-tier-smart",
                                            "claude-tier-review",
                                            "claude-tier-deep",
                                            "mock/base",
                                            "mock/coder",
                                            "mock/listed/deep",
                                            "mock/smart",
                                            "sim/fast"};
    QCOMPARE(ids.size(), expected.size());
    for (std::size_t i = 0; i < ids.size(); ++i)
        QCOMPARE(ids[i], expected[i]);
    QCOMPARE(list["first_id"], "tier-background");
    QCOMPARE(list["last_id"], "sim/fast");
    QCOMPARE(list["data"][4]["display_name"], "Tier: Review \"quotes\"");
}

void TestGatewayHttp::modelsWithoutPolicy() {
    GatewayBench bench;
    bench.start();
    bench.policies.set(nullptr, "line 3 is wrong");
    const auto list = Json::parse(bench.ask(get("/v1/models")).body);
    QVERIFY(list["data"].is_array() && list["data"].empty());
    QVERIFY(list["first_id"].is_null());
}

void TestGatewayHttp::status() {
    Gate gate;
    MockUpstream mock([&](MockConnection& connection, const MockRequest& request) {
        gate.wait();
        answering()(connection, request);
    });
    GatewayBench bench(mock.url());
    bench.start();
    const auto read = [&] { return Json::parse(bench.ask(get("/v1/tierdeck/status")).body); };
    const auto before = read();
    QCOMPARE(before["pid"], ::getpid());
    QCOMPARE(before["address"], "http://127.0.0.1:" + std::to_string(bench.port()));
    QVERIFY(parseRfc3339(before["started"].get<std::string>()).has_value());
    QCOMPARE(before["policy"], "00c0ffee00c0ffee");
    QVERIFY(before["problem"].is_null());
    QCOMPARE(before["requests"], 0);
    QCOMPARE(before["active"], 0);
    RawClient client(bench.port());
    client.send(chatRequest("auto"));
    QVERIFY(mock.waitForRequests(1));
    QCOMPARE(read()["active"], 1);
    gate.open();
    QCOMPARE(client.read().status(), 200);
    QCOMPARE(bench.ask(chatRequest("no-such-model")).status(), 404);
    bench.policies.set(nullptr, "line 3 is wrong");
    QTRY_COMPARE(read()["active"], 0); // an answer arrives before its reactor is done with it
    const auto after = read();
    QCOMPARE(after["requests"], 2);
    QCOMPARE(after["failed"], 1);
    QCOMPARE(after["unsaved"], 0);
    QCOMPARE(after["sessions"], 1); // the same words in both
    QVERIFY(after["policy"].is_null());
    QCOMPARE(after["problem"], "line 3 is wrong");
}

void TestGatewayHttp::otherHostsNeedAToken() {
    for (const char* host : {"0.0.0.0", "::"}) {
        GatewayBench bench;
        SystemClock clock;
        QTemporaryDir folder;
        const auto log =
            gateway::TierLogWriter::open((folder.path() + QStringLiteral("/tier.log")).toStdString()).value();
        auto options = bench.options;
        options.host = host;
        bench.setPolicy(bench.policy);
        const gateway::Gateway::Parts parts{bench.policies, bench.sink, bench.secrets, clock, *log};
        gateway::Gateway open(options, parts);
        const auto refused = open.start();
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
        QVERIFY(refused.error().message.find("--token") != std::string::npos);
        options.token = "t";
        gateway::Gateway guarded(options, parts);
        const auto started = guarded.start();
        if (!started && *host == ':')
            continue; // a machine without IPv6
        QVERIFY(started);
        QCOMPARE(RawClient(guarded.port()).ask(get("/v1/models")).status(), 401);
        QCOMPARE(RawClient(guarded.port()).ask(get("/v1/models", {{"X-Api-Key", "t"}})).status(), 200);
        // It is called by an address of the machine, which it cannot know beforehand; a name may be rebound.
        for (const auto& [name, status] : {std::pair("192.0.2.7:4141", 200), std::pair("[2001:db8::7]", 200),
                                           std::pair("evil.example", 403)})
            QCOMPARE(RawClient(guarded.port())
                         .ask(get("/v1/models", {{"X-Api-Key", "t"}, {"Host", name}}))
                         .status(),
                     status);
    }
    GatewayBench bench;
    SystemClock clock;
    QTemporaryDir folder;
    const auto log =
        gateway::TierLogWriter::open((folder.path() + QStringLiteral("/tier.log")).toStdString()).value();
    auto options = bench.options;
    options.host = "not an address";
    options.token = "t";
    gateway::Gateway wrong(options,
                           gateway::Gateway::Parts{bench.policies, bench.sink, bench.secrets, clock, *log});
    const auto refused = wrong.start();
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
}

void TestGatewayHttp::takenPort() {
    GatewayBench bench;
    bench.start();
    SystemClock clock;
    QTemporaryDir folder;
    const auto log =
        gateway::TierLogWriter::open((folder.path() + QStringLiteral("/tier.log")).toStdString()).value();
    auto options = bench.options;
    options.port = bench.port();
    gateway::Gateway second(options,
                            gateway::Gateway::Parts{bench.policies, bench.sink, bench.secrets, clock, *log});
    const auto refused = second.start();
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Locked);
    QVERIFY(refused.error().message.find(std::to_string(bench.port())) != std::string::npos);
    // The first one is not disturbed, and a restart on its port works at once.
    QCOMPARE(bench.ask(get("/healthz")).status(), 200);
    const auto port = bench.port();
    bench.stop();
    options.port = port;
    gateway::Gateway next(options,
                          gateway::Gateway::Parts{bench.policies, bench.sink, bench.secrets, clock, *log});
    QVERIFY(next.start());
    QCOMPARE(next.port(), port);
    QCOMPARE(next.address(), "http://127.0.0.1:" + std::to_string(port));
}

void TestGatewayHttp::ipv6() {
    GatewayBench bench;
    SystemClock clock;
    QTemporaryDir folder;
    const auto log =
        gateway::TierLogWriter::open((folder.path() + QStringLiteral("/tier.log")).toStdString()).value();
    auto options = bench.options;
    options.host = "::1";
    gateway::Gateway gateway(options,
                             gateway::Gateway::Parts{bench.policies, bench.sink, bench.secrets, clock, *log});
    if (!gateway.start())
        QSKIP("this machine has no IPv6");
    QCOMPARE(gateway.address(), "http://[::1]:" + std::to_string(gateway.port()));
}

void TestGatewayHttp::badRequests_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("empty") << QByteArray("") << QByteArray("JSON");
    QTest::newRow("not JSON") << QByteArray("hello") << QByteArray("JSON");
    QTest::newRow("two models")
        << QByteArray(R"({"model":"a","model":"b","messages":[{"role":"user","content":"x"}]})")
        << QByteArray("twice");
    QTest::newRow("no messages") << QByteArray(R"({"model":"a"})") << QByteArray("messages");
}

void TestGatewayHttp::badRequests() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, word);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    const auto reply = bench.ask(
        httpRequest("POST", "/v1/chat/completions", body.toStdString(), {{"X-Tierdeck-Session", "s"}}));
    QCOMPARE(reply.status(), 400);
    QCOMPARE(codeOf(reply), std::string("invalid_request"));
    QVERIFY2(reply.body.find(word.toStdString()) != std::string::npos, reply.body.c_str());
    QCOMPARE(mock.requests().size(), std::size_t(0));
    // It is a request all the same, with a number and a record.
    const auto record = bench.recordOf(reply);
    QCOMPARE(record.status, std::string("error"));
    QCOMPARE(record.httpStatus, 400);
    QCOMPARE(record.session, std::string("s"));
    QVERIFY(!record.model && record.cost == NanoUsd(0) && record.attempts.empty());
    QCOMPARE(reply.header("x-tierdeck-tier"), std::string("-"));
    QCOMPARE(reply.header("x-tierdeck-tier-source"), std::string("-"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("-"));
}

void TestGatewayHttp::unknownModels_data() {
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("near");
    QTest::newRow("no provider") << QByteArray("gpt-5.1") << QByteArray() << QByteArray("model_not_found")
                                 << QByteArray();
    QTest::newRow("unknown provider")
        << QByteArray("nobody/x") << QByteArray() << QByteArray("model_not_found") << QByteArray();
    QTest::newRow("a slip") << QByteArray("mock/smrat") << QByteArray() << QByteArray() << QByteArray();
    QTest::newRow("a tier that is none") << QByteArray("tier-codng") << QByteArray()
                                         << QByteArray("model_not_found") << QByteArray("tier-coding");
    QTest::newRow("a tier by header")
        << QByteArray("auto") << QByteArray("depe") << QByteArray("unknown_tier") << QByteArray("deep");
}

void TestGatewayHttp::unknownModels() {
    QFETCH(QByteArray, model);
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, near);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    Headers headers;
    if (!header.isEmpty())
        headers.emplace_back("X-Tierdeck-Tier", header.toStdString());
    const auto reply = bench.ask(chatRequest(model.toStdString(), "hi", headers));
    if (code.isEmpty()) {
        QCOMPARE(reply.status(), 200); // any model of a provider that is set up is the provider's to judge
        return;
    }
    QCOMPARE(reply.status(), 404);
    QCOMPARE(codeOf(reply), code.toStdString());
    QVERIFY2(reply.body.find(near.toStdString()) != std::string::npos, reply.body.c_str());
    QCOMPARE(bench.recordOf(reply).httpStatus, 404);
}

void TestGatewayHttp::policyMissing() {
    GatewayBench bench;
    bench.start();
    bench.policies.set(nullptr, "model-router.json does not parse: line 3, column 5");
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(codeOf(reply), std::string("policy_invalid"));
    QVERIFY(reply.body.find("line 3, column 5") != std::string::npos);
    QCOMPARE(bench.recordOf(reply).status, std::string("error"));
    // A policy that comes into force is used by the next request.
    auto policy = bench.policy;
    policy.tiers["balanced"].model = routing::ModelId::parse("sim/fast");
    bench.setPolicy(policy);
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
}

void TestGatewayHttp::balancedUnset() {
    GatewayBench bench;
    for (auto& [name, tier] : bench.policy.tiers)
        tier.model.reset();
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(codeOf(reply), std::string("tier_unset"));
    QVERIFY(reply.body.find("balancedModel") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestGatewayHttp)
#include "tst_gateway_http.moc"
