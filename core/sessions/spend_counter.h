// Counts what was spent: days gone by from what PastDays made of them, other whole days of the store's zone
// from the roll-up, the rest from the requests. One thread at a time; owned by a StoreReader, whose
// connection and names it uses.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/past_sums.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/spend_sheet.h"
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
        , m_storeZone(storeZone)
        , m_past(connection) {}

    /// A result for each grouping. Inside a read transaction of the caller.
    [[nodiscard]] Result<std::vector<SpendResult>>
    count(const std::vector<Grouping>& groupings, const Criteria& criteria, const std::string& timeZone);
    /// From the first request in the criteria's time to just after the last; nullopt where there is none.
    [[nodiscard]] Result<std::optional<std::pair<std::int64_t, std::int64_t>>>
    stretchOf(const Criteria& criteria);

private:
    /// Which days come from the roll-up ([firstDay, endDay)) and which stretches of time from the requests.
    struct Plan;

    /// What one look at the store is for: all groupings whose plan is the same.
    using Sheets = std::vector<SpendSheet*>;

    using Span = std::pair<std::int64_t, std::int64_t>; ///< [from, until)

    [[nodiscard]] Result<std::vector<SpendResult>> countIn(const std::vector<Grouping>& groupings,
                                                           const Criteria& criteria, const TimeZone& zone);
    [[nodiscard]] Result<Plan> planFor(Period period, const Criteria& criteria, const TimeZone& zone);
    [[nodiscard]] Plan wholeDays(const Criteria& criteria) const;
    [[nodiscard]] Result<void> carryOut(const Plan& plan, const Criteria& criteria, const TimeZone& zone,
                                        const Sheets& sheets);
    /// Whole days that are summed up.
    [[nodiscard]] Result<void> addPastDays(const Span& days, const Criteria& criteria, const Sheets& sheets);
    /// Those by one dimension, alone or within one value of another.
    [[nodiscard]] Result<void> addSummed(const Span& days, const Span& months, PastSums::Within within,
                                         std::int64_t dimension, const Sheets& sheets);
    /// The whole months among the days: twice the same where there is none.
    [[nodiscard]] Result<Span> monthsIn(const Span& days);
    /// From the roll-up, or from the requests.
    [[nodiscard]] Result<void> addDays(const Span& days, const Criteria& criteria, const Sheets& sheets);
    [[nodiscard]] Result<void> addRequests(const Criteria& criteria, const Sheets& sheets);
    /// Of a stretch of time what is summed up by quarters of an hour from there, the rest from the requests.
    [[nodiscard]] Result<void> addStretch(const Criteria& criteria, const TimeZone& zone,
                                          const Sheets& sheets);
    [[nodiscard]] Result<void> addQuarters(const Span& quarters, const Criteria& criteria,
                                           const TimeZone& zone, const Sheets& sheets);
    /// The quarters in the criteria's time that can be had without the requests.
    [[nodiscard]] Result<std::optional<Span>> summedQuarters(const Criteria& criteria, const TimeZone& zone);
    [[nodiscard]] Result<std::optional<std::int64_t>> summedUntil();

    sqlite::Connection& m_connection;
    NameBook& m_names;
    const TimeZone& m_storeZone;
    PastSums m_past;
    bool m_trustsPast = true;
};

} // namespace tierdeck::sessions
