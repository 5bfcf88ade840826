// A RecordSink that keeps what it is given where a test can look at it, and that fails or waits when the test
// says so. Thread-safe; owned by the test, and outlives the gateway.
#pragma once

#include "core/routing/request_record.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::testing {

class MemorySink final : public routing::RecordSink {
public:
    /// Releases what it holds.
    ~MemorySink() override;

    /// As whenKeeping says; without it nothing, so that who asks waits for record().
    [[nodiscard]] std::size_t keepAtOnce(std::span<routing::RequestRecord* const> records) override {
        return whenKeeping ? whenKeeping(records) : 0;
    }

    void record(routing::RequestRecord record, std::function<void(Result<void>)> done) override;
    [[nodiscard]] std::int64_t notCommitted() const override;
    [[nodiscard]] Result<IdBlock> reserveIds(int count) override;
    [[nodiscard]] std::optional<KnownSession> findSession(std::string_view session) override;

    /// Records count as kept only after release().
    void hold();
    void release();
    /// record() and reserveIds() fail from here on, or work again.
    void failRecords(bool fails);
    void failIds(bool fails);
    void knowSession(const std::string& session, const KnownSession& known);
    /// Ids start here; the next block goes on where the last one ended.
    void startIdsAt(std::int64_t first);
    /// Called with the number of each reservation, from 1, on the thread that asks, before it is answered.
    /// Set before there are such threads.
    std::function<void(int)> whenReserving;
    /// The same for those that are to be kept at once; says how many of the first are.
    std::function<std::size_t(std::span<routing::RequestRecord* const>)> whenKeeping;

    [[nodiscard]] std::vector<routing::RequestRecord> records() const;
    [[nodiscard]] int reservations() const;
    /// Waits until so many records were given; false after ten seconds.
    [[nodiscard]] bool waitForRecords(std::size_t count) const;
    /// The record of a request; an empty one after ten seconds.
    [[nodiscard]] routing::RequestRecord recordOf(std::int64_t request) const;

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    std::vector<routing::RequestRecord> m_records;
    std::vector<std::function<void(Result<void>)>> m_held;
    std::map<std::string, KnownSession, std::less<>> m_known;
    std::int64_t m_nextId = 1;
    int m_reservations = 0;
    std::int64_t m_notCommitted = 0;
    bool m_holds = false;
    bool m_failsRecords = false;
    bool m_failsIds = false;
};

} // namespace tierdeck::testing
