// Which models of a provider to begin with: sensible ones that the price catalogue knows. Pure; private to
// preferences.
#pragma once

#include "core/routing/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::preferences {

struct RecommendedModels {
    std::string balanced; ///< "openai/gpt-5.1"
    std::string coding;
};

/// nullopt for a provider of which no model is known.
[[nodiscard]] std::optional<RecommendedModels> recommendedModels(const routing::ProviderSettings& provider,
                                                                 const pricing::PriceTable& prices);

/// The models of a provider that are made for a tier's kind of work, the first choice first: of vendors those
/// that the catalogue knows, else what llm.json lists. For smart and deep they are reasoning models.
[[nodiscard]] std::vector<std::string> modelsForTier(const routing::ProviderSettings& provider,
                                                     const pricing::PriceTable& prices,
                                                     std::string_view tier);

} // namespace tierdeck::preferences
