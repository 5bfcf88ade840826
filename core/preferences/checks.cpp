#include "core/preferences/checks.h"

#include "core/foundation/json_text.h"
#include "core/preferences/recommended_models.h"

#include <algorithm>
#include <set>

namespace tierdeck::preferences {

using routing::ApiType;
using routing::KeySource;
using routing::ModelId;
using routing::Policy;
using routing::ProviderSettings;

namespace {

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

class Checker {
public:
    Checker(const CheckedPreferences& preferences, const CheckFindings& findings)
        : m_policy(preferences.policy)
        , m_router(preferences.router)
        , m_llm(preferences.llm)
        , m_secrets(preferences.secrets)
        , m_findings(findings) {}

    void run() {
        for (const BareModel& bare : m_router.bareModels)
            bareModel(bare);
        for (const ModelUse& use : m_router.models)
            model(use);
        for (const TierUse& use : m_router.tiers)
            tier(use);
        for (const FallbackUse& use : m_router.fallbacks)
            fallback(use);
        balancedIsSet();
        for (const auto& [name, pointer] : m_router.tierModelPointers)
            isReachable(name, pointer);
        backgroundIsCheap();
        if (m_policy.providers.empty())
            m_findings.llm.warning(
                "", "No provider is set, so no model can be called; `tierctl init` or the Model Router "
                    "panel makes a start.");
        for (const ProviderUse& use : m_llm.providers)
            key(use);
        for (const auto& [skill, tierName] : m_policy.skillTiers) {
            if (!m_policy.isTier(tierName))
                m_findings.skills.warning("", "The skill '" + skill + "' asks for the tier '" + tierName +
                                                  "', which does not exist.");
        }
    }

private:
    [[nodiscard]] std::vector<std::string_view> providerNames() const {
        return {m_policy.providerOrder.begin(), m_policy.providerOrder.end()};
    }

    [[nodiscard]] bool isPriced(const ModelId& id) const {
        // Whether there is a price at all does not depend on the time.
        return m_policy.prices.rates(id.provider(), id.name(), UtcTime{}).has_value();
    }

    [[nodiscard]] bool isFree(const ModelId& id) const {
        const ProviderSettings* const provider = m_policy.findProvider(id.provider());
        return provider && (provider->local || provider->apiType == ApiType::Simulated);
    }

    [[nodiscard]] std::optional<std::int64_t> contextWindow(const ModelId& id) const {
        ModelId known = id;
        if (const ProviderSettings* const provider = m_policy.findProvider(id.provider())) {
            if (const routing::ProviderModel* const own = provider->findModel(id.name())) {
                if (own->contextWindow)
                    return own->contextWindow;
                known = own->sameAs.value_or(known);
            }
        }
        const auto facts = m_policy.prices.facts(known.provider(), known.name());
        return facts ? facts->contextWindow : std::nullopt;
    }

    void bareModel(const BareModel& bare) const {
        std::set<std::string> meant;
        for (const std::string& provider : m_policy.providerOrder) {
            const std::string id = provider + "/" + bare.name;
            const auto known = m_policy.prices.ids(provider);
            if (m_policy.findProvider(provider)->findModel(bare.name) ||
                std::find(known.begin(), known.end(), id) != known.end())
                meant.insert(id);
        }
        std::optional<Fix> fix;
        if (meant.size() == 1)
            fix = Fix{"Use " + *meant.begin(), bare.pointer, jsonQuoted(*meant.begin())};
        m_findings.router.error(bare.pointer,
                                "'" + bare.name +
                                    "' has no provider before it; a model is written as "
                                    "provider/model, such as openai/gpt-5.1.",
                                std::move(fix));
    }

    void model(const ModelUse& use) const {
        const std::string provider(use.model.provider());
        if (!m_policy.findProvider(provider)) {
            std::optional<Fix> fix;
            if (const std::string meant = nearest(provider, providerNames()); !meant.empty()) {
                const std::string id = meant + "/" + std::string(use.model.name());
                fix = Fix{"Use " + id, use.pointer, jsonQuoted(id)};
            }
            m_findings.router.error(use.pointer,
                                    use.model.text() + " cannot be called: llm.json has no provider '" +
                                        provider + "'.",
                                    std::move(fix));
            return;
        }
        if (!isPriced(use.model)) {
            m_findings.router.warning(use.pointer, "The price of " + use.model.text() +
                                                       " is not known, so what it costs cannot be counted.");
        }
    }

    void tier(const TierUse& use) const {
        if (m_policy.isTier(use.tier))
            return;
        std::vector<std::string_view> names;
        for (const auto& [name, settings] : m_policy.tiers)
            names.push_back(name);
        const std::string meant = nearest(use.tier, names);
        std::optional<Fix> fix;
        if (!meant.empty() && use.leadsThere)
            fix = Fix{"Use " + use.prefix + meant, use.pointer, jsonQuoted(use.prefix + meant)};
        m_findings.router.error(use.pointer,
                                "'" + use.tier + "' is not a tier." +
                                    (meant.empty() ? "" : " Did you mean '" + meant + "'?"),
                                std::move(fix));
    }

    void fallback(const FallbackUse& use) const {
        const std::string target = use.target.model ? use.target.model->text() : use.target.tier;
        const Fix removal{"Remove this entry", use.pointer, std::nullopt};
        if (target == use.key) {
            m_findings.router.error(
                use.pointer, "The " + use.list + " of " + use.key + " name " + use.key + " itself.", removal);
            return;
        }
        const auto replaced = replacedBy(use);
        if (!replaced)
            return;
        if (use.target.model == *replaced) {
            m_findings.router.warning(
                use.pointer, target + " is the model of " + use.key + " and its own fallback.", removal);
            return;
        }
        const auto serving = use.target.model ? use.target.model : modelOf(use.target.tier);
        const auto window = contextWindow(*replaced);
        const auto smaller = serving ? contextWindow(*serving) : std::nullopt;
        if (window && smaller && *smaller < *window) {
            m_findings.router.warning(use.pointer, serving->text() + " holds " + grouped(*smaller) +
                                                       " tokens, fewer than the " + grouped(*window) +
                                                       " of " + replaced->text() + " that it replaces.");
        }
    }

    [[nodiscard]] std::optional<ModelId> modelOf(std::string_view tierName) const {
        auto serving = routing::servingModel(m_policy, tierName);
        return serving ? std::optional(std::move(serving->model)) : std::nullopt;
    }

    [[nodiscard]] std::optional<ModelId> replacedBy(const FallbackUse& use) const {
        return m_policy.isTier(use.key) ? modelOf(use.key) : ModelId::parse(use.key);
    }

    void balancedIsSet() const {
        if (m_policy.tiers.find(routing::tiers::balanced)->second.model)
            return;
        const std::string pointer = m_router.root + "/balancedModel";
        const bool isMisspelt = std::any_of(m_router.bareModels.begin(), m_router.bareModels.end(),
                                            [&](const BareModel& bare) { return bare.pointer == pointer; });
        if (isMisspelt)
            return;
        std::optional<Fix> fix;
        for (const std::string& name : m_policy.providerOrder) {
            if (const auto models = recommendedModels(*m_policy.findProvider(name), m_policy.prices)) {
                fix = Fix{"Use " + models->balanced, pointer, jsonQuoted(models->balanced)};
                break;
            }
        }
        m_findings.router.warning(
            pointer, "balancedModel is not set; requests that no other tier serves have no model.",
            std::move(fix));
    }

    void isReachable(const std::string& name, const std::string& pointer) const {
        if (name == routing::tiers::balanced)
            return;
        const bool promoted =
            m_policy.dynamicTierEnabled && m_policy.classifier.kind != routing::ClassifierKind::Off &&
            (name == routing::tiers::smart || name == routing::tiers::coding || name == routing::tiers::deep);
        const auto leadsThere = [&name](const auto& entry) { return entry.second == name; };
        const bool used =
            promoted || std::any_of(m_policy.taskTypes.begin(), m_policy.taskTypes.end(), leadsThere) ||
            std::any_of(m_policy.skillTiers.begin(), m_policy.skillTiers.end(), leadsThere) ||
            std::any_of(m_router.tiers.begin(), m_router.tiers.end(),
                        [&name](const TierUse& use) { return use.leadsThere && use.tier == name; });
        if (!used) {
            m_findings.router.warning(
                pointer, "Nothing leads to the tier '" + name +
                             "': no rule, task type, skill, alias or fallback; only a client that "
                             "names it gets it.");
        }
    }

    void backgroundIsCheap() const {
        const auto balanced = m_policy.tiers.find(routing::tiers::balanced)->second.model;
        const auto background = routing::servingModel(m_policy, routing::tiers::background);
        const bool isOwnChoice = m_policy.tiers.find(routing::tiers::background)->second.model.has_value();
        if (!balanced || !background || isOwnChoice || background->model != *balanced || isFree(*balanced))
            return;
        const auto type =
            std::find_if(m_policy.taskTypes.begin(), m_policy.taskTypes.end(),
                         [](const auto& entry) { return entry.second == routing::tiers::background; });
        if (type == m_policy.taskTypes.end())
            return;
        m_findings.router.warning(m_router.root + "/tiers/background",
                                  "Background work such as " + type->first + " runs on balanced's model, " +
                                      balanced->text() +
                                      ", because background has no model and there is no local one.");
    }

    void key(const ProviderUse& use) const {
        const ProviderSettings* const provider = m_policy.findProvider(use.name);
        if (!m_secrets || !provider)
            return;
        const std::string pointer = use.pointer + "/apiKey";
        const std::string start = "The key of '" + use.name + "' is not there: ";
        switch (provider->key.kind) {
        case KeySource::Kind::Environment:
            if (!m_secrets->fromEnvironment(provider->key.name))
                m_findings.llm.warning(pointer, start + "the environment variable " + provider->key.name +
                                                    " is not set.");
            break;
        case KeySource::Kind::Keychain:
            if (!m_secrets->fromKeychain(provider->key.name))
                m_findings.llm.warning(pointer,
                                       start + "the keychain gives no entry '" + provider->key.name + "'.");
            break;
        case KeySource::Kind::File:
            if (!m_secrets->fromFile(provider->key.name))
                m_findings.llm.warning(pointer,
                                       start + "the file " + provider->key.name + " cannot be read.");
            break;
        case KeySource::Kind::None:
            if (!provider->local &&
                (provider->apiType == ApiType::OpenAi || provider->apiType == ApiType::Anthropic))
                m_findings.llm.warning(pointer, "The provider '" + use.name + "' has no apiKey.");
            break;
        case KeySource::Kind::Client:
        case KeySource::Kind::Plain:
            break;
        }
    }

    const Policy& m_policy;
    const RouterReading& m_router;
    const LlmReading& m_llm;
    const SecretSource* m_secrets;
    const CheckFindings& m_findings;
};

} // namespace

void checkPreferences(const CheckedPreferences& preferences, const CheckFindings& findings) {
    Checker(preferences, findings).run();
}

} // namespace tierdeck::preferences
