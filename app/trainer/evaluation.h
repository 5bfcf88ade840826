// How often a head gives the tier that a prompt needs. Values; any thread.
#pragma once

#include "app/trainer/prompt_file.h"
#include "core/routing/complexity_head.h"
#include "core/routing/head_training.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tierdeck::app {

struct Scores {
    int prompts = 0;
    int exact = 0;
    int acceptable = 0;                            ///< exact, or the other tier that would do
    int withinOne = 0;                             ///< at most one step off, where coding stands beside smart
    std::array<std::array<int, 4>, 4> confusion{}; ///< [needed][given], in the order of trainedTiers

    Scores& operator+=(const Scores& other);
};

[[nodiscard]] routing::TrainedTier tierBy(const routing::ComplexityHead& head,
                                          const routing::FeatureVector& vector);
[[nodiscard]] Scores evaluate(const routing::ComplexityHead& head,
                              std::span<const routing::TrainingExample> examples);

struct Split {
    std::vector<routing::TrainingExample> training;
    std::vector<routing::TrainingExample> heldOut;
};

/// Holds one of `parts` equal parts out, of each tier its share; the same seed, the same parts.
[[nodiscard]] Split holdOut(std::span<const routing::TrainingExample> examples, std::size_t part,
                            std::size_t parts, std::uint32_t seed);

/// Trained on prompts alone, the facts of the request around them have no weights: these are set by hand.
[[nodiscard]] routing::ComplexityHead trainOnPrompts(std::span<const routing::TrainingExample> examples,
                                                     const routing::TrainingSettings& settings,
                                                     std::uint64_t inputs = 0);

[[nodiscard]] std::vector<routing::TrainingExample> examplesOf(std::span<const Prompt> prompts);
/// Of the files' bytes and the settings: which weights must come out.
[[nodiscard]] std::uint64_t inputsOf(std::span<const PromptFile> files,
                                     const routing::TrainingSettings& settings);
/// The head that is shipped with these prompts.
[[nodiscard]] routing::ComplexityHead trainToShip(std::span<const PromptFile> files);

/// The examples of all files, the file `without` left out: prompts of an author that it never saw.
[[nodiscard]] std::vector<routing::TrainingExample> examplesOfAll(std::span<const PromptFile> files,
                                                                  const PromptFile* without = nullptr);

/// The settings that the shipped head was trained with.
[[nodiscard]] routing::TrainingSettings shippedSettings();

/// One line: "exact 78.1 %, acceptable 86.0 %, within one 97.2 % of 402".
[[nodiscard]] std::string summary(const Scores& scores);
/// The confusion matrix as lines.
[[nodiscard]] std::string table(const Scores& scores);

} // namespace tierdeck::app
