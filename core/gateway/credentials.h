// The tokens that clients of the gateway bring. Pure; any thread.
#pragma once

#include "core/gateway/http/head.h"

#include <string_view>

namespace tierdeck::gateway {

/// Whether a request comes with this token, as a bearer token or as x-api-key. Takes a time that does not
/// depend on where they differ; false for an empty one.
[[nodiscard]] bool hasCredential(const http::Head& head, std::string_view token);

} // namespace tierdeck::gateway
