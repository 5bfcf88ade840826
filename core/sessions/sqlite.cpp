#include "core/sessions/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace tierdeck::sessions::sqlite {

namespace {

constexpr std::size_t mostIdleStatements = 64;
constexpr int memoryForPagesKiB = 16384;

/// `lastErrno` is what errno was after the call: a failing COMMIT does not leave it in the connection.
Error errorOf(sqlite3* database, int code, int lastErrno = 0) {
    const int primary = code & 0xff;
    int systemError = database ? sqlite3_system_errno(database) : 0;
    if (systemError == 0)
        systemError = lastErrno;
    Error error;
    error.detail = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    error.detail += " (SQLite " + std::to_string(database ? sqlite3_extended_errcode(database) : code);
    if (systemError != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL))
        error.detail += std::string(", ") + std::strerror(systemError);
    error.detail += ')';
    const auto is = [&error](ErrorCode errorCode, const char* message) {
        error.code = errorCode;
        error.message = message;
    };
    const bool full =
        primary == SQLITE_FULL ||
        (primary == SQLITE_IOERR && (systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG));
    if (full) {
        is(ErrorCode::DiskFull, "There is no room left for the session store; make room on its disk.");
        return error;
    }
    switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        is(ErrorCode::Locked,
           "Another program holds the session store; close it or wait until it has finished.");
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        is(ErrorCode::ReadOnly,
           "The session store cannot be written; allow yourself to write its file and its folder.");
        break;
    case SQLITE_CANTOPEN:
        if (systemError == EACCES || systemError == EROFS || systemError == EPERM)
            is(ErrorCode::ReadOnly, "The session store cannot be opened; allow yourself to read and write "
                                    "its file and its folder.");
        else
            is(ErrorCode::IoFailed, "The session store cannot be opened; check its file and its folder.");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        is(ErrorCode::ParseFailed,
           "The session store is damaged; restore it from a backup, or move it away and "
           "Tierdeck makes a new one.");
        break;
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
        is(ErrorCode::InvalidInput, "The session store does not take this record.");
        break;
    case SQLITE_INTERRUPT:
        is(ErrorCode::Cancelled, "The question to the session store was cancelled.");
        break;
    default:
        is(ErrorCode::IoFailed, "The session store cannot be read or written; check its disk.");
        break;
    }
    return error;
}

/// The path as a URI, so that a name with '?' or '%' is no option.
std::string uriOf(const std::filesystem::path& file) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string uri = "file://";
    for (const char c : std::filesystem::absolute(file).string()) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::strchr("/-._~", c) != nullptr;
        if (plain) {
            uri += c;
        } else {
            uri += '%';
            uri += digits[byte >> 4];
            uri += digits[byte & 15];
        }
    }
    return uri;
}

/// SQLite would count what it allocates, under a lock that all threads share; nobody asks for that.
void leaveMemoryUncounted() {
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)done; // refused where another part of the program has used SQLite before: then it counts
}

} // namespace

// ----------------------------------------------------------------------------------------------------
// Statement

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Statement::bind(int place, std::int64_t value) {
    const auto at = static_cast<std::size_t>(place);
    if (at < m_boundNumbers.size() && m_boundNumbers[at] == value)
        return;
    bound(place, value, sqlite3_bind_int64(m_statement.get(), place, value));
}

void Statement::bind(int place, std::string_view value) {
    // SQLite takes a null pointer for NULL, which an empty view may hold.
    const char* begin = value.data() ? value.data() : "";
    bound(place, std::nullopt,
          sqlite3_bind_text64(m_statement.get(), place, begin, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int place, std::nullopt_t) {
    bound(place, std::nullopt, sqlite3_bind_null(m_statement.get(), place));
}

void Statement::bindBytes(int place, std::string_view bytes) {
    bound(place, std::nullopt,
          sqlite3_bind_blob64(m_statement.get(), place, bytes.empty() ? "" : bytes.data(), bytes.size(),
                              SQLITE_STATIC));
}

void Statement::bound(int place, std::optional<std::int64_t> number, int code) {
    if (code != SQLITE_OK)
        m_bindError = code;
    else
        m_boundNumbers[static_cast<std::size_t>(place)] = number;
}

void Statement::clearBindings() {
    sqlite3_clear_bindings(m_statement.get());
    std::ranges::fill(m_boundNumbers, std::nullopt);
}

Result<bool> Statement::step() {
    sqlite3* const database = sqlite3_db_handle(m_statement.get());
    if (m_bindError != SQLITE_OK)
        return tl::unexpected<Error>(errorOf(database, m_bindError));
    errno = 0;
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return tl::unexpected<Error>(errorOf(database, code, errno));
}

Result<void> Statement::run() {
    auto stepped = step();
    reset();
    if (!stepped)
        return tl::unexpected<Error>(std::move(stepped.error()));
    return {};
}

void Statement::reset() {
    sqlite3_reset(m_statement.get());
    m_bindError = SQLITE_OK;
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(m_statement.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* begin = sqlite3_column_text(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    if (!begin || size <= 0)
        return {};
    return {reinterpret_cast<const char*>(begin), static_cast<std::size_t>(size)};
}

std::string_view Statement::bytes(int column) const {
    const void* begin = sqlite3_column_blob(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    if (!begin || size <= 0)
        return {};
    return {static_cast<const char*>(begin), static_cast<std::size_t>(size)};
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::optionalNumber(int column) const {
    if (isNull(column))
        return std::nullopt;
    return number(column);
}

// --------------------------------------------------------------------------------------------------------
// Query

Query::Query(Connection& connection, std::string sql, Statement statement)
    : m_connection(&connection)
    , m_sql(std::move(sql))
    , m_statement(std::move(statement)) {}

Query::Query(Query&& other) noexcept
    : m_connection(std::exchange(other.m_connection, nullptr))
    , m_sql(std::move(other.m_sql))
    , m_statement(std::move(other.m_statement)) {}

Query::~Query() {
    if (m_connection)
        m_connection->takeBack(std::move(m_sql), std::move(m_statement));
}

// ---------------------------------------------------------------------------------------------------
// Connection

struct Connection::Handle {
    sqlite3* database = nullptr;
    std::function<bool(std::int64_t)> goOn;
    std::chrono::steady_clock::time_point waitingSince;
    int framesInLog = 0;

    ~Handle() { sqlite3_close_v2(database); }

    /// Short naps at first: most locks are gone within a millisecond.
    static int wait(void* self, int times) {
        auto& handle = *static_cast<Handle*>(self);
        const auto now = std::chrono::steady_clock::now();
        if (times == 0)
            handle.waitingSince = now;
        const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - handle.waitingSince);
        if (!handle.goOn || !handle.goOn(waited.count()))
            return 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(times < 4 ? 1 : times < 10 ? 5 : 20));
        return 1;
    }

    static int committed(void* self, sqlite3*, const char*, int frames) {
        static_cast<Handle*>(self)->framesInLog = frames;
        return SQLITE_OK;
    }
};

Connection::Connection() = default;
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;

Connection& Connection::operator=(Connection&& other) noexcept {
    // Statements before the database that they belong to.
    m_idle.clear();
    m_handle = std::move(other.m_handle);
    m_idle = std::move(other.m_idle);
    return *this;
}

Result<Connection> Connection::open(const std::filesystem::path& file, Access access) {
    leaveMemoryUncounted();
    // A connection is used by one thread at a time, so SQLite need not lock for us.
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
    flags |= access == Access::ReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    std::string uri = uriOf(file);
    if (access == Access::Snapshot)
        uri += "?immutable=1";
    Connection connection;
    connection.m_handle = std::make_unique<Handle>();
    auto& handle = *connection.m_handle;
    if (const int code = sqlite3_open_v2(uri.c_str(), &handle.database, flags, nullptr); code != SQLITE_OK)
        return tl::unexpected<Error>(errorOf(handle.database, code));
    sqlite3_busy_handler(handle.database, &Handle::wait, &handle);
    if (access != Access::ReadWrite)
        sqlite3_db_config(handle.database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (auto done = connection.run("PRAGMA temp_store=MEMORY; PRAGMA cache_size=-" +
                                   std::to_string(memoryForPagesKiB) + ";");
        !done)
        return tl::unexpected<Error>(std::move(done.error()));
    return connection;
}

Result<void> Connection::run(const std::string& sql) {
    const int code = sqlite3_exec(m_handle->database, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return tl::unexpected<Error>(errorOf(m_handle->database, code));
    return {};
}

Result<std::optional<std::int64_t>> Connection::number(const std::string& sql) {
    auto statement = query(sql);
    if (!statement)
        return tl::unexpected<Error>(std::move(statement.error()));
    const auto row = (*statement)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    return *row ? (*statement)->optionalNumber(0) : std::nullopt;
}

Result<Statement> Connection::prepare(std::string_view sql) {
    sqlite3_stmt* compiled = nullptr;
    const int code = sqlite3_prepare_v3(m_handle->database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &compiled, nullptr);
    Statement statement;
    statement.m_statement.reset(compiled);
    if (code != SQLITE_OK)
        return tl::unexpected<Error>(errorOf(m_handle->database, code));
    statement.m_boundNumbers.resize(1 + static_cast<std::size_t>(sqlite3_bind_parameter_count(compiled)));
    return statement;
}

Result<Query> Connection::query(std::string sql) {
    if (const auto found = m_idle.find(sql); found != m_idle.end() && !found->second.empty()) {
        Statement statement = std::move(found->second.back());
        found->second.pop_back();
        return Query(*this, std::move(sql), std::move(statement));
    }
    auto statement = prepare(sql);
    if (!statement)
        return tl::unexpected<Error>(std::move(statement.error()));
    return Query(*this, std::move(sql), std::move(*statement));
}

void Connection::takeBack(std::string sql, Statement statement) {
    statement.reset();
    statement.clearBindings();
    if (m_idle.size() >= mostIdleStatements && m_idle.find(sql) == m_idle.end())
        m_idle.clear();
    m_idle[std::move(sql)].push_back(std::move(statement));
}

void Connection::waitWhile(std::function<bool(std::int64_t)> goOn) {
    m_handle->goOn = std::move(goOn);
}

void Connection::waitAtMost(int ms) {
    waitWhile([ms](std::int64_t waitedMs) { return waitedMs < ms; });
}

bool Connection::inTransaction() const {
    return sqlite3_get_autocommit(m_handle->database) == 0;
}

std::int64_t Connection::rowsChanged() const {
    return sqlite3_changes64(m_handle->database);
}

void Connection::checkpointByHand() {
    sqlite3_wal_hook(m_handle->database, &Handle::committed, m_handle.get());
}

int Connection::framesInLog() const {
    return m_handle->framesInLog;
}

int Connection::checkpoint() {
    // What it could not copy is copied the next time, so its result says nothing that anyone could act on; a
    // real fault of the disk shows at the next commit.
    int copied = 0;
    sqlite3_wal_checkpoint_v2(m_handle->database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &copied);
    return std::max(copied, 0);
}

// --------------------------------------------------------------------------------------------------
// Transaction

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
    auto statement = connection.query(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!statement)
        return tl::unexpected<Error>(std::move(statement.error()));
    if (auto begun = (*statement)->run(); !begun)
        return tl::unexpected<Error>(std::move(begun.error()));
    return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : m_connection(std::exchange(other.m_connection, nullptr)) {}

Transaction::~Transaction() {
    rollBack();
}

Result<void> Transaction::commit() {
    auto statement = m_connection->query("COMMIT");
    if (!statement)
        return tl::unexpected<Error>(std::move(statement.error()));
    if (auto committed = (*statement)->run(); !committed) {
        rollBack();
        return committed;
    }
    m_connection = nullptr;
    return {};
}

void Transaction::rollBack() {
    Connection* const connection = std::exchange(m_connection, nullptr);
    // Some failures have rolled back already.
    if (connection && connection->inTransaction())
        (void)connection->run("ROLLBACK");
}

Result<void> prepareAll(Connection& connection,
                        const std::vector<std::pair<Statement*, std::string>>& statements) {
    for (const auto& [statement, sql] : statements) {
        auto prepared = connection.prepare(sql);
        if (!prepared)
            return tl::unexpected<Error>(std::move(prepared.error()));
        *statement = std::move(*prepared);
    }
    return {};
}

std::string placeholders(int first, int count) {
    std::string text;
    for (int place = first; place < first + count; ++place)
        text += (place == first ? "?" : ", ?") + std::to_string(place);
    return text;
}

bool concernsStore(const Error& error) {
    return error.code != ErrorCode::InvalidInput;
}

} // namespace tierdeck::sessions::sqlite
