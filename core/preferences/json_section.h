// One JSON object of the preferences, read by key with the type that is expected; what is wrong becomes a
// problem with its pointer. `null` counts as absent, as other runtimes write it. Private to preferences:
// heavy to include.
#pragma once

#include "core/preferences/problem.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::preferences {

/// Keeps the order of the file, which counts for aliases and providers.
using Json = nlohmann::ordered_json;

/// Collects what is wrong in one file.
class Findings {
public:
    Findings(std::string file, std::vector<Problem>& problems)
        : m_file(std::move(file))
        , m_problems(problems) {}

    void error(std::string pointer, std::string message, std::optional<Fix> fix = {});
    void warning(std::string pointer, std::string message, std::optional<Fix> fix = {});

    [[nodiscard]] const std::string& file() const { return m_file; }

private:
    std::string m_file;
    std::vector<Problem>& m_problems;
};

struct Range {
    double lowest;
    double highest;
};

class JsonSection {
public:
    JsonSection(const Json& object, std::string pointer, Findings& findings)
        : m_object(object)
        , m_pointer(std::move(pointer))
        , m_findings(findings) {}

    [[nodiscard]] const Json& json() const { return m_object; }

    [[nodiscard]] const std::string& pointer() const { return m_pointer; }

    [[nodiscard]] std::string pointerTo(std::string_view key) const;

    [[nodiscard]] Findings& findings() const { return m_findings; }

    /// nullptr where the key is absent or null.
    [[nodiscard]] const Json* find(std::string_view key) const;
    /// Each of these says what is wrong and gives nullopt for another type or a value out of range.
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view key) const;
    [[nodiscard]] std::optional<double> number(std::string_view key, Range range) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t lowest,
                                                      std::int64_t highest = 1'000'000'000'000) const;
    [[nodiscard]] std::optional<JsonSection> object(std::string_view key) const;
    [[nodiscard]] const Json* array(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
    [[nodiscard]] std::map<std::string, std::string> textMap(std::string_view key) const;

    void warnOfUnknownKeys(std::span<const std::string_view> known) const;
    /// "`pointer` must be …, but is a number."
    void wrongType(const std::string& pointer, const Json& value, std::string_view expected) const;

private:
    const Json& m_object;
    std::string m_pointer;
    Findings& m_findings;
};

/// Of `names` the one that `name` was perhaps meant to be; "" for none.
[[nodiscard]] std::string nearest(std::string_view name, std::span<const std::string_view> names);

} // namespace tierdeck::preferences
