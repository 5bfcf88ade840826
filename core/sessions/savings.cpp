#include "core/sessions/savings.h"

#include <chrono>
#include <optional>
#include <string>

namespace tierdeck::sessions {

namespace {

bool same(const pricing::Rates& a, const pricing::Rates& b) {
    return a.input == b.input && a.output == b.output && a.cachedInput == b.cachedInput &&
           a.cacheWrite5m == b.cacheWrite5m && a.cacheWrite1h == b.cacheWrite1h;
}

/// Whether every prompt of a day is billed at one price.
bool isFlat(const pricing::ModelPrice& baseline, UtcTime noon) {
    constexpr std::int64_t longestPrompt = 1'000'000'000;
    const auto atNoon = baseline.rates(noon);
    if (!atNoon)
        return true;
    const auto ofLong = baseline.rates(noon, longestPrompt);
    if (!ofLong || !same(*atNoon, *ofLong))
        return false;
    for (int hour = -12; hour < 12; ++hour) {
        const auto then = baseline.rates(noon + std::chrono::hours(hour));
        if (!then || !same(*atNoon, *then))
            return false;
    }
    return true;
}

} // namespace

Grouping savingsGrouping() {
    return {Period::Day, {Dimension::Model}};
}

Savings savingsAgainst(std::string_view model, const SpendResult& byDay, const pricing::PriceTable& prices) {
    Savings savings;
    const auto slash = model.find('/');
    if (slash == std::string_view::npos)
        return savings;
    const pricing::ModelPrice baseline = prices.price(model.substr(0, slash), model.substr(slash + 1));
    std::string day;
    UtcTime noon{};
    for (const SpendRow& row : byDay.rows) {
        if (row.totals.unpricedRequests > 0 || row.totals.simulatedRequests > 0) {
            savings.leftOut += row.totals.requests;
            continue;
        }
        if (row.period != day) {
            const auto midnight = parseRfc3339(row.period);
            if (!midnight)
                return {};
            day = row.period;
            noon = *midnight + std::chrono::hours(12);
            savings.estimated = savings.estimated || !isFlat(baseline, noon);
        }
        pricing::PricedRequest sum;
        sum.usage = row.totals.usage;
        sum.time = noon;
        const auto cost = baseline.costOfSum(sum, row.totals.usage.prompt() / row.totals.requests);
        if (!cost)
            return {};
        savings.baseline += *cost;
        savings.actual += row.totals.cost;
        savings.requests += row.totals.requests;
    }
    savings.priced = savings.requests > 0;
    return savings;
}

} // namespace tierdeck::sessions
