// What a period will have cost at its end, from the days before: a calm extrapolation that knows weekdays
// from weekends and says how sure it is. Pure; any thread.
#pragma once

#include "core/foundation/strong_type.h"
#include "core/sessions/time_zone.h"

#include <optional>
#include <vector>

namespace tierdeck::sessions {

struct ForecastInput {
    LocalDay today{};
    /// Cost of each whole day before today, oldest first, the last one yesterday's; from the first day on
    /// which anything was spent. At least 3 are needed; the last 56 are used.
    std::vector<NanoUsd> daysBefore;
    NanoUsd spentBefore;    ///< in the period, before today
    NanoUsd spentToday;     ///< so far
    double partOfToday = 0; ///< how much of today is over, 0 to 1
    LocalDay lastDay{};     ///< of the period; not before today
};

struct ForecastPoint {
    LocalDay day{};
    NanoUsd expected; ///< spent in the period by the end of that day
    NanoUsd low;      ///< four times out of five it is between these two
    NanoUsd high;
};

/// Today and every day to the last; empty where too little is known.
[[nodiscard]] std::vector<ForecastPoint> forecastSpend(const ForecastInput& input);

} // namespace tierdeck::sessions
