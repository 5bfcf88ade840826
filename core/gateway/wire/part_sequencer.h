// Puts the parts of a reply one behind the other: Chat providers interleave the arguments of parallel calls,
// while the other dialects' clients expect one block after the other. The open part passes at once, later
// ones wait until it ends. One reply, one thread at a time; the next sink is the caller's.
#pragma once

#include "core/gateway/wire/neutral_reply.h"

#include <deque>
#include <string>
#include <vector>

namespace tierdeck::gateway::wire {

class PartSequencer final : public ReplySink {
public:
    explicit PartSequencer(ReplySink& next)
        : m_next(next) {}

    void take(const reply::Event& event) override;

private:
    /// A part that waits, with texts of its own; deltas are put together.
    struct Waiting {
        int part = 0;
        bool ended = false;
        std::vector<reply::Event> events;
        std::deque<std::string> texts;
    };

    void keep(Waiting& waiting, const reply::Event& event);
    void end(int part);
    /// Lets those that waited through, until one is open again.
    void release();

    ReplySink& m_next;
    int m_open = -1;
    std::vector<bool> m_hasEnded; ///< by part
    std::deque<Waiting> m_waiting;
};

} // namespace tierdeck::gateway::wire
