#include "core/foundation/utf8.h"

#include <QtTest>

#include <algorithm>
#include <random>
#include <string>

using namespace tierdeck;

class TestUtf8 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sequences_data();
    void sequences();
    void everyByteAtEveryPlace();
    void controlsInRandomText();
};

void TestUtf8::sequences_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("length");
    QTest::newRow("nothing") << QByteArray() << 0;
    QTest::newRow("ASCII") << QByteArray("a\xff") << 1;
    QTest::newRow("a control") << QByteArray(1, '\0') << 1;
    QTest::newRow("two bytes") << QByteArray("\xc3\xa9") << 2;
    QTest::newRow("three bytes") << QByteArray("\xe2\x82\xac!") << 3;
    QTest::newRow("four bytes") << QByteArray("\xf0\x9f\x8e\x88") << 4;
    QTest::newRow("the last of all") << QByteArray("\xf4\x8f\xbf\xbf") << 4;
    QTest::newRow("beyond the last") << QByteArray("\xf4\x90\x80\x80") << 0;
    QTest::newRow("a continuation") << QByteArray("\x80") << 0;
    QTest::newRow("cut short") << QByteArray("\xe2\x82") << 0;
    QTest::newRow("broken off") << QByteArray("\xe2\x82z") << 0;
    QTest::newRow("ASCII in two bytes") << QByteArray("\xc0\xaf") << 0;
    QTest::newRow("two bytes' worth in three") << QByteArray("\xe0\x9f\xbf") << 0;
    QTest::newRow("three bytes' worth in four") << QByteArray("\xf0\x8f\xbf\xbf") << 0;
    QTest::newRow("half of a surrogate pair") << QByteArray("\xed\xa0\x80") << 0;
    QTest::newRow("no lead") << QByteArray("\xfe\x80\x80\x80") << 0;
}

void TestUtf8::sequences() {
    QFETCH(QByteArray, text);
    QFETCH(int, length);
    QCOMPARE(utf8SequenceLength({text.constData(), static_cast<std::size_t>(text.size())}),
             static_cast<std::size_t>(length));
}

void TestUtf8::everyByteAtEveryPlace() {
    for (std::size_t size = 1; size <= 20; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (int value = 0; value < 256; ++value) {
                std::string text(size, '!'); // just above the controls, where a borrow would show
                text[place] = static_cast<char>(value);
                const bool control = value < 0x20 || value == 0x7f;
                QCOMPARE(holdsControl(text), control);
                QCOMPARE(isPrintableAscii(text), !control && value < 0x80);
            }
        }
    }
    QVERIFY(!holdsControl({}));
    QVERIFY(isPrintableAscii({}));
}

void TestUtf8::controlsInRandomText() {
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string text(random() % 40, '\0');
        // Mostly bytes around the edges of what is a control.
        for (char& c : text)
            c = static_cast<char>("\x1f !~\x7f\x80\xff\x20"[random() % 8] + (random() % 64 == 0));
        if (random() % 2 == 0)
            std::replace_if(text.begin(), text.end(), isControl, '~');
        const bool control = std::any_of(text.begin(), text.end(), isControl);
        const bool beyond = std::any_of(text.begin(), text.end(),
                                        [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
        QCOMPARE(holdsControl(text), control);
        QCOMPARE(isPrintableAscii(text), !control && !beyond);
    }
}

QTEST_APPLESS_MAIN(TestUtf8)
#include "tst_utf8.moc"
