// Says whether a text is strict JSON (RFC 8259), and where it stops being so. Pure functions; any thread.
// Private to foundation: others use JsonText.
#pragma once

#include "core/foundation/utf8.h"

#include <cstddef>
#include <cstdint>
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

/// Whether eight bytes can all stand in a string as they are: no quote, backslash or control, and ASCII.
/// Eight at a time, since most of a document is in its strings.
[[nodiscard]] inline bool eightArePlain(const char* bytes) {
    using namespace eight_bytes;
    const std::uint64_t word = at(bytes);
    const std::uint64_t special = equal(word, '"') | equal(word, '\\') | below(word, 0x20) | (word & tops);
    return special == 0;
}

} // namespace tierdeck
