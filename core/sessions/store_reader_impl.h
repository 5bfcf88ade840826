// What the parts of the store's reader share: its connection, names and time zone, the cursors of its lists
// and how requests are read. Only the reader's own files include it; one thread at a time, as the reader.
#pragma once

#include "core/routing/packed_decision.h"
#include "core/sessions/dearest_requests.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/store_reader.h"
#include "core/sessions/time_zone.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

inline UtcTime timeAt(std::int64_t ms) {
    return UtcTime(std::chrono::milliseconds(ms));
}

// A cursor is the letter of its list and the numbers of the last row's key: "r.1763703000000.4711".

inline std::string cursorOf(char list, std::initializer_list<std::int64_t> key) {
    std::string cursor(1, list);
    for (const std::int64_t number : key)
        cursor += '.' + std::to_string(number);
    return cursor;
}

template <std::size_t Size>
Result<std::optional<std::array<std::int64_t, Size>>> keyFrom(char list, std::string_view cursor) {
    using Key = std::optional<std::array<std::int64_t, Size>>;
    if (cursor.empty())
        return Key();
    const auto wrong = [] {
        return failure(ErrorCode::InvalidInput, "This is no cursor of this list; begin without one.");
    };
    if (cursor.front() != list)
        return wrong();
    cursor.remove_prefix(1);
    std::array<std::int64_t, Size> key{};
    for (std::int64_t& number : key) {
        if (cursor.empty() || cursor.front() != '.')
            return wrong();
        const auto read = std::from_chars(cursor.data() + 1, cursor.data() + cursor.size(), number);
        if (read.ec != std::errc())
            return wrong();
        cursor.remove_prefix(static_cast<std::size_t>(read.ptr - cursor.data()));
    }
    if (!cursor.empty())
        return wrong();
    return Key(key);
}

void sortShares(std::vector<TierShare>& shares);

inline constexpr std::string_view requestColumns =
    "r.id, r.session, r.turn, r.time_ms, r.source, r.tier, r.model, r.provider, r.project, r.client, "
    "r.task_type, "
    "r.simulated, r.latency_ms, r.input, r.cached_input, r.cache_write_5m, r.cache_write_1h, r.output, "
    "r.reasoning, "
    "r.web_searches, r.cost, r.status, r.http_status, r.usage_estimated, r.first_byte_ms, r.session_source, "
    "r.parent_session, r.agent, r.title, r.tier_source, r.starting_tier, r.model_returned, r.price_version, "
    "r.reason, "
    "r.message_id, r.agent_source, r.client_source, r.project_source, r.parent_agent, r.evidence, "
    "r.input_estimate, r.messages, r.score, r.code_score, e.facts, r.features, e.features, x.decision, "
    "x.notes";
inline constexpr std::string_view requestTables =
    " LEFT JOIN request_text AS x ON x.request=r.id LEFT JOIN evidence AS e ON e.id=r.evidence";

inline constexpr int evidenceColumns = 8;

/// From eight columns: evidence, input_estimate, messages, score, code_score, facts, its own features, those
/// that it shares.
template <typename Request>
void readEvidence(Request& request, const sqlite::Statement& row, int column) {
    request.features = row.text(column + 6);
    request.features += row.text(column + 7);
    if (row.number(column) == 0)
        return;
    // What only a later version can read is no reason to show nothing of the request.
    auto& facts =
        request.facts.emplace(routing::unpackFacts(row.text(column + 5)).value_or(routing::RequestFacts()));
    facts.inputTokens = row.number(column + 1);
    facts.messages = static_cast<int>(row.number(column + 2));
    facts.score = static_cast<int>(row.number(column + 3));
    facts.codeScore = static_cast<int>(row.number(column + 4));
}

/// Of a session's requests those that were asked for.
struct PassingParts {
    std::int64_t requests = 0;
    NanoUsd cost;
};

struct StoreReader::Impl {
    Impl(sqlite::Connection storeConnection, TimeZone storeZone)
        : connection(std::move(storeConnection))
        , names(connection)
        , search(connection)
        , zone(std::move(storeZone)) {}

    /// Sets `to` to the name of `number`; remembers the first failure in `failed`.
    void name(std::string& to, std::int64_t number) {
        auto found = names.nameOf(number);
        if (found)
            to = std::move(*found);
        else if (!failed)
            failed = std::move(found.error());
    }

    [[nodiscard]] Result<void> takeFailure() {
        if (!failed)
            return {};
        return tl::unexpected<Error>(*std::exchange(failed, std::nullopt));
    }

    /// Runs `read` on a snapshot that no commit changes.
    template <typename Read>
    auto inSnapshot(Read read) -> decltype(read()) {
        auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::Kind::Read);
        if (!transaction)
            return tl::unexpected<Error>(std::move(transaction.error()));
        return read();
    }

    [[nodiscard]] Result<Criteria> criteriaFor(const Filter& filter) {
        return Criteria::from(filter, connection, names, search);
    }

    Result<Page<SessionRow>> sessions(const Criteria& criteria, SessionOrder order, int limit,
                                      std::string_view after);

    struct Listed {
        std::int64_t id = 0;
        SessionRow row; ///< without what addParts() adds
    };

    Result<void> listSessions(const std::string& which, const Where& where, std::int64_t limit,
                              std::vector<Listed>& rows);
    Result<void> readSession(std::int64_t session, SessionRow& row); ///< as Listed's
    Result<void> addParts(std::int64_t session, SessionRow& row);
    Result<std::vector<SessionRow>> dearestSessions(const Criteria& criteria, std::size_t limit);

    struct Dearest {
        std::int64_t id = 0;
        std::string name;
        PassingParts passing;
        bool whole = false; ///< every one of its requests passes
    };

    /// Sessions called `s` that come by falling bounds of what of them passes has cost.
    struct Falling {
        std::string bound;
        std::string tables;
        Where where;
        std::string grouped;
    };

    Result<std::vector<Dearest>> rankSessions(const Criteria& criteria, std::size_t limit);
    Result<bool> rankByValues(const Criteria& criteria, const Where& where, std::size_t limit,
                              std::vector<Dearest>& best);
    Result<bool> dearestOf(const Falling& falling, const Criteria& criteria, std::size_t limit,
                           std::optional<int> most, std::vector<Dearest>& best);
    Result<std::string> indexFor(const Criteria& criteria, std::string_view orderIndex);
    Result<PassingParts> passingParts(const Criteria& criteria, std::int64_t session);
    Result<void> countPassing(const Criteria& criteria, SessionRow& row);
    /// When the first day begins that is not summed up.
    Result<std::int64_t> summedUntilMs();
    /// No request since then has a lesser number; 0 where that is not known at little cost.
    Result<std::int64_t> leastRequestSince(std::int64_t sinceMs);
    Result<UnsetPromotions> unsetPromotions(const Criteria& criteria, int mostLooked);
    Result<Page<TurnRow>> turns(const Criteria& criteria, int limit, std::string_view after);
    Result<Page<routing::RequestRecord>> requests(const Criteria& criteria, int limit, std::string_view after,
                                                  RequestOrder order);
    Result<Page<routing::RequestRecord>> oldestRequests(const Criteria& criteria, int limit,
                                                        std::string_view after);
    Result<Page<routing::RequestRecord>> dearestRequests(const Criteria& criteria, int limit,
                                                         std::string_view after);
    Result<std::vector<RankedRequest>> rankedRequests(const Criteria& criteria, std::size_t limit,
                                                      const std::optional<RankedRequest>& after);
    Result<std::vector<RankedRequest>> sortedRequests(const Criteria& criteria, std::size_t limit,
                                                      const std::optional<RankedRequest>& after);
    routing::RequestRecord requestFrom(const sqlite::Statement& row);
    Result<void> addAttempts(routing::RequestRecord& record);
    Result<std::string> sessionName(std::int64_t session);

    sqlite::Connection connection;
    NameBook names;
    SearchBook search;
    TimeZone zone;
    std::optional<Error> failed;
    std::unordered_map<std::int64_t, std::string> sessionNames;
    std::int64_t seenVersion = 0; ///< SQLite's own, which only differs
    std::int64_t version = 0;     ///< ours, which grows
};

} // namespace tierdeck::sessions
