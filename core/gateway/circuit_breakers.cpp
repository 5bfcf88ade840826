#include "core/gateway/circuit_breakers.h"

#include <algorithm>

namespace tierdeck::gateway {

void CircuitBreakers::succeeded(const std::string& model) {
    if (isEmpty())
        return;
    const std::lock_guard lock(m_mutex);
    const auto found = m_breakers.find(model);
    if (found == m_breakers.end())
        return;
    if (found->second.paused)
        found->second.failures = 0; // what the provider asked for stands until its time is over
    else
        m_breakers.erase(found);
    m_size = m_breakers.size();
}

void CircuitBreakers::failed(const std::string& model, const routing::CooldownSettings& settings,
                             SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    auto& breaker = m_breakers[model];
    m_size = m_breakers.size();
    ++breaker.failures;
    const auto until = now + std::chrono::seconds(settings.seconds);
    if (settings.failures > 0 && breaker.failures >= settings.failures && until > breaker.openUntil) {
        breaker.openUntil = until;
        breaker.paused = false;
    }
}

void CircuitBreakers::pause(const std::string& model, std::chrono::milliseconds time, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    auto& breaker = m_breakers[model];
    m_size = m_breakers.size();
    breaker.openUntil = std::max(breaker.openUntil, now + time);
    breaker.paused = true;
}

bool CircuitBreakers::mayBegin(const std::string& model, const routing::CooldownSettings& settings,
                               SteadyTime now) {
    if (isEmpty())
        return true;
    const std::lock_guard lock(m_mutex);
    const auto found = m_breakers.find(model);
    if (found == m_breakers.end())
        return true;
    auto& breaker = found->second;
    if (breaker.openUntil > now)
        return false;
    if (settings.failures > 0 && breaker.failures >= settings.failures)
        breaker.openUntil = now + std::chrono::seconds(settings.seconds);
    return true;
}

int CircuitBreakers::openCount(SteadyTime now) const {
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(std::count_if(m_breakers.begin(), m_breakers.end(),
                                          [now](const auto& entry) { return entry.second.openUntil > now; }));
}

void CircuitBreakers::addTo(routing::Conditions& conditions, SteadyTime now) const {
    if (isEmpty())
        return;
    const std::lock_guard lock(m_mutex);
    for (const auto& [model, breaker] : m_breakers) {
        if (breaker.openUntil <= now)
            continue;
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(breaker.openUntil - now).count();
        conditions.unavailable[model] = {(breaker.paused
                                              ? std::string("its provider asked to wait")
                                              : std::to_string(breaker.failures) + " failures in a row") +
                                         ", next try in " + std::to_string(seconds) + " s"};
    }
}

} // namespace tierdeck::gateway
