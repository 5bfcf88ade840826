#include "core/routing/complexity.h"

#include "core/routing/complexity_features.h"
#include "core/routing/complexity_head.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::routing {

namespace {

/// Of the hashed words only so many are shown, those that weigh the most.
constexpr std::ptrdiff_t shownBuckets = 5;

double saturated(double count, double half) {
    return count <= 0 ? 0.0 : count / (count + half);
}

double rounded(double x) {
    return std::round(x * 1e3) / 1e3;
}

FeatureVector vectorOf(const RouteRequest& request, const PromptReading& reading) {
    FeatureVector vector;
    std::copy(reading.values.begin(), reading.values.end(), vector.dense.begin());
    vector.buckets = reading.buckets;
    const auto set = [&](Feature feature, double value) {
        vector.dense[static_cast<std::size_t>(feature)] = static_cast<Thousandths>(std::lround(value * 1000));
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

bool weighsMore(const FeatureContribution& a, const FeatureContribution& b) {
    const auto weight = [](const FeatureContribution& feature) {
        return std::max(std::abs(feature.contribution), std::abs(feature.codeContribution));
    };
    return weight(a) > weight(b);
}

} // namespace

FeatureVector featuresOf(const RouteRequest& request) {
    return vectorOf(request, request.reading ? *request.reading : readPrompt(request.userText));
}

Complexity scoreComplexity(const RouteRequest& request) {
    Complexity result;
    result.vector = featuresOf(request);
    const Outputs sums = shippedHead().sums(result.vector);
    result.difficulty = result.vector.difficulty = squashed(sums.difficulty);
    result.code = result.vector.code = squashed(sums.code);
    result.features = contributions(result.vector);
    return result;
}

std::vector<FeatureContribution> contributions(const FeatureVector& vector) {
    const ComplexityHead& head = shippedHead();
    std::vector<FeatureContribution> features;
    features.reserve(32 + vector.buckets.size());
    const auto add = [&](std::string name, double value, const Outputs& weight) {
        features.push_back({std::move(name), rounded(value), rounded(weight.difficulty * value),
                            rounded(weight.code * value)});
    };
    const BucketShares shares(vector.buckets);
    for (const Bucket bucket : vector.buckets)
        add(bucketName(bucket.id), shares.of(bucket), head.weightOf(bucket));
    if (features.size() > shownBuckets) {
        const auto end = features.begin() + shownBuckets;
        std::partial_sort(features.begin(), end, features.end(), weighsMore);
        FeatureContribution others{std::string(otherWords), 0, 0, 0};
        for (auto other = end; other != features.end(); ++other) {
            others.value += other->value;
            others.contribution += other->contribution;
            others.codeContribution += other->codeContribution;
        }
        features.erase(end, features.end());
        features.push_back({std::move(others.name), rounded(others.value), rounded(others.contribution),
                            rounded(others.codeContribution)});
    }
    for (std::size_t i = 0; i < denseFeatures; ++i) {
        if (vector.dense[i] > 0)
            add(std::string(featureNames[i]), vector.dense[i] / 1e3, head.weightOf(i));
    }
    std::sort(features.begin(), features.end(), weighsMore);
    return features;
}

std::string_view tierForScores(double difficulty, double code, const ClassifierSettings& settings) {
    if (difficulty >= settings.deepThreshold)
        return tiers::deep;
    if (code >= settings.codingThreshold)
        return tiers::coding;
    return difficulty >= settings.smartThreshold ? tiers::smart : tiers::balanced;
}

} // namespace tierdeck::routing
