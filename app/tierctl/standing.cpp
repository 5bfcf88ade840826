#include "app/tierctl/standing.h"

#include "core/foundation/json_writer.h"
#include "core/preferences/availability_file.h"
#include "core/routing/host_order.h"
#include "core/routing/spending.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace tierdeck::app {
namespace {

std::vector<QuotaStanding> quotasOf(const routing::Policy& policy, const routing::AvailabilityState& state,
                                    UtcTime now) {
    std::vector<QuotaStanding> quotas;
    for (const std::string& name : policy.providerOrder) {
        const auto* provider = policy.findProvider(name);
        if (!provider) {
            continue;
        }
        const routing::ProviderQuota quota = routing::quotaOf(*provider);
        if (std::ranges::find(quotas, quota.name, &QuotaStanding::name) != quotas.end()) {
            continue; // shared by several providers
        }
        const auto reported = state.fullestWindow(quota, now);
        if (!reported && !provider->quota) {
            continue; // nothing is known of one
        }
        quotas.push_back({quota.name, reported ? reported->percentUsed : quota.percentUsed.value_or(0),
                          reported ? reported->resetsAt : std::nullopt, reported.has_value()});
    }
    return quotas;
}

/// The models that the policy names and their other hosts, each with the tier that it serves ("" for a
/// fallback).
std::vector<std::pair<routing::ModelId, std::string>> modelsOf(const routing::Policy& policy) {
    std::vector<std::pair<routing::ModelId, std::string>> models;
    for (const auto& [name, tier] : policy.tiers) {
        if (tier.model) {
            models.emplace_back(*tier.model, name);
        }
    }
    for (const auto& [key, targets] : policy.fallbacks) {
        for (const routing::FallbackTarget& target : targets) {
            if (target.model) {
                models.emplace_back(*target.model, "");
            }
        }
    }
    for (std::size_t i = 0, named = models.size(); i < named; ++i) {
        for (routing::ModelId& host : routing::otherHostsOf(models[i].first, policy)) {
            models.emplace_back(std::move(host), models[i].second);
        }
    }
    return models;
}

std::string labelOf(const routing::DegradationBand& band) {
    return band.label.empty() ? "from " + percentText(band.fromPercent) + " %" : band.label;
}

std::string timeOrEmpty(const std::optional<UtcTime>& time) {
    return time ? toRfc3339(*time) : std::string();
}

} // namespace

std::string percentText(double percent) {
    return decimalText(std::llround(std::min(percent, 1e12) * 100), 2);
}

Result<Standing> standingOf(const Invocation& invocation, const routing::Policy& policy) {
    const UtcTime now = invocation.clock.now();
    Standing standing;
    auto availability = preferences::readAvailability(invocation.workspace);
    if (!availability) {
        return tl::unexpected<Error>(std::move(availability.error()));
    }
    standing.availability = std::move(*availability);
    auto budgets = sessions::budgetUses(invocation.workspace.storeFile(), policy, now);
    if (!budgets) {
        return tl::unexpected<Error>(std::move(budgets.error()));
    }
    standing.budgets = std::move(*budgets);
    standing.quotas = quotasOf(policy, standing.availability, now);
    standing.availability.addTo(standing.conditions, policy, now);
    for (const sessions::BudgetUse& use : standing.budgets) {
        standing.percent = std::max(standing.percent, use.percent);
        standing.conditions.budgetUsed[use.budget->name] = use.used;
    }
    for (const QuotaStanding& quota : standing.quotas) {
        standing.percent = std::max(standing.percent, quota.percentUsed);
    }
    for (const routing::DegradationBand& band : policy.degradation) {
        if (standing.percent >= band.fromPercent) {
            standing.band = labelOf(band);
        }
    }
    std::set<std::string> excluded;
    const routing::RouteRequest anyone;
    for (const auto& [model, tier] : modelsOf(policy)) {
        const routing::Spending spending(policy, anyone, tier, standing.conditions);
        if (!spending.whyNot(model).empty()) {
            excluded.insert(model.text());
        }
    }
    standing.excluded.assign(excluded.begin(), excluded.end());
    return standing;
}

void writeBudgets(JsonWriter& json, const Standing& standing) {
    json.beginArray();
    for (const sessions::BudgetUse& use : standing.budgets) {
        const routing::Budget& budget = *use.budget;
        json.beginObject();
        json.member("name", budget.name);
        json.member("period", toString(budget.period));
        json.key("usedUsd"), json.usd(use.used);
        json.key("limitUsd"), json.usd(budget.limit);
        json.key("percent"), json.raw(percentText(use.percent));
        const auto forecast = [&](const char* key, NanoUsd routing::Forecast::*part) {
            json.key(key), json.usd(use.forecast ? std::optional((*use.forecast).*part) : std::nullopt);
        };
        forecast("forecastUsd", &routing::Forecast::expected);
        forecast("forecastLowUsd", &routing::Forecast::low);
        forecast("forecastHighUsd", &routing::Forecast::high);
        json.member("state", stateOf(budget, use.used));
        json.member("onExceeded", toString(budget.onExceeded));
        json.memberOrNull("from", use.period ? toRfc3339(use.period->from) : "");
        json.memberOrNull("until", use.period ? toRfc3339(use.period->until) : "");
        json.memberOrNull("session", use.session);
        json.key("burstUsd"), json.usd(use.burst);
        json.key("bursting"), json.boolean(use.burst && budget.burst && *use.burst > budget.burst->limit);
        json.endObject();
    }
    json.endArray();
}

void writeQuotas(JsonWriter& json, const Standing& standing) {
    json.beginArray();
    for (const QuotaStanding& quota : standing.quotas) {
        json.beginObject();
        json.member("name", quota.name);
        json.key("percentUsed"), json.raw(percentText(quota.percentUsed));
        json.memberOrNull("resetsAt", timeOrEmpty(quota.resetsAt));
        json.member("source", quota.isReported ? "provider" : "llm.json");
        json.endObject();
    }
    json.endArray();
}

void writeDegradation(JsonWriter& json, const Standing& standing) {
    json.beginObject();
    json.key("percent"), json.raw(percentText(standing.percent));
    json.memberOrNull("band", standing.band);
    json.key("excluded"), json.texts(standing.excluded);
    json.endObject();
}

} // namespace tierdeck::app
