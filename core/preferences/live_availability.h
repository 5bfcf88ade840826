// What is exhausted and how full quotas are, kept in the workspace's state folder: what a provider's answers
// say is in force at once and on disk a moment later, what another program writes there is seen when inode,
// size or mtime change (looked at most once in 20 ms). Thread-safe; owned by whoever serves. It has a thread
// of its own that writes.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/workspace.h"
#include "core/routing/availability.h"

#include <memory>
#include <string>

namespace tierdeck::preferences {

class LiveAvailability final : public routing::AvailabilitySource {
public:
    LiveAvailability(Workspace workspace, const Clock& clock);
    /// Writes what is not on disk yet.
    ~LiveAvailability() override;

    [[nodiscard]] std::shared_ptr<const routing::AvailabilityState> current() override;
    void report(routing::Exhaustion exhaustion) override;
    void report(routing::QuotaReading reading) override;

    /// Waits until everything reported before is on disk or could not be written.
    void flush();
    /// Why the files cannot be read or written; "" when they can.
    [[nodiscard]] std::string problem() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::preferences
