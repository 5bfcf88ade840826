// Reads llm.json into a policy's providers, and notes what the checks look at afterwards with its pointers.
// Private to preferences; pure.
#pragma once

#include "core/preferences/json_section.h"
#include "core/routing/policy.h"

#include <string>
#include <vector>

namespace tierdeck::preferences {

struct ProviderUse {
    std::string name;
    std::string pointer;
};

struct LlmReading {
    std::string root = "/llm"; ///< "" where the object stands bare
    std::vector<ProviderUse> providers;
};

/// Of members that no entry of the price catalogue has; for prices.json and a provider's `prices`.
void warnOfUnknownPrices(const JsonSection& prices);

[[nodiscard]] LlmReading readLlm(const Json& document, Findings& findings, routing::Policy& policy);

} // namespace tierdeck::preferences
