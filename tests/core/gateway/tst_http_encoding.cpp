#include "core/gateway/http/encoding.h"

#include <QtTest>

#include <zlib.h>
#include <zstd.h>

#include <string>

using namespace tierdeck::gateway::http;

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

std::string packed(const QByteArray& encoding, const std::string& text) {
    return encoding.contains("gzip") ? gzipped(text) : zstdPacked(text);
}

constexpr std::size_t limit = 1u << 20;
constexpr int decoded = -1;

int decode(std::string_view encoding, std::string& body, std::size_t most = limit) {
    const auto error = decodeBody(encoding, body, most);
    return error ? static_cast<int>(*error) : decoded;
}

} // namespace

class TestHttpEncoding : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodes_data();
    void decodes();

    void limits_data() { encodings(); }

    void limits();

    void refusesCutOff_data() { encodings(); }

    void refusesCutOff();

    void refusesWhatFollows_data() { encodings(); }

    void refusesWhatFollows();
    void leavesPlainBodies();
    void refusesOthers();

private:
    static void encodings() {
        QTest::addColumn<QByteArray>("encoding");
        QTest::newRow("gzip") << QByteArray("gzip");
        QTest::newRow("zstd") << QByteArray("zstd");
    }
};

void TestHttpEncoding::decodes_data() {
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<int>("size");
    for (const char* encoding : {"gzip", "x-gzip", "GZip", "zstd", "ZSTD"}) {
        for (const int size : {0, 1, 1000, 256 << 10, (256 << 10) + 1, 1 << 20})
            QTest::addRow("%s %d", encoding, size) << QByteArray(encoding) << size;
    }
}

void TestHttpEncoding::decodes() {
    QFETCH(QByteArray, encoding);
    QFETCH(int, size);
    std::string text;
    for (int i = 0; i < size; ++i)
        text += static_cast<char>('a' + (i * 7 + i / 1000) % 26);
    std::string body = packed(encoding.toLower(), text);
    QCOMPARE(decode(encoding.toStdString(), body), decoded);
    QVERIFY(body == text);
}

void TestHttpEncoding::limits() {
    QFETCH(QByteArray, encoding);
    // A thousand times smaller packed than not: what a bomb is made of.
    const std::string bomb = packed(encoding, std::string(64u << 20, 'a'));
    QVERIFY(bomb.size() < (128u << 10));
    std::string body = bomb;
    QCOMPARE(decode(encoding.toStdString(), body), static_cast<int>(DecodeError::TooLarge));
    QVERIFY(body == bomb);
    std::string over = packed(encoding, std::string(limit + 1, 'a'));
    QCOMPARE(decode(encoding.toStdString(), over), static_cast<int>(DecodeError::TooLarge));
}

void TestHttpEncoding::refusesCutOff() {
    QFETCH(QByteArray, encoding);
    const std::string whole = packed(encoding, "a body that is cut off somewhere");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        std::string body = whole.substr(0, size);
        QCOMPARE(decode(encoding.toStdString(), body), static_cast<int>(DecodeError::Broken));
    }
}

void TestHttpEncoding::refusesWhatFollows() {
    QFETCH(QByteArray, encoding);
    std::string body = packed(encoding, "a body") + "and more";
    QCOMPARE(decode(encoding.toStdString(), body), static_cast<int>(DecodeError::Broken));
    std::string plain = R"({"model":"auto"})";
    QCOMPARE(decode(encoding.toStdString(), plain), static_cast<int>(DecodeError::Broken));
}

void TestHttpEncoding::leavesPlainBodies() {
    std::string body = "plain";
    QCOMPARE(decode("", body), decoded);
    QCOMPARE(decode("Identity", body), decoded);
    QCOMPARE(body, "plain");
}

void TestHttpEncoding::refusesOthers() {
    for (const char* encoding : {"br", "deflate", "gzip, gzip", "compress", "gzip;q=1"}) {
        std::string body = "x";
        QCOMPARE(decode(encoding, body), static_cast<int>(DecodeError::UnknownEncoding));
    }
}

QTEST_APPLESS_MAIN(TestHttpEncoding)
#include "tst_http_encoding.moc"
