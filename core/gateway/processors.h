// On which of the process's processors a thread runs. Left to itself the kernel may let two busy threads wait
// for one another on a processor while another idles: where it does not know that processors share a cache,
// as on most virtual machines, it wakes a thread where its waker runs. Any thread.
#pragma once

#include <cstddef>

namespace tierdeck::gateway {

/// The calling thread runs on one of `parts` shares of the processors, that of number `part`, and so does
/// what it starts from then on. Where there are fewer processors than shares, nothing changes.
void keepToShareOfProcessors(std::size_t part, std::size_t parts);

/// The calling thread, and what it starts from then on, runs on all processors that the process has.
void useAllProcessors();

} // namespace tierdeck::gateway
