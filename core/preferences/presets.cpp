#include "core/preferences/presets.h"

#include "core/foundation/json_text.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/recommended_models.h"

#include <algorithm>
#include <limits>

namespace tierdeck::preferences {

using routing::ModelId;
using routing::Policy;
using routing::ProviderSettings;
namespace tiers = routing::tiers;

namespace {

constexpr std::array<std::string_view, 4> names{"first-setup", "one-approved-provider", "lowest-cost",
                                                "research"};

class Planner {
public:
    Planner(std::string_view routerText, const Policy& policy, UtcTime now)
        : m_text(routerText)
        , m_policy(policy)
        , m_now(now) {
        const auto document = JsonText::parse(m_text);
        const bool isBare =
            document && !document->find("/modelRouter") && m_text.find('"') != std::string::npos;
        m_root = isBare ? "" : "/modelRouter";
    }

    [[nodiscard]] std::vector<PresetEdit> take() { return std::move(m_edits); }

    void setModel(std::string_view tier, const std::string& model) {
        const auto& now = m_policy.tiers.find(tier)->second.model;
        if (now && now->text() == model)
            return;
        const bool isOfFour = std::find(tiers::four.begin(), tiers::four.end(), tier) != tiers::four.end();
        const std::string key = isOfFour ? std::string(tier) + "Model" : std::string();
        const std::string pointer = isOfFour ? findKey(m_text, key).value_or(m_root + "/" + key)
                                             : m_root + "/tiers/" + std::string(tier) + "/model";
        m_edits.push_back({pointer, jsonQuoted(model),
                           "Let " + model + " serve " + std::string(tier) +
                               (now ? " instead of " + now->text() : std::string()) + "."});
    }

    void removeModel(std::string_view tier) {
        // Both forms may stand: the other would come to light.
        const std::string key = std::string(tier) + "Model";
        for (const std::string& pointer :
             {m_root + "/" + key, m_root + "/tiers/" + std::string(tier) + "/model"}) {
            if (isSet(pointer))
                m_edits.push_back(
                    {pointer, std::nullopt, "Take the model of " + std::string(tier) + " away."});
        }
    }

    void setRoutingModel(const std::string& model) {
        if (m_policy.routingModel && m_policy.routingModel->text() == model)
            return;
        m_edits.push_back({findKey(m_text, "routingModel").value_or(m_root + "/routingModel"),
                           jsonQuoted(model), "Let " + model + " be the routing model."});
    }

    void setDynamic(bool on) {
        if (m_policy.dynamicTierEnabled == on)
            return;
        m_edits.push_back({m_root + "/dynamicTierEnabled", on ? "true" : "false",
                           on ? "Turn dynamic escalation on." : "Turn dynamic escalation off."});
    }

    void turnCascadeOff() {
        if (m_policy.cascade.enabled)
            m_edits.push_back({m_root + "/cascade/enabled", "false", "Turn the cascade off."});
    }

    void allowOnly(const std::string& provider) {
        if (m_policy.providerPolicy.only == std::vector<std::string>{provider})
            return;
        m_edits.push_back({m_root + "/providerPolicy/only", "[" + jsonQuoted(provider) + "]",
                           "Let no provider but " + provider + " serve."});
    }

    /// The cheapest of what the providers in the cloud offer for the tier; nullopt where no price is known.
    [[nodiscard]] std::optional<std::string> cheapest(std::string_view tier) const {
        std::optional<std::string> best;
        std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
        for (const std::string& name : m_policy.providerOrder) {
            const ProviderSettings& provider = *m_policy.findProvider(name);
            if (provider.local || provider.apiType == routing::ApiType::Simulated)
                continue;
            for (const std::string& model : modelsForTier(provider, m_policy.prices, tier)) {
                const auto id = ModelId::parse(model);
                const auto rates =
                    id ? m_policy.prices.rates(id->provider(), id->name(), m_now) : std::nullopt;
                // Prompts are several times as long as replies.
                const std::int64_t price = rates ? 4 * rates->input.value + rates->output.value : lowest;
                if (price < lowest) {
                    lowest = price;
                    best = model;
                }
            }
        }
        return best;
    }

    [[nodiscard]] std::optional<std::string> firstLocal() const {
        for (const std::string& name : m_policy.providerOrder) {
            const ProviderSettings& provider = *m_policy.findProvider(name);
            if (provider.local && !provider.models.empty())
                return name + "/" + provider.models.front().id;
        }
        return std::nullopt;
    }

    [[nodiscard]] bool isServedBy(std::string_view tier, std::string_view provider) const {
        const auto& model = m_policy.tiers.find(tier)->second.model;
        return model && model->provider() == provider;
    }

private:
    [[nodiscard]] bool isSet(const std::string& pointer) const {
        const auto document = JsonText::parse(m_text);
        const auto value = document ? document->value(pointer) : std::nullopt;
        return value && *value != "null";
    }

    std::string m_text;
    const Policy& m_policy;
    UtcTime m_now;
    std::string m_root;
    std::vector<PresetEdit> m_edits;
};

Result<const ProviderSettings*> providerFor(const Policy& policy, std::string_view name) {
    if (!name.empty()) {
        if (const ProviderSettings* provider = policy.findProvider(name))
            return provider;
        return failure(ErrorCode::NotFound,
                       "llm.json has no provider '" + std::string(name) + "'; name one that is there.");
    }
    for (const std::string& candidate : policy.providerOrder) {
        const ProviderSettings* provider = policy.findProvider(candidate);
        if (recommendedModels(*provider, policy.prices))
            return provider;
    }
    return failure(ErrorCode::NotFound,
                   "No provider of llm.json has models to offer; list some in its 'models'.");
}

tl::unexpected<Error> noModel(std::string_view provider, std::string_view tier) {
    return failure(ErrorCode::NotFound, "No model of '" + std::string(provider) + "' is known for " +
                                            std::string(tier) + "; list some in its 'models' in llm.json.");
}

Result<void> firstSetup(Planner& planner, const Policy& policy, std::string_view name) {
    const auto provider = providerFor(policy, name);
    if (!provider)
        return tl::unexpected(provider.error());
    const auto models = recommendedModels(**provider, policy.prices);
    if (!models)
        return noModel((*provider)->name, tiers::balanced);
    planner.setModel(tiers::balanced, models->balanced);
    planner.setModel(tiers::coding, models->coding);
    planner.removeModel(tiers::smart);
    planner.removeModel(tiers::deep);
    planner.setDynamic(true);
    return {};
}

Result<void> oneApprovedProvider(Planner& planner, const Policy& policy, std::string_view name) {
    const auto provider = providerFor(policy, name);
    if (!provider)
        return tl::unexpected(provider.error());
    const std::string& approved = (*provider)->name;
    for (const std::string_view tier :
         {tiers::balanced, tiers::smart, tiers::coding, tiers::deep, tiers::background}) {
        if (planner.isServedBy(tier, approved))
            continue;
        const auto models = modelsForTier(**provider, policy.prices, tier);
        if (models.empty())
            return noModel(approved, tier);
        planner.setModel(tier, models.front());
    }
    if (policy.routingModel && policy.routingModel->provider() != approved)
        planner.setRoutingModel(modelsForTier(**provider, policy.prices, tiers::background).front());
    planner.allowOnly(approved);
    return {};
}

Result<void> lowestCost(Planner& planner) {
    planner.setDynamic(false);
    for (const std::string_view tier : tiers::four) {
        if (const auto model = planner.cheapest(tier))
            planner.setModel(tier, *model);
        else
            return failure(ErrorCode::NotFound, "No provider in the cloud offers a model with a known price "
                                                "for " +
                                                    std::string(tier) + "; add one to llm.json.");
    }
    auto background = planner.firstLocal();
    if (!background)
        background = planner.cheapest(tiers::background);
    if (background)
        planner.setModel(tiers::background, *background);
    return {};
}

Result<void> research(Planner& planner, const Policy& policy, std::string_view name) {
    const auto isReasoningModel = [&](const ModelId& model) {
        const ProviderSettings* provider = policy.findProvider(model.provider());
        const auto models =
            provider ? modelsForTier(*provider, policy.prices, tiers::deep) : std::vector<std::string>();
        return std::find(models.begin(), models.end(), model.text()) != models.end();
    };
    const auto& deep = policy.tiers.find(tiers::deep)->second.model;
    if (!deep || !isReasoningModel(*deep)) {
        const auto provider = providerFor(policy, name);
        if (!provider)
            return tl::unexpected(provider.error());
        const auto models = modelsForTier(**provider, policy.prices, tiers::deep);
        if (models.empty())
            return noModel((*provider)->name, tiers::deep);
        planner.setModel(tiers::deep, models.front());
    }
    planner.setDynamic(true);
    planner.turnCascadeOff();
    return {};
}

} // namespace

std::string_view toString(Preset preset) {
    return names[static_cast<std::size_t>(preset)];
}

std::optional<Preset> presetFrom(std::string_view text) {
    const auto found = std::find(names.begin(), names.end(), text);
    return found == names.end() ? std::nullopt : std::optional(static_cast<Preset>(found - names.begin()));
}

Result<std::vector<PresetEdit>> presetEdits(Preset preset, std::string_view routerText, const Policy& policy,
                                            std::string_view provider, UtcTime now) {
    Planner planner(routerText, policy, now);
    Result<void> planned;
    switch (preset) {
    case Preset::FirstSetup:
        planned = firstSetup(planner, policy, provider);
        break;
    case Preset::OneApprovedProvider:
        planned = oneApprovedProvider(planner, policy, provider);
        break;
    case Preset::LowestCost:
        planned = lowestCost(planner);
        break;
    case Preset::Research:
        planned = research(planner, policy, provider);
        break;
    }
    if (!planned)
        return tl::unexpected(std::move(planned.error()));
    return planner.take();
}

} // namespace tierdeck::preferences
