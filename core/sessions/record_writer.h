// Writes one record with everything that follows from it: the request, its attempts, the sums of its turn,
// session and day. It works inside a transaction of its caller, who tells it how that ended. Rows are added
// several at once. One thread; owned by SessionStore.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/request_record.h"
#include "core/sessions/roll_ups.h"
#include "core/sessions/row_inserter.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/time_zone.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

/// Numbers of strings as the store gave them, with those of the open transaction apart, since they may yet be
/// undone.
class NumberCache {
public:
    explicit NumberCache(std::size_t mostKept)
        : m_mostKept(mostKept) {}

    [[nodiscard]] const std::int64_t* find(std::string_view name);
    void add(std::string_view name, std::int64_t number);
    void committed();
    void rolledBack();

private:
    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    std::size_t m_mostKept;
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> m_numbers;
    std::array<const std::pair<const std::string, std::int64_t>*, 64> m_latest{}; ///< of them
    std::vector<std::string> m_uncommitted;
};

class RecordWriter {
public:
    /// The connection must outlive the writer.
    [[nodiscard]] static Result<RecordWriter> make(sqlite::Connection& connection);

    enum class Outcome { Written, AlreadyThere };
    /// Where a number stands already: with New, one of the next calls up to finish() fails with Conflict;
    /// with Unknown, which costs a look, the record is left alone.
    enum class Number { New, Unknown };
    /// The record must live until finish() or rolledBack().
    [[nodiscard]] Result<Outcome> write(const routing::RequestRecord& record, Number number);
    /// To be called behind the last record of a transaction: rows that still wait, and what all records add
    /// to sums.
    [[nodiscard]] Result<void> finish();
    void committed();
    void rolledBack();

    /// Sets `count` numbers aside for ever and returns the first, in a transaction of its own that is safe on
    /// disk.
    [[nodiscard]] Result<std::int64_t> reserve(int count);

private:
    /// Of names.
    struct Numbers {
        std::int64_t session = 0;
        std::int64_t source = 0;
        std::optional<std::int64_t> tier;
        std::optional<std::int64_t> model;
        std::int64_t provider = 0;
        std::int64_t project = 0;
        std::int64_t client = 0;
        std::int64_t taskType = 0;
        std::int64_t status = 0;
        std::int64_t sessionSource = 0;
        std::int64_t parentSession = 0;
        std::int64_t agent = 0;
        std::int64_t agentSource = 0;
        std::int64_t clientSource = 0;
        std::int64_t projectSource = 0;
        std::int64_t parentAgent = 0;
        std::int64_t title = 0;
        std::int64_t tierSource = 0;
        std::int64_t startingTier = 0;
        std::int64_t modelReturned = 0;
        std::int64_t priceVersion = 0;
    };

    /// What a row of `request` needs, and one of `attempt`.
    struct RequestRow {
        const routing::RequestRecord* record = nullptr;
        Numbers numbers;
        bool opensTurn = false;
        std::int64_t evidence = 0;
        std::string_view ownFeatures;
    };

    struct AttemptRow {
        const routing::AttemptRecord* attempt = nullptr;
        std::int64_t request = 0;
        std::int64_t place = 0;
        std::int64_t provider = 0;
        std::int64_t model = 0;
        std::int64_t outcome = 0;
    };

    RecordWriter(sqlite::Connection& connection, LocalDays days);
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<std::int64_t> numberOf(std::string_view text);
    [[nodiscard]] Result<Numbers> numbersOf(const routing::RequestRecord& record);
    [[nodiscard]] Result<std::int64_t> evidenceOf(const routing::RequestRecord& record,
                                                  std::string_view sharedFeatures);
    [[nodiscard]] Result<std::int64_t> sessionOf(const routing::RequestRecord& record);
    [[nodiscard]] Result<bool> stands(RequestId request);
    [[nodiscard]] std::int64_t dayNumber(UtcTime time);
    [[nodiscard]] RollUps::DayKey dayOf(const routing::RequestRecord& record, const Numbers& numbers);
    [[nodiscard]] Result<void> moveOpening(std::int64_t fromRequest);
    [[nodiscard]] Result<void> addAttempts(const routing::RequestRecord& record);
    [[nodiscard]] Result<void> writeRows();
    static void bindRequest(sqlite::Statement& statement, int place, const RequestRow& row);
    void forgetRows();
    void addUp(const routing::RequestRecord& record, const Numbers& numbers, RollUps::Turn& turn,
               bool earliest);

    sqlite::Connection* m_connection;
    LocalDays m_days;
    NumberCache m_texts;
    NumberCache m_sessions;
    NumberCache m_evidence; ///< of the last turns: facts, a zero byte, shared features
    RollUps m_rollUps;
    // Rows that wait for others to be added with.
    std::vector<RequestRow> m_requestRows;
    std::vector<const routing::RequestRecord*> m_textRows;
    std::vector<AttemptRow> m_attemptRows;
    std::int64_t m_nextRequest = 1; ///< the store's own is at least this
    std::int64_t m_nextRequestCommitted = 1;

    sqlite::Statement m_findText;
    sqlite::Statement m_addText;
    sqlite::Statement m_findSession;
    sqlite::Statement m_addSession;
    sqlite::Statement m_addEvidence;
    sqlite::Statement m_findRequest;
    sqlite::Statement m_closeOpening;
    sqlite::Statement m_moveNext;
    RowInserter m_addRequests;
    RowInserter m_addTexts;
    RowInserter m_addAttempts;
};

} // namespace tierdeck::sessions
