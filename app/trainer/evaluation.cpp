#include "app/trainer/evaluation.h"

#include "core/foundation/atomic_file.h"
#include "core/routing/complexity.h"
#include "core/routing/complexity_features.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tierdeck::app {

using routing::ComplexityHead;
using routing::Feature;
using routing::TrainedTier;
using routing::TrainingExample;

namespace {

int stepOf(TrainedTier tier) {
    return tier == TrainedTier::Balanced ? 0 : tier == TrainedTier::Deep ? 2 : 1;
}

double percent(int part, int all) {
    return all > 0 ? 100.0 * part / all : 0.0;
}

} // namespace

Scores& Scores::operator+=(const Scores& other) {
    prompts += other.prompts;
    exact += other.exact;
    acceptable += other.acceptable;
    withinOne += other.withinOne;
    for (std::size_t needed = 0; needed < confusion.size(); ++needed) {
        for (std::size_t given = 0; given < confusion.size(); ++given)
            confusion[needed][given] += other.confusion[needed][given];
    }
    return *this;
}

TrainedTier tierBy(const ComplexityHead& head, const routing::FeatureVector& vector) {
    const auto sums = head.sums(vector);
    return *routing::trainedTier(routing::tierForScores(
        routing::squashed(sums.difficulty), routing::squashed(sums.code), routing::ClassifierSettings()));
}

Scores evaluate(const ComplexityHead& head, std::span<const TrainingExample> examples) {
    Scores scores;
    for (const TrainingExample& example : examples) {
        const TrainedTier given = tierBy(head, example.vector);
        ++scores.prompts;
        scores.exact += given == example.tier;
        scores.acceptable += given == example.tier || given == example.also;
        scores.withinOne += std::abs(stepOf(given) - stepOf(example.tier)) <= 1;
        ++scores.confusion[static_cast<std::size_t>(example.tier)][static_cast<std::size_t>(given)];
    }
    return scores;
}

Split holdOut(std::span<const TrainingExample> examples, std::size_t part, std::size_t parts,
              std::uint32_t seed) {
    Split split;
    const auto folds = routing::foldsOf(examples, parts, seed);
    for (std::size_t i = 0; i < examples.size(); ++i)
        (folds[i] == part ? split.heldOut : split.training).push_back(examples[i]);
    return split;
}

ComplexityHead trainOnPrompts(std::span<const TrainingExample> examples,
                              const routing::TrainingSettings& settings, std::uint64_t inputs) {
    auto weights = routing::trainHead(examples, settings);
    const auto set = [&](Feature feature, double difficulty, double code) {
        weights.dense[static_cast<std::size_t>(feature)] = {difficulty, code};
    };
    set(Feature::ToolsOffered, 0.0, 0.3);
    set(Feature::InputTokens, 0.3, 0.0);
    set(Feature::Position, 0.0, 0.0);
    set(Feature::Images, 0.2, -0.2);
    set(Feature::PlanMode, 1.0, -0.6);
    set(Feature::ReasoningOn, 0.2, 0.0);
    set(Feature::Background, -1.5, -1.5);
    set(Feature::Subagent, -0.2, 0.0);
    return {weights, {inputs, 0, static_cast<std::uint32_t>(examples.size())}};
}

std::vector<TrainingExample> examplesOf(std::span<const Prompt> prompts) {
    std::vector<TrainingExample> examples;
    examples.reserve(prompts.size());
    for (const Prompt& prompt : prompts)
        examples.push_back(exampleOf(prompt));
    return examples;
}

std::vector<TrainingExample> examplesOfAll(std::span<const PromptFile> files, const PromptFile* without) {
    std::vector<TrainingExample> examples;
    for (const PromptFile& file : files) {
        if (&file == without)
            continue;
        const auto more = examplesOf(file.prompts);
        examples.insert(examples.end(), more.begin(), more.end());
    }
    return examples;
}

std::uint64_t inputsOf(std::span<const PromptFile> files, const routing::TrainingSettings& settings) {
    std::string inputs;
    for (const PromptFile& file : files)
        inputs += file.name + ' ' + std::to_string(file.fingerprint) + '\n';
    for (const double setting : {settings.sharpness, settings.densePenalty, settings.bucketPenalty,
                                 settings.alsoShare, settings.deepWeight, settings.codingWeight})
        inputs += std::to_string(setting) + ' ';
    return fingerprintOf(inputs).hash;
}

ComplexityHead trainToShip(std::span<const PromptFile> files) {
    const auto settings = shippedSettings();
    return trainOnPrompts(examplesOfAll(files), settings, inputsOf(files, settings));
}

routing::TrainingSettings shippedSettings() {
    routing::TrainingSettings settings;
    settings.sharpness = 2.5;
    settings.densePenalty = 1;
    settings.bucketPenalty = 1;
    settings.deepWeight = 1.3;
    settings.codingWeight = 1.5;
    settings.alsoShare = 0.2;
    return settings;
}

std::string summary(const Scores& scores) {
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(), "exact %.1f %%, acceptable %.1f %%, within one %.1f %% of %d",
                  percent(scores.exact, scores.prompts), percent(scores.acceptable, scores.prompts),
                  percent(scores.withinOne, scores.prompts), scores.prompts);
    return line.data();
}

std::string table(const Scores& scores) {
    std::string text = "needed \\ given";
    std::array<char, 32> cell{};
    for (const auto name : routing::trainedTiers) {
        std::snprintf(cell.data(), cell.size(), "%10.*s", int(name.size()), name.data());
        text += cell.data();
    }
    text += '\n';
    for (std::size_t needed = 0; needed < routing::trainedTiers.size(); ++needed) {
        const auto name = routing::trainedTiers[needed];
        std::snprintf(cell.data(), cell.size(), "%-14.*s", int(name.size()), name.data());
        text += cell.data();
        for (const int count : scores.confusion[needed]) {
            std::snprintf(cell.data(), cell.size(), "%10d", count);
            text += cell.data();
        }
        text += '\n';
    }
    return text;
}

} // namespace tierdeck::app
