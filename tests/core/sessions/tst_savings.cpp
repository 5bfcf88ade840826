#include "core/sessions/savings.h"
#include "core/sessions/time_zone.h"
#include "tests/core/sessions/store_fixture.h"
#include "tests/support/record_generator.h"

#include <QTest>

#include <cstdlib>
#include <set>
#include <string>
#include <utility>

using namespace tierdeck;
using namespace tierdeck::sessions;
using testing::StoreFolder;

namespace {

pricing::PriceTable prices() {
    return pricing::PriceTable::parse(R"({
      "acme/flat": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write_5m": 3.75, "cache_write_1h": 6},
      "acme/long": {"input": 1, "output": 2, "tiers": [{"above_prompt_tokens": 200000, "input": 2, "output": 4}]}})")
        .value();
}

} // namespace

class SavingsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    /// Request by request, from the records themselves.
    void isTheRecount() {
        testing::GeneratorOptions options;
        options.requests = 4000;
        options.days = 40;
        const auto records = testing::RecordGenerator(options).all();
        const StoreFolder folder;
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, records);
        }
        auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto grouping = savingsGrouping();
        const auto byDay = (*reader)->spend({grouping.period, grouping.by, {}, {}});
        VERIFY_RESULT(byDay);
        const auto table = prices();
        const Savings savings = savingsAgainst("acme/flat", *byDay, table);
        QVERIFY(savings.priced);
        QVERIFY(!savings.estimated);

        LocalDays days(TimeZone::find("Europe/Berlin").value());
        const auto keyOf = [&days](const routing::RequestRecord& record) {
            return std::pair(isoDate(days.dayOf(record.time)), record.model.value_or(""));
        };
        std::set<std::pair<std::string, std::string>> unknown;
        for (const auto& record : records) {
            if (!record.cost || record.simulated)
                unknown.insert(keyOf(record));
        }
        std::int64_t baseline = 0;
        std::int64_t actual = 0;
        std::int64_t compared = 0;
        for (const auto& record : records) {
            if (unknown.count(keyOf(record)) > 0)
                continue;
            baseline += table.cost({"acme", "flat", record.usage, record.time})->value;
            actual += record.cost->value;
            ++compared;
        }
        QVERIFY(compared > 3000);
        QVERIFY(compared < 4000); // some are left out, or the test says little
        QCOMPARE(savings.requests, compared);
        QCOMPARE(savings.leftOut, 4000 - compared);
        QCOMPARE(savings.actual.value, actual);
        // A request's cost is rounded to the nano-dollar, a sum's once.
        QVERIFY(std::abs(savings.baseline.value - baseline) <= compared);
        QCOMPARE(savings.saved().value, savings.baseline.value - savings.actual.value);
    }

    void aPriceThatDependsOnThePromptIsAnEstimate() {
        SpendResult byDay;
        SpendRow& row = byDay.rows.emplace_back();
        row.period = "2026-11-20";
        row.keys = {"x/y"};
        row.totals.requests = 2;
        row.totals.usage.input = 600'000; // 300,000 each: above the step
        const Savings savings = savingsAgainst("acme/long", byDay, prices());
        QVERIFY(savings.priced);
        QVERIFY(savings.estimated);
        QCOMPARE(savings.baseline.value, 1'200'000'000);
        byDay.rows.front().totals.requests = 6; // 100,000 each
        QCOMPARE(savingsAgainst("acme/long", byDay, prices()).baseline.value, 600'000'000);
    }

    void theUnknownIsNotFree() {
        SpendResult byDay;
        SpendRow& row = byDay.rows.emplace_back();
        row.period = "2026-11-20";
        row.keys = {"x/y"};
        row.totals.requests = 2;
        row.totals.usage.input = 1000;
        QVERIFY(!savingsAgainst("acme/none", byDay, prices()).priced);
        QVERIFY(!savingsAgainst("none", byDay, prices()).priced);
        row.totals.unpricedRequests = 1;
        const Savings mixed = savingsAgainst("acme/flat", byDay, prices());
        QVERIFY(!mixed.priced);
        QCOMPARE(mixed.leftOut, 2);
        QCOMPARE(mixed.baseline.value, 0);
    }
};

QTEST_GUILESS_MAIN(SavingsTest)
#include "tst_savings.moc"
