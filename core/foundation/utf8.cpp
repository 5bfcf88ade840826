#include "core/foundation/utf8.h"

#include <algorithm>

namespace tierdeck {

namespace {

/// Whether none of the bytes is: `inEight` looks at eight of them, the last eight being looked at whatever
/// was seen of them before; `isOne` at each of fewer, or of eight where one seems to be.
template <typename InEight, typename IsOne>
bool hasNone(std::string_view text, InEight inEight, IsOne isOne) {
    if (text.size() < 8)
        return std::none_of(text.begin(), text.end(), isOne);
    const auto isClear = [&](const char* bytes) {
        return inEight(eight_bytes::at(bytes)) == 0 || std::none_of(bytes, bytes + 8, isOne);
    };
    const char* const lastEight = text.data() + text.size() - 8;
    for (const char* bytes = text.data(); bytes < lastEight; bytes += 8) {
        if (!isClear(bytes))
            return false;
    }
    return isClear(lastEight);
}

} // namespace

bool holdsControl(std::string_view text) {
    return !hasNone(text, eight_bytes::controls, isControl);
}

bool isPrintableAscii(std::string_view text) {
    return hasNone(
        text, [](std::uint64_t word) { return eight_bytes::controls(word) | (word & eight_bytes::tops); },
        [](char c) { return isControl(c) || static_cast<unsigned char>(c) >= 0x80; });
}

std::size_t utf8SequenceLength(std::string_view text) {
    const auto byte = [text](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (text.empty())
        return 0;
    if (first < 0x80)
        return 1;
    if (first < 0xC2) // a continuation, or an overlong form of ASCII
        return 0;
    if (first < 0xE0)
        return continues(1) ? 2 : 0;
    if (first < 0xF0) {
        if (!continues(1) || !continues(2))
            return 0;
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (first > 0xF4 || !continues(1) || !continues(2) || !continues(3))
        return 0;
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool tooGreat = first == 0xF4 && byte(1) > 0x8F;
    return overlong || tooGreat ? 0 : 4;
}

} // namespace tierdeck
