#include "core/sessions/replay_store.h"

#include "core/sessions/reader_query.h"
#include "core/sessions/schema.h"
#include "core/sessions/sqlite.h"

#include <unordered_map>
#include <utility>

namespace tierdeck::sessions {

namespace {

using routing::Replay;
using routing::ReplayRow;
using sqlite::Statement;

constexpr int busyTimeoutMs = 2000;
constexpr std::int64_t mappedBytes = std::int64_t{1}
                                     << 36; ///< no more than the file has, and SQLite's own limit
constexpr int evidenceColumn = 18;
constexpr int tierSourceColumn = 22;
constexpr std::int64_t rowsBetweenLooks = 16'384;

class Feed {
public:
    Feed(sqlite::Connection& connection, const ReplayOptions& options)
        : m_connection(connection)
        , m_options(options) {}

    Result<void> feed(Replay& replay) {
        auto done = readFacts(replay);
        if (done)
            done = readFirstModels();
        if (done)
            done = readRequests(replay);
        return done;
    }

private:
    [[nodiscard]] std::string sinceClause(const char* before) const {
        if (!m_options.since)
            return {};
        return before + ("time_ms>=" + std::to_string(m_options.since->time_since_epoch().count()));
    }

    template <typename Take>
    Result<void> each(const std::string& sql, Take take) {
        auto query = m_connection.query(sql);
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        return (*query)->each([&take](const Statement& row) -> Result<void> {
            if (!take(row))
                return failure(ErrorCode::Cancelled, "The replay was stopped.");
            return {};
        });
    }

    Result<void> readFacts(Replay& replay) {
        return each("SELECT id, facts FROM evidence", [&](const Statement& row) {
            const auto id = static_cast<std::size_t>(row.number(0));
            if (id >= m_factsOf.size())
                m_factsOf.resize(id + id / 2 + 1);
            m_factsOf[id] = replay.addFacts(row.text(1));
            return !m_options.stop.stop_requested();
        });
    }

    /// What was tried first, where that was not what served in the end.
    Result<void> readFirstModels() {
        return each(
            "SELECT a.request, a.model FROM attempt AS b CROSS JOIN attempt AS a ON a.request=b.request AND "
            "a.place=0 WHERE b.place=1",
            [&](const Statement& row) {
                m_firstModels.emplace(row.number(0), row.number(1));
                return true;
            });
    }

    /// In the order of their numbers, which is that of their coming; those that are left out are counted with
    /// the same scan.
    Result<void> readRequests(Replay& replay) {
        std::int64_t rows = 0;
        std::int64_t imported = 0;
        std::int64_t withoutFacts = 0;
        const auto take = [&](const Statement& found) {
            if (found.number(evidenceColumn) != 0)
                replay.add(rowFrom(found, replay));
            else // tier_source stands where something was decided here, by the gateway
                ++(found.number(tierSourceColumn) == 0 ? imported : withoutFacts);
            if (++rows % rowsBetweenLooks != 0)
                return true;
            if (m_options.onProgress)
                m_options.onProgress(rows);
            return !m_options.stop.stop_requested();
        };
        auto done =
            each("SELECT id, session, turn, time_ms, tier, model, project, client, task_type, input, "
                 "cached_input, cache_write_5m, cache_write_1h, output, reasoning, web_searches, cost, "
                 "agent, evidence, input_estimate, score, code_score, tier_source FROM request NOT INDEXED" +
                     sinceClause(" WHERE "),
                 take);
        if (done)
            replay.leaveOut(imported, withoutFacts);
        return done;
    }

    ReplayRow rowFrom(const Statement& found, Replay& replay) const {
        ReplayRow row;
        row.request = found.number(0);
        row.session = found.number(1);
        row.turn = found.number(2);
        row.time = UtcTime(std::chrono::milliseconds(found.number(3)));
        row.tier = found.number(4);
        row.model = row.decidedModel = found.number(5);
        row.project = found.number(6);
        row.client = found.number(7);
        row.taskType = found.number(8);
        row.usage = {found.number(9),  found.number(10), found.number(11), found.number(12),
                     found.number(13), found.number(14), found.number(15)};
        if (const auto cost = found.optionalNumber(16))
            row.cost = NanoUsd(*cost);
        row.agent = found.number(17);
        const auto evidence = static_cast<std::size_t>(found.number(evidenceColumn));
        row.facts = evidence < m_factsOf.size() ? m_factsOf[evidence] : replay.addFacts({});
        row.inputTokens = found.number(19);
        row.score = static_cast<int>(found.number(20));
        row.codeScore = static_cast<int>(found.number(21));
        if (!m_firstModels.empty()) {
            if (const auto first = m_firstModels.find(row.request); first != m_firstModels.end())
                row.decidedModel = first->second;
        }
        return row;
    }

    sqlite::Connection& m_connection;
    const ReplayOptions& m_options;
    std::vector<std::size_t> m_factsOf; ///< by evidence
    std::unordered_map<std::int64_t, std::int64_t> m_firstModels;
};

} // namespace

Result<StoreReplay> replayStore(const std::filesystem::path& file, const routing::Policy& policy,
                                const ReplayOptions& options) {
    auto connection = schema::openForReading(file, busyTimeoutMs);
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    // Every page of the largest table is read once: mapped, none is copied on its way. While the snapshot is
    // held nobody cuts the file off.
    if (auto mapped = connection->run("PRAGMA mmap_size=" + std::to_string(mappedBytes)); !mapped)
        return tl::unexpected<Error>(std::move(mapped.error()));
    auto snapshot = sqlite::Transaction::begin(*connection, sqlite::Transaction::Kind::Read);
    if (!snapshot)
        return tl::unexpected<Error>(std::move(snapshot.error()));
    NameBook names(*connection);
    std::optional<Error> failed;
    Replay replay(
        policy,
        [&](std::int64_t number) {
            auto name = names.nameOf(number);
            if (name)
                return std::move(*name);
            failed = std::move(name.error());
            return std::string();
        },
        options.mostChanges);
    if (auto done = Feed(*connection, options).feed(replay); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    if (failed)
        return tl::unexpected<Error>(std::move(*failed));
    StoreReplay replayed{replay.result(), {}};
    replay.eachChange([&](const routing::ReplayChange& change) { replayed.changes.push_back(change); });
    return replayed;
}

} // namespace tierdeck::sessions
