#include "core/routing/spending.h"

#include "core/foundation/glob.h"
#include "core/routing/availability.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::routing {

namespace {

/// By its own name, not only by a wildcard.
bool namesProvider(std::string_view pattern, std::string_view provider) {
    return pattern.substr(0, pattern.find('/')) == provider;
}

std::string joined(const std::vector<std::string>& patterns) {
    std::string text;
    for (const std::string& pattern : patterns)
        text.append(text.empty() ? "" : ", ").append(pattern);
    return text.empty() ? "local models" : clipped(text);
}

std::string inQuotes(std::string_view what, std::string_view name) {
    return std::string(what).append(" '").append(clipped(name)).append(1, '\'');
}

bool holds(std::string_view wanted, std::string_view actual) {
    return wanted.empty() || wanted == actual;
}

double dollars(NanoUsd amount) {
    return asStored(static_cast<double>(amount.value) / 1e9);
}

/// Rounded down: what is nearly used up is not used up.
double shownPercent(double percent) {
    return asStored(std::floor(percent * 100) / 100);
}

NanoUsd usedOf(const Budget& budget, const Conditions& conditions) {
    const auto used = conditions.budgetUsed.find(budget.name);
    return used == conditions.budgetUsed.end() ? NanoUsd() : used->second;
}

} // namespace

bool meansModel(std::string_view pattern, const ModelId& model) {
    return pattern.find('/') == std::string_view::npos ? matchesGlob(pattern, model.provider())
                                                       : matchesGlob(pattern, model.text());
}

double percentUsed(const Budget& budget, const Conditions& conditions) {
    const NanoUsd used = usedOf(budget, conditions);
    return budget.limit.value > 0
               ? 100.0 * static_cast<double>(used.value) / static_cast<double>(budget.limit.value)
               : 0.0;
}

bool isSpent(const Budget& budget, const Conditions& conditions) {
    return usedOf(budget, conditions) >= budget.limit;
}

bool Spending::isLocal(const ModelId& model) const {
    const ProviderSettings* provider = m_policy.findProvider(model.provider());
    return provider && provider->local;
}

bool Spending::isInScope(const Budget& budget, const ModelId& model) const {
    const BudgetScope& scope = budget.scope;
    return holds(scope.tier, m_tier) && holds(scope.project, m_request.project) &&
           holds(scope.client, m_request.client) && holds(scope.token, m_request.token) &&
           holds(scope.provider, model.provider()) && (scope.model.empty() || meansModel(scope.model, model));
}

UsedShare Spending::highestShare(const ModelId& model) const {
    if (m_conditions.usagePercent)
        return {"usage", *m_conditions.usagePercent};
    UsedShare highest;
    if (const ProviderSettings* provider = m_policy.findProvider(model.provider())) {
        const auto quota = quotaOf(*provider);
        const auto later = m_conditions.quotaPercentUsed.find(quota.name);
        if (later != m_conditions.quotaPercentUsed.end())
            highest = {inQuotes("quota", quota.name), later->second};
        else if (provider->quota)
            highest = {inQuotes("quota", quota.name), quota.percentUsed.value_or(0)};
    }
    for (const Budget& budget : m_policy.budgets) {
        if (!isInScope(budget, model))
            continue;
        const double percent = percentUsed(budget, m_conditions);
        if (highest.of.empty() || percent > highest.percent)
            highest = {inQuotes("budget", budget.name), percent};
    }
    return highest;
}

Reason Spending::whyNot(const ModelId& model) const {
    if (m_policy.budgets.empty() && m_policy.degradation.empty())
        return {};
    const bool local = isLocal(model);
    for (const Budget& budget : m_policy.budgets) {
        if (!local && budget.onExceeded == OnExceeded::Block && isSpent(budget, m_conditions) &&
            isInScope(budget, model))
            return {Phrase::BudgetSpent,
                    {clipped(budget.name)},
                    {dollars(usedOf(budget, m_conditions)), dollars(budget.limit)}};
    }
    if (m_policy.degradation.empty())
        return {};
    const UsedShare share = highestShare(model);
    for (const DegradationBand& band : m_policy.degradation) {
        if (share.percent < band.fromPercent)
            continue;
        for (const std::string& pattern : band.exclude) {
            if (meansModel(pattern, model) && (!local || namesProvider(pattern, model.provider())))
                return {Phrase::BandExcludes,
                        {share.of.empty() ? "usage" : share.of, clipped(pattern)},
                        {shownPercent(share.percent), asStored(band.fromPercent)}};
        }
        if (!local && band.only &&
            std::none_of(band.only->begin(), band.only->end(),
                         [&](const std::string& pattern) { return meansModel(pattern, model); }))
            return {Phrase::BandOnly,
                    {share.of.empty() ? "usage" : share.of, joined(*band.only)},
                    {shownPercent(share.percent), asStored(band.fromPercent)}};
    }
    return {};
}

const Budget* Spending::degrading(const ModelId& model) const {
    if (m_policy.budgets.empty() || isLocal(model))
        return nullptr;
    for (const Budget& budget : m_policy.budgets) {
        if (budget.onExceeded == OnExceeded::Degrade && isSpent(budget, m_conditions) &&
            isInScope(budget, model))
            return &budget;
    }
    return nullptr;
}

} // namespace tierdeck::routing
