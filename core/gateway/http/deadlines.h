// Many deadlines on one timer: each is a moment and what to do when it has passed. Looked through at a coarse
// step, for a timer of its own a connection would cost more than the time-out is worth. Reactor thread only.
#pragma once

#include "core/foundation/clock.h"
#include "core/gateway/http/asio.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace tierdeck::gateway::http {

class Deadlines {
public:
    Deadlines(asio::io_context& reactor, std::chrono::milliseconds step)
        : m_timer(reactor)
        , m_step(step) {}

    /// A deadline that goes with its owner. Not set until set() is called.
    class Entry {
    public:
        Entry(Deadlines& deadlines, std::function<void()> onDue);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        void set(std::chrono::milliseconds fromNow);

        void clear() { m_due = SteadyTime::max(); }

        /// It passed since it was last set; its action was done.
        [[nodiscard]] bool isPast() const { return m_past; }

    private:
        friend class Deadlines;
        Deadlines& m_deadlines;
        std::function<void()> m_onDue;
        SteadyTime m_due = SteadyTime::max();
        bool m_past = false;
        std::size_t m_place; ///< in m_entries
    };

    void stop();

private:
    void arm();
    void sweep();

    asio::steady_timer m_timer;
    std::chrono::milliseconds m_step;
    std::vector<Entry*> m_entries;
    bool m_armed = false;
    bool m_stopped = false;
};

} // namespace tierdeck::gateway::http
