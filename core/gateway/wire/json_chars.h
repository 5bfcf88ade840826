// Text as it stands inside a JSON string, escapes and all. Replies are carried from one dialect to another in
// this form, since all of them quote alike: what a provider wrote is neither unescaped nor escaped again, and
// halves of surrogate pairs in two deltas find together. Pure; any thread.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// What stands between the quotes of a JSON string.
struct Escaped {
    std::string_view json;

    [[nodiscard]] bool empty() const { return json.empty(); }

    bool operator==(const Escaped&) const = default;
};

/// `text` as it stands between quotes; what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string escapedOf(std::string_view text);

/// The text that is meant; halves of surrogate pairs that stand alone become U+FFFD.
[[nodiscard]] std::string plainOf(Escaped text);

/// What the token of a sound string means where it is what it spells, white space behind it or not; nullopt
/// where an escape stands in it, and for other tokens.
[[nodiscard]] std::optional<std::string_view> plainIn(std::string_view token);

/// Whether every escape is one that JSON knows.
[[nodiscard]] bool hasSoundEscapes(std::string_view json);

/// `json`, which is valid JSON or a piece of it, as it stands between the quotes of a JSON string.
void appendQuotedOnceMore(std::string& out, std::string_view json);

/// Takes one level of escapes away: the text that is meant, as appendQuotedOnceMore() got it.
void appendUnquotedOnce(std::string& out, Escaped text);

/// Whether `text` is one JSON value and nothing else, but for UTF-8, which simdjson checks. Its on-demand
/// parser finds faults only where it looks, and must not be used any further once it found one.
[[nodiscard]] bool isSoundJson(std::string_view text);

/// Whether `text` is one JSON object and nothing else.
[[nodiscard]] bool isJsonObject(std::string_view text);

namespace detail {

inline void appendPiece(std::string& out, std::string_view text) {
    out.append(text);
}

inline void appendPiece(std::string& out, Escaped text) {
    out.append(text.json);
}

template <std::integral Number>
void appendPiece(std::string& out, Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(number)).ptr;
    out.append(digits, end);
}

} // namespace detail

/// Appends texts and numbers, one after the other.
template <class... Pieces>
void append(std::string& out, const Pieces&... pieces) {
    (detail::appendPiece(out, pieces), ...);
}

} // namespace tierdeck::gateway::wire
