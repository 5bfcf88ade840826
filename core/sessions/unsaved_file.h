// The file in which records wait that the store could not take: one JSON a line, appended whole. Several
// processes may append, one takes the lines in and removes the file. Any thread, one at a time.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/request_record.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tierdeck::sessions {

class UnsavedFile {
public:
    explicit UnsavedFile(std::filesystem::path path)
        : m_path(std::move(path)) {}

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    /// Where lines are kept that are no records.
    [[nodiscard]] std::filesystem::path badLinesFile() const { return m_path.string() + ".bad"; }

    [[nodiscard]] bool exists() const;

    /// Adds whole lines (each with its end), safe on disk when it returns. All of them or none.
    [[nodiscard]] Result<void> append(const std::string& lines) const;

    /// Keeps lines for good that the store will never take.
    [[nodiscard]] Result<void> setAside(const std::string& lines) const;

    using Take = std::function<Result<void>(std::vector<routing::RequestRecord>)>;
    /// Gives the records to `take` in groups and removes the file when every group was taken; until then the
    /// file stays whole, so `take` must know a record that it has seen before. Nothing happens where there is
    /// no file, or where another process takes it in just now.
    [[nodiscard]] Result<void> takeIn(std::size_t groupSize, const Take& take) const;

private:
    std::filesystem::path m_path;
};

} // namespace tierdeck::sessions
