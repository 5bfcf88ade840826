// All that the Spend page shows at once, and the question that it answers: read from the store in the
// worker's thread in one go, so that every number on the page is of the same moment. Plain values;
// readSpend() runs where the StoreReader lives.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/routing/budget.h"
#include "core/routing/budget_use.h"
#include "core/sessions/savings.h"
#include "core/sessions/spend_range.h"
#include "core/sessions/store_reader.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck::routing {
struct Policy;
}

namespace tierdeck::ui {

struct SpendQuestion {
    using PolicyNow = std::function<std::shared_ptr<const routing::Policy>()>;

    sessions::RangeChoice range;
    std::optional<sessions::Period> period; ///< nullopt: what suits the range
    sessions::Dimension stackedBy = sessions::Dimension::Tier;
    std::array<sessions::Dimension, 2> breakdowns{sessions::Dimension::Model, sessions::Dimension::Project};
    sessions::Filter filter; ///< its times are the range's
    std::string timeZone;    ///< "" = the store's
    std::string baseline;    ///< provider/model; "" = the dearest that serves a tier
    PolicyNow policy;        ///< asked in the worker's thread; may be empty, and give null
};

/// How full a budget is, and what it will come to.
struct BudgetLine {
    routing::Budget budget;
    NanoUsd used;
};

/// Requests that a person labelled with another tier than the one that served.
struct LabelTally {
    std::int64_t labels = 0;
    std::vector<RequestId> overRouted;  ///< served by a higher tier than needed
    std::vector<RequestId> underRouted; ///< by a lower one
};

struct SpendSnapshot {
    /// More than this are too narrow to see: a year of days is not.
    static constexpr std::size_t mostPeriods = 400;
    static constexpr int weeksOfHeat = 27;
    static constexpr int topSessions = 8;
    static constexpr int mostPromotionsLooked = 250;

    UtcTime now{};
    std::string timeZone;
    sessions::TimeRange range;
    sessions::Period period = sessions::Period::Day;
    std::vector<sessions::Period> suitable; ///< those that give neither one nor too many periods
    std::vector<sessions::NamedPeriod> periods;
    bool storeIsEmpty = false;

    sessions::SpendResult series; ///< by period and SpendQuestion::stackedBy
    sessions::SpendResult tiers;  ///< by period and tier
    std::array<sessions::SpendResult, 2> breakdowns;
    std::vector<sessions::NamedPeriod> heatDays;
    sessions::SpendResult heat; ///< by day, of heatDays
    std::vector<sessions::SessionRow> dearest;
    sessions::Savings savings;
    std::string baseline;
    std::vector<std::string> baselines; ///< models with a price that could be one
    sessions::UnsetPromotions promotions;
    LabelTally labels;

    /// Of the range, where its end is still to come: what it will have cost, period by period from the one
    /// of now on.
    struct ForecastPoint {
        std::size_t period = 0; ///< index in `periods`
        routing::Forecast forecast;
    };

    std::vector<ForecastPoint> forecast;
    /// Of this calendar month, whatever the range.
    NanoUsd monthSoFar;
    std::optional<routing::Forecast> month;
    std::optional<BudgetLine> monthBudget; ///< the tightest that the filter is within
    std::optional<BudgetLine> rangeBudget; ///< of a range that is a budget's period: today, this month

    std::int64_t readMs = 0; ///< how long it took
    std::size_t rowsRead =
        0; ///< of spending and sessions that the store gave, also those only summed up here
};

/// `wanted` turning false gives it up: Cancelled.
[[nodiscard]] Result<SpendSnapshot> readSpend(sessions::StoreReader& reader, const SpendQuestion& question,
                                              const Clock& clock, const std::function<bool()>& wanted);

} // namespace tierdeck::ui
