// The presets of the router, as the edits that they are: what would change in model-router.json as it stands,
// one value at a time, so that a person sees all of it before any of it is done. Pure; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/routing/policy.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::preferences {

enum class Preset {
    FirstSetup,          ///< balanced and coding from one provider, smart and deep removed, dynamic on
    OneApprovedProvider, ///< all tiers to models of one provider, and no other may serve
    LowestCost,          ///< dynamic off, every tier the cheapest model of its class, background local
    Research,            ///< deep set to a reasoning model, dynamic on, cascade off
};

inline constexpr std::array<Preset, 4> allPresets{Preset::FirstSetup, Preset::OneApprovedProvider,
                                                  Preset::LowestCost, Preset::Research};
/// "first-setup", "one-approved-provider", "lowest-cost", "research".
[[nodiscard]] std::string_view toString(Preset preset);
[[nodiscard]] std::optional<Preset> presetFrom(std::string_view text);

struct PresetEdit {
    std::string pointer;             ///< of the file as it stands
    std::optional<std::string> json; ///< the value to set; nullopt removes the member
    std::string what;                ///< one plain sentence
};

/// Only what is not so already; empty where nothing is to be done. `routerText`: model-router.json, "" where
/// there is none; `policy`: made from it and llm.json. `provider`: the one at hand or the approved one; ""
/// for the first of llm.json that has models to offer. NotFound, with what to do, where there is no model for
/// a tier that the preset must set.
[[nodiscard]] Result<std::vector<PresetEdit>> presetEdits(Preset preset, std::string_view routerText,
                                                          const routing::Policy& policy,
                                                          std::string_view provider, UtcTime now);

} // namespace tierdeck::preferences
