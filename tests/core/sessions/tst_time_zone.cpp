#include "core/sessions/time_zone.h"

#include <QTest>

#include <cstdint>

using namespace tierdeck;
using namespace tierdeck::sessions;

namespace {

LocalDay dayOfDate(const QByteArray& iso) {
    const QDate date = QDate::fromString(QString::fromLatin1(iso), Qt::ISODate);
    return LocalDay(std::chrono::year(date.year()) / date.month() / date.day());
}

std::int64_t msOf(UtcTime time) {
    return time.time_since_epoch().count();
}

UtcTime timeOf(const char* rfc3339) {
    return parseRfc3339(rfc3339).value();
}

} // namespace

class TimeZoneTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void days_data() {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<QByteArray>("date");
        QTest::addColumn<QByteArray>("begins");
        QTest::addColumn<int>("minutes");
        QTest::newRow("a plain day") << QByteArray("Europe/Berlin") << QByteArray("2026-11-21")
                                     << QByteArray("2026-11-20T23:00:00Z") << 24 * 60;
        QTest::newRow("UTC") << QByteArray("UTC") << QByteArray("2026-11-21")
                             << QByteArray("2026-11-21T00:00:00Z") << 24 * 60;
        QTest::newRow("spring forward") << QByteArray("Europe/Berlin") << QByteArray("2026-03-29")
                                        << QByteArray("2026-03-28T23:00:00Z") << 23 * 60;
        QTest::newRow("fall back") << QByteArray("Europe/Berlin") << QByteArray("2026-10-25")
                                   << QByteArray("2026-10-24T22:00:00Z") << 25 * 60;
        QTest::newRow("half an hour") << QByteArray("Australia/Lord_Howe") << QByteArray("2026-04-05")
                                      << QByteArray("2026-04-04T13:00:00Z") << 24 * 60 + 30;
        QTest::newRow("midnight does not exist") << QByteArray("America/Santiago") << QByteArray("2026-09-06")
                                                 << QByteArray("2026-09-06T04:00:00Z") << 23 * 60;
        QTest::newRow("midnight comes twice") << QByteArray("America/Havana") << QByteArray("2026-11-01")
                                              << QByteArray("2026-11-01T04:00:00Z") << 25 * 60;
        QTest::newRow("a quarter of an hour off") << QByteArray("Asia/Kathmandu") << QByteArray("2026-01-01")
                                                  << QByteArray("2025-12-31T18:15:00Z") << 24 * 60;
        QTest::newRow("leap day") << QByteArray("Asia/Tokyo") << QByteArray("2028-02-29")
                                  << QByteArray("2028-02-28T15:00:00Z") << 24 * 60;
        QTest::newRow("before 1970") << QByteArray("Europe/Berlin") << QByteArray("1969-12-31")
                                     << QByteArray("1969-12-30T23:00:00Z") << 24 * 60;
    }

    void days() {
        QFETCH(QByteArray, zone);
        QFETCH(QByteArray, date);
        QFETCH(QByteArray, begins);
        QFETCH(int, minutes);
        const auto found = TimeZone::find(zone.toStdString());
        QVERIFY(found);
        const LocalDay day = dayOfDate(date);
        const UtcTime start = found->startOf(day);
        QCOMPARE(QByteArray::fromStdString(toRfc3339(start)), begins.chopped(1) + ".000Z");
        QCOMPARE(msOf(found->startOf(day + std::chrono::days(1))) - msOf(start),
                 std::int64_t{minutes} * 60'000);
        LocalDays days(*found);
        const std::chrono::milliseconds one(1);
        QCOMPARE(days.dayOf(start - one).time_since_epoch().count(), day.time_since_epoch().count() - 1);
        QCOMPARE(days.dayOf(start).time_since_epoch().count(), day.time_since_epoch().count());
        QCOMPARE(days.dayOf(start + std::chrono::minutes(minutes) - one).time_since_epoch().count(),
                 day.time_since_epoch().count());
        QCOMPARE(isoDate(days.dayOf(start)), date.toStdString());
    }

    void aDayThatNeverWas() {
        // Samoa went over the date line: no 30th of December 2011.
        const auto zone = TimeZone::find("Pacific/Apia").value();
        const LocalDay missing = dayOfDate("2011-12-30");
        QCOMPARE(msOf(zone.startOf(missing)), msOf(zone.startOf(missing + std::chrono::days(1))));
        LocalDays days(zone);
        QCOMPARE(isoDate(days.dayOf(zone.startOf(missing))), std::string("2011-12-31"));
    }

    void periods_data() {
        QTest::addColumn<QByteArray>("date");
        QTest::addColumn<QByteArray>("week");
        QTest::newRow("in the year") << QByteArray("2026-11-21") << QByteArray("2026-W47");
        QTest::newRow("a Thursday starts the year") << QByteArray("2026-01-01") << QByteArray("2026-W01");
        QTest::newRow("the Monday before it") << QByteArray("2025-12-29") << QByteArray("2026-W01");
        QTest::newRow("the Sunday before that") << QByteArray("2025-12-28") << QByteArray("2025-W52");
        QTest::newRow("a year of 53 weeks") << QByteArray("2026-12-31") << QByteArray("2026-W53");
        QTest::newRow("its last Sunday") << QByteArray("2027-01-03") << QByteArray("2026-W53");
        QTest::newRow("and the Monday") << QByteArray("2027-01-04") << QByteArray("2027-W01");
        QTest::newRow("a Saturday starts the year") << QByteArray("2028-01-01") << QByteArray("2027-W52");
        QTest::newRow("leap year of 53 weeks") << QByteArray("2020-12-31") << QByteArray("2020-W53");
    }

    void periods() {
        QFETCH(QByteArray, date);
        QFETCH(QByteArray, week);
        const LocalDay day = dayOfDate(date);
        QCOMPARE(isoWeek(day), week.toStdString());
        QCOMPARE(isoMonth(day), date.left(7).toStdString());
    }

    void unknownZones_data() {
        QTest::addColumn<QByteArray>("name");
        for (const char* name : {"", "Berlin", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime"})
            QTest::newRow(name) << QByteArray(name);
    }

    void unknownZones() {
        QFETCH(QByteArray, name);
        const auto zone = TimeZone::find(name.toStdString());
        QVERIFY(!zone);
        QCOMPARE(zone.error().code, ErrorCode::InvalidInput);
        QVERIFY(zone.error().message.find("Europe/Berlin") != std::string::npos);
    }

    void ofMachine_data() {
        QTest::addColumn<QByteArray>("variable");
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("name") << QByteArray("Asia/Tokyo") << QByteArray("Asia/Tokyo");
        QTest::newRow("colon") << QByteArray(":Asia/Tokyo") << QByteArray("Asia/Tokyo");
        QTest::newRow("path") << QByteArray("/usr/share/zoneinfo/Europe/Paris") << QByteArray("Europe/Paris");
        QTest::newRow("path of a variant")
            << QByteArray(":/usr/share/zoneinfo/posix/Europe/Paris") << QByteArray("Europe/Paris");
        QTest::newRow("empty") << QByteArray("") << QByteArray("UTC");
        QTest::newRow("UTC") << QByteArray("UTC") << QByteArray("UTC");
    }

    void ofMachine() {
        QFETCH(QByteArray, variable);
        QFETCH(QByteArray, name);
        const QByteArray before = qgetenv("TZ");
        qputenv("TZ", variable);
        const std::string found = TimeZone::nameOfMachine();
        qputenv("TZ", before);
        QCOMPARE(found, name.toStdString());
    }

    void aRuleIsNoName() {
        const QByteArray before = qgetenv("TZ");
        qputenv("TZ", "CET-1CEST");
        const std::string found = TimeZone::nameOfMachine();
        qputenv("TZ", before);
        QVERIFY(TimeZone::find(found)); // what the machine itself is set to
        QVERIFY(found != "CET-1CEST");
    }

    void agreement() {
        const auto berlin = TimeZone::find("Europe/Berlin").value();
        const auto paris = TimeZone::find("Europe/Paris").value();
        const auto lagos = TimeZone::find("Africa/Lagos").value();
        const auto from = timeOf("2026-01-01T00:00:00Z");
        const auto until = timeOf("2026-12-31T00:00:00Z");
        QVERIFY(berlin.agreesWith(paris, from, until));
        QVERIFY(berlin.agreesWith(berlin, from, until));
        QVERIFY(!berlin.agreesWith(lagos, from, until));
        QVERIFY(
            berlin.agreesWith(lagos, from, timeOf("2026-03-29T01:00:00Z"))); // both an hour ahead in winter
        QVERIFY(!berlin.agreesWith(lagos, from, timeOf("2026-03-29T01:00:01Z")));
        QVERIFY(berlin.agreesWith(lagos, from, from)); // at no moment they differ
    }
};

QTEST_GUILESS_MAIN(TimeZoneTest)
#include "tst_time_zone.moc"
