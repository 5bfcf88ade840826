// Feeds a replay with the store's requests, over a read-only connection and from one snapshot, a row at a
// time. The calling thread does the work.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/routing/replay.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

namespace tierdeck::sessions {

struct ReplayOptions {
    std::optional<UtcTime> since;
    std::size_t mostChanges = 1'000'000; ///< of which is told; all are counted
    std::stop_token stop;
    /// Now and then: how many requests were replayed so far.
    std::function<void(std::int64_t done)> onProgress;
};

struct StoreReplay {
    routing::ReplayResult result;
    std::vector<routing::ReplayChange> changes;
};

/// NotFound when there is no store; Cancelled when it was stopped.
[[nodiscard]] Result<StoreReplay> replayStore(const std::filesystem::path& file,
                                              const routing::Policy& policy, const ReplayOptions& options);

} // namespace tierdeck::sessions
