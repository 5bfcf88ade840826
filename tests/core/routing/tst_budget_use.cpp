#include "core/routing/budget_use.h"

#include <QTest>

#include <array>

using namespace tierdeck;
using namespace tierdeck::routing;

namespace {

constexpr std::int64_t dollar = 1'000'000'000;

NanoUsd usd(double amount) {
    return NanoUsd(static_cast<std::int64_t>(amount * 1e9));
}

UtcTime at(const char* text) {
    return parseRfc3339(text).value();
}

const PeriodSpan november{at("2026-11-01"), at("2026-12-01")};

} // namespace

class BudgetUseTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void scopes_data() {
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("wanted");
        QTest::addColumn<bool>("counts");
        const auto row = [](const char* field, const char* wanted, bool counts) {
            QTest::addRow("%s %s", field, wanted) << QByteArray(field) << QByteArray(wanted) << counts;
        };
        row("none", "", true);
        row("provider", "openai", true);
        row("provider", "open", false);
        row("provider", "anthropic", false);
        row("model", "openai/gpt-5.2", true);
        row("model", "openai/gpt-5*", true);
        row("model", "*/gpt-5.2", true);
        row("model", "openai", true);
        row("model", "openai/gpt-5", false);
        row("model", "anthropic/*", false);
        row("tier", "coding", true);
        row("tier", "deep", false);
        row("project", "shop", true);
        row("project", "sho", false);
        row("client", "codex", true);
        row("client", "claude", false);
        row("token", "ci", true);
        row("token", "laptop", false);
    }

    void scopes() {
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, wanted);
        QFETCH(bool, counts);
        BudgetScope scope;
        (field == "provider"  ? scope.provider
         : field == "model"   ? scope.model
         : field == "tier"    ? scope.tier
         : field == "project" ? scope.project
         : field == "client"  ? scope.client
                              : scope.token) = wanted.toStdString();
        QCOMPARE(isInScope(scope, {"openai/gpt-5.2", "coding", "shop", "codex", "ci"}), counts);
    }

    void allThatAreSetMustHold() {
        BudgetScope scope;
        scope.provider = "openai";
        scope.project = "shop";
        QVERIFY(isInScope(scope, {"openai/a", "", "shop", "", ""}));
        QVERIFY(!isInScope(scope, {"openai/a", "", "infra", "", ""}));
        QVERIFY(!isInScope(scope, {"", "", "shop", "", ""}));
    }

    // used + mean * rest: 20 + 2 * 10 days.
    void aForecastOfEvenDaysHasNoSpread() {
        const std::vector<NanoUsd> days(28, usd(2));
        const Forecast found = forecast(usd(20), november, at("2026-11-21"), days);
        QCOMPARE(found.expected.value, 40 * dollar);
        QCOMPARE(found.low.value, 40 * dollar);
        QCOMPARE(found.high.value, 40 * dollar);
    }

    // Days of 1 and 3 in turn: mean 2, standard deviation sqrt(28/27), over 4 days twice that, times 1.2816.
    void aForecastSaysHowSureItIs() {
        std::vector<NanoUsd> days;
        for (int i = 0; i < 28; ++i)
            days.push_back(usd(i % 2 ? 1 : 3));
        const Forecast found = forecast(usd(20), november, at("2026-11-27"), days);
        QCOMPARE(found.expected.value, 28 * dollar);
        const double spread = 1.2816 * std::sqrt(28.0 / 27.0) * 2;
        QVERIFY(std::abs(static_cast<double>(found.high.value - found.expected.value) / 1e9 - spread) < 1e-6);
        QVERIFY(std::abs(static_cast<double>(found.expected.value - found.low.value) / 1e9 - spread) < 1e-6);
    }

    void withoutHistoryThePaceGoesOn() {
        const std::array<NanoUsd, 2> days{usd(3), usd(3)};
        const Forecast found = forecast(usd(9), november, at("2026-11-11"), days);
        QCOMPARE(found.expected.value, 69 * dollar); // the two and today made 9, and 20 are to come
        // Spent within the period, which is younger than the history.
        QCOMPARE(forecast(usd(4), november, at("2026-11-02"), days).expected.value, 120 * dollar);
        // On the first day of all.
        QCOMPARE(forecast(usd(1), november, at("2026-11-21"), {}).expected.value, 11 * dollar);
        QVERIFY(found.low == found.expected && found.high == found.expected);
        QCOMPARE(forecast(usd(10), november, november.from, {}).expected.value, 10 * dollar);
    }

    void aForecastIsNeverLessThanWhatIsSpent() {
        std::vector<NanoUsd> days(28, NanoUsd(0));
        days.front() = usd(1000);
        const Forecast found = forecast(usd(20), november, at("2026-11-30"), days);
        QCOMPARE(found.low.value, 20 * dollar);
        const Forecast late = forecast(usd(20), november, at("2026-12-05"), days);
        QVERIFY(late.expected == usd(20) && late.high == usd(20));
    }

    void states_data() {
        QTest::addColumn<double>("used");
        QTest::addColumn<QByteArray>("state");
        QTest::newRow("nothing") << 0.0 << QByteArray("ok");
        QTest::newRow("under the first") << 24.99 << QByteArray("ok");
        QTest::newRow("at the first") << 25.0 << QByteArray("alert");
        QTest::newRow("just under") << 49.999999999 << QByteArray("alert");
        QTest::newRow("at the limit") << 50.0 << QByteArray("exceeded");
        QTest::newRow("beyond") << 500.0 << QByteArray("exceeded");
    }

    void states() {
        QFETCH(double, used);
        QFETCH(QByteArray, state);
        Budget budget;
        budget.limit = usd(50);
        budget.alertAtPercent = {50, 80, 95};
        QCOMPARE(std::string(stateOf(budget, usd(used))), state.toStdString());
        budget.alertAtPercent.clear();
        QCOMPARE(stateOf(budget, usd(used)) == "exceeded", used >= 50);
        QVERIFY(stateOf(budget, usd(used)) != "alert");
    }

    void thresholds() {
        Budget budget;
        budget.alertAtPercent = {50, 80, 95};
        QVERIFY(!alertReached(budget, 49.9));
        QVERIFY(alertReached(budget, 50) == 50.0);
        QVERIFY(alertReached(budget, 94) == 80.0);
        QVERIFY(alertReached(budget, 300) == 95.0);
    }

    void sentences() {
        QCOMPARE(sentence({BudgetAlert::Kind::Threshold, "Monthly", 81.9, usd(40.5), usd(50)}),
                 std::string("'Monthly' at 81% (40.50 of 50.00 USD)"));
        QCOMPARE(sentence({BudgetAlert::Kind::Burst, "Monthly", 124, usd(6.2), usd(5)}),
                 std::string("'Monthly' is spent in a burst (6.20 of 5.00 USD)"));
        QCOMPARE(sentence({BudgetAlert::Kind::Threshold, "Daily", 104, usd(0.00416), usd(0.004)}),
                 std::string("'Daily' at 104% (0.00416 of 0.004 USD)"));
        QCOMPARE(sentence({BudgetAlert::Kind::Threshold, "Daily", 50, usd(0.25), usd(0.5)}),
                 std::string("'Daily' at 50% (0.25 of 0.50 USD)"));
    }
};

QTEST_GUILESS_MAIN(BudgetUseTest)
#include "tst_budget_use.moc"
