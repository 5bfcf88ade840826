// What is known of a model by its name alone, as far as a body must differ for it: how it is told to think,
// what it refuses, how much it may write. Names that are not known get what every provider takes. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

enum class ThinkingForm {
    None,     ///< it cannot, or nothing is known of it: nothing is asked
    Budget,   ///< Messages: `thinking` with `budget_tokens`
    Adaptive, ///< Messages: `thinking` of type `adaptive`, steered by `output_config.effort`
    Effort,   ///< Chat and Responses: an effort by name
};

struct ModelTraits {
    ThinkingForm thinking = ThinkingForm::None;
    bool takesSampling = true;           ///< temperature and top_p
    bool takesSchema = true;             ///< an output schema
    bool countsCompletionTokens = false; ///< Chat: its limit is called `max_completion_tokens`
    std::int64_t maxOutputTokens = 0;    ///< 0: not known
};

/// `model` with or without its provider's name.
[[nodiscard]] ModelTraits traitsOf(std::string_view model);

/// The nearest effort that `model` knows; "" where none should be said.
[[nodiscard]] std::string effortFor(std::string_view model, std::string_view effort);

/// A thinking budget in tokens for an effort, and the effort nearest to a budget. 0 for an effort that means
/// no thinking.
[[nodiscard]] std::int64_t budgetOf(std::string_view effort);
[[nodiscard]] std::string_view effortOf(std::int64_t budgetTokens);

} // namespace tierdeck::gateway::wire
