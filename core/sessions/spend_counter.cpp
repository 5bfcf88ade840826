#include "core/sessions/spend_counter.h"

#include "core/sessions/numbers_hash.h"
#include "core/sessions/schema.h"
#include "core/sessions/spend_range.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
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
constexpr int firstSum = 1 + schema::dimensionCount;

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

LocalDay dayOf(std::int64_t number) {
    return LocalDay(std::chrono::days(static_cast<int>(number)));
}

} // namespace

struct SpendCounter::Plan {
    bool days = false;
    std::int64_t firstDay = std::numeric_limits<std::int64_t>::min();
    std::int64_t endDay = std::numeric_limits<std::int64_t>::max();
    std::vector<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>>
        stretches; ///< ms, [from, until)

    bool operator==(const Plan&) const = default;
};

/// The rows of one grouping that are being summed.
class SpendCounter::Sheet {
public:
    Sheet(const Grouping& grouping, TimeZone zone)
        : m_period(grouping.period)
        , m_days(std::move(zone)) {
        for (const Dimension dimension : grouping.by)
            m_places.push_back(placeOf(dimension));
    }

    /// A row whose first column is the local day, a number.
    void addDay(const sqlite::Statement& row, const Totals& totals) {
        add(numberOf(startOfPeriod(m_period, dayOf(row.number(0)))), row, totals);
    }

    /// The sums of a day by dimension(); 0 where there is none.
    void addSummed(std::int64_t day, std::int64_t value, const Totals& totals) {
        m_key.assign(1, numberOf(startOfPeriod(m_period, dayOf(day))));
        if (!m_places.empty())
            m_key.push_back(value);
        m_rows[m_key] += totals;
    }

    /// The place of the only dimension from 1; 0 for none, nullopt for several.
    [[nodiscard]] std::optional<std::int64_t> dimension() const {
        if (m_places.size() > 1)
            return std::nullopt;
        return m_places.empty() ? 0 : static_cast<std::int64_t>(m_places.front()) + 1;
    }

    /// A row whose first column is the time in ms.
    void addRequest(const sqlite::Statement& row, const Totals& totals) {
        std::int64_t start = 0;
        if (m_period == Period::Hour)
            start = msOf(m_days.startOfHour(timeAt(row.number(0))));
        else if (m_period != Period::None)
            start = numberOf(startOfPeriod(m_period, m_days.dayOf(timeAt(row.number(0)))));
        add(start, row, totals);
    }

    [[nodiscard]] Result<SpendResult> result(NameBook& names) const {
        struct Row {
            std::int64_t start = 0;
            SpendRow row;
        };

        std::vector<Row> rows;
        rows.reserve(m_rows.size());
        SpendResult result;
        for (const auto& [key, totals] : m_rows) {
            Row& row = rows.emplace_back();
            row.start = key[0];
            for (std::size_t i = 0; i < m_places.size(); ++i) {
                auto name = names.nameOf(key[i + 1]);
                if (!name)
                    return tl::unexpected<Error>(std::move(name.error()));
                row.row.keys.push_back(std::move(*name));
            }
            row.row.totals = totals;
            result.totals += totals;
        }
        std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
            return std::tie(a.start, b.row.totals.cost, b.row.totals.requests, a.row.keys) <
                   std::tie(b.start, a.row.totals.cost, a.row.totals.requests, b.row.keys);
        });
        result.rows.reserve(rows.size());
        for (Row& row : rows) {
            if (m_period == Period::Hour)
                row.row.period = hourText(timeAt(row.start), m_days.zone());
            else if (!result.rows.empty() && row.start == rows[result.rows.size() - 1].start)
                row.row.period = result.rows.back().period;
            else
                row.row.period = periodText(m_period, dayOf(row.start));
            result.rows.push_back(std::move(row.row));
        }
        return result;
    }

private:
    /// Where the period starts (a day's number, or ms for an hour), then one number for each dimension.
    using Key = std::vector<std::int64_t>;

    void add(std::int64_t start, const sqlite::Statement& row, const Totals& totals) {
        m_key.assign(1, start);
        for (const std::size_t place : m_places)
            m_key.push_back(row.number(1 + static_cast<int>(place)));
        m_rows[m_key] += totals;
    }

    Period m_period;
    LocalDays m_days;
    std::vector<std::size_t> m_places;
    Key m_key;
    std::unordered_map<Key, Totals, NumbersHash> m_rows;
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
    std::vector<Sheet> sheets;
    sheets.reserve(groupings.size());
    std::vector<std::pair<Plan, Sheets>> looks;
    for (const Grouping& grouping : groupings) {
        Sheet& sheet = sheets.emplace_back(grouping, zone);
        if (criteria.nothing)
            continue;
        auto plan = planFor(grouping.period, criteria, zone);
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
        if (auto done = carryOut(plan, criteria, filled); !done)
            return tl::unexpected<Error>(std::move(done.error()));
    }
    std::vector<SpendResult> results;
    results.reserve(sheets.size());
    for (const Sheet& sheet : sheets) {
        auto result = sheet.result(m_names);
        if (!result)
            return tl::unexpected<Error>(std::move(result.error()));
        results.push_back(std::move(*result));
    }
    return results;
}

Result<void> SpendCounter::carryOut(const Plan& plan, const Criteria& criteria, const Sheets& sheets) {
    if (plan.days) {
        Sheets summed;
        Sheets others;
        for (Sheet* sheet : sheets)
            (sheet->dimension() && criteria.onlyValue() ? summed : others).push_back(sheet);
        if (auto added = addPastDays(plan, criteria, summed); !added)
            return added;
        if (auto added = addDays(plan, criteria, others); !added)
            return added;
    }
    for (const auto& [fromMs, untilMs] : plan.stretches) {
        Criteria part = criteria;
        part.sinceMs = fromMs;
        part.untilMs = untilMs;
        if (auto added = addRequests(std::move(part), sheets); !added)
            return added;
    }
    return {};
}

Result<SpendCounter::Plan> SpendCounter::planFor(Period period, const Criteria& criteria,
                                                 const TimeZone& zone) {
    Plan counted;
    counted.stretches.emplace_back(criteria.sinceMs, criteria.untilMs);
    if (criteria.session || criteria.turn || criteria.unpriced || !criteria.searchPattern.empty())
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

Result<void> SpendCounter::addPastDays(const Plan& plan, const Criteria& criteria, const Sheets& sheets) {
    if (sheets.empty())
        return {};
    const auto until = m_connection.number(std::string(schema::summedUntil));
    if (!until)
        return tl::unexpected<Error>(until.error());
    Plan past = plan;
    past.endDay = std::clamp(until->value_or(plan.firstDay), plan.firstDay, plan.endDay);
    if (past.firstDay < past.endDay) {
        const auto within = criteria.onlyValue().value_or(std::pair<std::int64_t, std::int64_t>());
        std::map<std::int64_t, Sheets> byDimension;
        for (Sheet* sheet : sheets)
            byDimension[sheet->dimension().value_or(0)].push_back(sheet);
        for (const auto& [dimension, those] : byDimension) {
            if (auto added = addSummed(past, within, dimension, those); !added)
                return added;
        }
    }
    Plan rest = plan;
    rest.firstDay = past.endDay;
    return rest.firstDay < rest.endDay ? addDays(rest, criteria, sheets) : Result<void>();
}

Result<void> SpendCounter::addSummed(const Plan& plan, std::pair<std::int64_t, std::int64_t> within,
                                     std::int64_t dimension, const Sheets& sheets) {
    const bool oneValue = dimension == within.first; // then the sums without a dimension are those of it
    auto query = m_connection.query("SELECT day, value, " + std::string(schema::sums) +
                                    " FROM past_day WHERE within=?1 AND within_value=?2 AND dimension=?3 AND "
                                    "day>=?4 AND day<?5");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(within.first, within.second, oneValue ? 0 : dimension, plan.firstDay, plan.endDay);
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return {};
        const Totals totals = totalsFrom(**query, 2);
        const std::int64_t value = oneValue ? within.second : (*query)->number(1);
        for (Sheet* sheet : sheets)
            sheet->addSummed((*query)->number(0), value, totals);
    }
}

Result<void> SpendCounter::addDays(const Plan& plan, const Criteria& criteria, const Sheets& sheets) {
    if (sheets.empty())
        return {};
    Where where;
    if (plan.firstDay != std::numeric_limits<std::int64_t>::min())
        where.add("d.day>=?", {plan.firstDay});
    if (plan.endDay != std::numeric_limits<std::int64_t>::max())
        where.add("d.day<?", {plan.endDay});
    criteria.addValues(where, "d", Criteria::Table::Daily);
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
        const Totals totals = totalsFrom(**query, firstSum);
        for (Sheet* sheet : sheets)
            sheet->addDay(**query, totals);
    }
}

Result<void> SpendCounter::addRequests(Criteria criteria, const Sheets& sheets) {
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
        const Totals totals = totalsFrom(**query, firstSum);
        for (Sheet* sheet : sheets)
            sheet->addRequest(**query, totals);
    }
}

} // namespace tierdeck::sessions
