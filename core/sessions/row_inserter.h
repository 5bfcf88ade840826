// Adds rows to a table, several by one statement: what a statement costs by itself (its cursors, its seeks,
// its end) is as much as what a row costs. One thread; owned by RecordWriter.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/sqlite.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tierdeck::sessions {

class RowInserter {
public:
    /// More in one statement saves little more, and its values should stay in the processor's cache.
    static constexpr std::size_t mostAtOnce = 16;

    RowInserter() = default;
    /// `into` is a table with its columns: "label(request, tier, time_ms)"; `onConflict` may be empty. The
    /// connection must outlive the inserter.
    RowInserter(sqlite::Connection& connection, std::string into, std::string onConflict = {});

    /// Calls bindRow(statement, place of the row's first value, number of the row) for each of `count` rows.
    /// How many of them the table took. After a failure some may stand: the transaction is to be undone.
    template <typename BindRow>
    [[nodiscard]] Result<std::int64_t> add(std::size_t count, const BindRow& bindRow) {
        std::int64_t taken = 0;
        for (std::size_t done = 0; done < count;) {
            const std::size_t rows = std::min(count - done, mostAtOnce);
            const auto statement = statementFor(rows);
            if (!statement)
                return tl::unexpected<Error>(statement.error());
            int place = 1;
            for (const std::size_t end = done + rows; done < end; ++done, place += m_columnCount)
                bindRow(**statement, place, done);
            if (auto added = (*statement)->run(); !added)
                return tl::unexpected<Error>(std::move(added.error()));
            taken += m_connection->rowsChanged();
        }
        return taken;
    }

private:
    [[nodiscard]] Result<sqlite::Statement*> statementFor(std::size_t rows);

    sqlite::Connection* m_connection = nullptr;
    std::string m_into;
    std::string m_onConflict;
    int m_columnCount = 0;
    std::array<sqlite::Statement, mostAtOnce> m_statements; ///< for 1, 2, 3 … rows, once used
};

} // namespace tierdeck::sessions
