// How things stand now: what budgets and quotas have used, which band of the degradation curve is in force,
// what is exhausted. Read from the workspace once; a plain helper of the commands `usage` and `show`.
#pragma once

#include "app/tierctl/command.h"
#include "core/routing/availability.h"
#include "core/routing/policy.h"
#include "core/sessions/budget_meter.h"

#include <optional>
#include <string>
#include <vector>

namespace tierdeck {
class JsonWriter;
}

namespace tierdeck::app {

struct QuotaStanding {
    std::string name;
    double percentUsed = 0;
    std::optional<UtcTime> resetsAt;
    bool isReported = false; ///< by the provider; else as llm.json says
};

struct Standing {
    std::vector<sessions::BudgetUse> budgets; ///< they point into the policy
    std::vector<QuotaStanding> quotas;
    double percent = 0;                ///< the highest of all budgets and quotas
    std::string band;                  ///< of the degradation curve; "" for none
    std::vector<std::string> excluded; ///< models of tiers and fallbacks that budgets and bands leave out
    routing::AvailabilityState availability;
    routing::Conditions conditions; ///< as a decision would get them
};

/// `policy` must outlive it.
[[nodiscard]] Result<Standing> standingOf(const Invocation& invocation, const routing::Policy& policy);

/// The members of the contract.
void writeBudgets(JsonWriter& json, const Standing& standing);
void writeQuotas(JsonWriter& json, const Standing& standing);
void writeDegradation(JsonWriter& json, const Standing& standing);
/// A number with at most two decimals.
[[nodiscard]] std::string percentText(double percent);

} // namespace tierdeck::app
