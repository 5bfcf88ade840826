#include "core/routing/text_scan.h"

namespace tierdeck::routing {

namespace {

bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::uint32_t lowerCase(std::uint32_t code) {
    if (code < 0x80)
        return code - 'A' < 26u ? code + 32 : code;
    if (code >= 0xC0 && code <= 0xDE && code != 0xD7)
        return code + 32;
    if (code >= 0x100 &&
        code <= 0x17F) { // Latin Extended-A: capital and small letter take turns, but for a few
        const bool odd = (code >= 0x139 && code <= 0x148) || code >= 0x179;
        return (code & 1u) == (odd ? 1u : 0u) && code != 0x138 && code != 0x149 && code != 0x17F ? code + 1
                                                                                                 : code;
    }
    if (code >= 0x391 && code <= 0x3A9)
        return code + 32;
    if (code >= 0x410 && code <= 0x42F)
        return code + 32;
    if (code >= 0x400 && code <= 0x40F)
        return code + 80;
    return code;
}

constexpr std::array<std::uint64_t, 2> asciiWordChars = [] {
    std::array<std::uint64_t, 2> bits{};
    for (unsigned code = 0; code < 0x80; ++code) {
        if ((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
            code == '_')
            bits[code / 64] |= std::uint64_t(1) << (code % 64);
    }
    return bits;
}();

/// Letters, digits and the underscore; of what is beyond ASCII all but punctuation and scripts that do not
/// put spaces between words.
inline bool isWordChar(std::uint32_t code) {
    if (code < 0x80)
        return (asciiWordChars[code / 64] >> (code % 64)) & 1u;
    if (code < 0xC0)
        return code == 0xAA || code == 0xB5 || code == 0xBA;
    if (code >= 0xE00 && code <= 0xEFF) // Thai, Lao
        return false;
    return code < 0x2000 || (code >= 0x2C00 && code < 0x2E00); // above: punctuation, symbols, CJK, emoji
}

std::uint32_t charBefore(std::string_view text, std::size_t at) {
    std::size_t start = at - 1;
    while (start > 0 && at - start < 4 && isContinuation(text[start]))
        --start;
    const FoldedChar read = foldedCharAt(text, start);
    return start + read.length == at ? read.code : static_cast<unsigned char>(text[at - 1]);
}

/// The end of `phrase` in `text` from `at` on; npos where it does not stand there.
std::size_t matchAt(std::string_view text, std::size_t at, std::string_view phrase) {
    std::size_t i = 0;
    while (i < phrase.size()) {
        if (isSpace(phrase[i])) {
            if (at == text.size() || !isSpace(text[at]))
                return std::string_view::npos;
            while (i < phrase.size() && isSpace(phrase[i]))
                ++i;
            while (at < text.size() && isSpace(text[at]))
                ++at;
            continue;
        }
        if (at == text.size())
            return std::string_view::npos;
        const FoldedChar wanted = foldedCharAt(phrase, i);
        const FoldedChar found = foldedCharAt(text, at);
        if (wanted.code != found.code)
            return std::string_view::npos;
        i += wanted.length;
        at += found.length;
    }
    return at;
}

/// The hashes of the first one, two and three characters, of which a run of white space is one.
struct Beginning {
    std::array<std::uint32_t, 3> hashes{};
    std::size_t length = 0;
};

Beginning beginningAt(std::string_view text, std::size_t at) {
    Beginning beginning;
    std::uint32_t hash = 2166136261u;
    while (beginning.length < beginning.hashes.size() && at < text.size()) {
        std::uint32_t code = ' ';
        if (isSpace(text[at])) {
            while (at < text.size() && isSpace(text[at]))
                ++at;
        } else {
            const FoldedChar character = foldedCharAt(text, at);
            code = character.code;
            at += character.length;
        }
        hash = (hash ^ code) * 16777619u;
        beginning.hashes[beginning.length++] = hash ^ (hash >> 15);
    }
    return beginning;
}

} // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

FoldedChar foldedSequenceAt(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
    const unsigned lead = byte(0);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + length > text.size())
        return {lead, 1};
    std::uint32_t code = length == 2 ? lead & 0x1Fu : length == 3 ? lead & 0x0Fu : lead & 0x07u;
    for (std::size_t i = 1; i < length; ++i) {
        if (!isContinuation(text[at + i]))
            return {lead, 1};
        code = (code << 6) | (byte(i) & 0x3Fu);
    }
    return {lowerCase(code), length};
}

bool containsWords(std::string_view text, std::string_view phrase) {
    phrase = trimmed(phrase);
    if (phrase.empty())
        return false;
    const std::uint32_t first = foldedCharAt(phrase, 0).code;
    const bool edgeBefore = isWordChar(first);
    const bool edgeAfter = isWordChar(charBefore(phrase, phrase.size()));
    // Most phrases begin with an ASCII letter and most bytes are none of it: those are passed by a look at
    // each.
    const bool plain = first >= 'a' && first <= 'z';
    for (std::size_t at = 0; at < text.size();) {
        if (plain && (static_cast<unsigned char>(text[at]) | 0x20u) != first &&
            static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const FoldedChar here = foldedCharAt(text, at);
        if (here.code == first && !(edgeBefore && at > 0 && isWordChar(charBefore(text, at)))) {
            const std::size_t end = matchAt(text, at, phrase);
            if (end != std::string_view::npos &&
                !(edgeAfter && end < text.size() && isWordChar(foldedCharAt(text, end).code)))
                return true;
        }
        at += here.length;
    }
    return false;
}

WordStarts::WordStarts(std::string_view text) {
    bool withinWord = false;
    for (std::size_t at = 0; at < text.size();) {
        if (isSpace(text[at])) {
            withinWord = false;
            ++at;
            continue;
        }
        const FoldedChar here = foldedCharAt(text, at);
        const bool ofWord = isWordChar(here.code);
        // What is no part of a word may be found wherever it stands.
        if (!ofWord || !withinWord) {
            const Beginning beginning = beginningAt(text, at);
            for (std::size_t i = 0; i < beginning.length; ++i)
                m_seen[beginning.hashes[i] % bits / 64] |= std::uint64_t(1) << (beginning.hashes[i] % 64);
        }
        withinWord = ofWord;
        at += here.length;
    }
}

bool WordStarts::mayContain(std::string_view phrase) const {
    const Beginning beginning = beginningAt(trimmed(phrase), 0);
    if (beginning.length == 0)
        return false;
    const std::uint32_t hash = beginning.hashes[beginning.length - 1];
    return (m_seen[hash % bits / 64] >> (hash % 64)) & 1u;
}

} // namespace tierdeck::routing
