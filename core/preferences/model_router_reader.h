// Reads model-router.json into a policy, and notes what the checks look at afterwards with its pointers.
// Private to preferences; pure.
#pragma once

#include "core/preferences/json_section.h"
#include "core/routing/policy.h"

#include <map>
#include <string>
#include <vector>

namespace tierdeck::preferences {

/// The model that a value names, and what it is there for ("codingModel", "a fallback of coding").
struct ModelUse {
    routing::ModelId model;
    std::string pointer;
    std::string purpose;
};

/// A value that should name a model but has no `provider/`.
struct BareModel {
    std::string name;
    std::string pointer;
};

struct TierUse {
    std::string tier;
    std::string pointer;
    bool leadsThere = true;  ///< requests come to the tier this way
    std::string prefix = {}; ///< what the value has before the tier: "tier/" in a fallback
};

struct FallbackUse {
    std::string list; ///< "fallbacks", "contextWindowFallbacks" …
    std::string key;  ///< a tier, a model or "*"
    std::string pointer;
    routing::FallbackTarget target;
};

/// A value that a check holds against the providers or budgets that exist.
struct NameUse {
    std::string name;
    std::string pointer;
};

/// What a gate of the cascade runs.
struct CommandUse {
    std::vector<std::string> run;
    std::string pointer; ///< of the gate
};

struct RouterReading {
    std::string root = "/modelRouter"; ///< "" where the object stands bare
    std::vector<ModelUse> models;
    std::vector<BareModel> bareModels;
    std::vector<TierUse> tiers;
    std::vector<FallbackUse> fallbacks;
    std::vector<NameUse> providers; ///< named in providerPolicy and in the scopes of budgets
    std::vector<NameUse> tokens;    ///< named in the scopes of budgets
    std::vector<NameUse> patterns;  ///< of models, in degradation bands
    std::vector<CommandUse> commands;
    std::map<std::string, std::string, std::less<>> tierModelPointers; ///< by tier, where it has a model
};

[[nodiscard]] RouterReading readModelRouter(const Json& document, Findings& findings,
                                            routing::Policy& policy);

} // namespace tierdeck::preferences
