#include "core/gateway/finished_records.h"

#include "core/gateway/http/elsewhere.h"
#include "core/gateway/http/send_at_once.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace tierdeck::gateway {

/// A record that waits for the end of its round.
struct FinishedRecords::Entry {
    Entry(FinishedRecords& records, routing::RequestRecord& record)
        : round(&records) {
        round->m_entries.push_back(this);
        round->m_records.push_back(&record);
    }

    ~Entry() {
        if (round)
            round->keepAll();
    }

    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    FinishedRecords* round; ///< null when it is over
    bool isKept = false;
};

asio::awaitable<void> FinishedRecords::keep(routing::RequestRecord& record) {
    const Entry entry(*this, record);
    if (m_entries.size() == 1)
        asio::post(m_reactor, [this] { keepAll(); }); // before the first of them goes on
    co_await http::sendTogether(m_reactor.get_executor());
    if (entry.isKept)
        co_return;
    // What could not be kept is told by the store, which tries again.
    (void)co_await elsewhere<Result<void>>(
        [&](auto done) { m_sink.record(std::move(record), std::move(done)); });
}

void FinishedRecords::keepAll() {
    if (m_entries.empty())
        return;
    const std::size_t kept = m_sink.keepAtOnce(m_records);
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        m_entries[i]->isKept = i < kept;
        m_entries[i]->round = nullptr;
    }
    m_entries.clear();
    m_records.clear();
}

} // namespace tierdeck::gateway
