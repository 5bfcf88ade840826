#include "core/gateway/response_makers.h"

namespace tierdeck::gateway {

void ResponseMakers::remember(const std::string& id, const routing::ModelId& maker) {
    if (id.empty())
        return;
    const std::lock_guard lock(m_mutex);
    if (!m_makers.insert_or_assign(id, maker).second)
        return;
    m_order.push_back(id);
    if (m_order.size() > mostKnown) {
        m_makers.erase(m_order.front());
        m_order.pop_front();
    }
}

std::optional<routing::ModelId> ResponseMakers::find(std::string_view id) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_makers.find(id);
    return found == m_makers.end() ? std::nullopt : std::optional(found->second);
}

} // namespace tierdeck::gateway
