#include "core/sessions/dimension_sums.h"

#include <algorithm>
#include <utility>

namespace tierdeck::sessions {

void DimensionSums::add(const DimensionValues& values, const Sums& sums) {
    std::array<std::int64_t, schema::dimensionCount + 1> at{};
    std::copy(values.begin(), values.end(), at.begin() + 1);
    for (std::size_t within = 0; within < at.size(); ++within) {
        for (std::size_t dimension = 0; dimension < at.size(); ++dimension) {
            // Within a tier there is only that tier: the sums without a dimension say it.
            if (dimension != 0 && dimension == within)
                continue;
            const Place place{static_cast<std::int64_t>(within), at[within],
                              static_cast<std::int64_t>(dimension)};
            sessions::add(m_sums[place][at[dimension]], sums);
        }
    }
}

Result<void> DimensionSums::writeDay(sqlite::Connection& connection, std::int64_t day) const {
    return write(connection,
                 "INSERT OR REPLACE INTO past_sum(within, within_value, dimension, day, sums) "
                 "VALUES(?1, ?2, ?3, ?4, ?5)",
                 day);
}

Result<void> DimensionSums::writeMonth(sqlite::Connection& connection, std::int64_t firstDay) const {
    return write(connection,
                 "INSERT OR REPLACE INTO past_month(within, within_value, dimension, month, sums) "
                 "VALUES(?1, ?2, ?3, ?4, ?5)",
                 firstDay);
}

/// Rows of an earlier time are replaced; none becomes superfluous, since requests only come.
Result<void> DimensionSums::write(sqlite::Connection& connection, std::string sql, std::int64_t start) const {
    auto query = connection.query(std::move(sql));
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    std::string bytes;
    for (const auto& [place, ofValues] : m_sums) {
        bytes.clear();
        for (const auto& [value, sums] : ofValues) {
            packNumber(bytes, value);
            packSums(bytes, sums);
        }
        seal(bytes);
        (*query)->bindAll(place[0], place[1], place[2], start);
        (*query)->bindBytes(5, bytes);
        if (auto done = (*query)->run(); !done)
            return done;
    }
    return {};
}

} // namespace tierdeck::sessions
