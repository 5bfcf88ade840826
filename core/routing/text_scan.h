// What a word is to the router: enough of Unicode to match keywords in any script, without tables. Internal
// to routing; pure; any thread.
#pragma once

#include <array>
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

/// foldedCharAt() beyond ASCII.
[[nodiscard]] FoldedChar foldedSequenceAt(std::string_view text, std::size_t at);

/// `at` must be within `text`. A broken sequence gives its first byte.
[[nodiscard]] inline FoldedChar foldedCharAt(std::string_view text, std::size_t at) {
    const std::uint32_t lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80)
        return {lead - 'A' < 26u ? lead + 32 : lead, 1};
    return foldedSequenceAt(text, at);
}

/// Whether `phrase` stands in `text` as whole words, case ignored; any white space in one matches any in the
/// other. In scripts without spaces between words (Chinese, Japanese, Thai …) every place is a word's edge.
[[nodiscard]] bool containsWords(std::string_view text, std::string_view phrase);

/// How the words of a text begin, as a set of hashes: tells of most phrases by a look at their first
/// characters that they do not stand in it. Worth its making where more than two phrases are sought.
class WordStarts {
public:
    explicit WordStarts(std::string_view text);
    /// False only where containsWords() is.
    [[nodiscard]] bool mayContain(std::string_view phrase) const;

private:
    static constexpr std::size_t bits = 8192;
    std::array<std::uint64_t, bits / 64> m_seen{};
};

} // namespace tierdeck::routing
