#include "core/tierlog/text_search.h"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tierdeck::tierlog {

namespace {

/// The other case of a letter, where both are written with as many bytes; else the character itself.
char32_t otherCase(char32_t c) {
    if ((c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z'))
        return c ^ 0x20U;
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0xE0 && c <= 0xFE && c != 0xF7))
        return c ^ 0x20U;
    if (c == 0xFF)
        return 0x178;
    if (c == 0x178)
        return 0xFF;
    const bool evenIsUpper = (c >= 0x100 && c <= 0x12F) || (c >= 0x132 && c <= 0x137) ||
                             (c >= 0x14A && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
                             (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F);
    if (evenIsUpper)
        return c ^ 1U;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return ((c - 1) ^ 1U) + 1;
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2)
        return c + 0x20;
    if (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2)
        return c - 0x20;
    if (c == 0x386 || c == 0x3AC)
        return c == 0x386 ? 0x3AC : 0x386;
    if ((c >= 0x388 && c <= 0x38A) || (c >= 0x3AD && c <= 0x3AF))
        return c < 0x3AC ? c + 0x25 : c - 0x25;
    if (c == 0x38C || c == 0x3CC)
        return c == 0x38C ? 0x3CC : 0x38C;
    if ((c >= 0x38E && c <= 0x38F) || (c >= 0x3CD && c <= 0x3CE))
        return c < 0x3AC ? c + 0x3F : c - 0x3F;
    if (c >= 0x410 && c <= 0x42F)
        return c + 0x20;
    if (c >= 0x430 && c <= 0x44F)
        return c - 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if (c >= 0x450 && c <= 0x45F)
        return c - 0x50;
    return c;
}

/// How common a byte is in logs: 0 is rare.
int commonness(char c) {
    static constexpr std::string_view byRank = "zqjxvkwybhgpfumcdlnrtsoiae:./-_=0123456789 ";
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t rank = byRank.find(lower);
    return rank == std::string_view::npos ? 0 : static_cast<int>(rank) + 1;
}

} // namespace

TextSearch::TextSearch(std::string_view wanted)
    : m_first(wanted)
    , m_second(wanted) {
    bool exactByBytes = true;
    for (std::size_t i = 0; i < wanted.size();) {
        const auto byte = static_cast<unsigned char>(wanted[i]);
        const auto next = i + 1 < wanted.size() ? static_cast<unsigned char>(wanted[i + 1]) : 0U;
        if (byte < 0x80) {
            m_second[i] = static_cast<char>(otherCase(byte));
            m_characterEnds.push_back(++i);
        } else if (byte >= 0xC2 && byte <= 0xDF && (next & 0xC0U) == 0x80) {
            const char32_t c = ((byte & 0x1FU) << 6) | (next & 0x3FU);
            const char32_t other = otherCase(c);
            m_second[i] = static_cast<char>(0xC0U | (other >> 6));
            m_second[i + 1] = static_cast<char>(0x80U | (other & 0x3FU));
            exactByBytes = exactByBytes && m_second[i] == m_first[i];
            i += 2;
            m_characterEnds.push_back(i);
        } else {
            m_characterEnds.push_back(++i);
        }
    }
    // Only where both bytes of a letter differ between its cases could a mix of the two pass for it.
    if (exactByBytes)
        m_characterEnds.clear();

    for (std::size_t i = 1; i < m_first.size(); ++i) {
        if (commonness(m_first[i]) < commonness(m_first[m_probeA]))
            m_probeA = i;
    }
    m_probeB = m_probeA == 0 && m_first.size() > 1 ? 1 : 0;
    for (std::size_t i = 0; i < m_first.size(); ++i) {
        if (i != m_probeA && commonness(m_first[i]) < commonness(m_first[m_probeB]))
            m_probeB = i;
    }
}

bool TextSearch::matchesAt(const char* bytes) const {
    for (std::size_t i = 0; i < m_first.size(); ++i) {
        if (bytes[i] != m_first[i] && bytes[i] != m_second[i])
            return false;
    }
    std::size_t begin = 0;
    for (const std::size_t end : m_characterEnds) {
        const std::size_t length = end - begin;
        if (std::memcmp(bytes + begin, m_first.data() + begin, length) != 0 &&
            std::memcmp(bytes + begin, m_second.data() + begin, length) != 0)
            return false;
        begin = end;
    }
    return true;
}

std::size_t TextSearch::findPortably(std::string_view bytes, std::size_t from) const {
    if (empty())
        return from <= bytes.size() ? from : npos;
    if (bytes.size() < size())
        return npos;
    const char a = m_first[m_probeA];
    const char b = m_second[m_probeA];
    for (std::size_t at = from; at + size() <= bytes.size(); ++at) {
        const char probe = bytes[at + m_probeA];
        if ((probe == a || probe == b) && matchesAt(bytes.data() + at))
            return at;
    }
    return npos;
}

std::size_t TextSearch::find(std::string_view bytes, std::size_t from) const {
#if defined(__SSE2__)
    if (empty() || bytes.size() < size())
        return findPortably(bytes, from);
    const __m128i firstA = _mm_set1_epi8(m_first[m_probeA]);
    const __m128i secondA = _mm_set1_epi8(m_second[m_probeA]);
    const __m128i firstB = _mm_set1_epi8(m_first[m_probeB]);
    const __m128i secondB = _mm_set1_epi8(m_second[m_probeB]);
    constexpr std::size_t width = 16;
    const std::size_t lastStart = bytes.size() - size();
    std::size_t at = from;
    // Both probes stay within `bytes` while the last of the 16 places where a match may begin is one.
    for (; at + width <= lastStart + 1; at += width) {
        const char* here = bytes.data() + at;
        const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(here + m_probeA));
        const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(here + m_probeB));
        const __m128i isA = _mm_or_si128(_mm_cmpeq_epi8(a, firstA), _mm_cmpeq_epi8(a, secondA));
        const __m128i isB = _mm_or_si128(_mm_cmpeq_epi8(b, firstB), _mm_cmpeq_epi8(b, secondB));
        auto hits = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_and_si128(isA, isB)));
        while (hits != 0) {
            const auto offset = static_cast<std::size_t>(std::countr_zero(hits));
            if (matchesAt(here + offset))
                return at + offset;
            hits &= hits - 1;
        }
    }
    return findPortably(bytes, at);
#else
    return findPortably(bytes, from);
#endif
}

} // namespace tierdeck::tierlog
