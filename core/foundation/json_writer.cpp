#include "core/foundation/json_writer.h"

#include "core/foundation/json_text.h"

namespace tierdeck {

void JsonWriter::separate() {
    if (m_needsComma) {
        m_out << ',';
    }
    m_needsComma = true;
}

void JsonWriter::begin(char bracket) {
    separate();
    m_out << bracket;
    m_needsComma = false;
}

void JsonWriter::end(char bracket) {
    m_out << bracket;
    m_needsComma = true;
}

void JsonWriter::key(std::string_view name) {
    separate();
    m_out << jsonQuoted(name) << ':';
    m_needsComma = false;
}

void JsonWriter::raw(std::string_view json) {
    separate();
    m_out << json;
}

void JsonWriter::text(std::string_view value) {
    raw(jsonQuoted(value));
}

void JsonWriter::textOrNull(std::string_view value) {
    if (value.empty()) {
        null();
    } else {
        text(value);
    }
}

void JsonWriter::texts(const std::vector<std::string>& values) {
    beginArray();
    for (const std::string& value : values) {
        text(value);
    }
    endArray();
}

void JsonWriter::usd(const std::optional<NanoUsd>& cost) {
    if (cost) {
        raw(decimalText(cost->value, 9));
    } else {
        null();
    }
}

std::string decimalText(std::int64_t units, int decimals) {
    const bool negative = units < 0;
    std::string digits = std::to_string(units);
    if (negative) {
        digits.erase(0, 1);
    }
    const auto places = static_cast<std::size_t>(decimals);
    if (digits.size() <= places) {
        digits.insert(0, places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - places, 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') {
        digits.pop_back();
    }
    return negative ? "-" + digits : digits;
}

} // namespace tierdeck
