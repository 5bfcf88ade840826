#include "core/sessions/spend_range.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace tierdeck::sessions {

namespace {

using std::chrono::days;

LocalDay firstOfMonth(LocalDay day) {
    const std::chrono::year_month_day date(day);
    return LocalDay(date.year() / date.month() / 1);
}

LocalDay nextPeriod(Period period, LocalDay start) {
    switch (period) {
    case Period::None:
    case Period::Hour:
    case Period::Day:
        return start + days(1);
    case Period::Week:
        return start + days(7);
    case Period::Month: {
        const std::chrono::year_month_day date(start);
        return LocalDay((date.year() / date.month() + std::chrono::months(1)) / 1);
    }
    }
    return start + days(1);
}

} // namespace

TimeRange rangeOf(const RangeChoice& choice, UtcTime now, const TimeZone& zone,
                  const std::optional<std::pair<UtcTime, UtcTime>>& extent) {
    LocalDays local(zone);
    const LocalDay today = local.dayOf(now);
    LocalDay first = today;
    LocalDay last = today;
    switch (choice.kind) {
    case RangeKind::Today:
        break;
    case RangeKind::Last7Days:
        first = today - days(6);
        break;
    case RangeKind::Last30Days:
        first = today - days(29);
        break;
    case RangeKind::Last90Days:
        first = today - days(89);
        break;
    case RangeKind::ThisMonth:
        first = firstOfMonth(today);
        last = nextPeriod(Period::Month, first) - days(1);
        break;
    case RangeKind::LastMonth:
        last = firstOfMonth(today) - days(1);
        first = firstOfMonth(last);
        break;
    case RangeKind::All:
        if (extent) {
            first = std::min(today, local.dayOf(extent->first));
            last = std::max(today, local.dayOf(extent->second));
        }
        break;
    case RangeKind::Custom:
        first = std::min(choice.first, choice.last);
        last = std::max(choice.first, choice.last);
        break;
    }
    return {zone.startOf(first), zone.startOf(last + days(1))};
}

std::vector<NamedPeriod> periodsIn(const TimeRange& range, Period period, const TimeZone& zone) {
    std::vector<NamedPeriod> spans;
    if (range.since >= range.until)
        return spans;
    if (period == Period::None) {
        spans.push_back({{}, range.since, range.until});
        return spans;
    }
    LocalDays local(zone);
    if (period == Period::Hour) {
        // The next hour begins where startOfHour() says something else: after an hour, or after half of one
        // where the clock is set then.
        for (UtcTime at = range.since; at < range.until;) {
            const UtcTime start = local.startOfHour(at);
            UtcTime next = local.startOfHour(start + std::chrono::minutes(30));
            if (next <= start)
                next = local.startOfHour(start + std::chrono::hours(1));
            if (next <= at)
                next = at + std::chrono::hours(1);
            spans.push_back({hourText(start, zone), at, std::min(next, range.until)});
            at = next;
        }
        return spans;
    }
    LocalDay start = startOfPeriod(period, local.dayOf(range.since));
    for (UtcTime from = range.since; from < range.until;) {
        const LocalDay next = nextPeriod(period, start);
        const UtcTime until = std::min(zone.startOf(next), range.until);
        spans.push_back({periodText(period, start), from, until});
        start = next;
        from = until;
    }
    return spans;
}

LocalDay startOfPeriod(Period period, LocalDay day) {
    switch (period) {
    case Period::None:
        return LocalDay{};
    case Period::Hour:
    case Period::Day:
        return day;
    case Period::Week:
        return day - days(static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1);
    case Period::Month:
        return firstOfMonth(day);
    }
    return day;
}

std::string periodText(Period period, LocalDay start) {
    switch (period) {
    case Period::None:
    case Period::Hour:
        return {};
    case Period::Day:
        return isoDate(start);
    case Period::Week:
        return isoWeek(start);
    case Period::Month:
        return isoMonth(start);
    }
    return {};
}

std::string hourText(UtcTime start, const TimeZone& zone) {
    const auto offset = std::chrono::duration_cast<std::chrono::minutes>(zone.offsetAt(start));
    const auto local = start.time_since_epoch() + offset;
    const auto day = std::chrono::floor<days>(local);
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(local - day).count();
    const auto ahead = std::abs(offset.count());
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "T%02d:%02d%c%02d:%02d", static_cast<int>(minutes / 60),
                  static_cast<int>(minutes % 60), offset.count() < 0 ? '-' : '+',
                  static_cast<int>(ahead / 60), static_cast<int>(ahead % 60));
    return isoDate(LocalDay(day)) + text.data();
}

} // namespace tierdeck::sessions
