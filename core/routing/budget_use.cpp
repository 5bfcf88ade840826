#include "core/routing/budget_use.h"

#include "core/foundation/glob.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tierdeck::routing {

namespace {

constexpr double msOfDay = 86'400'000;
/// Of the normal distribution: four times out of five within so many standard deviations.
constexpr double fourOutOfFive = 1.2816;
constexpr std::size_t fewestDays = 3;

bool holds(std::string_view wanted, std::string_view actual) {
    return wanted.empty() || wanted == actual;
}

std::string_view providerOf(std::string_view model) {
    return model.substr(0, model.find('/'));
}

double daysBetween(UtcTime from, UtcTime until) {
    return std::max(0.0, static_cast<double>((until - from).count()) / msOfDay);
}

NanoUsd atLeast(NanoUsd used, double amount) {
    constexpr double most = 9e18;
    return std::max(used, NanoUsd(std::llround(std::min(amount, most))));
}

/// At least two decimals; below a dollar as many more as are told, so that fractions of a cent do not read as
/// nothing.
std::string dollars(NanoUsd amount) {
    const double value = static_cast<double>(amount.value) / 1e9;
    char text[48];
    std::snprintf(text, sizeof text, "%.*f", std::abs(value) < 1 ? 6 : 2, value);
    std::string shown = text;
    while (shown.ends_with('0') && shown.size() - shown.find('.') > 3)
        shown.pop_back();
    return shown;
}

} // namespace

bool isInScope(const BudgetScope& scope, const SpendKey& key) {
    const auto meansModel = [&] {
        return scope.model.find('/') == std::string::npos ? matchesGlob(scope.model, providerOf(key.model))
                                                          : matchesGlob(scope.model, key.model);
    };
    return holds(scope.provider, providerOf(key.model)) && holds(scope.tier, key.tier) &&
           holds(scope.project, key.project) && holds(scope.client, key.client) &&
           holds(scope.token, key.token) && (scope.model.empty() || meansModel());
}

Forecast forecast(NanoUsd used, const PeriodSpan& period, UtcTime now, std::span<const NanoUsd> pastDays) {
    const double rest = daysBetween(now, period.until);
    const auto soFar = static_cast<double>(used.value);
    if (pastDays.size() < fewestDays) {
        // Days of the period on which nothing was recorded yet tell nothing: a store that began on the 20th
        // did not take twenty days to spend what it did. Today counts as a whole day.
        const double gone = std::min(daysBetween(period.from, now), static_cast<double>(pastDays.size()) + 1);
        const NanoUsd expected = atLeast(used, gone > 0 ? soFar + soFar / gone * rest : soFar);
        return {expected, expected, expected};
    }
    const auto count = static_cast<double>(pastDays.size());
    double mean = 0;
    for (const NanoUsd day : pastDays)
        mean += static_cast<double>(day.value) / count;
    double variance = 0;
    for (const NanoUsd day : pastDays)
        variance += std::pow(static_cast<double>(day.value) - mean, 2) / (count - 1);
    const double spread = fourOutOfFive * std::sqrt(variance * rest);
    const double expected = soFar + mean * rest;
    return {atLeast(used, expected), atLeast(used, expected - spread), atLeast(used, expected + spread)};
}

double percentOf(NanoUsd used, NanoUsd limit) {
    return limit.value > 0 ? 100.0 * static_cast<double>(used.value) / static_cast<double>(limit.value) : 0.0;
}

std::optional<double> alertReached(const Budget& budget, double percent) {
    std::optional<double> reached;
    for (const double threshold : budget.alertAtPercent) {
        if (percent >= threshold && (!reached || threshold > *reached))
            reached = threshold;
    }
    return reached;
}

std::string_view stateOf(const Budget& budget, NanoUsd used) {
    if (used >= budget.limit)
        return "exceeded";
    return alertReached(budget, percentOf(used, budget.limit)) ? "alert" : "ok";
}

std::string sentence(const BudgetAlert& alert) {
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.0f", std::floor(alert.percent));
    const std::string amounts = " (" + dollars(alert.used) + " of " + dollars(alert.limit) + " USD)";
    if (alert.kind == BudgetAlert::Kind::Burst)
        return "'" + alert.budget + "' is spent in a burst" + amounts;
    return "'" + alert.budget + "' at " + percent + "%" + amounts;
}

} // namespace tierdeck::routing
