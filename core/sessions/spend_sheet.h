// The rows of one table of spending while they are being summed. One thread; used by SpendCounter.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/numbers_hash.h"
#include "core/sessions/packed_sums.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/store_reader.h"
#include "core/sessions/time_zone.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tierdeck::sessions {

class SpendSheet {
public:
    SpendSheet(const Grouping& grouping, TimeZone zone);

    /// Something of a whole day of the sheet's zone.
    void addDay(std::int64_t day, const DimensionValues& values, const Sums& sums);
    void addAt(std::int64_t timeMs, const DimensionValues& values, const Sums& sums);
    /// What is summed up by dimension() of a day, or of the month that begins with it; 0 where there is none.
    void addSummed(std::int64_t day, std::int64_t value, const Sums& sums);

    [[nodiscard]] Period period() const { return m_period; }

    /// The place of the only dimension from 1; 0 for none, nullopt for several.
    [[nodiscard]] std::optional<std::int64_t> dimension() const;

    [[nodiscard]] Result<SpendResult> result(NameBook& names) const;

private:
    /// Where the period starts (a day's number, or ms for an hour), then the value of each place, then 0.
    using Key = std::array<std::int64_t, 1 + schema::dimensionCount>;

    template <typename ValueAt>
    Sums& rowOf(std::int64_t start, ValueAt valueAt);
    [[nodiscard]] std::int64_t startOf(std::int64_t day);

    Period m_period;
    LocalDays m_days;
    std::vector<std::size_t> m_places; ///< of the dimensions, each once
    std::vector<std::size_t> m_asked;  ///< the index in it of each dimension that was asked for
    Key m_key{};
    std::unordered_map<Key, Sums, NumbersHash> m_rows;
    Sums* m_last = nullptr;
    std::int64_t m_day = std::numeric_limits<std::int64_t>::min();
    std::int64_t m_startOfDay = 0;
};

} // namespace tierdeck::sessions
