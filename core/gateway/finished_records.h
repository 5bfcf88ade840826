// Finished requests of one reactor on their way to the store: those of a round, all that was ready at one
// time, are kept together, by one write to the journal instead of one for each. On the reactor's thread only;
// owned by the reactor.
#pragma once

#include "core/gateway/http/asio.h"
#include "core/routing/request_record.h"

#include <vector>

namespace tierdeck::gateway {

class FinishedRecords {
public:
    FinishedRecords(asio::io_context& reactor, routing::RecordSink& sink)
        : m_reactor(reactor)
        , m_sink(sink) {}

    ~FinishedRecords() { keepAll(); }

    FinishedRecords(const FinishedRecords&) = delete;
    FinishedRecords& operator=(const FinishedRecords&) = delete;

    /// Gives the record away, and goes on behind all that is ready now, when it is kept. Kept it is even
    /// where nobody goes on.
    [[nodiscard]] asio::awaitable<void> keep(routing::RequestRecord& record);

private:
    struct Entry;
    /// All that wait.
    void keepAll();

    asio::io_context& m_reactor;
    routing::RecordSink& m_sink;
    std::vector<Entry*> m_entries;
    std::vector<routing::RequestRecord*> m_records; ///< those of m_entries
};

} // namespace tierdeck::gateway
