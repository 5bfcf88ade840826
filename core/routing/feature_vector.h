// What the complexity score saw of a request, as numbers: dense values, the buckets of its hashed words, both
// outputs. Stored with the request, so that replay and training need no text. A plain value; any thread.
#pragma once

#include "core/foundation/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tierdeck::routing {

/// Dense features that come from the text of the last user message, and those of the request around it. Their
/// names are those of enum Feature.
inline constexpr std::size_t textFeatures = 37;
inline constexpr std::size_t requestFeatures = 8;
inline constexpr std::size_t denseFeatures = textFeatures + requestFeatures;

/// Words and pairs of neighbouring words fall into so many buckets.
inline constexpr unsigned bucketBits = 14;
inline constexpr std::size_t bucketCount = std::size_t(1) << bucketBits;

/// One bucket that a text fell into. What a person asks counts for more than what they pasted.
struct Bucket {
    std::uint16_t id : bucketBits;
    std::uint16_t ofAsk : 1;

    friend bool operator==(Bucket, Bucket) = default;
};

/// A set of buckets of a size that does not depend on the text.
class Buckets {
public:
    static constexpr std::size_t most = 256;

    [[nodiscard]] std::size_t size() const { return m_size; }

    [[nodiscard]] bool full() const { return m_size == most; }

    /// Must not be full, nor hold that bucket.
    void add(Bucket bucket) { m_entries[m_size++] = bucket; }

    [[nodiscard]] const Bucket* begin() const { return m_entries.data(); }

    [[nodiscard]] const Bucket* end() const { return m_entries.data() + m_size; }

    [[nodiscard]] Bucket* begin() { return m_entries.data(); }

    [[nodiscard]] Bucket* end() { return m_entries.data() + m_size; }

private:
    std::size_t m_size = 0;
    std::array<Bucket, most> m_entries{};
};

/// A dense value in thousandths, 0 to 1000: what is scored is what is stored.
using Thousandths = std::uint16_t;

using DenseValues = std::array<Thousandths, denseFeatures>;

struct FeatureVector {
    DenseValues dense{};
    Buckets buckets;
    double difficulty = 0; ///< as it was decided by, in ten-thousandths
    double code = 0;
};

/// At most 700 bytes of printable ASCII that begin with the format's version. The buckets lose their order;
/// they stand behind a '/', as what all requests with the same prompt have in common.
[[nodiscard]] std::string pack(const FeatureVector& vector);
/// What stands behind the '/': for whoever keeps it with the prompt.
[[nodiscard]] std::string pack(const Buckets& buckets);
[[nodiscard]] std::string pack(const FeatureVector& vector, std::string_view packedBuckets);
/// Reads what pack() wrote; the buckets come in ascending order.
[[nodiscard]] Result<FeatureVector> unpackFeatures(std::string_view packed);
/// "h" and four hexadecimal digits: all that is shown of a hashed word.
[[nodiscard]] std::string bucketName(unsigned id);

} // namespace tierdeck::routing
