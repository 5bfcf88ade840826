#include "core/tierlog/text_search.h"
#include "core/tierlog/utf8.h"

#include <QtTest>

using namespace tierdeck::tierlog;

class TestTextSearch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void finds_data();
    void finds();
    void agreesWithNaive();
    void makesValidUtf8_data();
    void makesValidUtf8();
    void validTextAgreesWithQt();
    void cutsBetweenCharacters();
};

void TestTextSearch::finds_data() {
    QTest::addColumn<QByteArray>("wanted");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qint64>("at"); // -1: nowhere
    const auto row = [](const char* name, QByteArray wanted, QByteArray bytes, qint64 at) {
        QTest::newRow(name) << wanted << bytes << at;
    };
    row("alone", "deep", "deep", 0);
    row("case", "DeeP", "a tier=dEEp b", 7);
    row("absent", "deep", "dee p", -1);
    row("longer than the text", "deep", "dee", -1);
    row("one byte", "z", "0123456789012345678901234567890123z", 34);
    row("at the very end", "end", QByteArray(61, '.') + "end", 61);
    row("behind sixteen", "needle", QByteArray(16, 'n') + "needle", 16);
    row("NUL bytes", "b", QByteArray("a\0b", 3), 2);
    row("brackets keep their case", "[info]", "{INFO} [INFO]", 7);
    row("at is not a backquote", "@", "` @", 2);
    row("German", "größe", "GRÖßE", 0);
    row("Latin extended", "žluťoučký", "ŽLUŤOUČKÝ", 0);
    row("Greek", "βαθύς", "ΒΑΘΎς", 0);
    row("Cyrillic", "привет", "ПРИВЕТ", 0);
    row("Cyrillic with both bytes other", "р", "Р", 0);
    row("no mix of two letters", "р", "\xD0\x80 \xD1\xA0",
        -1); // D1 80 and D0 A0 are the letter, these are not
    row("Chinese", "路由", "模型路由", 6);
    row("emoji", "🚀", "x🚀", 1);
    row("multiplication is no letter", "×", "÷", -1);
    row("invalid bytes as they are", "\xff\xfe", "a\xff\xfe", 1);
}

void TestTextSearch::finds() {
    QFETCH(QByteArray, wanted);
    QFETCH(QByteArray, bytes);
    QFETCH(qint64, at);
    const TextSearch search(wanted.toStdString());
    const std::string kept = bytes.toStdString();
    const std::size_t expected = at < 0 ? TextSearch::npos : static_cast<std::size_t>(at);
    QCOMPARE(search.find(kept), expected);
    QCOMPARE(search.findPortably(kept), expected);
}

void TestTextSearch::agreesWithNaive() {
    // Few different letters, so that near misses and overlaps are common.
    const QString letters = QStringLiteral("abABßäÄжЖ.");
    QRandomGenerator random(7);
    const auto randomText = [&](int length) {
        QString made;
        for (int i = 0; i < length; ++i)
            made += letters[int(random.bounded(quint32(letters.size())))];
        return made;
    };
    int hits = 0;
    for (int i = 0; i < 20000; ++i) {
        const QString text = randomText(int(random.bounded(80)));
        const QString wanted = randomText(1 + int(random.bounded(4)));
        const qsizetype inText = text.indexOf(wanted, 0, Qt::CaseInsensitive);
        const std::string bytes = text.toStdString();
        const std::size_t expected =
            inText < 0 ? TextSearch::npos : static_cast<std::size_t>(text.left(inText).toUtf8().size());
        const TextSearch search(wanted.toStdString());
        QCOMPARE(search.find(bytes), expected);
        QCOMPARE(search.findPortably(bytes), expected);
        hits += inText >= 0 ? 1 : 0;
    }
    QVERIFY(hits > 2000 && hits < 18000);
}

void TestTextSearch::makesValidUtf8_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    const QChar bad(QChar::ReplacementCharacter);
    QTest::newRow("ascii") << QByteArray("plain text") << QStringLiteral("plain text");
    QTest::newRow("umlaut") << QByteArray("größe") << QStringLiteral("größe");
    QTest::newRow("lone continuation")
        << QByteArray("a\x80z") << QStringLiteral("a") + bad + QStringLiteral("z");
    QTest::newRow("overlong") << QByteArray("\xC0\xAF") << QString(bad) + bad;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << QString(bad) + bad + bad;
    QTest::newRow("cut short") << QByteArray("a\xE8\xB7") << QStringLiteral("a") + bad;
    QTest::newRow("cut short, then text")
        << QByteArray("\xF0\x9F\x9Az") << QString(bad) + QStringLiteral("z");
    QTest::newRow("beyond Unicode") << QByteArray("\xF4\x90\x80\x80") << QString(4, bad);
    QTest::newRow("NUL stays") << QByteArray("a\0b", 3) << QString::fromUtf8("a\0b", 3);
}

void TestTextSearch::makesValidUtf8() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    QCOMPARE(QByteArray::fromStdString(toValidUtf8(bytes.toStdString())), text.toUtf8());
}

void TestTextSearch::validTextAgreesWithQt() {
    QRandomGenerator random(99);
    for (int i = 0; i < 5000; ++i) {
        QString made;
        for (quint32 k = random.bounded(40U); k > 0; --k) {
            const auto c = char32_t(random.bounded(0x110000U));
            made += c >= 0xD800 && c < 0xE000 ? QStringLiteral("x") : QString::fromUcs4(&c, 1);
        }
        QCOMPARE(QByteArray::fromStdString(toValidUtf8(made.toStdString())), made.toUtf8());
    }
}

void TestTextSearch::cutsBetweenCharacters() {
    const std::string_view text = "aä路🚀z";
    const std::array<std::size_t, 13> expected{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t limit = 0; limit < expected.size(); ++limit)
        QCOMPARE(cutUtf8(text, limit).size(), expected[limit]);
}

QTEST_APPLESS_MAIN(TestTextSearch)
#include "tst_text_search.moc"
