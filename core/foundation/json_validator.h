// Says whether a text is strict JSON (RFC 8259), and where it stops being so. Pure functions; any thread.
// Private to foundation: others use JsonText.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace tierdeck {

/// Deeper documents are refused: no preferences need it, and what reads them afterwards may recurse.
inline constexpr std::size_t deepestJson = 512;

struct JsonFault {
    std::size_t offset = 0;
    std::string_view reason; ///< ends a sentence: "a comma or '}' is missing"
};

struct JsonCheck {
    std::optional<JsonFault> fault;
    std::size_t begin = 0; ///< of the value, without the space around it
    std::size_t end = 0;
    std::size_t depth = 0; ///< of the most deeply nested container; 0 for a scalar
};

/// Exactly one value with nothing but white space around it, from `from` to the end of `text`.
[[nodiscard]] JsonCheck checkJson(std::string_view text, std::size_t from = 0);

/// Bytes of the well-formed UTF-8 sequence at the start of `text` (no overlong forms, no surrogates); 0 for
/// none.
[[nodiscard]] std::size_t utf8SequenceLength(std::string_view text);

/// Whether eight bytes can all stand in a string as they are: no quote, backslash or control, and ASCII.
/// Eight at a time, since most of a document is in its strings.
[[nodiscard]] inline bool eightArePlain(const char* bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    constexpr std::uint64_t tops = ones << 7;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    // A byte under n borrows when n is taken from it, which sets its top bit. A borrow may also reach the
    // byte above it, so that a word is called special once too often, but never too seldom.
    const auto holdsZero = [](std::uint64_t v) { return (v - ones) & ~v & tops; };
    const std::uint64_t special = holdsZero(word ^ (ones * '"')) | holdsZero(word ^ (ones * '\\')) |
                                  ((word - ones * 0x20) & ~word & tops) | (word & tops);
    return special == 0;
}

} // namespace tierdeck
