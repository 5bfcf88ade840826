#include "core/routing/user_head.h"

#include "core/routing/complexity.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace tierdeck::routing {

namespace {

constexpr std::size_t parts = 5;
constexpr std::uint32_t seed = 200;
constexpr std::size_t resamples = 2000;

/// A few hundred labels must not outshout thousands of prompts: what they change is held small.
TrainingSettings settingsForLabels() {
    TrainingSettings settings;
    settings.sharpness = 2.5;
    settings.densePenalty = 4;
    settings.bucketPenalty = 2;
    return settings;
}

bool isRight(const TrainingExample& label, const ComplexityHead* user) {
    const Outputs outputs = outputsOf(label.vector, user);
    return trainedTier(tierForScores(outputs.difficulty, outputs.code, ClassifierSettings())) == label.tier;
}

/// By how much each label got better: 1, 0, or −1 where it was right before.
std::vector<int> heldOutGains(std::span<const TrainingExample> labels, UserHeadReport& report) {
    const auto folds = foldsOf(labels, parts, seed);
    std::vector<int> gains(labels.size());
    for (std::size_t part = 0; part < parts; ++part) {
        std::vector<TrainingExample> rest;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (folds[i] != part)
                rest.push_back(labels[i]);
        }
        const ComplexityHead head(trainHead(rest, settingsForLabels(), &shippedHead()), {});
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (folds[i] != part)
                continue;
            const bool before = isRight(labels[i], nullptr);
            const bool after = isRight(labels[i], &head);
            report.before += before;
            report.after += after;
            gains[i] = int(after) - int(before);
        }
    }
    return gains;
}

void bootstrap(const std::vector<int>& gains, UserHeadReport& report) {
    std::mt19937 random(seed);
    const auto count = static_cast<double>(gains.size());
    std::vector<double> means(resamples);
    for (double& mean : means) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < gains.size(); ++i)
            sum += gains[random() % gains.size()];
        mean = static_cast<double>(sum) / count;
    }
    std::sort(means.begin(), means.end());
    report.gainLow = means[resamples / 40];
    report.gainHigh = means[resamples - 1 - resamples / 40];
}

std::uint64_t inputsOf(std::span<const TrainingExample> labels) {
    std::uint64_t hash = 14695981039346656037u;
    for (const TrainingExample& label : labels) {
        for (const char c : pack(label.vector) + ' ' + std::to_string(static_cast<int>(label.tier)))
            hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    return hash;
}

} // namespace

UserHead fitUserHead(std::span<const TrainingExample> labels) {
    UserHeadReport report;
    report.labels = labels.size();
    if (!labels.empty()) {
        const auto gains = heldOutGains(labels, report);
        report.before /= static_cast<double>(labels.size());
        report.after /= static_cast<double>(labels.size());
        report.gain = report.after - report.before;
        bootstrap(gains, report);
    }
    ComplexityHead::Origin origin;
    origin.inputs = inputsOf(labels);
    origin.base = shippedHead().origin().inputs;
    origin.examples = static_cast<std::uint32_t>(labels.size());
    origin.gain = report.gain;
    origin.gainLow = report.gainLow;
    origin.gainHigh = report.gainHigh;
    report.active = isWorthUsing(origin);
    return {ComplexityHead(trainHead(labels, settingsForLabels(), &shippedHead()), origin), report};
}

bool isWorthUsing(const ComplexityHead::Origin& origin) {
    return origin.examples >= fewestLabels && origin.gainLow > 0 &&
           origin.base == shippedHead().origin().inputs;
}

} // namespace tierdeck::routing
