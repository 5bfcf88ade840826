// How a fuzzer says that something does not hold: it tells what and with which bytes, and aborts, which
// libFuzzer and Qt Test both take for a failure. Test support; any thread.
#pragma once

#include <string_view>

namespace tierdeck {

/// `detail` is printed with everything that is not printable escaped.
void require(bool holds, const char* what, std::string_view detail = {});

} // namespace tierdeck
