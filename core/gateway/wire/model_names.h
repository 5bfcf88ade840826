// Whether the model that answered is the one that was asked. Pure; any thread.
#pragma once

#include <string_view>

namespace tierdeck::gateway::wire {

/// Equal after dropping a provider's prefix, a date suffix ("-2025-11-13", "-20250514") and "-latest".
[[nodiscard]] bool isSameModel(std::string_view requested, std::string_view returned);

} // namespace tierdeck::gateway::wire
