#include "core/gateway/http/body.h"

#include <QtTest>

#include <string>
#include <vector>

using namespace tierdeck::gateway::http;

namespace {

using State = BodyDecoder::State;

struct Decoded {
    std::string out;
    std::size_t taken = 0;
    State state = State::More;
};

/// Feeds the pieces one after the other, as reads from a socket would bring them.
Decoded decode(const Framing& framing, const std::vector<std::string_view>& pieces, bool ended = false) {
    BodyDecoder decoder(framing);
    Decoded decoded;
    for (const auto piece : pieces)
        decoded.taken += decoder.feed(piece, decoded.out);
    if (ended)
        decoder.finish();
    decoded.state = decoder.state();
    return decoded;
}

const Framing chunked{Framing::Kind::Chunked, 0};

} // namespace

class TestHttpBody : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void chunkedAtEverySplit();
    void chunkedByteByByte();
    void chunkedBroken_data();
    void chunkedBroken();
    void chunkedCutOff();
    void limitsOverhead_data();
    void limitsOverhead();
    void lengthAtEverySplit();
    void lengthCutOff();
    void untilClose();
    void noBody();
    void remaining();
};

namespace {

const std::string wellFormed = "5\r\nhello\r\n"
                               "1;name=value\r\n,\r\n"
                               "A \r\n0123456789\r\n"
                               "002\r\n\r\n\r\n"
                               "0;last\r\n"
                               "X-Trailer: something\r\n"
                               "X-Other: more\r\n"
                               "\r\n";
const std::string content = "hello,0123456789\r\n";
const std::string following = "POST / HTTP/1.1\r\n";

} // namespace

void TestHttpBody::chunkedAtEverySplit() {
    const std::string all = wellFormed + following;
    for (std::size_t a = 0; a <= all.size(); ++a) {
        for (std::size_t b = a; b <= all.size(); ++b) {
            const std::string_view view(all);
            const auto decoded = decode(chunked, {view.substr(0, a), view.substr(a, b - a), view.substr(b)});
            if (decoded.state != State::Done || decoded.out != content || decoded.taken != wellFormed.size())
                QFAIL(qPrintable(QStringLiteral("split at %1 and %2").arg(a).arg(b)));
        }
    }
}

void TestHttpBody::chunkedByteByByte() {
    std::vector<std::string_view> bytes;
    const std::string all = wellFormed + following;
    for (std::size_t i = 0; i < all.size(); ++i)
        bytes.push_back(std::string_view(all).substr(i, 1));
    const auto decoded = decode(chunked, bytes);
    QCOMPARE(decoded.state, State::Done);
    QCOMPARE(decoded.out, content);
    QCOMPARE(decoded.taken, wellFormed.size());
}

void TestHttpBody::chunkedBroken_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, QByteArray bytes) { QTest::newRow(name) << bytes; };
    row("no size", "\r\nhello\r\n0\r\n\r\n");
    row("no digit", "g\r\n");
    row("signed", "+5\r\nhello\r\n0\r\n\r\n");
    row("negative", "-5\r\nhello\r\n0\r\n\r\n");
    row("0x", "0x5\r\nhello\r\n0\r\n\r\n");
    row("space before the size", " 5\r\nhello\r\n0\r\n\r\n");
    row("bare line feed behind the size", "5\nhello\r\n0\r\n\r\n");
    row("bare carriage return behind the size", "5\rhello\r\n0\r\n\r\n");
    row("line feed in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n");
    row("size that overflows", "10000000000000005\r\nhello\r\n0\r\n\r\n");
    row("size of sixteen digits", "0000000000000005\r\nhello\r\n0\r\n\r\n");
    row("chunk longer than its size", "5\r\nhello!\r\n0\r\n\r\n");
    row("chunk without its end", "5\r\nhello0\r\n\r\n");
    row("chunk that ends by a line feed", "5\r\nhello\n0\r\n\r\n");
    row("carriage return without line feed behind a chunk", "5\r\nhello\r0\r\n\r\n");
    row("line feed in a trailer", "0\r\nA: b\n\r\n");
    row("no line feed behind a trailer", "0\r\nA: b\rC\r\n\r\n");
    row("no line feed at the end", "0\r\n\rX");
}

void TestHttpBody::chunkedBroken() {
    QFETCH(QByteArray, bytes);
    const std::string all = bytes.toStdString();
    // However it arrives: the same verdict.
    for (std::size_t split = 0; split <= all.size(); ++split) {
        const std::string_view view(all);
        const auto decoded = decode(chunked, {view.substr(0, split), view.substr(split)});
        QCOMPARE(decoded.state, State::Broken);
    }
}

void TestHttpBody::chunkedCutOff() {
    for (std::size_t size = 0; size < wellFormed.size(); ++size) {
        const std::string_view part = std::string_view(wellFormed).substr(0, size);
        QCOMPARE(decode(chunked, {part}).state, State::More);
        QCOMPARE(decode(chunked, {part}, true).state, State::Broken);
    }
}

void TestHttpBody::limitsOverhead_data() {
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("repeated");
    QTest::newRow("one extension") << QByteArray("1;") << QByteArray("x");
    QTest::newRow("many extensions") << QByteArray() << QByteArray("1;ext\r\nx\r\n");
    QTest::newRow("one trailer") << QByteArray("0\r\nX: ") << QByteArray("x");
    QTest::newRow("many trailers") << QByteArray("0\r\n") << QByteArray("X: y\r\n");
}

void TestHttpBody::limitsOverhead() {
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, repeated);
    BodyDecoder decoder(chunked);
    std::string out;
    decoder.feed(before.toStdString(), out);
    const std::string piece = repeated.toStdString();
    std::size_t fed = 0;
    while (decoder.state() == State::More && fed < (1u << 20))
        fed += decoder.feed(piece, out) + 1;
    QCOMPARE(decoder.state(), State::Broken);
    QVERIFY(fed < (256u << 10));
}

void TestHttpBody::lengthAtEverySplit() {
    const Framing framing{Framing::Kind::Length, content.size()};
    const std::string all = content + following;
    for (std::size_t split = 0; split <= all.size(); ++split) {
        const std::string_view view(all);
        const auto decoded = decode(framing, {view.substr(0, split), view.substr(split)});
        QCOMPARE(decoded.state, State::Done);
        QCOMPARE(decoded.out, content);
        QCOMPARE(decoded.taken, content.size());
    }
}

void TestHttpBody::lengthCutOff() {
    const Framing framing{Framing::Kind::Length, content.size()};
    QCOMPARE(decode(framing, {std::string_view(content).substr(1)}, true).state, State::Broken);
    QCOMPARE(decode(framing, {content}, true).state, State::Done);
}

void TestHttpBody::untilClose() {
    const Framing framing{Framing::Kind::UntilClose, 0};
    const auto open = decode(framing, {"one", " and ", "two"});
    QCOMPARE(open.state, State::More);
    QCOMPARE(open.out, "one and two");
    QCOMPARE(decode(framing, {"one"}, true).state, State::Done);
    QCOMPARE(decode(framing, {}, true).state, State::Done);
}

void TestHttpBody::noBody() {
    const auto decoded = decode(Framing{}, {following});
    QCOMPARE(decoded.state, State::Done);
    QCOMPARE(decoded.taken, std::size_t(0));
    QVERIFY(decoded.out.empty());
}

void TestHttpBody::remaining() {
    BodyDecoder decoder(Framing{Framing::Kind::Length, 10});
    std::string out;
    QCOMPARE(decoder.remaining(), std::uint64_t(10));
    decoder.feed("1234", out);
    QCOMPARE(decoder.remaining(), std::uint64_t(6));
    decoder.feed("567890123", out);
    QCOMPARE(decoder.remaining(), std::uint64_t(0));
}

QTEST_APPLESS_MAIN(TestHttpBody)
#include "tst_http_body.moc"
