// What a word is to the router: enough of Unicode to match keywords in any script, without tables. Internal
// to routing; pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tierdeck::routing {

inline bool isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// `text` without white space at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// One character, lower case where it is a letter of the Latin, Greek or Cyrillic alphabets.
struct FoldedChar {
    std::uint32_t code = 0;
    std::size_t length = 1; ///< bytes in the text
};

/// `at` must be within `text`. A broken sequence gives its first byte.
[[nodiscard]] FoldedChar foldedCharAt(std::string_view text, std::size_t at);

/// The length of the well-formed UTF-8 sequence at `at`, which must be within `text`; 0 where there is none.
[[nodiscard]] std::size_t utf8SequenceAt(std::string_view text, std::size_t at);

/// Whether `phrase` stands in `text` as whole words, case ignored; any white space in one matches any in the
/// other. In scripts without spaces between words (Chinese, Japanese, Thai …) every place is a word's edge.
[[nodiscard]] bool containsWords(std::string_view text, std::string_view phrase);

} // namespace tierdeck::routing
