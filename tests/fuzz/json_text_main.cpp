#include "tests/fuzz/json_text_fuzz.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tierdeck::fuzzJsonText({reinterpret_cast<const char*>(data), size});
    return 0;
}
