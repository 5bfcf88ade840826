// A JSON document kept as the text that its owner wrote, so that an edit changes only the bytes of what it
// edits. Number spelling, escapes, order, duplicates, white space, line endings, a BOM and a missing final
// newline survive. A plain value; one thread at a time. Where a key stands twice, the last one counts, for
// reading and editing.
#pragma once

#include "core/foundation/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck {

/// One replacement of bytes: what stood at [offset, offset + removed.size()) becomes `inserted`.
struct TextEdit {
    std::size_t offset = 0;
    std::string removed;
    std::string inserted;
    bool operator==(const TextEdit&) const = default;

    [[nodiscard]] TextEdit inverse() const { return {offset, inserted, removed}; }
};

class JsonText {
public:
    struct Span {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    /// Strict JSON (RFC 8259) with an optional UTF-8 BOM. On ParseFailed, `detail` is "line 3, column 14".
    [[nodiscard]] static Result<JsonText> parse(std::string text);

    [[nodiscard]] const std::string& text() const { return m_text; }

    /// The bytes of the value at a JSON pointer (RFC 6901; "" is the whole document), without space around
    /// it.
    [[nodiscard]] std::optional<Span> find(std::string_view pointer) const;
    [[nodiscard]] std::optional<std::string_view> value(std::string_view pointer) const;
    /// The last occurrence of each key of the object at `pointer`, in the document's order; empty for a
    /// non-object.
    [[nodiscard]] std::vector<std::string> keys(std::string_view pointer) const;
    /// Line and column, from 1, of the value at `pointer` (or of the nearest parent that exists).
    [[nodiscard]] std::string whereIs(std::string_view pointer) const;

    /// Puts `json` (must be valid JSON by itself) at `pointer`: replaces the value, or adds a member or an
    /// array element ("-" appends) in the document's own indentation and line endings, with missing parents:
    /// objects, and an array for "-".
    [[nodiscard]] Result<TextEdit> set(std::string_view pointer, std::string_view json);
    /// Takes the member or element away with its comma. Exactly undoes a `set` that added it; parents that
    /// were made with it stay. Where a key stands twice all of them go, or an earlier one would count again.
    [[nodiscard]] Result<TextEdit> remove(std::string_view pointer);
    /// Applies an edit that set() or remove() returned, or its inverse; Conflict if `removed` is not what is
    /// there.
    [[nodiscard]] Result<void> apply(const TextEdit& edit);

private:
    explicit JsonText(std::string text)
        : m_text(std::move(text)) {}

    std::string m_text;
};

/// The smallest single replacement that makes `after` of `before`.
[[nodiscard]] TextEdit editBetween(std::string_view before, std::string_view after);
/// Escapes one reference token of a JSON pointer: "a/b~c" → "a~1b~0c".
[[nodiscard]] std::string escapePointerToken(std::string_view token);
/// Whether `text` is strict JSON, without a copy of it, and no deeper than what JsonText takes.
[[nodiscard]] bool isJson(std::string_view text);
/// `text` as a JSON string, with its quotes.
[[nodiscard]] std::string jsonQuoted(std::string_view text);

} // namespace tierdeck
