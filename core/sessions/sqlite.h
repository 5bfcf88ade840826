// The part of SQLite that the store uses: a connection, statements, transactions, with errors as Results. A
// connection and its statements belong to one thread at a time; the store's writer and each reader own one.
// No header of SQLite is seen through this one.
#pragma once

#include "core/foundation/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace tierdeck::sessions::sqlite {

class Connection;

/// A compiled statement. Bound text and bytes are not copied: they must live until reset(). A failed bind is
/// reported by step().
class Statement {
public:
    Statement() = default;

    /// Whether it was prepared.
    [[nodiscard]] explicit operator bool() const { return m_statement != nullptr; }

    void bind(int place, std::int64_t value);
    void bind(int place, std::string_view value);
    void bind(int place, std::nullopt_t);
    void bindBytes(int place, std::string_view bytes);

    template <typename T>
    void bind(int place, const std::optional<T>& value) {
        if (value)
            bind(place, *value);
        else
            bind(place, std::nullopt);
    }

    /// Binds `place` and those behind it.
    template <typename... Values>
    void bindFrom(int place, const Values&... values) {
        (bind(place++, values), ...);
    }

    /// Binds places 1, 2, 3 …
    template <typename... Values>
    void bindAll(const Values&... values) {
        bindFrom(1, values...);
    }

    /// True while there is a row.
    [[nodiscard]] Result<bool> step();
    /// For statements without rows: steps and resets.
    [[nodiscard]] Result<void> run();

    /// Binds, steps and resets.
    template <typename... Values>
    [[nodiscard]] Result<void> runWith(const Values&... values) {
        bindAll(values...);
        return run();
    }

    /// Calls `visit` with each row that is left. Where it gives a Result, up to its first failure.
    template <typename Visit>
    [[nodiscard]] Result<void> each(Visit&& visit) {
        for (;;) {
            const auto row = step();
            if (!row)
                return tl::unexpected<Error>(row.error());
            if (!*row)
                return {};
            if constexpr (std::is_void_v<std::invoke_result_t<Visit&, const Statement&>>)
                visit(*this);
            else if (Result<void> done = visit(*this); !done)
                return done;
        }
    }

    void reset();
    void clearBindings();

    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::string_view text(int column) const;  ///< until the next step() or reset()
    [[nodiscard]] std::string_view bytes(int column) const; ///< as long
    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::optional<std::int64_t> optionalNumber(int column) const;

private:
    friend class Connection;

    void bound(int place, std::optional<std::int64_t> number, int code);

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    /// By their places. SQLite keeps what is bound, and most numbers of a row are those of one before: to see
    /// that costs a fraction of binding them again.
    std::vector<std::optional<std::int64_t>> m_boundNumbers;
    int m_bindError = 0;
};

/// A statement that is lent by its connection and goes back there, reset, at the end of its scope.
class Query {
public:
    Query(Connection& connection, std::string sql, Statement statement);
    ~Query();
    Query(Query&&) noexcept;
    Query& operator=(Query&&) = delete;

    Statement* operator->() { return &m_statement; }

    Statement& operator*() { return m_statement; }

private:
    Connection* m_connection;
    std::string m_sql;
    Statement m_statement;
};

class Connection {
public:
    enum class Access {
        ReadOnly,
        ReadWrite,
        Snapshot, ///< read-only, and nobody writes the file meanwhile (a folder in which nothing may be made)
    };
    /// The file must exist; an empty one is an empty database.
    [[nodiscard]] static Result<Connection> open(const std::filesystem::path& file, Access access);
    Connection();
    ~Connection();
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;

    /// Runs statements that need no values.
    [[nodiscard]] Result<void> run(const std::string& sql);
    /// The first column of the first row; nullopt when there is no row or it is null.
    [[nodiscard]] Result<std::optional<std::int64_t>> number(const std::string& sql);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// As prepare(), from a cache.
    [[nodiscard]] Result<Query> query(std::string sql);

    /// Asked while another connection holds a lock, with the time waited so far; false gives up.
    void waitWhile(std::function<bool(std::int64_t waitedMs)> goOn);
    void waitAtMost(int ms);
    [[nodiscard]] bool inTransaction() const;
    [[nodiscard]] std::int64_t rowsChanged() const; ///< by the last statement
    /// Takes over from SQLite when to copy the write-ahead log into the file: `checkpoint` is then to be
    /// called.
    void checkpointByHand();
    [[nodiscard]] int framesInLog() const; ///< after the last commit
    /// Copies what it can without waiting for anyone; how many frames of the log have been copied by now.
    int checkpoint();

private:
    friend class Query;
    void takeBack(std::string sql, Statement statement);

    struct Handle;
    std::unique_ptr<Handle> m_handle;
    std::unordered_map<std::string, std::vector<Statement>> m_idle;
};

/// Rolls back at the end of its scope unless it was committed.
class Transaction {
public:
    enum class Kind { Read, Write }; ///< Write takes the write lock at once
    [[nodiscard]] static Result<Transaction> begin(Connection& connection, Kind kind);
    ~Transaction();
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    [[nodiscard]] Result<void> commit();
    void rollBack();

private:
    explicit Transaction(Connection& connection)
        : m_connection(&connection) {}

    Connection* m_connection;
};

/// Prepares each statement from its text, up to the first that fails.
[[nodiscard]] Result<void> prepareAll(Connection& connection,
                                      const std::vector<std::pair<Statement*, std::string>>& statements);
/// "?1, ?2, …", `count` of them.
[[nodiscard]] std::string placeholders(int first, int count);

/// Whether a failure is of the store (locked, full, unreadable …), not of the one record that met it.
[[nodiscard]] bool concernsStore(const Error& error);

} // namespace tierdeck::sessions::sqlite
