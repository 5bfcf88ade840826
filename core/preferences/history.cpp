#include "core/preferences/history.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/clock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace tierdeck::preferences {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t numberDigits = 8;

struct Version {
    std::uint64_t number = 0;
    fs::path path;
};

/// Oldest first. Numbers order them, since clocks go back.
std::vector<Version> versionsIn(const fs::path& folder) {
    std::vector<Version> versions;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::uint64_t number = 0;
        const auto [rest, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (failed == std::errc() && rest < name.data() + name.size() && *rest == '-')
            versions.push_back({number, entry->path()});
    }
    std::sort(versions.begin(), versions.end(),
              [](const Version& a, const Version& b) { return a.number < b.number; });
    return versions;
}

std::string versionName(std::uint64_t number) {
    std::string digits = std::to_string(number);
    digits.insert(0, numberDigits - std::min(numberDigits, digits.size()), '0');
    std::string time = toRfc3339(SystemClock().now());
    std::replace(time.begin(), time.end(), ':', '-'); // for file systems that know no colon
    return digits + "-" + time + ".json";
}

} // namespace

History::Lock::Lock(Lock&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

History::Lock::~Lock() {
    if (m_descriptor >= 0)
        ::close(m_descriptor); // which unlocks
}

Result<History::Lock> History::lock() const {
    if (auto made = makeFolder(m_folder); !made)
        return tl::unexpected(made.error());
    const int descriptor = ::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return failure(ErrorCode::IoFailed, m_folder.string() + " cannot be opened; check its permissions.");
    Lock lock(descriptor);
    // A file system without locks leaves the comparison of fingerprints, which is what others get as well.
    while (::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) {
    }
    return lock;
}

Result<void> History::keep(std::string_view bytes) const {
    auto versions = versionsIn(m_folder);
    if (!versions.empty()) {
        if (const auto newest = readFile(versions.back().path); newest && *newest == bytes)
            return {};
    }
    const std::uint64_t number = versions.empty() ? 1 : versions.back().number + 1;
    if (auto written = writeFileAtomically(m_folder / versionName(number), bytes); !written)
        return written;
    const std::size_t room = versionsKept - 1; // one was just added
    for (std::size_t i = 0; i + room < versions.size(); ++i) {
        std::error_code ignored;
        fs::remove(versions[i].path, ignored);
    }
    return {};
}

void History::forEachNewestFirst(const std::function<bool(std::string bytes)>& visit) const {
    const auto versions = versionsIn(m_folder);
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
        auto bytes = readFile(version->path);
        if (bytes && !visit(std::move(*bytes)))
            return;
    }
}

} // namespace tierdeck::preferences
