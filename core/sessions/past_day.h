// A day gone by as the store keeps it: read from its requests once, then written in few bytes. One thread;
// used by PastDays, in its transaction.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/numbers_hash.h"
#include "core/sessions/packed_sums.h"
#include "core/sessions/sqlite.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

class PastDay {
public:
    /// Of the requests in [fromMs, untilMs).
    [[nodiscard]] static Result<PastDay> read(sqlite::Connection& connection, std::int64_t day,
                                              std::int64_t fromMs, std::int64_t untilMs);

    /// Into past_sum, past_quarter and past_dearest.
    [[nodiscard]] Result<void> write(sqlite::Connection& connection);

private:
    PastDay(std::int64_t day, std::int64_t startMs)
        : m_day(day)
        , m_startMs(startMs) {}

    /// Values, then whether it is unpriced.
    using Key = std::array<std::int64_t, schema::dimensionCount + 1>;

    struct Combination {
        Key key{};
        Sums ofDay{};
        std::vector<std::pair<std::int64_t, Sums>> quarters; ///< in order; with their numbers
    };

    struct Request {
        std::optional<std::int64_t> cost;
        std::int64_t timeMs = 0;
        std::int64_t id = 0;
        std::int64_t combination = 0; ///< index
    };

    void add(const Key& key, const Sums& sums, Request request);
    [[nodiscard]] Result<void> writeQuarters(sqlite::Connection& connection) const;
    [[nodiscard]] Result<void> writeDimensions(sqlite::Connection& connection) const;
    [[nodiscard]] Result<void> writeDearest(sqlite::Connection& connection);

    std::int64_t m_day;
    std::int64_t m_startMs;
    std::int64_t m_firstRequest = std::numeric_limits<std::int64_t>::max();
    std::int64_t m_lastQuarter = 0;
    std::vector<Combination> m_combinations;
    std::unordered_map<Key, std::size_t, NumbersHash> m_indexOf;
    std::vector<Request> m_requests;
};

} // namespace tierdeck::sessions
