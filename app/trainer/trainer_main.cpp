// Trains the shipped head of the complexity score and says how well it does. See
// resources/complexity/README.md.
#include "app/trainer/evaluation.h"
#include "app/trainer/prompt_file.h"
#include "core/foundation/atomic_file.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <iostream>

namespace {

using namespace tierdeck;
constexpr std::size_t parts = 5;
constexpr std::uint32_t seed = 20261121;

int fail(const Error& error) {
    std::cerr << "tierdeck-trainer: " << error.message
              << (error.detail.empty() ? std::string() : " (" + error.detail + ")") << '\n';
    return 1;
}

void listWrongOnes(const routing::ComplexityHead& head, const app::PromptFile& file) {
    for (const auto& prompt : file.prompts) {
        const auto vector = app::exampleOf(prompt).vector;
        const auto given = app::tierBy(head, vector);
        if (given == prompt.tier || given == prompt.also)
            continue;
        const auto sums = head.sums(vector);
        std::cout << "  " << routing::trainedTiers[static_cast<std::size_t>(prompt.tier)] << " as "
                  << routing::trainedTiers[static_cast<std::size_t>(given)] << ' '
                  << routing::squashed(sums.difficulty) << ' ' << routing::squashed(sums.code) << ": "
                  << prompt.text.substr(0, 300) << '\n';
    }
}

} // namespace

int main(int argc, char** argv) {
    CLI::App arguments(
        "Trains the complexity score on labelled prompts and reports how well it does on prompts that it "
        "has not seen.");
    std::string folder = "resources/complexity/prompts";
    std::string out;
    std::vector<std::string> tests;
    routing::TrainingSettings settings = app::shippedSettings();
    bool listWrong = false;
    arguments.add_option("--prompts", folder, "the folder of the prompts")->capture_default_str();
    arguments.add_option("--out", out, "where to write the weights, trained on all prompts");
    arguments.add_option("--test", tests, "prompts of others, to be measured only");
    arguments.add_flag("--list-wrong", listWrong,
                       "list the prompts of the folder that get another tier than theirs "
                       "when they are held out");
    auto* trying = arguments.add_option_group("settings", "other settings than the shipped ones, to try");
    trying->add_option("--sharpness", settings.sharpness)->capture_default_str();
    trying->add_option("--dense-penalty", settings.densePenalty)->capture_default_str();
    trying->add_option("--bucket-penalty", settings.bucketPenalty)->capture_default_str();
    trying->add_option("--deep-weight", settings.deepWeight)->capture_default_str();
    trying->add_option("--coding-weight", settings.codingWeight)->capture_default_str();
    trying->add_option("--also-share", settings.alsoShare)->capture_default_str();
    CLI11_PARSE(arguments, argc, argv);

    const auto files = app::readPromptFolder(folder);
    if (!files)
        return fail(files.error());
    const auto all = app::examplesOfAll(*files);
    app::Scores folds;
    for (std::size_t part = 0; part < parts; ++part) {
        const auto split = app::holdOut(all, part, parts, seed);
        const auto scores = app::evaluate(app::trainOnPrompts(split.training, settings), split.heldOut);
        if (part == 0)
            std::cout << "a fifth held out: " << app::summary(scores) << '\n' << app::table(scores);
        folds += scores;
    }
    std::cout << "each fifth in turn: " << app::summary(folds) << '\n';

    app::Scores apart;
    for (const auto& file : *files) {
        if (files->size() == 1)
            break;
        const auto head = app::trainOnPrompts(app::examplesOfAll(*files, &file), settings);
        const auto examples = app::examplesOf(file.prompts);
        const auto scores = app::evaluate(head, examples);
        std::cout << "without " << file.name << ", on it: " << app::summary(scores) << '\n';
        if (listWrong)
            listWrongOnes(head, file);
        apart += scores;
    }
    std::cout << "each file in turn: " << app::summary(apart) << '\n' << app::table(apart);

    const auto head = app::trainOnPrompts(all, settings, app::inputsOf(*files, settings));
    std::cout << "on what it learnt: " << app::summary(app::evaluate(head, all)) << '\n';
    for (const auto& path : tests) {
        const auto file = app::readPrompts(path);
        if (!file)
            return fail(file.error());
        const auto scores = app::evaluate(head, app::examplesOf(file->prompts));
        std::cout << "on " << file->name << ": " << app::summary(scores) << '\n' << app::table(scores);
    }
    if (!out.empty()) {
        const auto written = writeFileAtomically(out, head.bytes());
        if (!written)
            return fail(written.error());
    }
    return 0;
}
