// What the fuzzers of the stream readers do with their bytes, shared with the test that runs their corpora.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <string_view>

namespace tierdeck::gateway {

/// Takes the bytes for a provider's stream, cut where their sum says, and for its whole reply, to clients of
/// all dialects. Aborts where the cut makes a difference or a client gets what its format does not allow.
void fuzzReplyStream(wire::Dialect from, std::string_view bytes);

} // namespace tierdeck::gateway
