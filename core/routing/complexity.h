// How hard a request looks and how much it looks like code: one pass over the last user message and cheap
// facts of the request. A linear model whose every contribution can be shown. Pure; any thread.
#pragma once

#include "core/routing/complexity_head.h"
#include "core/routing/feature_vector.h"
#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

struct Complexity {
    double difficulty = 0;                     ///< 0–1, grows with difficulty
    double code = 0;                           ///< 0–1
    std::vector<FeatureContribution> features; ///< only those that are not zero, greatest contribution first
    FeatureVector vector;                      ///< all that the score was made of
};

/// What the one pass over a prompt finds: what the features count in its text, and its hashed words. All
/// requests of a turn have the same last words of a person, so whoever keeps it saves the passes after the
/// first.
struct PromptReading {
    std::array<Thousandths, textFeatures> values{};
    Buckets buckets;
    std::string packedBuckets; ///< as pack() writes them
};

[[nodiscard]] PromptReading readPrompt(std::string_view userText);
/// The features of a request, not scored. Reads the prompt unless the request brings its reading.
[[nodiscard]] FeatureVector featuresOf(const RouteRequest& request);
/// `user`: the head of who asks, on top of the shipped one; null for none.
[[nodiscard]] Complexity scoreComplexity(const RouteRequest& request, const ComplexityHead* user = nullptr);
/// Of features as they were stored: no text is needed. Its outputs are those of the heads at hand, not the
/// stored ones.
[[nodiscard]] Complexity scoreComplexity(const FeatureVector& vector, const ComplexityHead* user = nullptr);
/// Only the outputs, without what each feature has to do with them.
[[nodiscard]] Outputs outputsOf(const FeatureVector& vector, const ComplexityHead* user = nullptr);
/// The tier that the scores speak for under these thresholds; balanced when none is reached.
[[nodiscard]] std::string_view tierForScores(double difficulty, double code,
                                             const ClassifierSettings& settings);

} // namespace tierdeck::routing
