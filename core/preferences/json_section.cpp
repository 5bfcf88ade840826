#include "core/preferences/json_section.h"

#include "core/foundation/json_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace tierdeck::preferences {

namespace {

std::string_view typeName(const Json& value) {
    if (value.is_object())
        return "an object";
    if (value.is_array())
        return "an array";
    if (value.is_string())
        return "a text";
    if (value.is_boolean())
        return "true or false";
    return value.is_null() ? "null" : "a number";
}

std::string shown(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", number);
    return text;
}

std::string_view lastToken(std::string_view pointer) {
    const auto slash = pointer.rfind('/');
    return slash == std::string_view::npos ? pointer : pointer.substr(slash + 1);
}

std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[b.size()];
}

} // namespace

void Findings::error(std::string pointer, std::string message, std::optional<Fix> fix) {
    m_problems.push_back(
        {m_file, std::move(pointer), Severity::Error, std::move(message), {}, std::move(fix)});
}

void Findings::warning(std::string pointer, std::string message, std::optional<Fix> fix) {
    m_problems.push_back(
        {m_file, std::move(pointer), Severity::Warning, std::move(message), {}, std::move(fix)});
}

std::string JsonSection::pointerTo(std::string_view key) const {
    return m_pointer + "/" + escapePointerToken(key);
}

const Json* JsonSection::find(std::string_view key) const {
    const auto found = m_object.find(key);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

void JsonSection::wrongType(const std::string& pointer, const Json& value, std::string_view expected) const {
    m_findings.error(pointer, std::string(lastToken(pointer)) + " must be " + std::string(expected) +
                                  ", but is " + std::string(typeName(value)) + ".");
}

std::optional<std::string> JsonSection::text(std::string_view key) const {
    const Json* const value = find(key);
    if (!value)
        return std::nullopt;
    if (!value->is_string()) {
        wrongType(pointerTo(key), *value, "a text");
        return std::nullopt;
    }
    return value->get<std::string>();
}

std::optional<bool> JsonSection::flag(std::string_view key) const {
    const Json* const value = find(key);
    if (!value)
        return std::nullopt;
    if (!value->is_boolean()) {
        wrongType(pointerTo(key), *value, "true or false");
        return std::nullopt;
    }
    return value->get<bool>();
}

std::optional<double> JsonSection::number(std::string_view key, Range range) const {
    const Json* const value = find(key);
    if (!value)
        return std::nullopt;
    if (!value->is_number()) {
        wrongType(pointerTo(key), *value, "a number");
        return std::nullopt;
    }
    const auto number = value->get<double>();
    if (number < range.lowest || number > range.highest) {
        m_findings.error(pointerTo(key), std::string(key) + " must lie between " + shown(range.lowest) +
                                             " and " + shown(range.highest) + ".");
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> JsonSection::integer(std::string_view key, std::int64_t lowest,
                                                 std::int64_t highest) const {
    const Json* const value = find(key);
    if (!value)
        return std::nullopt;
    const double number = value->is_number() ? value->get<double>() : 0.5;
    if (number != std::floor(number)) {
        m_findings.error(pointerTo(key), std::string(key) + " must be a whole number.");
        return std::nullopt;
    }
    if (number < static_cast<double>(lowest) || number > static_cast<double>(highest)) {
        m_findings.error(pointerTo(key),
                         std::string(key) + " must be " +
                             (number < static_cast<double>(lowest) ? "at least " + std::to_string(lowest)
                                                                   : "at most " + std::to_string(highest)) +
                             ".");
        return std::nullopt;
    }
    return static_cast<std::int64_t>(number);
}

std::optional<JsonSection> JsonSection::object(std::string_view key) const {
    const Json* const value = find(key);
    if (!value)
        return std::nullopt;
    if (!value->is_object()) {
        wrongType(pointerTo(key), *value, "an object");
        return std::nullopt;
    }
    return JsonSection(*value, pointerTo(key), m_findings);
}

const Json* JsonSection::array(std::string_view key) const {
    const Json* const value = find(key);
    if (value && !value->is_array()) {
        wrongType(pointerTo(key), *value, "an array");
        return nullptr;
    }
    return value;
}

std::vector<std::string> JsonSection::texts(std::string_view key) const {
    std::vector<std::string> texts;
    const Json* const values = array(key);
    for (std::size_t i = 0; values && i < values->size(); ++i) {
        const Json& value = (*values)[i];
        if (value.is_string())
            texts.push_back(value.get<std::string>());
        else
            wrongType(pointerTo(key) + "/" + std::to_string(i), value, "a text");
    }
    return texts;
}

std::map<std::string, std::string> JsonSection::textMap(std::string_view key) const {
    std::map<std::string, std::string> texts;
    const auto section = object(key);
    if (!section)
        return texts;
    for (const auto& [name, value] : section->json().items()) {
        if (auto text = section->text(name))
            texts[name] = std::move(*text);
    }
    return texts;
}

void JsonSection::warnOfUnknownKeys(std::span<const std::string_view> known) const {
    for (const auto& [key, value] : m_object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string meant = nearest(key, known);
        m_findings.warning(pointerTo(key), "'" + key +
                                               "' is not a key that Tierdeck knows; it is kept as it is." +
                                               (meant.empty() ? "" : " Did you mean '" + meant + "'?"));
    }
}

std::string nearest(std::string_view name, std::span<const std::string_view> names) {
    const std::size_t furthest = std::max<std::size_t>(1, name.size() / 4);
    std::string_view best;
    std::size_t bestDistance = furthest + 1;
    for (const std::string_view candidate : names) {
        const std::size_t distance = editDistance(name, candidate);
        if (distance < bestDistance) {
            bestDistance = distance;
            best = candidate;
        }
    }
    return std::string(best);
}

} // namespace tierdeck::preferences
