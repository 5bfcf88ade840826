#include "core/gateway/gateway_lease.h"

#include "core/foundation/atomic_file.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace tierdeck::gateway {

namespace {

std::optional<RunningGateway> readInfo(const Workspace& workspace) {
    const auto text = readFile(workspace.gatewayInfoFile());
    if (!text)
        return std::nullopt;
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    const auto textOf = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    RunningGateway running;
    if (const auto pid = json.find("pid"); pid != json.end() && pid->is_number_integer())
        running.pid = pid->get<std::int64_t>();
    running.address = textOf("address");
    running.started = textOf("started");
    return running.address.empty() ? std::nullopt : std::optional(running);
}

} // namespace

GatewayLease::GatewayLease(Workspace workspace, int descriptor)
    : m_workspace(std::move(workspace))
    , m_descriptor(descriptor) {}

GatewayLease::GatewayLease(GatewayLease&& other) noexcept
    : m_workspace(std::move(other.m_workspace))
    , m_descriptor(std::exchange(other.m_descriptor, -1)) {}

GatewayLease& GatewayLease::operator=(GatewayLease&& other) noexcept {
    std::swap(m_workspace, other.m_workspace);
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

GatewayLease::~GatewayLease() {
    if (m_descriptor < 0)
        return;
    std::error_code ignored;
    std::filesystem::remove(m_workspace.gatewayInfoFile(), ignored);
    ::close(m_descriptor);
}

Result<GatewayLease> GatewayLease::take(const Workspace& workspace) {
    if (auto made = makeFolder(workspace.stateFolder()); !made)
        return tl::unexpected(made.error());
    const auto path = workspace.gatewayLockFile();
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        const int error = errno;
        const bool readOnly = error == EACCES || error == EROFS || error == EPERM;
        return failure(readOnly ? ErrorCode::ReadOnly : ErrorCode::IoFailed,
                       "The gateway cannot take " + path.string() +
                           ". Check that the workspace can be written to.",
                       std::strerror(error));
    }
    bool taken = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    // findRunning() of another process holds a shared lock for an instant when it looks.
    for (int again = 0; !taken && again < 5; ++again) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        taken = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    }
    if (!taken) {
        ::close(descriptor);
        const auto running = readInfo(workspace);
        return failure(ErrorCode::Locked, "A gateway already runs for this workspace" +
                                              (running ? " at " + running->address : std::string()) +
                                              ". Use that one, or stop it first.");
    }
    // A gateway that was killed leaves its address behind; no one is to be sent there.
    std::error_code ignored;
    std::filesystem::remove(workspace.gatewayInfoFile(), ignored);
    return GatewayLease(workspace, descriptor);
}

Result<void> GatewayLease::announce(const std::string& address, UtcTime started) {
    const nlohmann::json info{{"pid", ::getpid()}, {"address", address}, {"started", toRfc3339(started)}};
    return writeFileAtomically(m_workspace.gatewayInfoFile(), info.dump() + "\n");
}

std::optional<RunningGateway> GatewayLease::findRunning(const Workspace& workspace) {
    const int descriptor = ::open(workspace.gatewayLockFile().c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return std::nullopt;
    // A lock that can be had means that its process is gone, whatever gateway.json still says.
    const bool isFree = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
    ::close(descriptor);
    return isFree ? std::nullopt : readInfo(workspace);
}

} // namespace tierdeck::gateway
