// What the fuzzers of the request readers do with their bytes, shared with the test that runs their corpora.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <string_view>

namespace tierdeck::gateway {

/// Takes the bytes for a client's request: scans it, splices it for a provider of the same dialect and
/// translates it for the other two. Aborts where a body that is JSON becomes one that is none or names
/// another model, where a provider would refuse what was written, where what lies behind the body makes a
/// difference, or where a request before it does.
void fuzzRequest(wire::Dialect from, std::string_view bytes);

} // namespace tierdeck::gateway
