#include "core/gateway/http/head.h"

#include <QtTest>

#include <string>

using namespace tierdeck::gateway::http;

namespace {

/// A head with the bytes that its views point into.
struct Parsed {
    std::string bytes;
    Head head;
    std::optional<HeadError> error;
};

std::unique_ptr<Parsed> parseRequest(std::string bytes) {
    auto parsed = std::make_unique<Parsed>();
    parsed->bytes = std::move(bytes);
    parsed->error = parseRequestHead(parsed->bytes.data(), parsed->bytes.size(), parsed->head);
    return parsed;
}

std::unique_ptr<Parsed> parseResponse(std::string bytes, bool forHead = false) {
    auto parsed = std::make_unique<Parsed>();
    parsed->bytes = std::move(bytes);
    parsed->error = parseResponseHead(parsed->bytes.data(), parsed->bytes.size(), parsed->head, forHead);
    return parsed;
}

constexpr int accepted = -1;

int code(const std::optional<HeadError>& error) {
    return error ? static_cast<int>(*error) : accepted;
}

int code(HeadError error) {
    return static_cast<int>(error);
}

} // namespace

class TestHttpHead : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsRequest();
    void readsResponse();
    void requests_data();
    void requests();
    void responses_data();
    void responses();
    void framingOfRequests_data();
    void framingOfRequests();
    void framingOfResponses_data();
    void framingOfResponses();
    void keepAlive_data();
    void keepAlive();
    void limitsTheSize();
    void findsTheEndAtEverySplit();
    void doesNotReadBeyondTheHead();
    void tokens();
    void hopByHop();
};

void TestHttpHead::readsRequest() {
    const auto parsed = parseRequest("POST /v1/chat/completions?beta=true HTTP/1.1\r\n"
                                     "Host: localhost:4141\r\n"
                                     "X-Custom-NAME:\t spaced  value \t\r\n"
                                     "Empty:\r\n"
                                     "X-Utf8: gr\xc3\xbc\xc3\x9f\r\n"
                                     "Repeated: one\r\n"
                                     "repeated: two\r\n"
                                     "\r\n");
    QCOMPARE(code(parsed->error), accepted);
    const Head& head = parsed->head;
    QCOMPARE(head.method, "POST");
    QCOMPARE(head.target, "/v1/chat/completions?beta=true");
    QCOMPARE(head.path(), "/v1/chat/completions");
    QCOMPARE(head.minorVersion, 1);
    QCOMPARE(head.headers.size(), std::size_t(6));
    QCOMPARE(head.find("host"), "localhost:4141");
    QCOMPARE(head.find("x-custom-name"), "spaced  value");
    QCOMPARE(head.headers[1].name, "x-custom-name");
    QVERIFY(head.has("empty"));
    QCOMPARE(head.find("empty"), "");
    QCOMPARE(head.find("x-utf8"), "gr\xc3\xbc\xc3\x9f");
    QCOMPARE(head.find("repeated"), "one");
    QVERIFY(!head.has("absent"));
    QCOMPARE(head.find("absent"), "");
}

void TestHttpHead::readsResponse() {
    const auto parsed = parseResponse("HTTP/1.1 429 Slow down, please\r\n"
                                      "Content-Type: text/plain\r\n"
                                      "Content-Length: 12\r\n"
                                      "\r\n");
    QCOMPARE(code(parsed->error), accepted);
    QCOMPARE(parsed->head.status, 429);
    QCOMPARE(parsed->head.reason, "Slow down, please");
    QCOMPARE(parsed->head.find("content-type"), "text/plain");
    QCOMPARE(parsed->head.framing.length, std::uint64_t(12));
}

void TestHttpHead::requests_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("expected");
    const auto row = [](const char* name, QByteArray bytes, int expected) {
        QTest::newRow(name) << bytes << expected;
    };
    const auto head = [](QByteArray fields) {
        return QByteArrayLiteral("GET / HTTP/1.1\r\nHost: a\r\n") + fields + QByteArrayLiteral("\r\n");
    };
    const int malformed = code(HeadError::Malformed);
    const int badLength = code(HeadError::BadLength);
    const int unknownTransfer = code(HeadError::UnknownTransfer);
    const int wrongVersion = code(HeadError::WrongVersion);

    row("plain", head(""), accepted);
    row("absolute form", "GET http://a/v1/models HTTP/1.1\r\nHost: a\r\n\r\n", accepted);
    row("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", accepted);
    row("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", accepted);

    row("no version", "GET /\r\n\r\n", malformed);
    row("HTTP/0.9", "GET / HTTP/0.9\r\n\r\n", wrongVersion);
    row("HTTP/1.2", "GET / HTTP/1.2\r\n\r\n", wrongVersion);
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\n", wrongVersion);
    row("lower case version", "GET / http/1.1\r\n\r\n", malformed);
    row("no target", "GET HTTP/1.1\r\n\r\n", malformed);
    row("empty target", "GET  HTTP/1.1\r\n\r\n", malformed);
    row("space in target", "GET /a b HTTP/1.1\r\n\r\n", malformed);
    row("tab in target", "GET /a\tb HTTP/1.1\r\n\r\n", malformed);
    row("NUL in target", QByteArray("GET /a\0b HTTP/1.1\r\n\r\n", 21), malformed);
    row("space before the method", " GET / HTTP/1.1\r\n\r\n", malformed);
    row("no token as method", "G{T / HTTP/1.1\r\n\r\n", malformed);
    row("empty line first", "\r\nGET / HTTP/1.1\r\n\r\n", malformed);
    row("only an empty line", "\r\n\r\n", malformed);
    row("TLS hello", QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), malformed);

    row("space before the colon", head("Content-Length : 5\r\n"), malformed);
    row("no name", head(": value\r\n"), malformed);
    row("no colon", head("just words\r\n"), malformed);
    row("folded line", head("X-A: one\r\n two\r\n"), malformed);
    row("folded with a tab", head("X-A: one\r\n\ttwo\r\n"), malformed);
    row("bare line feed", head("X-A: one\nX-B: two\r\n"), malformed);
    row("bare carriage return", head("X-A: one\rX-B: two\r\n"), malformed);
    row("NUL in a value", head(QByteArray("X-A: o\0e\r\n", 10)), malformed);
    row("control character in a value", head("X-A: \x1b[31m\r\n"), malformed);
    row("DEL in a value", head("X-A: \x7f\r\n"), malformed);
    row("non-ASCII name", head("X-\xc3\xbc: one\r\n"), malformed);
    row("brackets in a name", head("X[A]: one\r\n"), malformed);
    row("two hosts", head("Host: b\r\n"), malformed);
    row("the same host twice", head("Host: a\r\n"), malformed);

    row("length", head("Content-Length: 5\r\n"), accepted);
    row("the same length twice", head("Content-Length: 5\r\nContent-Length: 5\r\n"), accepted);
    row("two lengths", head("Content-Length: 5\r\nContent-Length: 6\r\n"), badLength);
    row("two lengths in one line", head("Content-Length: 5, 6\r\n"), badLength);
    row("equal lengths in one line", head("Content-Length: 5, 5\r\n"), badLength);
    row("signed length", head("Content-Length: +5\r\n"), badLength);
    row("negative length", head("Content-Length: -5\r\n"), badLength);
    row("hexadecimal length", head("Content-Length: 0x5\r\n"), badLength);
    row("empty length", head("Content-Length:\r\n"), badLength);
    row("length with a space", head("Content-Length: 5 5\r\n"), badLength);
    row("length with a comma", head("Content-Length: 5,\r\n"), badLength);
    row("length beyond all bounds", head("Content-Length: 18446744073709551621\r\n"), badLength);

    row("chunked", head("Transfer-Encoding: chunked\r\n"), accepted);
    row("chunked in capitals", head("transfer-encoding: CHUNKED\r\n"), accepted);
    row("chunked and a length", head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), badLength);
    row("a length and chunked", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), badLength);
    row("chunked twice", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), badLength);
    row("chunked and identity", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        badLength);
    row("identity", head("Transfer-Encoding: identity\r\n"), unknownTransfer);
    row("chunked twice in one line", head("Transfer-Encoding: chunked, chunked\r\n"), unknownTransfer);
    row("gzip, chunked", head("Transfer-Encoding: gzip, chunked\r\n"), unknownTransfer);
    row("quoted chunked", head("Transfer-Encoding: \"chunked\"\r\n"), unknownTransfer);
    row("chunked with a parameter", head("Transfer-Encoding: chunked;q=1\r\n"), unknownTransfer);
    row("xchunked", head("Transfer-Encoding: xchunked\r\n"), unknownTransfer);
    row("empty transfer coding", head("Transfer-Encoding:\r\n"), unknownTransfer);
    row("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", badLength);
}

void TestHttpHead::requests() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, expected);
    QCOMPARE(code(parseRequest(bytes.toStdString())->error), expected);
}

void TestHttpHead::responses_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("expected");
    QTest::addColumn<int>("status");
    const int malformed = code(HeadError::Malformed);
    QTest::newRow("plain") << QByteArray("HTTP/1.1 200 OK\r\n\r\n") << accepted << 200;
    QTest::newRow("no reason") << QByteArray("HTTP/1.1 200\r\n\r\n") << accepted << 200;
    QTest::newRow("empty reason") << QByteArray("HTTP/1.1 529 \r\n\r\n") << accepted << 529;
    QTest::newRow("HTTP/1.0") << QByteArray("HTTP/1.0 503 Gone\r\n\r\n") << accepted << 503;
    QTest::newRow("not HTTP") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n\r\n") << malformed << 0;
    QTest::newRow("no status") << QByteArray("HTTP/1.1 OK\r\n\r\n") << malformed << 0;
    QTest::newRow("two digits") << QByteArray("HTTP/1.1 20 OK\r\n\r\n") << malformed << 0;
    QTest::newRow("four digits") << QByteArray("HTTP/1.1 2000 OK\r\n\r\n") << malformed << 0;
    QTest::newRow("below 100") << QByteArray("HTTP/1.1 099 OK\r\n\r\n") << malformed << 0;
    QTest::newRow("line feed in the reason")
        << QByteArray("HTTP/1.1 200 O\nX-A: K\r\n\r\n") << malformed << 0;
    QTest::newRow("NUL in the reason") << QByteArray("HTTP/1.1 200 O\0K\r\n\r\n", 20) << malformed << 0;
    QTest::newRow("reason in Latin-1") << QByteArray("HTTP/1.1 404 Pas trouv\xe9\r\n\r\n") << accepted << 404;
    QTest::newRow("no space") << QByteArray("HTTP/1.1-200 OK\r\n\r\n") << malformed << 0;
    QTest::newRow("HTTP/2") << QByteArray("HTTP/2.0 200 OK\r\n\r\n") << code(HeadError::WrongVersion) << 0;
    QTest::newRow("short") << QByteArray("HTTP\r\n\r\n") << malformed << 0;
    QTest::newRow("two lengths") << QByteArray(
                                        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
                                 << code(HeadError::BadLength) << 0;
    QTest::newRow("length and chunked")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        << code(HeadError::BadLength) << 0;
}

void TestHttpHead::responses() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, expected);
    QFETCH(int, status);
    const auto parsed = parseResponse(bytes.toStdString());
    QCOMPARE(code(parsed->error), expected);
    if (expected == accepted)
        QCOMPARE(parsed->head.status, status);
}

void TestHttpHead::framingOfRequests_data() {
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<int>("kind");
    QTest::addColumn<quint64>("length");
    const auto kind = [](Framing::Kind value) { return static_cast<int>(value); };
    QTest::newRow("nothing said") << QByteArray() << kind(Framing::Kind::None) << quint64(0);
    QTest::newRow("length 0") << QByteArray("Content-Length: 0\r\n") << kind(Framing::Kind::None)
                              << quint64(0);
    QTest::newRow("length") << QByteArray("Content-Length: 007\r\n") << kind(Framing::Kind::Length)
                            << quint64(7);
    QTest::newRow("large") << QByteArray("Content-Length: 999999999999999999\r\n")
                           << kind(Framing::Kind::Length) << quint64(999999999999999999);
    QTest::newRow("chunked") << QByteArray("Transfer-Encoding: chunked\r\n") << kind(Framing::Kind::Chunked)
                             << quint64(0);
}

void TestHttpHead::framingOfRequests() {
    QFETCH(QByteArray, fields);
    QFETCH(int, kind);
    QFETCH(quint64, length);
    const auto parsed = parseRequest("POST / HTTP/1.1\r\n" + fields.toStdString() + "\r\n");
    QCOMPARE(code(parsed->error), accepted);
    QCOMPARE(static_cast<int>(parsed->head.framing.kind), kind);
    QCOMPARE(quint64(parsed->head.framing.length), length);
}

void TestHttpHead::framingOfResponses_data() {
    QTest::addColumn<QByteArray>("start");
    QTest::addColumn<bool>("forHead");
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("keepAlive");
    const auto kind = [](Framing::Kind value) { return static_cast<int>(value); };
    const QByteArray withLength("\r\nContent-Length: 9\r\n\r\n");
    QTest::newRow("length") << "HTTP/1.1 200 OK" + withLength << false << kind(Framing::Kind::Length) << true;
    QTest::newRow("for HEAD") << "HTTP/1.1 200 OK" + withLength << true << kind(Framing::Kind::None) << true;
    QTest::newRow("204") << "HTTP/1.1 204 No Content" + withLength << false << kind(Framing::Kind::None)
                         << true;
    QTest::newRow("304") << "HTTP/1.1 304 Not Modified" + withLength << false << kind(Framing::Kind::None)
                         << true;
    QTest::newRow("100") << "HTTP/1.1 100 Continue" + withLength << false << kind(Framing::Kind::None)
                         << true;
    QTest::newRow("until close") << QByteArray("HTTP/1.1 200 OK\r\n\r\n") << false
                                 << kind(Framing::Kind::UntilClose) << false;
    QTest::newRow("chunked") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") << false
                             << kind(Framing::Kind::Chunked) << true;
    QTest::newRow("HTTP/1.0 with a length")
        << "HTTP/1.0 200 OK" + withLength << false << kind(Framing::Kind::Length) << false;
}

void TestHttpHead::framingOfResponses() {
    QFETCH(QByteArray, start);
    QFETCH(bool, forHead);
    QFETCH(int, kind);
    QFETCH(bool, keepAlive);
    const auto parsed = parseResponse(start.toStdString(), forHead);
    QCOMPARE(code(parsed->error), accepted);
    QCOMPARE(static_cast<int>(parsed->head.framing.kind), kind);
    QCOMPARE(parsed->head.keepAlive, keepAlive);
}

void TestHttpHead::keepAlive_data() {
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<QByteArray>("connection");
    QTest::addColumn<bool>("expected");
    QTest::newRow("1.1") << QByteArray("1.1") << QByteArray() << true;
    QTest::newRow("1.1 close") << QByteArray("1.1") << QByteArray("close") << false;
    QTest::newRow("1.1 Close among others") << QByteArray("1.1") << QByteArray("te ,  Close") << false;
    QTest::newRow("1.1 a word that begins alike") << QByteArray("1.1") << QByteArray("closed") << true;
    QTest::newRow("1.0") << QByteArray("1.0") << QByteArray() << false;
    QTest::newRow("1.0 keep-alive") << QByteArray("1.0") << QByteArray("Keep-Alive") << true;
    QTest::newRow("1.0 close") << QByteArray("1.0") << QByteArray("close") << false;
}

void TestHttpHead::keepAlive() {
    QFETCH(QByteArray, version);
    QFETCH(QByteArray, connection);
    QFETCH(bool, expected);
    std::string bytes = "GET / HTTP/" + version.toStdString() + "\r\n";
    if (!connection.isEmpty())
        bytes += "Connection: " + connection.toStdString() + "\r\n";
    const auto parsed = parseRequest(bytes + "\r\n");
    QCOMPARE(code(parsed->error), accepted);
    QCOMPARE(parsed->head.keepAlive, expected);
}

void TestHttpHead::limitsTheSize() {
    const std::string start = "GET / HTTP/1.1\r\nX-A: ";
    const std::string largest = start + std::string(maxHeadBytes - start.size() - 4, 'a') + "\r\n\r\n";
    QCOMPARE(largest.size(), maxHeadBytes);
    QCOMPARE(code(parseRequest(largest)->error), accepted);
    QCOMPARE(code(parseRequest(start + 'a' + largest.substr(start.size()))->error),
             code(HeadError::TooLarge));
    const std::string response = "HTTP/1.1 200 OK\r\nX-A: " + std::string(maxHeadBytes, 'a') + "\r\n\r\n";
    QCOMPARE(code(parseResponse(response)->error), code(HeadError::TooLarge));
}

void TestHttpHead::findsTheEndAtEverySplit() {
    const std::string bytes = "GET / HTTP/1.1\r\nA: b\r\n\r\nthe body\r\n\r\n";
    const std::size_t end = bytes.find("the body");
    for (std::size_t split = 0; split < bytes.size(); ++split) {
        std::size_t scanned = 0;
        const auto first = findHeadEnd(std::string_view(bytes).substr(0, split), scanned);
        if (split >= end) {
            QCOMPARE(first.value_or(0), end);
        } else {
            QVERIFY(!first);
            QCOMPARE(findHeadEnd(bytes, scanned).value_or(0), end);
        }
    }
    std::size_t scanned = 0;
    for (std::size_t size = 0; size < end; ++size)
        QVERIFY(!findHeadEnd(std::string_view(bytes).substr(0, size), scanned));
    QCOMPARE(findHeadEnd(std::string_view(bytes).substr(0, end), scanned).value_or(0), end);
}

void TestHttpHead::doesNotReadBeyondTheHead() {
    // Each prefix of a head in a buffer of just its size: ASan sees a read too far, and none is a whole head.
    const std::string bytes = "POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        Head head;
        QVERIFY(parseRequestHead(exact.data(), exact.size(), head).has_value());
        QVERIFY(parseResponseHead(exact.data(), exact.size(), head).has_value());
    }
}

void TestHttpHead::tokens() {
    QVERIFY(hasToken("a, b,c", "b"));
    QVERIFY(hasToken("GET, HEAD", "head"));
    QVERIFY(!hasToken("", "a"));
    QVERIFY(!hasToken("ab", "a"));
    QVERIFY(!hasToken("a b", "a"));
    QVERIFY(equalsIgnoringCase("Chunked", "cHUNKED"));
    QVERIFY(!equalsIgnoringCase("chunked", "chunked "));
    QVERIFY(!equalsIgnoringCase("[", "{")); // 32 apart, but no letters
}

void TestHttpHead::hopByHop() {
    for (const char* name : {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
                             "proxy-authorization", "proxy-connection"})
        QVERIFY2(isHopByHop(name), name);
    for (const char* name : {"authorization", "content-type", "anthropic-beta", "x-connection"})
        QVERIFY2(!isHopByHop(name), name);
}

QTEST_APPLESS_MAIN(TestHttpHead)
#include "tst_http_head.moc"
