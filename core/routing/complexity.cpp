#include "core/routing/complexity.h"

#include "core/routing/complexity_features.h"
#include "core/routing/complexity_head.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tierdeck::routing {

namespace {

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

constexpr std::size_t allOthers = bucketCount;
constexpr std::size_t firstDense = bucketCount + 1;

FeatureShare shareOf(std::size_t id, std::int32_t value, std::int32_t contribution,
                     std::int32_t codeContribution) {
    return {static_cast<std::uint32_t>(id), value, contribution, codeContribution,
            std::max(std::abs(contribution), std::abs(codeContribution))};
}

/// `value` as it counts, `shown` in thousandths.
FeatureShare shareOf(std::size_t id, const Outputs& weight, double value, std::int32_t shown) {
    return shareOf(id, shown, wholeOf(weight.difficulty * value * 1e3), wholeOf(weight.code * value * 1e3));
}

/// An object, so that sorting need not call it.
constexpr auto weighsMore = [](const FeatureShare& a, const FeatureShare& b) { return a.weight > b.weight; };

/// The shipped head, and that of who asks on top of it.
class Heads {
public:
    explicit Heads(const ComplexityHead* user)
        : m_user(user) {}

    [[nodiscard]] Outputs weightOf(auto feature) const {
        Outputs weight = m_shipped.weightOf(feature);
        if (m_user)
            weight += m_user->weightOf(feature);
        return weight;
    }

    [[nodiscard]] Outputs sumOf(const auto& features) const {
        Outputs sum = m_shipped.sumOf(features);
        if (m_user)
            sum += m_user->sumOf(features);
        return sum;
    }

private:
    const ComplexityHead& m_shipped = shippedHead();
    const ComplexityHead* m_user;
};

FeatureName nameOf(std::size_t id) {
    if (id < bucketCount)
        return FeatureName::ofBucket(static_cast<unsigned>(id));
    static const FeatureName others(otherWords);
    return id == allOthers ? others : FeatureName::ofDense(id - firstDense);
}

/// Sorted before anything has a name.
std::vector<FeatureContribution> contributionsOf(const DenseValues& dense, const BucketScore& words,
                                                 const Heads& heads) {
    std::array<FeatureShare, denseFeatures + std::tuple_size_v<decltype(words.shares)>> shares;
    auto end = std::copy_n(words.shares.begin(), words.count, shares.begin());
    for (std::size_t i = 0; i < denseFeatures; ++i) {
        if (dense[i] > 0)
            *end++ = shareOf(firstDense + i, heads.weightOf(i), dense[i] / 1e3, dense[i]);
    }
    std::sort(shares.begin(), end, weighsMore);
    std::vector<FeatureContribution> features;
    features.reserve(static_cast<std::size_t>(end - shares.begin()));
    for (auto share = shares.begin(); share != end; ++share)
        features.emplace_back(nameOf(share->id), share->value / 1e3, share->contribution / 1e3,
                              share->codeContribution / 1e3);
    return features;
}

Outputs squashedOf(Outputs sum) {
    return {squashed(sum.difficulty), squashed(sum.code)};
}

Complexity scored(FeatureVector vector, const BucketScore& words, const Heads& heads) {
    Complexity result;
    Outputs sum = heads.sumOf(vector.dense);
    sum += words.sum;
    const auto outputs = squashedOf(sum);
    result.difficulty = vector.difficulty = outputs.difficulty;
    result.code = vector.code = outputs.code;
    result.features = contributionsOf(vector.dense, words, heads);
    result.vector = vector;
    return result;
}

BucketScore scoreOf(const Buckets& buckets, const Heads& heads) {
    const BucketShares levels(buckets);
    const std::int32_t shownAsk = wholeOf(levels.ask * 1e3);
    const std::int32_t shownPaste = wholeOf(levels.paste * 1e3);
    std::array<FeatureShare, Buckets::most> all; // only the first are set
    auto end = all.begin();
    for (const Bucket bucket : buckets)
        *end++ = shareOf(bucket.id, heads.weightOf(bucket), levels.of(bucket),
                         bucket.ofAsk ? shownAsk : shownPaste);
    BucketScore score;
    score.sum = heads.sumOf(buckets);
    const auto shown = std::min(all.begin() + shownBuckets, end);
    if (shown != end)
        std::partial_sort(all.begin(), shown, end, weighsMore);
    const auto last = std::copy(all.begin(), shown, score.shares.begin());
    score.count = static_cast<std::size_t>(shown - all.begin());
    if (shown == end)
        return score;
    FeatureShare others{};
    for (auto other = shown; other != end; ++other) {
        others.value += other->value;
        others.contribution += other->contribution;
        others.codeContribution += other->codeContribution;
    }
    *last = shareOf(allOthers, others.value, others.contribution, others.codeContribution);
    ++score.count;
    return score;
}

} // namespace

PromptReading readPromptToKeep(std::string_view userText) {
    auto reading = readPrompt(userText);
    reading.ofBuckets = {pack(reading.buckets), scoreOf(reading.buckets, Heads(nullptr))};
    return reading;
}

FeatureVector featuresOf(const RouteRequest& request) {
    return vectorOf(request, request.reading ? *request.reading : readPrompt(request.userText));
}

Outputs outputsOf(const FeatureVector& vector, const ComplexityHead* user) {
    const Heads heads(user);
    Outputs sum = heads.sumOf(vector.dense);
    sum += heads.sumOf(vector.buckets);
    return squashedOf(sum);
}

Complexity scoreComplexity(const FeatureVector& vector, const ComplexityHead* user) {
    const Heads heads(user);
    return scored(vector, scoreOf(vector.buckets, heads), heads);
}

Complexity scoreComplexity(const RouteRequest& request, const ComplexityHead* user) {
    const auto* reading = request.reading;
    if (user || !reading || !reading->ofBuckets)
        return scoreComplexity(featuresOf(request), user);
    return scored(vectorOf(request, *reading), reading->ofBuckets->score, Heads(nullptr));
}

std::string_view tierForScores(double difficulty, double code, const ClassifierSettings& settings) {
    if (difficulty >= settings.deepThreshold)
        return tiers::deep;
    if (code >= settings.codingThreshold)
        return tiers::coding;
    return difficulty >= settings.smartThreshold ? tiers::smart : tiers::balanced;
}

} // namespace tierdeck::routing
