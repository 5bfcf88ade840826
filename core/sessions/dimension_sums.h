// Sums by one dimension, of everything and within each value of another: what a question about a whole day or
// month reads. Gathered from combinations of values, then written. One thread; used by PastDays.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/numbers_hash.h"
#include "core/sessions/packed_sums.h"
#include "core/sessions/sqlite.h"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace tierdeck::sessions {

class DimensionSums {
public:
    void add(const DimensionValues& values, const Sums& sums);

    /// Into past_sum or past_month, in place of what stands there for this day or month.
    [[nodiscard]] Result<void> writeDay(sqlite::Connection& connection, std::int64_t day) const;
    [[nodiscard]] Result<void> writeMonth(sqlite::Connection& connection, std::int64_t firstDay) const;

private:
    [[nodiscard]] Result<void> write(sqlite::Connection& connection, std::string sql,
                                     std::int64_t start) const;

    /// within, its value, dimension; 0 stands for no dimension, with 0 as its value
    using Place = std::array<std::int64_t, 3>;
    using SumsOfValues = std::unordered_map<std::int64_t, Sums>;
    std::unordered_map<Place, SumsOfValues, NumbersHash> m_sums;
};

} // namespace tierdeck::sessions
