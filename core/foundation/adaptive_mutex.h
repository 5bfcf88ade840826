// A mutex for what is held for about a microsecond: who waits looks again and again for a few microseconds
// before it sleeps, since sleeping and being woken takes longer than that. Any thread; a Lockable.
#pragma once

#include <pthread.h>

namespace tierdeck {

class AdaptiveMutex {
public:
    AdaptiveMutex() = default;

    ~AdaptiveMutex() { ::pthread_mutex_destroy(&m_mutex); }

    AdaptiveMutex(const AdaptiveMutex&) = delete;
    AdaptiveMutex& operator=(const AdaptiveMutex&) = delete;

    void lock() { ::pthread_mutex_lock(&m_mutex); }

    [[nodiscard]] bool try_lock() { return ::pthread_mutex_trylock(&m_mutex) == 0; }

    void unlock() { ::pthread_mutex_unlock(&m_mutex); }

private:
    pthread_mutex_t m_mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
};

} // namespace tierdeck
