#include "core/gateway/wire/json_chars.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>

namespace tierdeck::gateway::wire {

namespace {

constexpr std::string_view escapeLetters = "\"\\/bfnrt";
constexpr std::string_view escapeMeanings = "\"\\/\b\f\n\r\t";

/// The four digits of a \u escape.
std::optional<unsigned> unitAt(std::string_view json, std::size_t at) {
    unsigned unit = 0;
    const auto digits = json.substr(std::min(at, json.size()), 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4)
        return std::nullopt;
    return unit;
}

void appendUtf8(std::string& out, unsigned point) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | (point >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// What may stand inside of a string as it is.
constexpr auto isPlain = [] {
    std::array<bool, 256> plain{};
    for (unsigned c = 0x20; c < 256; ++c)
        plain[c] = c != '"' && c != '\\';
    return plain;
}();

class SoundnessCheck {
public:
    explicit SoundnessCheck(std::string_view text)
        : m_at(text.data())
        , m_end(text.data() + text.size()) {}

    bool run() {
        while (true) {
            if (!value())
                return false;
            // Behind a value: out of everything that it was the last of, up to the next one.
            while (true) {
                skipSpace();
                if (m_depth == 0)
                    return m_at == m_end;
                const bool inObject = m_inObject[m_depth - 1];
                if (takes(',')) {
                    if (inObject && !key())
                        return false;
                    break;
                }
                if (!takes(inObject ? '}' : ']'))
                    return false;
                --m_depth;
            }
        }
    }

private:
    bool takes(char c) {
        if (m_at == m_end || *m_at != c)
            return false;
        ++m_at;
        return true;
    }

    void skipSpace() {
        while (m_at != m_end && (*m_at == ' ' || *m_at == '\n' || *m_at == '\r' || *m_at == '\t'))
            ++m_at;
    }

    bool takes(std::string_view word) {
        if (static_cast<std::size_t>(m_end - m_at) < word.size() ||
            std::string_view(m_at, word.size()) != word)
            return false;
        m_at += word.size();
        return true;
    }

    /// A scalar, or what opens a list or an object up to its first value; an empty one is whole.
    bool value() {
        while (true) {
            skipSpace();
            if (m_at == m_end)
                return false;
            switch (*m_at) {
            case '"':
                return string();
            case 't':
                return takes("true");
            case 'f':
                return takes("false");
            case 'n':
                return takes("null");
            case '{':
            case '[':
                break;
            default:
                return number();
            }
            const bool isObject = *m_at++ == '{';
            skipSpace();
            if (takes(isObject ? '}' : ']'))
                return true;
            if (m_depth == maxDepth)
                return false;
            m_inObject[m_depth++] = isObject;
            if (isObject && !key())
                return false;
        }
    }

    bool key() {
        skipSpace();
        if (!string())
            return false;
        skipSpace();
        return takes(':');
    }

    bool string() {
        if (!takes('"'))
            return false;
        while (true) {
            while (m_at != m_end && isPlain[static_cast<unsigned char>(*m_at)])
                ++m_at;
            if (takes('"'))
                return true;
            if (!takes('\\') || m_at == m_end)
                return false;
            if (takes('u')) {
                if (!unitAt({m_at, static_cast<std::size_t>(m_end - m_at)}, 0))
                    return false;
                m_at += 4;
            } else if (escapeLetters.find(*m_at++) == std::string_view::npos) {
                return false;
            }
        }
    }

    bool digits() {
        const auto* begin = m_at;
        while (m_at != m_end && *m_at >= '0' && *m_at <= '9')
            ++m_at;
        return m_at != begin;
    }

    bool number() {
        takes('-');
        if (!takes('0') && !digits())
            return false;
        if (takes('.') && !digits())
            return false;
        if (takes('e') || takes('E')) {
            if (!takes('+'))
                takes('-');
            return digits();
        }
        return true;
    }

    static constexpr std::size_t maxDepth = 1000; // less than simdjson's

    const char* m_at;
    const char* m_end;
    std::size_t m_depth = 0;
    std::bitset<maxDepth> m_inObject;
};

bool isHigh(unsigned unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}

bool isLow(unsigned unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

} // namespace

std::string escapedOf(std::string_view text) {
    const auto quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

std::string plainOf(Escaped text) {
    std::string out;
    appendUnquotedOnce(out, text);
    return out;
}

std::optional<std::string_view> plainIn(std::string_view token) {
    if (!token.starts_with('"') || token.find('\\') != std::string_view::npos)
        return std::nullopt;
    return token.substr(1, token.rfind('"') - 1);
}

bool hasSoundEscapes(std::string_view json) {
    for (auto at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at)) {
        if (at + 1 == json.size())
            return false;
        if (json[at + 1] == 'u') {
            if (!unitAt(json, at + 2))
                return false;
            at += 6;
        } else if (escapeLetters.find(json[at + 1]) != std::string_view::npos) {
            at += 2;
        } else {
            return false;
        }
    }
    return true;
}

void appendQuotedOnceMore(std::string& out, std::string_view json) {
    for (const char c : json) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        // White space between tokens; inside of strings it is escaped already.
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += c;
        }
    }
}

void appendUnquotedOnce(std::string& out, Escaped text) {
    const auto json = text.json;
    for (std::size_t at = 0; at < json.size();) {
        const auto escape = std::min(json.find('\\', at), json.size());
        out.append(json.substr(at, escape - at));
        at = escape;
        if (at + 1 >= json.size())
            return;
        if (const auto letter = escapeLetters.find(json[at + 1]); letter != std::string_view::npos) {
            out += escapeMeanings[letter];
            at += 2;
            continue;
        }
        const auto unit = unitAt(json, at + 2);
        at = std::min(at + 6, json.size());
        const bool pairs = unit && isHigh(*unit) && json.substr(at).starts_with("\\u");
        const auto low = pairs ? unitAt(json, at + 2) : std::nullopt;
        if (low && isLow(*low)) {
            appendUtf8(out, 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00));
            at += 6;
        } else {
            appendUtf8(out, !unit || isHigh(*unit) || isLow(*unit) ? 0xfffd : *unit);
        }
    }
}

bool isSoundJson(std::string_view text) {
    return SoundnessCheck(text).run();
}

bool isJsonObject(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n\r");
    return first != std::string_view::npos && text[first] == '{' && isSoundJson(text);
}

} // namespace tierdeck::gateway::wire
