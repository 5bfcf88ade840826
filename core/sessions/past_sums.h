// Reads what PastDays has made of days gone by. Made for one look at the store and used inside its
// transaction, by the reader's parts and by PastDays itself; one thread.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/packed_sums.h"
#include "core/sessions/sqlite.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

/// What requests of a day have in common that are summed up together, and their sums.
struct Combination {
    DimensionValues values{};
    bool unpriced = false;
    Sums ofDay{};
};

/// The values that are wanted, with their dimensions' places from 0.
struct CombinationFilter {
    std::vector<std::pair<std::size_t, std::int64_t>> values;
    bool unpriced = false; ///< only those

    [[nodiscard]] bool passes(const Combination& combination) const;
};

class PastSums {
public:
    explicit PastSums(sqlite::Connection& connection)
        : m_connection(connection) {}

    /// Days before this one are summed up; nullopt where there is no such.
    [[nodiscard]] Result<std::optional<std::int64_t>> until();
    /// The first of them on which there are requests.
    [[nodiscard]] Result<std::optional<std::int64_t>> firstDay();

    enum class Step { Day, Month };
    /// A dimension's place from 1 and a value of it; 0 for everything.
    using Within = std::pair<std::int64_t, std::int64_t>;
    using OfValue = std::function<void(std::int64_t firstDay, std::int64_t value, const Sums& sums)>;
    /// The sums of each value of the dimension (0: of all, as value 0) in each step that begins in
    /// [first, end). Months hold where they end before until().
    [[nodiscard]] Result<void> byDimension(Step step, Within within, std::int64_t dimension,
                                           std::int64_t first, std::int64_t end, const OfValue& visit);

    using StartOf = std::function<std::optional<std::int64_t>(std::int64_t quarter)>;
    using OfCombination = std::function<void(std::int64_t start, const Combination&, const Sums& sums)>;
    /// Of the quarters of the days [first, end) those that begin somewhere, added together where they begin
    /// at the same; `startOf` never falls from one to the next.
    [[nodiscard]] Result<void> byQuarter(std::int64_t first, std::int64_t end,
                                         const CombinationFilter& filter, const StartOf& startOf,
                                         const OfCombination& visit);

    /// Of the days [first, end); each day is a start.
    [[nodiscard]] Result<void> byDay(std::int64_t first, std::int64_t end, const CombinationFilter& filter,
                                     const OfCombination& visit);

    /// Which of a day's combinations pass, in the order in which past_dearest counts them.
    [[nodiscard]] Result<std::vector<bool>> passing(std::int64_t day, const CombinationFilter& filter);

private:
    [[nodiscard]] static bool visitQuarters(const Combination& combination, PackedBytes& quarters,
                                            std::int64_t quarter, std::optional<std::int64_t> lastStart,
                                            const StartOf& startOf, const OfCombination& visit);

    sqlite::Connection& m_connection;
};

/// What is said of a day whose sums are not what PastDays wrote. Everything in them can be had from the
/// requests, too.
[[nodiscard]] tl::unexpected<Error> damagedDay(std::int64_t day);

} // namespace tierdeck::sessions
