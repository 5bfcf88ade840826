#include "core/sessions/checkpointer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tierdeck::sessions {

namespace {

/// So few that copying them is not worth two waits for the disk.
constexpr int fewFrames = 1000;
/// So many that they are copied at once; fewer may gather for a moment, since a page that is written again
/// and again is copied once.
constexpr int manyFrames = 8000;
constexpr std::chrono::milliseconds gatherFor{500};

} // namespace

Checkpointer::Checkpointer(sqlite::Connection connection)
    : m_connection(std::move(connection))
    , m_thread([this] { run(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void Checkpointer::committed(int framesInLog) {
    const std::lock_guard lock(m_mutex);
    if (framesInLog < m_frames) // the log was begun anew, since all of it had been copied
        m_copied = 0;
    const int before = waiting();
    m_frames = framesInLog;
    for (const int enough : {fewFrames, manyFrames}) {
        if (before < enough && waiting() >= enough)
            m_wake.notify_one();
    }
}

void Checkpointer::run() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stopping || waiting() >= fewFrames; });
        m_wake.wait_for(lock, gatherFor, [this] { return m_stopping || waiting() >= manyFrames; });
        if (m_stopping)
            return;
        lock.unlock();
        const int copied = m_connection.checkpoint();
        lock.lock();
        m_copied = std::min(copied, m_frames);
    }
}

} // namespace tierdeck::sessions
