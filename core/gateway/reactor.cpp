#include "core/gateway/reactor.h"

namespace tierdeck::gateway {

Reactor::Reactor(Services& shared, std::chrono::milliseconds deadlineStep)
    : services(shared)
    , deadlines(io, deadlineStep)
    , client(io, deadlines)
    , finished(io, shared.parts.sink)
    , random(std::random_device{}())
    , m_logTimer(io) {}

void Reactor::flushLogSoon() {
    if (m_logFlushDue)
        return;
    m_logFlushDue = true;
    m_logTimer.expires_after(std::chrono::milliseconds(100));
    m_logTimer.async_wait([this](error_code) {
        m_logFlushDue = false;
        services.parts.log.flush();
    });
}

void Reactor::finish() {
    deadlines.stop();
    client.closeIdle();
    m_logTimer.cancel();
}

} // namespace tierdeck::gateway
