#include "tests/fuzz/require.h"

#include <cstdio>
#include <cstdlib>

namespace tierdeck {

void require(bool holds, const char* what, std::string_view detail) {
    if (holds)
        return;
    std::fprintf(stderr, "%s: ", what);
    for (const char c : detail) {
        if (c >= ' ' && c <= '~' && c != '\\')
            std::fputc(c, stderr);
        else
            std::fprintf(stderr, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    std::fputc('\n', stderr);
    std::abort();
}

} // namespace tierdeck
