// Says whether a text is strict JSON (RFC 8259), and where it stops being so. Pure functions; any thread.
// Private to foundation: others use JsonText.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tierdeck {

/// Deeper documents are refused: no preferences need it, and what reads them afterwards may recurse.
inline constexpr std::size_t deepestJson = 512;

struct JsonFault {
    std::size_t offset = 0;
    std::string_view reason; ///< ends a sentence: "a comma or '}' is missing"
};

struct JsonCheck {
    std::optional<JsonFault> fault;
    std::size_t begin = 0; ///< of the value, without the space around it
    std::size_t end = 0;
    std::size_t depth = 0; ///< of the most deeply nested container; 0 for a scalar
};

/// Exactly one value with nothing but white space around it, from `from` to the end of `text`.
[[nodiscard]] JsonCheck checkJson(std::string_view text, std::size_t from = 0);

/// Bytes of the well-formed UTF-8 sequence at the start of `text` (no overlong forms, no surrogates); 0 for
/// none.
[[nodiscard]] std::size_t utf8SequenceLength(std::string_view text);

} // namespace tierdeck
