// The linear model behind the complexity score: one row a feature, with its weight for difficulty and for
// code. Set by hand from prompts written for this project; a trained head takes the place of this table.
// Internal to routing.
#pragma once

#include <array>
#include <string_view>

namespace tierdeck::routing {

/// The order is the order of the table below.
enum class Feature : unsigned char {
    Length,
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
    Depth,
    Mathematics,
    CodeActions,
    CodeNouns,
    Technology,
    CodeTask,
    Simple,
    SmallTask,
    ShortFactual,
    Constraints,
    Sequence,
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

struct FeatureWeight {
    std::string_view name;
    double difficulty;
    double code;
};

inline constexpr FeatureWeight biasWeight{"bias", -1.8, -1.6};

inline constexpr std::array<FeatureWeight, static_cast<std::size_t>(Feature::Count)> featureWeights{{
    {"length", 2.3, 0.0},         // 64 bytes 0.1, 1 KiB 0.5, 64 KiB 1
    {"sentences", 0.8, 0.0},      // n/(n+6)
    {"questions", 0.3, -0.4},     // n/(n+2)
    {"listItems", 0.9, 0.0},      // n/(n+4)
    {"codeFences", 0.1, 1.6},     // n/(n+1)
    {"fencedShare", 0.0, 1.2},    // of the text's bytes
    {"inlineCode", 0.1, 1.4},     // n/(n+1)
    {"stackTrace", 0.4, 3.0},     // lines, n/(n+1)
    {"diffLines", 0.2, 2.2},      // n/(n+2)
    {"identifiers", 0.1, 3.0},    // camelCase, snake_case, calls, a::b; n/(n+2)
    {"codeSymbols", 0.0, 1.6},    // share of {}();=<> outside words, four times, at most 1
    {"paths", 0.1, 1.8},          // n/(n+1)
    {"numbers", 0.1, -0.2},       // n/(n+4)
    {"reasoning", 2.4, -1.2},     // words, n/(n+1.5)
    {"planning", 1.4, -0.8},      // n/(n+1.5)
    {"depth", 4.2, -0.8},         // n/(n+1.5)
    {"mathematics", 1.5, -0.8},   // n/(n+2)
    {"codeActions", 0.2, 1.6},    // n/(n+1)
    {"codeNouns", 0.2, 2.8},      // n/(n+1.5)
    {"technology", 0.2, 3.0},     // n/(n+0.7)
    {"codeTask", 0.0, 0.6},       // an action and a noun or a technology together
    {"simple", -0.9, -0.5},       // n/(n+1)
    {"smallTask", -1.2, -1.2},    // n/(n+1)
    {"shortFactual", -0.9, -0.6}, // a question word at the start of a short text
    {"constraints", 0.5, 0.0},    // n/(n+2)
    {"sequence", 0.4, 0.0},       // n/(n+3)
    {"toolsOffered", 0.0, 0.5},   // n/(n+10)
    {"inputTokens", 0.4, 0.0},    // beyond 2,000, by doublings: 64,000 is 0.5
    {"position", 0.0, 0.0},       // messages, n/(n+20)
    {"images", 0.3, -0.2},        //
    {"planMode", 1.6, -0.6},      //
    {"reasoningOn", 0.3, 0.0},    //
    {"background", -1.5, -1.5},   //
    {"subagent", -0.2, 0.0},      //
}};

} // namespace tierdeck::routing
