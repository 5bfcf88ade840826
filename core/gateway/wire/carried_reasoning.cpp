#include "core/gateway/wire/carried_reasoning.h"

#include <array>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

constexpr std::string_view dialectLetters = "crm"; // in the enumeration's order

bool isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '/';
}

/// Names are short, so that their rare odd bytes may cost three each.
void appendEscaped(std::string& out, std::string_view name) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : name) {
        if (isPlain(c)) {
            out += c;
        } else {
            out += '~';
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 0xf];
        }
    }
}

int digitOf(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string name;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '~') {
            name += text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? digitOf(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? digitOf(text[at + 2]) : -1;
        if (high < 0 || low < 0)
            return std::nullopt;
        name += static_cast<char>((high << 4) | low);
        at += 2;
    }
    return name;
}

} // namespace

std::string packReasoning(const CarriedReasoning& reasoning) {
    std::string packed(carriedReasoningMark);
    packed.reserve(packed.size() + reasoning.model.size() + reasoning.id.size() + reasoning.seal.size() + 8);
    packed += dialectLetters[static_cast<std::size_t>(reasoning.dialect)];
    packed += '.';
    appendEscaped(packed, reasoning.model);
    packed += '.';
    appendEscaped(packed, reasoning.id);
    packed += '.';
    packed += reasoning.seal;
    return packed;
}

std::optional<CarriedReasoning> unpackReasoning(std::string_view text) {
    if (!isCarriedReasoning(text))
        return std::nullopt;
    text.remove_prefix(carriedReasoningMark.size());
    const auto takeField = [&]() -> std::optional<std::string_view> {
        const auto dot = text.find('.');
        if (dot == std::string_view::npos)
            return std::nullopt;
        const auto field = text.substr(0, dot);
        text.remove_prefix(dot + 1);
        return field;
    };
    const auto letter = takeField();
    const auto model = takeField();
    const auto id = takeField();
    if (!letter || letter->size() != 1 || !model || !id)
        return std::nullopt;
    const auto dialect = dialectLetters.find(letter->front());
    auto modelName = unescaped(*model);
    auto itemId = unescaped(*id);
    if (dialect == std::string_view::npos || !modelName || !itemId)
        return std::nullopt;
    return CarriedReasoning{static_cast<Dialect>(dialect), std::move(*modelName), std::move(*itemId),
                            std::string(text)};
}

} // namespace tierdeck::gateway::wire
