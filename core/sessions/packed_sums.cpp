#include "core/sessions/packed_sums.h"

#include "core/foundation/atomic_file.h"

#include <bit>

namespace tierdeck::sessions {

namespace {

constexpr int bitsOfByte = 7;
constexpr int bitsOfNumber = 64;
constexpr std::size_t sealSize = 4;

std::string sealOf(std::string_view bytes) {
    std::uint64_t hash = fingerprintOf(bytes).hash;
    std::string seal;
    for (std::size_t i = 0; i < sealSize; ++i, hash >>= 8)
        seal += static_cast<char>(hash & 0xff);
    return seal;
}

} // namespace

void packNumber(std::string& bytes, std::int64_t number) {
    auto rest = static_cast<std::uint64_t>(number);
    for (; rest > 0x7f; rest >>= bitsOfByte)
        bytes += static_cast<char>(0x80 | (rest & 0x7f));
    bytes += static_cast<char>(rest);
}

void packSums(std::string& bytes, const Sums& sums) {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < sums.size(); ++i)
        mask |= std::uint64_t{sums[i] != 0} << i;
    packNumber(bytes, static_cast<std::int64_t>(mask));
    for (const std::int64_t sum : sums) {
        if (sum != 0)
            packNumber(bytes, sum);
    }
}

void packPart(std::string& bytes, std::string_view part) {
    packNumber(bytes, static_cast<std::int64_t>(part.size()));
    bytes += part;
}

void seal(std::string& bytes) {
    bytes += sealOf(bytes);
}

std::optional<std::string_view> unsealed(std::string_view bytes) {
    if (bytes.size() < sealSize)
        return std::nullopt;
    const auto sealed = bytes.substr(0, bytes.size() - sealSize);
    if (bytes.substr(sealed.size()) != sealOf(sealed))
        return std::nullopt;
    return sealed;
}

std::int64_t PackedBytes::longNumber() {
    std::uint64_t number = 0;
    for (int shift = 0; m_next != m_end && shift < bitsOfNumber; shift += bitsOfByte) {
        const auto byte = static_cast<unsigned char>(*m_next++);
        number |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80)
            return static_cast<std::int64_t>(number);
    }
    giveUp();
    return 0;
}

Sums PackedBytes::sums() {
    Sums sums{};
    auto mask = static_cast<std::uint64_t>(number());
    if (mask >> sums.size() != 0) {
        giveUp();
        return sums;
    }
    for (; mask != 0; mask &= mask - 1)
        sums[static_cast<std::size_t>(std::countr_zero(mask))] = number();
    return sums;
}

PackedBytes PackedBytes::part() {
    const auto size = static_cast<std::uint64_t>(number());
    if (size > static_cast<std::uint64_t>(m_end - m_next)) {
        giveUp();
        return PackedBytes({});
    }
    const PackedBytes part({m_next, static_cast<std::size_t>(size)});
    m_next += size;
    return part;
}

void PackedBytes::giveUp() {
    m_damaged = true;
    m_next = m_end;
}

} // namespace tierdeck::sessions
