// The members that a model's entry in a price layer may have, for whoever checks one that a person wrote: the
// table itself passes over what it does not know. Any thread.
#pragma once

#include <span>
#include <string_view>

namespace tierdeck::pricing {

[[nodiscard]] std::span<const std::string_view> catalogueKeys();

} // namespace tierdeck::pricing
