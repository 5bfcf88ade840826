#include "core/preferences/problem.h"

#include <algorithm>

namespace tierdeck::preferences {

std::string_view toString(Severity severity) {
    return severity == Severity::Error ? "error" : "warning";
}

bool hasErrors(const std::vector<Problem>& problems) {
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& problem) { return problem.severity == Severity::Error; });
}

} // namespace tierdeck::preferences
