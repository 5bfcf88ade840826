// Tiers: what a caller asks for instead of a model. Built-in names, ranks and descriptions. Plain values; any
// thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::routing {

namespace tiers {
inline constexpr std::string_view background = "background";
inline constexpr std::string_view balanced = "balanced";
inline constexpr std::string_view smart = "smart";
inline constexpr std::string_view coding = "coding";
inline constexpr std::string_view deep = "deep";
/// The four that the seven first keys know, in the order they are shown.
inline constexpr std::array<std::string_view, 4> four{balanced, smart, coding, deep};
} // namespace tiers

/// background 0, balanced 10, smart 20, coding 20, deep 30; nullopt for a custom tier.
[[nodiscard]] std::optional<int> builtInRank(std::string_view tier);
/// One plain sentence on what the tier is for; "" for a custom tier. Untranslated English.
[[nodiscard]] std::string_view tierDescription(std::string_view tier);

/// The rung of the ladder that decided, highest first.
enum class TierSource { User, Skill, Dynamic, Declared, Rule, TaskType, Default };
/// "user", "skill", "dynamic", "declared", "rule", "taskType", "default": as in the store, the log and JSON.
[[nodiscard]] std::string_view toString(TierSource source);
[[nodiscard]] std::optional<TierSource> tierSourceFrom(std::string_view text);

} // namespace tierdeck::routing
