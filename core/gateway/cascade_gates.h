// What an answer of the cascade is held against, gate by gate. Those that need no one else are pure; a
// command's program and a judge are asked by whoever holds the answer. Any thread.
#pragma once

#include "core/gateway/cascade_answer.h"
#include "core/gateway/own_question.h"
#include "core/routing/cascade.h"

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway {

/// Why the answer does not pass, in a few words without a text of the answer; "" where it passes. For every
/// kind but Command and Judge.
[[nodiscard]] std::string problemAtGate(const routing::Gate& gate, const CascadeAnswer& answer);

/// What the judge of a gate is asked.
[[nodiscard]] OwnQuestion::Settings judgeQuestion(const routing::Gate& gate, std::string_view prompt,
                                                  std::string_view answer);
/// The score that a judge gave, 0–1; nullopt for words without one.
[[nodiscard]] std::optional<double> judgeScore(std::string_view said);

} // namespace tierdeck::gateway
