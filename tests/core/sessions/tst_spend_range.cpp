#include "core/sessions/spend_range.h"

#include <QTest>

#include <chrono>
#include <optional>

using namespace tierdeck;
using namespace tierdeck::sessions;

namespace {

UtcTime timeOf(const QByteArray& rfc3339) {
    return parseRfc3339(rfc3339.toStdString()).value();
}

QByteArray textOf(UtcTime time) {
    return QByteArray::fromStdString(toRfc3339(time));
}

TimeZone zoneOf(const QByteArray& name) {
    return TimeZone::find(name.toStdString()).value();
}

LocalDay dayOf(int year, unsigned month, unsigned day) {
    return LocalDay(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
}

} // namespace

class SpendRangeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void ranges_data() {
        QTest::addColumn<RangeKind>("kind");
        QTest::addColumn<QByteArray>("now");
        QTest::addColumn<QByteArray>("since");
        QTest::addColumn<QByteArray>("until");
        const auto row = [](const char* name, RangeKind kind, const char* now, const char* since,
                            const char* until) {
            QTest::newRow(name) << kind << QByteArray(now) << QByteArray(since) << QByteArray(until);
        };
        const char* const now = "2026-11-21T14:31:00+01:00";
        row("today", RangeKind::Today, now, "2026-11-20T23:00:00.000Z", "2026-11-21T23:00:00.000Z");
        row("just after midnight", RangeKind::Today, "2026-11-20T23:00:00Z", "2026-11-20T23:00:00.000Z",
            "2026-11-21T23:00:00.000Z");
        row("7 days", RangeKind::Last7Days, now, "2026-11-14T23:00:00.000Z", "2026-11-21T23:00:00.000Z");
        row("30 days, over the clock's change", RangeKind::Last30Days, now, "2026-10-22T22:00:00.000Z",
            "2026-11-21T23:00:00.000Z");
        row("90 days", RangeKind::Last90Days, now, "2026-08-23T22:00:00.000Z", "2026-11-21T23:00:00.000Z");
        row("this month", RangeKind::ThisMonth, now, "2026-10-31T23:00:00.000Z", "2026-11-30T23:00:00.000Z");
        row("last month", RangeKind::LastMonth, now, "2026-09-30T22:00:00.000Z", "2026-10-31T23:00:00.000Z");
        row("last month, in January", RangeKind::LastMonth, "2026-01-01T00:00:00+01:00",
            "2025-11-30T23:00:00.000Z", "2025-12-31T23:00:00.000Z");
        row("all", RangeKind::All, now, "2026-02-02T23:00:00.000Z", "2026-11-21T23:00:00.000Z");
        row("all, with a clock that went wrong", RangeKind::All, "2026-02-01T00:00:00+01:00",
            "2026-01-31T23:00:00.000Z", "2026-11-19T23:00:00.000Z");
        row("custom", RangeKind::Custom, now, "2026-03-27T23:00:00.000Z", "2026-03-29T22:00:00.000Z");
        row("a day of 23 hours", RangeKind::Today, "2026-03-29T12:00:00+02:00", "2026-03-28T23:00:00.000Z",
            "2026-03-29T22:00:00.000Z");
        row("a day of 25 hours", RangeKind::Today, "2026-10-25T12:00:00+01:00", "2026-10-24T22:00:00.000Z",
            "2026-10-25T23:00:00.000Z");
    }

    void ranges() {
        QFETCH(RangeKind, kind);
        QFETCH(QByteArray, now);
        QFETCH(QByteArray, since);
        QFETCH(QByteArray, until);
        RangeChoice choice;
        choice.kind = kind;
        choice.first = dayOf(2026, 3, 29); // the wrong way round, as a hasty hand sets it
        choice.last = dayOf(2026, 3, 28);
        const auto extent =
            std::pair(timeOf("2026-02-03T12:00:00+01:00"), timeOf("2026-11-19T12:00:00+01:00"));
        const TimeRange range = rangeOf(choice, timeOf(now), zoneOf("Europe/Berlin"), extent);
        QCOMPARE(textOf(range.since), since);
        QCOMPARE(textOf(range.until), until);
    }

    void allOfNothingIsToday() {
        RangeChoice choice;
        choice.kind = RangeKind::All;
        const TimeRange range = rangeOf(choice, timeOf("2026-11-21T12:00:00Z"), zoneOf("UTC"), std::nullopt);
        QCOMPARE(textOf(range.since), QByteArray("2026-11-21T00:00:00.000Z"));
        QCOMPARE(textOf(range.until), QByteArray("2026-11-22T00:00:00.000Z"));
    }

    void periods_data() {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<QByteArray>("since");
        QTest::addColumn<QByteArray>("until");
        QTest::addColumn<Period>("period");
        QTest::addColumn<int>("count");
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("last");
        const auto row = [](const char* name, const char* zone, const char* since, const char* until,
                            Period period, int count, const char* first, const char* last) {
            QTest::newRow(name) << QByteArray(zone) << QByteArray(since) << QByteArray(until) << period
                                << count << QByteArray(first) << QByteArray(last);
        };
        const char* const berlin = "Europe/Berlin";
        row("a day's hours", berlin, "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z", Period::Hour, 24,
            "2026-11-21T00:00+01:00", "2026-11-21T23:00+01:00");
        row("23 hours", berlin, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", Period::Hour, 23,
            "2026-03-29T00:00+01:00", "2026-03-29T23:00+02:00");
        row("25 hours", berlin, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", Period::Hour, 25,
            "2026-10-25T00:00+02:00", "2026-10-25T23:00+01:00");
        row("half an hour's change", "Australia/Lord_Howe", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z",
            Period::Hour, 24, "2026-10-04T00:00+10:30", "2026-10-04T23:00+11:00");
        row("hours at half past", "Asia/Kolkata", "2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z",
            Period::Hour, 24, "2026-11-21T00:00+05:30", "2026-11-21T23:00+05:30");
        row("west of Greenwich", "America/St_Johns", "2026-11-21T03:30:00Z", "2026-11-21T05:30:00Z",
            Period::Hour, 2, "2026-11-21T00:00-03:30", "2026-11-21T01:00-03:30");
        row("days over the change", berlin, "2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", Period::Day, 3,
            "2026-10-24", "2026-10-26");
        row("a day without midnight", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-05T02:00:00Z",
            Period::Day, 2, "2018-11-03", "2018-11-04");
        row("weeks, cut at both ends", berlin, "2026-11-03T23:00:00Z", "2026-11-18T23:00:00Z", Period::Week,
            3, "2026-W45", "2026-W47");
        row("months over a year's end", berlin, "2025-11-30T23:00:00Z", "2026-02-28T23:00:00Z", Period::Month,
            3, "2025-12", "2026-02");
        row("none", berlin, "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z", Period::None, 1, "", "");
        row("nothing", berlin, "2026-11-20T23:00:00Z", "2026-11-20T23:00:00Z", Period::Day, 0, "", "");
    }

    void periods() {
        QFETCH(QByteArray, zone);
        QFETCH(QByteArray, since);
        QFETCH(QByteArray, until);
        QFETCH(Period, period);
        QFETCH(int, count);
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, last);
        const TimeRange range{timeOf(since), timeOf(until)};
        const auto spans = periodsIn(range, period, zoneOf(zone));
        QCOMPARE(static_cast<int>(spans.size()), count);
        if (count == 0)
            return;
        QCOMPARE(QByteArray::fromStdString(spans.front().text), first);
        QCOMPARE(QByteArray::fromStdString(spans.back().text), last);
        QVERIFY(spans.front().from == range.since);
        QVERIFY(spans.back().until == range.until);
        for (std::size_t i = 0; i < spans.size(); ++i) {
            QVERIFY(spans[i].from < spans[i].until);
            if (i > 0) {
                QVERIFY(spans[i].from == spans[i - 1].until);
                QVERIFY(spans[i].text != spans[i - 1].text);
            }
        }
    }
};

QTEST_GUILESS_MAIN(SpendRangeTest)
#include "tst_spend_range.moc"
