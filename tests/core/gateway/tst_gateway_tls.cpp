#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"
#include "tests/support/tls_upstream.h"

#include <QTemporaryDir>
#include <QtTest>

#include <atomic>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

std::string url(const TlsUpstream& upstream, const std::string& host = "localhost") {
    return "https://" + host + ":" + std::to_string(upstream.port()) + "/v1";
}

void answer(const TlsUpstream::Send& send, const HttpMessage& request) {
    const bool stream = request.body.find("\"stream\":true") != std::string::npos;
    if (!stream)
        return send(httpReply(200, chatJson("base", "Hello")));
    // Each in a record of its own, as servers flush them.
    send(streamHead());
    send(httpChunk(chatEvent("base", "Hello")));
    send(httpChunk(chatEnd("base")));
    send(lastChunk);
}

std::string outcomeOf(const GatewayBench& bench, const HttpMessage& reply) {
    const auto record = bench.recordOf(reply);
    return record.attempts.empty() ? "no attempt" : record.attempts[0].outcome;
}

} // namespace

class TestGatewayTls : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void relays();
    void keepsConnections();
    void keepsConnectionsBehindStreams();
    void refusesAnotherHost();
    void refusesUnknownCertificates();
    void refusesPlainServers();
    void silentHandshake();
    void breaksOff();

private:
    QTemporaryDir m_folder;
    TlsUpstream m_upstream{answer};
};

void TestGatewayTls::initTestCase() {
    const auto file = m_folder.filePath(QStringLiteral("trusted.pem"));
    m_upstream.writeCertificate(file.toStdString());
    // Where OpenSSL looks for what a system trusts.
    qputenv("SSL_CERT_FILE", file.toUtf8());
}

void TestGatewayTls::relays() {
    GatewayBench bench(url(m_upstream));
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).body, chatJson("base", "Hello"));
    const auto streamed = bench.ask(streamRequest("auto", std::string(200'000, 'x')));
    QVERIFY(streamed.isComplete);
    QCOMPARE(streamed.body, chatEvent("base", "Hello") + chatEnd("base", false));
}

void TestGatewayTls::keepsConnections() {
    GatewayBench bench(url(m_upstream));
    bench.start();
    const int before = m_upstream.connections();
    for (int i = 0; i < 5; ++i)
        QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(m_upstream.connections(), before + 1);
}

void TestGatewayTls::keepsConnectionsBehindStreams() {
    GatewayBench bench(url(m_upstream));
    bench.start();
    const int before = m_upstream.connections();
    for (int i = 0; i < 10; ++i) {
        QVERIFY(bench.ask(streamRequest("auto")).isComplete);
        QCOMPARE(bench.ask(httpRequest("GET", "/healthz")).status(), 200);
    }
    // A handshake costs more than anything else that the gateway does. (The end of one stream or two may not
    // have come before the next request.)
    QVERIFY2(m_upstream.connections() <= before + 3,
             std::to_string(m_upstream.connections() - before).c_str());
}

void TestGatewayTls::refusesAnotherHost() {
    // The right certificate, by a name that it is not for: the key must not be sent.
    GatewayBench bench(url(m_upstream, "127.0.0.1"));
    bench.start();
    const int before = m_upstream.handshakes();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(outcomeOf(bench, reply), std::string("tls_failed"));
    QCOMPARE(m_upstream.handshakes(), before);
}

void TestGatewayTls::refusesUnknownCertificates() {
    TlsUpstream stranger(answer);
    GatewayBench bench(url(stranger));
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(outcomeOf(bench, reply), std::string("tls_failed"));
    QVERIFY2(reply.body.find("certificate") != std::string::npos, reply.body.c_str());
    QCOMPARE(stranger.handshakes(), 0);
}

void TestGatewayTls::refusesPlainServers() {
    MockUpstream plain([](MockConnection& connection, const MockRequest&) { connection.close(); });
    GatewayBench bench("https://localhost:" + std::to_string(plain.port()) + "/v1");
    bench.policy.providers["mock"].connectTimeoutSeconds = 1;
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(plain.requests().size(), std::size_t(0)); // nothing in the clear
}

void TestGatewayTls::silentHandshake() {
    const auto silent = Socket::listening();
    GatewayBench bench("https://localhost:" + std::to_string(silent.port()) + "/v1");
    bench.policy.providers["mock"].connectTimeoutSeconds = 1;
    bench.options.holdMs = 100; // sets the step of all deadlines
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(outcomeOf(bench, reply), std::string("timeout"));
}

void TestGatewayTls::breaksOff() {
    std::atomic<bool> first = true;
    TlsUpstream upstream([&](const TlsUpstream::Send& send, const HttpMessage& request) {
        if (first.exchange(false))
            return answer(send, request);
        send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{\"c"); // and no end of it: not JSON
    });
    const auto file = m_folder.filePath(QStringLiteral("other.pem"));
    upstream.writeCertificate(file.toStdString());
    qputenv("SSL_CERT_FILE", file.toUtf8());
    GatewayBench bench(url(upstream));
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QCOMPARE(outcomeOf(bench, reply), std::string("rubbish"));
}

QTEST_APPLESS_MAIN(TestGatewayTls)
#include "tst_gateway_tls.moc"
