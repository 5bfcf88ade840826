#include "core/gateway/http/deadlines.h"

#include <algorithm>

namespace tierdeck::gateway::http {

Deadlines::Entry::Entry(Deadlines& deadlines, std::function<void()> onDue)
    : m_deadlines(deadlines)
    , m_onDue(std::move(onDue))
    , m_place(deadlines.m_entries.size()) {
    deadlines.m_entries.push_back(this);
}

Deadlines::Entry::~Entry() {
    auto& entries = m_deadlines.m_entries;
    entries[m_place] = entries.back();
    entries[m_place]->m_place = m_place;
    entries.pop_back();
}

void Deadlines::Entry::set(std::chrono::milliseconds fromNow) {
    m_past = false;
    m_due = std::chrono::steady_clock::now() + fromNow;
    m_deadlines.arm();
}

void Deadlines::arm() {
    if (m_armed || m_stopped)
        return;
    m_armed = true;
    m_timer.expires_after(m_step);
    m_timer.async_wait([this](error_code error) {
        m_armed = false;
        if (!error)
            sweep();
    });
}

void Deadlines::sweep() {
    const auto now = std::chrono::steady_clock::now();
    // An action may destroy other entries, so each is looked for again before it is told.
    std::vector<Entry*> due;
    bool anySet = false;
    for (auto* entry : m_entries) {
        if (entry->m_due <= now)
            due.push_back(entry);
        else if (entry->m_due != SteadyTime::max())
            anySet = true;
    }
    for (auto* entry : due) {
        if (std::find(m_entries.begin(), m_entries.end(), entry) == m_entries.end() || entry->m_due > now)
            continue;
        entry->m_due = SteadyTime::max();
        entry->m_past = true;
        entry->m_onDue();
    }
    if (anySet)
        arm();
}

void Deadlines::stop() {
    m_stopped = true;
    m_timer.cancel();
}

} // namespace tierdeck::gateway::http
