// The dearest requests of days gone by, from the order that PastDays keeps of each: so a list of the dearest
// of a year begins with a few requests of each day. Used by the reader, inside its transaction; one thread.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/past_sums.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/time_zone.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

/// The greater comes first: the dearer, then the later. What has no price is less than anything.
struct RankedRequest {
    std::optional<std::int64_t> cost;
    std::int64_t timeMs = 0;
    std::int64_t id = 0;
    auto operator<=>(const RankedRequest&) const = default;
};

class DearestRequests {
public:
    DearestRequests(sqlite::Connection& connection, const TimeZone& storeZone, const Criteria& criteria)
        : m_connection(connection)
        , m_past(connection)
        , m_zone(storeZone)
        , m_criteria(criteria) {}

    /// The first `limit` of the days before `end`, or those that follow on `after`. ParseFailed where what is
    /// kept of a day is damaged.
    [[nodiscard]] Result<std::vector<RankedRequest>> list(std::int64_t end, std::size_t limit,
                                                          const std::optional<RankedRequest>& after);

private:
    class DayList;
    [[nodiscard]] Result<std::vector<DayList>> daysBefore(std::int64_t end);
    [[nodiscard]] Result<void> listSome(std::vector<DayList> days, bool unpriced, std::size_t limit,
                                        const std::optional<RankedRequest>& after,
                                        std::vector<RankedRequest>& listed);

    sqlite::Connection& m_connection;
    PastSums m_past;
    const TimeZone& m_zone;
    const Criteria& m_criteria;
};

} // namespace tierdeck::sessions
