// What was spent of budgets: which requests count towards one, how full it is, what it will come to, and
// whether money runs away. Pure values; SpendSource is how whoever serves learns what was spent (any thread;
// implemented by sessions, which counts it in the store).
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/strong_type.h"
#include "core/routing/budget.h"
#include "core/routing/policy.h"
#include "core/routing/request_record.h"
#include "core/routing/route_request.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// What of a request decides towards which budgets it counts.
struct SpendKey {
    std::string_view model; ///< provider/model that served
    std::string_view tier;  ///< "" for an explicit model
    std::string_view project;
    std::string_view client;
    std::string_view token;
};

[[nodiscard]] bool isInScope(const BudgetScope& scope, const SpendKey& key);

/// The first moment of a period and the first after it.
struct PeriodSpan {
    UtcTime from{};
    UtcTime until{};
    bool operator==(const PeriodSpan&) const = default;
};

/// What a period will have cost at its end.
struct Forecast {
    NanoUsd expected;
    /// Four times out of five it lies between these; both are `expected` where too few days are known.
    NanoUsd low;
    NanoUsd high;
};

/// used + mean * rest, where `rest` is the days that are left of the period (with fractions) and `mean` what
/// a day cost on average of `pastDays` (complete days, newest last); the interval is 1.28 standard deviations
/// of a day, times the root of `rest`. With fewer than three such days `mean` is what the period cost per day
/// since the first of them, or since it began, and there is no interval. Never less than what is used.
[[nodiscard]] Forecast forecast(NanoUsd used, const PeriodSpan& period, UtcTime now,
                                std::span<const NanoUsd> pastDays);

[[nodiscard]] double percentOf(NanoUsd used, NanoUsd limit);
/// The highest of the budget's thresholds that `percent` reaches.
[[nodiscard]] std::optional<double> alertReached(const Budget& budget, double percent);
/// "ok", "alert" where a threshold is reached, "exceeded" where the limit is.
[[nodiscard]] std::string_view stateOf(const Budget& budget, NanoUsd used);

/// Something about a budget that people should hear of, once.
struct BudgetAlert {
    enum class Kind { Threshold, Exceeded, Burst };
    Kind kind = Kind::Threshold;
    std::string budget;
    double percent = 0; ///< of the limit; of the burst's for Burst
    NanoUsd used;
    NanoUsd limit;
};

/// "'Monthly' at 81% (40.50 of 50.00 USD)"; of a burst "'Monthly' is spent in a burst (6.20 of 5.00 USD)".
[[nodiscard]] std::string sentence(const BudgetAlert& alert);

class SpendSource {
public:
    virtual ~SpendSource() = default;
    /// Fills in budgetUsed. `session`: the one that asks, for budgets of a session. A microsecond, but for
    /// the first call after a start, a change of the budgets or the begin of a period, which asks the store.
    virtual void addTo(Conditions& conditions, const Policy& policy, std::string_view session,
                       UtcTime now) = 0;
    /// A finished request, before it is given to the store. What it makes people need to hear.
    [[nodiscard]] virtual std::vector<BudgetAlert> spent(const RequestRecord& record, const Policy& policy,
                                                         UtcTime now) = 0;
};

} // namespace tierdeck::routing
