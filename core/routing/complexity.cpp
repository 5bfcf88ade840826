#include "core/routing/complexity.h"

#include "core/routing/complexity_features.h"
#include "core/routing/complexity_head.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::routing {

namespace {

/// Of the hashed words only so many are shown, those that weigh the most.
constexpr std::size_t shownBuckets = 5;

double saturated(double count, double half) {
    return count <= 0 ? 0.0 : count / (count + half);
}

FeatureVector vectorOf(const RouteRequest& request, const PromptReading& reading) {
    FeatureVector vector;
    std::copy(reading.values.begin(), reading.values.end(), vector.dense.begin());
    vector.buckets = reading.buckets;
    const auto set = [&](Feature feature, double value) {
        vector.dense[static_cast<std::size_t>(feature)] = static_cast<Thousandths>(wholeOf(value * 1000));
    };
    set(Feature::ToolsOffered, saturated(request.toolsOffered, 10));
    const double tokens = static_cast<double>(std::max<std::int64_t>(request.inputTokens, 0));
    set(Feature::InputTokens, std::min(1.0, std::log2(1.0 + std::max(0.0, tokens - 2000.0) / 2000.0) / 10.0));
    set(Feature::Position, saturated(request.messages, 20));
    set(Feature::Images, request.hasImages);
    set(Feature::PlanMode, request.planMode);
    set(Feature::ReasoningOn, request.reasoning);
    set(Feature::Background, request.background);
    set(Feature::Subagent, request.subagent);
    return vector;
}

/// What a feature has to do with the outputs, as it is shown: all of it in thousandths.
struct Share {
    std::uint32_t id; ///< of the bucket, or the dense feature's place behind them all
    std::int32_t value;
    std::int32_t contribution;
    std::int32_t codeContribution;
    std::int32_t weight; ///< what it is sorted by
};

Share shareOf(std::size_t id, std::int32_t value, std::int32_t contribution, std::int32_t codeContribution) {
    return {static_cast<std::uint32_t>(id), value, contribution, codeContribution,
            std::max(std::abs(contribution), std::abs(codeContribution))};
}

bool weighsMore(const Share& a, const Share& b) {
    return a.weight > b.weight;
}

/// The shares of a text's buckets: those that weigh the most, then all others as one. Sorted before anything
/// has a name, since most of them never need one.
class Shares {
public:
    Shares(const FeatureVector& vector, const ComplexityHead* user)
        : m_user(user) {
        addBuckets(vector.buckets);
        for (std::size_t i = 0; i < denseFeatures; ++i) {
            if (vector.dense[i] > 0)
                add(firstDense + i, vector.dense[i] / 1e3, vector.dense[i], weightOf(i));
        }
        std::sort(m_shares.begin(), m_shares.begin() + static_cast<std::ptrdiff_t>(m_count), weighsMore);
    }

    [[nodiscard]] std::vector<FeatureContribution> named() const {
        std::vector<FeatureContribution> features;
        features.reserve(m_count);
        for (std::size_t i = 0; i < m_count; ++i) {
            const Share& share = m_shares[i];
            features.emplace_back(nameOf(share.id), share.value / 1e3, share.contribution / 1e3,
                                  share.codeContribution / 1e3);
        }
        return features;
    }

private:
    static constexpr std::size_t allOthers = bucketCount;
    static constexpr std::size_t firstDense = bucketCount + 1;

    static FeatureName nameOf(std::size_t id) {
        if (id < bucketCount)
            return FeatureName::ofBucket(static_cast<unsigned>(id));
        static const FeatureName others(otherWords);
        return id == allOthers ? others : FeatureName::ofDense(id - firstDense);
    }

    [[nodiscard]] Outputs weightOf(auto feature) const {
        Outputs weight = m_shipped.weightOf(feature);
        if (m_user)
            weight += m_user->weightOf(feature);
        return weight;
    }

    void add(std::size_t id, double value, std::int32_t shownValue, const Outputs& weight) {
        m_shares[m_count++] = shareOf(id, shownValue, wholeOf(weight.difficulty * value * 1e3),
                                      wholeOf(weight.code * value * 1e3));
    }

    void addBuckets(const Buckets& buckets) {
        const BucketShares levels(buckets);
        const std::int32_t shownAsk = wholeOf(levels.ask * 1e3);
        const std::int32_t shownPaste = wholeOf(levels.paste * 1e3);
        for (const Bucket bucket : buckets)
            add(bucket.id, levels.of(bucket), bucket.ofAsk ? shownAsk : shownPaste, weightOf(bucket));
        if (m_count <= shownBuckets)
            return;
        const auto shown = m_shares.begin() + shownBuckets;
        const auto end = m_shares.begin() + static_cast<std::ptrdiff_t>(m_count);
        std::partial_sort(m_shares.begin(), shown, end, weighsMore);
        Share others = shareOf(allOthers, 0, 0, 0);
        for (auto other = shown; other != end; ++other) {
            others.value += other->value;
            others.contribution += other->contribution;
            others.codeContribution += other->codeContribution;
        }
        *shown = shareOf(allOthers, others.value, others.contribution, others.codeContribution);
        m_count = shownBuckets + 1;
    }

    const ComplexityHead& m_shipped = shippedHead();
    const ComplexityHead* m_user;
    std::size_t m_count = 0;
    std::array<Share, Buckets::most + denseFeatures + 1> m_shares; ///< only m_count of them are set
};

} // namespace

FeatureVector featuresOf(const RouteRequest& request) {
    return vectorOf(request, request.reading ? *request.reading : readPrompt(request.userText));
}

Outputs outputsOf(const FeatureVector& vector, const ComplexityHead* user) {
    Outputs sums = shippedHead().sums(vector);
    if (user)
        sums += user->sums(vector);
    return {squashed(sums.difficulty), squashed(sums.code)};
}

Complexity scoreComplexity(const FeatureVector& vector, const ComplexityHead* user) {
    Complexity result;
    result.vector = vector;
    const Outputs outputs = outputsOf(vector, user);
    result.difficulty = result.vector.difficulty = outputs.difficulty;
    result.code = result.vector.code = outputs.code;
    result.features = Shares(vector, user).named();
    return result;
}

Complexity scoreComplexity(const RouteRequest& request, const ComplexityHead* user) {
    return scoreComplexity(featuresOf(request), user);
}

std::string_view tierForScores(double difficulty, double code, const ClassifierSettings& settings) {
    if (difficulty >= settings.deepThreshold)
        return tiers::deep;
    if (code >= settings.codingThreshold)
        return tiers::coding;
    return difficulty >= settings.smartThreshold ? tiers::smart : tiers::balanced;
}

} // namespace tierdeck::routing
