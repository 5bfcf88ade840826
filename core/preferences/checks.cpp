#include "core/preferences/checks.h"

#include "core/foundation/glob.h"
#include "core/foundation/json_text.h"
#include "core/preferences/recommended_models.h"

#include <algorithm>
#include <cstdio>
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
        , m_now(preferences.now)
        , m_trusted(preferences.trusted)
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
        for (const auto& [name, pointer] : m_router.tierModelPointers) {
            isReachable(name, pointer);
            gotDearer(name, pointer);
            isAllowed(name, pointer);
        }
        for (const NameUse& use : m_router.providers)
            providerExists(use);
        for (const NameUse& use : m_router.tokens)
            tokenExists(use);
        for (const NameUse& use : m_router.patterns)
            patternMeansSomething(use);
        classifierHasAModel();
        cascadeChecksSomething();
        if (m_trusted && m_policy.cascade.enabled) {
            for (const CommandUse& use : m_router.commands)
                mayRun(use);
        }
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
        if (isPriced(use.model))
            return;
        const bool isOfATier =
            std::any_of(m_router.tierModelPointers.begin(), m_router.tierModelPointers.end(),
                        [&](const auto& entry) { return entry.second == use.pointer; });
        const ProviderSettings* const settings = m_policy.findProvider(provider);
        if (isOfATier && !m_policy.prices.ids(provider).empty() && !settings->findModel(use.model.name())) {
            m_findings.router.warning(use.pointer,
                                      use.model.text() +
                                          " is not among the models that the price "
                                          "catalogue has of " +
                                          provider +
                                          "; it may have been withdrawn, and what it costs cannot "
                                          "be counted.");
        } else {
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
        const auto window = m_policy.contextWindowOf(*replaced);
        const auto smaller = serving ? m_policy.contextWindowOf(*serving) : std::nullopt;
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

    /// "from 1 and 6 to 1.5 and 7.5"
    static std::string priceChange(const pricing::PriceTable::Rise& rise) {
        const auto usd = [](PicoUsdPerToken price) {
            char text[32];
            std::snprintf(text, sizeof text, "%g", static_cast<double>(price.value) / 1e6);
            return std::string(text);
        };
        return "from " + usd(rise.before.input) + " and " + usd(rise.before.output) + " to " +
               usd(rise.after.input) + " and " + usd(rise.after.output) + " USD per million tokens";
    }

    /// Lately, or soon.
    void gotDearer(const std::string& tierName, const std::string& pointer) const {
        if (m_now == UtcTime{})
            return;
        const auto& model = m_policy.tiers.find(tierName)->second.model;
        const auto rise =
            model ? m_policy.prices.lastRise(model->provider(), model->name(), m_now - std::chrono::days(90),
                                             m_now + std::chrono::days(90))
                  : std::nullopt;
        if (!rise)
            return;
        m_findings.router.warning(pointer, "The model of " + tierName + ", " + model->text() + ", " +
                                               (rise->since <= m_now ? "got" : "gets") + " dearer on " +
                                               toRfc3339(rise->since).substr(0, 10) + ": " +
                                               priceChange(*rise) + ".");
    }

    void isAllowed(const std::string& tierName, const std::string& pointer) const {
        const auto& only = m_policy.providerPolicy.only;
        const auto& model = m_policy.tiers.find(tierName)->second.model;
        if (only.empty() || !model || !m_policy.findProvider(model->provider()))
            return;
        const auto isIn = [&](std::string_view provider) {
            return std::find(only.begin(), only.end(), provider) != only.end();
        };
        bool anyHost = isIn(model->provider());
        for (const auto& [name, provider] : m_policy.providers) {
            anyHost =
                anyHost || (isIn(name) && std::any_of(provider.models.begin(), provider.models.end(),
                                                      [&](const routing::ProviderModel& host) {
                                                          return host.sameAs == m_policy.originalOf(*model);
                                                      }));
        }
        if (!anyHost)
            m_findings.router.warning(pointer,
                                      "The model of " + tierName + ", " + model->text() +
                                          ", never serves, since providerPolicy.only does not name '" +
                                          std::string(model->provider()) + "'.");
    }

    void providerExists(const NameUse& use) const {
        if (m_policy.findProvider(use.name))
            return;
        const std::string meant = nearest(use.name, providerNames());
        std::optional<Fix> fix;
        if (!meant.empty())
            fix = Fix{"Use " + meant, use.pointer, jsonQuoted(meant)};
        m_findings.router.warning(use.pointer, "llm.json has no provider '" + use.name + "'.",
                                  std::move(fix));
    }

    void tokenExists(const NameUse& use) const {
        const auto& tokens = m_policy.clientTokens;
        if (std::none_of(tokens.begin(), tokens.end(),
                         [&](const routing::ClientToken& token) { return token.name == use.name; }))
            m_findings.router.warning(use.pointer, "llm.json names no client token '" + use.name + "'.");
    }

    /// A model that only a client may ask for has no list to be looked up in; its provider has.
    void patternMeansSomething(const NameUse& use) const {
        const std::string provider = use.name.substr(0, use.name.find('/'));
        const auto names = providerNames();
        if (std::any_of(names.begin(), names.end(),
                        [&](std::string_view name) { return matchesGlob(provider, name); }))
            return;
        const std::string meant = nearest(provider, names);
        std::optional<Fix> fix;
        if (!meant.empty())
            fix = Fix{"Use " + meant + use.name.substr(provider.size()), use.pointer,
                      jsonQuoted(meant + use.name.substr(provider.size()))};
        m_findings.router.warning(use.pointer, "'" + use.name + "' means no model of a provider in llm.json.",
                                  std::move(fix));
    }

    void classifierHasAModel() const {
        const routing::ClassifierKind kind = m_policy.classifier.kind;
        const bool asks = kind == routing::ClassifierKind::Model || kind == routing::ClassifierKind::Hybrid;
        if (asks && m_policy.dynamicTierEnabled && !m_policy.routingModel)
            m_findings.router.warning(m_router.root + "/classifier/kind",
                                      "The classifier asks routingModel, which is not set, so the model's "
                                      "word never promotes a turn.");
    }

    void cascadeChecksSomething() const {
        if (m_policy.cascade.enabled && m_policy.cascade.gates.empty())
            m_findings.router.warning(m_router.root + "/cascade",
                                      "The cascade is on, but has no gates, so nothing is ever checked.");
    }

    /// An answer must not pass for checked where its gate is passed over.
    void mayRun(const CommandUse& use) const {
        if (std::ranges::find(*m_trusted, use.run, &TrustedCommand::run) == m_trusted->end())
            m_findings.router.warning(use.pointer,
                                      "This gate is passed over until its command is confirmed; `tierctl "
                                      "trust -- " +
                                          asTyped(use.run) + "` confirms exactly this command line.");
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
    UtcTime m_now;
    const std::vector<TrustedCommand>* m_trusted;
    const CheckFindings& m_findings;
};

} // namespace

void checkPreferences(const CheckedPreferences& preferences, const CheckFindings& findings) {
    Checker(preferences, findings).run();
}

} // namespace tierdeck::preferences
