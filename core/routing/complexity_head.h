// A linear model over the features of a request: a bias and a weight for difficulty and for code, a pair for
// each dense feature and each bucket. The shipped one is built into the program; a user's own stands on top
// of it. Immutable after it is made; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/feature_vector.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// A difficulty and a code; before the logistic where they are sums.
struct Outputs {
    double difficulty = 0;
    double code = 0;

    Outputs& operator+=(const Outputs& other) {
        difficulty += other.difficulty;
        code += other.code;
        return *this;
    }
};

/// What each of a text's buckets weighs: those of the ask more than those of the paste, all of them together
/// 1 by their squares, so that a long text does not shout.
struct BucketShares {
    explicit BucketShares(const Buckets& buckets);

    [[nodiscard]] double of(Bucket bucket) const { return bucket.ofAsk ? ask : paste; }

    double ask = 0;
    double paste = 0;
};

class ComplexityHead {
public:
    /// What a head was made from, for those who ask later.
    struct Origin {
        std::uint64_t inputs = 0; ///< fingerprint of what it was trained on
        std::uint64_t base = 0;   ///< inputs of the head on which it stands; 0 for none
        std::uint32_t examples = 0;
        double gain = 0;    ///< held out, in right tiers of one
        double gainLow = 0; ///< the bounds of its bootstrap interval
        double gainHigh = 0;
    };

    struct Weights {
        Outputs bias;
        std::array<Outputs, denseFeatures> dense{};
        std::vector<Outputs> buckets = std::vector<Outputs>(bucketCount);
    };

    ComplexityHead(const Weights& weights, const Origin& origin);

    [[nodiscard]] static Result<ComplexityHead> parse(std::string_view bytes);
    [[nodiscard]] std::string bytes() const;

    [[nodiscard]] const Origin& origin() const { return m_origin; }

    [[nodiscard]] const Outputs& bias() const { return m_bias; }

    [[nodiscard]] const Outputs& weightOf(std::size_t dense) const { return m_dense[dense]; }

    [[nodiscard]] Outputs weightOf(Bucket bucket) const {
        const auto& pair = m_buckets[bucket.id];
        return {pair[0] * m_scale.difficulty, pair[1] * m_scale.code};
    }

    /// The sums of all weights that a vector calls for: the bias with its dense features', and its buckets'.
    [[nodiscard]] Outputs sumOf(const DenseValues& dense) const;
    [[nodiscard]] Outputs sumOf(const Buckets& buckets) const;
    /// Both.
    [[nodiscard]] Outputs sums(const FeatureVector& vector) const;

private:
    ComplexityHead() = default;

    Origin m_origin;
    Outputs m_bias;
    Outputs m_scale; ///< of one step of a bucket's weight
    std::array<Outputs, denseFeatures> m_dense{};
    std::vector<std::array<std::int8_t, 2>> m_buckets;
};

/// The head that the program was built with.
[[nodiscard]] const ComplexityHead& shippedHead();

/// 0 to 1, in ten-thousandths: a sum after the logistic.
[[nodiscard]] double squashed(double sum);

} // namespace tierdeck::routing
