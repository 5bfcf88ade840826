#include "core/sessions/past_days.h"

#include "core/sessions/dimension_sums.h"
#include "core/sessions/past_day.h"
#include "core/sessions/past_sums.h"
#include "core/sessions/schema.h"
#include "core/sessions/spend_range.h"
#include "core/sessions/sqlite.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

namespace {

using Steady = std::chrono::steady_clock;

/// Nobody waits for these sums: where somebody writes just now, they are made later.
constexpr int busyTimeoutMs = 20;

std::int64_t numberOf(LocalDay day) {
    return day.time_since_epoch().count();
}

LocalDay dayOf(std::int64_t number) {
    return LocalDay(std::chrono::days(static_cast<int>(number)));
}

} // namespace

struct PastDays::Impl {
    Impl(sqlite::Connection storeConnection, TimeZone storeZone)
        : connection(std::move(storeConnection))
        , zone(std::move(storeZone)) {}

    [[nodiscard]] Result<std::int64_t> summedUntil();
    [[nodiscard]] Result<void> setSummedUntil(std::int64_t day);
    [[nodiscard]] Result<bool> sumSome(std::int64_t end, Steady::time_point stopAt);
    /// The first day from `from` on, and before `end`, on which there are requests.
    [[nodiscard]] Result<std::optional<std::int64_t>> nextDay(std::int64_t from, std::int64_t end);
    [[nodiscard]] Result<void> sumDay(std::int64_t day);
    /// The months that end in (from, until].
    [[nodiscard]] Result<void> sumMonths(std::int64_t from, std::int64_t until);
    [[nodiscard]] Result<void> sumMonth(std::int64_t firstDay, std::int64_t endDay);
    /// Of sessions whose last request is on one of the days [from, until).
    [[nodiscard]] Result<void> rankSessions(std::int64_t from, std::int64_t until);

    [[nodiscard]] std::int64_t startMs(std::int64_t day) const {
        return zone.startOf(dayOf(day)).time_since_epoch().count();
    }

    sqlite::Connection connection;
    TimeZone zone;
};

Result<PastDays> PastDays::open(const std::filesystem::path& file) {
    // Who looks back has requests; a store is not made for it.
    if (auto there = schema::openForReading(file, busyTimeoutMs); !there)
        return tl::unexpected<Error>(std::move(there.error()));
    auto connection = schema::openForWriting(file, busyTimeoutMs, {});
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    auto zone = schema::timeZoneOf(*connection);
    if (!zone)
        return tl::unexpected<Error>(std::move(zone.error()));
    return PastDays(std::make_unique<Impl>(std::move(*connection), std::move(*zone)));
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
    const auto until = PastSums(connection).until();
    if (!until)
        return tl::unexpected<Error>(until.error());
    return until->value_or(schema::neverSummed);
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
    if (*from >= end)
        return true;
    std::int64_t until = *from;
    for (;;) {
        const auto day = nextDay(until, end);
        if (!day)
            return tl::unexpected<Error>(day.error());
        if (!*day) {
            until = end;
            break;
        }
        if (until != *from && Steady::now() >= stopAt)
            break;
        if (auto summed = sumDay(**day); !summed)
            return tl::unexpected<Error>(std::move(summed.error()));
        until = **day + 1;
    }
    if (auto summed = sumMonths(*from, until); !summed)
        return tl::unexpected<Error>(std::move(summed.error()));
    if (auto ranked = rankSessions(*from, until); !ranked)
        return tl::unexpected<Error>(std::move(ranked.error()));
    if (auto set = setSummedUntil(until); !set)
        return tl::unexpected<Error>(std::move(set.error()));
    return until >= end;
}

Result<std::optional<std::int64_t>> PastDays::Impl::nextDay(std::int64_t from, std::int64_t end) {
    auto query = connection.query("SELECT min(day) FROM daily WHERE day>=?1 AND day<?2");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(from, end);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    return *row ? (*query)->optionalNumber(0) : std::nullopt;
}

Result<void> PastDays::Impl::sumDay(std::int64_t day) {
    auto past = PastDay::read(connection, day, startMs(day), startMs(day + 1));
    if (!past)
        return tl::unexpected<Error>(std::move(past.error()));
    return past->write(connection);
}

Result<void> PastDays::Impl::sumMonths(std::int64_t from, std::int64_t until) {
    const std::int64_t firstStart =
        from == schema::neverSummed ? from : numberOf(startOfPeriod(Period::Month, dayOf(from)));
    for (std::int64_t start = firstStart;;) {
        const auto day = nextDay(start, until);
        if (!day)
            return tl::unexpected<Error>(day.error());
        if (!*day)
            return {};
        start = numberOf(startOfPeriod(Period::Month, dayOf(**day)));
        const std::int64_t end = numberOf(startOfPeriod(Period::Month, dayOf(start + 31)));
        if (end > until)
            return {};
        if (auto summed = sumMonth(start, end); !summed)
            return summed;
        start = end;
    }
}

Result<void> PastDays::Impl::sumMonth(std::int64_t firstDay, std::int64_t endDay) {
    DimensionSums byDimension;
    const auto read = [&] {
        byDimension = {};
        return PastSums(connection)
            .byDay(firstDay, endDay, {},
                   [&byDimension](std::int64_t, const Combination& combination, const Sums& sums) {
                       byDimension.add(combination.values, sums);
                   });
    };
    auto done = read();
    if (!done && done.error().code == ErrorCode::ParseFailed) { // the requests still know
        for (std::int64_t day = firstDay; day < endDay; ++day) {
            if (auto summed = sumDay(day); !summed)
                return summed;
        }
        done = read();
    }
    if (!done)
        return done;
    return byDimension.writeMonth(connection, firstDay);
}

Result<void> PastDays::Impl::rankSessions(std::int64_t from, std::int64_t until) {
    const std::string over = " INDEXED BY session_by_time WHERE last_ms>=?1 AND last_ms<?2";
    std::vector<std::string> statements{
        "INSERT OR REPLACE INTO past_session(session, turns, tokens) SELECT s.id, s.turns, " +
        std::string(schema::sessionTokens) +
        " FROM session AS s INDEXED BY session_by_time WHERE s.last_ms>=?1 AND s.last_ms<?2"};
    for (const auto& [place, column] : schema::partDimensions) {
        statements.push_back(
            "INSERT OR REPLACE INTO past_part(session, dimension, value, cost) SELECT session, " +
            std::to_string(place) + ", " + std::string(column) +
            ", sum(cost) FROM session_part WHERE session IN (SELECT id FROM session" + over +
            ") GROUP BY session, " + std::string(column));
    }
    const std::int64_t fromMs =
        from == schema::neverSummed ? std::numeric_limits<std::int64_t>::min() : startMs(from);
    for (const std::string& statement : statements) {
        auto query = connection.query(statement);
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        if (auto done = (*query)->runWith(fromMs, startMs(until)); !done)
            return done;
    }
    return {};
}

} // namespace tierdeck::sessions
