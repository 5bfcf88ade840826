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

std::optional<RequestId> RequestIds::next() {
    std::unique_lock lock(m_mutex);
    refill();
    if (m_isReserving)
        m_reserved.wait(lock, [this] { return m_block.count > 0 || !m_isReserving; });
    else if (m_following.count == 0 && m_block.count < m_blockSize / 2 && m_clock.steadyNow() >= m_nextTry)
        reserve(lock);
    refill();
    if (m_block.count == 0)
        return std::nullopt;
    const auto id = m_block.first;
    ++m_block.first.value;
    --m_block.count;
    return id;
}

void RequestIds::refill() {
    if (m_block.count == 0)
        m_block = std::exchange(m_following, {});
}

void RequestIds::reserve(std::unique_lock<std::mutex>& lock) {
    const int wanted = std::min(m_blockSize * 4, largestBlock);
    m_isReserving = true;
    lock.unlock();
    const auto block = m_sink.reserveIds(wanted);
    lock.lock();
    m_isReserving = false;
    if (block) {
        m_following = *block;
        m_blockSize = wanted;
    } else
        m_nextTry = m_clock.steadyNow() + std::chrono::seconds(1);
    m_reserved.notify_all();
}

} // namespace tierdeck::gateway
