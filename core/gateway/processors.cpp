#include "core/gateway/processors.h"

#include <sched.h>
#include <unistd.h>

namespace tierdeck::gateway {

namespace {

/// Those of the main thread, which keeps to no share. False on a machine with more than a set can hold.
bool processorsOfProcess(cpu_set_t& all) {
    return ::sched_getaffinity(::getpid(), sizeof all, &all) == 0;
}

} // namespace

void keepToShareOfProcessors(std::size_t part, std::size_t parts) {
    cpu_set_t all;
    if (!processorsOfProcess(all) || static_cast<std::size_t>(CPU_COUNT(&all)) < parts)
        return;
    cpu_set_t share;
    CPU_ZERO(&share);
    std::size_t index = 0;
    for (std::size_t processor = 0; processor < CPU_SETSIZE; ++processor) {
        if (CPU_ISSET(processor, &all) && index++ % parts == part)
            CPU_SET(processor, &share);
    }
    ::sched_setaffinity(0, sizeof share, &share);
}

void useAllProcessors() {
    cpu_set_t all;
    if (processorsOfProcess(all))
        ::sched_setaffinity(0, sizeof all, &all);
}

} // namespace tierdeck::gateway
