#include "core/sessions/spend_sheet.h"

#include "core/sessions/spend_range.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace tierdeck::sessions {

namespace {

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
    return UtcTime(std::chrono::milliseconds(ms));
}

std::int64_t numberOf(LocalDay day) {
    return day.time_since_epoch().count();
}

LocalDay dayOf(std::int64_t number) {
    return LocalDay(std::chrono::days(static_cast<int>(number)));
}

} // namespace

SpendSheet::SpendSheet(const Grouping& grouping, TimeZone zone)
    : m_period(grouping.period)
    , m_days(std::move(zone))
    , m_key(1 + grouping.by.size()) {
    for (const Dimension dimension : grouping.by)
        m_places.push_back(placeOf(dimension));
}

void SpendSheet::addDay(std::int64_t day, const DimensionValues& values, const Sums& sums) {
    add(rowOf(startOf(day), [&](std::size_t i) { return values[m_places[i]]; }), sums);
}

void SpendSheet::addAt(std::int64_t timeMs, const DimensionValues& values, const Sums& sums) {
    std::int64_t start = 0;
    if (m_period == Period::Hour)
        start = m_days.startOfHour(timeAt(timeMs)).time_since_epoch().count();
    else if (m_period != Period::None)
        start = startOf(numberOf(m_days.dayOf(timeAt(timeMs))));
    add(rowOf(start, [&](std::size_t i) { return values[m_places[i]]; }), sums);
}

void SpendSheet::addSummed(std::int64_t day, std::int64_t value, const Sums& sums) {
    add(rowOf(startOf(day), [value](std::size_t) { return value; }), sums);
}

std::optional<std::int64_t> SpendSheet::dimension() const {
    if (m_places.size() > 1)
        return std::nullopt;
    return m_places.empty() ? 0 : static_cast<std::int64_t>(m_places.front()) + 1;
}

Result<SpendResult> SpendSheet::result(NameBook& names) const {
    struct Row {
        std::int64_t start = 0;
        const Sums* sums = nullptr;
        std::vector<std::string> keys;
    };

    std::vector<Row> rows;
    rows.reserve(m_rows.size());
    Sums all{};
    for (const auto& [key, sums] : m_rows) {
        Row& row = rows.emplace_back(Row{key[0], &sums, {}});
        row.keys.reserve(m_places.size());
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            auto name = names.nameOf(key[i + 1]);
            if (!name)
                return tl::unexpected<Error>(std::move(name.error()));
            row.keys.push_back(std::move(*name));
        }
        add(all, sums);
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        if (a.start != b.start)
            return a.start < b.start;
        const std::int64_t costs[] = {a.sums->back(), b.sums->back()};
        if (costs[0] != costs[1])
            return costs[0] > costs[1];
        const std::int64_t requests[] = {a.sums->front(), b.sums->front()};
        return requests[0] != requests[1] ? requests[0] > requests[1] : a.keys < b.keys;
    });
    SpendResult result;
    result.totals = totalsOf(all);
    result.rows.reserve(rows.size());
    for (Row& row : rows) {
        SpendRow& made = result.rows.emplace_back();
        const std::size_t place = result.rows.size() - 1;
        if (place > 0 && row.start == rows[place - 1].start)
            made.period = result.rows[place - 1].period;
        else
            made.period = m_period == Period::Hour ? hourText(timeAt(row.start), m_days.zone())
                                                   : periodText(m_period, dayOf(row.start));
        made.keys = std::move(row.keys);
        made.totals = totalsOf(*row.sums);
    }
    return result;
}

/// What is added together mostly goes to the row of the last.
template <typename ValueAt>
Sums& SpendSheet::rowOf(std::int64_t start, ValueAt valueAt) {
    bool same = m_last != nullptr && m_key[0] == start;
    m_key[0] = start;
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        const std::int64_t value = valueAt(i);
        same = same && m_key[i + 1] == value;
        m_key[i + 1] = value;
    }
    if (!same)
        m_last = &m_rows[m_key];
    return *m_last;
}

std::int64_t SpendSheet::startOf(std::int64_t day) {
    if (day != m_day) {
        m_day = day;
        m_startOfDay = numberOf(startOfPeriod(m_period, dayOf(day)));
    }
    return m_startOfDay;
}

} // namespace tierdeck::sessions
