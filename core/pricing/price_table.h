// What models cost and how much they hold: the shipped catalogue with the user's own prices over it.
// Immutable once made; any thread. Rules and their counter-examples: exact id → declared alias → provider
// prefix stripped → date suffix stripped → Bedrock ids → unpriced. Never by substring, never 0 for the
// unknown.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/strong_type.h"
#include "core/pricing/token_usage.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::pricing {

/// Prices of one moment and one prompt size. nullopt: not published (a cached read is then billed as input, a
/// cache write is free).
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
    std::string id;                            ///< the catalogue's key, "anthropic/claude-opus-4-20250514"
    std::optional<std::int64_t> contextWindow; ///< tokens
    std::optional<std::int64_t> maxOutput;     ///< tokens
    std::string released;                      ///< "2025-05-14", as published; "" where it is not known
};

/// One document of prices in the catalogue's schema. Where it says a model's price it says all of it: an
/// entry with any price replaces the prices of the layers below as a whole, other facts one by one; `null`
/// takes an entry away.
struct PriceLayer {
    std::string_view name; ///< for error sentences: "preferences/prices.json"
    std::string_view json; ///< "" for none
    /// Keys stand under this provider: "my-deployment" means "azure-gpt/my-deployment". "" where keys are
    /// whole ids.
    std::string_view provider = {};
    /// Every model of `provider` costs nothing unless `json` names it: local runtimes.
    bool free = false;
};

/// What one model costs, found once for many requests. Good for as long as it is kept, whatever becomes of
/// the table that gave it.
class ModelPrice {
public:
    ModelPrice() = default; ///< unpriced

    /// As PriceTable::cost(); the request's provider and model do not matter.
    [[nodiscard]] std::optional<NanoUsd> cost(const PricedRequest& request) const;
    /// As PriceTable::costOfSum().
    [[nodiscard]] std::optional<NanoUsd> costOfSum(const PricedRequest& sum, std::int64_t promptTokens) const;
    /// As PriceTable::rates().
    [[nodiscard]] std::optional<Rates> rates(UtcTime time, std::int64_t promptTokens = 0) const;

private:
    friend class PriceTable;
    std::shared_ptr<const void> m_table; ///< owns the entry
    const void* m_entry = nullptr;
    bool m_regional = false;
};

class PriceTable {
public:
    PriceTable();
    /// `catalogue` is the shipped document, `overrides` the user's (same schema; "" for none), which wins.
    [[nodiscard]] static Result<PriceTable> parse(std::string_view catalogue,
                                                  std::string_view overrides = {});
    /// Each layer wins over those before it.
    [[nodiscard]] static Result<PriceTable> fromLayers(const std::vector<PriceLayer>& layers);

    /// nullopt: unpriced, as is a usage with a negative count. Rounded once, half up, to the nano-dollar.
    [[nodiscard]] std::optional<NanoUsd> cost(const PricedRequest& request) const;
    /// What requests that have `usage` in all would cost, were each prompt of `promptTokens`: for sums, whose
    /// own size says nothing about the step that each was billed at. Rounded once.
    [[nodiscard]] std::optional<NanoUsd> costOfSum(const PricedRequest& sum, std::int64_t promptTokens) const;
    [[nodiscard]] ModelPrice price(std::string_view provider, std::string_view model) const;
    /// The rates in force at `time` for a prompt of `promptTokens`; nullopt when unpriced.
    [[nodiscard]] std::optional<Rates> rates(std::string_view provider, std::string_view model, UtcTime time,
                                             std::int64_t promptTokens = 0) const;
    [[nodiscard]] std::optional<ModelFacts> facts(std::string_view provider, std::string_view model) const;

    struct Rise {
        UtcTime since{};
        Rates before;
        Rates after;
    };

    /// The last moment after `from` and up to `until` at which a model got dearer; nullopt where it did not.
    [[nodiscard]] std::optional<Rise> lastRise(std::string_view provider, std::string_view model,
                                               UtcTime from, UtcTime until) const;
    /// What facts() says of it, without a copy of the rest.
    [[nodiscard]] std::optional<std::int64_t> contextWindow(std::string_view provider,
                                                            std::string_view model) const;
    /// Every id of one provider, sorted; all ids for "". Wildcards ("ollama/*") are not among them.
    [[nodiscard]] std::vector<std::string> ids(std::string_view provider = {}) const;
    /// "2026-10-07/3f…": the catalogue's date and a fingerprint, kept with each cost.
    [[nodiscard]] const std::string& version() const;

private:
    friend class ModelPrice;
    struct Data;
    std::shared_ptr<const Data> m_data;
};

/// The catalogue that is built into the programs (resources/prices.json).
[[nodiscard]] std::string_view shippedCatalogue();

} // namespace tierdeck::pricing
