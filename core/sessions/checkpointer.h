// Copies the store's write-ahead log into its file, on a thread and a connection of its own: that waits for
// the disk, and no request should wait with it. Owned by the store; outlived by its writer's connection.
#pragma once

#include "core/sessions/sqlite.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace tierdeck::sessions {

class Checkpointer {
public:
    explicit Checkpointer(sqlite::Connection connection);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// To be told after each commit how long the log is (frames of a page each). From the writer's thread.
    void committed(int framesInLog);

private:
    void run();

    [[nodiscard]] int waiting() const { return m_frames - m_copied; }

    sqlite::Connection m_connection;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    int m_frames = 0;
    int m_copied = 0; ///< of them
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace tierdeck::sessions
