// Matching with `*` as the only wildcard. Pure function; any thread.
#pragma once

#include <string_view>

namespace tierdeck {

[[nodiscard]] bool matchesGlob(std::string_view pattern, std::string_view text);

} // namespace tierdeck
