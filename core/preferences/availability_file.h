// state/availability.json and state/quotas.json: read, and changed so that several programs may do so at
// once. The calling thread does the work; no state of its own.
#pragma once

#include "core/foundation/atomic_file.h"
#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/workspace.h"
#include "core/routing/availability.h"

#include <functional>

namespace tierdeck::preferences {

/// What the two files were when they were read.
struct AvailabilityStamps {
    FileStamp availability;
    FileStamp quotas;
    bool operator==(const AvailabilityStamps&) const = default;
};

[[nodiscard]] AvailabilityStamps availabilityStampsOf(const Workspace& workspace);

/// Empty where there are no files; ParseFailed where one is not what was written there.
[[nodiscard]] Result<routing::AvailabilityState> readAvailability(const Workspace& workspace);

/// Reads both files, lets `change` change what they say, drops what has passed and writes those that differ;
/// the other programs wait meanwhile. A file that cannot be read is moved aside (".bad") first. Returns what
/// then stands.
[[nodiscard]] Result<routing::AvailabilityState>
updateAvailability(const Workspace& workspace, UtcTime now,
                   const std::function<void(routing::AvailabilityState&)>& change);

} // namespace tierdeck::preferences
