#include "core/routing/packed_decision.h"
#include "tests/support/record_generator.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace tierdeck;
using namespace tierdeck::testing;
using routing::RequestRecord;

namespace {

std::vector<RequestRecord> generate(std::int64_t requests, std::uint64_t seed = 1) {
    GeneratorOptions options;
    options.requests = requests;
    options.seed = seed;
    return RecordGenerator(options).all();
}

} // namespace

class RecordGeneratorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void asManyAsAskedForInOrder_data() {
        QTest::addColumn<int>("count");
        for (const int count : {0, 1, 10, 999, 20'000})
            QTest::addRow("%d", count) << count;
    }

    void asManyAsAskedForInOrder() {
        QFETCH(int, count);
        const auto records = generate(count);
        QCOMPARE(records.size(), static_cast<std::size_t>(count));
        const GeneratorOptions defaults;
        for (std::size_t i = 0; i < records.size(); ++i) {
            QCOMPARE(records[i].request.value, static_cast<std::int64_t>(i) + 1);
            QVERIFY(i == 0 || records[i - 1].time <= records[i].time);
            QVERIFY(records[i].time + std::chrono::milliseconds(records[i].latencyMs) <= defaults.end);
        }
    }

    void theSameSeedGivesTheSame() {
        const auto first = generate(500, 7);
        const auto second = generate(500, 7);
        const auto other = generate(500, 8);
        bool differs = false;
        for (std::size_t i = 0; i < first.size(); ++i) {
            QCOMPARE(first[i].session, second[i].session);
            QVERIFY(first[i].usage == second[i].usage && first[i].cost == second[i].cost);
            QCOMPARE(first[i].decision, second[i].decision);
            differs = differs || first[i].session != other[i].session;
        }
        QVERIFY(differs);
    }

    void everythingOccurs() {
        const auto records = generate(20'000);
        const auto share = [&records](const auto& is) {
            return static_cast<double>(std::count_if(records.begin(), records.end(), is)) /
                   static_cast<double>(records.size());
        };
        const auto between = [](double low, double value, double high) {
            return low <= value && value <= high;
        };
        QVERIFY(between(0.001, share([](const auto& r) { return r.status == "error"; }), 0.02));
        QVERIFY(between(0.003, share([](const auto& r) { return r.status == "cancelled"; }), 0.05));
        QVERIFY(between(0.01, share([](const auto& r) { return !r.cost; }), 0.2));
        QVERIFY(between(0.002, share([](const auto& r) { return r.simulated; }), 0.1));
        QVERIFY(between(0.02, share([](const auto& r) { return !r.agent.empty(); }), 0.4));
        QVERIFY(between(0.005, share([](const auto& r) { return r.attempts.size() > 1; }), 0.1));
        QVERIFY(between(0.4, share([](const auto& r) { return r.usage.cachedInput > 0; }), 0.98));
        QVERIFY(between(0.01, share([](const auto& r) { return r.source == "gateway" && !r.tier; }), 0.2));
        QVERIFY(between(0.01, share([](const auto& r) { return r.source != "gateway"; }), 0.6));
        QVERIFY(between(0.001, share([](const auto& r) {
                            const auto decision = routing::unpack(r.decision);
                            return decision && decision->unsetWanted == "deep" && r.tier == "smart";
                        }),
                        0.05));
        std::set<std::string> tiers;
        std::set<std::string> clients;
        std::map<std::pair<std::string, int>, std::set<std::string>> tiersOfTurn;
        std::map<std::string, int> turns;
        for (const RequestRecord& record : records) {
            tiers.insert(record.tier.value_or(""));
            clients.insert(record.client);
            if (record.tier)
                tiersOfTurn[{record.session, record.turn}].insert(*record.tier);
            turns[record.session] = std::max(turns[record.session], record.turn);
        }
        QVERIFY(tiers.size() >= 6);
        QVERIFY(clients.size() >= 4);
        QVERIFY(std::any_of(tiersOfTurn.begin(), tiersOfTurn.end(), [](const auto& turn) {
            return turn.second.size() > 1;
        })); // promoted within a turn
        QVERIFY(
            std::any_of(turns.begin(), turns.end(), [](const auto& session) { return session.second > 60; }));
        QVERIFY(std::all_of(turns.begin(), turns.end(),
                            [](const auto& session) { return session.second <= 200; }));
    }

    void recordsAreConsistent() {
        for (const RequestRecord& record : generate(5000)) {
            QVERIFY(!record.session.empty() && record.turn >= 1);
            QVERIFY(record.model && record.model->find('/') != std::string::npos);
            QVERIFY(record.usage.reasoning <= record.usage.output);
            if (record.source == "gateway") {
                QVERIFY(!record.attempts.empty() && !record.reason.empty());
                QCOMPARE(record.attempts.back().model, *record.model);
                const auto decision = routing::unpack(record.decision);
                QVERIFY(decision);
                QVERIFY(decision->tier == record.tier);
            }
            if (record.status == "error")
                QCOMPARE(record.usage.total(), std::int64_t{0});
        }
    }

    void arithmeticOfTheDice() {
        Random random(3);
        double sum = 0;
        for (int i = 0; i < 10'000; ++i) {
            const double unit = random.unit();
            QVERIFY(unit >= 0 && unit < 1);
            sum += unit;
            const std::int64_t below = random.below(7);
            QVERIFY(below >= 0 && below < 7);
            const std::int64_t skewed = random.skewed(3, 9);
            QVERIFY(skewed >= 3 && skewed <= 9);
        }
        QVERIFY(sum > 4800 && sum < 5200);
        QCOMPARE(random.below(1), std::int64_t{0});
    }
};

QTEST_GUILESS_MAIN(RecordGeneratorTest)
#include "tst_record_generator.moc"
