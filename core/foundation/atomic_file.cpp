#include "core/foundation/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef TIERDECK_XXHASH_DISPATCHES
#include <xxh_x86dispatch.h> // gives XXH3_64bits another meaning
#else
#include <xxhash.h>
#endif

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace tierdeck {

namespace fs = std::filesystem;

namespace {

constexpr mode_t newFileMode = 0600;
constexpr mode_t newFolderMode = 0700;
constexpr int mostSymlinks = 40; // as the kernel allows

class FileDescriptor {
public:
    explicit FileDescriptor(int number)
        : m_number(number) {}

    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    ~FileDescriptor() { close(); }

    [[nodiscard]] bool isOpen() const { return m_number >= 0; }

    [[nodiscard]] int number() const { return m_number; }

    /// False with errno where the kernel reports a delayed write error.
    bool close() { return m_number < 0 || ::close(std::exchange(m_number, -1)) == 0; }

private:
    int m_number;
};

/// Takes a file away again unless it was kept.
class RemovedUnlessKept {
public:
    explicit RemovedUnlessKept(const fs::path& path)
        : m_path(path) {}

    RemovedUnlessKept(const RemovedUnlessKept&) = delete;
    RemovedUnlessKept& operator=(const RemovedUnlessKept&) = delete;

    ~RemovedUnlessKept() {
        if (!m_kept)
            ::unlink(m_path.c_str());
    }

    void keep() { m_kept = true; }

private:
    const fs::path& m_path;
    bool m_kept = false;
};

std::string reasonOf(int errorNumber) {
    return std::generic_category().message(errorNumber);
}

tl::unexpected<Error> writeFailure(const fs::path& path, int errorNumber) {
    switch (errorNumber) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return failure(ErrorCode::DiskFull,
                       "There is no room to write " + path.string() + "; make room and try again.",
                       reasonOf(errorNumber));
    case EROFS:
    case EACCES:
    case EPERM:
        return failure(ErrorCode::ReadOnly,
                       path.string() +
                           " cannot be written; check the permissions of the file and its folder.",
                       reasonOf(errorNumber));
    default:
        return failure(ErrorCode::IoFailed,
                       path.string() + " could not be written: " + reasonOf(errorNumber) + ".",
                       reasonOf(errorNumber));
    }
}

/// Where a write to `path` must go: the end of a chain of symlinks, also when nothing stands there yet.
Result<fs::path> targetOf(fs::path path) {
    for (int hops = 0; hops < mostSymlinks; ++hops) {
        std::error_code error;
        if (!fs::is_symlink(fs::symlink_status(path, error)))
            return path;
        const fs::path target = fs::read_symlink(path, error);
        if (error)
            return writeFailure(path, error.value());
        path = target.is_absolute() ? target : path.parent_path() / target;
    }
    return writeFailure(path, ELOOP);
}

bool writeAll(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool syncToDisk(int descriptor) {
    while (::fsync(descriptor) != 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

/// The rename stands already, so a folder that cannot be synced is no failure: after a power cut there is the
/// old file or the new one, as promised.
void syncFolder(const fs::path& folder) {
    const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.isOpen())
        syncToDisk(descriptor.number());
}

fs::path folderOf(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path siblingOf(const fs::path& target) {
    static std::atomic<unsigned> counter{0};
    const std::string name = "." + target.filename().string() + "." + std::to_string(::getpid()) + "-" +
                             std::to_string(counter.fetch_add(1, std::memory_order_relaxed)) + ".new";
    return folderOf(target) / name;
}

} // namespace

std::string Fingerprint::text() const {
    std::string digits(16, '0');
    auto rest = hash;
    for (auto digit = digits.rbegin(); rest > 0; ++digit, rest >>= 4)
        *digit = "0123456789abcdef"[rest & 0xf];
    return digits;
}

Fingerprint fingerprintOf(std::string_view bytes) {
    return {XXH3_64bits(bytes.data(), bytes.size()), bytes.size()};
}

FileStamp stampOf(const fs::path& path) {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0)
        return {};
    return {static_cast<std::uint64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
            static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Result<std::string> readFile(const fs::path& path) {
    const auto readFailure = [&path](int errorNumber) {
        if (errorNumber == ENOENT || errorNumber == ENOTDIR)
            return failure(ErrorCode::NotFound, "There is no file " + path.string() + ".");
        return failure(ErrorCode::IoFailed,
                       path.string() + " could not be read: " + reasonOf(errorNumber) + ".",
                       reasonOf(errorNumber));
    };
    const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor.isOpen())
        return readFailure(errno);

    struct stat status {};

    if (::fstat(descriptor.number(), &status) != 0)
        return readFailure(errno);
    if (S_ISDIR(status.st_mode))
        return readFailure(EISDIR);

    std::string bytes;
    std::size_t filled = 0;
    // One byte more than the file holds, so that the read that finds its end needs no growth.
    bytes.resize(static_cast<std::size_t>(std::max<off_t>(status.st_size, 4095)) + 1);
    for (;;) {
        if (filled == bytes.size())
            bytes.resize(bytes.size() * 2);
        const ssize_t got = ::read(descriptor.number(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return readFailure(errno);
        }
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

Result<void> makeFolder(const fs::path& path) {
    std::error_code error;
    if (path.empty() || fs::is_directory(path, error))
        return {};
    if (const auto parent = path.parent_path(); parent != path) {
        if (auto made = makeFolder(parent); !made)
            return made;
    }
    if (::mkdir(path.c_str(), newFolderMode) != 0) {
        const int errorNumber = errno;
        if (errorNumber != EEXIST || !fs::is_directory(path, error))
            return writeFailure(path, errorNumber == EEXIST ? ENOTDIR : errorNumber);
    }
    return {};
}

Result<void> writeFileAtomically(const fs::path& path, std::string_view bytes) {
    const auto target = targetOf(path);
    if (!target)
        return tl::unexpected(target.error());
    if (auto made = makeFolder(folderOf(*target)); !made)
        return made;

    struct stat former {};

    const bool stood = ::stat(target->c_str(), &former) == 0;
    if (stood) {
        if (!S_ISREG(former.st_mode))
            return writeFailure(*target, S_ISDIR(former.st_mode) ? EISDIR : EINVAL);
        // A rename would replace a write-protected file; its owner's wish counts.
        if (::faccessat(AT_FDCWD, target->c_str(), W_OK, AT_EACCESS) != 0)
            return writeFailure(*target, errno);
    } else if (errno != ENOENT) {
        return writeFailure(*target, errno);
    }

    fs::path sibling = siblingOf(*target);
    const auto create = [&sibling] {
        return ::open(sibling.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, newFileMode);
    };
    int opened = create();
    while (opened < 0 && (errno == EEXIST || errno == EINTR)) {
        sibling = siblingOf(*target); // the name may be left behind by a killed process that had our number
        opened = create();
    }
    FileDescriptor descriptor(opened);
    if (!descriptor.isOpen())
        return writeFailure(*target, errno);
    RemovedUnlessKept unfinished(sibling);

    if (stood) {
        struct stat made {};

        if (::fstat(descriptor.number(), &made) != 0)
            return writeFailure(*target, errno);
        const bool sameOwner = made.st_uid == former.st_uid && made.st_gid == former.st_gid;
        if (!sameOwner && ::fchown(descriptor.number(), former.st_uid, former.st_gid) != 0) {
            const int errorNumber = errno;
            return failure(ErrorCode::ReadOnly,
                           target->string() + " belongs to another user or group; save as its owner.",
                           reasonOf(errorNumber));
        }
        if (::fchmod(descriptor.number(), former.st_mode & 07777) != 0)
            return writeFailure(*target, errno);
    }
    if (!writeAll(descriptor.number(), bytes) || !syncToDisk(descriptor.number()) || !descriptor.close())
        return writeFailure(*target, errno);
    if (::rename(sibling.c_str(), target->c_str()) != 0)
        return writeFailure(*target, errno);
    unfinished.keep();
    syncFolder(folderOf(*target));
    return {};
}

} // namespace tierdeck
