#include "core/foundation/atomic_file.h"
#include "core/sessions/past_days.h"
#include "core/sessions/record_json.h"
#include "core/sessions/schema.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

using namespace tierdeck;
using namespace tierdeck::sessions;
using tierdeck::testing::StoreFolder;

namespace {

constexpr int timeoutMs = 50;

std::string bytesOf(const std::filesystem::path& file) {
    return readFile(file).value();
}

/// A file of SQLite's with what `sql` makes.
void makeDatabase(const std::filesystem::path& file, const std::string& sql) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file).close();
    auto connection = sqlite::Connection::open(file, sqlite::Connection::Access::ReadWrite);
    VERIFY_RESULT(connection);
    const auto made = connection->run(sql);
    VERIFY_RESULT(made);
}

/// A store as an earlier version made it, with four requests of two sessions in it.
std::string versionFile(int version) {
    return readFile(std::string(TIERDECK_TEST_DATA) + "/sessions/store-v" + std::to_string(version) + ".sql")
        .value();
}

std::string firstVersion() {
    return versionFile(1);
}

std::vector<std::string> tablesOf(sqlite::Connection& connection) {
    std::vector<std::string> tables;
    auto query = connection.query(
        "SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_master ORDER BY 1");
    while ((*query)->step().value()) {
        std::string sql((*query)->text(0));
        std::erase_if(sql, [](char c) { return c == ' ' || c == '\n'; });
        tables.push_back(std::move(sql));
    }
    return tables;
}

} // namespace

class SchemaTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void aNewStore() {
        const StoreFolder folder;
        auto connection = schema::openForWriting(folder.file(), timeoutMs, "Asia/Tokyo");
        VERIFY_RESULT(connection);
        QVERIFY(connection->number("PRAGMA user_version").value() == schema::currentVersion());
        QCOMPARE(schema::timeZoneOf(*connection)->name(), std::string("Asia/Tokyo"));

        struct stat status {};

        QCOMPARE(::stat(folder.file().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777u, 0600u);
        // The zone is for ever, whatever is asked for later.
        auto again = schema::openForWriting(folder.file(), timeoutMs, "Europe/Paris");
        VERIFY_RESULT(again);
        QCOMPARE(schema::timeZoneOf(*again)->name(), std::string("Asia/Tokyo"));
    }

    void anUnknownZoneMakesNoStore() {
        const StoreFolder folder;
        const auto connection = schema::openForWriting(folder.file(), timeoutMs, "Europe/Atlantis");
        QVERIFY(!connection);
        QCOMPARE(connection.error().code, ErrorCode::InvalidInput);
        QVERIFY(!std::filesystem::exists(folder.file()));
    }

    void earlierVersionsAreWhatTheyWere_data() {
        QTest::addColumn<int>("version");
        QTest::newRow("1") << 1;
        QTest::newRow("2") << 2;
        QTest::newRow("3") << 3;
    }

    void earlierVersionsAreWhatTheyWere() {
        QFETCH(int, version);
        const StoreFolder folder;
        makeDatabase(folder.path() / "old.db", versionFile(version));
        auto kept = sqlite::Connection::open(folder.path() / "old.db", sqlite::Connection::Access::ReadOnly);
        VERIFY_RESULT(kept);
        makeDatabase(folder.path() / "new.db", {});
        auto made = sqlite::Connection::open(folder.path() / "new.db", sqlite::Connection::Access::ReadWrite);
        VERIFY_RESULT(made);
        VERIFY_RESULT(
            schema::migrate(*made, schema::migrations().first(static_cast<std::size_t>(version)), "UTC"));
        QVERIFY(tablesOf(*kept) == tablesOf(*made));
    }

    void theFirstVersionComesForward() {
        const StoreFolder folder;
        makeDatabase(folder.file(), firstVersion());
        {
            const auto reader = folder.read(); // migrates by itself
            VERIFY_RESULT(reader);
        }
        auto store = folder.open();
        VERIFY_RESULT(store);
        VERIFY_RESULT(testing::recordAndWait(**store, testing::wildRecords(1, 9).back()));
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto old = (*reader)->request(RequestId(3));
        VERIFY_RESULT(old);
        QVERIFY(old->has_value());
        QCOMPARE((*old)->session, std::string("session-b"));
        QCOMPARE((*old)->project, std::string("shop"));
        QVERIFY(!(*old)->cost);
        const auto totals = (*reader)->totals({});
        VERIFY_RESULT(totals);
        QCOMPARE(totals->requests, 5);
        QCOMPARE((*reader)->timeZone(), std::string("Europe/Berlin"));
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
    }

    void theSecondVersionKeepsWhereNamesCameFrom() {
        const StoreFolder folder;
        makeDatabase(folder.file(), firstVersion());
        routing::RequestRecord record = testing::wildRecords(1, 9).back();
        record.agent = "a2";
        record.agentSource = "x-claude-code-agent-id";
        record.parentAgent = "a1";
        record.client = "claude-code";
        record.clientSource = "x-app";
        record.project = "shop";
        record.projectSource = "X-Tierdeck-Project";
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            VERIFY_RESULT(testing::recordAndWait(**store, record));
        }
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto kept = (*reader)->request(record.request);
        VERIFY_RESULT(kept);
        QVERIFY(kept->has_value());
        QCOMPARE(toJson(**kept), toJson(record));
        const auto rows = (*reader)->requests({}, 10, {});
        VERIFY_RESULT(rows);
        QCOMPARE(rows->rows.size(), std::size_t{5});
        for (const auto& row : rows->rows) {
            if (row.request == record.request)
                continue; // the others are of the first version, which did not know
            QVERIFY(row.agentSource.empty() && row.clientSource.empty());
            QVERIFY(row.projectSource.empty() && row.parentAgent.empty());
        }
        auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        VERIFY_RESULT(file);
        QVERIFY(file->number("PRAGMA user_version").value() >= 2);
    }

    void theSecondVersionComesForward() {
        const StoreFolder folder;
        makeDatabase(folder.file(), versionFile(2));
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            routing::RequestRecord record = testing::wildRecords(1, 9).back();
            record.facts.emplace().declaredModel = "tier-coding";
            record.facts->messages = 3;
            record.features = "1abc/def";
            VERIFY_RESULT(testing::recordAndWait(**store, record));
            const auto reader = folder.read();
            const auto kept = (*reader)->request(record.request);
            VERIFY_RESULT(kept);
            QVERIFY(kept->has_value());
            QCOMPARE(toJson(**kept), toJson(record));
        }
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto old = (*reader)->request(RequestId(2));
        VERIFY_RESULT(old);
        QVERIFY(old->has_value());
        QCOMPARE((*old)->parentAgent, std::string("planner"));
        QCOMPARE((*old)->agentSource, std::string("x-claude-code-agent-id"));
        QCOMPARE((*old)->clientSource, std::string("x-app"));
        QVERIFY(!(*old)->facts && (*old)->features.empty()); // nobody wrote them down
        QVERIFY((*reader)->labels()->empty());
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
    }

    void theThirdVersionComesForward() {
        const StoreFolder folder;
        makeDatabase(folder.file(), versionFile(3));
        {
            auto past = PastDays::open(folder.file()); // migrates by itself
            VERIFY_RESULT(past);
            const auto done = past->sumUp(LocalDay(std::chrono::days(30'000)), std::chrono::seconds(60));
            VERIFY_RESULT(done);
            QVERIFY(*done);
        }
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto old = (*reader)->request(RequestId(1));
        VERIFY_RESULT(old);
        QVERIFY(old->has_value());
        QVERIFY((*old)->facts.has_value());
        QCOMPARE((*old)->facts->toolsOffered, 12);
        QCOMPARE((*old)->facts->score, 6100);
        QCOMPARE((*old)->features, std::string("1ab/def"));
        QCOMPARE((*reader)->labelOf(RequestId(1))->value_or(""), std::string("smart"));
        const auto byTier = (*reader)->spend({Period::Day, {Dimension::Tier}, {}, {}});
        VERIFY_RESULT(byTier);
        QCOMPARE(byTier->totals.requests, 4);
        QCOMPARE(byTier->rows.size(), std::size_t{4}); // a day each
        const auto byTurns = (*reader)->sessions({}, SessionOrder::Turns, 10);
        VERIFY_RESULT(byTurns);
        QCOMPARE(byTurns->rows.front().session, std::string("session-a"));
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
        auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        QVERIFY(file->number("SELECT count(*) FROM past_sum").value() > 0);
    }

    void theFourthVersionComesForward() {
        const StoreFolder folder;
        makeDatabase(folder.file(), versionFile(4));
        const auto dayOfStore = [](std::int64_t number) {
            return LocalDay(std::chrono::days(static_cast<int>(number)));
        };
        const auto answersOf = [](StoreReader& reader) {
            std::vector<std::string> lines;
            for (const Period period : {Period::None, Period::Day, Period::Month}) {
                const auto spent = reader.spend({period, {Dimension::Model}, {}, {}});
                for (const std::string& line : testing::text(spent.value()))
                    lines.push_back(line);
            }
            const auto requests = reader.requests({}, 10, {}, RequestOrder::DearestFirst);
            for (const auto& record : requests.value().rows)
                lines.push_back(testing::text(record));
            return lines;
        };
        std::vector<std::string> before;
        {
            const auto reader = folder.read(); // what was summed up is no longer, and nobody has done it anew
            VERIFY_RESULT(reader);
            before = answersOf(**reader);
            QVERIFY(before.size() > 10);
        }
        {
            auto past = PastDays::open(folder.file());
            VERIFY_RESULT(past);
            QVERIFY(past->sumUp(dayOfStore(30'000), std::chrono::seconds(60)).value());
        }
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        QVERIFY(answersOf(**reader) == before);
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
        auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        QVERIFY(file->number("SELECT count(*) FROM sqlite_master WHERE name='past_day'").value() == 0);
        for (const char* table :
             {"past_sum", "past_month", "past_quarter", "past_dearest", "past_session", "past_part"})
            QVERIFY(file->number("SELECT count(*) FROM " + std::string(table)).value() > 0);
        // Requests of version 4 and of this one stand side by side.
        auto store = folder.open();
        VERIFY_RESULT(store);
        routing::RequestRecord record = testing::wildRecords(1, 9).back();
        record.request = RequestId(90'000);
        VERIFY_RESULT(testing::recordAndWait(**store, record));
        QCOMPARE((*reader)->totals({})->requests, 5);
    }

    void theSumsOfTheFifthVersionAreMadeAnew() {
        const StoreFolder folder;
        makeDatabase(folder.file(), versionFile(4));
        {
            auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite);
            VERIFY_RESULT(file);
            VERIFY_RESULT(schema::migrate(*file, schema::migrations().first(5), "UTC"));
            VERIFY_RESULT(file->run("INSERT INTO past_quarter SELECT DISTINCT day, 1, X'00', X'00' FROM "
                                    "daily; UPDATE meta SET value=30000 WHERE name='summed_until'"));
        }
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const SpendQuery byTwo{Period::Day, {Dimension::Tier, Dimension::Model}, {}, {}};
        for (int round = 0; round < 2; ++round) {
            const auto spent = (*reader)->spend(byTwo);
            VERIFY_RESULT(spent);
            QCOMPARE(spent->rows.size(), std::size_t{4});
            QCOMPARE(spent->totals.requests, 4);
            auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
            QVERIFY(file->number("SELECT count(*) FROM past_quarter").value() == (round == 0 ? 0 : 4));
            auto past = PastDays::open(folder.file());
            VERIFY_RESULT(past);
            QVERIFY(past->sumUp(LocalDay(std::chrono::days(30'000)), std::chrono::seconds(60)).value());
        }
    }

    void requestsOfATurnShareTheirEvidence() {
        const StoreFolder folder;
        std::vector<routing::RequestRecord> records;
        for (int i = 0; i < 40; ++i) {
            routing::RequestRecord record = testing::wildRecords(1, 1).front();
            record.request = RequestId(i + 1);
            routing::RequestFacts& facts = record.facts.emplace();
            facts.declaredModel = "auto";
            facts.toolsOffered = i < 20 ? 12 : 13;
            facts.inputTokens = 1000 * i;
            facts.messages = 2 * i;
            facts.score = 10'000 - i;
            record.features = "1" + std::to_string(i) + "/the prompt's own";
            records.push_back(std::move(record));
        }
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, records);
        }
        const auto reader = folder.read();
        for (const auto& record : records)
            QCOMPARE(toJson((*reader)->request(record.request)->value()), toJson(record));
        auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        QVERIFY(file->number("SELECT count(*) FROM evidence").value() == 2);
    }

    void aNewerStoreIsLeftAlone() {
        const StoreFolder folder;
        makeDatabase(folder.file(), firstVersion());
        {
            auto connection = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite);
            VERIFY_RESULT(connection);
            VERIFY_RESULT(connection->run("CREATE TABLE later(x); PRAGMA user_version=1000;"));
        }
        const std::string before = bytesOf(folder.file());
        const auto store = folder.open();
        QVERIFY(!store);
        QCOMPARE(store.error().code, ErrorCode::Unsupported);
        QVERIFY(store.error().message.find("newer") != std::string::npos);
        const auto reader = folder.read();
        QVERIFY(!reader);
        QCOMPARE(reader.error().code, ErrorCode::Unsupported);
        QVERIFY(bytesOf(folder.file()) == before);
    }

    void whatIsNoStore_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray("This is a letter, not a database.").repeated(100);
        QTest::newRow("zeros") << QByteArray(8192, '\0');
        QTest::newRow("half a header") << QByteArray("SQLite format 3");
    }

    void whatIsNoStore() {
        QFETCH(QByteArray, bytes);
        const StoreFolder folder;
        std::filesystem::create_directories(folder.file().parent_path());
        std::ofstream(folder.file()) << bytes.toStdString();
        const auto store = folder.open();
        QVERIFY(!store);
        QCOMPARE(store.error().code, ErrorCode::ParseFailed);
        QVERIFY(store.error().message.find("move it away") != std::string::npos);
        const auto reader = folder.read();
        QVERIFY(!reader);
        QCOMPARE(reader.error().code, ErrorCode::ParseFailed);
        QVERIFY(bytesOf(folder.file()) == bytes.toStdString());
    }

    void anotherProgramsDatabase() {
        const StoreFolder folder;
        makeDatabase(folder.file(), "CREATE TABLE songs(title TEXT); INSERT INTO songs VALUES('Tier');");
        const std::string before = bytesOf(folder.file());
        for (const ErrorCode code : {folder.open().error().code, folder.read().error().code})
            QCOMPARE(code, ErrorCode::ParseFailed);
        QVERIFY(bytesOf(folder.file()) == before);
    }

    void aDamagedStore() {
        const StoreFolder folder;
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, testing::wildRecords(3, 2000));
        }
        std::string bytes = bytesOf(folder.file());
        QVERIFY(bytes.size() > 40 * 4096);
        for (std::size_t page = 2; page < bytes.size() / 4096; ++page)
            bytes.replace(page * 4096, 64, std::string(64, '\xa5'));
        std::ofstream(folder.file()) << bytes;
        const auto reader = folder.read();
        // Found on opening or at the first question, and said plainly.
        const auto totals =
            reader ? (*reader)->totals({}) : Result<Totals>(tl::unexpected<Error>(reader.error()));
        QVERIFY(!totals);
        QCOMPARE(totals.error().code, ErrorCode::ParseFailed);
        QVERIFY(totals.error().message.find("backup") != std::string::npos);
        const auto store = folder.open();
        if (!store) {
            QCOMPARE(store.error().code, ErrorCode::ParseFailed);
            return;
        }
        // Nothing is lost to it.
        const auto kept = testing::recordAndWait(**store, testing::wildRecords(4, 1).front());
        QVERIFY(!kept);
        QCOMPARE(kept.error().code, ErrorCode::ParseFailed);
        QVERIFY(std::filesystem::exists(folder.unsavedFile()));
    }

    void noStoreYet() {
        const StoreFolder folder;
        QCOMPARE(folder.read().error().code, ErrorCode::NotFound);
        makeDatabase(folder.file(), {}); // somebody is just making it
        QCOMPARE(folder.read().error().code, ErrorCode::NotFound);
    }

    void aFolderInWhichNothingMayBeMade() {
        if (::geteuid() == 0)
            QSKIP("root may write everywhere");
        const StoreFolder folder;
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, testing::wildRecords(5, 20));
        }
        const auto parent = folder.file().parent_path();
        ::chmod(folder.file().c_str(), 0400);
        ::chmod(parent.c_str(), 0500);
        const auto reader = folder.read();
        const auto store = folder.open();
        ::chmod(parent.c_str(), 0700);
        VERIFY_RESULT(reader);
        QCOMPARE((*reader)->totals({})->requests, 20);
        QVERIFY(!store);
        QCOMPARE(store.error().code, ErrorCode::ReadOnly);
    }

    // What later versions will rely on.

    void migrationsGoForward() {
        static constexpr std::array steps{
            schema::Migration{1, "CREATE TABLE a(x); CREATE TABLE meta(name, value);"},
            schema::Migration{2, "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES(1, 2);"},
            schema::Migration{3, "CREATE INDEX a_by_y ON a(y);"}};
        const StoreFolder folder;
        makeDatabase(folder.file(), {});
        auto connection = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite);
        VERIFY_RESULT(connection);
        VERIFY_RESULT(schema::migrate(*connection, std::span(steps).first(1), "UTC"));
        QVERIFY(connection->number("PRAGMA user_version").value() == 1);
        VERIFY_RESULT(schema::migrate(*connection, steps, "Asia/Tokyo"));
        QVERIFY(connection->number("PRAGMA user_version").value() == 3);
        QVERIFY(connection->number("SELECT y FROM a").value() == 2);
        VERIFY_RESULT(schema::migrate(*connection, steps, "UTC")); // nothing left to do
        QVERIFY(connection->number("SELECT count(*) FROM a").value() == 1);
        QCOMPARE(schema::timeZoneOf(*connection)->name(), std::string("UTC"));
        const auto older = schema::migrate(*connection, std::span(steps).first(2), "UTC");
        QVERIFY(!older);
        QCOMPARE(older.error().code, ErrorCode::Unsupported);
    }

    void aMigrationIsWholeOrNotAtAll() {
        static constexpr std::array steps{
            schema::Migration{1, "CREATE TABLE meta(name, value);"},
            schema::Migration{2, "CREATE TABLE b(x); INSERT INTO nowhere VALUES(1);"}};
        const StoreFolder folder;
        makeDatabase(folder.file(), {});
        auto connection = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite);
        VERIFY_RESULT(connection);
        QVERIFY(!schema::migrate(*connection, steps, "UTC"));
        QVERIFY(connection->number("PRAGMA user_version").value() == 1);
        QVERIFY(connection->number("SELECT count(*) FROM sqlite_master WHERE name='b'").value() == 0);
        QVERIFY(!connection->inTransaction());
    }

    // The layer under it.

    void locksAreWaitedForAndThenGivenUp() {
        const StoreFolder folder;
        makeDatabase(folder.file(), "CREATE TABLE a(x);");
        auto first = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite).value();
        auto second = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite).value();
        auto held = sqlite::Transaction::begin(first, sqlite::Transaction::Kind::Write);
        VERIFY_RESULT(held);
        int asked = 0;
        second.waitWhile([&](std::int64_t) {
            if (++asked == 3)
                held->rollBack();
            return true;
        });
        {
            auto waited = sqlite::Transaction::begin(second, sqlite::Transaction::Kind::Write);
            VERIFY_RESULT(waited);
            QCOMPARE(asked, 3);
            const auto refused = sqlite::Transaction::begin(first, sqlite::Transaction::Kind::Write);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::Locked);
            QVERIFY(sqlite::concernsStore(refused.error()));
        }
        VERIFY_RESULT(sqlite::Transaction::begin(first, sqlite::Transaction::Kind::Write));
    }

    void transactionsRollBack() {
        const StoreFolder folder;
        makeDatabase(folder.file(), "CREATE TABLE a(x);");
        auto connection =
            sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite).value();
        {
            auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::Kind::Write);
            VERIFY_RESULT(connection.run("INSERT INTO a VALUES(1)"));
        }
        QVERIFY(connection.number("SELECT count(*) FROM a").value() == 0);
        {
            auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::Kind::Write);
            VERIFY_RESULT(connection.run("INSERT INTO a VALUES(1)"));
            VERIFY_RESULT(transaction->commit());
        }
        QVERIFY(connection.number("SELECT count(*) FROM a").value() == 1);
    }

    void valuesComeBack() {
        const StoreFolder folder;
        makeDatabase(folder.file(), "CREATE TABLE a(n INTEGER, t TEXT, o INTEGER);");
        auto connection =
            sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite).value();
        const std::string text("a\0b'; DROP TABLE a; --", 22);
        {
            auto insert = connection.query("INSERT INTO a VALUES(?1, ?2, ?3)");
            VERIFY_RESULT(insert);
            VERIFY_RESULT((*insert)->runWith(std::numeric_limits<std::int64_t>::min(), std::string_view(text),
                                             std::optional<std::int64_t>()));
            VERIFY_RESULT(
                (*insert)->runWith(std::int64_t{0}, std::string_view(), std::optional<std::int64_t>(7)));
            QVERIFY(!(*insert)->runWith(std::int64_t{1}, std::int64_t{2}, std::int64_t{3},
                                        std::int64_t{4})); // too many
        }
        auto select = connection.query("SELECT n, t, o FROM a ORDER BY n");
        QVERIFY((*select)->step().value());
        QCOMPARE((*select)->number(0), std::numeric_limits<std::int64_t>::min());
        QVERIFY((*select)->text(1) == text);
        QVERIFY((*select)->isNull(2) && !(*select)->optionalNumber(2));
        QVERIFY((*select)->step().value());
        QVERIFY((*select)->text(1).empty() && !(*select)->isNull(1));
        QVERIFY((*select)->optionalNumber(2) == 7);
        QVERIFY(!(*select)->step().value());
    }
};

QTEST_GUILESS_MAIN(SchemaTest)
#include "tst_schema.moc"
