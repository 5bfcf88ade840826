// The prompts that the shipped head of the complexity score is trained on, as they stand in
// resources/complexity/prompts: a JSON object a line, with a text and the tier that it needs.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/head_training.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::app {

struct Prompt {
    std::string text;
    routing::TrainedTier tier = routing::TrainedTier::Balanced;
    std::optional<routing::TrainedTier> also; ///< a sensible judge would take it too
    std::string domain;
    std::string language;
};

/// One file is one author's.
struct PromptFile {
    std::string name;
    std::uint64_t fingerprint = 0; ///< of its bytes
    std::vector<Prompt> prompts;
};

[[nodiscard]] Result<std::vector<Prompt>> parsePrompts(std::string_view text);
[[nodiscard]] Result<PromptFile> readPrompts(const std::filesystem::path& path);
/// All *.jsonl of a folder, in the order of their names.
[[nodiscard]] Result<std::vector<PromptFile>> readPromptFolder(const std::filesystem::path& folder);
[[nodiscard]] routing::TrainingExample exampleOf(const Prompt& prompt);

} // namespace tierdeck::app
