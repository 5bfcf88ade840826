#include "core/gateway/model_latencies.h"

namespace tierdeck::gateway {

void ModelLatencies::measured(const std::string& model, std::int64_t firstByteMs) {
    constexpr double weight = 0.2;
    const auto ms = static_cast<double>(firstByteMs);
    const std::lock_guard lock(m_mutex);
    const auto [place, isFirst] = m_usual.try_emplace(model, ms);
    if (!isFirst)
        place->second += weight * (ms - place->second);
}

void ModelLatencies::addTo(routing::Conditions& conditions, const routing::Policy& policy,
                           const routing::HostWishes& wishes) const {
    if (policy.providerPolicy.sort != routing::ProviderPolicy::Sort::Latency &&
        wishes.sort != routing::HostWishes::Sort::Latency)
        return;
    const std::lock_guard lock(m_mutex);
    conditions.latencyMs = m_usual;
}

} // namespace tierdeck::gateway
