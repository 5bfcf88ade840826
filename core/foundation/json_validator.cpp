#include "core/foundation/json_validator.h"

#include <array>
#include <bitset>
#include <cstdint>

namespace tierdeck {

namespace {

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// What may stand in a string as it is: printable ASCII but the quote and the backslash.
constexpr auto plainInString = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x80; ++c)
        table[c] = c != '"' && c != '\\';
    return table;
}();

class Validator {
public:
    Validator(std::string_view text, std::size_t from)
        : m_text(text)
        , m_at(from) {}

    JsonCheck run() {
        skipSpace();
        m_check.begin = m_at;
        if (document()) {
            m_check.end = m_at;
            skipSpace();
            if (m_at < m_text.size())
                refuse("something stands after its end");
        }
        return m_check;
    }

private:
    enum class Next { Value, AfterValue, Failed };

    /// A loop instead of recursion: the stack is one bit a level, so that no input can overflow the
    /// program's.
    bool document() {
        Next next = Next::Value;
        while (next != Next::Failed) {
            if (next == Next::Value)
                next = value();
            else if (m_depth == 0)
                return true;
            else
                next = afterValue();
        }
        return false;
    }

    Next value() {
        switch (peek()) {
        case '{':
            return open(true);
        case '[':
            return open(false);
        case '"':
            return after(string());
        case 't':
            return after(word("true"));
        case 'f':
            return after(word("false"));
        case 'n':
            return after(word("null"));
        case '/':
            return after(refuse("comments are not allowed"));
        case '\'':
            return after(refuse("strings are written with double quotes"));
        case ',':
        case ']':
        case '}':
        case ':':
            return after(refuse("a value is missing"));
        default:
            if (atEnd())
                return after(refuse("it ends too early"));
            return after(number());
        }
    }

    Next afterValue() {
        skipSpace();
        const bool isObject = m_isObject[m_depth - 1];
        const char c = peek();
        if (c == (isObject ? '}' : ']')) {
            ++m_at;
            --m_depth;
            return Next::AfterValue;
        }
        if (c != ',') {
            if (atEnd())
                return after(refuse(isObject ? "it ends too early: '}' is missing"
                                             : "it ends too early: ']' is missing"));
            return after(refuse(isObject ? "a comma or '}' is missing" : "a comma or ']' is missing"));
        }
        const std::size_t comma = m_at++;
        skipSpace();
        if (peek() == '}' || peek() == ']') {
            m_at = comma;
            return after(refuse("a comma has nothing after it"));
        }
        return isObject ? key() : Next::Value;
    }

    Next open(bool isObject) {
        if (m_depth == deepestJson)
            return after(refuse("it is nested more than 512 levels deep"));
        m_isObject[m_depth++] = isObject;
        if (m_depth > m_check.depth)
            m_check.depth = m_depth;
        ++m_at;
        skipSpace();
        if (peek() == (isObject ? '}' : ']')) {
            ++m_at;
            --m_depth;
            return Next::AfterValue;
        }
        return isObject ? key() : Next::Value;
    }

    Next key() {
        if (peek() != '"') {
            return after(refuse(atEnd()         ? "it ends too early: '}' is missing"
                                : peek() == '/' ? "comments are not allowed"
                                                : "a key in double quotes is missing"));
        }
        if (!string())
            return Next::Failed;
        skipSpace();
        if (peek() != ':')
            return after(refuse("a colon is missing after a key"));
        ++m_at;
        skipSpace();
        return Next::Value;
    }

    bool string() {
        const std::size_t opening = m_at++;
        for (;;) {
            while (m_at + 8 <= m_text.size() && eightArePlain(m_text.data() + m_at))
                m_at += 8;
            while (m_at < m_text.size() && plainInString[static_cast<unsigned char>(m_text[m_at])])
                ++m_at;
            if (atEnd())
                return refuse("a string is not closed", opening);
            const char c = m_text[m_at];
            if (c == '"') {
                ++m_at;
                return true;
            }
            if (c == '\\') {
                if (!escape(opening))
                    return false;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                if (c == '\n' || c == '\r')
                    return refuse("a string is not closed on its line", opening);
                return refuse("a control character stands in a string; write it as an escape");
            } else {
                const std::size_t length = utf8SequenceLength(m_text.substr(m_at));
                if (length == 0)
                    return refuse("a byte is not UTF-8");
                m_at += length;
            }
        }
    }

    bool escape(std::size_t opening) {
        const std::size_t backslash = m_at++;
        if (atEnd())
            return refuse("a string is not closed", opening);
        const char c = m_text[m_at++];
        if (c != 'u') {
            if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
                return refuse("an escape in a string is unknown", backslash);
            return true;
        }
        const auto unit = hexUnit();
        if (!unit)
            return refuse("\\u needs four hexadecimal digits", backslash);
        if (*unit < 0xD800 || *unit > 0xDFFF)
            return true;
        if (*unit <= 0xDBFF && m_text.substr(m_at, 2) == "\\u") {
            m_at += 2;
            const auto second = hexUnit();
            if (second && *second >= 0xDC00 && *second <= 0xDFFF)
                return true;
        }
        return refuse("half of a surrogate pair stands alone", backslash);
    }

    std::optional<std::uint32_t> hexUnit() {
        std::uint32_t unit = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = peek();
            std::uint32_t digit = 0;
            if (isDigit(c))
                digit = static_cast<std::uint32_t>(c - '0');
            else if (c >= 'a' && c <= 'f')
                digit = static_cast<std::uint32_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                digit = static_cast<std::uint32_t>(c - 'A' + 10);
            else
                return std::nullopt;
            unit = unit * 16 + digit;
            ++m_at;
        }
        return unit;
    }

    bool number() {
        const std::size_t start = m_at;
        if (peek() == '-')
            ++m_at;
        if (!isDigit(peek()))
            return refuse(m_at == start ? "a value is missing" : "a number is not complete", start);
        if (peek() == '0') {
            ++m_at;
            if (isDigit(peek()))
                return refuse("a number begins with a zero too many", start);
        } else {
            skipDigits();
        }
        if (peek() == '.') {
            ++m_at;
            if (!skipDigits())
                return refuse("a number is not complete", start);
        }
        if (peek() == 'e' || peek() == 'E') {
            ++m_at;
            if (peek() == '+' || peek() == '-')
                ++m_at;
            if (!skipDigits())
                return refuse("a number is not complete", start);
        }
        return true;
    }

    bool word(std::string_view expected) {
        if (m_text.substr(m_at, expected.size()) != expected)
            return refuse("a value is missing");
        m_at += expected.size();
        return true;
    }

    bool skipDigits() {
        const std::size_t start = m_at;
        while (isDigit(peek()))
            ++m_at;
        return m_at > start;
    }

    void skipSpace() {
        while (m_at < m_text.size() && isSpace(m_text[m_at]))
            ++m_at;
    }

    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }

    [[nodiscard]] char peek() const { return atEnd() ? '\0' : m_text[m_at]; }

    static Next after(bool ok) { return ok ? Next::AfterValue : Next::Failed; }

    bool refuse(std::string_view reason) { return refuse(reason, m_at); }

    bool refuse(std::string_view reason, std::size_t offset) {
        m_check.fault = JsonFault{offset, reason};
        return false;
    }

    std::string_view m_text;
    std::size_t m_at;
    std::size_t m_depth = 0;
    std::bitset<deepestJson> m_isObject;
    JsonCheck m_check;
};

} // namespace

JsonCheck checkJson(std::string_view text, std::size_t from) {
    return Validator(text, from).run();
}

} // namespace tierdeck
