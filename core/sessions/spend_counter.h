// Counts what was spent: whole days of the store's zone from the roll-up, the rest from the requests. One
// thread at a time; owned by a StoreReader, whose connection and names it uses.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/store_reader.h"
#include "core/sessions/time_zone.h"

namespace tierdeck::sessions {

class SpendCounter {
public:
    SpendCounter(sqlite::Connection& connection, NameBook& names, const TimeZone& storeZone)
        : m_connection(connection)
        , m_names(names)
        , m_storeZone(storeZone) {}

    /// Inside a read transaction of the caller.
    [[nodiscard]] Result<SpendResult> count(const SpendQuery& query, const Criteria& criteria);

private:
    class Sheet;
    /// Which days come from the roll-up ([firstDay, endDay)) and which stretches of time from the requests.
    struct Plan;

    [[nodiscard]] Result<Plan> planFor(const SpendQuery& query, const Criteria& criteria,
                                       const TimeZone& zone);
    [[nodiscard]] Plan wholeDays(const Criteria& criteria) const;
    [[nodiscard]] Result<std::pair<std::int64_t, std::int64_t>> stretchOf(const Criteria& criteria);
    [[nodiscard]] Result<void> addDays(const Plan& plan, const Criteria& criteria, Sheet& sheet);
    [[nodiscard]] Result<void> addRequests(Criteria criteria, Sheet& sheet);

    sqlite::Connection& m_connection;
    NameBook& m_names;
    const TimeZone& m_storeZone;
};

} // namespace tierdeck::sessions
