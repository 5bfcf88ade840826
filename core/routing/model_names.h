// What a name that a caller gave for a model means: a tier, a model, "decide yourself", or nothing that
// exists. Internal to routing; pure; any thread.
#pragma once

#include "core/routing/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

struct NamedTarget {
    enum class Kind { Auto, Tier, Model, Unknown };
    Kind kind = Kind::Auto;
    std::string tier;
    ModelId model;
    const Alias* alias = nullptr; ///< the one that said so
    std::string problem;          ///< for Unknown: why, as a sentence that says what to do
};

/// `tier-coding`, `tier/coding`, `claude-tier-coding`, `coding`; `auto` and ""; `provider/model`; aliases.
[[nodiscard]] NamedTarget interpretName(std::string_view name, const Policy& policy);

/// Up to four names that exist and look like `name`, the nearest first: tiers, models of the policy, models
/// that configured providers list or the catalogue knows of them.
[[nodiscard]] std::vector<std::string> nearNames(std::string_view name, const Policy& policy);
/// Tiers only; all of them where none is near.
[[nodiscard]] std::vector<std::string> nearTiers(std::string_view name, const Policy& policy);

/// A name from outside as it may stand in a sentence: quoted, at most 80 bytes of it.
[[nodiscard]] std::string quoted(std::string_view name);

} // namespace tierdeck::routing
