#include "core/sessions/spend_forecast.h"
#include "tests/support/record_generator.h"

#include <QTest>

#include <chrono>

using namespace tierdeck;
using namespace tierdeck::sessions;

namespace {

constexpr std::int64_t dollar = 1'000'000'000;

/// Saturday, the 21st of November 2026.
const LocalDay today(std::chrono::year(2026) / std::chrono::November / 21);

ForecastInput inputOf(std::vector<std::int64_t> dollars) {
    ForecastInput input;
    input.today = today;
    input.lastDay = today + std::chrono::days(9); // the month's last
    for (const std::int64_t one : dollars)
        input.daysBefore.emplace_back(one * dollar);
    return input;
}

} // namespace

class SpendForecastTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void tooLittleIsKnown() {
        QVERIFY(forecastSpend(inputOf({})).empty());
        QVERIFY(forecastSpend(inputOf({5, 5})).empty());
        ForecastInput over = inputOf({5, 5, 5});
        over.lastDay = today - std::chrono::days(1);
        QVERIFY(forecastSpend(over).empty());
    }

    void whatIsEvenGoesOn() {
        ForecastInput input = inputOf(std::vector<std::int64_t>(20, 4));
        input.spentBefore = NanoUsd(80 * dollar);
        input.spentToday = NanoUsd(1 * dollar);
        input.partOfToday = 0.75;
        const auto points = forecastSpend(input);
        QCOMPARE(points.size(), std::size_t{10});
        QVERIFY(points.front().day == today);
        QVERIFY(points.back().day == input.lastDay);
        QCOMPARE(points.front().expected.value, 82 * dollar); // a quarter of a day is left
        QCOMPARE(points.back().expected.value, 118 * dollar);
        QVERIFY(points.back().low == points.back().expected);
        QVERIFY(points.back().high == points.back().expected);
    }

    void weekendsAreNotWeekdays() {
        // Three weeks to Friday: 10 on weekdays, 1 on Saturdays and Sundays.
        std::vector<std::int64_t> days;
        for (int back = 21; back >= 1; --back) {
            const auto day = std::chrono::weekday(today - std::chrono::days(back)).iso_encoding();
            days.push_back(day >= 6 ? 1 : 10);
        }
        ForecastInput input = inputOf(days);
        const auto points = forecastSpend(input);
        // 21, 22, 28, 29 are a weekend's; six weekdays.
        QCOMPARE(points.back().expected.value, 64 * dollar);
        QCOMPARE(points[1].expected.value, 2 * dollar);
        QCOMPARE(points[2].expected.value, 12 * dollar);
    }

    void theIntervalGrowsAndHoldsWhatIsSpent() {
        ForecastInput input = inputOf({0, 9, 1, 8, 2, 7, 3, 6, 4, 5, 0, 9, 1, 8, 2, 7, 3, 6, 4, 5});
        input.spentBefore = NanoUsd(50 * dollar);
        const auto points = forecastSpend(input);
        for (std::size_t i = 0; i < points.size(); ++i) {
            QVERIFY(points[i].low <= points[i].expected && points[i].expected <= points[i].high);
            QVERIFY(points[i].low >= input.spentBefore);
            if (i > 0) {
                QVERIFY(points[i].expected >= points[i - 1].expected);
                QVERIFY(points[i].high - points[i].expected >= points[i - 1].high - points[i - 1].expected);
            }
        }
        QVERIFY(points.back().high > points.back().expected);
    }

    /// The interval promises four of five; months of drawn days are held against it.
    void fourOfFiveComeTrue() {
        testing::Random random(7);
        int inside = 0;
        constexpr int months = 2000;
        for (int month = 0; month < months; ++month) {
            std::vector<std::int64_t> days;
            for (int i = 0; i < 42; ++i)
                days.push_back(10 + random.below(80));
            ForecastInput input = inputOf(days);
            std::int64_t truth = 0;
            for (int i = 0; i < 10; ++i)
                truth += (10 + random.below(80)) * dollar;
            const ForecastPoint end = forecastSpend(input).back();
            inside += end.low.value <= truth && truth <= end.high.value ? 1 : 0;
        }
        const double share = static_cast<double>(inside) / months;
        QVERIFY2(share > 0.76 && share < 0.86, QByteArray::number(share).constData());
    }

    void onlyTheLastEightWeeksCount() {
        std::vector<std::int64_t> days(100, 1000);
        days.insert(days.end(), 56, 1);
        QCOMPARE(forecastSpend(inputOf(days)).back().expected.value, 10 * dollar);
    }
};

QTEST_GUILESS_MAIN(SpendForecastTest)
#include "tst_spend_forecast.moc"
