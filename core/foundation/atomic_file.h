// Reading and replacing whole files so that a reader, a crash or a full disk never sees half of one. Any
// thread; no state. Every write goes to a sibling, is synced, renamed over the target, and the folder is
// synced.
#pragma once

#include "core/foundation/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck {

/// What a file was when it was read; equal fingerprints mean equal bytes.
struct Fingerprint {
    std::uint64_t hash = 0; ///< of the bytes
    std::uint64_t size = 0;
    bool operator==(const Fingerprint&) const = default;
    /// 16 hexadecimal digits, as it stands in logs and decisions.
    [[nodiscard]] std::string text() const;
};

/// What can be seen of a file without reading it: cheap enough to look at before every decision.
struct FileStamp {
    std::uint64_t inode = 0;
    std::int64_t size = -1; ///< -1: there is no such file
    std::int64_t modifiedNs = 0;
    bool operator==(const FileStamp&) const = default;
};

[[nodiscard]] Fingerprint fingerprintOf(std::string_view bytes);
[[nodiscard]] FileStamp stampOf(const std::filesystem::path& path);

/// NotFound when there is none.
[[nodiscard]] Result<std::string> readFile(const std::filesystem::path& path);

/// Replaces `path` by `bytes`. Follows a symlink to its target; keeps the target's mode and owner; a new file
/// gets 0600, a missing folder is made with 0700. On failure the old file stands untouched and no sibling is
/// left.
[[nodiscard]] Result<void> writeFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// Makes a folder and what is missing above it, each with mode 0700.
[[nodiscard]] Result<void> makeFolder(const std::filesystem::path& path);

} // namespace tierdeck
