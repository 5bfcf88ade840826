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

std::vector<FeatureContribution> contributions(const FeatureVector& vector, const ComplexityHead* user) {
    const ComplexityHead& head = shippedHead();
    const auto weightOf = [&](auto feature) {
        Outputs weight = head.weightOf(feature);
        if (user)
            weight += user->weightOf(feature);
        return weight;
    };
    std::vector<FeatureContribution> features;
    features.reserve(32 + vector.buckets.size());
    const auto add = [&](std::string name, double value, const Outputs& weight) {
        features.push_back({std::move(name), rounded(value), rounded(weight.difficulty * value),
                            rounded(weight.code * value)});
    };
    const BucketShares shares(vector.buckets);
    for (const Bucket bucket : vector.buckets)
        add(bucketName(bucket.id), shares.of(bucket), weightOf(bucket));
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
            add(std::string(featureNames[i]), vector.dense[i] / 1e3, weightOf(i));
    }
    std::sort(features.begin(), features.end(), weighsMore);
    return features;
}

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
    result.features = contributions(vector, user);
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
