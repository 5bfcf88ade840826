// What a feature of the complexity score is called: mostly the number by which stored decisions know it,
// since a decision names a dozen of them and few are ever read. A plain value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tierdeck::routing {

class FeatureName {
public:
    FeatureName() = default;
    FeatureName(std::string_view text); // NOLINT(google-explicit-constructor): it is a name

    FeatureName(const char* text) // NOLINT(google-explicit-constructor): likewise
        : FeatureName(std::string_view(text)) {}

    /// Of the dense feature at that place in a FeatureVector.
    [[nodiscard]] static FeatureName ofDense(std::size_t place);
    [[nodiscard]] static FeatureName ofBucket(unsigned id);
    /// As number() gave it; one that only a later version knows reads "feature 4711".
    [[nodiscard]] static FeatureName ofNumber(std::uint64_t number);

    /// 0 where the name has none.
    [[nodiscard]] std::uint32_t number() const { return m_number; }

    /// A name without a number; else "".
    [[nodiscard]] const std::string& unnumbered() const { return m_unnumbered; }

    [[nodiscard]] std::string text() const;

    bool operator==(const FeatureName&) const = default;

private:
    explicit FeatureName(std::uint32_t number)
        : m_number(number) {}

    std::uint32_t m_number = 0;
    std::string m_unnumbered;
};

} // namespace tierdeck::routing
