// Holds JSON against the schemas of resources/schemas. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tierdeck::testing {

/// "" when `json` is what `<schema>.schema.json` says, else what is wrong with it, a line a finding.
[[nodiscard]] std::string schemaProblems(std::string_view schema, std::string_view json);

} // namespace tierdeck::testing
