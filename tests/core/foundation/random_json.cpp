#include "tests/core/foundation/random_json.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace {

constexpr std::array<std::string_view, 12> plainKeys{"model", "tiers", "a",   "b", "modelRouter", "rules",
                                                     "",      "a/b",   "m~n", "0", "größe",       "-"};

} // namespace

std::string RandomJson::key() {
    if (oneIn(4))
        return "k" + std::to_string(below(50));
    return std::string(plainKeys[below(plainKeys.size())]);
}

std::string RandomJson::quotedKey() {
    std::string quoted = "\"";
    for (const char c : key()) {
        if (static_cast<unsigned char>(c) < 0x80 && oneIn(10)) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            quoted += escape.data();
        } else if (c == '/' && oneIn(2)) {
            quoted += "\\/";
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::string RandomJson::string() {
    constexpr std::array<std::string_view, 14> pieces{
        "openai/gpt-5.2", "x", " ", "\\n", "\\\"", "\\\\", "\\u00e9", "é",
        "\\ud83d\\ude00", "😀", "{", "]",   ",",    ":"};
    std::string text = "\"";
    for (std::size_t i = below(6); i > 0; --i)
        text += pieces[below(pieces.size())];
    return text + '"';
}

std::string RandomJson::number() {
    constexpr std::array<std::string_view, 10> spellings{
        "0", "-0", "0.70", "1e3", "1E+3", "-2.5", "100", "1.0e0", "1e-7", "12345678901234567890"};
    return std::string(spellings[below(spellings.size())]);
}

std::string RandomJson::emptySpace(const Layout& layout, const std::string& indent) {
    switch (below(layout.mayBreakLines ? 5 : 1)) {
    case 0:
        return " ";
    case 1:
        return layout.lineBreak + indent;
    case 2:
        return layout.lineBreak + "  " + layout.lineBreak;
    default:
        return {};
    }
}

std::string RandomJson::joined(const Layout& layout, const std::string& indent,
                               const std::vector<std::string>& children) {
    const std::string inner = indent + layout.unit;
    std::string text;
    for (std::size_t i = 0; i < children.size(); ++i) {
        const bool isFirst = i == 0;
        if (!layout.isMultiLine) {
            text += isFirst ? (layout.spacedBrackets ? " " : "") : (layout.colon == ":" ? "," : ", ");
        } else if (layout.commaFirst) {
            text += isFirst ? " " : layout.lineBreak + indent + ", ";
        } else {
            text += isFirst ? "" : oneIn(15) ? " ," : ",";
            text += layout.lineBreak + (oneIn(12) ? layout.lineBreak : "") + inner;
        }
        text += children[i];
    }
    if (layout.isMultiLine)
        text += layout.lineBreak + indent;
    else if (layout.spacedBrackets)
        text += " ";
    return text;
}

std::string RandomJson::object(const Layout& layout, const std::string& indent, int depth) {
    std::vector<std::string> members;
    for (std::size_t i = below(6); i > 0; --i) {
        std::string key = quotedKey();
        if (!layout.mayRepeatKeys)
            key.insert(key.size() - 1, std::to_string(i));
        members.push_back(key + layout.colon + anyValue(layout, indent + layout.unit, depth + 1));
    }
    return "{" + (members.empty() ? emptySpace(layout, indent) : joined(layout, indent, members)) + "}";
}

std::string RandomJson::array(const Layout& layout, const std::string& indent, int depth) {
    std::vector<std::string> elements;
    for (std::size_t i = below(4); i > 0; --i)
        elements.push_back(anyValue(layout, indent + layout.unit, depth + 1));
    return "[" + (elements.empty() ? emptySpace(layout, indent) : joined(layout, indent, elements)) + "]";
}

std::string RandomJson::anyValue(const Layout& layout, const std::string& indent, int depth) {
    Layout inner = layout;
    if (oneIn(5))
        inner.isMultiLine = false;
    switch (below(depth < 4 ? 7 : 4)) {
    case 0:
        return number();
    case 1:
        return oneIn(2) ? "true" : "null";
    case 2:
    case 3:
        return string();
    case 4:
        return array(inner, indent, depth);
    default:
        return object(inner, indent, depth);
    }
}

std::string RandomJson::value() {
    Layout layout;
    layout.isMultiLine = false;
    layout.mayBreakLines = false;
    return anyValue(layout, "", 2);
}

std::string RandomJson::document() {
    constexpr std::array<std::string_view, 5> units{"  ", "    ", "\t", "", " "};
    constexpr std::array<std::string_view, 4> colons{": ", ":", " : ", ": "};
    Layout layout;
    layout.isMultiLine = !oneIn(4);
    layout.commaFirst = oneIn(6);
    layout.spacedBrackets = oneIn(3);
    layout.mayRepeatKeys = oneIn(2);
    layout.lineBreak = oneIn(3) ? "\r\n" : oneIn(10) ? "\r" : "\n";
    layout.unit = units[below(units.size())];
    layout.colon = colons[below(colons.size())];
    std::string text = oneIn(5) ? "\xEF\xBB\xBF" : "";
    if (oneIn(8))
        text += layout.lineBreak;
    text += object(layout, "", 0);
    if (!oneIn(3))
        text += layout.lineBreak;
    return text;
}
