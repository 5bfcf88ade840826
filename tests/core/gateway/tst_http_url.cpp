#include "core/gateway/http/url.h"

#include <QtTest>

using namespace tierdeck::gateway::http;

class TestHttpUrl : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void accepts_data();
    void accepts();
    void refuses_data();
    void refuses();
    void loopbackNames();
};

void TestHttpUrl::accepts_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("tls");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("hostHeader");
    const auto row = [](const char* text, bool tls, const char* host, int port, const char* path,
                        const char* header) {
        QTest::newRow(text) << QByteArray(text) << tls << QByteArray(host) << port << QByteArray(path)
                            << QByteArray(header);
    };
    row("https://api.openai.com/v1", true, "api.openai.com", 443, "/v1", "api.openai.com");
    row("https://api.openai.com/v1///", true, "api.openai.com", 443, "/v1", "api.openai.com");
    row("http://127.0.0.1:11434/v1", false, "127.0.0.1", 11434, "/v1", "127.0.0.1:11434");
    row("http://localhost", false, "localhost", 80, "", "localhost");
    row("http://localhost/", false, "localhost", 80, "", "localhost");
    row("http://localhost:", false, "localhost", 80, "", "localhost");
    row("http://localhost:443", false, "localhost", 443, "", "localhost:443");
    row("https://localhost:80", true, "localhost", 80, "", "localhost:80");
    row("http://[::1]:8080/a/b", false, "::1", 8080, "/a/b", "[::1]:8080");
    row("http://[::1]", false, "::1", 80, "", "[::1]");
    row("https://host/a%20b", true, "host", 443, "/a%20b", "host");
}

void TestHttpUrl::accepts() {
    QFETCH(QByteArray, text);
    QFETCH(bool, tls);
    QFETCH(QByteArray, host);
    QFETCH(int, port);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, hostHeader);
    const auto url = parseUrl(text.toStdString());
    QVERIFY(url);
    QCOMPARE(url->origin.tls, tls);
    QCOMPARE(url->origin.host, host.toStdString());
    QCOMPARE(int(url->origin.port), port);
    QCOMPARE(url->path, path.toStdString());
    QCOMPARE(url->origin.hostHeader(), hostHeader.toStdString());
}

void TestHttpUrl::refuses_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"",
                             "api.openai.com/v1",
                             "ftp://host/",
                             "file:///etc/passwd",
                             "http://",
                             "http:///path",
                             "http://user:secret@host/",
                             "http://user@host/",
                             "http://host:0/",
                             "http://host:65536/",
                             "http://host:-1/",
                             "http://host:12a/",
                             "http://a:b:c/",
                             "http://[::1",
                             "http://[::1]x",
                             "http://[]:80/",
                             "http://ho st/",
                             "http://host/a b",
                             "http://host/a\r\nX-Injected: 1",
                             "http://host\r\nX-Injected: 1/",
                             "http://host/v1?key=secret",
                             "http://host/v1#there",
                             "http://host?key=secret",
                             "http://ho\x7fst/"})
        QTest::newRow(text) << QByteArray(text);
}

void TestHttpUrl::refuses() {
    QFETCH(QByteArray, text);
    QVERIFY(!parseUrl(text.toStdString()));
}

void TestHttpUrl::loopbackNames() {
    for (const char* name : {"localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1"})
        QVERIFY2(isLoopbackName(name), name);
    for (const char* name : {"", "localhost.evil.example", "127.0.0.1.evil.example", "evil.localhost.example",
                             "128.0.0.1", "127evil", "0.0.0.0", "::2", "192.168.0.1", "[::1]"})
        QVERIFY2(!isLoopbackName(name), name);
}

QTEST_APPLESS_MAIN(TestHttpUrl)
#include "tst_http_url.moc"
