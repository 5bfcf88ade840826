#include "core/gateway/circuit_breakers.h"

#include <algorithm>

namespace tierdeck::gateway {

void CircuitBreakers::failed(const std::string& model, const routing::CooldownSettings& settings,
                             SteadyTime now) {
    auto& breaker = m_breakers[model];
    ++breaker.failures;
    if (settings.failures > 0 && breaker.failures >= settings.failures) {
        breaker.openUntil = now + std::chrono::seconds(settings.seconds);
        breaker.paused = false;
    }
}

void CircuitBreakers::pause(const std::string& model, std::chrono::milliseconds time, SteadyTime now) {
    auto& breaker = m_breakers[model];
    breaker.openUntil = std::max(breaker.openUntil, now + time);
    breaker.paused = true;
}

void CircuitBreakers::addTo(routing::Conditions& conditions, SteadyTime now) {
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
