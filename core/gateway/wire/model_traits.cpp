#include "core/gateway/wire/model_traits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

/// "openrouter/anthropic/claude-opus-4.6" → "claude-opus-4.6"
std::string_view bareName(std::string_view model) {
    const auto slash = model.rfind('/');
    return slash == std::string_view::npos ? model : model.substr(slash + 1);
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// The first one or two numbers of at most two digits, as 100 × major + minor: "claude-opus-4-6-20260210" →
/// 406. Longer numbers are dates. 0 where there is none.
int versionOf(std::string_view name) {
    int version = 0;
    bool hasMajor = false;
    for (std::size_t at = 0; at < name.size();) {
        if (!isDigit(name[at])) {
            // "4o" is a name, "5-codex" has no minor number: a version's parts follow each other.
            if (hasMajor && name[at] != '-' && name[at] != '.')
                return version;
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < name.size() && isDigit(name[end]))
            ++end;
        int number = 0;
        std::from_chars(name.data() + at, name.data() + end, number);
        if (end - at > 2)
            return version;
        if (hasMajor)
            return version + number;
        version = number * 100;
        hasMajor = true;
        at = end;
    }
    return version;
}

ModelTraits claudeTraits(std::string_view name) {
    const int version = versionOf(name);
    const bool isNewest = version == 0; // a family that is numbered no more, or not known yet
    ModelTraits traits;
    traits.thinking = isNewest || version >= 406 ? ThinkingForm::Adaptive
                      : version >= 307           ? ThinkingForm::Budget
                                                 : ThinkingForm::None;
    traits.takesSampling = !isNewest && version < 407;
    traits.takesSchema = isNewest || version >= 405;
    const bool isOpus = name.find("opus") != std::string_view::npos;
    traits.maxOutputTokens = version >= 500 || (isOpus && version >= 406)   ? 128000
                             : isNewest || version >= 405 || version == 307 ? 64000
                             : version >= 400                               ? (isOpus ? 32000 : 64000)
                             : version == 305                               ? 8192
                                                                            : 4096;
    return traits;
}

bool isOSeries(std::string_view name) {
    return name.size() >= 2 && name[0] == 'o' && isDigit(name[1]);
}

bool isGpt5(std::string_view name) {
    return name.starts_with("gpt-5") || name.starts_with("codex-");
}

ModelTraits openAiTraits(std::string_view name) {
    ModelTraits traits;
    const bool isChatOnly = name.find("-chat") != std::string_view::npos;
    if (isOSeries(name) || isGpt5(name)) {
        traits.thinking = isChatOnly ? ThinkingForm::None : ThinkingForm::Effort;
        traits.takesSampling = false;
        traits.countsCompletionTokens = true;
        traits.maxOutputTokens = isChatOnly ? 16384 : isGpt5(name) ? 128000 : 100000;
    } else if (name.starts_with("gpt-oss")) {
        traits.thinking = ThinkingForm::Effort;
    } else if (name.starts_with("gpt-4.1")) {
        traits.maxOutputTokens = 32768;
    } else if (name.starts_with("gpt-4o")) {
        traits.maxOutputTokens = 16384;
    } else if (name.starts_with("gpt-4") || name.starts_with("gpt-3.5")) {
        traits.maxOutputTokens = 4096;
        traits.takesSchema = false;
    }
    return traits;
}

/// From the least to the most.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> efforts{{
    {"none", 0},
    {"minimal", 1024},
    {"low", 2048},
    {"medium", 8192},
    {"high", 16384},
    {"xhigh", 32000},
    {"max", 48000},
}};

} // namespace

ModelTraits traitsOf(std::string_view model) {
    const auto name = bareName(model);
    if (name.starts_with("claude"))
        return claudeTraits(name);
    if (name.starts_with("gpt-") || isOSeries(name) || name.starts_with("codex-"))
        return openAiTraits(name);
    ModelTraits traits;
    if (name.starts_with("gemini-") && versionOf(name) >= 205)
        traits.thinking = ThinkingForm::Effort;
    return traits;
}

std::string effortFor(std::string_view model, std::string_view effort) {
    const auto known = std::find_if(efforts.begin(), efforts.end(),
                                    [&](const auto& entry) { return entry.first == effort; });
    const auto name = bareName(model);
    const auto form = traitsOf(model).thinking;
    if (known == efforts.end() || form == ThinkingForm::None)
        return {};
    const int version = versionOf(name);
    if (form == ThinkingForm::Budget || form == ThinkingForm::Adaptive) {
        if (effort == "none")
            return {};
        if (effort == "minimal")
            return "low";
        return effort == "xhigh" && version == 406 ? "high" : std::string(effort);
    }
    if (name.starts_with("gpt-5")) {
        const bool goesFurther = version >= 502 || name.find("codex-max") != std::string_view::npos;
        if (effort == "xhigh" || effort == "max")
            return goesFurther ? "xhigh" : "high";
        const bool isCodex = name.find("codex") != std::string_view::npos;
        if (effort == "none")
            return version >= 501 && !isCodex ? "none" : version == 500 && !isCodex ? "minimal" : "low";
        if (effort == "minimal")
            return version == 500 && !isCodex ? "minimal" : "low";
        return std::string(effort);
    }
    if (effort == "none" || effort == "minimal")
        return "low";
    return effort == "xhigh" || effort == "max" ? "high" : std::string(effort);
}

std::int64_t budgetOf(std::string_view effort) {
    const auto known = std::find_if(efforts.begin(), efforts.end(),
                                    [&](const auto& entry) { return entry.first == effort; });
    return known == efforts.end() ? budgetOf("medium") : known->second;
}

std::string_view effortOf(std::int64_t budgetTokens) {
    if (budgetTokens <= 0)
        return "none";
    if (budgetTokens <= 4096)
        return "low";
    return budgetTokens <= 12000 ? "medium" : budgetTokens <= 24000 ? "high" : "xhigh";
}

} // namespace tierdeck::gateway::wire
