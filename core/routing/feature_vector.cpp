#include "core/routing/feature_vector.h"

#include "core/routing/packed_digits.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tierdeck::routing {

namespace {

// The layout, after the version's digit, as a row of bits, the highest of a number first, six in a digit:
//   a bit a dense feature, whether it is above zero; 10 bits for each that is, its thousandths less one
//   difficulty and code, 14 bits each, in ten-thousandths; zeros to the end of the digit; a '/'
//   how many buckets, 9 bits; of each the distance to the one before in Golomb–Rice code; a bit each, of the
//   ask
// The parameter of the code follows from the count, so that n buckets take at most n * (k + 1) + 2^14 / 2^k
// bits: 2,048 for 256 of them.
constexpr char version = '1'; // also of the features' meaning: a change of what one counts needs another
constexpr unsigned denseBits = 10;
constexpr unsigned outputBits = 14;
constexpr unsigned countBits = 9;
constexpr std::uint32_t outputUnit = 10000;
constexpr std::size_t longest = 700;
constexpr char separator = '/';
static_assert((denseFeatures * (1 + denseBits) + 2 * outputBits + countBits + 2048 + Buckets::most) / 6 + 4 <=
              longest);

/// The distances of n buckets are 2^14 / n on average.
unsigned riceParameter(std::size_t count) {
    return count == 0 ? 0 : static_cast<unsigned>(std::bit_width(bucketCount / count)) - 1;
}

/// Into a text that has room for all of it.
class BitWriter {
public:
    static constexpr unsigned mostAtOnce = 58;

    explicit BitWriter(char* text)
        : m_at(text) {}

    void bits(std::uint64_t value, unsigned count) {
        if (m_count + count > 64)
            putDigits();
        m_pending = m_pending << count | value;
        m_count += count;
    }

    void rice(std::uint32_t value, unsigned parameter) {
        std::uint32_t ones = value >> parameter;
        for (; ones >= 32; ones -= 32)
            bits(0xFFFF'FFFF, 32);
        bits((std::uint64_t(2) << ones) - 2, ones + 1);
        bits(value & ((1u << parameter) - 1), parameter);
    }

    /// Where the text ends.
    [[nodiscard]] const char* finish() {
        bits(0, (6 - m_count % 6) % 6);
        putDigits();
        return m_at;
    }

private:
    void putDigits() {
        for (; m_count >= 6; m_count -= 6)
            *m_at++ = digits[m_pending >> (m_count - 6) & 63u];
    }

    char* m_at;
    std::uint64_t m_pending = 0;
    unsigned m_count = 0; ///< of the bits in m_pending that are not in the text yet
};

class BitReader {
public:
    explicit BitReader(std::string_view text)
        : m_text(text) {
        m_failed = text.empty() || text.size() > longest || text[0] != version;
    }

    std::uint32_t bits(unsigned count) {
        while (m_count < count) {
            const int digit =
                m_at < m_text.size() ? digitValues[static_cast<unsigned char>(m_text[m_at])] : -1;
            m_failed = m_failed || digit < 0;
            if (m_failed)
                return 0;
            m_pending = m_pending << 6 | static_cast<std::uint64_t>(digit);
            m_count += 6;
            ++m_at;
        }
        m_count -= count;
        return static_cast<std::uint32_t>(m_pending >> m_count & ((std::uint64_t(1) << count) - 1));
    }

    std::uint32_t rice(unsigned parameter) {
        std::uint32_t high = 0;
        while (bits(1) == 1 && !m_failed)
            ++high;
        return high << parameter | bits(parameter);
    }

    void separate() {
        m_count = 0;
        if (m_at < m_text.size() && m_text[m_at] == separator)
            ++m_at;
        else
            m_failed = true;
    }

    void fail() { m_failed = true; }

    [[nodiscard]] bool failed() const { return m_failed; }

    [[nodiscard]] bool atEnd() const { return m_at == m_text.size(); }

private:
    std::string_view m_text;
    std::size_t m_at = 1;
    std::uint64_t m_pending = 0;
    unsigned m_count = 0;
    bool m_failed = false;
};

std::uint32_t storedOutput(double output) {
    return static_cast<std::uint32_t>(std::lround(std::clamp(output, 0.0, 1.0) * outputUnit));
}

} // namespace

std::string pack(const FeatureVector& vector) {
    return pack(vector, pack(vector.buckets));
}

std::string pack(const FeatureVector& vector, std::string_view packedBuckets) {
    std::array<char, longest> text; // NOLINT(cppcoreguidelines-pro-type-member-init)
    text[0] = version;
    BitWriter writer(text.data() + 1);
    static_assert(denseFeatures <= BitWriter::mostAtOnce);
    std::uint64_t present = 0;
    for (const Thousandths value : vector.dense)
        present = present << 1 | static_cast<unsigned>(value > 0);
    writer.bits(present, denseFeatures);
    for (const Thousandths value : vector.dense) {
        if (value > 0)
            writer.bits(std::min<std::uint32_t>(value, 1000) - 1, denseBits);
    }
    writer.bits(storedOutput(vector.difficulty), outputBits);
    writer.bits(storedOutput(vector.code), outputBits);
    const std::string_view own(text.data(), writer.finish());
    std::string packed;
    packed.reserve(own.size() + 1 + packedBuckets.size());
    return packed.append(own).append(1, separator).append(packedBuckets);
}

std::string pack(const Buckets& buckets) {
    // The id stands above the bit, so that they sort as numbers; the room is for buckets that differ.
    std::array<std::uint16_t, Buckets::most> sorted; // NOLINT(cppcoreguidelines-pro-type-member-init)
    auto end = sorted.begin();
    for (const Bucket bucket : buckets)
        *end++ = static_cast<std::uint16_t>(bucket.id << 1 | bucket.ofAsk);
    std::sort(sorted.begin(), end);
    end = std::unique(sorted.begin(), end, [](unsigned a, unsigned b) { return a >> 1 == b >> 1; });
    const std::span<const std::uint16_t> ascending(sorted.begin(), end);

    std::array<char, longest> text; // NOLINT(cppcoreguidelines-pro-type-member-init)
    BitWriter writer(text.data());
    writer.bits(ascending.size(), countBits);
    const unsigned parameter = riceParameter(ascending.size());
    std::uint32_t next = 0;
    for (const std::uint32_t bucket : ascending) {
        writer.rice((bucket >> 1) - next, parameter);
        next = (bucket >> 1) + 1;
    }
    for (const std::uint32_t bucket : ascending)
        writer.bits(bucket & 1, 1);
    return {static_cast<const char*>(text.data()), writer.finish()};
}

Result<FeatureVector> unpackFeatures(std::string_view packed) {
    BitReader reader(packed);
    FeatureVector vector;
    std::array<bool, denseFeatures> present{};
    for (bool& one : present)
        one = reader.bits(1) == 1;
    for (std::size_t i = 0; i < denseFeatures; ++i) {
        if (present[i])
            vector.dense[i] = static_cast<Thousandths>(reader.bits(denseBits) + 1);
        if (vector.dense[i] > 1000)
            reader.fail();
    }
    const std::uint32_t difficulty = reader.bits(outputBits);
    const std::uint32_t code = reader.bits(outputBits);
    reader.separate();
    const std::uint32_t count = reader.bits(countBits);
    if (difficulty > outputUnit || code > outputUnit || count > Buckets::most)
        reader.fail();
    vector.difficulty = difficulty / double(outputUnit);
    vector.code = code / double(outputUnit);
    const unsigned parameter = riceParameter(count);
    std::uint32_t next = 0;
    for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
        const std::uint32_t id = next + reader.rice(parameter);
        if (id >= bucketCount)
            reader.fail();
        else
            vector.buckets.add({static_cast<std::uint16_t>(id & (bucketCount - 1)), 0});
        next = id + 1;
    }
    for (Bucket& bucket : vector.buckets)
        bucket.ofAsk = reader.bits(1) & 1u;
    if (reader.failed() || !reader.atEnd())
        return failure(
            ErrorCode::ParseFailed,
            "The stored features cannot be read: they are damaged, or another version wrote them.");
    return vector;
}

std::string bucketName(unsigned id) {
    std::string name = "h0000";
    for (std::size_t at = name.size() - 1; at > 0; --at, id >>= 4)
        name[at] = "0123456789abcdef"[id & 15u];
    return name;
}

} // namespace tierdeck::routing
