#include "core/sessions/dearest_requests.h"

#include "core/sessions/packed_sums.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

namespace tierdeck::sessions {

namespace {

std::int64_t numberOf(LocalDay day) {
    return day.time_since_epoch().count();
}

LocalDay dayOf(std::int64_t number) {
    return LocalDay(std::chrono::days(static_cast<int>(number)));
}

UtcTime timeAt(std::int64_t ms) {
    return UtcTime(std::chrono::milliseconds(ms));
}

} // namespace

/// Walks down a day's requests, part by part.
class DearestRequests::DayList {
public:
    DayList(std::int64_t day, std::int64_t startMs, std::int64_t firstRequest)
        : m_day(day)
        , m_startMs(startMs)
        , m_firstRequest(firstRequest) {}

    /// Only requests of combinations that are marked pass, and within the times.
    void choose(std::vector<bool> passing) { m_passing = std::move(passing); }

    [[nodiscard]] const std::optional<RankedRequest>& current() const { return m_current; }

    /// To the next that passes and follows on `after`; none is current at the end.
    Result<void> next(sqlite::Connection& connection, const Criteria& criteria, bool unpriced,
                      const std::optional<RankedRequest>& after) {
        m_current.reset();
        for (;;) {
            PackedBytes packed(std::string_view(m_bytes).substr(m_read));
            while (!packed.atEnd()) {
                m_cost -= packed.number();
                const auto combination = static_cast<std::size_t>(packed.number());
                RankedRequest request;
                request.timeMs = m_startMs + packed.number();
                request.id = m_firstRequest + packed.number();
                if (packed.damaged() || (m_passing && combination >= m_passing->size()))
                    return damagedDay(m_day);
                if (!unpriced)
                    request.cost = m_cost;
                if (criteria.leastCost && m_cost < *criteria.leastCost)
                    return {}; // nor any behind it
                if ((m_passing && !(*m_passing)[combination]) || (after && !(request < *after)) ||
                    (criteria.sinceMs && request.timeMs < *criteria.sinceMs) ||
                    (criteria.untilMs && request.timeMs >= *criteria.untilMs))
                    continue;
                m_read = m_bytes.size() - packed.size();
                m_current = request;
                return {};
            }
            const auto more = readPart(connection, unpriced);
            if (!more)
                return tl::unexpected<Error>(more.error());
            if (!*more)
                return {};
        }
    }

private:
    Result<bool> readPart(sqlite::Connection& connection, bool unpriced) {
        auto query =
            connection.query("SELECT requests FROM past_dearest WHERE unpriced=?1 AND day=?2 AND part=?3");
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        (*query)->bindAll(std::int64_t{unpriced}, m_day, m_part++);
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return false;
        const auto bytes = unsealed((*query)->bytes(0));
        if (!bytes)
            return damagedDay(m_day);
        PackedBytes packed(*bytes);
        m_cost = packed.number();
        m_bytes = bytes->substr(bytes->size() - packed.size());
        m_read = 0;
        return true;
    }

    std::int64_t m_day;
    std::int64_t m_startMs;
    std::int64_t m_firstRequest;
    std::optional<std::vector<bool>> m_passing;
    std::int64_t m_part = 0; ///< the next to be read
    std::string m_bytes;     ///< of the one that is being read
    std::size_t m_read = 0;
    std::int64_t m_cost = 0;
    std::optional<RankedRequest> m_current;
};

Result<std::vector<RankedRequest>> DearestRequests::list(std::int64_t end, std::size_t limit,
                                                         const std::optional<RankedRequest>& after) {
    auto days = daysBefore(end);
    if (!days)
        return tl::unexpected<Error>(std::move(days.error()));
    std::vector<RankedRequest> listed;
    if (!m_criteria.unpriced && (!after || after->cost)) {
        if (auto done = listSome(*days, false, limit, after, listed); !done)
            return tl::unexpected<Error>(std::move(done.error()));
    }
    if (!m_criteria.leastCost && listed.size() < limit) {
        if (auto done = listSome(std::move(*days), true, limit, after, listed); !done)
            return tl::unexpected<Error>(std::move(done.error()));
    }
    return listed;
}

Result<std::vector<DearestRequests::DayList>> DearestRequests::daysBefore(std::int64_t end) {
    std::int64_t first = std::numeric_limits<std::int64_t>::min();
    LocalDays days(m_zone);
    if (m_criteria.sinceMs)
        first = numberOf(days.dayOf(timeAt(*m_criteria.sinceMs)));
    if (m_criteria.untilMs)
        end = std::min(end, numberOf(days.dayOf(timeAt(*m_criteria.untilMs - 1))) + 1);
    auto query = m_connection.query("SELECT day, first_request FROM past_quarter WHERE day>=?1 AND day<?2");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(first, end);
    const CombinationFilter filter{m_criteria.values(), false};
    std::vector<DayList> lists;
    const auto read = (*query)->each([&](const sqlite::Statement& row) -> Result<void> {
        const std::int64_t day = row.number(0);
        DayList list(day, m_zone.startOf(dayOf(day)).time_since_epoch().count(), row.number(1));
        if (!filter.values.empty()) {
            auto passing = m_past.passing(day, filter);
            if (!passing)
                return tl::unexpected<Error>(std::move(passing.error()));
            if (std::find(passing->begin(), passing->end(), true) == passing->end())
                return {};
            list.choose(std::move(*passing));
        }
        lists.push_back(std::move(list));
        return {};
    });
    if (!read)
        return tl::unexpected<Error>(read.error());
    return lists;
}

Result<void> DearestRequests::listSome(std::vector<DayList> days, bool unpriced, std::size_t limit,
                                       const std::optional<RankedRequest>& after,
                                       std::vector<RankedRequest>& listed) {
    // A heap of the days by the next request of each.
    using Next = std::pair<RankedRequest, std::size_t>;
    std::vector<Next> next;
    const auto advance = [&](std::size_t day) -> Result<void> {
        if (auto moved = days[day].next(m_connection, m_criteria, unpriced, after); !moved)
            return moved;
        if (days[day].current()) {
            next.emplace_back(*days[day].current(), day);
            std::push_heap(next.begin(), next.end());
        }
        return {};
    };
    for (std::size_t day = 0; day < days.size(); ++day) {
        if (auto moved = advance(day); !moved)
            return moved;
    }
    while (!next.empty() && listed.size() < limit) {
        std::pop_heap(next.begin(), next.end());
        const auto [request, day] = next.back();
        next.pop_back();
        listed.push_back(request);
        if (auto moved = advance(day); !moved)
            return moved;
    }
    return {};
}

} // namespace tierdeck::sessions
