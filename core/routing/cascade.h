// The cascade: a cheap model answers first, gates check the answer, and where one fails the next rung of the
// ladder answers. Here are its settings and what is pure about it; whoever serves runs the gates. Plain
// values; any thread.
#pragma once

#include "core/routing/model_id.h"
#include "core/routing/tier.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// What an answer must be like. Which of the fields counts is up to the kind.
struct Gate {
    enum class Kind { NonEmpty, MinLength, JsonSchema, Pattern, Confidence, Command, Judge };
    Kind kind = Kind::NonEmpty;
    std::int64_t chars = 0;       ///< MinLength: at least so many characters
    std::string schemaJson;       ///< JsonSchema: the schema's JSON text
    std::string forbid;           ///< Pattern: an RE2 expression that must not be found; "" = none
    std::string require;          ///< Pattern: one that must be found; "" = none
    double minMeanLogprob = 0;    ///< Confidence
    std::vector<std::string> run; ///< Command: program and arguments, without a shell
    std::optional<ModelId> judge; ///< Judge: who gives the score
    double minScore = 0;          ///< Judge: 0–1
};

/// "nonEmpty", "minLength", "jsonSchema", "pattern", "confidence", "command", "judge".
[[nodiscard]] std::string_view toString(Gate::Kind kind);
[[nodiscard]] std::optional<Gate::Kind> gateKindFrom(std::string_view text);

struct CascadeSettings {
    bool enabled = false;
    std::vector<std::string> ladder{std::string(tiers::balanced), std::string(tiers::smart),
                                    std::string(tiers::deep)};
    int maxClimbs = 2;
    std::vector<Gate> gates; ///< all must pass, in this order
};

} // namespace tierdeck::routing
