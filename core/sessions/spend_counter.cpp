#include "core/sessions/spend_counter.h"

#include "core/sessions/schema.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tierdeck::sessions {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t msOfDay = 86'400'000;
constexpr std::int64_t mostDaysCounted = 92;
constexpr std::int64_t msOfHour = 3'600'000;

/// The columns that the roll-up and the requests have in common, after the day or the time.
constexpr int dimensionCount = 7;
constexpr int firstSum = 1 + dimensionCount;

/// Where a dimension stands among "source, tier, model, provider, project, client, task_type".
std::size_t placeOf(Dimension dimension) {
    switch (dimension) {
    case Dimension::Source:
        return 0;
    case Dimension::Tier:
        return 1;
    case Dimension::Model:
        return 2;
    case Dimension::Provider:
        return 3;
    case Dimension::Project:
        return 4;
    case Dimension::Client:
        return 5;
    case Dimension::TaskType:
        return 6;
    }
    return 0;
}

UtcTime timeAt(std::int64_t ms) {
    return UtcTime(milliseconds(ms));
}

std::int64_t msOf(UtcTime time) {
    return time.time_since_epoch().count();
}

std::int64_t numberOf(LocalDay day) {
    return day.time_since_epoch().count();
}

/// The first day of the period that holds `day`.
LocalDay startOfPeriod(Period period, LocalDay day) {
    switch (period) {
    case Period::None:
        return LocalDay{};
    case Period::Day:
        return day;
    case Period::Week:
        return day - std::chrono::days(static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1);
    case Period::Month: {
        const std::chrono::year_month_day date(day);
        return LocalDay(date.year() / date.month() / 1);
    }
    }
    return day;
}

std::string periodText(Period period, LocalDay start) {
    switch (period) {
    case Period::None:
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

} // namespace

struct SpendCounter::Plan {
    bool days = false;
    std::int64_t firstDay = std::numeric_limits<std::int64_t>::min();
    std::int64_t endDay = std::numeric_limits<std::int64_t>::max();
    std::vector<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>>
        stretches; ///< ms, [from, until)
};

/// The rows that are being summed.
class SpendCounter::Sheet {
public:
    Sheet(const SpendQuery& query, TimeZone zone)
        : m_period(query.period)
        , m_days(std::move(zone)) {
        for (const Dimension dimension : query.by)
            m_places.push_back(placeOf(dimension));
    }

    /// A row whose first column is the local day (a number), or the time in ms.
    void addDay(const sqlite::Statement& row) {
        add(LocalDay(std::chrono::days(static_cast<int>(row.number(0)))), row);
    }

    void addRequest(const sqlite::Statement& row) {
        add(m_period == Period::None ? LocalDay{} : m_days.dayOf(timeAt(row.number(0))), row);
    }

    [[nodiscard]] Result<SpendResult> result(NameBook& names) const {
        SpendResult result;
        result.rows.reserve(m_rows.size());
        for (const auto& [key, totals] : m_rows) {
            SpendRow row;
            row.period = periodText(m_period, LocalDay(std::chrono::days(static_cast<int>(key[0]))));
            for (std::size_t i = 0; i < m_places.size(); ++i) {
                auto name = names.nameOf(key[i + 1]);
                if (!name)
                    return tl::unexpected<Error>(std::move(name.error()));
                row.keys.push_back(std::move(*name));
            }
            row.totals = totals;
            result.totals += totals;
            result.rows.push_back(std::move(row));
        }
        std::sort(result.rows.begin(), result.rows.end(), [](const SpendRow& a, const SpendRow& b) {
            return std::tie(a.period, b.totals.cost, b.totals.requests, a.keys) <
                   std::tie(b.period, a.totals.cost, a.totals.requests, b.keys);
        });
        return result;
    }

private:
    /// The period's first day, then one number for each dimension.
    using Key = std::vector<std::int64_t>;

    struct Hash {
        std::size_t operator()(const Key& key) const {
            std::uint64_t hash = 1469598103934665603u;
            for (const std::int64_t part : key)
                hash = (hash ^ static_cast<std::uint64_t>(part)) * 1099511628211u;
            return static_cast<std::size_t>(hash ^ (hash >> 32));
        }
    };

    void add(LocalDay day, const sqlite::Statement& row) {
        m_key.assign(1, numberOf(startOfPeriod(m_period, day)));
        for (const std::size_t place : m_places)
            m_key.push_back(row.number(1 + static_cast<int>(place)));
        m_rows[m_key] += totalsFrom(row, firstSum);
    }

    Period m_period;
    LocalDays m_days;
    std::vector<std::size_t> m_places;
    Key m_key;
    std::unordered_map<Key, Totals, Hash> m_rows;
};

Result<SpendResult> SpendCounter::count(const SpendQuery& query, const Criteria& criteria) {
    TimeZone zone = m_storeZone;
    if (!query.timeZone.empty()) {
        auto wanted = TimeZone::find(query.timeZone);
        if (!wanted)
            return tl::unexpected<Error>(std::move(wanted.error()));
        zone = std::move(*wanted);
    }
    Sheet sheet(query, zone);
    if (!criteria.nothing) {
        const auto plan = planFor(query, criteria, zone);
        if (!plan)
            return tl::unexpected<Error>(plan.error());
        if (plan->days) {
            if (auto added = addDays(*plan, criteria, sheet); !added)
                return tl::unexpected<Error>(std::move(added.error()));
        }
        for (const auto& [fromMs, untilMs] : plan->stretches) {
            Criteria part = criteria;
            part.sinceMs = fromMs;
            part.untilMs = untilMs;
            if (auto added = addRequests(std::move(part), sheet); !added)
                return tl::unexpected<Error>(std::move(added.error()));
        }
    }
    return sheet.result(m_names);
}

Result<SpendCounter::Plan> SpendCounter::planFor(const SpendQuery& query, const Criteria& criteria,
                                                 const TimeZone& zone) {
    Plan counted;
    counted.stretches.emplace_back(criteria.sinceMs, criteria.untilMs);
    if (criteria.session || criteria.turn || !criteria.searchPattern.empty())
        return counted;
    if (query.period == Period::None || zone.name() == m_storeZone.name())
        return wholeDays(criteria);
    const auto stretch = stretchOf(criteria);
    if (!stretch)
        return tl::unexpected<Error>(stretch.error());
    const auto [fromMs, untilMs] = *stretch;
    // Where both clocks show the same, the roll-up's days are the days that were asked for. A day around,
    // since those days begin before the first request and end after the last.
    if (zone.agreesWith(m_storeZone, timeAt(fromMs - msOfDay), timeAt(untilMs + msOfDay)))
        return wholeDays(criteria);
    // An hour's grace for ninety-two local days of which one is longer.
    if (untilMs - fromMs > mostDaysCounted * msOfDay + msOfHour)
        return failure(ErrorCode::InvalidInput,
                       "In another time zone than the store's own (" + m_storeZone.name() +
                           ") at most 92 days can be counted; choose a shorter range, or that zone.");
    return counted;
}

SpendCounter::Plan SpendCounter::wholeDays(const Criteria& criteria) const {
    Plan plan;
    plan.days = true;
    LocalDays days(m_storeZone);
    const auto since = criteria.sinceMs;
    const auto until = criteria.untilMs;
    if (since && until && *since >= *until)
        return {};
    const std::chrono::days one(1);
    if (since) {
        const LocalDay day = days.dayOf(timeAt(*since));
        const bool whole = msOf(m_storeZone.startOf(day)) == *since;
        plan.firstDay = numberOf(whole ? day : day + one);
        const std::int64_t next = msOf(m_storeZone.startOf(day + one));
        if (!whole && until && *until <= next) {
            plan.days = false;
            plan.stretches.emplace_back(since, until);
            return plan;
        }
        if (!whole)
            plan.stretches.emplace_back(since, next);
    }
    if (until) {
        const LocalDay day = days.dayOf(timeAt(*until));
        const std::int64_t start = msOf(m_storeZone.startOf(day));
        plan.endDay = numberOf(day);
        if (start != *until)
            plan.stretches.emplace_back(since ? std::max(*since, start) : start, until);
    }
    plan.days = plan.firstDay < plan.endDay;
    return plan;
}

/// From the first request in [since, until) to just after the last.
Result<std::pair<std::int64_t, std::int64_t>> SpendCounter::stretchOf(const Criteria& criteria) {
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
            return std::pair<std::int64_t, std::int64_t>(0, 0);
        ends[i] = (*query)->number(0);
    }
    return std::pair(ends[0], ends[1] + 1);
}

Result<void> SpendCounter::addDays(const Plan& plan, const Criteria& criteria, Sheet& sheet) {
    Where where;
    if (plan.firstDay != std::numeric_limits<std::int64_t>::min())
        where.add("d.day>=?", {plan.firstDay});
    if (plan.endDay != std::numeric_limits<std::int64_t>::max())
        where.add("d.day<?", {plan.endDay});
    criteria.addValues(where, "d", false);
    auto query =
        m_connection.query("SELECT day, source, tier, model, provider, project, client, task_type, " +
                           std::string(schema::sums) + " FROM daily AS d" + where.text());
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    where.bind(**query);
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return {};
        sheet.addDay(**query);
    }
}

Result<void> SpendCounter::addRequests(Criteria criteria, Sheet& sheet) {
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
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return {};
        sheet.addRequest(**query);
    }
}

} // namespace tierdeck::sessions
