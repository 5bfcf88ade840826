#include "core/sessions/spend_forecast.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tierdeck::sessions {

namespace {

constexpr std::size_t fewestDays = 3;
constexpr std::size_t mostDays = 56;
constexpr std::size_t fewestOfKind = 2;
/// Eight of ten values of a normal distribution lie within so many standard deviations.
constexpr double deviationsOfFourFifths = 1.2816;

bool isWeekend(LocalDay day) {
    return std::chrono::weekday(day).iso_encoding() >= 6;
}

struct Kind {
    double mean = 0;
    double variance = 0;
    std::size_t days = 0;
};

Kind kindOf(const std::vector<double>& costs) {
    Kind kind;
    kind.days = costs.size();
    for (const double cost : costs)
        kind.mean += cost / static_cast<double>(costs.size());
    for (const double cost : costs)
        kind.variance += (cost - kind.mean) * (cost - kind.mean);
    kind.variance /= static_cast<double>(std::max<std::size_t>(1, costs.size() - 1));
    return kind;
}

NanoUsd rounded(double nano) {
    constexpr double most = 9.0e18;
    return NanoUsd(static_cast<std::int64_t>(std::llround(std::clamp(nano, 0.0, most))));
}

} // namespace

std::vector<ForecastPoint> forecastSpend(const ForecastInput& input) {
    std::vector<ForecastPoint> points;
    if (input.daysBefore.size() < fewestDays || input.lastDay < input.today)
        return points;
    std::array<std::vector<double>, 2> costs; // of weekdays, of weekends
    std::vector<double> all;
    const std::size_t used = std::min(mostDays, input.daysBefore.size());
    for (std::size_t i = 0; i < used; ++i) {
        const LocalDay day = input.today - std::chrono::days(static_cast<int>(i) + 1);
        const auto cost = static_cast<double>(input.daysBefore[input.daysBefore.size() - 1 - i].value);
        costs[isWeekend(day) ? 1 : 0].push_back(cost);
        all.push_back(cost);
    }
    const Kind anyDay = kindOf(all);
    std::array<Kind, 2> kinds{};
    for (std::size_t i = 0; i < kinds.size(); ++i)
        kinds[i] = costs[i].size() < fewestOfKind ? anyDay : kindOf(costs[i]);

    const auto spent = static_cast<double>((input.spentBefore + input.spentToday).value);
    double expected = spent;
    double ofDays = 0;                  // variance of single days
    std::array<double, 2> daysOfKind{}; // whose mean may itself be wrong
    double left = 1 - std::clamp(input.partOfToday, 0.0, 1.0);
    for (LocalDay day = input.today; day <= input.lastDay; day += std::chrono::days(1)) {
        const std::size_t which = isWeekend(day) ? 1 : 0;
        const Kind& kind = kinds[which];
        expected += kind.mean * left;
        ofDays += kind.variance * left;
        daysOfKind[which] += left;
        left = 1;
        double variance = ofDays;
        for (std::size_t i = 0; i < kinds.size(); ++i)
            variance +=
                daysOfKind[i] * daysOfKind[i] * kinds[i].variance / static_cast<double>(kinds[i].days);
        const double around = deviationsOfFourFifths * std::sqrt(variance);
        points.push_back({day, rounded(expected), rounded(std::max(spent, expected - around)),
                          rounded(expected + around)});
    }
    return points;
}

} // namespace tierdeck::sessions
