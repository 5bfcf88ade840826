// How the C library copies and compares bytes. Before other threads run.
#pragma once

namespace tierdeck::app {

/// Lets it do without AVX-512, by starting the program anew with GLIBC_TUNABLES, which it reads before
/// main(). For one that serves: it handles thousands of short texts a second, and on a processor that copies
/// them by 64 bytes it served more of them without (tests/bench/README.md has the figures). Returns where
/// there is nothing to gain, where it is done already, and where the user has tunables of his own. What the
/// program starts later does not inherit it. The window's own gateway serves one person, who would wait for a
/// second start each time and gain nothing that can be felt.
void preferNarrowCopies(char** arguments);

} // namespace tierdeck::app
