// A number that knows what it counts, so that two of them cannot be swapped. Plain values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tierdeck {

template <typename Tag, typename Number = std::int64_t>
struct StrongNumber {
    Number value{};

    constexpr StrongNumber() = default;

    constexpr explicit StrongNumber(Number number)
        : value(number) {}

    constexpr auto operator<=>(const StrongNumber&) const = default;

    constexpr StrongNumber& operator+=(StrongNumber other) {
        value += other.value;
        return *this;
    }

    friend constexpr StrongNumber operator+(StrongNumber a, StrongNumber b) {
        return StrongNumber(a.value + b.value);
    }

    friend constexpr StrongNumber operator-(StrongNumber a, StrongNumber b) {
        return StrongNumber(a.value - b.value);
    }
};

/// Money: billionths of a US dollar.
using NanoUsd = StrongNumber<struct NanoUsdTag>;
/// A price: trillionths of a US dollar a token (1 USD per million tokens = 1,000,000 of them).
using PicoUsdPerToken = StrongNumber<struct PicoUsdPerTokenTag>;
/// The number under which a request stands in the store; positive, never used twice in a workspace.
using RequestId = StrongNumber<struct RequestIdTag>;

} // namespace tierdeck

template <typename Tag, typename Number>
struct std::hash<tierdeck::StrongNumber<Tag, Number>> {
    std::size_t operator()(tierdeck::StrongNumber<Tag, Number> number) const noexcept {
        return std::hash<Number>{}(number.value);
    }
};
