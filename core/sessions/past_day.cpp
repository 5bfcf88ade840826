#include "core/sessions/past_day.h"

#include "core/sessions/dimension_sums.h"

#include <algorithm>
#include <span>
#include <tuple>

namespace tierdeck::sessions {

namespace {

/// Who lists the dearest of a year reads such a part of each day.
constexpr std::size_t requestsInPart = 64;

} // namespace

Result<PastDay> PastDay::read(sqlite::Connection& connection, std::int64_t day, std::int64_t fromMs,
                              std::int64_t untilMs) {
    auto query = connection.query(
        "SELECT time_ms, id, cost, source, ifnull(tier, 0), ifnull(model, 0), provider, project, client, "
        "task_type, 1, opens_turn, cost IS NULL, simulated, failed, latency_ms, input, cached_input, "
        "cache_write_5m, cache_write_1h, output, reasoning, web_searches, ifnull(cost, 0) FROM request "
        "INDEXED BY request_by_time WHERE time_ms>=?1 AND time_ms<?2 ORDER BY time_ms");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(fromMs, untilMs);
    PastDay past(day, fromMs);
    const auto read = (*query)->each([&past](const sqlite::Statement& row) {
        int column = 0;
        Request request;
        request.timeMs = row.number(column++);
        request.id = row.number(column++);
        request.cost = row.optionalNumber(column++);
        Key key{};
        for (std::size_t i = 0; i + 1 < key.size(); ++i)
            key[i] = row.number(column++);
        key.back() = request.cost ? 0 : 1;
        Sums sums{};
        for (std::int64_t& sum : sums)
            sum = row.number(column++);
        past.add(key, sums, request);
    });
    if (!read)
        return tl::unexpected<Error>(read.error());
    return past;
}

void PastDay::add(const Key& key, const Sums& sums, Request request) {
    const auto [known, isNew] = m_indexOf.try_emplace(key, m_combinations.size());
    if (isNew)
        m_combinations.push_back({key, {}, {}});
    auto& [ofKey, ofDay, quarters] = m_combinations[known->second];
    sessions::add(ofDay, sums);
    const std::int64_t quarter = schema::quarterOf(request.timeMs);
    if (quarters.empty() || quarters.back().first != quarter)
        quarters.emplace_back(quarter, Sums{});
    sessions::add(quarters.back().second, sums);
    m_lastQuarter = quarter;
    m_firstRequest = std::min(m_firstRequest, request.id);
    request.combination = static_cast<std::int64_t>(known->second);
    m_requests.push_back(request);
}

Result<void> PastDay::write(sqlite::Connection& connection) {
    if (m_requests.empty())
        return {};
    auto written = writeQuarters(connection);
    if (written)
        written = writeDimensions(connection);
    if (written)
        written = writeDearest(connection);
    return written;
}

Result<void> PastDay::writeQuarters(sqlite::Connection& connection) const {
    const std::int64_t first = schema::quarterOf(m_startMs);
    std::string combinations;
    std::string sums;
    std::string part; // to be passed over by who looks for something else
    packNumber(sums, first);
    packNumber(sums, m_lastQuarter - first);
    for (const Combination& combination : m_combinations) {
        part.clear();
        for (const std::int64_t value : combination.key)
            packNumber(part, value);
        packSums(part, combination.ofDay);
        packPart(combinations, part);
        part.clear();
        std::int64_t before = first;
        for (const auto& [quarter, ofQuarter] : combination.quarters) {
            packNumber(part, quarter - before);
            packSums(part, ofQuarter);
            before = quarter;
        }
        packPart(sums, part);
    }
    seal(combinations);
    seal(sums);
    auto query = connection.query("INSERT OR REPLACE INTO past_quarter(day, first_request, combinations, "
                                  "sums) VALUES(?1, ?2, ?3, ?4)");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(m_day, m_firstRequest);
    (*query)->bindBytes(3, combinations);
    (*query)->bindBytes(4, sums);
    return (*query)->run();
}

Result<void> PastDay::writeDimensions(sqlite::Connection& connection) const {
    DimensionSums byDimension;
    for (const Combination& combination : m_combinations) {
        DimensionValues values{};
        std::copy_n(combination.key.begin(), values.size(), values.begin());
        byDimension.add(values, combination.ofDay);
    }
    return byDimension.writeDay(connection, m_day);
}

Result<void> PastDay::writeDearest(sqlite::Connection& connection) {
    // In the order of the reader's list: nothing is less than any cost.
    std::sort(m_requests.begin(), m_requests.end(), [](const Request& a, const Request& b) {
        return std::tie(b.cost, b.timeMs, b.id) < std::tie(a.cost, a.timeMs, a.id);
    });
    auto remove = connection.query("DELETE FROM past_dearest WHERE unpriced=?1 AND day=?2");
    if (!remove)
        return tl::unexpected<Error>(std::move(remove.error()));
    auto insert =
        connection.query("INSERT INTO past_dearest(unpriced, day, part, requests) VALUES(?1, ?2, ?3, ?4)");
    if (!insert)
        return tl::unexpected<Error>(std::move(insert.error()));
    const auto firstUnpriced = std::find_if(m_requests.begin(), m_requests.end(),
                                            [](const Request& request) { return !request.cost; });
    const std::array lists{std::span(m_requests.begin(), firstUnpriced),
                           std::span(firstUnpriced, m_requests.end())};
    std::string bytes;
    for (std::size_t unpriced = 0; unpriced < lists.size(); ++unpriced) {
        if (auto done = (*remove)->runWith(static_cast<std::int64_t>(unpriced), m_day); !done)
            return done;
        std::int64_t number = 0;
        for (auto rest = lists[unpriced]; !rest.empty(); ++number) {
            const auto part = rest.first(std::min(rest.size(), requestsInPart));
            rest = rest.subspan(part.size());
            bytes.clear();
            std::int64_t before = part.front().cost.value_or(0);
            packNumber(bytes, before);
            for (const Request& request : part) {
                const std::int64_t cost = request.cost.value_or(0);
                packNumber(bytes, before - cost);
                packNumber(bytes, request.combination);
                packNumber(bytes, request.timeMs - m_startMs);
                packNumber(bytes, request.id - m_firstRequest);
                before = cost;
            }
            seal(bytes);
            (*insert)->bindAll(static_cast<std::int64_t>(unpriced), m_day, number);
            (*insert)->bindBytes(4, bytes);
            if (auto done = (*insert)->run(); !done)
                return done;
        }
    }
    return {};
}

} // namespace tierdeck::sessions
