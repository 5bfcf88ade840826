// Whether a dynamic promotion is worth the prompt cache that it leaves behind: the price of the lost warm
// prefix against what the expected turns cost. Internal to routing; pure; any thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_request.h"

#include <cstdint>
#include <optional>

namespace tierdeck::routing {

/// The sum. `lostUsd`: the prefix at the promoted model's price of new input rather than of cached input.
/// `turnsUsd`: so many usual turns of this session there, with the prefix read from the cache.
struct PromotionPrice {
    std::int64_t prefixTokens = 0;
    double lostUsd = 0;
    double turns = 0;
    double turnsUsd = 0;

    [[nodiscard]] bool pays() const { return lostUsd <= turnsUsd; }
};

/// nullopt where there is nothing to ask: no warm cache, a promotion to the model that holds it, no price
/// known, nothing lost, or `breakEvenTurns` 0.
[[nodiscard]] std::optional<PromotionPrice>
priceOfPromotion(const ModelId& promoted, const RouteRequest& request, const Policy& policy,
                 const SessionState& session, const Conditions& conditions);

} // namespace tierdeck::routing
