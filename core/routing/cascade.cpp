#include "core/routing/cascade.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 7> gateNames{"nonEmpty",   "minLength", "jsonSchema", "pattern",
                                                    "confidence", "command",   "judge"};

} // namespace

std::string_view toString(Gate::Kind kind) {
    return gateNames[static_cast<std::size_t>(kind)];
}

std::optional<Gate::Kind> gateKindFrom(std::string_view text) {
    const auto found = std::find(gateNames.begin(), gateNames.end(), text);
    return found == gateNames.end() ? std::nullopt
                                    : std::optional(static_cast<Gate::Kind>(found - gateNames.begin()));
}

} // namespace tierdeck::routing
