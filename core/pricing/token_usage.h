// The tokens of a request in disjoint classes: their sum is what was processed. A plain value; any thread.
#pragma once

#include <cstdint>

namespace tierdeck::pricing {

struct TokenUsage {
    std::int64_t input = 0;        ///< uncached input
    std::int64_t cachedInput = 0;  ///< read from the provider's prompt cache
    std::int64_t cacheWrite5m = 0; ///< written to a cache kept for five minutes (or of unstated life)
    std::int64_t cacheWrite1h = 0;
    std::int64_t output = 0;    ///< includes reasoning
    std::int64_t reasoning = 0; ///< the part of output that was reasoning
    std::int64_t webSearches = 0;

    [[nodiscard]] std::int64_t prompt() const { return input + cachedInput + cacheWrite5m + cacheWrite1h; }

    [[nodiscard]] std::int64_t total() const { return prompt() + output; }

    bool operator==(const TokenUsage&) const = default;
    TokenUsage& operator+=(const TokenUsage& other);
};

} // namespace tierdeck::pricing
