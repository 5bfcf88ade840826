// Numbers for requests, known before the headers go out: taken from blocks that the sink reserved.
// Thread-safe; owned by Services.
#pragma once

#include "core/foundation/clock.h"
#include "core/routing/request_record.h"

#include <mutex>
#include <optional>

namespace tierdeck::gateway {

class RequestIds {
public:
    explicit RequestIds(routing::RecordSink& sink)
        : m_sink(sink) {}

    /// Reserves the first block, or says why it cannot.
    [[nodiscard]] Result<void> prepare();
    /// nullopt when the block is used up and the sink could not reserve another.
    [[nodiscard]] std::optional<RequestId> next(SteadyTime now);

private:
    // A block costs a write that waits for the disk, so a busy gateway takes larger ones; a quiet one skips
    // few numbers when it ends.
    static constexpr int firstBlock = 1024;
    static constexpr int largestBlock = 65536;

    routing::RecordSink& m_sink;
    std::mutex m_mutex; ///< held while a block is reserved: nobody has a number to go on with by then
    int m_blockSize = firstBlock;
    routing::RecordSink::IdBlock m_block;
    routing::RecordSink::IdBlock
        m_following; ///< reserved early, so that a locked store does not stop requests
    SteadyTime m_nextTry{};
};

} // namespace tierdeck::gateway
