#include "core/foundation/glob.h"

#include <cstddef>

namespace tierdeck {

bool matchesGlob(std::string_view pattern, std::string_view text) {
    std::size_t patternAt = 0;
    std::size_t textAt = 0;
    std::size_t afterStar = std::string_view::npos; // where to go on in the pattern when a try fails
    std::size_t starTook = 0;                       // how far into the text the last star reaches
    while (textAt < text.size()) {
        if (patternAt < pattern.size() && pattern[patternAt] == '*') {
            afterStar = ++patternAt;
            starTook = textAt;
        } else if (patternAt < pattern.size() && pattern[patternAt] == text[textAt]) {
            ++patternAt;
            ++textAt;
        } else if (afterStar != std::string_view::npos) {
            // Only the last star needs to take more: an earlier one that did would leave less for it.
            patternAt = afterStar;
            textAt = ++starTook;
        } else {
            return false;
        }
    }
    while (patternAt < pattern.size() && pattern[patternAt] == '*')
        ++patternAt;
    return patternAt == pattern.size();
}

} // namespace tierdeck
