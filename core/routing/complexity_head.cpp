#include "core/routing/complexity_head.h"

#include "resources/embedded.h"

#include "core/routing/complexity_features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tierdeck::routing {

namespace {

// The file, all numbers little-endian: the mark, the fingerprint of the features' names, the origin, then
// bias and dense weights in ten-thousandths and the size of a bucket's step in billionths as 32-bit numbers,
// then a signed byte a bucket and output.
constexpr std::string_view mark = "TDHEAD1\n";
constexpr double weightUnit = 1e4;
constexpr double scaleUnit = 1e9;
constexpr double steps = 127;
constexpr double pasteLevel = 0.3;

constexpr std::size_t fileBytes =
    mark.size() + 8 + 8 + 8 + 4 + 3 * 4 + 2 * 4 + denseFeatures * 2 * 4 + 2 * 4 + bucketCount * 2;
static_assert(fileBytes <= 80 * 1024);

/// Weights are of no use to features of another meaning.
constexpr std::uint64_t featuresFingerprint = [] {
    std::uint64_t hash = 14695981039346656037u;
    for (const std::string_view name : featureNames) {
        for (const char c : name)
            hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
        hash = (hash ^ 0xFFu) * 1099511628211u;
    }
    return hash ^ bucketBits;
}();

template <typename Number>
void put(std::string& bytes, Number number) {
    auto rest = static_cast<std::uint64_t>(number);
    for (std::size_t i = 0; i < sizeof(Number); ++i, rest >>= 8)
        bytes += static_cast<char>(rest & 0xFFu);
}

std::int32_t inUnits(double value, double unit) {
    return static_cast<std::int32_t>(std::lround(std::clamp(value * unit, -2e9, 2e9)));
}

template <typename Number>
Number take(std::string_view& bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        number = number << 8 | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(sizeof(Number));
    return static_cast<Number>(number);
}

Outputs takePair(std::string_view& bytes, double unit) {
    const double difficulty = take<std::int32_t>(bytes) / unit;
    return {difficulty, take<std::int32_t>(bytes) / unit};
}

void putPair(std::string& bytes, const Outputs& pair, double unit) {
    put(bytes, inUnits(pair.difficulty, unit));
    put(bytes, inUnits(pair.code, unit));
}

Outputs rounded(const Outputs& pair, double unit) {
    return {inUnits(pair.difficulty, unit) / unit, inUnits(pair.code, unit) / unit};
}

std::int8_t step(double weight, double scale) {
    return scale > 0 ? static_cast<std::int8_t>(std::clamp(std::lround(weight / scale), -127l, 127l))
                     : std::int8_t(0);
}

} // namespace

BucketShares::BucketShares(const Buckets& buckets) {
    if (buckets.size() == 0)
        return;
    const auto asked = static_cast<double>(
        std::count_if(buckets.begin(), buckets.end(), [](Bucket bucket) { return bucket.ofAsk; }));
    const double pasted = static_cast<double>(buckets.size()) - asked;
    ask = 1.0 / std::sqrt(asked + pasted * pasteLevel * pasteLevel);
    paste = ask * pasteLevel;
}

ComplexityHead::ComplexityHead(const Weights& weights, const Origin& origin)
    : m_origin(origin)
    , m_bias(rounded(weights.bias, weightUnit)) {
    for (std::size_t i = 0; i < denseFeatures; ++i)
        m_dense[i] = rounded(weights.dense[i], weightUnit);
    Outputs largest;
    for (const Outputs& weight : weights.buckets) {
        largest.difficulty = std::max(largest.difficulty, std::abs(weight.difficulty));
        largest.code = std::max(largest.code, std::abs(weight.code));
    }
    m_scale = rounded({largest.difficulty / steps, largest.code / steps}, scaleUnit);
    m_buckets.reserve(bucketCount);
    for (const Outputs& weight : weights.buckets)
        m_buckets.push_back({step(weight.difficulty, m_scale.difficulty), step(weight.code, m_scale.code)});
}

std::string ComplexityHead::bytes() const {
    std::string bytes(mark);
    bytes.reserve(fileBytes);
    put(bytes, featuresFingerprint);
    put(bytes, m_origin.inputs);
    put(bytes, m_origin.base);
    put(bytes, m_origin.examples);
    for (const double share : {m_origin.gain, m_origin.gainLow, m_origin.gainHigh})
        put(bytes, inUnits(share, weightUnit));
    putPair(bytes, m_bias, weightUnit);
    for (const Outputs& weight : m_dense)
        putPair(bytes, weight, weightUnit);
    putPair(bytes, m_scale, scaleUnit);
    for (const auto& pair : m_buckets) {
        put(bytes, pair[0]);
        put(bytes, pair[1]);
    }
    return bytes;
}

Result<ComplexityHead> ComplexityHead::parse(std::string_view bytes) {
    const auto refuse = [](const char* detail) {
        return failure(ErrorCode::ParseFailed, "These are no weights for the complexity score.", detail);
    };
    if (!bytes.starts_with(mark))
        return refuse("the mark at the start is missing");
    if (bytes.size() != fileBytes)
        return refuse("the size is wrong");
    bytes.remove_prefix(mark.size());
    if (take<std::uint64_t>(bytes) != featuresFingerprint)
        return refuse("they are for other features");
    ComplexityHead head;
    head.m_origin.inputs = take<std::uint64_t>(bytes);
    head.m_origin.base = take<std::uint64_t>(bytes);
    head.m_origin.examples = take<std::uint32_t>(bytes);
    for (double* share : {&head.m_origin.gain, &head.m_origin.gainLow, &head.m_origin.gainHigh})
        *share = take<std::int32_t>(bytes) / weightUnit;
    head.m_bias = takePair(bytes, weightUnit);
    for (Outputs& weight : head.m_dense)
        weight = takePair(bytes, weightUnit);
    head.m_scale = takePair(bytes, scaleUnit);
    head.m_buckets.resize(bucketCount);
    for (auto& pair : head.m_buckets) {
        pair[0] = take<std::int8_t>(bytes);
        pair[1] = take<std::int8_t>(bytes);
    }
    return head;
}

Outputs ComplexityHead::sumOf(const DenseValues& dense) const {
    Outputs sum = m_bias;
    for (std::size_t i = 0; i < denseFeatures; ++i) {
        if (dense[i] == 0)
            continue;
        const double value = dense[i] / 1e3;
        sum.difficulty += m_dense[i].difficulty * value;
        sum.code += m_dense[i].code * value;
    }
    return sum;
}

Outputs ComplexityHead::sumOf(const Buckets& buckets) const {
    std::array<std::array<int, 2>, 2> steps{};
    for (const Bucket bucket : buckets) {
        const auto& pair = m_buckets[bucket.id];
        steps[bucket.ofAsk][0] += pair[0];
        steps[bucket.ofAsk][1] += pair[1];
    }
    const BucketShares shares(buckets);
    return {m_scale.difficulty * (shares.ask * steps[1][0] + shares.paste * steps[0][0]),
            m_scale.code * (shares.ask * steps[1][1] + shares.paste * steps[0][1])};
}

Outputs ComplexityHead::sums(const FeatureVector& vector) const {
    Outputs sums = sumOf(vector.dense);
    sums += sumOf(vector.buckets);
    return sums;
}

const ComplexityHead& shippedHead() {
    static const ComplexityHead head = [] {
        auto parsed = ComplexityHead::parse(resources::find("complexity/weights.bin"));
        return parsed ? std::move(*parsed) : ComplexityHead(ComplexityHead::Weights(), {});
    }();
    return head;
}

double squashed(double sum) {
    return std::round(1e4 / (1.0 + std::exp(-sum))) / 1e4;
}

} // namespace tierdeck::routing
