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

    ~FinishedRecords() { keep(); }

    FinishedRecords(const FinishedRecords&) = delete;
    FinishedRecords& operator=(const FinishedRecords&) = delete;

    /// A record that is to be kept, where it stands: who awaits sendTogether() after making an entry finds it
    /// kept, or has to wait for RecordSink::record(). Whoever does not wait that long has it kept as well.
    class Entry {
    public:
        Entry(FinishedRecords& round, routing::RequestRecord& record)
            : m_round(&round)
            , m_record(record) {
            round.add(*this);
        }

        ~Entry() {
            if (m_round)
                m_round->keep();
        }

        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        [[nodiscard]] bool isKept() const { return m_isKept; }

    private:
        friend class FinishedRecords;

        FinishedRecords* m_round; ///< null when its round is over
        routing::RequestRecord& m_record;
        bool m_isKept = false;
    };

private:
    void add(Entry& entry);
    /// All that wait.
    void keep();

    asio::io_context& m_reactor;
    routing::RecordSink& m_sink;
    std::vector<Entry*> m_entries;
    std::vector<routing::RequestRecord*> m_records; ///< those of m_entries; a member to be used again
};

} // namespace tierdeck::gateway
