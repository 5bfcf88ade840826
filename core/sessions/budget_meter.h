// How much of each budget is used, while a gateway serves: counted in the store once, then fed with every
// finished request; what other programs wrote is taken in when the store changed, at most once in
// `refreshEvery`, on a thread of its own. Thread-safe; owned by whoever serves, which also owns the store.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/budget_use.h"

#include <chrono>
#include <filesystem>
#include <memory>

namespace tierdeck::sessions {

class BudgetMeter final : public routing::SpendSource {
public:
    struct Options {
        std::filesystem::path file; ///< the store's; it need not be there yet
        std::chrono::milliseconds refreshEvery = std::chrono::seconds(3);
    };

    explicit BudgetMeter(Options options);
    ~BudgetMeter() override;

    void addTo(routing::Conditions& conditions, const routing::Policy& policy, std::string_view session,
               UtcTime now) override;
    [[nodiscard]] std::vector<routing::BudgetAlert>
    spent(const routing::RequestRecord& record, const routing::Policy& policy, UtcTime now) override;

    /// Counts anew in the store now, if it changed: what the thread does by itself.
    void refresh();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// One budget as it stands in the store.
struct BudgetUse {
    const routing::Budget* budget = nullptr; ///< of the policy that was asked about
    NanoUsd used;
    double percent = 0;
    std::optional<routing::PeriodSpan> period; ///< nullopt for a session
    std::optional<routing::Forecast> forecast; ///< likewise
    std::string session;                       ///< the latest one, for a budget of a session
    std::optional<NanoUsd> burst;              ///< within the minutes before now, where the budget says so
};

/// All budgets of the policy, in its order. Without a store nothing is used.
[[nodiscard]] Result<std::vector<BudgetUse>> budgetUses(const std::filesystem::path& storeFile,
                                                        const routing::Policy& policy, UtcTime now);

} // namespace tierdeck::sessions
