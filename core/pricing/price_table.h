// What models cost and how much they hold: the shipped catalogue with the user's own prices over it. Immutable once
// made; any thread. Rules and their counter-examples: exact id → declared alias → provider prefix stripped → date
// suffix stripped → Bedrock ids → unpriced. Never by substring, never 0 for the unknown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/strong_type.h"
#include "core/pricing/token_usage.h"

namespace tierdeck::pricing {

/// Prices of one moment and one prompt size. nullopt: not published (a cached read is then billed as input, a cache
/// write is free).
struct Rates {
    PicoUsdPerToken input;
    PicoUsdPerToken output;
    std::optional<PicoUsdPerToken> cachedInput;
    std::optional<PicoUsdPerToken> cacheWrite5m;
    std::optional<PicoUsdPerToken> cacheWrite1h;
};

enum class Speed { Standard, Fast };

/// What a request was, as far as its price depends on it.
struct PricedRequest {
    std::string_view provider; ///< "" when it is not known
    std::string_view model;    ///< as sent, without the provider's prefix
    TokenUsage usage;
    UtcTime time{};
    Speed speed = Speed::Standard;
    bool batch = false;
    bool inferenceUs = false; ///< Anthropic's US-only inference
};

struct ModelFacts {
    std::string id;                          ///< the catalogue's key, "anthropic/claude-opus-4-20250514"
    std::optional<std::int64_t> contextWindow; ///< tokens
    std::optional<std::int64_t> maxOutput;     ///< tokens
};

class PriceTable {
public:
    PriceTable();
    /// `catalogue` is the shipped document, `overrides` the user's (same schema; "" for none), which wins.
    [[nodiscard]] static Result<PriceTable> parse(std::string_view catalogue, std::string_view overrides = {});

    /// nullopt: unpriced. Rounded once, half up, to the nano-dollar.
    [[nodiscard]] std::optional<NanoUsd> cost(const PricedRequest& request) const;
    /// The rates in force at `time` for a prompt of `promptTokens`; nullopt when unpriced.
    [[nodiscard]] std::optional<Rates> rates(std::string_view provider, std::string_view model, UtcTime time,
                                             std::int64_t promptTokens = 0) const;
    [[nodiscard]] std::optional<ModelFacts> facts(std::string_view provider, std::string_view model) const;
    /// Every id of one provider, sorted; all ids for "".
    [[nodiscard]] std::vector<std::string> ids(std::string_view provider = {}) const;
    /// "2026-10-07/3f…": the catalogue's date and a fingerprint, kept with each cost.
    [[nodiscard]] const std::string& version() const;

private:
    struct Data;
    std::shared_ptr<const Data> m_data;
};

/// The catalogue that is built into the programs (resources/prices.json).
[[nodiscard]] std::string_view shippedCatalogue();

} // namespace tierdeck::pricing
