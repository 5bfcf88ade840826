#include "app/tierctl/narrow_copies.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace tierdeck::app {

namespace {

constexpr const char* variable = "GLIBC_TUNABLES";
constexpr const char* withoutAvx512 = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW";

bool copiesWide() {
#if defined(__x86_64__) && defined(__GLIBC__)
    return __builtin_cpu_supports("avx512vl") != 0;
#else
    return false;
#endif
}

} // namespace

void preferNarrowCopies(char** arguments) {
    if (const char* given = std::getenv(variable)) {
        if (given == std::string_view(withoutAvx512))
            ::unsetenv(variable);
        return;
    }
    if (!copiesWide())
        return;
    ::setenv(variable, withoutAvx512, 1);
    ::execv("/proc/self/exe", arguments);
    ::unsetenv(variable); // it goes as well without
}

} // namespace tierdeck::app
