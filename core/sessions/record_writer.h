// Writes one record with everything that follows from it: the request, its attempts, the sums of its turn,
// session and day. It works inside a transaction of its caller, who tells it how that ended. One thread;
// owned by SessionStore.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/request_record.h"
#include "core/sessions/roll_ups.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/time_zone.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tierdeck::sessions {

/// Numbers of strings as the store gave them, with those of the open transaction apart, since they may yet be
/// undone.
class NumberCache {
public:
    explicit NumberCache(std::size_t mostKept)
        : m_mostKept(mostKept) {}

    [[nodiscard]] const std::int64_t* find(std::string_view name) const;
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
    std::vector<std::string> m_uncommitted;
};

class RecordWriter {
public:
    /// The connection must outlive the writer.
    [[nodiscard]] static Result<RecordWriter> make(sqlite::Connection& connection);

    enum class Outcome { Written, AlreadyThere };
    /// A record whose number already stands is left alone.
    [[nodiscard]] Result<Outcome> write(const routing::RequestRecord& record);
    /// To be called behind the last record of a transaction: what all of them add to sums.
    [[nodiscard]] Result<void> writeSums();
    void committed();
    void rolledBack();

    /// Sets `count` numbers aside for ever and returns the first, in a transaction of its own that is safe on
    /// disk.
    [[nodiscard]] Result<std::int64_t> reserve(int count);

private:
    struct Numbers;

    RecordWriter(sqlite::Connection& connection, LocalDays days);
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<std::int64_t> numberOf(std::string_view text);
    [[nodiscard]] Result<Numbers> numbersOf(const routing::RequestRecord& record);
    [[nodiscard]] Result<std::int64_t> evidenceOf(const routing::RequestRecord& record,
                                                  std::string_view sharedFeatures);
    [[nodiscard]] Result<std::int64_t> sessionOf(const routing::RequestRecord& record, bool& isNew);
    [[nodiscard]] std::int64_t dayNumber(UtcTime time);
    [[nodiscard]] Result<void> moveOpening(std::int64_t fromRequest);
    [[nodiscard]] Result<void> writeTexts(const routing::RequestRecord& record);
    [[nodiscard]] Result<void> writeAttempts(const routing::RequestRecord& record);
    void addUp(const routing::RequestRecord& record, const Numbers& numbers, RollUps::Turn& turn,
               bool earliest);

    sqlite::Connection* m_connection;
    LocalDays m_days;
    NumberCache m_texts;
    NumberCache m_sessions;
    NumberCache m_evidence; ///< of the last turns: facts, a zero byte, shared features
    RollUps m_rollUps;
    std::int64_t m_nextRequest = 1; ///< the store's own is at least this
    std::int64_t m_nextRequestCommitted = 1;

    sqlite::Statement m_findText;
    sqlite::Statement m_addText;
    sqlite::Statement m_findSession;
    sqlite::Statement m_addSession;
    sqlite::Statement m_addEvidence;
    sqlite::Statement m_findRequest;
    sqlite::Statement m_addRequest;
    sqlite::Statement m_addTexts;
    sqlite::Statement m_addAttempt;
    sqlite::Statement m_closeOpening;
    sqlite::Statement m_moveNext;
};

} // namespace tierdeck::sessions
