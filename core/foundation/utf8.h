// What text from outside consists of: characters in UTF-8, or bytes that are none. Pure functions; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tierdeck {

/// Bytes of the well-formed UTF-8 sequence at the start of `text` (no overlong forms, no surrogates); 0 for
/// none.
[[nodiscard]] std::size_t utf8SequenceLength(std::string_view text);

/// Eight bytes at a time: a number whose top bits say which of them are meant. A borrow may reach the byte
/// above one that is, so that it is meant once too often, but never too seldom.
namespace eight_bytes {

inline constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
inline constexpr std::uint64_t tops = ones << 7;

[[nodiscard]] inline std::uint64_t at(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

[[nodiscard]] constexpr std::uint64_t below(std::uint64_t word, unsigned char bound) {
    return (word - ones * bound) & ~word & tops;
}

[[nodiscard]] constexpr std::uint64_t equal(std::uint64_t word, unsigned char byte) {
    return below(word ^ ones * byte, 1);
}

[[nodiscard]] constexpr std::uint64_t controls(std::uint64_t word) {
    return below(word, 0x20) | equal(word, 0x7f);
}

} // namespace eight_bytes

[[nodiscard]] constexpr bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

[[nodiscard]] bool holdsControl(std::string_view text);
/// ASCII without controls, as most names are.
[[nodiscard]] bool isPrintableAscii(std::string_view text);

} // namespace tierdeck
