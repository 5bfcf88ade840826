// The files of the fuzzers' corpora as rows of a Qt Test table. Test support; one thread.
#pragma once

#include <initializer_list>

namespace tierdeck {

/// Columns `corpus` (the folder's place in the list) and `bytes`; a row a file, and at least `atLeast` of
/// them, so that a folder that is not found is no green test.
void addCorpusRows(std::initializer_list<const char*> folders, int atLeast);

} // namespace tierdeck
