#include "core/sessions/budget_period.h"

namespace tierdeck::sessions {

namespace {

using namespace std::chrono;

LocalDay monthBegin(year_month month) {
    return local_days(month / 1);
}

} // namespace

DaySpan daysOf(routing::BudgetPeriod period, LocalDay day) {
    switch (period) {
    case routing::BudgetPeriod::Week: {
        const LocalDay monday = day - (weekday(day) - Monday);
        return {monday, monday + days(7)};
    }
    case routing::BudgetPeriod::Month: {
        const year_month_day date(day);
        const year_month month(date.year(), date.month());
        return {monthBegin(month), monthBegin(month + months(1))};
    }
    case routing::BudgetPeriod::Session:
    case routing::BudgetPeriod::Day:
        break;
    }
    return {day, day + days(1)};
}

routing::PeriodSpan periodAt(routing::BudgetPeriod period, UtcTime time, const TimeZone& zone) {
    LocalDays local(zone);
    const DaySpan span = daysOf(period, local.dayOf(time));
    return {zone.startOf(span.first), zone.startOf(span.end)};
}

} // namespace tierdeck::sessions
