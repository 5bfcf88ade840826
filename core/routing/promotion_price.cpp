#include "core/routing/promotion_price.h"

#include <algorithm>

namespace tierdeck::routing {

namespace {

double dollars(PicoUsdPerToken price, double tokens) {
    return static_cast<double>(price.value) * tokens / 1e12;
}

} // namespace

std::optional<PromotionPrice> priceOfPromotion(const ModelId& promoted, const RouteRequest& request,
                                               const Policy& policy, const SessionState& session,
                                               const Conditions& conditions) {
    const double turns = policy.promotion.breakEvenTurns;
    const auto& warm = session.warm;
    if (turns <= 0 || !warm || warm->tokens <= 0 || warm->idleSeconds > policy.sticky.idleSeconds)
        return std::nullopt;
    if (policy.originalOf(promoted) == policy.originalOf(warm->host))
        return std::nullopt;
    const auto rates =
        policy.prices.rates(promoted.provider(), promoted.name(), conditions.time, request.inputTokens);
    if (!rates)
        return std::nullopt;
    const PicoUsdPerToken cached = rates->cachedInput.value_or(rates->input);
    PromotionPrice price;
    price.prefixTokens = warm->tokens;
    price.turns = turns;
    const auto prefix = static_cast<double>(warm->tokens);
    price.lostUsd = dollars(rates->input - cached, prefix);
    if (price.lostUsd <= 0)
        return std::nullopt;
    const double added = static_cast<double>(std::max<std::int64_t>(request.inputTokens - warm->tokens, 0));
    price.turnsUsd =
        turns * (dollars(cached, prefix * session.usualTurn.requests) + dollars(rates->input, added) +
                 dollars(rates->output, session.usualTurn.outputTokens));
    return price;
}

} // namespace tierdeck::routing
