// Ranges of days and the periods they consist of, in a time zone: what "the last 30 days" or "this month" is
// at some moment, and every hour, day, week or month in it, days of 23 and 25 hours included. Pure functions;
// any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/sessions/store_reader.h"
#include "core/sessions/time_zone.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

/// Last 7 days: today and the six before. Months are the calendar's.
enum class RangeKind { Today, Last7Days, Last30Days, Last90Days, ThisMonth, LastMonth, All, Custom };

struct RangeChoice {
    RangeKind kind = RangeKind::Last30Days;
    LocalDay first{}; ///< Custom: both are in it
    LocalDay last{};
    bool operator==(const RangeChoice&) const = default;
};

struct TimeRange {
    UtcTime since{}; ///< inclusive
    UtcTime until{}; ///< exclusive
    bool operator==(const TimeRange&) const = default;
};

/// Whole days; this month to its end, All from the first request's day (today where there is none) to the
/// later of today and the last request's day.
[[nodiscard]] TimeRange rangeOf(const RangeChoice& choice, UtcTime now, const TimeZone& zone,
                                const std::optional<std::pair<UtcTime, UtcTime>>& extent);

/// As SpendRow::period names it; cut at the range's ends.
struct NamedPeriod {
    std::string text;
    UtcTime from{};
    UtcTime until{};
};

/// Without a gap, in order. Period::None is one span.
[[nodiscard]] std::vector<NamedPeriod> periodsIn(const TimeRange& range, Period period, const TimeZone& zone);

/// The first day of the period (a day, week or month) that holds `day`.
[[nodiscard]] LocalDay startOfPeriod(Period period, LocalDay day);
[[nodiscard]] std::string periodText(Period period, LocalDay start);
/// "2026-11-21T14:00+01:00": the offset tells the two hours apart that a clock shows twice.
[[nodiscard]] std::string hourText(UtcTime start, const TimeZone& zone);

} // namespace tierdeck::sessions
