// Counts what was spent: whole days of the store's zone from the roll-up, the rest from the requests. One
// thread at a time; owned by a StoreReader, whose connection and names it uses.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/store_reader.h"
#include "core/sessions/time_zone.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

class SpendCounter {
public:
    SpendCounter(sqlite::Connection& connection, NameBook& names, const TimeZone& storeZone)
        : m_connection(connection)
        , m_names(names)
        , m_storeZone(storeZone) {}

    /// A result for each grouping. Inside a read transaction of the caller.
    [[nodiscard]] Result<std::vector<SpendResult>>
    count(const std::vector<Grouping>& groupings, const Criteria& criteria, const std::string& timeZone);
    /// From the first request in the criteria's time to just after the last; nullopt where there is none.
    [[nodiscard]] Result<std::optional<std::pair<std::int64_t, std::int64_t>>>
    stretchOf(const Criteria& criteria);

private:
    class Sheet;
    /// Which days come from the roll-up ([firstDay, endDay)) and which stretches of time from the requests.
    struct Plan;

    /// What one look at the store is for: all groupings whose plan is the same.
    using Sheets = std::vector<Sheet*>;

    [[nodiscard]] Result<Plan> planFor(Period period, const Criteria& criteria, const TimeZone& zone);
    [[nodiscard]] Plan wholeDays(const Criteria& criteria) const;
    [[nodiscard]] Result<void> carryOut(const Plan& plan, const Criteria& criteria, const Sheets& sheets);
    [[nodiscard]] Result<void> addDays(const Plan& plan, const Criteria& criteria, const Sheets& sheets);
    /// Those of a plan that are summed by one dimension, and the rest of them from the roll-up.
    [[nodiscard]] Result<void> addPastDays(const Plan& plan, const Criteria& criteria, const Sheets& sheets);
    [[nodiscard]] Result<void> addSummed(const Plan& plan, std::pair<std::int64_t, std::int64_t> within,
                                         std::int64_t dimension, const Sheets& sheets);
    [[nodiscard]] Result<void> addRequests(Criteria criteria, const Sheets& sheets);

    sqlite::Connection& m_connection;
    NameBook& m_names;
    const TimeZone& m_storeZone;
};

} // namespace tierdeck::sessions
