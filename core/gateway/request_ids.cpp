#include "core/gateway/request_ids.h"

#include <utility>

namespace tierdeck::gateway {

Result<void> RequestIds::prepare() {
    auto block = m_sink.reserveIds(blockSize);
    if (!block)
        return tl::unexpected(block.error());
    m_block = *block;
    return {};
}

std::optional<RequestId> RequestIds::next(SteadyTime now) {
    if (m_block.count == 0)
        m_block = std::exchange(m_following, {});
    if (m_following.count == 0 && m_block.count < blockSize / 2 && now >= m_nextTry) {
        if (auto block = m_sink.reserveIds(blockSize))
            m_following = *block;
        else
            m_nextTry = now + std::chrono::seconds(1);
    }
    if (m_block.count == 0)
        m_block = std::exchange(m_following, {});
    if (m_block.count == 0)
        return std::nullopt;
    const auto id = m_block.first;
    ++m_block.first.value;
    --m_block.count;
    return id;
}

} // namespace tierdeck::gateway
