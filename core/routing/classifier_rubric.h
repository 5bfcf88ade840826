// What the routing model is told where it classifies a turn, and how its one word is understood. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::routing {

/// The system text of the request to the routing model; the user message is the turn's prompt. The tiers'
/// descriptions are the rubric.
[[nodiscard]] std::string classifierRubric();

/// The tier that an answer names: one word of the rubric, whatever its case and the punctuation around it.
/// nullopt for anything else.
[[nodiscard]] std::optional<std::string_view> tierOfAnswer(std::string_view answer);

} // namespace tierdeck::routing
