#include "core/sessions/unsaved_file.h"

#include "core/foundation/atomic_file.h"
#include "core/sessions/locked_file.h"
#include "core/sessions/record_json.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace tierdeck::sessions {

namespace {

tl::unexpected<Error> systemFailure(const std::filesystem::path& path, int reason) {
    std::string detail = path.string() + ": " + std::strerror(reason);
    switch (reason) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return failure(ErrorCode::DiskFull,
                       "There is no room left for requests that wait for the store; make room.",
                       std::move(detail));
    case EACCES:
    case EROFS:
    case EPERM:
        return failure(ErrorCode::ReadOnly,
                       "The file of waiting requests cannot be written; allow yourself to write its folder.",
                       std::move(detail));
    default:
        return failure(ErrorCode::IoFailed,
                       "The file of waiting requests cannot be read or written; check its disk.",
                       std::move(detail));
    }
}

/// 0, or errno.
int writeAll(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// Appends to an open file, or leaves it as it was.
int appendAll(int file, std::string_view lines) {
    struct stat before {};

    if (::fstat(file, &before) != 0)
        return errno;
    char last = '\n';
    if (before.st_size > 0 && ::pread(file, &last, 1, before.st_size - 1) != 1)
        return errno;
    // A line that a dying process left half is ended, so that it does not spoil the next.
    int reason = last == '\n' ? 0 : writeAll(file, "\n");
    if (reason == 0)
        reason = writeAll(file, lines);
    if (reason == 0 && ::fdatasync(file) != 0)
        reason = errno;
    if (reason != 0)
        (void)!::ftruncate(file, before.st_size);
    return reason;
}

/// Gives the lines of a file, also a last one without end.
class LineReader {
public:
    explicit LineReader(int file)
        : m_file(file) {}

    /// False at the end, and when reading failed: see failed().
    bool next(std::string& line) {
        line.clear();
        for (;;) {
            const auto end = m_buffer.find('\n', m_at);
            if (end != std::string::npos) {
                line.assign(m_buffer, m_at, end - m_at);
                m_at = end + 1;
                return true;
            }
            m_buffer.erase(0, m_at);
            m_at = 0;
            if (!more()) {
                line = std::move(m_buffer);
                m_buffer.clear();
                return !line.empty() && m_failed == 0;
            }
        }
    }

    [[nodiscard]] int failed() const { return m_failed; }

private:
    bool more() {
        std::array<char, 65536> block;
        ssize_t count = 0;
        do {
            count = ::read(m_file, block.data(), block.size());
        } while (count < 0 && errno == EINTR);
        if (count < 0)
            m_failed = errno;
        if (count <= 0)
            return false;
        m_buffer.append(block.data(), static_cast<std::size_t>(count));
        return true;
    }

    int m_file;
    int m_failed = 0;
    std::string m_buffer;
    std::size_t m_at = 0;
};

} // namespace

bool UnsavedFile::exists() const {
    std::error_code none;
    return std::filesystem::exists(m_path, none);
}

Result<void> UnsavedFile::append(const std::string& lines) const {
    if (lines.empty())
        return {};
    if (auto made = makeFolder(m_path.parent_path()); !made)
        return made;
    const auto file = openLocked(m_path, O_RDWR | O_APPEND | O_CREAT, LOCK_EX);
    if (!file)
        return systemFailure(m_path, file.error());
    if (const int reason = appendAll(file->number(), lines); reason != 0)
        return systemFailure(m_path, reason);
    return {};
}

Result<void> UnsavedFile::setAside(const std::string& lines) const {
    if (auto made = makeFolder(m_path.parent_path()); !made)
        return made;
    const Descriptor file(
        ::open(badLinesFile().c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const int reason = file.number() < 0 ? errno : appendAll(file.number(), lines);
    if (reason != 0)
        return systemFailure(badLinesFile(), reason);
    return {};
}

Result<void> UnsavedFile::takeIn(std::size_t groupSize, const Take& take) const {
    const auto file = openLocked(m_path, O_RDWR, LOCK_EX | LOCK_NB);
    if (!file) {
        if (file.error() == ENOENT || file.error() == EWOULDBLOCK)
            return {};
        return systemFailure(m_path, file.error());
    }
    LineReader lines(file->number());
    std::vector<routing::RequestRecord> group;
    std::string bad;
    std::string line;
    while (lines.next(line)) {
        if (auto record = recordFromJson(line))
            group.push_back(std::move(*record));
        else if (line.find_first_not_of(" \t\r") != std::string::npos)
            bad += line + '\n';
        if (group.size() >= groupSize) {
            if (auto taken = take(std::exchange(group, {})); !taken)
                return taken;
        }
    }
    if (lines.failed() != 0)
        return systemFailure(m_path, lines.failed());
    if (!group.empty()) {
        if (auto taken = take(std::move(group)); !taken)
            return taken;
    }
    if (!bad.empty()) {
        if (auto kept = setAside(bad); !kept)
            return kept;
    }
    if (::unlink(m_path.c_str()) != 0)
        return systemFailure(m_path, errno);
    return {};
}

} // namespace tierdeck::sessions
