#include "app/tierctl/narrow_copies.h"
#include "app/tierctl/report_table.h"
#include "app/tierctl/text_table.h"
#include "app/tierctl/time_zone.h"
#include "core/foundation/json_writer.h"

#include <QtTest>

#include <sstream>

using namespace tierdeck;
using namespace tierdeck::app;

class TestTierctlParts : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // What a gateway starts is to copy as it likes. That it starts itself anew is tst_tierctl_serve's.
    void tunablesAreNotInherited() {
        const auto tidy = qScopeGuard([] { qunsetenv("GLIBC_TUNABLES"); });
        qputenv("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW");
        preferNarrowCopies(nullptr);
        QVERIFY(!qEnvironmentVariableIsSet("GLIBC_TUNABLES"));
        qputenv("GLIBC_TUNABLES", "glibc.malloc.perturb=0"); // a user's own
        preferNarrowCopies(nullptr);
        QCOMPARE(qgetenv("GLIBC_TUNABLES"), QByteArray("glibc.malloc.perturb=0"));
    }

    void decimals_data() {
        QTest::addColumn<qint64>("units");
        QTest::addColumn<int>("places");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 units, int places, const char* text) {
            QTest::addRow("%s", text) << units << places << QString::fromLatin1(text);
        };
        row(0, 9, "0");
        row(1, 9, "0.000000001");
        row(12'345'000, 9, "0.012345");
        row(1'000'000'000, 9, "1");
        row(128'400'000'000, 9, "128.4");
        row(-1'500'000'000, 9, "-1.5");
        row(9'223'372'036'854'775'807, 9, "9223372036.854775807");
        row(1'750'000, 6, "1.75");
        row(3'625, 6, "0.003625");
    }

    void decimals() {
        QFETCH(qint64, units);
        QFETCH(int, places);
        QTEST(QString::fromStdString(decimalText(units, places)), "text");
    }

    void money_data() {
        QTest::addColumn<qint64>("nanoUsd");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 nanoUsd, const char* text) {
            QTest::addRow("%s", text) << nanoUsd << QString::fromLatin1(text);
        };
        row(0, "0");
        row(400'000, "0.0004");
        row(12'345'678, "0.0123");
        row(370'000'000, "0.37");
        row(300'000'000, "0.30");
        row(999'999'999, "1.00");
        row(2'000'000'000, "2.00");
        row(128'400'000'000, "128.40");
        row(128'405'000'000, "128.41");
        row(1, "0.000000001");
        row(-12'345'678, "-0.0123");
    }

    void money() {
        QFETCH(qint64, nanoUsd);
        QTEST(QString::fromStdString(moneyText(NanoUsd(nanoUsd))), "text");
    }

    void jsonHasCommasWhereTheyBelong() {
        std::ostringstream out;
        JsonWriter json(out);
        json.beginObject();
        json.member("text", "a \"b\"\n");
        json.memberOrNull("none", "");
        json.key("list"), json.beginArray(), json.integer(-1), json.boolean(true);
        json.beginObject(), json.endObject(), json.beginArray(), json.endArray(), json.endArray();
        json.key("cost"), json.usd(NanoUsd(1'500'000));
        json.key("unpriced"), json.usd(std::nullopt);
        json.key("texts"), json.texts({"x", "y"});
        json.endObject();
        // Plain quotes: moc misreads raw strings here.
        QCOMPARE(QString::fromStdString(out.str()).replace(QLatin1Char('"'), QLatin1Char('`')),
                 QStringLiteral("{`text`:`a \\`b\\`\\n`,`none`:null,`list`:[-1,true,{},[]],`cost`:0.0015,"
                                "`unpriced`:null,`texts`:[`x`,`y`]}"));
    }

    void tableAlignsByLetters() {
        TextTable table;
        table.column("name");
        table.column("tokens", TextTable::Align::Right);
        table.column("why");
        table.row({"süß", "7", "short"});
        table.row({"plain", "1,200", ""});
        std::ostringstream out;
        table.print(out);
        QCOMPARE(QString::fromStdString(out.str()), QStringLiteral("name   tokens  why\n"
                                                                   "süß         7  short\n"
                                                                   "plain   1,200\n"));
    }

    void numbersAreGrouped_data() {
        QTest::addColumn<qint64>("number");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << qint64{0} << QStringLiteral("0");
        QTest::newRow("three") << qint64{999} << QStringLiteral("999");
        QTest::newRow("four") << qint64{1000} << QStringLiteral("1,000");
        QTest::newRow("seven") << qint64{1234567} << QStringLiteral("1,234,567");
        QTest::newRow("negative") << qint64{-123} << QStringLiteral("-123");
        QTest::newRow("negative four") << qint64{-1234} << QStringLiteral("-1,234");
    }

    void numbersAreGrouped() {
        QFETCH(qint64, number);
        QTEST(QString::fromStdString(groupedText(number)), "text");
    }

    void csvFieldsAreQuotedWhereNeeded() {
        QCOMPARE(csvField("plain"), std::string("plain"));
        QCOMPARE(csvField("a,b"), std::string("\"a,b\""));
        QCOMPARE(csvField("say \"no\""), std::string("\"say \"\"no\"\"\""));
        QCOMPARE(csvField("two\nlines"), std::string("\"two\nlines\""));
    }

    void momentsAreThoseOfTheZone_data() {
        QTest::addColumn<QString>("zone");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("moment"); // "" for no moment
        const auto row = [](const char* zone, const char* text, const char* moment) {
            QTest::addRow("%s in %s", text, zone)
                << QString::fromLatin1(zone) << QString::fromLatin1(text) << QString::fromLatin1(moment);
        };
        row("UTC", "2026-11-21", "2026-11-21T00:00:00.000Z");
        row("Europe/Berlin", "2026-11-21", "2026-11-20T23:00:00.000Z");
        row("Asia/Tokyo", "2026-11-21", "2026-11-20T15:00:00.000Z");
        row("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z"); // a day that began at one o'clock
        row("Europe/Berlin", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000Z");
        row("Europe/Berlin", "2026-11-21T12:00:00+02:00", "2026-11-21T10:00:00.000Z");
        row("Europe/Berlin", "3h", "2026-11-21T09:00:00.000Z");
        row("Europe/Berlin", "2d", "2026-11-19T12:00:00.000Z");
        row("UTC", "2026-02-30", "");
        row("UTC", "yesterday", "");
        row("UTC", "d", "");
        row("UTC", "-2d", "");
        row("UTC", "99999999999d", "");
    }

    void momentsAreThoseOfTheZone() {
        QFETCH(QString, zone);
        QFETCH(QString, text);
        QFETCH(QString, moment);
        const auto found = TimeZone::find(zone.toStdString());
        QVERIFY(found);
        const auto now = parseRfc3339("2026-11-21T12:00:00Z");
        QVERIFY(now);
        const auto parsed = found->parseMoment(text.toStdString(), *now);
        QCOMPARE(parsed ? QString::fromStdString(toRfc3339(*parsed)) : QString(), moment);
    }

    void timesReadAsInTheZone() {
        const auto zone = TimeZone::find("Europe/Berlin");
        QVERIFY(zone);
        QCOMPARE(zone->text(*parseRfc3339("2026-11-21T05:47:12.987Z")), std::string("2026-11-21 06:47:12"));
        QVERIFY(!TimeZone::find("Mars/Olympus"));
        QVERIFY(!TimeZone::find("../../etc/passwd"));
    }
};

QTEST_GUILESS_MAIN(TestTierctlParts)
#include "tst_tierctl_parts.moc"
