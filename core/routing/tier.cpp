#include "core/routing/tier.h"

namespace tierdeck::routing {

namespace {

struct BuiltInTier {
    std::string_view name;
    int rank;
    std::string_view description;
};

constexpr std::array<BuiltInTier, 5> builtInTiers{{
    {tiers::background, 0,
     "What nobody waits for: summaries, bulk work, titles, heartbeats, commit messages."},
    {tiers::balanced, 10,
     "Everyday conversation and simple tasks: facts, small edits, short texts, translations. Where turns "
     "land that "
     "ask for nothing else."},
    {tiers::smart, 20,
     "Several steps of reasoning, planning, weighing options, reading across files: where balanced would be "
     "too "
     "little."},
    {tiers::coding, 20, "Writing, debugging, refactoring code; tests, stack traces, queries, scripts."},
    {tiers::deep, 30,
     "Long-horizon analysis, research, proofs, whole-design audits: work that gains from long reasoning."},
}};

const BuiltInTier* findBuiltIn(std::string_view tier) {
    for (const BuiltInTier& known : builtInTiers) {
        if (known.name == tier)
            return &known;
    }
    return nullptr;
}

constexpr std::array<std::string_view, 7> sourceNames{"user", "skill",    "dynamic", "declared",
                                                      "rule", "taskType", "default"};

} // namespace

std::optional<int> builtInRank(std::string_view tier) {
    const BuiltInTier* known = findBuiltIn(tier);
    return known ? std::optional(known->rank) : std::nullopt;
}

std::string_view tierDescription(std::string_view tier) {
    const BuiltInTier* known = findBuiltIn(tier);
    return known ? known->description : std::string_view();
}

std::string_view toString(TierSource source) {
    return sourceNames[static_cast<std::size_t>(source)];
}

std::optional<TierSource> tierSourceFrom(std::string_view text) {
    for (std::size_t i = 0; i < sourceNames.size(); ++i) {
        if (sourceNames[i] == text)
            return static_cast<TierSource>(i);
    }
    return std::nullopt;
}

} // namespace tierdeck::routing
