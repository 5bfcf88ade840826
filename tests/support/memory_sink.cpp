#include "tests/support/memory_sink.h"

#include <algorithm>

namespace tierdeck::testing {

namespace {

constexpr std::chrono::seconds patience{10};

} // namespace

MemorySink::~MemorySink() {
    release();
}

void MemorySink::record(routing::RequestRecord record, std::function<void(Result<void>)> done) {
    bool fails = false;
    {
        const std::lock_guard lock(m_mutex);
        m_records.push_back(std::move(record));
        m_changed.notify_all();
        if (m_holds) {
            m_held.push_back(std::move(done));
            return;
        }
        fails = m_failsRecords;
        m_notCommitted += fails ? 1 : 0;
    }
    if (fails)
        done(failure(ErrorCode::DiskFull, "The disk is full."));
    else
        done({});
}

std::int64_t MemorySink::notCommitted() const {
    const std::lock_guard lock(m_mutex);
    return m_notCommitted;
}

Result<routing::RecordSink::IdBlock> MemorySink::reserveIds(int count) {
    std::unique_lock lock(m_mutex);
    const int number = ++m_reservations;
    if (whenReserving) {
        lock.unlock();
        whenReserving(number);
        lock.lock();
    }
    if (m_failsIds)
        return failure(ErrorCode::Locked, "The store is locked.");
    const IdBlock block{RequestId(m_nextId), count};
    m_nextId += count;
    return block;
}

std::optional<routing::RecordSink::KnownSession> MemorySink::findSession(std::string_view session) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_known.find(session);
    return found == m_known.end() ? std::nullopt : std::optional(found->second);
}

void MemorySink::hold() {
    const std::lock_guard lock(m_mutex);
    m_holds = true;
}

void MemorySink::release() {
    std::vector<std::function<void(Result<void>)>> held;
    {
        const std::lock_guard lock(m_mutex);
        m_holds = false;
        held.swap(m_held);
    }
    for (const auto& done : held)
        done({});
}

void MemorySink::failRecords(bool fails) {
    const std::lock_guard lock(m_mutex);
    m_failsRecords = fails;
}

void MemorySink::failIds(bool fails) {
    const std::lock_guard lock(m_mutex);
    m_failsIds = fails;
}

void MemorySink::knowSession(const std::string& session, const KnownSession& known) {
    const std::lock_guard lock(m_mutex);
    m_known[session] = known;
}

void MemorySink::startIdsAt(std::int64_t first) {
    const std::lock_guard lock(m_mutex);
    m_nextId = first;
}

std::vector<routing::RequestRecord> MemorySink::records() const {
    const std::lock_guard lock(m_mutex);
    return m_records;
}

int MemorySink::reservations() const {
    const std::lock_guard lock(m_mutex);
    return m_reservations;
}

bool MemorySink::waitForRecords(std::size_t count) const {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [&] { return m_records.size() >= count; });
}

routing::RequestRecord MemorySink::recordOf(std::int64_t request) const {
    std::unique_lock lock(m_mutex);
    const auto find = [&] {
        return std::find_if(m_records.begin(), m_records.end(),
                            [&](const auto& record) { return record.request.value == request; });
    };
    m_changed.wait_for(lock, patience, [&] { return find() != m_records.end(); });
    const auto found = find();
    return found == m_records.end() ? routing::RequestRecord() : *found;
}

} // namespace tierdeck::testing
