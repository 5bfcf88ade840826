#include "core/gateway/request_ids.h"

#include <algorithm>
#include <utility>

namespace tierdeck::gateway {

Result<void> RequestIds::prepare() {
    const std::lock_guard lock(m_mutex);
    auto block = m_sink.reserveIds(m_blockSize);
    if (!block)
        return tl::unexpected(block.error());
    m_block = *block;
    return {};
}

std::optional<RequestId> RequestIds::next(SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    if (m_block.count == 0)
        m_block = std::exchange(m_following, {});
    if (m_following.count == 0 && m_block.count < m_blockSize / 2 && now >= m_nextTry) {
        const int wanted = std::min(m_blockSize * 4, largestBlock);
        if (auto block = m_sink.reserveIds(wanted)) {
            m_following = *block;
            m_blockSize = wanted;
        } else
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
