#include "core/routing/attempt_plan.h"

#include "core/routing/availability.h"
#include "core/routing/tier_resolver.h"

#include <algorithm>

namespace tierdeck::routing {

namespace {

/// The phrases of one kind of list, in the forms that a target of it can take.
struct ListPhrases {
    Phrase model;
    Phrase tier;
    Phrase notSet;
    Phrase deepAndSmartNotSet;
    Phrase local;
};

constexpr ListPhrases afterFailure{Phrase::FallbackOf, Phrase::FallbackTier, Phrase::FallbackNotSet,
                                   Phrase::FallbackDeepAndSmartNotSet, Phrase::FallbackLocal};
constexpr ListPhrases afterWindow{Phrase::WindowFallbackOf, Phrase::WindowFallbackTier,
                                  Phrase::WindowFallbackNotSet, Phrase::WindowFallbackDeepAndSmartNotSet,
                                  Phrase::WindowFallbackLocal};
constexpr ListPhrases afterPolicy{Phrase::PolicyFallbackOf, Phrase::PolicyFallbackTier,
                                  Phrase::PolicyFallbackNotSet, Phrase::PolicyFallbackDeepAndSmartNotSet,
                                  Phrase::PolicyFallbackLocal};
constexpr ListPhrases byClient{Phrase::Listed, Phrase::ListedTier, Phrase::ListedNotSet,
                               Phrase::ListedDeepAndSmartNotSet, Phrase::ListedLocal};

/// `key`: whose list it is. `serving`: how the tier came to its model.
Reason tierReason(const ListPhrases& phrases, std::string_view key, std::string_view tier,
                  const Reason& serving) {
    switch (serving.phrase()) {
    case Phrase::NotSet:
        return {phrases.notSet, {key, serving.word(0), serving.word(1)}};
    case Phrase::DeepAndSmartNotSet:
        return {phrases.deepAndSmartNotSet, {key}};
    case Phrase::LocalForBackground:
        return {phrases.local, {key, serving.word(0)}};
    default:
        return {phrases.tier, {key, tier}};
    }
}

constexpr std::string_view everyModel = "every model";

/// The ids under which `model` is to be had elsewhere: those with one `sameAs` are hosts of one model.
std::vector<ModelId> otherHostsOf(const ModelId& model, const Policy& policy) {
    const ModelId& original = policy.originalOf(model);
    std::vector<ModelId> hosts;
    if (original != model && policy.findProvider(original.provider()))
        hosts.push_back(original);
    for (const std::string& name : policy.providerOrder) {
        const ProviderSettings* provider = policy.findProvider(name);
        if (!provider)
            continue;
        for (const ProviderModel& listed : provider->models) {
            if (!listed.sameAs || *listed.sameAs != original)
                continue;
            if (auto id = ModelId::parse(name + "/" + listed.id); id && *id != model)
                hosts.push_back(std::move(*id));
        }
    }
    return hosts;
}

/// Adds to a plan what may be tried, each model once, and to what it leaves out the rest.
class Planner {
public:
    Planner(std::vector<PlannedAttempt>& attempts, std::vector<Exclusion>& excluded, const Policy& policy,
            const Conditions& conditions)
        : m_attempts(attempts)
        , m_excluded(excluded)
        , m_policy(policy)
        , m_conditions(conditions) {}

    void add(const ModelId& model, PlannedAttempt::Kind kind, Reason reason) {
        const auto isModel = [&](const auto& other) { return other.model == model; };
        if (std::any_of(m_attempts.begin(), m_attempts.end(), isModel) ||
            std::any_of(m_excluded.begin(), m_excluded.end(), isModel) ||
            std::find(m_passedOver.begin(), m_passedOver.end(), model) != m_passedOver.end())
            return;
        if (Reason why = whyNot(model); !why.empty())
            m_excluded.push_back({model, std::move(why)});
        else
            m_attempts.push_back({model, std::move(reason), kind, {}});
    }

    /// The model is not to come, and there is nothing to say about it.
    void passOver(const ModelId& model) { m_passedOver.push_back(model); }

    /// False where the map has no list for the key.
    bool addFallbacks(const FallbackMap& map, const ListPhrases& phrases, std::string_view key,
                      std::string_view keyInWords) {
        const auto list = map.find(key);
        if (list == map.end())
            return false;
        for (const FallbackTarget& target : list->second) {
            if (target.model)
                add(*target.model, PlannedAttempt::Kind::Fallback, {phrases.model, {keyInWords}});
            else if (const auto serving = servingModel(m_policy, target.tier))
                add(serving->model, PlannedAttempt::Kind::Fallback,
                    tierReason(phrases, keyInWords, target.tier, serving->reason));
        }
        return true;
    }

    /// The decided model and the other places where it is to be had.
    void addHosts(const ModelId& decided, const Reason& reason, const std::optional<ModelId>& sticky) {
        const std::vector<ModelId> hosts = otherHostsOf(decided, m_policy);
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
    [[nodiscard]] Reason whyNot(const ModelId& model) const {
        if (!m_policy.findProvider(model.provider()))
            return {Phrase::NoProvider, {model.provider()}};
        if (const auto excluded = m_conditions.excluded.find(model.text());
            excluded != m_conditions.excluded.end())
            return excluded->second.empty() ? Reason(Phrase::Excluded)
                                            : Reason(Phrase::Text, {excluded->second});
        if (const auto* away = whyUnavailable(m_conditions, model))
            return away->reason.empty() ? Reason(Phrase::NotAvailable) : Reason(Phrase::Text, {away->reason});
        return {};
    }

    std::vector<PlannedAttempt>& m_attempts;
    std::vector<Exclusion>& m_excluded;
    const Policy& m_policy;
    const Conditions& m_conditions;
    std::vector<ModelId> m_passedOver;
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
    Planner planner(decision.attempts, decision.excluded, policy, conditions);
    decision.attempts.reserve(4);
    Reason reason = serving.reason;
    if (reason.empty())
        reason = decision.tier ? Reason(Phrase::TierModel, {*decision.tier}) : Reason(Phrase::ByName);
    // A person's own word neither follows nor moves where the session's cache lies.
    const bool byUser = decision.source == TierSource::User;
    planner.addHosts(serving.model, reason,
                     byUser || !session.warm ? std::nullopt : std::optional(session.warm->host));
    planner.addFallbacks(policy.fallbacks, afterFailure, serving.model.text(), serving.model.text());
    if (decision.tier)
        planner.addFallbacks(policy.fallbacks, afterFailure, *decision.tier, *decision.tier);
    planner.addFallbacks(policy.fallbacks, afterFailure, "*", everyModel);
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

FallbackPlan fallbacksForError(ErrorFallback kind, const ModelId& failed, std::span<const ModelId> tried,
                               const RouteDecision& decision, const RouteRequest& request,
                               const Policy& policy, const Conditions& conditions) {
    const bool ofWindow = kind == ErrorFallback::ContextWindow;
    const FallbackMap& map = ofWindow ? policy.contextWindowFallbacks : policy.contentPolicyFallbacks;
    const ListPhrases& phrases = ofWindow ? afterWindow : afterPolicy;
    FallbackPlan plan;
    if (map.empty())
        return plan;
    Planner planner(plan.attempts, plan.excluded, policy, conditions);
    planner.passOver(failed);
    for (const ModelId& model : tried)
        planner.passOver(model);
    for (const Exclusion& exclusion : decision.excluded)
        planner.passOver(exclusion.model);

    // The user names a model by one of its hosts; which of them refused does not matter.
    if (!planner.addFallbacks(map, phrases, failed.text(), failed.text())) {
        for (const ModelId& host : otherHostsOf(failed, policy)) {
            if (planner.addFallbacks(map, phrases, host.text(), host.text()))
                break;
        }
    }
    if (decision.tier)
        planner.addFallbacks(map, phrases, *decision.tier, *decision.tier);
    planner.addFallbacks(map, phrases, "*", everyModel);
    for (PlannedAttempt& attempt : plan.attempts)
        attempt.temperature = temperatureFor(attempt.model, decision.tier, request, policy);
    return plan;
}

Reason listedReason(std::string_view name, const std::optional<std::string>& tier, const Reason& own) {
    const std::string shown = clipped(name);
    return tier ? tierReason(byClient, shown, *tier, own) : Reason(Phrase::Listed, {shown});
}

RouteFailure nothingLeft(std::string_view wanted, std::vector<Exclusion> excluded,
                         std::string_view whatToDo) {
    RouteFailure failure;
    failure.code = RouteFailure::Code::NothingLeft;
    failure.message.append("Nothing is left to try for ").append(wanted);
    for (std::size_t i = 0; i < excluded.size(); ++i)
        failure.message.append(i == 0 ? ": " : "; ")
            .append(nameOf(excluded[i]))
            .append(" (")
            .append(render(excluded[i].reason))
            .append(1, ')');
    failure.message.append(". ").append(whatToDo);
    failure.excluded = std::move(excluded);
    return failure;
}

} // namespace tierdeck::routing
