// The store's answers, worked out the slow way from the records themselves: what the tests compare them with.
// Knows nothing of the store; local days come from Qt.
#pragma once

#include "core/routing/request_record.h"
#include "core/sessions/store_reader.h"
#include "tests/support/record_generator.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::testing {

class Recount {
public:
    explicit Recount(std::vector<routing::RequestRecord> records);

    [[nodiscard]] const std::vector<routing::RequestRecord>& records() const {
        return m_records;
    } ///< by time and id

    [[nodiscard]] std::vector<std::string> requests(const sessions::Filter& filter) const;
    [[nodiscard]] std::vector<std::string> sessions(const sessions::Filter& filter,
                                                    sessions::SessionOrder order) const;
    [[nodiscard]] std::vector<std::string> dearestSessions(const sessions::Filter& filter, int limit) const;
    [[nodiscard]] std::vector<std::string> turns(const sessions::Filter& filter) const;
    [[nodiscard]] std::vector<std::string>
    spend(const sessions::SpendQuery& query) const; ///< the last line: totals

private:
    using Record = routing::RequestRecord;
    [[nodiscard]] bool passes(const Record& record, const sessions::Filter& filter) const;
    [[nodiscard]] bool opens(const Record& record) const;
    [[nodiscard]] sessions::SessionRow sessionOf(const std::string& name) const;
    [[nodiscard]] sessions::Totals totalsOf(const std::vector<const Record*>& records) const;

    std::vector<Record> m_records;
    std::map<std::pair<std::string, int>, RequestId> m_openers;
    std::map<std::string, std::vector<const Record*>> m_sessions;
    std::map<std::pair<std::string, int>, std::vector<const Record*>> m_turns;
};

/// Rows as text: equal rows, equal text; and a failing test shows what differs.
[[nodiscard]] std::string text(const routing::RequestRecord& record);
[[nodiscard]] std::string text(const sessions::Totals& totals);
[[nodiscard]] std::string text(const sessions::SessionRow& row);
[[nodiscard]] std::string text(const sessions::TurnRow& row);
[[nodiscard]] std::vector<std::string> text(const sessions::SpendResult& result);

/// Records with few values in each field, blanks and nothings among them, whose turns overlap and whose times
/// cluster around midnights and zone changes: what no client would send, but the sums must bear.
[[nodiscard]] std::vector<routing::RequestRecord> wildRecords(std::uint64_t seed, int count);

} // namespace tierdeck::testing
