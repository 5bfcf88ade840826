// Where the periods of budgets begin and end in a time zone: days of 23 to 25 hours, weeks from Monday,
// months. Pure; any thread.
#pragma once

#include "core/routing/budget_use.h"
#include "core/sessions/time_zone.h"

namespace tierdeck::sessions {

/// The local days [first, end) of the period that `day` lies in. A session has no days of its own: one day.
struct DaySpan {
    LocalDay first;
    LocalDay end;
};

[[nodiscard]] DaySpan daysOf(routing::BudgetPeriod period, LocalDay day);
[[nodiscard]] routing::PeriodSpan periodAt(routing::BudgetPeriod period, UtcTime time, const TimeZone& zone);

} // namespace tierdeck::sessions
