#include "core/sessions/past_days.h"

#include "core/sessions/numbers_hash.h"
#include "core/sessions/roll_ups.h"
#include "core/sessions/schema.h"
#include "core/sessions/sqlite.h"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

namespace tierdeck::sessions {

namespace {

using Steady = std::chrono::steady_clock;

/// Nobody waits for these sums: where somebody writes just now, they are made later.
constexpr int busyTimeoutMs = 20;

constexpr int firstValue = 1;
constexpr int firstSum = firstValue + schema::dimensionCount;

std::int64_t numberOf(LocalDay day) {
    return day.time_since_epoch().count();
}

/// within, within_value, dimension, value
using Key = std::array<std::int64_t, 4>;

using DaySums = std::unordered_map<Key, Sums, NumbersHash>;

void add(Sums& to, const Sums& more) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += more[i];
}

/// Adds one combination wherever it counts: 0 stands for no dimension, with 0 as its value.
void addRow(DaySums& day, const sqlite::Statement& row) {
    std::array<std::int64_t, schema::dimensionCount + 1> values{};
    for (int place = 0; place < schema::dimensionCount; ++place)
        values[static_cast<std::size_t>(place) + 1] = row.number(firstValue + place);
    Sums sums{};
    for (int i = 0; i < schema::sumCount; ++i)
        sums[static_cast<std::size_t>(i)] = row.number(firstSum + i);
    for (std::size_t within = 0; within < values.size(); ++within) {
        for (std::size_t dimension = 0; dimension < values.size(); ++dimension) {
            // Within a tier there is only that tier: the row without a dimension says it.
            if (dimension != 0 && dimension == within)
                continue;
            add(day[{static_cast<std::int64_t>(within), values[within], static_cast<std::int64_t>(dimension),
                     values[dimension]}],
                sums);
        }
    }
}

} // namespace

struct PastDays::Impl {
    explicit Impl(sqlite::Connection storeConnection)
        : connection(std::move(storeConnection)) {}

    [[nodiscard]] Result<std::int64_t> summedUntil();
    [[nodiscard]] Result<void> setSummedUntil(std::int64_t day);
    [[nodiscard]] Result<bool> sumSome(std::int64_t end, Steady::time_point stopAt);
    [[nodiscard]] Result<void> write(std::int64_t day, const DaySums& sums);

    sqlite::Connection connection;
};

Result<PastDays> PastDays::open(const std::filesystem::path& file) {
    // Who looks back has requests; a store is not made for it.
    if (auto there = schema::openForReading(file, busyTimeoutMs); !there)
        return tl::unexpected<Error>(std::move(there.error()));
    auto connection = schema::openForWriting(file, busyTimeoutMs, {});
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    return PastDays(std::make_unique<Impl>(std::move(*connection)));
}

PastDays::PastDays(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl)) {}

PastDays::~PastDays() = default;
PastDays::PastDays(PastDays&&) noexcept = default;
PastDays& PastDays::operator=(PastDays&&) noexcept = default;

Result<bool> PastDays::sumUp(LocalDay end, std::chrono::milliseconds longest) {
    const auto stopAt = Steady::now() + longest;
    const auto until = m_impl->summedUntil();
    if (!until)
        return tl::unexpected<Error>(until.error());
    if (*until >= numberOf(end)) // mostly; without the write lock
        return true;
    auto transaction = sqlite::Transaction::begin(m_impl->connection, sqlite::Transaction::Kind::Write);
    if (!transaction)
        return tl::unexpected<Error>(std::move(transaction.error()));
    const auto done = m_impl->sumSome(numberOf(end), stopAt);
    if (!done)
        return tl::unexpected<Error>(done.error());
    if (auto committed = transaction->commit(); !committed)
        return tl::unexpected<Error>(std::move(committed.error()));
    return *done;
}

Result<std::int64_t> PastDays::Impl::summedUntil() {
    const auto until = connection.number(std::string(schema::summedUntil));
    if (!until)
        return tl::unexpected<Error>(until.error());
    return until->value_or(0);
}

Result<void> PastDays::Impl::setSummedUntil(std::int64_t day) {
    auto query = connection.query("UPDATE meta SET value=?1 WHERE name='summed_until'");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    return (*query)->runWith(day);
}

/// In a write transaction, so that nobody changes what was read.
Result<bool> PastDays::Impl::sumSome(std::int64_t end, Steady::time_point stopAt) {
    const auto from = summedUntil();
    if (!from)
        return tl::unexpected<Error>(from.error());
    auto query =
        connection.query("SELECT day, source, tier, model, provider, project, client, task_type, " +
                         std::string(schema::sums) + " FROM daily WHERE day>=?1 AND day<?2 ORDER BY day");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(*from, end);
    DaySums sums;
    std::int64_t day = 0;
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        const bool more = *row;
        if (!sums.empty() && (!more || (*query)->number(0) != day)) {
            if (auto written = write(day, sums); !written)
                return tl::unexpected<Error>(std::move(written.error()));
            sums.clear();
            if (more && Steady::now() >= stopAt) {
                if (auto set = setSummedUntil(day + 1); !set)
                    return tl::unexpected<Error>(std::move(set.error()));
                return false;
            }
        }
        if (!more)
            break;
        day = (*query)->number(0);
        addRow(sums, **query);
    }
    if (auto set = setSummedUntil(end); !set)
        return tl::unexpected<Error>(std::move(set.error()));
    return true;
}

/// Rows of an earlier time are replaced; none becomes superfluous, since requests only come.
Result<void> PastDays::Impl::write(std::int64_t day, const DaySums& sums) {
    auto query = connection.query(
        "INSERT OR REPLACE INTO past_day(within, within_value, dimension, day, value, " +
        std::string(schema::sums) + ") VALUES(" + sqlite::placeholders(1, 5 + schema::sumCount) + ")");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    for (const auto& [key, values] : sums) {
        (*query)->bindAll(key[0], key[1], key[2], day, key[3]);
        int place = 6;
        for (const std::int64_t value : values)
            (*query)->bind(place++, value);
        if (auto done = (*query)->run(); !done)
            return done;
    }
    return {};
}

} // namespace tierdeck::sessions
