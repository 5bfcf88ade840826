#include "core/gateway/translated_items.h"

#include <utility>

namespace tierdeck::gateway {

namespace {

/// What an item takes beside its own bytes: its id twice, and the nodes that hold it.
std::size_t overheadOf(std::string_view id) {
    return 2 * id.size() + 200;
}

} // namespace

void TranslatedItems::remember(std::vector<wire::ReplyItem> items) {
    const std::lock_guard lock(m_mutex);
    for (auto& item : items) {
        const auto [place, isNew] = m_items.try_emplace(item.id);
        if (isNew) {
            m_bytes += overheadOf(item.id) + item.json.size();
            place->second = std::move(item.json);
            m_order.push_back(std::move(item.id));
        } else if (place->second != item.json) {
            // Its provider does not give its replies ids of their own: nobody knows which one is meant.
            m_bytes -= place->second.size();
            place->second.clear();
        }
    }
    while (m_bytes > mostBytes)
        forgetOldest();
}

void TranslatedItems::forgetOldest() {
    const auto oldest = m_items.find(m_order.front());
    m_bytes -= overheadOf(oldest->first) + oldest->second.size();
    m_items.erase(oldest);
    m_order.pop_front();
}

std::string TranslatedItems::find(std::string_view id) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_items.find(id);
    return found == m_items.end() ? std::string() : found->second;
}

} // namespace tierdeck::gateway
