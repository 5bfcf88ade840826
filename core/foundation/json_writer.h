// Writes one JSON document to a stream as it goes, so that a report of a million rows needs no memory. Money
// and prices keep every decimal they have and never turn into exponents. One thread; a plain helper of
// commands and exports.
#pragma once

#include "core/foundation/strong_type.h"

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck {

class JsonWriter {
public:
    explicit JsonWriter(std::ostream& out)
        : m_out(out) {}

    void beginObject() { begin('{'); }

    void endObject() { end('}'); }

    void beginArray() { begin('['); }

    void endArray() { end(']'); }

    void key(std::string_view name);

    void null() { raw("null"); }

    void text(std::string_view value);

    void integer(std::int64_t value) { raw(std::to_string(value)); }

    void boolean(bool value) { raw(value ? "true" : "false"); }

    /// null when it is unpriced.
    void usd(const std::optional<NanoUsd>& cost);
    /// JSON that is complete in itself.
    void raw(std::string_view json);

    void textOrNull(std::string_view value);
    void texts(const std::vector<std::string>& values);

    void member(std::string_view name, std::string_view value) { key(name), text(value); }

    /// A null that stands for an empty text.
    void memberOrNull(std::string_view name, std::string_view value) { key(name), textOrNull(value); }

private:
    void begin(char bracket);
    void end(char bracket);
    void separate();

    std::ostream& m_out;
    bool m_needsComma = false;
};

/// `units` of 10^-decimals in plain digits without trailing zeros: (12345000, 9) is "0.012345".
[[nodiscard]] std::string decimalText(std::int64_t units, int decimals);

} // namespace tierdeck
