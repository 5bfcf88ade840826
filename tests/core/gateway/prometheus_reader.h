// Reads Prometheus' text format (0.0.4) strictly, with nothing of the code under test: every rule of the
// format, and of naming, that it knows is checked. Test support; pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::testing {

struct PrometheusPage {
    /// "name" or "name{a="x",b="y"}" with the labels sorted and unescaped.
    std::map<std::string, double> samples;
    std::map<std::string, std::string> types;
    std::vector<std::string> problems; ///< a sentence each

    /// -1 where there is no such sample.
    [[nodiscard]] double value(const std::string& sample) const;
    /// How many series a family has.
    [[nodiscard]] int countOf(std::string_view family) const;
};

[[nodiscard]] PrometheusPage readPrometheus(std::string_view text);

} // namespace tierdeck::testing
