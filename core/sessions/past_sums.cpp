#include "core/sessions/past_sums.h"

#include "core/sessions/reader_query.h"
#include "core/sessions/time_zone.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace tierdeck::sessions {

namespace {

/// As past_quarter keeps them; nullopt where it no longer does.
std::optional<std::vector<Combination>> unpackedCombinations(std::string_view sealed) {
    const auto bytes = unsealed(sealed);
    if (!bytes)
        return std::nullopt;
    PackedBytes packed(*bytes);
    std::vector<Combination> combinations;
    while (!packed.atEnd()) {
        Combination& one = combinations.emplace_back();
        for (std::int64_t& value : one.values)
            value = packed.number();
        one.unpriced = packed.number() != 0;
    }
    if (packed.damaged())
        return std::nullopt;
    return combinations;
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
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return {};
        const std::int64_t day = (*query)->number(0);
        const auto bytes = unsealed((*query)->bytes(1));
        if (!bytes)
            return damagedDay(day);
        PackedBytes packed(*bytes);
        while (!packed.atEnd()) {
            const std::int64_t value = packed.number();
            visit(day, value, packed.sums());
        }
        if (packed.damaged())
            return damagedDay(day);
    }
}

/// `visit` is given the packed quarters of each day and combination that passes, and the number that the
/// first of them counts from.
template <typename Visit>
Result<void> PastSums::eachPart(std::int64_t first, std::int64_t end, const CombinationFilter& filter,
                                Visit visit) {
    auto query = m_connection.query(
        "SELECT day, combinations, sums FROM past_quarter WHERE day>=?1 AND day<?2 ORDER BY day");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(first, end);
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return {};
        const std::int64_t day = (*query)->number(0);
        const auto combinations = unpackedCombinations((*query)->bytes(1));
        if (!combinations)
            return damagedDay(day);
        if (std::none_of(combinations->begin(), combinations->end(),
                         [&filter](const Combination& one) { return filter.passes(one); }))
            continue; // the sums, which are longer, need not be read
        const auto bytes = unsealed((*query)->bytes(2));
        if (!bytes)
            return damagedDay(day);
        PackedBytes packed(*bytes);
        const std::int64_t firstQuarter = packed.number();
        for (const Combination& combination : *combinations) {
            PackedBytes quarters = packed.part();
            if (filter.passes(combination))
                visit(day, combination, firstQuarter, quarters);
            if (quarters.damaged())
                return damagedDay(day);
        }
        if (packed.damaged() || !packed.atEnd())
            return damagedDay(day);
    }
}

Result<void> PastSums::byQuarter(std::int64_t first, std::int64_t end, const CombinationFilter& filter,
                                 const StartOf& startOf, const OfCombination& visit) {
    return eachPart(
        first, end, filter,
        [&](std::int64_t, const Combination& combination, std::int64_t quarter, PackedBytes& quarters) {
            std::optional<std::int64_t> start;
            Sums gathered{};
            while (!quarters.atEnd()) {
                quarter += quarters.number();
                const Sums sums = quarters.sums();
                const auto next = startOf(quarter);
                if (start && start != next) {
                    visit(*start, combination, gathered);
                    gathered = {};
                }
                start = next;
                if (start)
                    add(gathered, sums);
            }
            if (start)
                visit(*start, combination, gathered);
        });
}

Result<void> PastSums::byDay(std::int64_t first, std::int64_t end, const CombinationFilter& filter,
                             const OfCombination& visit) {
    return eachPart(
        first, end, filter,
        [&visit](std::int64_t day, const Combination& combination, std::int64_t, PackedBytes& quarters) {
            Sums ofDay{};
            while (!quarters.atEnd()) {
                (void)quarters.number();
                add(ofDay, quarters.sums());
            }
            visit(day, combination, ofDay);
        });
}

Result<std::vector<Combination>> PastSums::combinationsOf(std::int64_t day) {
    auto query = m_connection.query("SELECT combinations FROM past_quarter WHERE day=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, day);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    auto combinations = unpackedCombinations(*row ? (*query)->bytes(0) : std::string_view());
    if (!combinations)
        return damagedDay(day);
    return std::move(*combinations);
}

} // namespace tierdeck::sessions
