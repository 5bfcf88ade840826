// What a provider of each dialect refuses in a request, as far as it can be seen from the body: roles, pairs
// of calls and results, names, empty texts. Test support; one thread.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <string>
#include <string_view>

namespace tierdeck::gateway {

/// What is wrong with `body`; "" for a body that a provider would take.
[[nodiscard]] std::string problemOf(wire::Dialect dialect, std::string_view body);

} // namespace tierdeck::gateway
