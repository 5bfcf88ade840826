#include "core/gateway/finished_records.h"

#include <boost/asio/post.hpp>

namespace tierdeck::gateway {

void FinishedRecords::add(Entry& entry) {
    m_entries.push_back(&entry);
    m_records.push_back(&entry.m_record);
    if (m_entries.size() == 1)
        asio::post(m_reactor, [this] { keep(); }); // before the first of them goes on
}

void FinishedRecords::keep() {
    if (m_entries.empty())
        return;
    const std::size_t kept = m_sink.keepAtOnce(m_records);
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        m_entries[i]->m_isKept = i < kept;
        m_entries[i]->m_round = nullptr;
    }
    m_entries.clear();
    m_records.clear();
}

} // namespace tierdeck::gateway
