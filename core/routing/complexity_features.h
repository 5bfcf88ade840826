// The dense features of the complexity score: their order in a FeatureVector and their names. Internal to
// routing and its trainer; constant.
#pragma once

#include "core/routing/feature_vector.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tierdeck::routing {

/// "The ask" is what the person says; "the paste" what they put below, above or in quotation marks.
enum class Feature : unsigned char {
    Length,
    AskLength,
    PasteShare,
    Sentences,
    Questions,
    ListItems,
    CodeFences,
    FencedShare,
    InlineCode,
    StackTrace,
    DiffLines,
    Identifiers,
    CodeSymbols,
    Paths,
    Numbers,
    Reasoning,
    Planning,
    CodeActions,
    CodeNouns,
    Technology,
    Simple,
    SmallTask,
    ShortFactual,
    Constraints,
    Sequence,
    PasteCode,
    PasteThought,
    OpensSmall,
    Proof,
    Scope,
    Choice,
    Fault,
    Making,
    Interface,
    Business,
    Scholarship,
    Everyday,
    // From here on, facts of the request around the text.
    ToolsOffered,
    InputTokens,
    Position,
    Images,
    PlanMode,
    ReasoningOn,
    Background,
    Subagent,
    Count
};

inline constexpr std::array<std::string_view, denseFeatures> featureNames{
    "length",      "askLength",    "pasteShare",   "sentences",   "questions",   "listItems",    "codeFences",
    "fencedShare", "inlineCode",   "stackTrace",   "diffLines",   "identifiers", "codeSymbols",  "paths",
    "numbers",     "reasoning",    "planning",     "codeActions", "codeNouns",   "technology",   "simple",
    "smallTask",   "shortFactual", "constraints",  "sequence",    "pasteCode",   "pasteThought", "opensSmall",
    "proof",       "scope",        "choice",       "fault",       "making",      "interface",    "business",
    "scholarship", "everyday",     "toolsOffered", "inputTokens", "position",    "images",       "planMode",
    "reasoningOn", "background",   "subagent"};

/// As std::lround(), for what fits; inline, since a score has hundreds of them.
template <typename Whole = std::int32_t>
[[nodiscard]] inline Whole wholeOf(double value) {
    const auto whole = static_cast<Whole>(value);
    const double rest = value - static_cast<double>(whole);
    return whole + static_cast<Whole>(rest >= 0.5) - static_cast<Whole>(rest <= -0.5);
}

/// The name under which the hashed words that are not shown one by one stand together.
inline constexpr std::string_view otherWords = "otherWords";

static_assert(denseFeatures == static_cast<std::size_t>(Feature::Count));
static_assert(textFeatures == static_cast<std::size_t>(Feature::ToolsOffered));

} // namespace tierdeck::routing
