#include "app/trainer/prompt_file.h"

#include "core/foundation/atomic_file.h"
#include "core/routing/complexity.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tierdeck::app {

namespace {

using Json = nlohmann::json;

std::string textAt(const Json& object, const char* key) {
    const auto member = object.find(key);
    return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

Result<Prompt> parsePrompt(std::string_view line) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object())
        return failure(ErrorCode::ParseFailed, "This is no JSON object.");
    Prompt prompt;
    prompt.text = textAt(object, "text");
    prompt.domain = textAt(object, "domain");
    prompt.language = textAt(object, "language");
    const auto tier = routing::trainedTier(textAt(object, "tier"));
    if (prompt.text.empty() || !tier)
        return failure(ErrorCode::ParseFailed,
                       "A prompt needs a \"text\" and one of the four tiers as \"tier\".");
    prompt.tier = *tier;
    if (const std::string also = textAt(object, "also"); !also.empty()) {
        prompt.also = routing::trainedTier(also);
        if (!prompt.also || prompt.also == prompt.tier)
            return failure(ErrorCode::ParseFailed, "\"also\" must be another one of the four tiers.");
    }
    return prompt;
}

} // namespace

Result<std::vector<Prompt>> parsePrompts(std::string_view text) {
    std::vector<Prompt> prompts;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        auto prompt = parsePrompt(line);
        if (!prompt)
            return failure(prompt.error().code, prompt.error().message, "line " + std::to_string(number));
        prompts.push_back(std::move(*prompt));
    }
    return prompts;
}

Result<PromptFile> readPrompts(const std::filesystem::path& path) {
    const auto text = readFile(path);
    if (!text)
        return tl::unexpected<Error>(text.error());
    auto prompts = parsePrompts(*text);
    if (!prompts)
        return failure(prompts.error().code, prompts.error().message,
                       path.filename().string() + ", " + prompts.error().detail);
    return PromptFile{path.stem().string(), fingerprintOf(*text).hash, std::move(*prompts)};
}

Result<std::vector<PromptFile>> readPromptFolder(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".jsonl")
            paths.push_back(entry.path());
    }
    if (error || paths.empty())
        return failure(ErrorCode::NotFound, "There are no prompts (*.jsonl) in " + folder.string() + ".");
    std::sort(paths.begin(), paths.end());
    std::vector<PromptFile> files;
    for (const auto& path : paths) {
        auto file = readPrompts(path);
        if (!file)
            return tl::unexpected<Error>(std::move(file.error()));
        files.push_back(std::move(*file));
    }
    return files;
}

routing::TrainingExample exampleOf(const Prompt& prompt) {
    routing::RouteRequest request;
    request.userText = prompt.text;
    return {routing::featuresOf(request), prompt.tier, prompt.also};
}

} // namespace tierdeck::app
