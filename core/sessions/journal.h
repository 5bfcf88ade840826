// Where finished requests stand until the store has committed them: a small file that is written but not
// synced, so that a record costs about a microsecond and yet outlives its process, however that dies (not the
// machine: that is as with the store's own log). One process owns the file at a time. Thread-safe; owned by
// SessionStore.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/request_record.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tierdeck::sessions {

class Journal {
public:
    /// A piece of the file. It is written anew when all of its records are settled.
    using Segment = std::size_t;

    /// Opens or makes the file. Locked when somebody else has owned it for `patience`. What is no journal of
    /// this version is kept beside it, under a name that ends in ".aside" and a number.
    [[nodiscard]] static Result<std::unique_ptr<Journal>>
    open(const std::filesystem::path& file, std::chrono::milliseconds patience = std::chrono::seconds(1));
    ~Journal();

    struct Found {
        std::optional<routing::RequestRecord> record; ///< nullopt for what cannot be read
        std::string bytes;                            ///< of what cannot be read
        Segment segment = 0;
    };

    /// What stood in the file when it was opened, oldest first; to be settled like what was appended. Once.
    [[nodiscard]] std::vector<Found> takeFound();

    struct Kept {
        Segment segment = 0;
        std::size_t records = 0;
    };

    /// Where so many of the first records stand now, safe from a death of this process: with one write, those
    /// that one segment takes. nullopt when there is no room for the first here or on the disk.
    [[nodiscard]] std::optional<Kept> append(std::span<const routing::RequestRecord* const> records);
    /// So many records of a segment are needed no longer.
    void settle(Segment segment, std::size_t records);

    /// Whether records stand in the file that are not settled yet.
    [[nodiscard]] static bool holdsRecords(const std::filesystem::path& file);

    /// The same, and nobody owns it who would see to them.
    [[nodiscard]] static bool isLeftBehind(const std::filesystem::path& file);

private:
    struct Impl;
    explicit Journal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::sessions
