#include "core/preferences/live_availability.h"

#include "core/preferences/availability_file.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tierdeck::preferences {

namespace {

using namespace std::chrono_literals;
using routing::AvailabilityState;
using routing::Exhaustion;
using routing::QuotaReading;

constexpr auto betweenLooks = 20ms;
/// Every reply tells of quotas; the disk need not hear each time. What is exhausted is told once, and must
/// outlive a kill.
constexpr auto betweenWrites = 1s;

/// What was reported and is not on disk yet.
struct Reports {
    std::vector<Exhaustion> exhausted;
    AvailabilityState quotas; ///< its `quotas` alone: later readings take the place of earlier ones

    [[nodiscard]] bool empty() const { return exhausted.empty() && quotas.quotas.empty(); }

    void addTo(AvailabilityState& state) const {
        for (const Exhaustion& one : exhausted)
            state.add(one);
        for (const QuotaReading& reading : quotas.quotas)
            state.add(reading);
    }
};

} // namespace

struct LiveAvailability::Impl {
    Impl(Workspace place, const Clock& time)
        : workspace(std::move(place))
        , clock(time) {}

    /// Takes the files' word, with what they do not know yet.
    void read() {
        const AvailabilityStamps seen =
            availabilityStampsOf(workspace); // before: a change in between shows next time
        auto found = readAvailability(workspace);
        const std::lock_guard lock(mutex);
        stamps = seen;
        trouble = found ? std::string() : found.error().message;
        take(found ? std::move(*found) : AvailabilityState());
    }

    /// Under the lock.
    void take(AvailabilityState state) {
        writing.addTo(state);
        waiting.addTo(state);
        state.dropPassed(clock.now());
        snapshot = std::make_shared<const AvailabilityState>(std::move(state));
    }

    template <typename Report>
    void add(Report report, const std::function<void(Reports&)>& keep) {
        {
            const std::lock_guard lock(mutex);
            auto state = std::make_shared<AvailabilityState>(*snapshot);
            state->add(std::move(report));
            if (*state == *snapshot)
                return;
            snapshot = std::move(state);
            keep(waiting);
            ++reported;
        }
        wake.notify_all();
    }

    void write() {
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [this] { return stopping || reported > written; });
            // The first report of a while is written at once, the next ones together.
            wake.wait_until(lock, nextWrite,
                            [this] { return stopping || hurry || !waiting.exhausted.empty(); });
            if (waiting.empty()) {
                written = reported;
                wake.notify_all();
                if (stopping)
                    return;
                continue;
            }
            writing = std::exchange(waiting, {});
            const std::uint64_t upTo = reported;
            lock.unlock();
            const auto stands = updateAvailability(
                workspace, clock.now(), [this](AvailabilityState& state) { writing.addTo(state); });
            const AvailabilityStamps seen = availabilityStampsOf(workspace);
            lock.lock();
            trouble = stands ? std::string() : stands.error().message;
            if (stands) {
                writing = {};
                stamps = seen;
                take(*stands);
            } else {
                // In force it stays; on disk it comes with the next report, if that goes better.
                Reports both = std::exchange(writing, {});
                for (Exhaustion& one : waiting.exhausted)
                    both.exhausted.push_back(std::move(one));
                for (QuotaReading& reading : waiting.quotas.quotas)
                    both.quotas.add(std::move(reading));
                waiting = std::move(both);
            }
            written = upTo;
            nextWrite = std::chrono::steady_clock::now() + betweenWrites;
            wake.notify_all();
            if (stopping && (waiting.empty() || !stands))
                return;
        }
    }

    const Workspace workspace;
    const Clock& clock;

    std::atomic<SteadyTime::rep> nextLook{0};
    std::atomic_flag looking;

    mutable std::mutex mutex;
    std::condition_variable wake;
    AvailabilityStamps stamps;
    std::shared_ptr<const AvailabilityState> snapshot = std::make_shared<const AvailabilityState>();
    Reports waiting;
    Reports writing; ///< changed by the writing thread alone
    std::uint64_t reported = 0;
    std::uint64_t written = 0;
    std::chrono::steady_clock::time_point nextWrite{};
    bool hurry = false;
    bool stopping = false;
    std::string trouble;

    std::thread thread;
};

LiveAvailability::LiveAvailability(Workspace workspace, const Clock& clock)
    : m_impl(std::make_unique<Impl>(std::move(workspace), clock)) {
    m_impl->read();
    m_impl->thread = std::thread([self = m_impl.get()] { self->write(); });
}

LiveAvailability::~LiveAvailability() {
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->stopping = true;
    }
    m_impl->wake.notify_all();
    m_impl->thread.join();
}

std::shared_ptr<const AvailabilityState> LiveAvailability::current() {
    Impl& impl = *m_impl;
    const auto now = impl.clock.steadyNow();
    if (now.time_since_epoch().count() >= impl.nextLook.load(std::memory_order_relaxed) &&
        !impl.looking.test_and_set(std::memory_order_acquire)) {
        const AvailabilityStamps seen = availabilityStampsOf(impl.workspace);
        bool changed = false;
        {
            const std::lock_guard lock(impl.mutex);
            changed = seen != impl.stamps;
        }
        if (changed)
            impl.read();
        impl.nextLook.store((now + betweenLooks).time_since_epoch().count(), std::memory_order_relaxed);
        impl.looking.clear(std::memory_order_release);
    }
    const std::lock_guard lock(impl.mutex);
    return impl.snapshot;
}

void LiveAvailability::report(Exhaustion exhaustion) {
    m_impl->add(exhaustion, [&](Reports& reports) { reports.exhausted.push_back(exhaustion); });
}

void LiveAvailability::report(QuotaReading reading) {
    m_impl->add(reading, [&](Reports& reports) { reports.quotas.add(reading); });
}

void LiveAvailability::flush() {
    std::unique_lock lock(m_impl->mutex);
    const std::uint64_t upTo = m_impl->reported;
    m_impl->hurry = true;
    m_impl->wake.notify_all();
    m_impl->wake.wait(lock, [&] { return m_impl->written >= upTo; });
    m_impl->hurry = false;
}

std::string LiveAvailability::problem() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->trouble;
}

} // namespace tierdeck::preferences
