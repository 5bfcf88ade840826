// What a check found in the preferences. Plain values; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::preferences {

enum class Severity { Error, Warning };
[[nodiscard]] std::string_view toString(Severity severity);

struct Fix {
    std::string label;               ///< "Use anthropic/claude-opus-4-20250514"
    std::string pointer;             ///< in the same file
    std::optional<std::string> json; ///< the value to set; nullopt removes the member
};

struct Problem {
    std::string file;    ///< "model-router.json", "llm.json", "prices.json"
    std::string pointer; ///< of the file as it stands ("/modelRouter/deepModel"); "" for the whole file
    Severity severity = Severity::Warning;
    std::string message; ///< one plain sentence
    std::string where;   ///< "line 3, column 14" for a file that does not parse; else ""
    std::optional<Fix> fix;
};

[[nodiscard]] bool hasErrors(const std::vector<Problem>& problems);

} // namespace tierdeck::preferences
