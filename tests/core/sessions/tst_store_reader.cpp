#include "core/routing/packed_decision.h"
#include "core/sessions/store_reader.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

using namespace tierdeck;
using namespace tierdeck::sessions;
using routing::RequestRecord;
using testing::Random;
using testing::Recount;
using testing::StoreFolder;
using testing::text;
using testing::wildRecords;

namespace {

constexpr int everyRow = 100'000;
constexpr SessionOrder everyOrder[] = {SessionOrder::LastTime, SessionOrder::Cost, SessionOrder::Turns,
                                       SessionOrder::Tokens};

std::int64_t rank(const SessionRow& row, SessionOrder order) {
    switch (order) {
    case SessionOrder::LastTime:
        return row.lastTime.time_since_epoch().count();
    case SessionOrder::Cost:
        return row.totals.cost.value;
    case SessionOrder::Turns:
        return row.totals.turns;
    case SessionOrder::Tokens:
        return row.totals.usage.total();
    }
    return 0;
}

UtcTime timeOf(const char* rfc3339) {
    return parseRfc3339(rfc3339).value();
}

std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines)
        all += line + '\n';
    return all;
}

/// Rows that are equal in what they are sorted by may come in any order.
std::vector<std::string> sorted(std::vector<std::string> rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
}

template <typename Row>
std::vector<std::string> texts(const std::vector<Row>& rows) {
    std::vector<std::string> all;
    for (const Row& row : rows)
        all.push_back(text(row));
    return all;
}

/// Some criteria, drawn; the more is set, the less passes.
Filter wildFilter(Random& random, const std::vector<RequestRecord>& records) {
    const RequestRecord& like = random.pick(records);
    Filter filter;
    if (random.chance(0.3))
        filter.since = like.time;
    if (random.chance(0.3))
        filter.until = like.time + std::chrono::hours(random.below(200));
    if (random.chance(0.2))
        filter.session = like.session;
    if (random.chance(0.15))
        filter.turn = like.turn;
    if (random.chance(0.2))
        filter.source = like.source;
    if (random.chance(0.2))
        filter.project = like.project;
    if (random.chance(0.2))
        filter.client = like.client;
    if (random.chance(0.2))
        filter.model = like.model.value_or("");
    if (random.chance(0.25))
        filter.tier = like.tier.value_or("");
    if (random.chance(0.2))
        filter.search = random.chance(0.5) ? "TITLE 3" : random.chance(0.5) ? "0%" : "k\\s";
    if (random.chance(0.05))
        filter.project = "nowhere";
    if (random.chance(0.2))
        filter.leastCost = like.cost.value_or(NanoUsd(1));
    if (random.chance(0.15))
        filter.exactly.emplace_back(Dimension::Provider, like.provider);
    if (random.chance(0.15))
        filter.exactly.emplace_back(Dimension::TaskType, like.taskType);
    if (random.chance(0.15))
        filter.exactly.emplace_back(Dimension::Project, like.project);
    if (random.chance(0.1))
        filter.exactly.emplace_back(Dimension::Model, like.model.value_or(""));
    filter.unpriced = random.chance(0.1);
    return filter;
}

} // namespace

class StoreReaderTest : public QObject {
    Q_OBJECT

private:
    /// 3,000 wild records, written in the order in which no gateway would.
    struct Wild {
        StoreFolder folder;
        std::unique_ptr<Recount> recount;
        std::unique_ptr<StoreReader> reader;
    };

    std::unique_ptr<Wild> m_wild;

    static void write(const StoreFolder& folder, const std::vector<RequestRecord>& records) {
        auto store = folder.open();
        VERIFY_RESULT(store);
        testing::recordAll(**store, records);
    }

    static void shuffle(std::vector<RequestRecord>& records, std::uint64_t seed) {
        Random random(seed);
        for (std::size_t i = records.size(); i > 1; --i)
            std::swap(records[i - 1],
                      records[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    }

private Q_SLOTS:

    void initTestCase() {
        m_wild = std::make_unique<Wild>();
        auto records = wildRecords(1, 3000);
        m_wild->recount = std::make_unique<Recount>(records);
        shuffle(records, 2);
        write(m_wild->folder, records);
        auto reader = m_wild->folder.read();
        VERIFY_RESULT(reader);
        m_wild->reader = std::move(*reader);
    }

    void cleanupTestCase() { m_wild.reset(); }

    void integrity() { QCOMPARE(m_wild->reader->integrity().value(), std::string("ok")); }

    void listsAreTheRecount_data() {
        QTest::addColumn<int>("seed");
        for (int seed = 0; seed < 60; ++seed)
            QTest::addRow("filter %d", seed) << seed;
    }

    void listsAreTheRecount() {
        QFETCH(int, seed);
        Random random(static_cast<std::uint64_t>(seed));
        const Filter filter = seed == 0 ? Filter() : wildFilter(random, m_wild->recount->records());

        const auto requests = m_wild->reader->requests(filter, everyRow);
        VERIFY_RESULT(requests);
        QCOMPARE(joined(texts(requests->rows)), joined(m_wild->recount->requests(filter)));
        const auto dear = m_wild->reader->requests(filter, everyRow, {}, RequestOrder::DearestFirst);
        VERIFY_RESULT(dear);
        QCOMPARE(joined(sorted(texts(dear->rows))), joined(sorted(texts(requests->rows))));
        QVERIFY(std::is_sorted(
            dear->rows.begin(), dear->rows.end(), [](const RequestRecord& a, const RequestRecord& b) {
                return std::tuple(a.cost, a.time, a.request) > std::tuple(b.cost, b.time, b.request);
            }));

        const auto turns = m_wild->reader->turns(filter, everyRow);
        VERIFY_RESULT(turns);
        QCOMPARE(joined(sorted(texts(turns->rows))), joined(sorted(m_wild->recount->turns(filter))));
        QVERIFY(std::is_sorted(turns->rows.begin(), turns->rows.end(),
                               [](const TurnRow& a, const TurnRow& b) { return a.time < b.time; }));

        for (const SessionOrder order : everyOrder) {
            const auto sessions = m_wild->reader->sessions(filter, order, everyRow);
            VERIFY_RESULT(sessions);
            QCOMPARE(joined(sorted(texts(sessions->rows))),
                     joined(sorted(m_wild->recount->sessions(filter, order))));
            QVERIFY(std::is_sorted(sessions->rows.begin(), sessions->rows.end(),
                                   [order](const SessionRow& a, const SessionRow& b) {
                                       return rank(a, order) > rank(b, order);
                                   }));
        }
    }

    void everyPageSizeGivesTheSame_data() {
        QTest::addColumn<int>("limit");
        for (const int limit : {1, 2, 3, 7, 50, 199, 200, 201, 5000})
            QTest::addRow("%d rows", limit) << limit;
    }

    void everyPageSizeGivesTheSame() {
        QFETCH(int, limit);
        auto& reader = *m_wild->reader;
        Filter filter;
        filter.source = "codex";
        Filter session;
        session.session = m_wild->recount->records().front().session;
        Filter stretch;
        stretch.since = m_wild->recount->records().at(1000).time;
        Filter unpriced;
        unpriced.unpriced = true;
        for (const Filter& one : {filter, session, stretch, unpriced}) {
            const auto requests = [&](int rows, const std::string& after) {
                return reader.requests(one, rows, after);
            };
            const auto dearest = [&](int rows, const std::string& after) {
                return reader.requests(one, rows, after, RequestOrder::DearestFirst);
            };
            QCOMPARE(joined(texts(testing::allPages<RequestRecord>(dearest, limit).value())),
                     joined(texts(reader.requests(one, everyRow, {}, RequestOrder::DearestFirst)->rows)));
            const auto turns = [&](int rows, const std::string& after) {
                return reader.turns(one, rows, after);
            };
            QCOMPARE(joined(texts(testing::allPages<RequestRecord>(requests, limit).value())),
                     joined(texts(reader.requests(one, everyRow)->rows)));
            QCOMPARE(joined(texts(testing::allPages<TurnRow>(turns, limit).value())),
                     joined(texts(reader.turns(one, everyRow)->rows)));
        }
        for (const SessionOrder order : everyOrder) {
            const auto sessions = [&](int rows, const std::string& after) {
                return reader.sessions({}, order, rows, after);
            };
            QCOMPARE(joined(texts(testing::allPages<SessionRow>(sessions, limit).value())),
                     joined(texts(reader.sessions({}, order, everyRow)->rows)));
        }
    }

    void theLastPageHasNoNext() {
        Filter filter;
        filter.session = m_wild->recount->records().front().session;
        const auto all = m_wild->reader->requests(filter, everyRow);
        const auto exactly = m_wild->reader->requests(filter, static_cast<int>(all->rows.size()));
        QVERIFY(exactly->next.empty());
        const auto fewer = m_wild->reader->requests(filter, static_cast<int>(all->rows.size()) - 1);
        QVERIFY(!fewer->next.empty());
    }

    void cursorsOfOthers_data() {
        QTest::addColumn<QByteArray>("cursor");
        for (const char* cursor : {"x", "r", "r.", "r.1", "r.1.2.3", "r.1.x", "r.99999999999999999999.1",
                                   "t.1.2.3", "s.1.2", "r.1.2 ", "r.1.2;DROP TABLE request"})
            QTest::newRow(cursor) << QByteArray(cursor);
    }

    void cursorsOfOthers() {
        QFETCH(QByteArray, cursor);
        const auto page = m_wild->reader->requests({}, 10, cursor.toStdString());
        QVERIFY(!page);
        QCOMPARE(page.error().code, ErrorCode::InvalidInput);
        const auto dearest =
            m_wild->reader->requests({}, 10, cursor.toStdString(), RequestOrder::DearestFirst);
        QVERIFY(!dearest);
        QCOMPARE(dearest.error().code, ErrorCode::InvalidInput);
    }

    void aCursorIsOfItsOrder() {
        const std::string oldest = m_wild->reader->requests({}, 1)->next;
        const std::string dearest = m_wild->reader->requests({}, 1, {}, RequestOrder::DearestFirst)->next;
        QVERIFY(!oldest.empty() && !dearest.empty());
        QVERIFY(!m_wild->reader->requests({}, 1, dearest));
        QVERIFY(!m_wild->reader->requests({}, 1, oldest, RequestOrder::DearestFirst));
    }

    void aPageHasRoom() {
        for (const int limit : {0, -1}) {
            QCOMPARE(m_wild->reader->requests({}, limit).error().code, ErrorCode::InvalidInput);
            QCOMPARE(m_wild->reader->turns({}, limit).error().code, ErrorCode::InvalidInput);
            QCOMPARE(m_wild->reader->sessions({}, SessionOrder::Cost, limit).error().code,
                     ErrorCode::InvalidInput);
        }
    }

    void tracesAreTheRecount_data() {
        QTest::addColumn<double>("share"); // of the session's requests that came before "since"
        for (const double share : {0.0, 0.3, 0.9})
            QTest::addRow("from %g on", share) << share;
    }

    void tracesAreTheRecount() {
        QFETCH(double, share);
        std::map<std::string, std::vector<const RequestRecord*>> sessions;
        for (const RequestRecord& record : m_wild->recount->records())
            sessions[record.session].push_back(&record);
        std::int64_t cold = 0;
        std::int64_t agents = 0;
        std::int64_t unpriced = 0;
        for (const auto& [name, records] : sessions) {
            const auto firstAt = static_cast<std::size_t>(static_cast<double>(records.size()) * share);
            const UtcTime since = records[firstAt]->time;
            std::map<int, TurnTrace> expected;
            std::int64_t before = 0;
            for (const RequestRecord* record : records) {
                const auto& usage = record->usage;
                const bool isCold = record->agent.empty() && record->cost.value_or(NanoUsd(0)).value > 0 &&
                                    before >= 1024 && usage.prompt() * 2 >= before &&
                                    usage.cachedInput * 10 < before;
                if (record->agent.empty())
                    before = usage.prompt();
                if (record->time < since)
                    continue;
                TurnTrace& trace = expected[record->turn];
                trace.turn = record->turn;
                trace.coldCaches += isCold ? 1 : 0;
                cold += isCold ? 1 : 0;
                if (!record->cost)
                    ++trace.unpriced[record->tier.value_or(std::string())];
                unpriced += record->cost ? 0 : 1;
                if (record->agent.empty())
                    continue;
                ++agents;
                auto one = std::ranges::find(trace.agents, record->agent, &AgentShare::agent);
                if (one == trace.agents.end())
                    one = trace.agents.insert(one, {record->agent, 0, 0, {}});
                ++one->requests;
                one->unpriced += record->cost ? 0 : 1;
                one->cost += record->cost.value_or(NanoUsd(0));
            }
            const auto traces = m_wild->reader->traces(name, share > 0 ? std::optional(since) : std::nullopt);
            VERIFY_RESULT(traces);
            QCOMPARE(traces->size(), expected.size());
            for (const TurnTrace& trace : *traces)
                QVERIFY2(trace == expected.at(trace.turn), name.c_str());
        }
        QVERIFY(agents > 10 && unpriced > 10 && (cold > 10 || share > 0.5));
        QVERIFY(m_wild->reader->traces("none")->empty());
    }

    void oneSessionOneRequest() {
        const RequestRecord& record = m_wild->recount->records()[100];
        const auto session = m_wild->reader->session(record.session);
        VERIFY_RESULT(session);
        QVERIFY(session->has_value());
        Filter filter;
        filter.session = record.session;
        QCOMPARE(text(**session), m_wild->recount->sessions(filter, SessionOrder::Cost).front());
        QVERIFY(!m_wild->reader->session("none")->has_value());
        QVERIFY(!m_wild->reader->session("")->has_value());
        QCOMPARE(text(m_wild->reader->request(record.request)->value()), text(record));
        QVERIFY(!m_wild->reader->request(RequestId(1'000'000))->has_value());
    }

    void spendIsTheRecount_data() {
        QTest::addColumn<int>("seed");
        for (int seed = 0; seed < 150; ++seed)
            QTest::addRow("question %d", seed) << seed;
    }

    void spendIsTheRecount() {
        QFETCH(int, seed);
        Random random(static_cast<std::uint64_t>(seed) + 1000);
        SpendQuery query;
        static constexpr Period periods[] = {Period::None, Period::Hour, Period::Day, Period::Week,
                                             Period::Month};
        static constexpr Dimension dimensions[] = {Dimension::Source,   Dimension::Tier,    Dimension::Model,
                                                   Dimension::Provider, Dimension::Project, Dimension::Client,
                                                   Dimension::TaskType};
        query.period = random.pick(periods);
        for (std::int64_t count = random.below(4); count > 0; --count)
            query.by.push_back(random.pick(dimensions));
        query.filter = wildFilter(random, m_wild->recount->records());
        // Whole days often, so that the roll-up answers; and parts of days at either end.
        if (query.filter.since && random.chance(0.5))
            query.filter.since = timeOf("2026-03-28T23:00:00Z");
        if (query.filter.until && random.chance(0.5))
            query.filter.until = timeOf(random.chance(0.5) ? "2026-10-25T23:00:00Z" : "2026-03-29T22:00:00Z");
        query.timeZone = random.chance(0.7) ? "" : random.chance(0.5) ? "Europe/Paris" : "Asia/Tokyo";

        const auto result = m_wild->reader->spend(query);
        SpendQuery asked = query;
        if (asked.timeZone.empty())
            asked.timeZone = "Europe/Berlin";
        if (!result) {
            QCOMPARE(result.error().code, ErrorCode::InvalidInput);
            // The only reasons there may be.
            QVERIFY(query.timeZone == "Asia/Tokyo" || query.period == Period::Hour);
            QVERIFY(query.period != Period::None);
            return;
        }
        QCOMPARE(joined(text(*result)), joined(m_wild->recount->spend(asked)));
        asked.period = Period::None;
        asked.by.clear();
        const auto totals = m_wild->reader->totals(query.filter);
        VERIFY_RESULT(totals);
        QCOMPARE("totals" + text(*totals), m_wild->recount->spend(asked).back());
    }

    void severalTablesAtOnce_data() { spendIsTheRecount_data(); }

    void severalTablesAtOnce() {
        QFETCH(int, seed);
        Random random(static_cast<std::uint64_t>(seed) + 5000);
        Filter filter = wildFilter(random, m_wild->recount->records());
        filter.since = timeOf(random.chance(0.5) ? "2026-10-20T22:00:00Z" : "2026-10-20T10:00:00Z");
        filter.until = timeOf("2026-11-01T00:00:00Z");
        const std::string zone = random.chance(0.5) ? "Europe/Berlin" : "Asia/Tokyo";
        const std::vector<Grouping> groupings{{Period::Day, {Dimension::Tier}},
                                              {Period::None, {Dimension::Project, Dimension::Client}},
                                              {Period::Hour, {Dimension::Model}},
                                              {Period::Month, {}}};
        const auto results = m_wild->reader->spend(groupings, filter, zone);
        VERIFY_RESULT(results);
        QCOMPARE(results->size(), groupings.size());
        for (std::size_t i = 0; i < groupings.size(); ++i) {
            const SpendQuery query{groupings[i].period, groupings[i].by, filter, zone};
            QCOMPARE(joined(text((*results)[i])), joined(m_wild->recount->spend(query)));
        }
    }

    void dearestSessionsAreTheRecount_data() { spendIsTheRecount_data(); }

    void dearestSessionsAreTheRecount() {
        QFETCH(int, seed);
        Random random(static_cast<std::uint64_t>(seed) + 9000);
        const Filter filter = seed == 0 ? Filter() : wildFilter(random, m_wild->recount->records());
        const int limit = static_cast<int>(1 + random.below(12));
        const auto sessions = m_wild->reader->dearestSessions(filter, limit);
        VERIFY_RESULT(sessions);
        QCOMPARE(joined(texts(*sessions)), joined(m_wild->recount->dearestSessions(filter, limit)));
    }

    void firstAndLastRequest() {
        const auto extent = m_wild->reader->extent();
        VERIFY_RESULT(extent);
        QVERIFY(extent->has_value());
        QVERIFY((*extent)->first == m_wild->recount->records().front().time);
        QVERIFY((*extent)->second == m_wild->recount->records().back().time);
    }

    void promotionsThatWantedAnUnsetTier() {
        const StoreFolder folder;
        std::vector<RequestRecord> records;
        for (int i = 0; i < 40; ++i) {
            RequestRecord& record = records.emplace_back();
            record.request = RequestId(i + 1);
            record.session = "s";
            record.turn = i + 1;
            record.status = "ok";
            record.time = timeOf("2026-11-20T12:00:00Z") + std::chrono::minutes(i);
            record.tierSource = i % 2 == 0 ? "dynamic" : "default";
            routing::RouteDecision decision;
            decision.tier = "smart";
            decision.source = i % 2 == 0 ? routing::TierSource::Dynamic : routing::TierSource::Default;
            decision.model = *routing::ModelId::parse("openai/gpt-5.2");
            if (i % 4 == 0)
                decision.unsetWanted = i < 20 ? "deep" : "coding";
            record.decision = i == 38 ? "1G cut" : routing::pack(decision); // flagged, but damaged
        }
        write(folder, records);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto all = (*reader)->unsetPromotions({}, 100);
        VERIFY_RESULT(all);
        QCOMPARE(all->looked, 11);
        QVERIFY(all->all);
        QCOMPARE(all->wanted.at("deep"), 5);
        QCOMPARE(all->wanted.at("coding"), 5);
        QCOMPARE(all->requests.size(), std::size_t{10});
        QVERIFY(all->requests.front() == RequestId(37));
        const auto some = (*reader)->unsetPromotions({}, 3);
        VERIFY_RESULT(some);
        QCOMPARE(some->looked, 3);
        QVERIFY(!some->all);
        QCOMPARE(some->requests.size(), std::size_t{2});
        Filter nobody;
        nobody.until = timeOf("2026-11-20T12:00:00Z");
        QCOMPARE((*reader)->unsetPromotions(nobody, 100)->looked, 0);
    }

    void anotherZone() {
        SpendQuery query;
        query.timeZone = "Asia/Tokyo";
        const auto tooLong = m_wild->reader->spend(query);
        QVERIFY(!tooLong);
        QCOMPARE(tooLong.error().code, ErrorCode::InvalidInput);
        QVERIFY(tooLong.error().message.find("92 days") != std::string::npos);
        QVERIFY(tooLong.error().message.find("Europe/Berlin") != std::string::npos);

        query.filter.since = timeOf("2026-09-01T00:00:00+09:00");
        query.filter.until = timeOf("2026-12-02T00:00:00+09:00"); // 92 days
        const auto counted = m_wild->reader->spend(query);
        VERIFY_RESULT(counted);
        QCOMPARE(joined(text(*counted)), joined(m_wild->recount->spend(query)));
        QVERIFY(counted->rows.size() > 2);

        query.filter.until = *query.filter.until + std::chrono::hours(48);
        QVERIFY(
            m_wild->reader->spend(query)); // nothing happened in those hours, so there is nothing to count
        query.filter.since = timeOf("2026-03-01T00:00:00Z");
        QVERIFY(!m_wild->reader->spend(query));

        query.filter = {};
        query.filter.session =
            m_wild->recount->records().front().session; // one session may be as long as it likes
        VERIFY_RESULT(m_wild->reader->spend(query));
        query.filter = {};
        query.timeZone = "Europe/Atlantis";
        QCOMPARE(m_wild->reader->spend(query).error().code, ErrorCode::InvalidInput);
    }

    void daysOfTwentyThreeAndTwentyFiveHours() {
        const StoreFolder folder;
        std::vector<RequestRecord> records;
        const auto every = [&](const char* from, int count) {
            for (int i = 0; i < count; ++i) {
                RequestRecord& record = records.emplace_back();
                record.request = RequestId(static_cast<std::int64_t>(records.size()));
                record.session = "s";
                record.turn = static_cast<int>(records.size());
                record.status = "ok";
                record.cost = NanoUsd(1);
                record.time = timeOf(from) + std::chrono::minutes(30 * i);
            }
        };
        every("2026-03-28T12:00:00Z", 96);
        every("2026-10-24T12:00:00Z", 96);
        write(folder, records);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        SpendQuery query;
        const auto result = (*reader)->spend(query);
        VERIFY_RESULT(result);
        std::vector<std::pair<std::string, std::int64_t>> days;
        for (const SpendRow& row : result->rows)
            days.emplace_back(row.period, row.totals.requests);
        const std::vector<std::pair<std::string, std::int64_t>> expected{
            {"2026-03-28", 22}, {"2026-03-29", 46}, {"2026-03-30", 28},
            {"2026-10-24", 20}, {"2026-10-25", 50}, {"2026-10-26", 26}};
        QVERIFY(days == expected);
        query.filter.since = timeOf("2026-10-25T00:00:00+02:00");
        query.filter.until = timeOf("2026-10-26T00:00:00+01:00");
        QCOMPARE((*reader)->spend(query)->totals.requests, 50);
    }

    void theOrderOfWritingDoesNotMatter() {
        auto records = wildRecords(31, 400);
        std::vector<std::string> first;
        for (int round = 0; round < 4; ++round) {
            const StoreFolder folder;
            write(folder, records);
            const auto reader = folder.read();
            VERIFY_RESULT(reader);
            SpendQuery query;
            query.by = {Dimension::Tier, Dimension::Project};
            std::vector<std::string> all = text((*reader)->spend(query).value());
            for (const auto& row : sorted(texts((*reader)->sessions({}, SessionOrder::Cost, everyRow)->rows)))
                all.push_back(row);
            for (const auto& row : sorted(texts((*reader)->turns({}, everyRow)->rows)))
                all.push_back(row);
            if (round == 0)
                first = all;
            QCOMPARE(joined(all), joined(first));
            shuffle(records, static_cast<std::uint64_t>(round));
        }
    }

    void turnsAreCountedOnce() {
        // A turn over midnight, on two tiers: counted where it began, and never twice.
        const StoreFolder folder;
        std::vector<RequestRecord> records(3);
        static constexpr const char* times[] = {"2026-11-20T22:59:00Z", "2026-11-20T23:01:00Z",
                                                "2026-11-20T22:58:00Z"};
        static constexpr const char* tiers[] = {"coding", "smart", "deep"};
        for (std::size_t i = 0; i < records.size(); ++i) {
            records[i].request = RequestId(static_cast<std::int64_t>(i) + 1);
            records[i].session = "s";
            records[i].time = timeOf(times[i]);
            records[i].tier = tiers[i];
            records[i].status = "ok";
        }
        write(folder, records);
        const auto reader = folder.read();
        SpendQuery query;
        query.by = {Dimension::Tier};
        const auto result = (*reader)->spend(query);
        VERIFY_RESULT(result);
        QCOMPARE(result->totals.turns, 1);
        for (const SpendRow& row : result->rows)
            QCOMPARE(row.totals.turns,
                     row.keys.front() == "deep" ? 1 : 0); // the earliest, though written last
    }

    void believableHistory() {
        testing::GeneratorOptions options;
        options.requests = 4000;
        options.longestSession = 40;
        options.days = 60;
        auto records = testing::RecordGenerator(options).all();
        const Recount recount(records);
        // They end in another order than they begin.
        std::sort(records.begin(), records.end(), [](const RequestRecord& a, const RequestRecord& b) {
            return a.time + std::chrono::milliseconds(a.latencyMs) <
                   b.time + std::chrono::milliseconds(b.latencyMs);
        });
        const StoreFolder folder;
        write(folder, records);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        for (const Period period : {Period::Day, Period::Week, Period::Month}) {
            SpendQuery query{period, {Dimension::Tier, Dimension::Model}, {}, "Europe/Berlin"};
            QCOMPARE(joined(text((*reader)->spend(query).value())), joined(recount.spend(query)));
        }
        QCOMPARE(joined(sorted(texts((*reader)->sessions({}, SessionOrder::Cost, everyRow)->rows))),
                 joined(sorted(recount.sessions({}, SessionOrder::Cost))));
        QCOMPARE(joined(sorted(texts((*reader)->turns({}, everyRow)->rows))),
                 joined(sorted(recount.turns({}))));
        QCOMPARE(joined(texts((*reader)->requests({}, everyRow)->rows)), joined(recount.requests({})));
    }

    void anEmptyStore() {
        const StoreFolder folder;
        VERIFY_RESULT(folder.open());
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        QVERIFY((*reader)->sessions({}, SessionOrder::Cost, 10)->rows.empty());
        QVERIFY((*reader)->turns({}, 10)->rows.empty());
        QVERIFY((*reader)->requests({}, 10)->rows.empty());
        QVERIFY((*reader)->spend({})->rows.empty());
        SpendQuery tokyo;
        tokyo.timeZone = "Asia/Tokyo";
        QVERIFY((*reader)->spend(tokyo)->rows.empty());
        QVERIFY((*reader)->totals({}).value() == Totals());
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
    }

    void newsIsNoticed() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto before = (*reader)->dataVersion().value();
        QCOMPARE((*reader)->dataVersion().value(), before);
        VERIFY_RESULT(testing::recordAndWait(**store, wildRecords(32, 1).front()));
        const auto after = (*reader)->dataVersion().value();
        QVERIFY(after > before);
        QCOMPARE((*reader)->dataVersion().value(), after);
        QCOMPARE((*reader)->totals({})->requests, 1);
    }
};

QTEST_GUILESS_MAIN(StoreReaderTest)
#include "tst_store_reader.moc"
