// Which models are left alone for a while because they kept failing: one breaker per provider and model;
// closed, open, half-open (one request may try). Thread-safe; owned by Services.
#pragma once

#include "core/foundation/clock.h"
#include "core/routing/policy.h"
#include "core/routing/route_request.h"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace tierdeck::gateway {

class CircuitBreakers {
public:
    void succeeded(const std::string& model);
    void failed(const std::string& model, const routing::CooldownSettings& settings, SteadyTime now);
    /// The provider asked to be left alone for so long.
    void pause(const std::string& model, std::chrono::milliseconds time, SteadyTime now);
    /// Whether a request may be sent to the model now, which may have changed since it was decided. Where its
    /// breaker's time is over, the first that asks is the one that tries: the others wait until it succeeded
    /// or failed, but no longer than a cooldown.
    [[nodiscard]] bool mayBegin(const std::string& model, const routing::CooldownSettings& settings,
                                SteadyTime now);
    [[nodiscard]] int openCount(SteadyTime now) const;
    /// Adds what is open now.
    void addTo(routing::Conditions& conditions, SteadyTime now) const;

private:
    struct Breaker {
        int failures = 0;
        SteadyTime openUntil{};
        bool paused = false;
    };

    /// As it mostly is: then no request need wait for the mutex.
    [[nodiscard]] bool isEmpty() const { return m_size == 0; }

    mutable std::mutex m_mutex;
    std::map<std::string, Breaker> m_breakers;
    std::atomic<std::size_t> m_size = 0; ///< of m_breakers
};

} // namespace tierdeck::gateway
