#include "core/sessions/row_inserter.h"

#include <utility>

namespace tierdeck::sessions {

RowInserter::RowInserter(sqlite::Connection& connection, std::string into, std::string onConflict)
    : m_connection(&connection)
    , m_into(std::move(into))
    , m_onConflict(std::move(onConflict))
    , m_columnCount(1 + static_cast<int>(std::ranges::count(m_into, ','))) {}

Result<sqlite::Statement*> RowInserter::statementFor(std::size_t rows) {
    sqlite::Statement& statement = m_statements[rows - 1];
    if (statement)
        return &statement;
    // OR FAIL, since SQLite would else copy the pages that it changes, to be able to undo this statement
    // alone.
    std::string row = "(?";
    for (int column = 1; column < m_columnCount; ++column)
        row += ",?";
    row += ')';
    std::string sql = "INSERT OR FAIL INTO " + m_into + " VALUES" + row;
    for (std::size_t i = 1; i < rows; ++i)
        sql += ',' + row;
    auto prepared = m_connection->prepare(sql + ' ' + m_onConflict);
    if (!prepared)
        return tl::unexpected<Error>(std::move(prepared.error()));
    statement = std::move(*prepared);
    return &statement;
}

} // namespace tierdeck::sessions
