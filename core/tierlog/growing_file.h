// A log file that grows, is rotated and may be truncated, as an index of its lines: memory for offsets, not
// for text. refresh() and read calls on one thread (the log worker of ui/backend).
#pragma once

#include "core/foundation/result.h"
#include "core/tierlog/log_line.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace tierdeck::tierlog {

/// What is known of a line without reading it again.
struct LineFacts {
    Level level = Level::None;
    Kind kind = Kind::Other;
    std::uint8_t tier = 0; ///< index into GrowingFile::tierNames(); 0 = none
    bool operator==(const LineFacts&) const = default;
};

class GrowingFile {
public:
    explicit GrowingFile(std::filesystem::path path);
    ~GrowingFile();

    [[nodiscard]] const std::filesystem::path& path() const;

    struct Change {
        bool restarted = false;        ///< rotated or truncated: line numbers start again
        std::int64_t firstNewLine = 0; ///< lines from here on are new
        std::int64_t lines = 0;        ///< now
        std::uint64_t bytesRead = 0;   ///< of the file, so far
        std::uint64_t bytesTotal = 0;  ///< of the file, when it was looked at

        [[nodiscard]] bool isComplete() const { return bytesRead >= bytesTotal; }
    };

    static constexpr std::uint64_t allBytes = std::numeric_limits<std::uint64_t>::max();
    /// Reads what was added, at most `budgetBytes` of it, so that a large file can be taken in steps. An
    /// unfinished last line waits for its newline. NotFound when there is no file; Cancelled when stopped.
    /// After either the next call goes on where this one ended.
    [[nodiscard]] Result<Change> refresh(std::stop_token stop = {}, std::uint64_t budgetBytes = allBytes);

    /// Level, kind and tier of a longer line are told by its first bytes.
    static constexpr std::size_t gistBytes = 8 * 1024;

    [[nodiscard]] std::int64_t lineCount() const;
    [[nodiscard]] const LineFacts& facts(std::int64_t line) const;
    [[nodiscard]] const std::vector<std::string>& tierNames() const;

    /// What read() gives of one line at most; "…" stands for the rest.
    static constexpr std::size_t shownBytes = 64 * 1024;
    /// The text of `count` lines from `first`, without newlines; invalid UTF-8 as U+FFFD. Conflict when the
    /// file was shortened since: refresh() then.
    [[nodiscard]] Result<std::vector<std::string>> read(std::int64_t first, std::int64_t count,
                                                        std::size_t maxBytesPerLine = shownBytes) const;

    struct Query {
        std::string text; ///< plain text, case ignored; "" for all
        Level minimumLevel = Level::None;
        std::string tier; ///< "" for all

        [[nodiscard]] bool matchesAll() const {
            return text.empty() && minimumLevel == Level::None && tier.empty();
        }

        bool operator==(const Query&) const = default;
    };

    /// The numbers of the matching lines from `firstLine` on, rising.
    [[nodiscard]] Result<std::vector<std::int64_t>> search(const Query& query, std::int64_t firstLine = 0,
                                                           std::stop_token stop = {}) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::tierlog
