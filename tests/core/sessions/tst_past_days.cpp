#include "core/sessions/past_days.h"
#include "core/sessions/sqlite.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::sessions;
using std::chrono::milliseconds;
using testing::Random;
using testing::Recount;
using testing::StoreFolder;
using testing::text;

namespace {

constexpr Dimension dimensions[] = {Dimension::Source,   Dimension::Tier,    Dimension::Model,
                                    Dimension::Provider, Dimension::Project, Dimension::Client,
                                    Dimension::TaskType};
constexpr Period periods[] = {Period::None, Period::Hour, Period::Day, Period::Week, Period::Month};
/// Half and quarter hours, a clock that was set by half an hour, and no clock that is set.
constexpr const char* zones[] = {
    "",    "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Kolkata",
    "UTC", "Pacific/Apia"};
constexpr int everyRow = 1'000'000;
constexpr LocalDay afterAll{std::chrono::days(30'000)};

std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines)
        all += line + '\n';
    return all;
}

std::vector<std::string> texts(const std::vector<routing::RequestRecord>& records) {
    std::vector<std::string> lines;
    for (const auto& record : records)
        lines.push_back(text(record));
    return lines;
}

std::pair<Dimension, std::string> valueOf(const routing::RequestRecord& record, Dimension dimension) {
    switch (dimension) {
    case Dimension::Source:
        return {dimension, record.source};
    case Dimension::Tier:
        return {dimension, record.tier.value_or("")};
    case Dimension::Model:
        return {dimension, record.model.value_or("")};
    case Dimension::Provider:
        return {dimension, record.provider};
    case Dimension::Project:
        return {dimension, record.project};
    case Dimension::Client:
        return {dimension, record.client};
    case Dimension::TaskType:
        break;
    }
    return {Dimension::TaskType, record.taskType};
}

/// Questions that the small sums answer, in part or whole, and some that they do not.
SpendQuery wildQuery(Random& random, const Recount& recount) {
    SpendQuery query;
    query.period = random.pick(periods);
    for (std::int64_t count = random.below(3); count > 0; --count)
        query.by.push_back(random.pick(dimensions));
    const auto& records = recount.records();
    for (std::int64_t count = random.below(3); count > 0; --count)
        query.filter.exactly.push_back(valueOf(random.pick(records), random.pick(dimensions)));
    if (random.chance(0.4))
        query.filter.since = random.pick(records).time;
    if (random.chance(0.4))
        query.filter.until = random.pick(records).time;
    query.filter.unpriced = random.chance(0.1);
    query.timeZone = random.pick(zones);
    return query;
}

/// What is listed oldest first, sorted by what the list of the dearest promises.
std::vector<routing::RequestRecord> dearestFirst(std::vector<routing::RequestRecord> records) {
    std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
        return std::tuple(b.cost, b.time, b.request.value) < std::tuple(a.cost, a.time, a.request.value);
    });
    return records;
}

void compareDearest(StoreReader& reader, Random& random, const Filter& filter) {
    const auto requests = reader.requests(filter, everyRow);
    VERIFY_RESULT(requests);
    const int limit = static_cast<int>(1 + random.below(200));
    const auto pages = testing::allPages<routing::RequestRecord>(
        [&](int rows, const std::string& after) {
            return reader.requests(filter, rows, after, RequestOrder::DearestFirst);
        },
        limit);
    VERIFY_RESULT(pages);
    QCOMPARE(joined(texts(*pages)), joined(texts(dearestFirst(requests->rows))));
}

void compare(StoreReader& reader, const Recount& recount, std::uint64_t seed, int questions = 300) {
    Random random(seed);
    int counted = 0;
    for (int i = 0; i < questions; ++i) {
        SpendQuery query = wildQuery(random, recount);
        const auto result = reader.spend(query);
        if (!result && result.error().code == ErrorCode::InvalidInput)
            continue; // hours, or another zone, of more than 92 days
        VERIFY_RESULT(result);
        ++counted;
        if (query.timeZone.empty())
            query.timeZone = "Europe/Berlin";
        QCOMPARE(joined(text(*result)), joined(recount.spend(query)));
        if (random.chance(0.3))
            query.filter.leastCost = random.pick(recount.records()).cost;
        if (i % 5 == 0)
            compareDearest(reader, random, query.filter);
        if (i % 5 == 0) {
            const auto dearest = reader.dearestSessions(query.filter, 8);
            VERIFY_RESULT(dearest);
            std::vector<std::string> lines;
            for (const SessionRow& row : *dearest)
                lines.push_back(text(row));
            QCOMPARE(joined(lines), joined(recount.dearestSessions(query.filter, 8)));
        }
    }
    QVERIFY(counted > questions / 2);
}

std::int64_t numberIn(const StoreFolder& folder, const std::string& sql) {
    auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
    return file ? file->number(sql)->value_or(0) : 0;
}

LocalDay dayOf(UtcTime time) {
    return LocalDays(TimeZone::find("Europe/Berlin").value()).dayOf(time);
}

} // namespace

class PastDaysTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void sumsAreTheRecountAtEveryStage() {
        const StoreFolder folder;
        auto records = testing::wildRecords(7, 1500);
        // The last third comes when the days of the others have been summed up, on the same days as they.
        const std::vector<routing::RequestRecord> first(records.begin(), records.begin() + 1000);
        auto store = folder.open();
        VERIFY_RESULT(store);
        testing::recordAll(**store, first);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const Recount ofFirst(first);

        auto past = PastDays::open(folder.file());
        VERIFY_RESULT(past);
        const auto& times = ofFirst.records();
        const auto half = past->sumUp(dayOf(times[times.size() / 2].time), std::chrono::seconds(60));
        VERIFY_RESULT(half);
        QVERIFY(*half);
        QVERIFY(numberIn(folder, "SELECT count(*) FROM past_sum") > 0);
        compare(**reader, ofFirst, 1);
        VERIFY_RESULT(past->sumUp(afterAll, std::chrono::seconds(60)));
        compare(**reader, ofFirst, 2);

        testing::recordAll(**store, {records.begin() + 1000, records.end()});
        const Recount ofAll(records);
        compare(**reader, ofAll, 3); // before anybody sums up again
        VERIFY_RESULT(past->sumUp(afterAll, std::chrono::seconds(60)));
        compare(**reader, ofAll, 4);
    }

    void anEarlierRequestPutsThemBack() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        auto records = testing::wildRecords(8, 400);
        std::sort(records.begin(), records.end(),
                  [](const auto& a, const auto& b) { return a.time < b.time; });
        testing::recordAll(**store, records);
        auto past = PastDays::open(folder.file());
        VERIFY_RESULT(past);
        QVERIFY(past->sumUp(afterAll, std::chrono::seconds(60)).value());
        const std::string until = "SELECT value FROM meta WHERE name='summed_until'";
        QCOMPARE(numberIn(folder, until), std::int64_t{30'000});

        routing::RequestRecord late = records[200];
        late.request = RequestId(90'000);
        VERIFY_RESULT(testing::recordAndWait(**store, late));
        QCOMPARE(numberIn(folder, until), std::int64_t{dayOf(late.time).time_since_epoch().count()});
        QVERIFY(past->sumUp(afterAll, std::chrono::seconds(60)).value());
        // What comes on the last day or later leaves the others as they are.
        late.request = RequestId(90'001);
        late.time = UtcTime(milliseconds(30'001LL * 86'400'000));
        VERIFY_RESULT(testing::recordAndWait(**store, late));
        QCOMPARE(numberIn(folder, until), std::int64_t{30'000});
    }

    void aDayAtATime() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        const auto records = testing::wildRecords(9, 600);
        testing::recordAll(**store, records);
        const std::int64_t days = numberIn(folder, "SELECT count(DISTINCT day) FROM daily");
        QVERIFY(days > 3);
        auto past = PastDays::open(folder.file());
        VERIFY_RESULT(past);
        std::int64_t steps = 1;
        for (;; ++steps) {
            const auto done = past->sumUp(afterAll, milliseconds(0));
            VERIFY_RESULT(done);
            if (*done)
                break;
            QCOMPARE(numberIn(folder, "SELECT count(DISTINCT day) FROM past_sum"), steps);
        }
        QCOMPARE(steps, days);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        compare(**reader, Recount(records), 5);
        QVERIFY(past->sumUp(afterAll, milliseconds(0)).value());
    }

    void aWriterIsNotWaitedForLong() {
        const StoreFolder folder;
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, testing::wildRecords(10, 50));
        }
        auto past = PastDays::open(folder.file());
        VERIFY_RESULT(past);
        auto other = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite).value();
        const auto held = sqlite::Transaction::begin(other, sqlite::Transaction::Kind::Write);
        VERIFY_RESULT(held);
        const auto refused = past->sumUp(afterAll, milliseconds(10));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Locked);
    }

    void whatIsDamagedIsAskedOfTheRequests_data() {
        QTest::addColumn<QByteArray>("damage");
        for (const char* column : {"past_sum.sums", "past_month.sums", "past_quarter.combinations",
                                   "past_quarter.sums", "past_dearest.requests"}) {
            const QByteArray table = QByteArray(column).split('.').first();
            const QByteArray name = QByteArray(column).split('.').last();
            const QByteArray update = "UPDATE " + table + " SET " + name + "=";
            QTest::addRow("%s, a byte", column) << update + "CAST(X'5a' || substr(" + name + ", 2) AS BLOB)";
            QTest::addRow("%s, cut", column) << update + "substr(" + name + ", 1, length(" + name + ")/2)";
            QTest::addRow("%s, nothing", column) << update + "X''";
            QTest::addRow("%s, noise", column) << update + "randomblob(length(" + name + "))";
        }
    }

    void whatIsDamagedIsAskedOfTheRequests() {
        QFETCH(QByteArray, damage);
        const StoreFolder folder;
        const auto records = testing::wildRecords(11, 300);
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, records);
        }
        auto past = PastDays::open(folder.file());
        VERIFY_RESULT(past);
        const Recount recount(records);
        const LocalDay last = dayOf(recount.records().back().time);
        QVERIFY(past->sumUp(last, std::chrono::seconds(60)).value());
        {
            auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite);
            VERIFY_RESULT(file);
            VERIFY_RESULT(file->run(damage.toStdString()));
            QVERIFY(file->rowsChanged() > 0);
        }
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        compare(**reader, recount, 6, 60);
        // Nor does it keep the days that follow from being summed up.
        QVERIFY(past->sumUp(afterAll, std::chrono::seconds(60)).value());
        compare(**reader, recount, 7, 60);
    }

    void noStoreIsMadeForThem() {
        const StoreFolder folder;
        const auto past = PastDays::open(folder.file());
        QVERIFY(!past);
        QCOMPARE(past.error().code, ErrorCode::NotFound);
        QVERIFY(!std::filesystem::exists(folder.file()));
    }
};

QTEST_GUILESS_MAIN(PastDaysTest)
#include "tst_past_days.moc"
