// What the fuzzer of the HTTP reader does with its bytes, shared with the test that runs its corpus.
#pragma once

#include <string_view>

namespace tierdeck::gateway {

/// Takes the bytes for what a client sends, for what a provider answers and for a bare body in each framing,
/// in one piece, in two and byte by byte. Aborts where the pieces make a difference, or where a head gives
/// out what none may hold.
void fuzzHttp(std::string_view bytes);

} // namespace tierdeck::gateway
