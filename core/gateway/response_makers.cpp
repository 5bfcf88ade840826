#include "core/gateway/response_makers.h"

namespace tierdeck::gateway {

void ResponseMakers::remember(const std::string& response, const routing::ModelId& maker) {
    if (response.empty())
        return;
    const std::lock_guard lock(m_mutex);
    if (!m_makers.insert_or_assign(response, maker).second)
        return;
    m_order.push_back(response);
    if (m_order.size() > mostKnown) {
        m_makers.erase(m_order.front());
        m_order.pop_front();
    }
}

std::optional<routing::ModelId> ResponseMakers::find(std::string_view response) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_makers.find(response);
    return found == m_makers.end() ? std::nullopt : std::optional(found->second);
}

} // namespace tierdeck::gateway
