// A log file that grows, is rotated and may be truncated, as an index of its lines: memory for offsets, not for text.
// refresh() and read calls on one thread (the log worker of ui/backend).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/foundation/result.h"
#include "core/tierlog/log_line.h"

namespace tierdeck::tierlog {

/// What is known of a line without reading it again.
struct LineFacts {
    Level level = Level::None;
    Kind kind = Kind::Other;
    std::uint8_t tier = 0; ///< index into GrowingFile::tierNames(); 0 = none
};

class GrowingFile {
public:
    explicit GrowingFile(std::filesystem::path path);
    ~GrowingFile();

    struct Change {
        bool restarted = false;        ///< rotated or truncated: line numbers start again
        std::int64_t firstNewLine = 0; ///< lines from here on are new
        std::int64_t lines = 0;        ///< now
    };
    /// Reads what was added. An unfinished last line waits for its newline. NotFound when there is no file.
    [[nodiscard]] Result<Change> refresh(std::stop_token stop = {});

    [[nodiscard]] std::int64_t lineCount() const;
    [[nodiscard]] const LineFacts& facts(std::int64_t line) const;
    [[nodiscard]] const std::vector<std::string>& tierNames() const;
    /// The text of `count` lines from `first`, without newlines; invalid UTF-8 as U+FFFD.
    [[nodiscard]] Result<std::vector<std::string>> read(std::int64_t first, std::int64_t count) const;

    struct Query {
        std::string text;   ///< plain text, case ignored; "" for all
        Level minimumLevel = Level::None;
        std::string tier;   ///< "" for all
        [[nodiscard]] bool matchesAll() const { return text.empty() && minimumLevel == Level::None && tier.empty(); }
    };
    /// The numbers of the matching lines from `firstLine` on, rising.
    [[nodiscard]] Result<std::vector<std::int64_t>> search(const Query& query, std::int64_t firstLine = 0,
                                                           std::stop_token stop = {}) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::tierlog
