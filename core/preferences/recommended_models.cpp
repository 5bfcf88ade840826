#include "core/preferences/recommended_models.h"

#include <array>
#include <span>
#include <string_view>

namespace tierdeck::preferences {

namespace {

// The first that the catalogue knows; newer ones of the same price class stand first.
constexpr auto openAiBalanced = std::to_array<std::string_view>({"gpt-5.1", "gpt-5", "gpt-4.1"});
constexpr auto openAiCoding = std::to_array<std::string_view>({"gpt-5.2", "gpt-5.1", "gpt-5"});
constexpr auto anthropicSonnet = std::to_array<std::string_view>(
    {"claude-sonnet-5", "claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4-20250514"});

constexpr auto openAiSmart = std::to_array<std::string_view>({"gpt-5.4", "gpt-5.2", "gpt-5", "o3"});
constexpr auto openAiDeep =
    std::to_array<std::string_view>({"gpt-5.5", "gpt-5.2-pro", "gpt-5-pro", "o3-pro"});
constexpr auto openAiBackground =
    std::to_array<std::string_view>({"gpt-5.4-nano", "gpt-5-nano", "gpt-4.1-nano"});
constexpr auto anthropicOpus = std::to_array<std::string_view>(
    {"claude-opus-5", "claude-opus-4-8", "claude-opus-4-5", "claude-opus-4-20250514"});
constexpr auto anthropicHaiku =
    std::to_array<std::string_view>({"claude-haiku-4-5", "claude-3-5-haiku-20241022"});
constexpr auto googlePro = std::to_array<std::string_view>({"gemini-3.1-pro-preview", "gemini-2.5-pro"});
constexpr auto googleFlash =
    std::to_array<std::string_view>({"gemini-3.5-flash", "gemini-3-flash-preview", "gemini-2.5-flash"});
constexpr auto googleLite =
    std::to_array<std::string_view>({"gemini-3.1-flash-lite", "gemini-2.5-flash-lite"});
constexpr std::string_view google = "google"; // has no apiType of its own

struct TierModels {
    std::string_view tier;
    std::span<const std::string_view> names;
};

constexpr std::array<TierModels, 5> openAiTiers{{{"balanced", openAiBalanced},
                                                 {"smart", openAiSmart},
                                                 {"coding", openAiCoding},
                                                 {"deep", openAiDeep},
                                                 {"background", openAiBackground}}};
constexpr std::array<TierModels, 5> anthropicTiers{{{"balanced", anthropicSonnet},
                                                    {"smart", anthropicOpus},
                                                    {"coding", anthropicSonnet},
                                                    {"deep", anthropicOpus},
                                                    {"background", anthropicHaiku}}};
constexpr std::array<TierModels, 5> googleTiers{{{"balanced", googleFlash},
                                                 {"smart", googlePro},
                                                 {"coding", googlePro},
                                                 {"deep", googlePro},
                                                 {"background", googleLite}}};

/// Empty for a provider that is no vendor.
std::span<const TierModels> tiersOf(const routing::ProviderSettings& provider) {
    if (provider.apiType == routing::ApiType::OpenAi)
        return openAiTiers;
    if (provider.apiType == routing::ApiType::Anthropic)
        return anthropicTiers;
    if (provider.name == google)
        return googleTiers;
    return {};
}

std::optional<std::string> firstKnown(const std::string& provider, std::span<const std::string_view> names,
                                      const pricing::PriceTable& prices) {
    for (const std::string_view name : names) {
        if (prices.facts(provider, name))
            return provider + "/" + std::string(name);
    }
    return std::nullopt;
}

std::optional<RecommendedModels> knownPair(const std::string& provider,
                                           std::span<const std::string_view> balanced,
                                           std::span<const std::string_view> coding,
                                           const pricing::PriceTable& prices) {
    auto first = firstKnown(provider, balanced, prices);
    auto second = firstKnown(provider, coding, prices);
    if (!first || !second)
        return std::nullopt;
    return RecommendedModels{std::move(*first), std::move(*second)};
}

} // namespace

std::optional<RecommendedModels> recommendedModels(const routing::ProviderSettings& provider,
                                                   const pricing::PriceTable& prices) {
    switch (provider.apiType) {
    case routing::ApiType::Simulated:
        return RecommendedModels{provider.name + "/steady", provider.name + "/fast"};
    case routing::ApiType::OpenAi:
        if (auto models = knownPair(provider.name, openAiBalanced, openAiCoding, prices))
            return models;
        break;
    case routing::ApiType::Anthropic:
        if (auto models = knownPair(provider.name, anthropicSonnet, anthropicSonnet, prices))
            return models;
        break;
    case routing::ApiType::OpenAiChat:
        break;
    }
    if (provider.models.empty())
        return std::nullopt;
    const std::string first = provider.name + "/" + provider.models.front().id;
    return RecommendedModels{first, first};
}

std::vector<std::string> modelsForTier(const routing::ProviderSettings& provider,
                                       const pricing::PriceTable& prices, std::string_view tier) {
    std::vector<std::string> models;
    for (const TierModels& known : tiersOf(provider)) {
        for (const std::string_view name : known.names) {
            if (known.tier == tier && prices.facts(provider.name, name))
                models.push_back(provider.name + "/" + std::string(name));
        }
    }
    if (!models.empty())
        return models;
    for (const routing::ProviderModel& listed : provider.models)
        models.push_back(provider.name + "/" + listed.id);
    if (models.empty()) {
        if (const auto first = recommendedModels(provider, prices))
            models.push_back(tier == routing::tiers::coding ? first->coding : first->balanced);
    }
    return models;
}

} // namespace tierdeck::preferences
