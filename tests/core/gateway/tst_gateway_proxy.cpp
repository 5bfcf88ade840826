#include "tests/support/gateway_bench.h"
#include "tests/support/mock_proxy.h"
#include "tests/support/printing.h"
#include "tests/support/tls_upstream.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::testing;
using gateway::http::Origin;
using gateway::http::ProxyRules;

namespace {

using Environment = std::map<std::string, std::string>;

ProxyRules rulesOf(const Environment& environment) {
    return ProxyRules::fromEnvironment([&environment](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string() : found->second;
    });
}

void answer(const TlsUpstream::Send& send, const HttpMessage&) {
    send(httpReply(200, chatJson("base", "Hello")));
}

} // namespace

class TestGatewayProxy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rules_data();
    void rules();
    void wrongValuesAreTold();
    void plainProvidersAreAskedThroughIt();
    void sealedProvidersAreReachedThroughIt();
    void refusals_data();
    void refusals();
};

void TestGatewayProxy::rules_data() {
    QTest::addColumn<QByteArray>("environment"); // name=value, separated by blanks
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<QByteArray>("proxy"); // "" for none
    const auto row = [](const char* name, const char* environment, const char* url, const char* proxy) {
        QTest::newRow(name) << QByteArray(environment) << QByteArray(url) << QByteArray(proxy);
    };
    row("nothing set", "", "https://api.example/v1", "");
    row("https", "HTTPS_PROXY=http://proxy.example:3128", "https://api.example/v1", "proxy.example:3128");
    row("https is not http", "HTTPS_PROXY=http://proxy.example:3128", "http://api.example/v1", "");
    row("http", "HTTP_PROXY=http://proxy.example:3128", "http://api.example/v1", "proxy.example:3128");
    row("lower case counts first", "HTTPS_PROXY=http://b:1 https_proxy=http://a:1", "https://api.example",
        "a:1");
    row("without a scheme", "https_proxy=proxy.example:8080", "https://api.example", "proxy.example:8080");
    row("its usual port", "https_proxy=http://proxy.example", "https://api.example", "proxy.example");
    row("with a final slash", "https_proxy=http://proxy.example:1/", "https://api.example",
        "proxy.example:1");
    row("for all", "ALL_PROXY=http://p:1", "http://api.example", "p:1");
    row("own before all", "ALL_PROXY=http://p:1 HTTPS_PROXY=http://q:1", "https://api.example", "q:1");
    row("this machine", "http_proxy=http://p:1", "http://localhost:8080/v1", "");
    row("this machine by number", "http_proxy=http://p:1", "http://127.0.0.2:8080/v1", "");
    row("this machine by IPv6", "http_proxy=http://p:1", "http://[::1]:8080/v1", "");
    row("exception", "https_proxy=http://p:1 NO_PROXY=api.example", "https://api.example", "");
    row("exception below", "https_proxy=http://p:1 NO_PROXY=example", "https://api.example", "");
    row("exception with a dot", "https_proxy=http://p:1 NO_PROXY=.example", "https://api.example", "");
    row("exception with a star", "https_proxy=http://p:1 NO_PROXY=*.example", "https://api.example", "");
    row("exception in capitals", "https_proxy=http://p:1 NO_PROXY=API.Example", "https://api.example", "");
    row("no exception by half a name", "https_proxy=http://p:1 NO_PROXY=ple", "https://api.example", "p:1");
    row("one of several", "https_proxy=http://p:1 no_proxy=a.b,api.example,c.d", "https://api.example", "");
    row("every host", "https_proxy=http://p:1 no_proxy=*", "https://api.example", "");
    row("exception with its port", "https_proxy=http://p:1 no_proxy=api.example:443", "https://api.example",
        "");
    row("exception with another port", "https_proxy=http://p:1 no_proxy=api.example:8443",
        "https://api.example", "p:1");
    row("network", "http_proxy=http://p:1 no_proxy=10.1.0.0/16", "http://10.1.200.3/v1", "");
    row("another network", "http_proxy=http://p:1 no_proxy=10.1.0.0/16", "http://10.2.0.3/v1", "p:1");
    row("a name is in no network", "http_proxy=http://p:1 no_proxy=10.0.0.0/0", "http://api.example", "p:1");
    row("network of IPv6", "http_proxy=http://p:1 no_proxy=fd00::/8", "http://[fd12::1]/v1", "");
    row("IPv6 host", "http_proxy=http://p:1 no_proxy=fd12::1", "http://[fd12::1]/v1", "");
    row("IPv6 host in brackets", "http_proxy=http://p:1 no_proxy=[fd12::1]:80", "http://[fd12::1]/v1", "");
    row("a proxy that is none", "https_proxy=socks5://p:1", "https://api.example", "");
    row("rubbish among exceptions", "https_proxy=http://p:1 no_proxy=,,/,x/y,[,:", "https://api.example",
        "p:1");
}

void TestGatewayProxy::rules() {
    QFETCH(QByteArray, environment);
    QFETCH(QByteArray, url);
    QFETCH(QByteArray, proxy);
    Environment variables;
    for (const QByteArray& variable : environment.split(' ')) {
        const auto sign = variable.indexOf('=');
        if (sign > 0)
            variables[variable.left(sign).toStdString()] = variable.mid(sign + 1).toStdString();
    }
    const auto origin = gateway::http::parseUrl(url.toStdString())->origin;
    const auto rules = rulesOf(variables);
    const auto* found = rules.proxyFor(origin);
    QCOMPARE(found ? found->origin.hostHeader() : std::string(), proxy.toStdString());
}

void TestGatewayProxy::wrongValuesAreTold() {
    const auto rules = rulesOf({{"HTTPS_PROXY", "socks5://me:secret@p:1"}, {"http_proxy", "http://"}});
    QCOMPARE(rules.problems().size(), std::size_t(2));
    for (const auto& problem : rules.problems()) {
        QVERIFY(problem.find("_PROXY") != std::string::npos || problem.find("_proxy") != std::string::npos);
        QVERIFY(problem.find("secret") == std::string::npos);
    }
    const auto withPassword = rulesOf({{"HTTPS_PROXY", "http://me:p%40ss@p:1"}});
    const auto* proxy = withPassword.proxyFor({true, "api.example", 443});
    QVERIFY(proxy);
    QCOMPARE(proxy->authorization, std::string("Basic bWU6cEBzcw=="));
}

void TestGatewayProxy::plainProvidersAreAskedThroughIt() {
    MockUpstream proxy([](MockConnection& connection, const MockRequest&) {
        connection.send(httpReply(200, chatJson("base", "Hello")));
    });
    GatewayBench bench("http://api.example:8080/v1");
    bench.options.proxies =
        rulesOf({{"http_proxy", "http://me:secret@127.0.0.1:" + std::to_string(proxy.port())}});
    bench.start();
    QCOMPARE(bench.ask(chatRequest("auto")).body, chatJson("base", "Hello"));
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(proxy.connections(), 1);
    const auto request = proxy.requests().front();
    QCOMPARE(request.start, std::string("POST http://api.example:8080/v1/chat/completions HTTP/1.1"));
    QCOMPARE(request.header("host"), std::string("api.example:8080"));
    QCOMPARE(request.header("proxy-authorization"), std::string("Basic bWU6c2VjcmV0"));
    QCOMPARE(request.header("authorization"), std::string("Bearer mock-secret"));
}

void TestGatewayProxy::sealedProvidersAreReachedThroughIt() {
    TlsUpstream upstream(answer, "api.example");
    const QTemporaryDir folder;
    const auto file = folder.filePath(QStringLiteral("trusted.pem"));
    upstream.writeCertificate(file.toStdString());
    qputenv("SSL_CERT_FILE", file.toUtf8());
    MockProxy proxy(upstream.port());
    GatewayBench bench("https://api.example/v1");
    bench.options.proxies =
        rulesOf({{"https_proxy", "http://me:secret@127.0.0.1:" + std::to_string(proxy.port())}});
    bench.start();
    for (int i = 0; i < 3; ++i)
        QCOMPARE(bench.ask(chatRequest("auto")).body, chatJson("base", "Hello"));
    // One tunnel for all of them; the proxy sees where to, and no key.
    const auto asked = proxy.asked();
    QCOMPARE(asked.size(), std::size_t(1));
    QCOMPARE(asked[0].start, std::string("CONNECT api.example:443 HTTP/1.1"));
    QCOMPARE(asked[0].header("proxy-authorization"), std::string("Basic bWU6c2VjcmV0"));
    QCOMPARE(asked[0].header("authorization"), std::string());
}

void TestGatewayProxy::refusals_data() {
    QTest::addColumn<QByteArray>("refusal");
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("asks for a password") << QByteArray("HTTP/1.1 407 Proxy Authentication Required\r\n"
                                                       "content-length: 0\r\n\r\n")
                                         << QByteArray("answered 407");
    QTest::newRow("may not") << QByteArray("HTTP/1.1 403 Forbidden\r\n\r\nNo.") << QByteArray("answered 403");
    QTest::newRow("no proxy at all") << QByteArray("SSH-2.0-x\r\n\r\n")
                                     << QByteArray("did not answer as one");
    QTest::newRow("says more than it may")
        << QByteArray("HTTP/1.1 200 OK\r\n\r\nmore") << QByteArray("did not answer as one");
    QTest::newRow("hangs up") << QByteArray("HTTP/1.1 2") << QByteArray("ended the connection");
}

void TestGatewayProxy::refusals() {
    QFETCH(QByteArray, refusal);
    QFETCH(QByteArray, told);
    MockProxy proxy(9);
    proxy.refuseWith(refusal.toStdString());
    GatewayBench bench("https://api.example/v1");
    bench.options.proxies =
        rulesOf({{"https_proxy", "http://me:secret@127.0.0.1:" + std::to_string(proxy.port())}});
    bench.start();
    const auto reply = bench.ask(chatRequest("auto"));
    QCOMPARE(reply.status(), 503);
    QVERIFY2(reply.body.find(told.toStdString()) != std::string::npos, reply.body.c_str());
    QVERIFY2(reply.body.find("secret") == std::string::npos, reply.body.c_str());
    QCOMPARE(bench.recordOf(reply).attempts.at(0).outcome, std::string("connect_failed"));
}

QTEST_APPLESS_MAIN(TestGatewayProxy)
#include "tst_gateway_proxy.moc"
