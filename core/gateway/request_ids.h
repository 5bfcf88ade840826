// Numbers for requests, known before the headers go out: taken from blocks that the sink reserved.
// Thread-safe; owned by Services.
#pragma once

#include "core/foundation/clock.h"
#include "core/routing/request_record.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace tierdeck::gateway {

class RequestIds {
public:
    RequestIds(routing::RecordSink& sink, const Clock& clock)
        : m_sink(sink)
        , m_clock(clock) {}

    /// Reserves the first block, or says why it cannot.
    [[nodiscard]] Result<void> prepare();
    /// nullopt when the block is used up and the sink could not reserve another. One caller at a time waits
    /// for the sink; the others only where no number is left.
    [[nodiscard]] std::optional<RequestId> next();

private:
    void refill();
    /// Gives the lock free meanwhile.
    void reserve(std::unique_lock<std::mutex>& lock);

    // A block costs a write that waits for the disk, so a busy gateway takes larger ones; a quiet one skips
    // few numbers when it ends.
    static constexpr int firstBlock = 1024;
    static constexpr int largestBlock = 65536;

    routing::RecordSink& m_sink;
    const Clock& m_clock;
    std::mutex m_mutex; ///< not held while the sink reserves: a locked store takes its time
    std::condition_variable m_reserved;
    bool m_isReserving = false;
    int m_blockSize = firstBlock;
    routing::RecordSink::IdBlock m_block;
    routing::RecordSink::IdBlock
        m_following; ///< reserved early, so that a locked store does not stop requests
    SteadyTime m_nextTry{};
};

} // namespace tierdeck::gateway
