#include "core/sessions/spend_sheet.h"

#include "core/sessions/spend_range.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
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
    , m_days(std::move(zone)) {
    for (const Dimension dimension : grouping.by) {
        const std::size_t place = placeOf(dimension);
        const auto known = std::find(m_places.begin(), m_places.end(), place);
        m_asked.push_back(static_cast<std::size_t>(known - m_places.begin()));
        if (known == m_places.end())
            m_places.push_back(place);
    }
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
    using Row = std::pair<const Key, Sums>;
    std::vector<const Row*> rows;
    rows.reserve(m_rows.size());
    std::unordered_map<std::int64_t, std::string> nameOf;
    Sums all{};
    for (const Row& row : m_rows) {
        rows.push_back(&row);
        add(all, row.second);
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            const auto [place, isNew] = nameOf.try_emplace(row.first[i + 1]);
            if (!isNew)
                continue;
            auto name = names.nameOf(row.first[i + 1]);
            if (!name)
                return tl::unexpected<Error>(std::move(name.error()));
            place->second = std::move(*name);
        }
    }
    const auto keyOf = [&](const Row& row, std::size_t asked) -> const std::string& {
        return nameOf.at(row.first[m_asked[asked] + 1]);
    };
    std::sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) {
        const auto& [costA, requestsA] = std::pair(a->second.back(), a->second.front());
        const auto& [costB, requestsB] = std::pair(b->second.back(), b->second.front());
        if (std::tie(a->first[0], costB, requestsB) != std::tie(b->first[0], costA, requestsA))
            return std::tie(a->first[0], costB, requestsB) < std::tie(b->first[0], costA, requestsA);
        for (std::size_t i = 0; i < m_asked.size(); ++i) {
            if (const int order = keyOf(*a, i).compare(keyOf(*b, i)); order != 0)
                return order < 0;
        }
        return false;
    });
    SpendResult result;
    result.totals = totalsOf(all);
    result.rows.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::int64_t start = rows[i]->first[0];
        SpendRow& made = result.rows.emplace_back();
        if (i > 0 && start == rows[i - 1]->first[0])
            made.period = result.rows[i - 1].period;
        else
            made.period = m_period == Period::Hour ? hourText(timeAt(start), m_days.zone())
                                                   : periodText(m_period, dayOf(start));
        made.keys.reserve(m_asked.size());
        for (std::size_t asked = 0; asked < m_asked.size(); ++asked)
            made.keys.push_back(keyOf(*rows[i], asked));
        made.totals = totalsOf(rows[i]->second);
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
