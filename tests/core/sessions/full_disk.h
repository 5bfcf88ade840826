// A disk that is full, for tests.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <cstdint>

namespace tierdeck::testing {

/// Files may not grow beyond this while it lives: a disk that is full, but for the small.
class FullDisk {
public:
    explicit FullDisk(std::uintmax_t bytes) {
        m_handler = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    ~FullDisk() { end(); }

    void end() {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before{};
    void (*m_handler)(int) = SIG_DFL;
};

} // namespace tierdeck::testing
