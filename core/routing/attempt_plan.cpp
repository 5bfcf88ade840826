#include "core/routing/attempt_plan.h"

#include "core/routing/availability.h"
#include "core/routing/host_order.h"
#include "core/routing/spending.h"
#include "core/routing/tier_resolver.h"

#include <algorithm>
#include <cmath>

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

/// Adds to a plan what may be tried, each model once, and to what it leaves out the rest.
class Planner {
public:
    /// `tier`: asked for by the rung that won; "" for an explicit model.
    Planner(std::vector<PlannedAttempt>& attempts, std::vector<Exclusion>& excluded, std::string_view tier,
            const RouteRequest& request, const Policy& policy, const Conditions& conditions)
        : m_attempts(attempts)
        , m_excluded(excluded)
        , m_request(request)
        , m_policy(policy)
        , m_conditions(conditions)
        , m_spending(policy, request, tier, conditions) {}

    void add(const ModelId& model, PlannedAttempt::Kind kind, Reason reason) {
        const auto isModel = [&](const auto& other) { return other.model == model; };
        if (std::any_of(m_attempts.begin(), m_attempts.end(), isModel) ||
            std::any_of(m_excluded.begin(), m_excluded.end(), isModel) ||
            std::find(m_passedOver.begin(), m_passedOver.end(), model) != m_passedOver.end())
            return;
        if (Reason why = whyNot(model); !why.empty())
            m_excluded.emplace_back(model, std::move(why));
        else
            m_attempts.emplace_back(model, std::move(reason), kind);
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
    void addHosts(const std::vector<Host>& hosts, const ModelId& decided, const Reason& reason) {
        const bool anyOrdered =
            std::any_of(hosts.begin(), hosts.end(), [](const Host& host) { return host.isOrdered; });
        for (const Host& host : hosts) {
            const bool isDecided = host.model == decided;
            const bool isWanted =
                m_policy.providerPolicy.allowFallbacks || (anyOrdered ? host.isOrdered : m_attempts.empty());
            if (isWanted)
                add(host.model, isDecided ? PlannedAttempt::Kind::Decided : PlannedAttempt::Kind::Host,
                    isDecided ? reason : host.reason);
            else
                m_excluded.push_back({host.model, Phrase::HostsNotWanted});
        }
    }

    /// Whether the prompt takes nearly all of the model's window.
    [[nodiscard]] bool isNearlyFull(const ModelId& model) const {
        const auto window = windowOf(model);
        return window && takesMoreThan(nearlyFull, *window);
    }

    /// Where all hosts of the decided model have too little room: what is set for that takes their place,
    /// as far as it has more. Without it those that may just hold the prompt stay.
    void swapForWindow(const std::vector<Host>& hosts, std::string_view servedAs) {
        if (m_request.inputTokens <= 0 || m_policy.contextWindowFallbacks.empty())
            return;
        const bool anyHasRoom = std::any_of(m_attempts.begin(), m_attempts.end(), [&](const auto& attempt) {
            return !isNearlyFull(attempt.model);
        });
        const bool anyIsTooSmall =
            !m_attempts.empty() || std::any_of(m_excluded.begin(), m_excluded.end(), [](const auto& left) {
                return left.reason.phrase() == Phrase::WindowTooSmall;
            });
        if (anyHasRoom || !anyIsTooSmall)
            return;
        const std::size_t tight = m_attempts.size();
        m_mostOfWindow = nearlyFull;
        for (const Host& host : hosts) {
            if (addFallbacks(m_policy.contextWindowFallbacks, afterWindow, host.model.text(),
                             host.model.text()))
                break;
        }
        if (!servedAs.empty())
            addFallbacks(m_policy.contextWindowFallbacks, afterWindow, servedAs, servedAs);
        addFallbacks(m_policy.contextWindowFallbacks, afterWindow, "*", everyModel);
        m_mostOfWindow = 1;
        if (m_attempts.size() == tight)
            return;
        for (std::size_t i = 0; i < tight; ++i)
            m_excluded.push_back({m_attempts[i].model, tooSmall(m_attempts[i].model)});
        m_attempts.erase(m_attempts.begin(), m_attempts.begin() + static_cast<std::ptrdiff_t>(tight));
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
            if (!provider || !provider->local)
                continue;
            if (const auto model = firstModelOf(m_policy, *provider))
                add(*model, PlannedAttempt::Kind::LastResort, {Phrase::LocalIsLeft, {name}});
        }
    }

private:
    static constexpr double nearlyFull = 0.95;

    /// The only model of a plan is asked about twice.
    [[nodiscard]] std::optional<std::int64_t> windowOf(const ModelId& model) const {
        if (m_windowOf != model) {
            m_window = m_policy.contextWindowOf(model);
            m_windowOf = model;
        }
        return m_window;
    }

    [[nodiscard]] bool takesMoreThan(double share, std::int64_t window) const {
        return static_cast<double>(m_request.inputTokens) > share * static_cast<double>(window);
    }

    [[nodiscard]] Reason tooSmall(const ModelId& model) const {
        return {
            Phrase::WindowTooSmall,
            {},
            {static_cast<double>(m_request.inputTokens), static_cast<double>(windowOf(model).value_or(0))}};
    }

    /// Of what the user allows and pays for, what is there now, and what holds the prompt.
    [[nodiscard]] Reason whyNot(const ModelId& model) const {
        if (!m_policy.findProvider(model.provider()))
            return {Phrase::NoProvider, {model.provider()}};
        if (Reason why = whyNotAllowed(model); !why.empty())
            return why;
        if (const auto excluded = m_conditions.excluded.find(model.text());
            excluded != m_conditions.excluded.end())
            return excluded->second.empty() ? Reason(Phrase::Excluded)
                                            : Reason(Phrase::Text, {excluded->second});
        if (Reason why = m_spending.whyNot(model); !why.empty())
            return why;
        if (const auto* away = whyUnavailable(m_conditions, model))
            return away->reason.empty() ? Reason(Phrase::NotAvailable) : Reason(Phrase::Text, {away->reason});
        if (m_request.inputTokens > 0) {
            if (const auto window = windowOf(model); window && takesMoreThan(m_mostOfWindow, *window))
                return tooSmall(model);
        }
        return {};
    }

    [[nodiscard]] Reason whyNotAllowed(const ModelId& model) const {
        const ProviderPolicy& wanted = m_policy.providerPolicy;
        if (!wanted.only.empty() &&
            std::find(wanted.only.begin(), wanted.only.end(), model.provider()) == wanted.only.end())
            return {Phrase::ProviderNotAllowed, {model.provider()}};
        if (Reason why = whyTooDear(model, wanted.maxPromptPrice, wanted.maxCompletionPrice,
                                    Phrase::OverPromptPrice, Phrase::OverCompletionPrice);
            !why.empty())
            return why;
        const HostWishes& wishes = m_request.hosts;
        if (!wishes.maxPromptPrice && !wishes.maxCompletionPrice)
            return {};
        // OpenRouter looks itself for a place that is cheap enough.
        if (m_policy.findProvider(model.provider())->isOpenRouter())
            return {};
        return whyTooDear(model, wishes.maxPromptPrice, wishes.maxCompletionPrice,
                          Phrase::OverWishedPromptPrice, Phrase::OverWishedCompletionPrice);
    }

    /// A price that nobody knows is not known to be too high.
    [[nodiscard]] Reason whyTooDear(const ModelId& model, const std::optional<PicoUsdPerToken>& mostForPrompt,
                                    const std::optional<PicoUsdPerToken>& mostForCompletion,
                                    Phrase promptSays, Phrase completionSays) const {
        if (!mostForPrompt && !mostForCompletion)
            return {};
        const auto rates =
            m_policy.prices.rates(model.provider(), model.name(), m_conditions.time, m_request.inputTokens);
        const auto reason = [](Phrase phrase, PicoUsdPerToken price, PicoUsdPerToken most) {
            constexpr double perMillion = 1e-6;
            return Reason(phrase, {},
                          {asStored(static_cast<double>(price.value) * perMillion),
                           asStored(static_cast<double>(most.value) * perMillion)});
        };
        if (rates && mostForPrompt && rates->input > *mostForPrompt)
            return reason(promptSays, rates->input, *mostForPrompt);
        if (rates && mostForCompletion && rates->output > *mostForCompletion)
            return reason(completionSays, rates->output, *mostForCompletion);
        return {};
    }

    std::vector<PlannedAttempt>& m_attempts;
    std::vector<Exclusion>& m_excluded;
    const RouteRequest& m_request;
    const Policy& m_policy;
    const Conditions& m_conditions;
    Spending m_spending;
    double m_mostOfWindow = 1; ///< how much of a window a prompt may take
    mutable ModelId m_windowOf;
    mutable std::optional<std::int64_t> m_window;
    std::vector<ModelId> m_passedOver;
};

/// Nothing but their windows keeps the hosts of the decided model from serving.
bool isOnlyTooSmall(const std::vector<Exclusion>& excluded) {
    const auto isTooSmall = [](const Exclusion& left) {
        return left.reason.phrase() == Phrase::WindowTooSmall;
    };
    return std::any_of(excluded.begin(), excluded.end(), isTooSmall) &&
           std::all_of(excluded.begin(), excluded.end(), [&](const Exclusion& left) {
               return isTooSmall(left) || left.reason.phrase() == Phrase::HostsNotWanted;
           });
}

/// The host that holds the session's prompt cache, as long as it is likely to hold it.
std::optional<ModelId> stickyHost(const RouteDecision& decision, const Policy& policy,
                                  const SessionState& session) {
    // A person's own word neither follows nor moves where the session's cache lies.
    if (!policy.sticky.enabled || !session.warm || decision.source == TierSource::User ||
        session.warm->idleSeconds > policy.sticky.idleSeconds)
        return std::nullopt;
    return session.warm->host;
}

/// The first attempt is sent though little room is left for the answer.
void noteWindow(RouteDecision& decision, const Planner& planner, const RouteRequest& request,
                const Policy& policy) {
    const ModelId& model = decision.attempts.front().model;
    if (request.inputTokens <= 0 || !planner.isNearlyFull(model))
        return;
    const auto tokens = static_cast<double>(request.inputTokens);
    const auto window = static_cast<double>(policy.contextWindowOf(model).value_or(1));
    decision.notes.emplace_back(
        Reason(Phrase::WindowNearlyFull, {model.text()},
               {tokens, window, asStored(std::floor(10000 * tokens / window) / 100)}));
}

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

std::optional<RouteFailure::Code> planAttempts(RouteDecision& decision, const ServingModel& serving,
                                               std::string_view servedAs, const RouteRequest& request,
                                               const Policy& policy, const SessionState& session,
                                               const Conditions& conditions) {
    const std::optional<std::string> tier =
        servedAs.empty() ? std::nullopt : std::optional<std::string>(servedAs);
    Planner planner(decision.attempts, decision.excluded,
                    decision.tier ? std::string_view(*decision.tier) : std::string_view(), request, policy,
                    conditions);
    decision.servedAs = servedAs;
    decision.attempts.reserve(4);
    Reason reason = serving.reason;
    if (reason.empty())
        reason = tier ? Reason(Phrase::TierModel, {*tier}) : Reason(Phrase::ByName);
    const std::vector<Host> hosts = hostsInOrder(serving.model, stickyHost(decision, policy, session),
                                                 request, policy, session, conditions);
    planner.addHosts(hosts, serving.model, reason);
    planner.swapForWindow(hosts, servedAs);
    // Another model is no answer to a prompt that does not fit, unless the user said so.
    if (decision.attempts.empty() && isOnlyTooSmall(decision.excluded))
        return RouteFailure::Code::WindowExceeded;
    planner.addFallbacks(policy.fallbacks, afterFailure, serving.model.text(), serving.model.text());
    if (tier)
        planner.addFallbacks(policy.fallbacks, afterFailure, *tier, *tier);
    planner.addFallbacks(policy.fallbacks, afterFailure, "*", everyModel);
    if (decision.attempts.empty() && tier)
        planner.addLowerTiers(*tier);
    if (decision.attempts.empty())
        planner.addLocal();

    if (decision.attempts.empty())
        return decision.excluded.front().reason.phrase() == Phrase::BudgetSpent
                   ? RouteFailure::Code::BudgetExceeded
                   : RouteFailure::Code::NothingLeft;
    for (PlannedAttempt& attempt : decision.attempts)
        attempt.temperature = temperatureFor(attempt.model, tier, request, policy);
    decision.model = decision.attempts.front().model;
    decision.temperature = decision.attempts.front().temperature;
    noteWindow(decision, planner, request, policy);
    const TierSettings* settings = settingsOf(policy, tier);
    if (settings && !request.reasoning)
        decision.reasoning = settings->reasoning;
    return std::nullopt;
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
    Planner planner(plan.attempts, plan.excluded,
                    decision.tier ? std::string_view(*decision.tier) : std::string_view(), request, policy,
                    conditions);
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
    const std::optional<std::string> tier =
        decision.servedAs.empty() ? std::nullopt : std::optional(decision.servedAs);
    if (tier)
        planner.addFallbacks(map, phrases, *tier, *tier);
    planner.addFallbacks(map, phrases, "*", everyModel);
    for (PlannedAttempt& attempt : plan.attempts)
        attempt.temperature = temperatureFor(attempt.model, tier, request, policy);
    return plan;
}

Reason listedReason(std::string_view name, const std::optional<std::string>& tier, const Reason& own) {
    const std::string shown = clipped(name);
    return tier ? tierReason(byClient, shown, *tier, own) : Reason(Phrase::Listed, {shown});
}

RouteFailure nothingLeft(std::string_view wanted, RouteDecision decision, std::string_view whatToDo,
                         RouteFailure::Code code) {
    RouteFailure failure;
    auto& excluded = decision.excluded;
    failure.code = code;
    failure.message.append("Nothing is left to try for ").append(wanted);
    for (std::size_t i = 0; i < excluded.size(); ++i)
        failure.message.append(i == 0 ? ": " : "; ")
            .append(nameOf(excluded[i]))
            .append(" (")
            .append(render(excluded[i].reason))
            .append(1, ')');
    failure.message.append(". ").append(whatToDo);
    failure.excluded = std::move(excluded);
    failure.decided = {std::move(decision.tier), decision.source, std::move(decision.startingTier)};
    return failure;
}

} // namespace tierdeck::routing
