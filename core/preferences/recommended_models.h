// Which models of a provider to begin with: sensible ones that the price catalogue knows. Pure; private to
// preferences.
#pragma once

#include "core/routing/policy.h"

#include <optional>
#include <string>

namespace tierdeck::preferences {

struct RecommendedModels {
    std::string balanced; ///< "openai/gpt-5.1"
    std::string coding;
};

/// nullopt for a provider of which no model is known.
[[nodiscard]] std::optional<RecommendedModels> recommendedModels(const routing::ProviderSettings& provider,
                                                                 const pricing::PriceTable& prices);

} // namespace tierdeck::preferences
