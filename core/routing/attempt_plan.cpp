#include "core/routing/attempt_plan.h"

#include "core/routing/tier_resolver.h"

#include <algorithm>

namespace tierdeck::routing {

namespace {

class Planner {
public:
    Planner(RouteDecision& decision, const Policy& policy, const Conditions& conditions)
        : m_decision(decision)
        , m_policy(policy)
        , m_conditions(conditions) {}

    void add(const ModelId& model, PlannedAttempt::Kind kind, Reason reason) {
        const auto isModel = [&](const auto& other) { return other.model == model; };
        if (std::any_of(m_decision.attempts.begin(), m_decision.attempts.end(), isModel) ||
            std::any_of(m_decision.excluded.begin(), m_decision.excluded.end(), isModel))
            return;
        if (Reason why = whyNot(model); !why.empty())
            m_decision.excluded.push_back({model, std::move(why)});
        else
            m_decision.attempts.push_back({model, std::move(reason), kind, {}});
    }

    void addFallbacks(std::string_view key, std::string_view keyInWords) {
        const auto list = m_policy.fallbacks.find(key);
        if (list == m_policy.fallbacks.end())
            return;
        for (const FallbackTarget& target : list->second) {
            if (target.model)
                add(*target.model, PlannedAttempt::Kind::Fallback, {Phrase::FallbackOf, {keyInWords}});
            else if (const auto serving = servingModel(m_policy, target.tier))
                add(serving->model, PlannedAttempt::Kind::Fallback,
                    fallbackReason(keyInWords, target.tier, serving->reason));
        }
    }

    /// The other places where the decided model is to be had: ids with one `sameAs` are hosts of one model.
    void addHosts(const ModelId& decided, const Reason& reason, const std::optional<ModelId>& sticky) {
        const std::vector<ModelId> hosts = hostsOf(decided);
        if (sticky && *sticky != decided && std::find(hosts.begin(), hosts.end(), *sticky) != hosts.end())
            add(*sticky, PlannedAttempt::Kind::Host, {Phrase::HoldsCache, {decided.text()}});
        add(decided, PlannedAttempt::Kind::Decided, reason);
        for (const ModelId& host : hosts)
            add(host, PlannedAttempt::Kind::Host, {Phrase::SameModel, {host.provider()}});
    }

    void addLowerTiers(std::string_view tier) {
        const int rank = m_policy.rankOf(tier);
        for (const std::string_view lower : {tiers::smart, tiers::balanced}) {
            const auto settings = m_policy.tiers.find(lower);
            if (lower == tier || settings == m_policy.tiers.end() || !settings->second.model)
                continue;
            if (lower == tiers::smart && settings->second.rank >= rank)
                continue;
            add(*settings->second.model, PlannedAttempt::Kind::LowerTier, {Phrase::LowerTier, {tier, lower}});
        }
    }

    void addLocal() {
        for (const std::string& name : m_policy.providerOrder) {
            const ProviderSettings* provider = m_policy.findProvider(name);
            if (!provider || !provider->local || provider->models.empty())
                continue;
            if (const auto model = ModelId::parse(name + "/" + provider->models.front().id))
                add(*model, PlannedAttempt::Kind::LastResort, {Phrase::LocalIsLeft, {name}});
        }
    }

private:
    static Reason fallbackReason(std::string_view key, std::string_view tier, const Reason& serving) {
        switch (serving.phrase()) {
        case Phrase::NotSet:
            return {Phrase::FallbackNotSet, {key, serving.word(0), serving.word(1)}};
        case Phrase::DeepAndSmartNotSet:
            return {Phrase::FallbackDeepAndSmartNotSet, {key}};
        case Phrase::LocalForBackground:
            return {Phrase::FallbackLocal, {key, serving.word(0)}};
        default:
            return {Phrase::FallbackTier, {key, tier}};
        }
    }

    [[nodiscard]] Reason whyNot(const ModelId& model) const {
        if (!m_policy.findProvider(model.provider()))
            return {Phrase::NoProvider, {model.provider()}};
        if (const auto excluded = m_conditions.excluded.find(model.text());
            excluded != m_conditions.excluded.end())
            return excluded->second.empty() ? Reason(Phrase::Excluded)
                                            : Reason(Phrase::Text, {excluded->second});
        if (const auto away = m_conditions.unavailable.find(model.text());
            away != m_conditions.unavailable.end())
            return away->second.reason.empty() ? Reason(Phrase::NotAvailable)
                                               : Reason(Phrase::Text, {away->second.reason});
        return {};
    }

    [[nodiscard]] const ModelId* sameAs(const ModelId& model) const {
        const ProviderSettings* provider = m_policy.findProvider(model.provider());
        const ProviderModel* listed = provider ? provider->findModel(model.name()) : nullptr;
        return listed && listed->sameAs ? &*listed->sameAs : nullptr;
    }

    [[nodiscard]] std::vector<ModelId> hostsOf(const ModelId& decided) const {
        const ModelId* same = sameAs(decided);
        const ModelId& original = same ? *same : decided;
        std::vector<ModelId> hosts;
        if (same && m_policy.findProvider(original.provider()))
            hosts.push_back(original);
        for (const std::string& name : m_policy.providerOrder) {
            const ProviderSettings* provider = m_policy.findProvider(name);
            if (!provider)
                continue;
            for (const ProviderModel& model : provider->models) {
                if (!model.sameAs || *model.sameAs != original)
                    continue;
                if (auto id = ModelId::parse(name + "/" + model.id); id && *id != decided)
                    hosts.push_back(std::move(*id));
            }
        }
        return hosts;
    }

    RouteDecision& m_decision;
    const Policy& m_policy;
    const Conditions& m_conditions;
};

/// OpenAI's reasoning models refuse a temperature, also where a router sells them.
bool refusesTemperature(std::string_view model) {
    const std::size_t vendor = model.starts_with("openai/") ? 0 : model.find("/openai/");
    if (vendor == std::string_view::npos)
        return false;
    const std::string_view name = model.substr(model.find("openai/", vendor) + 7);
    return name.starts_with("gpt-5") || name.starts_with('o');
}

bool turnsReasoningOn(std::string_view reasoning) {
    return !reasoning.empty() && reasoning != "none" && reasoning != "off";
}

const TierSettings* settingsOf(const Policy& policy, const std::optional<std::string>& tier) {
    const auto found = tier ? policy.tiers.find(*tier) : policy.tiers.end();
    return found == policy.tiers.end() ? nullptr : &found->second;
}

} // namespace

std::optional<double> temperatureFor(const ModelId& model, const std::optional<std::string>& tier,
                                     const RouteRequest& request, const Policy& policy) {
    if (request.hasTemperature || request.reasoning)
        return std::nullopt;
    const TierSettings* settings = settingsOf(policy, tier);
    const std::optional<double> wanted =
        settings && settings->temperature ? settings->temperature : policy.temperature;
    if (!wanted || (settings && turnsReasoningOn(settings->reasoning)) || refusesTemperature(model.text()))
        return std::nullopt;
    if (const ProviderSettings* provider = policy.findProvider(model.provider())) {
        const ProviderModel* listed = provider->findModel(model.name());
        if (provider->fixedTemperature || (listed && listed->fixedTemperature) ||
            (listed && listed->sameAs && refusesTemperature(listed->sameAs->text())))
            return std::nullopt;
    }
    return wanted;
}

void planAttempts(RouteDecision& decision, const ServingModel& serving, const RouteRequest& request,
                  const Policy& policy, const SessionState& session, const Conditions& conditions) {
    Planner planner(decision, policy, conditions);
    decision.attempts.reserve(4);
    Reason reason = serving.reason;
    if (reason.empty())
        reason = decision.tier ? Reason(Phrase::TierModel, {*decision.tier}) : Reason(Phrase::ByName);
    // A person's own word neither follows nor moves where the session's cache lies.
    const bool byUser = decision.source == TierSource::User;
    planner.addHosts(serving.model, reason, byUser ? std::nullopt : session.stickyHost);
    planner.addFallbacks(serving.model.text(), serving.model.text());
    if (decision.tier)
        planner.addFallbacks(*decision.tier, *decision.tier);
    planner.addFallbacks("*", "every model");
    if (decision.attempts.empty() && decision.tier)
        planner.addLowerTiers(*decision.tier);
    if (decision.attempts.empty())
        planner.addLocal();

    for (PlannedAttempt& attempt : decision.attempts)
        attempt.temperature = temperatureFor(attempt.model, decision.tier, request, policy);
    if (decision.attempts.empty())
        return;
    decision.model = decision.attempts.front().model;
    decision.temperature = decision.attempts.front().temperature;
    const TierSettings* settings = settingsOf(policy, decision.tier);
    if (settings && !request.reasoning)
        decision.reasoning = settings->reasoning;
}

} // namespace tierdeck::routing
