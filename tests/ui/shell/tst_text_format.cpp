#include "core/sessions/store_reader.h"
#include "ui/shell/text_format.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using Milliseconds = std::chrono::milliseconds;

namespace {

UtcTime at(const char* rfc3339) {
    return UtcTime(Milliseconds(
        QDateTime::fromString(QLatin1StringView(rfc3339), Qt::ISODateWithMs).toMSecsSinceEpoch()));
}

const QTimeZone berlin("Europe/Berlin");
const QLocale english(QLocale::English, QLocale::UnitedStates);
const QLocale german(QLocale::German, QLocale::Germany);

} // namespace

class TextFormatTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void money_data() {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<QString>("inEnglish");
        QTest::addColumn<int>("decimals");
        const auto row = [](const char* name, qint64 nano, const char* text, int decimals) {
            QTest::newRow(name) << nano << QString::fromUtf8(text) << decimals;
        };
        row("nothing", 0, "$0.00", 2);
        row("cents", 370'000'000, "$0.37", 2);
        row("dollars", 128'400'000'000, "$128.40", 2);
        row("thousands", 1'234'567'890'000, "$1,234.57", 2);
        row("below a cent", 400'000, "$0.0004", 4);
        row("two digits below ten cents", 35'400'000, "$0.035", 3);
        row("no empty zero behind", 30'000'000, "$0.03", 2);
        row("just below ten cents", 99'600'000, "$0.10", 2);
        row("rounds half up", 125'000'000, "$0.13", 2);
        row("one nano-dollar", 1, "$0.000000001", 9);
        row("ten nano-dollars", 12, "$0.000000012", 9);
        row("negative", -370'000'000, "-$0.37", 2);
        row("greatest", 9'223'372'036'854'775'807, "$9,223,372,036.85", 2);
    }

    void money() {
        QFETCH(qint64, nano);
        QFETCH(QString, inEnglish);
        QFETCH(int, decimals);
        QCOMPARE(text::money(NanoUsd(nano), english), inEnglish);
        QCOMPARE(text::moneyDecimals(NanoUsd(nano)), decimals);
    }

    void moneyInOtherLocales() {
        QCOMPARE(text::money(NanoUsd(1'234'560'000'000), german), QStringLiteral("1.234,56\u00A0$"));
        QCOMPARE(text::money(NanoUsd(370'000'000), QLocale::c()), QStringLiteral("$0.37"));
        const QLocale arabic(QLocale::Arabic, QLocale::Egypt);
        QVERIFY(text::money(NanoUsd(370'000'000), arabic).contains(arabic.toString(0.37, 'f', 2)));
    }

    void unpricedIsAWord() {
        QCOMPARE(text::money(std::nullopt, english), QStringLiteral("unpriced"));
        QCOMPARE(text::moneyInColumn(std::nullopt, 4, english), QStringLiteral("unpriced"));
    }

    void costsSayWhatTheyAre_data() {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<int>("unpricedRequests");
        QTest::addColumn<int>("simulatedRequests");
        QTest::addColumn<QString>("text");
        QTest::newRow("priced") << qint64(2'810'000'000) << 0 << 0 << QStringLiteral("$2.81");
        QTest::newRow("partly unpriced")
            << qint64(2'810'000'000) << 3 << 0 << QStringLiteral("$2.81 + 3 unpriced");
        QTest::newRow("unpriced") << qint64(0) << 5 << 0 << QStringLiteral("unpriced");
        QTest::newRow("simulated") << qint64(0) << 0 << 5 << QStringLiteral("simulated");
        QTest::newRow("unpriced weighs more") << qint64(0) << 1 << 4 << QStringLiteral("unpriced");
        QTest::newRow("free by declaration") << qint64(0) << 0 << 0 << QStringLiteral("$0.00");
    }

    void costsSayWhatTheyAre() {
        QFETCH(qint64, nano);
        QFETCH(int, unpricedRequests);
        QFETCH(int, simulatedRequests);
        QFETCH(QString, text);
        sessions::Totals totals;
        totals.requests = 5;
        totals.cost = NanoUsd(nano);
        totals.unpricedRequests = unpricedRequests;
        totals.simulatedRequests = simulatedRequests;
        QCOMPARE(text::cost(totals, english), text);
    }

    void columnsAlignTheirPoints() {
        const QString a = text::moneyInColumn(NanoUsd(400'000), 4, english);
        const QString b = text::moneyInColumn(NanoUsd(12'370'000'000), 4, english);
        QCOMPARE(a, QStringLiteral("0.0004"));
        QCOMPARE(b, QStringLiteral("12.37\u2007\u2007"));
        QCOMPARE(a.size() - a.indexOf(u'.'), b.size() - b.indexOf(u'.'));
    }

    void amountsOnAnAxisAreWrittenAsOthers() {
        const QLocale german(QLocale::German, QLocale::Germany);
        QCOMPARE(text::moneyOnAxis(0, 2, english), QStringLiteral("$0"));
        QCOMPARE(text::moneyOnAxis(15, 0, english), QStringLiteral("$15"));
        QCOMPARE(text::moneyOnAxis(2.5, 2, english), QStringLiteral("$2.50"));
        QCOMPARE(text::moneyOnAxis(1500, 0, english), QStringLiteral("$1,500"));
        QCOMPARE(text::moneyOnAxis(15, 0, german), QStringLiteral("15\u00a0$"));
        QCOMPARE(text::moneyOnAxis(2.5, 2, german), QStringLiteral("2,50\u00a0$"));
        QCOMPARE(text::moneyOnAxis(0, 2, german), QStringLiteral("0\u00a0$"));
        QCOMPARE(text::moneyOnAxis(0.0005, 4, german), QStringLiteral("0,0005\u00a0$"));
    }

    void exactMoneyHasEveryDigit() {
        QCOMPARE(text::moneyExact(NanoUsd(12'345'678), english), QStringLiteral("$0.012345678"));
        QCOMPARE(text::moneyExact(NanoUsd(2'810'000'000), english), QStringLiteral("$2.81"));
    }

    void tokens_data() {
        QTest::addColumn<qint64>("count");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << qint64(0) << QStringLiteral("0");
        QTest::newRow("few") << qint64(840) << QStringLiteral("840");
        QTest::newRow("thousand") << qint64(1000) << QStringLiteral("1.0k");
        QTest::newRow("thousands") << qint64(12'104) << QStringLiteral("12.1k");
        QTest::newRow("no decimals from a hundred on") << qint64(123'456) << QStringLiteral("123k");
        QTest::newRow("not 1000k") << qint64(999'600) << QStringLiteral("1.0M");
        QTest::newRow("millions") << qint64(3'400'000) << QStringLiteral("3.4M");
        QTest::newRow("beyond 32 bits") << qint64(5'000'000'000) << QStringLiteral("5.0G");
    }

    void tokens() {
        QFETCH(qint64, count);
        QFETCH(QString, text);
        QCOMPARE(text::tokens(count, english), text);
    }

    void percents_data() {
        QTest::addColumn<double>("share");
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing") << 0.0 << QStringLiteral("0 %");
        QTest::newRow("not nothing") << 0.004 << QStringLiteral("<1 %");
        QTest::newRow("some") << 0.714 << QStringLiteral("71 %");
        QTest::newRow("not all") << 0.9996 << QStringLiteral("99 %");
        QTest::newRow("all") << 1.0 << QStringLiteral("100 %");
    }

    void percents() {
        QFETCH(double, share);
        QFETCH(QString, text);
        QCOMPARE(text::percent(share, english), text);
    }

    void durations_data() {
        QTest::addColumn<qint64>("milliseconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("milliseconds") << qint64(480) << QStringLiteral("480 ms");
        QTest::newRow("seconds") << qint64(5600) << QStringLiteral("5.6 s");
        QTest::newRow("never 60.0 s") << qint64(59'960) << QStringLiteral("1 min 00 s");
        QTest::newRow("minutes") << qint64(72'000) << QStringLiteral("1 min 12 s");
        QTest::newRow("hours") << qint64(7'500'000) << QStringLiteral("2 h 05 min");
    }

    void durations() {
        QFETCH(qint64, milliseconds);
        QFETCH(QString, text);
        QCOMPARE(text::duration(milliseconds, english), text);
    }

    void localTimes() {
        const UtcTime winter = at("2026-11-21T05:47:12.123Z");
        QCOMPARE(text::timeOfDay(winter, false, berlin, english), QStringLiteral("06:47"));
        QCOMPARE(text::timeOfDay(winter, true, berlin, english), QStringLiteral("06:47:12"));
        QCOMPARE(text::dateTime(winter, berlin, english), QStringLiteral("Sat 21 Nov 2026, 06:47:12"));
        QCOMPARE(text::zoneName(winter, berlin), QStringLiteral("CET (UTC+1)"));
        QCOMPARE(text::zoneName(at("2026-07-01T00:00:00Z"), berlin), QStringLiteral("CEST (UTC+2)"));
        QCOMPARE(text::zoneName(winter, QTimeZone::utc()), QStringLiteral("UTC"));
        QVERIFY(text::zoneName(winter, QTimeZone("Asia/Kolkata")).endsWith(QStringLiteral("UTC+5:30)")));
    }

    void days_data() {
        QTest::addColumn<QString>("time");
        QTest::addColumn<QString>("text");
        // Seen from 2026-11-21 00:30 in Berlin.
        QTest::newRow("today, though UTC says yesterday")
            << QStringLiteral("2026-11-20T23:10:00Z") << QStringLiteral("Today");
        QTest::newRow("yesterday") << QStringLiteral("2026-11-20T22:50:00Z") << QStringLiteral("Yesterday");
        QTest::newRow("this year") << QStringLiteral("2026-11-18T12:00:00Z") << QStringLiteral("Wed 18 Nov");
        QTest::newRow("another year")
            << QStringLiteral("2025-11-18T12:00:00Z") << QStringLiteral("18 Nov 2025");
    }

    void days() {
        QFETCH(QString, time);
        QFETCH(QString, text);
        QCOMPARE(text::day(at(qPrintable(time)), at("2026-11-20T23:30:00Z"), berlin, english), text);
    }

    void spans() {
        const UtcTime now = at("2026-11-21T20:00:00Z");
        const auto span = [&](const char* first, const char* last) {
            return text::timeSpan(at(first), at(last), now, QTimeZone::utc(), english);
        };
        QCOMPARE(span("2026-11-21T14:02:00Z", "2026-11-21T15:37:00Z"), QStringLiteral("Today 14:02–15:37"));
        QCOMPARE(span("2026-11-21T14:02:00Z", "2026-11-21T14:02:30Z"), QStringLiteral("Today 14:02"));
        QCOMPARE(span("2026-11-20T23:50:00Z", "2026-11-21T00:10:00Z"),
                 QStringLiteral("Yesterday 23:50 – Today 00:10"));
    }

    void letters_data() {
        QTest::addColumn<QString>("tier");
        QTest::addColumn<QString>("label");
        QTest::addColumn<QString>("letter");
        const auto row = [](const char* tier, const char* label, const char* letter) {
            QTest::addRow("%s/%s", tier, label)
                << QString::fromUtf8(tier) << QString::fromUtf8(label) << QString::fromUtf8(letter);
        };
        row("balanced", "", "B");
        row("smart", "", "S");
        row("coding", "", "C");
        row("deep", "", "D");
        row("background", "", "b");
        row("review", "", "R");
        row("review", "legal", "L");
        row("", "", "–");
        row("x", "  ", "X");
        row("x", "🦊 fox", "🦊");
    }

    void letters() {
        QFETCH(QString, tier);
        QFETCH(QString, label);
        QFETCH(QString, letter);
        QCOMPARE(text::tierLetter(tier, label), letter);
    }
};

QTEST_MAIN(TextFormatTest)
#include "tst_text_format.moc"
