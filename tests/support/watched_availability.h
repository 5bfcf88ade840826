// Nothing is exhausted, but a test learns when that is asked: by a request that found its session's turn and
// is not decided yet. Thread-safe; owned by the test, and outlives the gateway.
#pragma once

#include "core/routing/availability.h"

#include <functional>
#include <memory>
#include <utility>

namespace tierdeck::testing {

class WatchedAvailability final : public routing::AvailabilitySource {
public:
    /// `whenAsked` runs on the thread that asks, and holds it for as long as it likes.
    explicit WatchedAvailability(std::function<void()> whenAsked)
        : m_whenAsked(std::move(whenAsked)) {}

    std::shared_ptr<const routing::AvailabilityState> current() override {
        m_whenAsked();
        return std::make_shared<const routing::AvailabilityState>();
    }

    void report(routing::Exhaustion) override {}

    void report(routing::QuotaReading) override {}

private:
    std::function<void()> m_whenAsked;
};

} // namespace tierdeck::testing
