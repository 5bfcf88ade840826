// What the fuzzer of JsonText does with its bytes, shared with the test that runs its corpus.
#pragma once

#include <string_view>

namespace tierdeck {

/// The first line is a JSON pointer, the second a value, the rest a document, which is edited there. Aborts
/// where an edit and its inverse do not leave the same bytes, where the result is no JSON, or where another
/// reader of JSON sees anything but that one place changed.
void fuzzJsonText(std::string_view bytes);

} // namespace tierdeck
