#include "core/sessions/schema.h"

#include "core/foundation/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace tierdeck::sessions::schema {

namespace {

namespace fs = std::filesystem;
using sqlite::Connection;
using sqlite::Transaction;

// Times are milliseconds since 1970 in UTC, money is nano-dollars, days are days since 1970 in the store's
// zone. `text` holds every name once; 0 is "". In `request`, tier and model are null where there is none;
// everywhere else that is 0. `opens_turn` marks the earliest request of a turn: counting it counts turns,
// whatever is filtered. `session_part` says what a session is made of; `turn.tiers` is
// "tier:requests:cost;…", `models` and `tier_sources` are "number;…", each in the order in which they came.
constexpr std::string_view version1 = R"sql(
CREATE TABLE meta(
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('next_request', 1);

CREATE TABLE text(
    id INTEGER PRIMARY KEY,
    value TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO text VALUES(0, '');

CREATE TABLE request(
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    opens_turn INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    source INTEGER NOT NULL,
    tier INTEGER,
    model INTEGER,
    provider INTEGER NOT NULL,
    project INTEGER NOT NULL,
    client INTEGER NOT NULL,
    task_type INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER,
    status INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    usage_estimated INTEGER NOT NULL,
    first_byte_ms INTEGER,
    session_source INTEGER NOT NULL,
    parent_session INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    title INTEGER NOT NULL,
    tier_source INTEGER NOT NULL,
    starting_tier INTEGER NOT NULL,
    model_returned INTEGER NOT NULL,
    price_version INTEGER NOT NULL,
    reason TEXT NOT NULL,
    message_id TEXT NOT NULL
) STRICT;
CREATE INDEX request_by_time ON request(time_ms);
CREATE INDEX request_by_session ON request(session, time_ms);

CREATE TABLE request_text(
    request INTEGER PRIMARY KEY,
    decision TEXT NOT NULL,
    notes TEXT NOT NULL
) STRICT;

CREATE TABLE attempt(
    request INTEGER NOT NULL,
    place INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    model INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY(request, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE turn(
    session INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    opener INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    tiers TEXT NOT NULL,
    models TEXT NOT NULL,
    tier_sources TEXT NOT NULL,
    fallbacks INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(session, turn)
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_by_time ON turn(first_ms);
CREATE INDEX turn_by_session ON turn(session, first_ms);

CREATE TABLE session(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    title INTEGER NOT NULL,
    title_ms INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    parent_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_time ON session(last_ms);
CREATE INDEX session_by_cost ON session(cost);

CREATE TABLE session_part(
    session INTEGER NOT NULL,
    source INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    model INTEGER NOT NULL,
    project INTEGER NOT NULL,
    client INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(session, source, tier, model, project, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE daily(
    day INTEGER NOT NULL,
    source INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    model INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    project INTEGER NOT NULL,
    client INTEGER NOT NULL,
    task_type INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(day, source, tier, model, provider, project, client, task_type)
) STRICT, WITHOUT ROWID;
)sql";

// Which header or field agent, client and project came from, and whose agent an agent is.
constexpr std::string_view version2 = R"sql(
ALTER TABLE request ADD COLUMN agent_source INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN client_source INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN project_source INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN parent_agent INTEGER NOT NULL DEFAULT 0;
)sql";

// What decisions were made from, so that another policy can be asked the same again and a classifier can
// learn. The requests of a turn share a row of `evidence`; a request's features are its own, then the row's.
// Scores are in ten-thousandths. And what a person says a request should have been.
constexpr std::string_view version3 = R"sql(
CREATE TABLE evidence(
    id INTEGER PRIMARY KEY,
    facts TEXT NOT NULL,
    features TEXT NOT NULL
) STRICT;
ALTER TABLE request ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN input_estimate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN score INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN code_score INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN features TEXT NOT NULL DEFAULT '';

CREATE TABLE label(
    request INTEGER PRIMARY KEY,
    tier INTEGER NOT NULL,
    time_ms INTEGER NOT NULL
) STRICT;
)sql";

// The days before meta's `summed_until` by one dimension (its place in `daily`, from 1), alone and within one
// value of another, 0 for none: made from `daily` when somebody looks back. A writer of an earlier day puts
// `summed_until` back to it. And where to find decisions of promotions that wanted a tier without a model:
// packed_decision.cpp says so in bit 4 of the digit behind its version.
constexpr std::string_view version4 = R"sql(
CREATE TABLE past_day(
    within INTEGER NOT NULL,
    within_value INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    day INTEGER NOT NULL,
    value INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(within, within_value, dimension, day, value)
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('summed_until', -1000000000);

CREATE INDEX request_text_unset ON request_text(request) WHERE decision GLOB '1[G-Vm-z_-]*';
)sql";

// In place of past_day, whose row for every value cost more to read than what stood in it; packed_sums.h
// packs all of it. past_sum: the sums of each value of a dimension on a day; past_month: the same in a month,
// whose first day is its number, of months that end before `summed_until`. past_quarter: which combinations
// of values, priced or not, occurred on a day, each of them by quarters of an hour, and the least number of
// the day's requests. past_dearest: the day's requests from the dearest on, then from the latest: cost,
// combination, time and number of each; those without a price by themselves. past_session: what is sorted by
// of sessions that were over by then; those with a request on `summed_until` or later are looked at
// themselves.
constexpr std::string_view version5 = R"sql(
DROP TABLE past_day;
CREATE TABLE past_sum(
    within INTEGER NOT NULL,
    within_value INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    day INTEGER NOT NULL,
    sums BLOB NOT NULL,
    PRIMARY KEY(within, within_value, dimension, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE past_month(
    within INTEGER NOT NULL,
    within_value INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    month INTEGER NOT NULL,
    sums BLOB NOT NULL,
    PRIMARY KEY(within, within_value, dimension, month)
) STRICT, WITHOUT ROWID;
CREATE TABLE past_quarter(
    day INTEGER PRIMARY KEY,
    first_request INTEGER NOT NULL,
    combinations BLOB NOT NULL,
    sums BLOB NOT NULL
) STRICT;
CREATE TABLE past_dearest(
    unpriced INTEGER NOT NULL,
    day INTEGER NOT NULL,
    part INTEGER NOT NULL,
    requests BLOB NOT NULL,
    PRIMARY KEY(unpriced, day, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE past_session(
    session INTEGER PRIMARY KEY,
    turns INTEGER NOT NULL,
    tokens INTEGER NOT NULL
) STRICT;
CREATE INDEX past_session_by_turns ON past_session(turns);
CREATE INDEX past_session_by_tokens ON past_session(tokens);
UPDATE meta SET value=-1000000000 WHERE name='summed_until';
)sql";

// past_quarter's combinations come with their sums of the day, so that only who asks for a part of it reads
// the quarters. past_part: what a session that is over has cost with each source, tier, model, project and
// client (their places in `daily`, from 1).
constexpr std::string_view version6 = R"sql(
DELETE FROM past_quarter;
CREATE TABLE past_part(
    session INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    value INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY(session, dimension, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX past_part_by_cost ON past_part(dimension, value, cost);
UPDATE meta SET value=-1000000000 WHERE name='summed_until';
)sql";

constexpr std::array steps{Migration{1, version1}, Migration{2, version2}, Migration{3, version3},
                           Migration{4, version4}, Migration{5, version5}, Migration{6, version6}};

/// Tells our file from another program's: "TDck".
constexpr std::int64_t applicationId = 0x5444636b;

Result<int> versionOf(Connection& connection) {
    const auto version = connection.number("PRAGMA user_version");
    if (!version)
        return tl::unexpected<Error>(version.error());
    return static_cast<int>(version->value_or(0));
}

tl::unexpected<Error> newerThanUs(int version, int known) {
    return failure(ErrorCode::Unsupported,
                   "The session store was written by a newer Tierdeck; install that version to use it.",
                   "The store has version " + std::to_string(version) + ", this program knows up to " +
                       std::to_string(known) + ".");
}

Result<void> checkOwner(Connection& connection, int version) {
    const auto owner = connection.number("PRAGMA application_id");
    if (!owner)
        return tl::unexpected<Error>(owner.error());
    const auto tables = connection.number("SELECT count(*) FROM sqlite_master");
    if (!tables)
        return tl::unexpected<Error>(tables.error());
    const bool empty = version == 0 && owner->value_or(0) == 0 && tables->value_or(0) == 0;
    if (!empty && owner->value_or(0) != applicationId)
        return failure(ErrorCode::ParseFailed,
                       "The file in the session store's place is not Tierdeck's; move it away.");
    return {};
}

Result<void> apply(Connection& connection, const Migration& step, const std::string& timeZone) {
    auto transaction = Transaction::begin(connection, Transaction::Kind::Write);
    if (!transaction)
        return tl::unexpected<Error>(std::move(transaction.error()));
    // Somebody else may have been quicker.
    const auto version = versionOf(connection);
    if (!version)
        return tl::unexpected<Error>(version.error());
    if (*version >= step.version)
        return {};
    if (auto done = connection.run(std::string(step.sql)); !done)
        return done;
    if (*version == 0) {
        if (auto done = connection.run("PRAGMA application_id=" + std::to_string(applicationId)); !done)
            return done;
        auto keepZone = connection.query("INSERT INTO meta(name, value) VALUES('time_zone', ?1)");
        if (!keepZone)
            return tl::unexpected<Error>(std::move(keepZone.error()));
        if (auto done = (*keepZone)->runWith(std::string_view(timeZone)); !done)
            return done;
    }
    if (auto done = connection.run("PRAGMA user_version=" + std::to_string(step.version)); !done)
        return done;
    return transaction->commit();
}

/// An empty file that only its owner may read: SQLite gives its companions the same mode.
Result<void> makeFile(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor >= 0) {
        ::close(descriptor);
        return {};
    }
    const int reason = errno;
    const bool denied = reason == EACCES || reason == EROFS || reason == EPERM;
    return failure(
        denied             ? ErrorCode::ReadOnly
        : reason == ENOSPC ? ErrorCode::DiskFull
                           : ErrorCode::IoFailed,
        denied ? "The session store cannot be written; allow yourself to write its file and its folder."
               : "The session store cannot be made; check its folder and its disk.",
        file.string() + ": " + std::strerror(reason));
}

/// The switch to WAL needs the file for itself for a moment and does not wait for it by itself.
Result<void> switchToWal(Connection& connection, int busyTimeoutMs) {
    using Steady = std::chrono::steady_clock;
    const auto giveUp = Steady::now() + std::chrono::milliseconds(busyTimeoutMs);
    for (;;) {
        auto done = connection.run("PRAGMA journal_mode=WAL");
        if (done || done.error().code != ErrorCode::Locked || Steady::now() >= giveUp)
            return done;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

struct Opened {
    Connection connection;
    int version = 0;
};

Result<Opened> openAs(const fs::path& file, Connection::Access access, int busyTimeoutMs) {
    auto connection = Connection::open(file, access);
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    connection->waitAtMost(busyTimeoutMs);
    const auto version = versionOf(*connection);
    if (!version)
        return tl::unexpected<Error>(version.error());
    return Opened{std::move(*connection), *version};
}

/// Looks at the version without writing: a newer store stays as it is, to the byte.
Result<void> checkNotNewer(const fs::path& file, int busyTimeoutMs) {
    const auto opened = openAs(file, Connection::Access::ReadOnly, busyTimeoutMs);
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    if (opened->version > currentVersion())
        return newerThanUs(opened->version, currentVersion());
    return {};
}

bool isThere(const fs::path& file) {
    std::error_code none;
    return fs::exists(file, none);
}

} // namespace

std::span<const Migration> migrations() {
    return steps;
}

int currentVersion() {
    return steps.back().version;
}

Result<void> migrate(Connection& connection, std::span<const Migration> wanted, const std::string& timeZone) {
    const auto version = versionOf(connection);
    if (!version)
        return tl::unexpected<Error>(version.error());
    if (!wanted.empty() && *version > wanted.back().version)
        return newerThanUs(*version, wanted.back().version);
    if (auto done = checkOwner(connection, *version); !done)
        return done;
    for (const Migration& step : wanted) {
        if (step.version <= *version)
            continue;
        if (auto done = apply(connection, step, timeZone); !done)
            return done;
    }
    return {};
}

Result<Connection> openForWriting(const fs::path& file, int busyTimeoutMs, const std::string& timeZone) {
    const auto zone = TimeZone::find(timeZone.empty() ? TimeZone::nameOfMachine() : timeZone);
    if (!zone)
        return tl::unexpected<Error>(zone.error());
    if (isThere(file)) {
        // A folder in which a reader may not make its files tells the writer so in better words.
        auto fine = checkNotNewer(file, busyTimeoutMs);
        if (!fine && fine.error().code != ErrorCode::IoFailed)
            return tl::unexpected<Error>(std::move(fine.error()));
    } else {
        if (auto made = makeFolder(file.parent_path()); !made)
            return tl::unexpected<Error>(std::move(made.error()));
        if (auto made = makeFile(file); !made)
            return tl::unexpected<Error>(std::move(made.error()));
    }
    auto opened = openAs(file, Connection::Access::ReadWrite, busyTimeoutMs);
    if (!opened)
        return tl::unexpected<Error>(std::move(opened.error()));
    Connection& connection = opened->connection;
    if (auto done = checkOwner(connection, opened->version); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    if (auto done = switchToWal(connection, busyTimeoutMs); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    if (auto done = connection.run("PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=67108864;"); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    if (auto done = migrate(connection, migrations(), zone->name()); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    return std::move(connection);
}

Result<Connection> openForReading(const fs::path& file, int busyTimeoutMs) {
    const auto noStore = [] {
        return failure(ErrorCode::NotFound,
                       "There is no session store yet; it is made with the first request.");
    };
    if (!isThere(file))
        return noStore();
    auto opened = openAs(file, Connection::Access::ReadOnly, busyTimeoutMs);
    if (!opened &&
        (opened.error().code == ErrorCode::IoFailed || opened.error().code == ErrorCode::ReadOnly)) {
        // A reader of a WAL file makes companions beside it. Where it may not, and nobody has left a log that
        // would have to be read, the file is all there is.
        std::error_code none;
        const auto logSize = fs::file_size(file.string() + "-wal", none);
        if (none || logSize == 0)
            opened = openAs(file, Connection::Access::Snapshot, busyTimeoutMs);
    }
    if (!opened)
        return tl::unexpected<Error>(std::move(opened.error()));
    if (opened->version > currentVersion())
        return newerThanUs(opened->version, currentVersion());
    if (auto ours = checkOwner(opened->connection, opened->version); !ours)
        return tl::unexpected<Error>(std::move(ours.error()));
    if (opened->version == 0)
        return noStore(); // it is being made
    if (opened->version < currentVersion()) {
        if (auto migrated = openForWriting(file, busyTimeoutMs, {}); !migrated)
            return migrated;
        opened = openAs(file, Connection::Access::ReadOnly, busyTimeoutMs);
        if (!opened)
            return tl::unexpected<Error>(std::move(opened.error()));
    }
    return std::move(opened->connection);
}

Result<TimeZone> timeZoneOf(Connection& connection) {
    auto name = connection.query("SELECT value FROM meta WHERE name='time_zone'");
    if (!name)
        return tl::unexpected<Error>(std::move(name.error()));
    const auto row = (*name)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    if (!*row)
        return failure(ErrorCode::ParseFailed,
                       "The session store is damaged: it has no time zone. Restore it from a "
                       "backup, or move it away and Tierdeck makes a new one.");
    return TimeZone::find((*name)->text(0));
}

} // namespace tierdeck::sessions::schema
