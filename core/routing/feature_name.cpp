#include "core/routing/feature_name.h"

#include "core/routing/complexity_features.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tierdeck::routing {

namespace {

/// A feature's number in the store is its place here: names are only ever added, at the end.
constexpr std::array<std::string_view, 49> storedNames{
    "length",     "sentences", "questions",    "listItems",   "codeFences",  "fencedShare",  "inlineCode",
    "stackTrace", "diffLines", "identifiers",  "codeSymbols", "paths",       "numbers",      "reasoning",
    "planning",   "depth",     "mathematics",  "codeActions", "codeNouns",   "technology",   "codeTask",
    "simple",     "smallTask", "shortFactual", "constraints", "sequence",    "toolsOffered", "inputTokens",
    "position",   "images",    "planMode",     "reasoningOn", "background",  "subagent",     "askLength",
    "pasteShare", "pasteCode", "pasteThought", "opensSmall",  "proof",       "scope",        "choice",
    "fault",      "making",    "interface",    "business",    "scholarship", "everyday",     "otherWords"};

/// nullopt where the name has no number.
constexpr std::optional<std::size_t> placeOf(std::string_view name) {
    const auto found = std::find(storedNames.begin(), storedNames.end(), name);
    return found == storedNames.end() ? std::nullopt
                                      : std::optional(static_cast<std::size_t>(found - storedNames.begin()));
}

static_assert(placeOf(otherWords) &&
              std::all_of(featureNames.begin(), featureNames.end(),
                          [](std::string_view name) { return placeOf(name).has_value(); }));

/// Hashed words have numbers from here on.
constexpr std::uint32_t firstBucket = 4096;

/// What bucketName() calls so; nullopt where it calls nothing so.
std::optional<std::uint32_t> bucketOf(std::string_view name) {
    constexpr std::size_t length = 5;
    if (name.size() != length || name[0] != 'h')
        return std::nullopt;
    std::uint32_t id = 0;
    for (const char c : name.substr(1)) {
        const bool isDecimal = c >= '0' && c <= '9';
        if (!isDecimal && (c < 'a' || c > 'f'))
            return std::nullopt;
        id = id << 4 | static_cast<std::uint32_t>(isDecimal ? c - '0' : c - 'a' + 10);
    }
    return id < bucketCount ? std::optional(id) : std::nullopt;
}

constexpr auto numbersOfDense = [] {
    std::array<std::uint32_t, denseFeatures> numbers{};
    for (std::size_t i = 0; i < denseFeatures; ++i)
        numbers[i] = static_cast<std::uint32_t>(placeOf(featureNames[i]).value_or(0) + 1);
    return numbers;
}();

} // namespace

FeatureName::FeatureName(std::string_view text) {
    if (const auto place = placeOf(text))
        m_number = static_cast<std::uint32_t>(*place + 1);
    else if (const auto bucket = bucketOf(text))
        m_number = firstBucket + *bucket;
    else
        m_unnumbered = text;
}

FeatureName FeatureName::ofDense(std::size_t place) {
    return FeatureName(numbersOfDense[place]);
}

FeatureName FeatureName::ofBucket(unsigned id) {
    return FeatureName(firstBucket + id);
}

FeatureName FeatureName::ofNumber(std::uint64_t number) {
    const bool isKnown = (number > 0 && number <= storedNames.size()) ||
                         (number >= firstBucket && number < firstBucket + bucketCount);
    if (isKnown)
        return FeatureName(static_cast<std::uint32_t>(number));
    FeatureName name;
    name.m_unnumbered = "feature " + std::to_string(number);
    return name;
}

std::string FeatureName::text() const {
    if (m_number == 0)
        return m_unnumbered;
    return m_number < firstBucket ? std::string(storedNames[m_number - 1])
                                  : bucketName(m_number - firstBucket);
}

} // namespace tierdeck::routing
