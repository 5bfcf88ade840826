// One of the gateway's threads and what only it touches: its connections to providers, its deadlines, what it
// has finished. What it shares with the others stands in Services. On the reactor's thread only; owned by the
// gateway.
#pragma once

#include "core/gateway/finished_records.h"
#include "core/gateway/http/client.h"
#include "core/gateway/http/deadlines.h"
#include "core/gateway/services.h"

#include <chrono>
#include <random>

namespace tierdeck::gateway {

class Reactor {
public:
    Reactor(Services& shared, std::chrono::milliseconds deadlineStep);

    /// Lines were written to the tier log: they reach the disk within 100 ms, many with one write.
    void flushLogSoon();
    /// Nothing is served any more: ends what would keep run() from returning.
    void finish();

    asio::io_context io{1};
    Services& services;
    http::Deadlines deadlines;
    http::Client client;
    FinishedRecords finished;
    std::mt19937_64 random; ///< for jitter

private:
    asio::steady_timer m_logTimer;
    bool m_logFlushDue = false;
};

} // namespace tierdeck::gateway
