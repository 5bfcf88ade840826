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

} // namespace tierdeck::preferences
