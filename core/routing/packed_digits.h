// The sixty-four digits of what routing packs into printable text, six bits each, and a text that grows by
// them. Internal to routing; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tierdeck::routing {

inline constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// -1 for what is no digit.
inline constexpr std::array<std::int8_t, 256> digitValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    return values;
}();

/// Digits are most of a request's packed text, and a string that is added to one by one ends itself anew with
/// each.
class DigitText {
public:
    explicit DigitText(std::size_t usualBytes)
        : m_text(usualBytes, '\0') {}

    void put(char digit) {
        if (m_size == m_text.size())
            m_text.resize(m_size * 2 + 1);
        m_text[m_size++] = digit;
    }

    void append(std::string_view more) {
        if (m_text.size() - m_size < more.size())
            m_text.resize(m_size * 2 + more.size());
        m_size += more.copy(m_text.data() + m_size, more.size());
    }

    [[nodiscard]] std::string take() {
        m_text.resize(m_size);
        return std::move(m_text);
    }

private:
    std::string m_text;
    std::size_t m_size = 0;
};

} // namespace tierdeck::routing
