// What the store says was spent, parted by what decides towards which budgets it counts. One thread at a
// time; owned by who asks, whose connection and names it uses. Inside a read transaction of the caller all
// answers are of one moment.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/budget_use.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/time_zone.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tierdeck::sessions {

class BudgetSpend {
public:
    BudgetSpend(sqlite::Connection& connection, NameBook& names)
        : m_connection(connection)
        , m_names(names) {}

    /// `at`: the day's number since 1970 for days, milliseconds since 1970 for requests, 0 for sessions. The
    /// key's views live until take() returns.
    using Take = std::function<void(const routing::SpendKey& key, std::int64_t at, NanoUsd cost)>;

    /// Each day of [first, end), from the roll-up; without tokens.
    [[nodiscard]] Result<void> days(LocalDay first, LocalDay end, const Take& take);
    /// Each priced request since `from`.
    [[nodiscard]] Result<void> requests(UtcTime from, const Take& take);
    /// All of a session.
    [[nodiscard]] Result<void> session(std::string_view name, const Take& take);
    /// The session of the latest request; "" where there is none.
    [[nodiscard]] Result<std::string> latestSession();
    [[nodiscard]] Result<bool> isStored(std::int64_t request);

private:
    [[nodiscard]] Result<void> takeAll(sqlite::Statement& statement, const Take& take);

    sqlite::Connection& m_connection;
    NameBook& m_names;
};

} // namespace tierdeck::sessions
