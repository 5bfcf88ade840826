#include "core/pricing/token_usage.h"

namespace tierdeck::pricing {

TokenUsage& TokenUsage::operator+=(const TokenUsage& other) {
    input += other.input;
    cachedInput += other.cachedInput;
    cacheWrite5m += other.cacheWrite5m;
    cacheWrite1h += other.cacheWrite1h;
    output += other.output;
    reasoning += other.reasoning;
    webSearches += other.webSearches;
    return *this;
}

} // namespace tierdeck::pricing
