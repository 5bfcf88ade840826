// The right to be the one gateway of a workspace: state/gateway.lock, held by flock and gone with its
// process, and state/gateway.json, which tells others where it is. Any thread; owned by app's serving.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/workspace.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tierdeck::gateway {

struct RunningGateway {
    std::int64_t pid = 0;
    std::string address;
    std::string started; ///< RFC 3339
};

class GatewayLease {
public:
    /// Locked when another process holds it; the sentence names its address.
    [[nodiscard]] static Result<GatewayLease> take(const Workspace& workspace);
    GatewayLease(GatewayLease&& other) noexcept;
    GatewayLease& operator=(GatewayLease&& other) noexcept;
    ~GatewayLease(); ///< removes gateway.json, then lets go

    /// Tells others where the gateway is.
    [[nodiscard]] Result<void> announce(const std::string& address, UtcTime started);
    /// The gateway that runs for this workspace now, if its process still holds the lock.
    [[nodiscard]] static std::optional<RunningGateway> findRunning(const Workspace& workspace);

private:
    GatewayLease(Workspace workspace, int descriptor);
    Workspace m_workspace;
    int m_descriptor = -1;
};

} // namespace tierdeck::gateway
