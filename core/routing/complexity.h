// How hard a request looks and how much it looks like code: one pass over the last user message and cheap
// facts of the request. A linear model whose every contribution can be shown. Pure; any thread.
#pragma once

#include "core/routing/complexity_head.h"
#include "core/routing/feature_vector.h"
#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <array>
#include <optional>
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

/// Of the hashed words only so many are shown, those that weigh the most.
inline constexpr std::size_t shownBuckets = 5;

/// What a feature has to do with the outputs, as it is shown: all of it in thousandths.
struct FeatureShare {
    std::uint32_t id; ///< of the bucket, or the dense feature's place behind them all
    std::int32_t value;
    std::int32_t contribution;
    std::int32_t codeContribution;
    std::int32_t weight; ///< what it is sorted by
};

/// The shares of a text's buckets: those that weigh the most, then all others as one.
struct BucketScore {
    std::array<FeatureShare, shownBuckets + 1> shares{};
    std::size_t count = 0; ///< of the shares
    Outputs sum;
};

/// What the one pass over a prompt finds: what the features count in its text, and its hashed words.
struct PromptReading {
    /// What every request with this prompt would make of its hashed words.
    struct OfBuckets {
        std::string packed; ///< as pack() writes them
        BucketScore score;  ///< by the shipped head
    };

    std::array<Thousandths, textFeatures> values{};
    Buckets buckets;
    std::optional<OfBuckets> ofBuckets; ///< of a reading to keep
};

[[nodiscard]] PromptReading readPrompt(std::string_view userText);
/// All requests of a turn have the same last words of a person: whoever keeps this saves all but the first
/// the pass and more.
[[nodiscard]] PromptReading readPromptToKeep(std::string_view userText);
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
