// Fits a head of the complexity score to examples of which the tier is known, so that the thresholds of the
// contract stand where the tiers part. Deterministic: the same examples in the same order give the same head.
// Pure; any thread; takes seconds for thousands of examples.
#pragma once

#include "core/routing/complexity_head.h"
#include "core/routing/feature_vector.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// The tiers between which the score decides, in the order of `trainedTiers`.
enum class TrainedTier : unsigned char { Balanced, Smart, Coding, Deep };

inline constexpr std::array<std::string_view, 4> trainedTiers{"balanced", "smart", "coding", "deep"};

[[nodiscard]] std::optional<TrainedTier> trainedTier(std::string_view name);

struct TrainingExample {
    FeatureVector vector;
    TrainedTier tier = TrainedTier::Balanced;
    std::optional<TrainedTier> also; ///< would do as well
};

struct TrainingSettings {
    double sharpness = 2.0;    ///< how steep a tier begins at its threshold
    double densePenalty = 1.0; ///< on the squares of the weights
    double bucketPenalty = 1.0;
    double alsoShare = 0.3;    ///< of an example that would do as another tier too
    double deepWeight = 1.0;   ///< of a deep example's difficulty against the others'
    double codingWeight = 1.0; ///< of a coding example's code against the others'
    int mostRounds = 300;
};

/// The weights that, added to those of `base` where there is one, say best which tier each example is.
/// Features that no example has get none.
[[nodiscard]] ComplexityHead::Weights trainHead(std::span<const TrainingExample> examples,
                                                const TrainingSettings& settings,
                                                const ComplexityHead* base = nullptr);

/// The part, of so many equal ones, that each example is in: of each tier its share in every part. The same
/// examples and seed, the same parts.
[[nodiscard]] std::vector<std::size_t> foldsOf(std::span<const TrainingExample> examples, std::size_t parts,
                                               std::uint32_t seed);

} // namespace tierdeck::routing
