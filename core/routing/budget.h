// Limits on spending and the degradation curve, as the user set them, as values. What was spent comes with
// the Conditions of a decision. Any thread.
#pragma once

#include "core/foundation/strong_type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// Periods lie in the store's zone; a week begins on Monday.
enum class BudgetPeriod { Session, Day, Week, Month };
/// "session", "day", "week", "month".
[[nodiscard]] std::string_view toString(BudgetPeriod period);
[[nodiscard]] std::optional<BudgetPeriod> budgetPeriodFrom(std::string_view text);

/// Degrade: no promotion, and every tier falls one step. Block: only local models serve.
enum class OnExceeded { Alert, Degrade, Block };
/// "alert", "degrade", "block".
[[nodiscard]] std::string_view toString(OnExceeded effect);
[[nodiscard]] std::optional<OnExceeded> onExceededFrom(std::string_view text);

/// What counts towards a budget, and what it acts on: all that are set must hold. "" = any.
struct BudgetScope {
    std::string provider; ///< of the model that serves
    std::string model;    ///< provider/model; `*` is a wildcard
    std::string tier;     ///< asked for by the rung that won
    std::string project;
    std::string client;
    std::string token; ///< the name of the client's token (llm.json, `tokens`)

    bool operator==(const BudgetScope&) const = default;
};

/// A runaway: so much within so few minutes.
struct BudgetBurst {
    NanoUsd limit;
    int minutes = 0;
};

struct Budget {
    std::string name; ///< no two budgets of a policy have one name
    BudgetPeriod period = BudgetPeriod::Month;
    NanoUsd limit; ///< more than 0
    BudgetScope scope;
    std::vector<double> alertAtPercent; ///< ascending
    OnExceeded onExceeded = OnExceeded::Alert;
    std::optional<BudgetBurst> burst;
};

/// What holds from a percent on. Patterns are model ids with `*` as the wildcard, or a provider's name alone.
struct DegradationBand {
    double fromPercent = 0;
    std::string label;
    std::vector<std::string> exclude;
    std::optional<std::vector<std::string>> only; ///< nullopt: any
};

} // namespace tierdeck::routing
