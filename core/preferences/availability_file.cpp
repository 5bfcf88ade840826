#include "core/preferences/availability_file.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace tierdeck::preferences {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using routing::AvailabilityState;
using routing::Exhaustion;
using routing::QuotaReading;
using routing::QuotaWindow;

/// A change takes a few milliseconds; who holds the lock for longer hangs.
constexpr auto longestWait = 2s;

class Lock {
public:
    [[nodiscard]] static Result<Lock> take(const fs::path& path) {
        if (auto made = makeFolder(path.parent_path()); !made)
            return tl::unexpected<Error>(std::move(made.error()));
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0)
            return failure(ErrorCode::ReadOnly,
                           "What is exhausted cannot be written down; allow yourself to write the "
                           "workspace's state folder.",
                           path.string() + ": " + std::strerror(errno));
        Lock lock(descriptor);
        const auto giveUp = std::chrono::steady_clock::now() + longestWait;
        while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            if (std::chrono::steady_clock::now() >= giveUp)
                return failure(ErrorCode::Locked,
                               "Another program holds the list of what is exhausted; try again.",
                               path.string());
            std::this_thread::sleep_for(5ms);
        }
        return lock;
    }

    Lock(Lock&& other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

    Lock& operator=(Lock&&) = delete;

    ~Lock() {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

private:
    explicit Lock(int descriptor)
        : m_descriptor(descriptor) {}

    int m_descriptor;
};

Json timeOrNull(const std::optional<UtcTime>& time) {
    return time ? Json(toRfc3339(*time)) : Json(nullptr);
}

std::string textOf(const std::vector<Exhaustion>& exhausted) {
    Json entries = Json::array();
    for (const Exhaustion& one : exhausted)
        entries.push_back({{"target", one.target},
                           {"until", timeOrNull(one.until)},
                           {"reason", one.reason},
                           {"source", routing::toString(one.source)},
                           {"since", toRfc3339(one.since)}});
    return Json{{"entries", std::move(entries)}}.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string textOf(const std::vector<QuotaReading>& quotas) {
    Json list = Json::array();
    for (const QuotaReading& reading : quotas) {
        Json windows = Json::array();
        for (const QuotaWindow& window : reading.windows)
            windows.push_back({{"name", window.name},
                               {"percentUsed", window.percentUsed},
                               {"resetsAt", timeOrNull(window.resetsAt)}});
        Json quota{
            {"name", reading.quota}, {"time", toRfc3339(reading.time)}, {"windows", std::move(windows)}};
        if (reading.configuredPercent)
            quota["configuredPercent"] = *reading.configuredPercent;
        list.push_back(std::move(quota));
    }
    return Json{{"quotas", std::move(list)}}.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// Throws where it is not what was written.
UtcTime timeFrom(const Json& json) {
    const auto time = parseRfc3339(json.get_ref<const std::string&>());
    if (!time)
        throw std::runtime_error(time.error().message);
    return *time;
}

std::optional<UtcTime> optionalTimeFrom(const Json& json) {
    return json.is_null() ? std::nullopt : std::optional(timeFrom(json));
}

std::vector<Exhaustion> exhaustedFrom(const std::string& text) {
    std::vector<Exhaustion> exhausted;
    const Json document = Json::parse(text);
    for (const Json& entry : document.at("entries")) {
        Exhaustion& one = exhausted.emplace_back();
        one.target = entry.at("target").get<std::string>();
        one.until = optionalTimeFrom(entry.at("until"));
        one.reason = entry.value("reason", "");
        one.source = routing::exhaustionSourceFrom(entry.value("source", "command"))
                         .value_or(Exhaustion::Source::Command);
        one.since = timeFrom(entry.at("since"));
    }
    return exhausted;
}

std::vector<QuotaReading> quotasFrom(const std::string& text) {
    std::vector<QuotaReading> quotas;
    const Json document = Json::parse(text);
    for (const Json& entry : document.at("quotas")) {
        QuotaReading& reading = quotas.emplace_back();
        reading.quota = entry.at("name").get<std::string>();
        reading.time = timeFrom(entry.at("time"));
        for (const Json& window : entry.at("windows"))
            reading.windows.push_back({window.at("name").get<std::string>(),
                                       window.at("percentUsed").get<double>(),
                                       optionalTimeFrom(window.at("resetsAt"))});
        if (const auto configured = entry.find("configuredPercent"); configured != entry.end())
            reading.configuredPercent = configured->get<double>();
    }
    return quotas;
}

/// Sets `to` to what the file says; nothing where there is no file.
template <typename List>
Result<void> readInto(List& to, const fs::path& path, List (*read)(const std::string&)) {
    const auto text = readFile(path);
    if (!text)
        return text.error().code == ErrorCode::NotFound ? Result<void>()
                                                        : tl::unexpected<Error>(text.error());
    try {
        to = read(*text);
        return {};
    } catch (const std::exception& reason) {
        return failure(ErrorCode::ParseFailed,
                       path.filename().string() +
                           " in the workspace's state folder cannot be read; remove it.",
                       reason.what());
    }
}

/// As readInto(), but what cannot be read is moved out of the way.
template <typename List>
Result<void> readOrMoveAside(List& to, const fs::path& path, List (*read)(const std::string&)) {
    auto done = readInto(to, path, read);
    if (done || done.error().code != ErrorCode::ParseFailed)
        return done;
    std::error_code failed;
    fs::rename(path, path.string() + ".bad", failed);
    return failed ? done : Result<void>();
}

} // namespace

AvailabilityStamps availabilityStampsOf(const Workspace& workspace) {
    return {stampOf(workspace.availabilityFile()), stampOf(workspace.quotasFile())};
}

Result<AvailabilityState> readAvailability(const Workspace& workspace) {
    AvailabilityState state;
    auto done = readInto(state.exhausted, workspace.availabilityFile(), &exhaustedFrom);
    if (done)
        done = readInto(state.quotas, workspace.quotasFile(), &quotasFrom);
    if (!done)
        return tl::unexpected<Error>(std::move(done.error()));
    return state;
}

Result<AvailabilityState> updateAvailability(const Workspace& workspace, UtcTime now,
                                             const std::function<void(AvailabilityState&)>& change) {
    const auto lock = Lock::take(workspace.availabilityLockFile());
    if (!lock)
        return tl::unexpected<Error>(lock.error());
    AvailabilityState before;
    auto done = readOrMoveAside(before.exhausted, workspace.availabilityFile(), &exhaustedFrom);
    if (done)
        done = readOrMoveAside(before.quotas, workspace.quotasFile(), &quotasFrom);
    if (!done)
        return tl::unexpected<Error>(std::move(done.error()));
    AvailabilityState after = before;
    change(after);
    after.dropPassed(now);
    if (after.exhausted != before.exhausted)
        done = writeFileAtomically(workspace.availabilityFile(), textOf(after.exhausted));
    if (done && after.quotas != before.quotas)
        done = writeFileAtomically(workspace.quotasFile(), textOf(after.quotas));
    if (!done)
        return tl::unexpected<Error>(std::move(done.error()));
    return after;
}

} // namespace tierdeck::preferences
