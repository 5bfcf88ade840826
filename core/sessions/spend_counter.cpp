#include "core/sessions/spend_counter.h"

#include "core/sessions/schema.h"
#include "core/sessions/spend_range.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <utility>

namespace tierdeck::sessions {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t msOfDay = 86'400'000;
constexpr std::int64_t mostDaysCounted = 92;
constexpr std::int64_t msOfHour = 3'600'000;

/// The columns that the roll-up and the requests have in common, after the day or the time.
constexpr int firstValue = 1;
constexpr int firstSum = firstValue + schema::dimensionCount;

UtcTime timeAt(std::int64_t ms) {
    return UtcTime(milliseconds(ms));
}

std::int64_t msOf(UtcTime time) {
    return time.time_since_epoch().count();
}

std::int64_t numberOf(LocalDay day) {
    return day.time_since_epoch().count();
}

LocalDay dayOf(std::int64_t number) {
    return LocalDay(std::chrono::days(static_cast<int>(number)));
}

std::int64_t startOfMonth(std::int64_t day) {
    return numberOf(startOfPeriod(Period::Month, dayOf(day)));
}

DimensionValues valuesFrom(const sqlite::Statement& row) {
    DimensionValues values{};
    int column = firstValue;
    for (std::int64_t& value : values)
        value = row.number(column++);
    return values;
}

Sums sumsFrom(const sqlite::Statement& row) {
    Sums sums{};
    int column = firstSum;
    for (std::int64_t& sum : sums)
        sum = row.number(column++);
    return sums;
}

CombinationFilter filterFor(const Criteria& criteria) {
    return {criteria.values(), criteria.unpriced};
}

} // namespace

struct SpendCounter::Plan {
    bool wholeDays = false;
    Span days{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    std::vector<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>>
        stretches; ///< ms, [from, until)

    bool operator==(const Plan&) const = default;
};

Result<std::vector<SpendResult>> SpendCounter::count(const std::vector<Grouping>& groupings,
                                                     const Criteria& criteria, const std::string& timeZone) {
    TimeZone zone = m_storeZone;
    if (!timeZone.empty()) {
        auto wanted = TimeZone::find(timeZone);
        if (!wanted)
            return tl::unexpected<Error>(std::move(wanted.error()));
        zone = std::move(*wanted);
    }
    auto results = countIn(groupings, criteria, zone);
    if (results || results.error().code != ErrorCode::ParseFailed || !m_trustsPast)
        return results;
    // Sums that are damaged are no loss: whoever does not trust them has the rest of the store.
    m_trustsPast = false;
    return countIn(groupings, criteria, zone);
}

Result<std::vector<SpendResult>> SpendCounter::countIn(const std::vector<Grouping>& groupings,
                                                       const Criteria& criteria, const TimeZone& zone) {
    std::vector<SpendSheet> sheets;
    sheets.reserve(groupings.size());
    std::vector<std::pair<Plan, Sheets>> looks;
    for (auto grouping = groupings.begin(); grouping != groupings.end(); ++grouping) {
        SpendSheet& sheet = sheets.emplace_back(*grouping, zone);
        if (criteria.nothing || std::find(groupings.begin(), grouping, *grouping) != grouping)
            continue; // what is asked for twice is summed once
        auto plan = planFor(grouping->period, criteria, zone);
        if (!plan)
            return tl::unexpected<Error>(std::move(plan.error()));
        const auto same = std::find_if(looks.begin(), looks.end(),
                                       [&plan](const auto& look) { return look.first == *plan; });
        if (same != looks.end())
            same->second.push_back(&sheet);
        else
            looks.emplace_back(std::move(*plan), Sheets{&sheet});
    }
    for (const auto& [plan, filled] : looks) {
        if (auto done = carryOut(plan, criteria, zone, filled); !done)
            return tl::unexpected<Error>(std::move(done.error()));
    }
    std::vector<SpendResult> results;
    results.reserve(sheets.size());
    for (std::size_t i = 0; i < sheets.size(); ++i) {
        const auto first = std::find(groupings.begin(), groupings.end(), groupings[i]) - groupings.begin();
        if (static_cast<std::size_t>(first) < i) {
            results.push_back(results[static_cast<std::size_t>(first)]);
            continue;
        }
        auto result = sheets[i].result(m_names);
        if (!result)
            return tl::unexpected<Error>(std::move(result.error()));
        results.push_back(std::move(*result));
    }
    return results;
}

Result<void> SpendCounter::carryOut(const Plan& plan, const Criteria& criteria, const TimeZone& zone,
                                    const Sheets& sheets) {
    if (plan.wholeDays) {
        const auto until = summedUntil();
        if (!until)
            return tl::unexpected<Error>(until.error());
        const auto [first, end] = plan.days;
        const std::int64_t border = std::clamp(until->value_or(first), first, end);
        if (first < border) {
            if (auto added = addPastDays({first, border}, criteria, sheets); !added)
                return added;
        }
        if (border < end) {
            if (auto added = addDays({border, end}, criteria, sheets); !added)
                return added;
        }
    }
    for (const auto& [fromMs, untilMs] : plan.stretches) {
        Criteria part = criteria;
        part.sinceMs = fromMs;
        part.untilMs = untilMs;
        if (auto added = addStretch(part, zone, sheets); !added)
            return added;
    }
    return {};
}

Result<std::optional<std::int64_t>> SpendCounter::summedUntil() {
    if (!m_trustsPast)
        return std::optional<std::int64_t>();
    return m_past.until();
}

Result<SpendCounter::Plan> SpendCounter::planFor(Period period, const Criteria& criteria,
                                                 const TimeZone& zone) {
    Plan counted;
    counted.stretches.emplace_back(criteria.sinceMs, criteria.untilMs);
    if (criteria.needsRequests() || criteria.unpriced)
        return counted;
    const bool hours = period == Period::Hour;
    if (!hours && (period == Period::None || zone.name() == m_storeZone.name()))
        return wholeDays(criteria);
    const auto found = stretchOf(criteria);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found)
        return counted;
    const auto [fromMs, untilMs] = **found;
    // Where both clocks show the same, the roll-up's days are the days that were asked for. A day around,
    // since those days begin before the first request and end after the last.
    if (!hours && zone.agreesWith(m_storeZone, timeAt(fromMs - msOfDay), timeAt(untilMs + msOfDay)))
        return wholeDays(criteria);
    // An hour's grace for ninety-two local days of which one is longer.
    if (untilMs - fromMs > mostDaysCounted * msOfDay + msOfHour)
        return failure(ErrorCode::InvalidInput,
                       hours ? "At most 92 days can be counted by the hour; choose a shorter range, or days."
                             : "In another time zone than the store's own (" + m_storeZone.name() +
                                   ") at most 92 days can be counted; choose a shorter range, or that zone.");
    return counted;
}

SpendCounter::Plan SpendCounter::wholeDays(const Criteria& criteria) const {
    Plan plan;
    plan.wholeDays = true;
    LocalDays days(m_storeZone);
    const auto since = criteria.sinceMs;
    const auto until = criteria.untilMs;
    if (since && until && *since >= *until)
        return {};
    const std::chrono::days one(1);
    if (since) {
        const LocalDay day = days.dayOf(timeAt(*since));
        const bool whole = msOf(m_storeZone.startOf(day)) == *since;
        plan.days.first = numberOf(whole ? day : day + one);
        const std::int64_t next = msOf(m_storeZone.startOf(day + one));
        if (!whole && until && *until <= next) {
            plan.wholeDays = false;
            plan.stretches.emplace_back(since, until);
            return plan;
        }
        if (!whole)
            plan.stretches.emplace_back(since, next);
    }
    if (until) {
        const LocalDay day = days.dayOf(timeAt(*until));
        const std::int64_t start = msOf(m_storeZone.startOf(day));
        plan.days.second = numberOf(day);
        if (start != *until)
            plan.stretches.emplace_back(since ? std::max(*since, start) : start, until);
    }
    plan.wholeDays = plan.days.first < plan.days.second;
    return plan;
}

Result<std::optional<std::pair<std::int64_t, std::int64_t>>>
SpendCounter::stretchOf(const Criteria& criteria) {
    using Stretch = std::optional<std::pair<std::int64_t, std::int64_t>>;
    Where where;
    if (criteria.sinceMs)
        where.add("time_ms>=?", {*criteria.sinceMs});
    if (criteria.untilMs)
        where.add("time_ms<?", {*criteria.untilMs});
    std::array<std::int64_t, 2> ends{};
    for (std::size_t i = 0; i < ends.size(); ++i) {
        // Each by itself, so that the index answers without a scan.
        auto query = m_connection.query(
            (i == 0 ? "SELECT min(time_ms) FROM request" : "SELECT max(time_ms) FROM request") +
            where.text());
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        where.bind(**query);
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row || (*query)->isNull(0))
            return Stretch();
        ends[i] = (*query)->number(0);
    }
    return Stretch(std::pair(ends[0], ends[1] + 1));
}

Result<void> SpendCounter::addPastDays(const Span& days, const Criteria& criteria, const Sheets& sheets) {
    const auto within = criteria.onlyValue();
    // By dimension, and whether days or months are wanted.
    std::map<std::pair<std::int64_t, bool>, Sheets> summed;
    Sheets others;
    for (SpendSheet* sheet : sheets) {
        const bool months = sheet->period() == Period::None || sheet->period() == Period::Month;
        if (within && sheet->dimension())
            summed[{*sheet->dimension(), months}].push_back(sheet);
        else
            others.push_back(sheet);
    }
    if (!summed.empty()) {
        const auto months = monthsIn(days);
        if (!months)
            return tl::unexpected<Error>(months.error());
        for (const auto& [what, those] : summed) {
            const Span used = what.second ? *months : Span(days.first, days.first);
            if (auto added = addSummed(days, used, *within, what.first, those); !added)
                return added;
        }
    }
    if (others.empty())
        return {};
    return m_past.byDay(days.first, days.second, filterFor(criteria),
                        [&others](std::int64_t day, const Combination& combination, const Sums& sums) {
                            for (SpendSheet* sheet : others)
                                sheet->addDay(day, combination.values, sums);
                        });
}

Result<SpendCounter::Span> SpendCounter::monthsIn(const Span& days) {
    const auto firstSummed = m_past.firstDay();
    if (!firstSummed)
        return tl::unexpected<Error>(firstSummed.error());
    if (!*firstSummed)
        return Span(days.first, days.first);
    // A month of which nothing is missing is whole even if it began earlier.
    constexpr std::int64_t longestMonth = 31;
    const std::int64_t first = days.first <= **firstSummed ? startOfMonth(**firstSummed)
                               : days.first == startOfMonth(days.first)
                                   ? days.first
                                   : startOfMonth(startOfMonth(days.first) + longestMonth);
    const std::int64_t end = startOfMonth(days.second);
    return first < end ? Span(first, end) : Span(days.first, days.first);
}

Result<void> SpendCounter::addSummed(const Span& days, const Span& months, PastSums::Within within,
                                     std::int64_t dimension, const Sheets& sheets) {
    // Within one value of the dimension the sums without a dimension are those of that value.
    const bool oneValue = dimension == within.first;
    const auto visit = [&](std::int64_t firstDay, std::int64_t value, const Sums& sums) {
        for (SpendSheet* sheet : sheets)
            sheet->addSummed(firstDay, oneValue ? within.second : value, sums);
    };
    const auto read = [&](PastSums::Step step, std::int64_t first, std::int64_t end) -> Result<void> {
        if (first >= end)
            return {};
        return m_past.byDimension(step, within, oneValue ? 0 : dimension, first, end, visit);
    };
    auto added = read(PastSums::Step::Month, months.first, months.second);
    if (added)
        added = read(PastSums::Step::Day, days.first, months.first);
    if (added)
        added = read(PastSums::Step::Day, std::max(days.first, months.second), days.second);
    return added;
}

Result<void> SpendCounter::addDays(const Span& days, const Criteria& criteria, const Sheets& sheets) {
    Where where;
    if (days.first != std::numeric_limits<std::int64_t>::min())
        where.add("d.day>=?", {days.first});
    if (days.second != std::numeric_limits<std::int64_t>::max())
        where.add("d.day<?", {days.second});
    criteria.addValues(where, "d", Criteria::Table::Daily);
    auto query =
        m_connection.query("SELECT day, source, tier, model, provider, project, client, task_type, " +
                           std::string(schema::sums) + " FROM daily AS d" + where.text());
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    where.bind(**query);
    return (*query)->each([&sheets](const sqlite::Statement& row) {
        const DimensionValues values = valuesFrom(row);
        const Sums sums = sumsFrom(row);
        for (SpendSheet* sheet : sheets)
            sheet->addDay(row.number(0), values, sums);
    });
}

Result<void> SpendCounter::addStretch(const Criteria& criteria, const TimeZone& zone, const Sheets& sheets) {
    Result<std::optional<Span>> quarters = std::nullopt;
    if (!criteria.needsRequests())
        quarters = summedQuarters(criteria, zone);
    if (!quarters)
        return tl::unexpected<Error>(quarters.error());
    if (!*quarters)
        return addRequests(criteria, sheets);
    const std::int64_t fromMs = (*quarters)->first * schema::msOfQuarter;
    const std::int64_t untilMs = (*quarters)->second * schema::msOfQuarter;
    if (!criteria.sinceMs || *criteria.sinceMs < fromMs) {
        Criteria before = criteria;
        before.untilMs = fromMs;
        if (auto added = addRequests(before, sheets); !added)
            return added;
    }
    if (auto added = addQuarters(**quarters, criteria, zone, sheets); !added)
        return added;
    Criteria after = criteria;
    after.sinceMs = untilMs;
    return criteria.untilMs && *criteria.untilMs <= untilMs ? Result<void>() : addRequests(after, sheets);
}

Result<void> SpendCounter::addQuarters(const Span& quarters, const Criteria& criteria, const TimeZone& zone,
                                       const Sheets& sheets) {
    const auto [first, end] = quarters;
    LocalDays ofStore(m_storeZone);
    const auto dayOfStore = [&ofStore](std::int64_t quarter) {
        return numberOf(ofStore.dayOf(timeAt(quarter * schema::msOfQuarter)));
    };
    // What counts in the same day, or hour, comes added together.
    const bool hours = std::any_of(sheets.begin(), sheets.end(),
                                   [](const SpendSheet* sheet) { return sheet->period() == Period::Hour; });
    LocalDays wanted(zone);
    const auto startOf = [&](std::int64_t quarter) -> std::optional<std::int64_t> {
        if (quarter < first || quarter >= end)
            return std::nullopt;
        const UtcTime time = timeAt(quarter * schema::msOfQuarter);
        return hours ? msOf(wanted.startOfHour(time)) : numberOf(wanted.dayOf(time));
    };
    return m_past.byQuarter(dayOfStore(first), dayOfStore(end - 1) + 1, filterFor(criteria), startOf,
                            [&](std::int64_t start, const Combination& combination, const Sums& sums) {
                                for (SpendSheet* sheet : sheets) {
                                    if (hours)
                                        sheet->addAt(start, combination.values, sums);
                                    else
                                        sheet->addDay(start, combination.values, sums);
                                }
                            });
}

Result<std::optional<SpendCounter::Span>> SpendCounter::summedQuarters(const Criteria& criteria,
                                                                       const TimeZone& zone) {
    using Quarters = std::optional<Span>;
    const auto until = summedUntil();
    if (!until)
        return tl::unexpected<Error>(until.error());
    const auto firstDay = m_past.firstDay();
    if (!firstDay)
        return tl::unexpected<Error>(firstDay.error());
    if (!*until || !*firstDay)
        return Quarters();
    // A quarter of which a part is not wanted, or not summed up yet, is left to the requests.
    std::int64_t fromMs = msOf(m_storeZone.startOf(dayOf(**firstDay)));
    if (criteria.sinceMs)
        fromMs = std::max(fromMs, *criteria.sinceMs);
    std::int64_t untilMs = msOf(m_storeZone.startOf(dayOf(**until)));
    if (criteria.untilMs)
        untilMs = std::min(untilMs, *criteria.untilMs);
    const std::int64_t first = schema::quarterOf(fromMs + schema::msOfQuarter - 1);
    const std::int64_t end = schema::quarterOf(untilMs);
    if (first >= end ||
        !zone.keepsSteps(milliseconds(schema::msOfQuarter), timeAt(first * schema::msOfQuarter),
                         timeAt(end * schema::msOfQuarter)))
        return Quarters();
    return Quarters(Span(first, end));
}

Result<void> SpendCounter::addRequests(const Criteria& criteria, const Sheets& sheets) {
    Where where;
    criteria.addToRequests(where, "r");
    auto query = m_connection.query(
        "SELECT time_ms, source, ifnull(tier, 0), ifnull(model, 0), provider, project, client, task_type, 1, "
        "opens_turn, cost IS NULL, simulated, failed, latency_ms, input, cached_input, cache_write_5m, "
        "cache_write_1h, output, reasoning, web_searches, ifnull(cost, 0) FROM request AS r INDEXED BY " +
        std::string(criteria.session ? "request_by_session" : "request_by_time") + where.text());
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    where.bind(**query);
    return (*query)->each([&sheets](const sqlite::Statement& row) {
        const DimensionValues values = valuesFrom(row);
        const Sums sums = sumsFrom(row);
        for (SpendSheet* sheet : sheets)
            sheet->addAt(row.number(0), values, sums);
    });
}

} // namespace tierdeck::sessions
