#include "core/routing/policy.h"

namespace tierdeck::routing {

namespace {

const ModelId* modelOf(const Policy& policy, std::string_view tier) {
    const auto found = policy.tiers.find(tier);
    return found != policy.tiers.end() && found->second.model ? &*found->second.model : nullptr;
}

std::optional<ModelId> firstLocalModel(const Policy& policy) {
    for (const std::string& name : policy.providerOrder) {
        const ProviderSettings* provider = policy.findProvider(name);
        if (!provider || !provider->local)
            continue;
        if (auto id = firstModelOf(policy, *provider))
            return id;
    }
    return std::nullopt;
}

} // namespace

Policy Policy::withDefaults() {
    Policy policy;
    for (const std::string_view tier :
         {tiers::background, tiers::balanced, tiers::smart, tiers::coding, tiers::deep}) {
        TierSettings settings;
        settings.rank = builtInRank(tier).value_or(10);
        policy.tiers.emplace(tier, std::move(settings));
    }
    policy.taskTypes = {
        {"code-generation", "coding"},   {"test-repair", "coding"},        {"refactoring", "coding"},
        {"code-review", "smart"},        {"ci-triage", "balanced"},        {"documentation", "balanced"},
        {"architecture", "deep"},        {"commit-message", "background"}, {"quick-lookup", "background"},
        {"summarization", "background"}, {"bulk", "background"},           {"test-execution", "background"},
        {"heartbeat", "background"},
    };
    return policy;
}

const ProviderSettings* Policy::findProvider(std::string_view name) const {
    const auto found = providers.find(name);
    return found == providers.end() ? nullptr : &found->second;
}

const ModelId& Policy::originalOf(const ModelId& model) const {
    const ProviderSettings* provider = findProvider(model.provider());
    const ProviderModel* listed = provider ? provider->findModel(model.name()) : nullptr;
    return listed && listed->sameAs ? *listed->sameAs : model;
}

std::optional<std::int64_t> Policy::contextWindowOf(const ModelId& model) const {
    const ModelId* known = &model;
    if (const ProviderSettings* provider = findProvider(model.provider())) {
        if (const ProviderModel* listed = provider->findModel(model.name())) {
            if (listed->contextWindow)
                return listed->contextWindow;
            if (listed->sameAs)
                known = &*listed->sameAs;
        }
    }
    return prices.contextWindow(known->provider(), known->name());
}

int Policy::rankOf(std::string_view tier) const {
    const auto found = tiers.find(tier);
    return found == tiers.end() ? 10 : found->second.rank;
}

std::optional<ModelId> firstModelOf(const Policy& policy, const ProviderSettings& provider) {
    if (!provider.models.empty())
        return ModelId::parse(provider.name + "/" + provider.models.front().id);
    std::optional<ModelId> lowest;
    int rank = 0;
    for (const auto& [name, tier] : policy.tiers) {
        if (tier.model && tier.model->provider() == provider.name && (!lowest || tier.rank < rank)) {
            lowest = tier.model;
            rank = tier.rank;
        }
    }
    if (lowest)
        return lowest;
    for (const FallbackMap* map :
         {&policy.fallbacks, &policy.contextWindowFallbacks, &policy.contentPolicyFallbacks}) {
        for (const auto& [key, targets] : *map) {
            for (const FallbackTarget& target : targets) {
                if (target.model && target.model->provider() == provider.name)
                    return target.model;
            }
        }
    }
    return std::nullopt;
}

std::optional<ServingModel> servingModel(const Policy& policy, std::string_view tier) {
    if (const ModelId* own = modelOf(policy, tier))
        return ServingModel{*own, {}};
    if (tier == tiers::background) {
        if (auto local = firstLocalModel(policy)) {
            Reason reason(Phrase::LocalForBackground, {local->provider()});
            return ServingModel{std::move(*local), std::move(reason)};
        }
    }
    if (tier == tiers::deep) {
        if (const ModelId* smart = modelOf(policy, tiers::smart))
            return ServingModel{*smart, {Phrase::NotSet, {tier, tiers::smart}}};
    }
    const ModelId* balanced = modelOf(policy, tiers::balanced);
    if (!balanced || tier == tiers::balanced)
        return std::nullopt;
    if (tier == tiers::deep)
        return ServingModel{*balanced, Phrase::DeepAndSmartNotSet};
    return ServingModel{*balanced, {Phrase::NotSet, {tier, tiers::balanced}}};
}

std::string_view tierBelow(const Policy& policy, std::string_view tier) {
    const int rank = policy.rankOf(tier);
    std::string_view below;
    // Of two of one rank smart counts, not coding: it is the more general.
    for (const std::string_view candidate :
         {tiers::background, tiers::balanced, tiers::coding, tiers::smart, tiers::deep}) {
        const int candidateRank = policy.rankOf(candidate);
        if (candidate != tier && candidateRank < rank &&
            (below.empty() || candidateRank >= policy.rankOf(below)))
            below = candidate;
    }
    return below;
}

} // namespace tierdeck::routing
