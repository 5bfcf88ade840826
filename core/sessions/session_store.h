// The store of finished requests: one SQLite file in WAL. Writing goes through one thread of its own that
// commits in groups; each request's row, attempts, turn and session totals and daily roll-up are one
// transaction. Thread-safe; owned by whoever holds the workspace's gateway lock, or by an importer. Readers
// use StoreReader.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/workspace.h"
#include "core/routing/request_record.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tierdeck::sessions {

struct StoreOptions {
    std::filesystem::path file;
    std::filesystem::path unsavedFile; ///< records that could not be committed go here, one JSON a line
    /// For keepAtOnce(). Of one store at a time: another one does without, and so does one without a path.
    std::filesystem::path journalFile;
    std::string timeZone; ///< IANA; used only when the store is made; "" = the machine's
    int busyTimeoutMs = 5000;
    std::size_t mostQueued = 100'000; ///< more than that at once goes to the unsaved file
    /// Says, once per change of state, that records cannot be committed (the reason) or can again ("").
    /// Writer thread.
    std::function<void(const std::string&)> onTrouble;

    /// With the files of a workspace.
    [[nodiscard]] static StoreOptions in(const Workspace& workspace);
};

class SessionStore final : public routing::RecordSink {
public:
    /// Opens or makes the store, migrates it forward, takes in what waits in the journal and the unsaved
    /// file. Unsupported when it is newer than us. What is no record there is kept in a file beside the
    /// unsaved one that ends in ".bad".
    [[nodiscard]] static Result<std::unique_ptr<SessionStore>> open(StoreOptions options);
    /// Commits what is queued.
    ~SessionStore() override;

    /// Takes the records where the journal has room for them and the store is in no trouble. They are
    /// committed soon after; should that fail, onTrouble and notCommitted() tell.
    [[nodiscard]] std::size_t keepAtOnce(std::span<routing::RequestRecord* const> records) override;
    /// `done` comes from the writer thread and should be quick. It gets Conflict when a request with this
    /// number stands already, and the store's own failure when the record went to the unsaved file instead.
    /// That file is taken in as soon as commits work again. Whoever records faster than a disk can follow (an
    /// importer) calls flush() every few thousand records: what would make the queue grow without bound goes
    /// to the unsaved file too.
    void record(routing::RequestRecord record, std::function<void(Result<void>)> done) override;
    [[nodiscard]] std::int64_t notCommitted() const override;
    /// Answers within a second, Locked when the store does not.
    [[nodiscard]] Result<IdBlock> reserveIds(int count) override;
    /// `turns` is the highest number of a turn. What is still queued is not seen.
    [[nodiscard]] std::optional<KnownSession> findSession(std::string_view session) override;
    /// Waits until everything recorded before this call is committed or in the unsaved file.
    void flush();

    /// Why there is no journal though a path was given; "" where there is one, or none was wanted. Without it
    /// replies wait for the commit, and what stands in it is not taken in.
    [[nodiscard]] const std::string& journalProblem() const;
    /// For those who are about to read: commits what a gateway that was killed left in its journal. Where the
    /// journal's owner runs, waits up to `patience` for it to commit what it has, so that who has got a reply
    /// finds its request.
    [[nodiscard]] static Result<void>
    takeInLeftBehind(StoreOptions options, std::chrono::milliseconds patience = std::chrono::milliseconds(0));

private:
    struct Impl;
    explicit SessionStore(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::sessions
