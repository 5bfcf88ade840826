#include "core/sessions/past_sums.h"

#include "core/sessions/reader_query.h"
#include "core/sessions/time_zone.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace tierdeck::sessions {

namespace {

using sqlite::Statement;

/// Walks over the combinations of a day as past_quarter keeps them.
class CombinationWalk {
public:
    explicit CombinationWalk(std::string_view bytes)
        : m_packed(bytes) {}

    /// To the next, without its sums; false at the end.
    [[nodiscard]] bool next() {
        if (m_packed.atEnd())
            return false;
        m_part = m_packed.part();
        for (std::int64_t& value : m_current.values)
            value = m_part.number();
        m_current.unpriced = m_part.number() != 0;
        m_damaged = m_damaged || m_part.damaged();
        return true;
    }

    [[nodiscard]] const Combination& current() const { return m_current; }

    /// Once.
    const Combination& withSums() {
        m_current.ofDay = m_part.sums();
        m_damaged = m_damaged || m_part.damaged();
        return m_current;
    }

    [[nodiscard]] bool damaged() const { return m_damaged || m_packed.damaged(); }

private:
    PackedBytes m_packed;
    PackedBytes m_part{{}};
    Combination m_current;
    bool m_damaged = false;
};

void subtract(Sums& from, const Sums& less) {
    for (std::size_t i = 0; i < from.size(); ++i)
        from[i] -= less[i];
}

} // namespace

tl::unexpected<Error> damagedDay(std::int64_t day) {
    return damagedStore("the sums of a day cannot be read",
                        isoDate(LocalDay(std::chrono::days(static_cast<int>(day)))));
}

bool CombinationFilter::passes(const Combination& combination) const {
    return (!unpriced || combination.unpriced) &&
           std::all_of(values.begin(), values.end(), [&combination](const auto& wanted) {
               return combination.values[wanted.first] == wanted.second;
           });
}

Result<std::optional<std::int64_t>> PastSums::until() {
    const auto day = m_connection.number(std::string(schema::summedUntil));
    if (!day)
        return tl::unexpected<Error>(day.error());
    if (!*day || **day == schema::neverSummed)
        return std::optional<std::int64_t>();
    return *day;
}

Result<std::optional<std::int64_t>> PastSums::firstDay() {
    const auto last = until();
    if (!last || !*last)
        return last;
    const auto first = m_connection.number("SELECT min(day) FROM past_quarter");
    if (!first)
        return tl::unexpected<Error>(first.error());
    return *first && **first < **last ? *first : std::nullopt;
}

Result<void> PastSums::byDimension(Step step, Within within, std::int64_t dimension, std::int64_t first,
                                   std::int64_t end, const OfValue& visit) {
    auto query = m_connection.query(
        step == Step::Day ? "SELECT day, sums FROM past_sum WHERE within=?1 AND within_value=?2 AND "
                            "dimension=?3 AND day>=?4 AND day<?5"
                          : "SELECT month, sums FROM past_month WHERE within=?1 AND within_value=?2 AND "
                            "dimension=?3 AND month>=?4 AND month<?5");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(within.first, within.second, dimension, first, end);
    return (*query)->each([&](const Statement& row) -> Result<void> {
        const std::int64_t day = row.number(0);
        const auto bytes = unsealed(row.bytes(1));
        if (!bytes)
            return damagedDay(day);
        PackedBytes packed(*bytes);
        while (!packed.atEnd()) {
            const std::int64_t value = packed.number();
            visit(day, value, packed.sums());
        }
        if (packed.damaged())
            return damagedDay(day);
        return {};
    });
}

Result<void> PastSums::byQuarter(std::int64_t first, std::int64_t end, const CombinationFilter& filter,
                                 const StartOf& startOf, const OfCombination& visit) {
    auto query = m_connection.query(
        "SELECT day, combinations, sums FROM past_quarter WHERE day>=?1 AND day<?2 ORDER BY day");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(first, end);
    return (*query)->each([&](const Statement& row) -> Result<void> {
        const std::int64_t day = row.number(0);
        const auto combinations = unsealed(row.bytes(1));
        const auto bytes = unsealed(row.bytes(2));
        if (!combinations || !bytes)
            return damagedDay(day);
        CombinationWalk walk(*combinations);
        PackedBytes packed(*bytes);
        const std::int64_t firstQuarter = packed.number();
        const std::int64_t lastQuarter = firstQuarter + packed.number();
        const auto lastStart = startOf(lastQuarter);
        while (walk.next()) {
            PackedBytes quarters = packed.part();
            if (filter.passes(walk.current()) &&
                !visitQuarters(walk.withSums(), quarters, firstQuarter, lastStart, startOf, visit))
                return damagedDay(day);
        }
        if (walk.damaged() || packed.damaged() || !packed.atEnd())
            return damagedDay(day);
        return {};
    });
}

/// False where they are damaged. What begins as late as the day's last quarter does is the rest of the day,
/// however many quarters it has.
bool PastSums::visitQuarters(const Combination& combination, PackedBytes& quarters, std::int64_t quarter,
                             std::optional<std::int64_t> lastStart, const StartOf& startOf,
                             const OfCombination& visit) {
    Sums rest = combination.ofDay;
    Sums gathered{};
    std::optional<std::int64_t> start;
    while (!quarters.atEnd()) {
        quarter += quarters.number();
        const auto next = startOf(quarter);
        if (start && start != next) {
            visit(*start, combination, gathered);
            gathered = {};
        }
        start = next;
        if (start && start == lastStart) {
            gathered = rest;
            break;
        }
        const Sums sums = quarters.sums();
        subtract(rest, sums);
        if (start)
            add(gathered, sums);
    }
    if (start)
        visit(*start, combination, gathered);
    return !quarters.damaged();
}

Result<void> PastSums::byDay(std::int64_t first, std::int64_t end, const CombinationFilter& filter,
                             const OfCombination& visit) {
    auto query = m_connection.query(
        "SELECT day, combinations FROM past_quarter WHERE day>=?1 AND day<?2 ORDER BY day");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(first, end);
    return (*query)->each([&](const Statement& row) -> Result<void> {
        const std::int64_t day = row.number(0);
        const auto combinations = unsealed(row.bytes(1));
        if (!combinations)
            return damagedDay(day);
        CombinationWalk walk(*combinations);
        while (walk.next()) {
            if (!filter.passes(walk.current()))
                continue;
            const Combination& combination = walk.withSums();
            visit(day, combination, combination.ofDay);
        }
        if (walk.damaged())
            return damagedDay(day);
        return {};
    });
}

Result<std::vector<bool>> PastSums::passing(std::int64_t day, const CombinationFilter& filter) {
    auto query = m_connection.query("SELECT combinations FROM past_quarter WHERE day=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, day);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    const auto combinations = unsealed(*row ? (*query)->bytes(0) : std::string_view());
    if (!combinations)
        return damagedDay(day);
    CombinationWalk walk(*combinations);
    std::vector<bool> passing;
    while (walk.next())
        passing.push_back(filter.passes(walk.current()));
    if (walk.damaged())
        return damagedDay(day);
    return passing;
}

} // namespace tierdeck::sessions
