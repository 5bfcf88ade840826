#include "core/foundation/json_text.h"

#include "core/foundation/json_validator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>
#include <utility>

namespace tierdeck {

namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view defaultIndentUnit = "  ";
constexpr std::string_view defaultColon = ": ";

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// ----------------------------------------------------------------------------------------------------
// pointers

/// The unescaped tokens of a JSON pointer.
std::optional<std::vector<std::string>> parsePointer(std::string_view text) {
    std::vector<std::string> tokens;
    if (text.empty())
        return tokens;
    if (text.front() != '/')
        return std::nullopt;
    tokens.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')));
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '/') {
            tokens.emplace_back();
        } else if (text[i] == '~') {
            const char escaped = i + 1 < text.size() ? text[++i] : '\0';
            if (escaped != '0' && escaped != '1')
                return std::nullopt;
            tokens.back() += escaped == '0' ? '~' : '/';
        } else {
            tokens.back() += text[i];
        }
    }
    return tokens;
}

/// RFC 6901: digits without a leading zero.
std::optional<std::size_t> arrayIndex(std::string_view token) {
    if (token.empty() || (token.size() > 1 && token.front() == '0'))
        return std::nullopt;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (error != std::errc() || end != token.data() + token.size())
        return std::nullopt;
    return index;
}

// ---------------------------------------------------------------------------------------------------- keys

void appendUtf8(std::string& text, std::uint32_t codePoint) {
    const auto put = [&text](std::uint32_t byte) {
        text += static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (codePoint < 0x80) {
        put(codePoint);
    } else if (codePoint < 0x800) {
        put(0xC0 | codePoint >> 6);
        put(0x80 | (codePoint & 0x3F));
    } else if (codePoint < 0x10000) {
        put(0xE0 | codePoint >> 12);
        put(0x80 | (codePoint >> 6 & 0x3F));
        put(0x80 | (codePoint & 0x3F));
    } else {
        put(0xF0 | codePoint >> 18);
        put(0x80 | (codePoint >> 12 & 0x3F));
        put(0x80 | (codePoint >> 6 & 0x3F));
        put(0x80 | (codePoint & 0x3F));
    }
}

std::uint32_t hexValue(std::string_view fourDigits) {
    std::uint32_t value = 0;
    std::from_chars(fourDigits.data(), fourDigits.data() + fourDigits.size(), value, 16);
    return value;
}

/// `raw` is what stands between the quotes of a valid string.
std::string unescaped(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            text += raw[i];
            continue;
        }
        switch (const char c = raw[++i]; c) {
        case 'b':
            text += '\b';
            break;
        case 'f':
            text += '\f';
            break;
        case 'n':
            text += '\n';
            break;
        case 'r':
            text += '\r';
            break;
        case 't':
            text += '\t';
            break;
        case 'u': {
            std::uint32_t unit = hexValue(raw.substr(i + 1, 4));
            i += 4;
            if (unit >= 0xD800 && unit <= 0xDBFF) {
                const std::uint32_t low = hexValue(raw.substr(i + 3, 4));
                i += 6;
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            }
            appendUtf8(text, unit);
            break;
        }
        default:
            text += c;
        }
    }
    return text;
}

bool sameKey(std::string_view raw, std::string_view key) {
    if (raw.size() < key.size()) // no escape is shorter than what it stands for
        return false;
    if (raw.find('\\') == std::string_view::npos)
        return raw == key;
    return unescaped(raw) == key;
}

// ----------------------------------------------------------------------------------------------------
// walking

/// Moves through a text that is known to be valid, so that it only has to look for ends.
class Cursor {
public:
    explicit Cursor(const std::string& text)
        : m_data(text.data()) // a std::string ends with '\0', which stops every loop below
        , m_size(text.size()) {}

    [[nodiscard]] char at(std::size_t i) const { return m_data[i]; }

    [[nodiscard]] std::string_view between(std::size_t begin, std::size_t end) const {
        return {m_data + begin, end - begin};
    }

    [[nodiscard]] std::size_t afterSpace(std::size_t i) const {
        while (isSpace(m_data[i]))
            ++i;
        return i;
    }

    [[nodiscard]] std::size_t afterString(std::size_t i) const {
        ++i;
        while (i + 8 <= m_size && eightArePlain(m_data + i))
            i += 8;
        for (; m_data[i] != '"'; ++i) {
            if (m_data[i] == '\\')
                ++i;
        }
        return i + 1;
    }

    [[nodiscard]] std::size_t afterValue(std::size_t i) const {
        if (m_data[i] == '"')
            return afterString(i);
        if (m_data[i] == '{' || m_data[i] == '[')
            return afterContainer(i);
        while (m_data[i] != ',' && m_data[i] != '}' && m_data[i] != ']' && m_data[i] != '\0' &&
               !isSpace(m_data[i]))
            ++i;
        return i;
    }

private:
    [[nodiscard]] std::size_t afterContainer(std::size_t i) const {
        std::size_t depth = 0;
        for (;;) {
            switch (m_data[i]) {
            case '"':
                i = afterString(i);
                continue;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (--depth == 0)
                    return i + 1;
                break;
            default:
                break;
            }
            ++i;
        }
    }

    const char* m_data;
    std::size_t m_size;
};

/// A member of an object or an element of an array, with what stands before it.
struct Child {
    std::size_t previousEnd = 0;    ///< the end of the value before it, or just after the bracket
    std::size_t afterDelimiter = 0; ///< just after the comma before it, or after the bracket
    std::size_t begin = 0;          ///< of the key, or of an element's value
    std::size_t keyEnd = 0;         ///< after the key's closing quote; `begin` for an element
    std::size_t valueBegin = 0;
    std::size_t valueEnd = 0;
    bool isFirst = true;
};

/// A value on the way of a pointer. In a container: its last child, and the one that the next token names.
struct Level {
    enum class Kind { Scalar, Object, Array };
    Kind kind = Kind::Scalar;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t count = 0; ///< children
    Child last;
    std::size_t matches = 0; ///< children that the next token names: more than one where a key stands twice
    Child match;             ///< the last of them

    [[nodiscard]] std::size_t close() const { return end - 1; }
};

/// Follows a pointer in one pass over the text. Where a key stands twice the later way replaces the earlier
/// one.
class Walk {
public:
    Walk(const std::string& text, const std::vector<std::string>& tokens)
        : m_cursor(text)
        , m_tokens(tokens)
        , m_levels(tokens.size() + 1) {
        const bool hasMark = text.compare(0, byteOrderMark.size(), byteOrderMark) == 0;
        follow(m_cursor.afterSpace(hasMark ? byteOrderMark.size() : 0), 0);
        while (m_reached < tokens.size() && m_levels[m_reached].matches > 0)
            ++m_reached;
    }

    /// How many tokens lead to something that exists.
    [[nodiscard]] std::size_t reached() const { return m_reached; }

    [[nodiscard]] bool found() const { return m_reached == m_tokens.size(); }

    [[nodiscard]] const Level& deepest() const { return m_levels[m_reached]; }

    /// `up` levels above the deepest that was reached.
    [[nodiscard]] const Level& above(std::size_t up) const { return m_levels[m_reached - up]; }

    [[nodiscard]] const Cursor& cursor() const { return m_cursor; }

private:
    /// Recursion is no deeper than the document, which is at most `deepestJson`.
    std::size_t follow(std::size_t at, std::size_t depth) {
        Level& level = m_levels[depth];
        level = {};
        level.begin = at;
        const char c = m_cursor.at(at);
        level.kind = c == '{' ? Level::Kind::Object : c == '[' ? Level::Kind::Array : Level::Kind::Scalar;
        const bool hasWayOn = depth < m_tokens.size() && level.kind != Level::Kind::Scalar;
        level.end = hasWayOn ? children(level, depth) : m_cursor.afterValue(at);
        return level.end;
    }

    std::size_t children(Level& level, std::size_t depth) {
        const bool isObject = level.kind == Level::Kind::Object;
        const std::string_view token = m_tokens[depth];
        const auto index = isObject ? std::nullopt : arrayIndex(token);

        Child child;
        child.previousEnd = child.afterDelimiter = level.begin + 1;
        child.begin = m_cursor.afterSpace(child.afterDelimiter);
        if (m_cursor.at(child.begin) == '}' || m_cursor.at(child.begin) == ']')
            return child.begin + 1;
        for (;;) {
            bool isMatch = false;
            if (isObject) {
                child.keyEnd = m_cursor.afterString(child.begin);
                const std::size_t colon = m_cursor.afterSpace(child.keyEnd);
                child.valueBegin = m_cursor.afterSpace(colon + 1);
                isMatch = sameKey(m_cursor.between(child.begin + 1, child.keyEnd - 1), token);
            } else {
                child.keyEnd = child.valueBegin = child.begin;
                isMatch = index == level.count;
            }
            child.valueEnd =
                isMatch ? follow(child.valueBegin, depth + 1) : m_cursor.afterValue(child.valueBegin);
            if (isMatch) {
                ++level.matches;
                level.match = child;
            }
            ++level.count;
            const std::size_t delimiter = m_cursor.afterSpace(child.valueEnd);
            if (m_cursor.at(delimiter) != ',') {
                level.last = child;
                return delimiter + 1;
            }
            child.previousEnd = child.valueEnd;
            child.afterDelimiter = delimiter + 1;
            child.begin = m_cursor.afterSpace(child.afterDelimiter);
            child.isFirst = false;
        }
    }

    Cursor m_cursor;
    const std::vector<std::string>& m_tokens;
    std::vector<Level> m_levels;
    std::size_t m_reached = 0;
};

// ---------------------------------------------------------------------------------------------------- style

/// Where the last line of some white space begins: its line break and what follows it.
struct LastLine {
    std::size_t at = std::string_view::npos; ///< of the line break; npos where there is none
    std::string_view lineBreak;
    std::string_view indent;

    [[nodiscard]] bool exists() const { return at != std::string_view::npos; }
};

LastLine lastLineOf(std::string_view space) {
    const std::size_t last = space.find_last_of("\r\n");
    if (last == std::string_view::npos)
        return {};
    const bool isPair = space[last] == '\n' && last > 0 && space[last - 1] == '\r';
    const std::size_t at = isPair ? last - 1 : last;
    return {at, space.substr(at, last + 1 - at), space.substr(last + 1)};
}

/// How new text is laid out at one place of a document.
struct Style {
    bool isMultiLine = false;
    std::string_view lineBreak = "\n";
    std::string indent; ///< of the children of the container in question
    std::string_view unit = defaultIndentUnit;
    std::string_view colon = defaultColon;
};

/// The white space before a child that holds its line break: mostly after the comma, with commas first before
/// it.
std::string_view spaceBefore(const Cursor& cursor, const Child& child) {
    const auto afterComma = cursor.between(child.afterDelimiter, child.begin);
    if (!child.isFirst && !lastLineOf(afterComma).exists()) {
        const auto beforeComma = cursor.between(child.previousEnd, child.afterDelimiter - 1);
        if (lastLineOf(beforeComma).exists())
            return beforeComma;
    }
    return afterComma;
}

std::string_view colonOf(const Cursor& cursor, const Level& level, const Child& child) {
    if (level.kind != Level::Kind::Object)
        return {};
    const auto colon = cursor.between(child.keyEnd, child.valueBegin);
    return lastLineOf(colon).exists() ? std::string_view() : colon;
}

/// What the indentation grows by from a container's closing bracket to its children.
std::string_view unitOf(const Cursor& cursor, const Level& level, std::string_view indentOfChildren) {
    const auto closing = lastLineOf(cursor.between(level.last.valueEnd, level.close()));
    if (closing.exists() && indentOfChildren.starts_with(closing.indent))
        return indentOfChildren.substr(closing.indent.size());
    return indentOfChildren.find('\t') != std::string_view::npos ? "\t" : defaultIndentUnit;
}

/// The style of a container's children as `child` shows it.
Style styleOfChild(const Cursor& cursor, const Level& level, const Child& child) {
    Style style;
    if (const auto line = lastLineOf(spaceBefore(cursor, child)); line.exists()) {
        style.isMultiLine = true;
        style.lineBreak = line.lineBreak;
        style.indent = line.indent;
        style.unit = unitOf(cursor, level, line.indent);
    }
    if (const auto colon = colonOf(cursor, level, child); !colon.empty())
        style.colon = colon;
    return style;
}

/// Any object member's colon on the way down shows whether the document sets a space after it.
std::string_view nearestColon(const Walk& walk) {
    for (std::size_t up = 1; up <= walk.reached(); ++up) {
        const Level& level = walk.above(up);
        if (const auto colon = colonOf(walk.cursor(), level, level.match); !colon.empty())
            return colon;
    }
    return defaultColon;
}

/// The style of what goes into the empty container that a walk ended in.
Style styleOfEmpty(const std::string& text, const Walk& walk) {
    const Level& level = walk.deepest();
    Style style;
    std::string indentOfClosing;
    if (walk.reached() > 0) {
        const Level& parent = walk.above(1);
        style = styleOfChild(walk.cursor(), parent, parent.match);
        indentOfClosing = style.indent;
        style.colon = nearestColon(walk);
    } else {
        style.isMultiLine = true;
        if (const auto lineBreak = text.find_first_of("\r\n"); lineBreak != std::string::npos)
            style.lineBreak = text.compare(lineBreak, 2, "\r\n") == 0 ? "\r\n"
                              : text[lineBreak] == '\r'               ? "\r"
                                                                      : "\n";
    }
    const auto inside = walk.cursor().between(level.begin + 1, level.close());
    if (const auto line = lastLineOf(inside); line.exists()) {
        style.isMultiLine = true;
        style.lineBreak = line.lineBreak;
        indentOfClosing = line.indent;
    } else if (!inside.empty()) {
        style.isMultiLine = false;
    }
    style.indent = indentOfClosing + std::string(style.unit);
    return style;
}

/// `json` inside the containers that the tokens from `from` on ask for: objects, and an array for "-".
std::string wrappedInParents(std::string_view json, const std::vector<std::string>& tokens, std::size_t from,
                             const Style& style) {
    std::string opening;
    std::string closing;
    std::string indent = style.indent;
    for (std::size_t i = from; i < tokens.size(); ++i) {
        const bool isArray = tokens[i] == "-";
        std::string outerLine;
        if (style.isMultiLine) {
            outerLine.append(style.lineBreak).append(indent);
            indent += style.unit;
        }
        opening += isArray ? '[' : '{';
        if (style.isMultiLine)
            opening.append(style.lineBreak).append(indent);
        if (!isArray)
            opening.append(jsonQuoted(tokens[i])).append(style.colon);
        closing.insert(0, outerLine + (isArray ? ']' : '}'));
    }
    return opening.append(json).append(closing);
}

bool isValidUtf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8SequenceLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

/// The text that makes a new child of the container in which `walk` ended, and where it goes. Chosen so that
/// remove() finds the exact bytes back: see spaceLeftBySole().
TextEdit insertion(const std::string& text, const Walk& walk, const std::vector<std::string>& tokens,
                   std::string_view json) {
    const Level& level = walk.deepest();
    const Cursor& cursor = walk.cursor();
    const std::size_t next = walk.reached();
    const auto child = [&](const Style& style) {
        std::string made;
        if (level.kind == Level::Kind::Object)
            made.append(jsonQuoted(tokens[next])).append(style.colon);
        return made.append(wrappedInParents(json, tokens, next + 1, style));
    };

    TextEdit edit;
    if (level.count == 0) {
        Style style = styleOfEmpty(text, walk);
        const auto inside = cursor.between(level.begin + 1, level.close());
        edit.offset = level.close();
        if (!style.isMultiLine) {
            edit.inserted = child(style).append(inside);
            return edit;
        }
        if (style.lineBreak == "\n" && inside.ends_with('\r'))
            style.lineBreak = "\r\n"; // else the two would read as one line break
        const std::string indentOfClosing = style.indent.substr(0, style.indent.size() - style.unit.size());
        edit.inserted.append(style.lineBreak).append(style.indent).append(child(style));
        edit.inserted.append(style.lineBreak).append(indentOfClosing);
        return edit;
    }

    const Child& last = level.last;
    Style style = styleOfChild(cursor, level, last);
    if (level.kind == Level::Kind::Array)
        style.colon = nearestColon(walk);
    std::string_view beforeComma;
    std::string_view afterComma = cursor.between(last.afterDelimiter, last.begin);
    if (!last.isFirst)
        beforeComma = cursor.between(last.previousEnd, last.afterDelimiter - 1);
    // Blank lines set groups apart; the new child joins the last group.
    if (const auto line = lastLineOf(beforeComma); line.exists())
        beforeComma.remove_prefix(line.at);
    if (const auto line = lastLineOf(afterComma); line.exists())
        afterComma.remove_prefix(line.at);
    if (last.isFirst && afterComma.empty() && style.colon.ends_with(' '))
        afterComma = " ";
    edit.offset = last.valueEnd;
    edit.inserted.append(beforeComma).append(",").append(afterComma).append(child(style));
    return edit;
}

/// What stays between the brackets when the only child of a container goes. insertion() puts a child into
/// white space W either as W + line break + indentation before it, or (without a line break) as W on both
/// sides; so the line before the child is what it added in the one case, and nothing in the other.
std::string_view spaceLeftBySole(std::string_view before) {
    const auto line = lastLineOf(before);
    return line.exists() ? before.substr(0, line.at) : before;
}

TextEdit removal(const std::string& text, const Walk& walk) {
    const Level& level = walk.above(1);
    const Child& child = level.match;
    const Cursor& cursor = walk.cursor();
    TextEdit edit;
    std::size_t end = child.valueEnd;
    if (level.count == 1) {
        edit.offset = level.begin + 1;
        end = level.close();
        edit.inserted = spaceLeftBySole(cursor.between(child.afterDelimiter, child.begin));
    } else if (child.isFirst) {
        edit.offset = child.begin;
        end = cursor.afterSpace(cursor.afterSpace(child.valueEnd) + 1);
    } else {
        edit.offset = child.previousEnd;
    }
    edit.removed = text.substr(edit.offset, end - edit.offset);
    return edit;
}

// ---------------------------------------------------------------------------------------------------- places

std::string lineAndColumn(std::string_view text, std::size_t offset) {
    std::size_t line = 1;
    std::size_t lineBegin = text.starts_with(byteOrderMark) ? byteOrderMark.size() : 0;
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        const bool endsLine = text[i] == '\n' || (text[i] == '\r' && !text.substr(i + 1).starts_with('\n'));
        if (endsLine) {
            ++line;
            lineBegin = i + 1;
        }
    }
    // Characters, not bytes: what an editor's status bar shows.
    const auto before = text.substr(std::min(lineBegin, offset), offset - std::min(lineBegin, offset));
    const auto continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    const auto characters =
        before.size() - static_cast<std::size_t>(std::count_if(before.begin(), before.end(), continuation));
    return "line " + std::to_string(line) + ", column " + std::to_string(characters + 1);
}

tl::unexpected<Error> badPointer(std::string_view pointer) {
    return failure(ErrorCode::InvalidInput,
                   jsonQuoted(pointer) + " is not a JSON pointer; one looks like /modelRouter/codingModel.");
}

} // namespace

Result<JsonText> JsonText::parse(std::string text) {
    const std::size_t from = std::string_view(text).starts_with(byteOrderMark) ? byteOrderMark.size() : 0;
    const JsonCheck check = checkJson(text, from);
    if (check.fault) {
        return failure(ErrorCode::ParseFailed,
                       "This is not valid JSON: " + std::string(check.fault->reason) + ".",
                       lineAndColumn(text, check.fault->offset));
    }
    return JsonText(std::move(text));
}

std::optional<JsonText::Span> JsonText::find(std::string_view pointer) const {
    const auto path = parsePointer(pointer);
    if (!path)
        return std::nullopt;
    const Walk walk(m_text, *path);
    if (!walk.found())
        return std::nullopt;
    return Span{walk.deepest().begin, walk.deepest().end};
}

std::optional<std::string_view> JsonText::value(std::string_view pointer) const {
    const auto span = find(pointer);
    if (!span)
        return std::nullopt;
    return std::string_view(m_text).substr(span->begin, span->end - span->begin);
}

std::vector<std::string> JsonText::keys(std::string_view pointer) const {
    const auto span = find(pointer);
    std::vector<std::string> keys;
    if (!span || m_text[span->begin] != '{')
        return keys;
    const Cursor cursor(m_text);
    std::size_t at = cursor.afterSpace(span->begin + 1);
    while (cursor.at(at) == '"') {
        const std::size_t keyEnd = cursor.afterString(at);
        keys.push_back(unescaped(cursor.between(at + 1, keyEnd - 1)));
        const std::size_t colon = cursor.afterSpace(keyEnd);
        const std::size_t valueEnd = cursor.afterValue(cursor.afterSpace(colon + 1));
        const std::size_t delimiter = cursor.afterSpace(valueEnd);
        at = cursor.afterSpace(delimiter + 1);
        if (cursor.at(delimiter) == '}')
            break;
    }
    std::set<std::string_view> seen;
    std::vector<std::string> lasts;
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
        if (seen.insert(*key).second)
            lasts.push_back(*key);
    }
    std::reverse(lasts.begin(), lasts.end());
    return lasts;
}

std::string JsonText::whereIs(std::string_view pointer) const {
    const auto path = parsePointer(pointer);
    const std::vector<std::string> none;
    const Walk walk(m_text, path ? *path : none);
    return lineAndColumn(m_text, walk.deepest().begin);
}

Result<TextEdit> JsonText::set(std::string_view pointer, std::string_view json) {
    const auto path = parsePointer(pointer);
    if (!path || !isValidUtf8(pointer))
        return badPointer(pointer);
    const JsonCheck check = checkJson(json);
    if (check.fault) {
        return failure(ErrorCode::InvalidInput,
                       "The new value is not valid JSON: " + std::string(check.fault->reason) +
                           ". A text needs double quotes around it.",
                       lineAndColumn(json, check.fault->offset));
    }
    json = json.substr(check.begin, check.end - check.begin);
    if (path->size() + check.depth > deepestJson)
        return failure(ErrorCode::InvalidInput, "The new value would be nested more than 512 levels deep.");

    const Walk walk(m_text, *path);
    const Level& level = walk.deepest();
    TextEdit edit;
    if (walk.found()) {
        edit = {level.begin, m_text.substr(level.begin, level.end - level.begin), std::string(json)};
    } else {
        const std::string& token = (*path)[walk.reached()];
        if (level.kind == Level::Kind::Scalar)
            return failure(ErrorCode::InvalidInput,
                           "'" + token +
                               "' cannot be set: what stands above it is neither an object nor an array.",
                           lineAndColumn(m_text, level.begin));
        if (level.kind == Level::Kind::Array && token != "-" && arrayIndex(token) != level.count)
            return failure(ErrorCode::InvalidInput,
                           "'" + token + "' is no place in this array; it has " +
                               std::to_string(level.count) + " elements, and '-' appends one.",
                           lineAndColumn(m_text, level.begin));
        edit = insertion(m_text, walk, *path, json);
    }
    m_text.replace(edit.offset, edit.removed.size(), edit.inserted);
    return edit;
}

Result<TextEdit> JsonText::remove(std::string_view pointer) {
    const auto path = parsePointer(pointer);
    if (!path)
        return badPointer(pointer);
    if (path->empty())
        return failure(ErrorCode::InvalidInput, "The whole document cannot be removed.");
    const Walk walk(m_text, *path);
    if (!walk.found())
        return failure(ErrorCode::NotFound, "There is nothing at " + std::string(pointer) + ".");

    TextEdit edit = removal(m_text, walk);
    const bool standsTwice = walk.above(1).matches > 1;
    if (!standsTwice) {
        m_text.replace(edit.offset, edit.removed.size(), edit.inserted);
        return edit;
    }
    // With only the last one gone an earlier one would count again, and the key would not be removed.
    std::string rest = m_text;
    rest.replace(edit.offset, edit.removed.size(), edit.inserted);
    for (std::size_t others = walk.above(1).matches - 1; others > 0; --others) {
        const TextEdit next = removal(rest, Walk(rest, *path));
        rest.replace(next.offset, next.removed.size(), next.inserted);
    }
    edit = editBetween(m_text, rest);
    m_text = std::move(rest);
    return edit;
}

Result<void> JsonText::apply(const TextEdit& edit) {
    const auto conflict = [] {
        return failure(ErrorCode::Conflict, "The text changed in between, so this edit no longer fits it.");
    };
    if (edit.offset > m_text.size() || m_text.compare(edit.offset, edit.removed.size(), edit.removed) != 0)
        return conflict();
    m_text.replace(edit.offset, edit.removed.size(), edit.inserted);
    // The bytes around an insertion are not part of the edit, so that only the whole text can tell whether it
    // fits.
    const std::size_t from = std::string_view(m_text).starts_with(byteOrderMark) ? byteOrderMark.size() : 0;
    if (checkJson(m_text, from).fault) {
        m_text.replace(edit.offset, edit.inserted.size(), edit.removed);
        return conflict();
    }
    return {};
}

TextEdit editBetween(std::string_view before, std::string_view after) {
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t front = 0;
    while (front < shorter && before[front] == after[front])
        ++front;
    std::size_t back = 0;
    while (back < shorter - front && before[before.size() - 1 - back] == after[after.size() - 1 - back])
        ++back;
    return {front, std::string(before.substr(front, before.size() - front - back)),
            std::string(after.substr(front, after.size() - front - back))};
}

std::string escapePointerToken(std::string_view token) {
    std::string escaped;
    escaped.reserve(token.size());
    for (const char c : token) {
        if (c == '~')
            escaped += "~0";
        else if (c == '/')
            escaped += "~1";
        else
            escaped += c;
    }
    return escaped;
}

bool isJson(std::string_view text) {
    return !checkJson(text).fault;
}

std::string jsonQuoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view replacementCharacter = "\xEF\xBF\xBD";
    const auto isPlain = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' &&
               c != '\\';
    };
    std::string quoted;
    quoted.reserve(text.size() + 2);
    quoted += '"';
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t plain = i;
        while (text.size() - i >= 8 && eightArePlain(text.data() + i))
            i += 8;
        while (i < text.size() && isPlain(text[i]))
            ++i;
        quoted.append(text, plain, i - plain);
        if (i == text.size())
            break;
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80) {
            const std::size_t length = utf8SequenceLength(text.substr(i));
            quoted += length > 0 ? text.substr(i, length) : replacementCharacter;
            i += std::max<std::size_t>(length, 1);
            continue;
        }
        ++i;
        switch (c) {
        case '"':
            quoted += "\\\"";
            break;
        case '\\':
            quoted += "\\\\";
            break;
        case '\b':
            quoted += "\\b";
            break;
        case '\f':
            quoted += "\\f";
            break;
        case '\n':
            quoted += "\\n";
            break;
        case '\r':
            quoted += "\\r";
            break;
        case '\t':
            quoted += "\\t";
            break;
        default:
            quoted.append("\\u00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
        }
    }
    quoted += '"';
    return quoted;
}

} // namespace tierdeck
