#include "tests/fuzz/request_fuzz.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tierdeck::gateway::fuzzRequest(tierdeck::gateway::wire::Dialect::TIERDECK_FUZZ_DIALECT,
                                   {reinterpret_cast<const char*>(data), size});
    return 0;
}
