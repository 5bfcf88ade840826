#include "core/foundation/clock.h"

#include <QTest>

using namespace tierdeck;
using std::chrono::milliseconds;

class TestClock : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void writesUtcWithThreeDecimals_data() {
        QTest::addColumn<qint64>("unixMs");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("epoch") << qint64{0} << QByteArray("1970-01-01T00:00:00.000Z");
        QTest::newRow("log line of the contract")
            << qint64{1795240033123} << QByteArray("2026-11-21T05:47:13.123Z");
        QTest::newRow("just before the epoch") << qint64{-1} << QByteArray("1969-12-31T23:59:59.999Z");
        QTest::newRow("leap day") << qint64{1709210096007} << QByteArray("2024-02-29T12:34:56.007Z");
        QTest::newRow("last moment with four digits")
            << qint64{253402300799999} << QByteArray("9999-12-31T23:59:59.999Z");
    }

    void writesUtcWithThreeDecimals() {
        QFETCH(qint64, unixMs);
        QFETCH(QByteArray, text);
        QCOMPARE(QByteArray::fromStdString(toRfc3339(UtcTime(milliseconds(unixMs)))), text);
        const auto back = parseRfc3339(text.toStdString());
        QVERIFY(back);
        QCOMPARE(qint64{back->time_since_epoch().count()}, unixMs);
    }

    void readsEveryForm_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("same");
        const auto row = [](const char* text, const char* same) {
            QTest::newRow(text) << QByteArray(text) << QByteArray(same);
        };
        row("2026-11-21", "2026-11-21T00:00:00.000Z");
        row("2026-11-21T05:47:13Z", "2026-11-21T05:47:13.000Z");
        row("2026-11-21t05:47:13z", "2026-11-21T05:47:13.000Z");
        row("2026-11-21 05:47:13Z", "2026-11-21T05:47:13.000Z");
        row("2026-11-21T05:47:13.1Z", "2026-11-21T05:47:13.100Z");
        row("2026-11-21T05:47:13.123999999Z", "2026-11-21T05:47:13.123Z");
        row("2026-11-21T05:47:13.1234567890123456789Z", "2026-11-21T05:47:13.123Z");
        row("2026-11-21T05:47:13+01:00", "2026-11-21T04:47:13.000Z");
        row("2026-11-21T05:47:13-09:30", "2026-11-21T15:17:13.000Z");
        row("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z");
        row("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z");
    }

    void readsEveryForm() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, same);
        const auto time = parseRfc3339(text.toStdString());
        QVERIFY(time);
        QCOMPARE(QByteArray::fromStdString(toRfc3339(*time)), same);
    }

    void refusesWhatIsNoTime_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"",
                                 "now",
                                 "2026",
                                 "2026-11",
                                 "2026-13-01",
                                 "2026-02-29",
                                 "2026-11-00",
                                 "26-11-21",
                                 "2026-11-21T",
                                 "2026-11-21T05:47Z",
                                 "2026-11-21T24:00:00Z",
                                 "2026-11-21T05:60:00Z",
                                 "2026-11-21T05:47:61Z",
                                 "2026-11-21T05:47:13",
                                 "2026-11-21T05:47:13.Z",
                                 "2026-11-21T05:47:13Zjunk",
                                 "2026-11-21T05:47:13+0100",
                                 "2026-11-21T05:47:13+25:00",
                                 "2026-11-21T05:47:13+01:00x",
                                 "-026-11-21",
                                 " 2026-11-21",
                                 "2026-11-21 "})
            QTest::newRow(*text ? text : "(empty)") << QByteArray(text);
    }

    void refusesWhatIsNoTime() {
        QFETCH(QByteArray, text);
        const auto time = parseRfc3339(text.toStdString());
        QVERIFY(!time);
        QVERIFY(time.error().code == ErrorCode::ParseFailed);
        QVERIFY(time.error().message.find("2026-11-21") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestClock)
#include "tst_clock.moc"
