#include "core/foundation/atomic_file.h"
#include "core/sessions/journal.h"
#include "core/sessions/record_json.h"
#include "core/sessions/session_store.h"
#include "core/sessions/sqlite.h"
#include "tests/core/sessions/full_disk.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::sessions;
using routing::RequestRecord;
using testing::append;
using testing::FullDisk;
using testing::keepAtOnce;
using testing::recordAll;
using testing::recordAndWait;
using testing::StoreFolder;
using testing::wildRecords;

namespace {

/// Holds the store's write lock, as another program would.
class Lock {
public:
    explicit Lock(const std::filesystem::path& file)
        : m_connection(sqlite::Connection::open(file, sqlite::Connection::Access::ReadWrite).value())
        , m_transaction(sqlite::Transaction::begin(m_connection, sqlite::Transaction::Kind::Write).value()) {}

    void release() { m_transaction.rollBack(); }

private:
    sqlite::Connection m_connection;
    sqlite::Transaction m_transaction;
};

/// What onTrouble said, in order.
class Troubles {
public:
    std::function<void(const std::string&)> listener() {
        return [this](const std::string& reason) {
            const std::lock_guard lock(m_mutex);
            m_said.push_back(reason);
        };
    }

    std::vector<std::string> said() {
        const std::lock_guard lock(m_mutex);
        return m_said;
    }

private:
    std::mutex m_mutex;
    std::vector<std::string> m_said;
};

std::vector<std::string> linesOf(const std::filesystem::path& file) {
    std::vector<std::string> lines;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::string storedText(const StoreFolder& folder, RequestId id) {
    const auto reader = folder.read();
    if (!reader)
        return reader.error().message;
    const auto record = (*reader)->request(id);
    if (!record)
        return record.error().message;
    return *record ? testing::text(**record) : "not there";
}

std::int64_t storedCount(const StoreFolder& folder) {
    const auto reader = folder.read();
    return reader ? (*reader)->totals({}).value().requests : -1;
}

} // namespace

class SessionStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everythingComesBack() {
        const StoreFolder folder;
        auto records = wildRecords(11, 400);
        // Optionals that hold the blank stay what they are; only sums take them for one.
        records[0].tier = "";
        records[1].tier.reset();
        records[2].model.reset();
        auto store = folder.open();
        VERIFY_RESULT(store);
        for (const auto& record : records)
            VERIFY_RESULT(recordAndWait(**store, record));
        for (const auto& record : records)
            QCOMPARE(storedText(folder, record.request), testing::text(record));
    }

    void doneComesAfterTheCommit() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto records = wildRecords(12, 300);
        std::atomic<int> told = 0;
        std::atomic<int> missing = 0;
        for (const auto& record : records) {
            (*store)->record(record, [&, id = record.request](const Result<void>& result) {
                ++told;
                if (!result || !(*reader)->request(id).value())
                    ++missing;
            });
        }
        (*store)->flush();
        QCOMPARE(told.load(), 300);
        QCOMPARE(missing.load(), 0);
    }

    void manyThreadsRecord_data() {
        QTest::addColumn<bool>("journal");
        QTest::newRow("after the commit") << false;
        QTest::newRow("with a journal") << true;
    }

    void manyThreadsRecord() {
        QFETCH(bool, journal);
        const StoreFolder folder;
        auto store = SessionStore::open(journal ? folder.journaled() : folder.options());
        VERIFY_RESULT(store);
        const auto records = wildRecords(13, 2000);
        std::atomic<int> kept = 0;
        {
            std::vector<std::jthread> threads;
            for (std::size_t part = 0; part < 4; ++part) {
                threads.emplace_back([&, part] {
                    for (std::size_t i = part; i < records.size(); i += 4) {
                        auto record = records[i];
                        if (keepAtOnce(**store, record))
                            ++kept;
                        else
                            (*store)->record(record,
                                             [&kept](const Result<void>& result) { kept += result ? 1 : 0; });
                        if (i % 97 == part) {
                            (*store)->flush();
                            (void)(*store)->findSession(records[i].session);
                        }
                    }
                });
            }
        }
        (*store)->flush();
        QCOMPARE(kept.load(), 2000);
        QCOMPARE(storedCount(folder), 2000);
    }

    void closingKeepsWhatIsQueued() {
        const StoreFolder folder;
        const auto records = wildRecords(14, 1000);
        std::atomic<int> kept = 0;
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            for (const auto& record : records)
                (*store)->record(record, [&kept](const Result<void>& result) { kept += result ? 1 : 0; });
        }
        QCOMPARE(kept.load(), 1000);
        QCOMPARE(storedCount(folder), 1000);
        QVERIFY(!std::filesystem::exists(folder.unsavedFile()));
    }

    void aNumberStandsOnce() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        auto records = wildRecords(15, 2);
        VERIFY_RESULT(recordAndWait(**store, records[0]));
        auto imposter = records[1];
        imposter.request = records[0].request;
        imposter.session = "a session that must not come to stand";
        for (const std::string& session : {imposter.session, records[0].session}) {
            imposter.session = session;
            const auto again = recordAndWait(**store, imposter);
            QVERIFY(!again);
            QCOMPARE(again.error().code, ErrorCode::Conflict);
        }
        imposter.request = RequestId(0);
        QCOMPARE(recordAndWait(**store, imposter).error().code, ErrorCode::InvalidInput);
        QCOMPARE(storedText(folder, records[0].request), testing::text(records[0]));
        const auto reader = folder.read();
        QCOMPARE((*reader)->sessions({}, SessionOrder::LastTime, 10)->rows.size(), std::size_t{1});
        QCOMPARE((*reader)->totals({})->requests, 1);
    }

    void numbersThatStandAmongNewOnes() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        const auto records = wildRecords(24, 90);
        recordAll(**store, {records.begin(), records.begin() + 30});
        // Some that are stored, all of the rest, and some of these a second time.
        std::vector<RequestRecord> more(records.begin() + 20, records.end());
        more.insert(more.begin() + 50, records.begin() + 35, records.begin() + 45);
        std::atomic<int> kept = 0;
        std::atomic<int> refused = 0;
        for (const auto& record : more) {
            (*store)->record(record, [&](const Result<void>& result) {
                kept += result ? 1 : 0;
                refused += !result && result.error().code == ErrorCode::Conflict ? 1 : 0;
            });
        }
        (*store)->flush();
        QCOMPARE(kept.load(), 60);
        QCOMPARE(refused.load(), 20);
        for (const auto& record : records)
            QCOMPARE(storedText(folder, record.request), testing::text(record));
        const auto reader = folder.read();
        QCOMPARE(testing::text((*reader)->spend({}).value()).back(),
                 testing::Recount(records).spend({Period::Day, {}, {}, "Europe/Berlin"}).back());
        QCOMPARE((*store)->notCommitted(), 0);
    }

    void idsAreNeverTwice() {
        const StoreFolder folder;
        std::set<std::int64_t> seen;
        std::mutex mutex;
        std::atomic<int> twice = 0;
        std::atomic<int> refused = 0;
        const auto take = [&](SessionStore& store, int count) {
            const auto block = store.reserveIds(count);
            if (!block || block->count != count) {
                ++refused;
                return;
            }
            const std::lock_guard lock(mutex);
            for (std::int64_t id = block->first.value; id < block->first.value + count; ++id)
                twice += id > 0 && seen.insert(id).second ? 0 : 1;
        };
        auto options = folder.options();
        options.busyTimeoutMs = 5000;
        for (int round = 0; round < 3; ++round) {
            auto store = SessionStore::open(options);
            auto importer = SessionStore::open(options); // another program on the same store
            VERIFY_RESULT(store);
            VERIFY_RESULT(importer);
            std::vector<std::jthread> threads;
            for (SessionStore* one : {store->get(), importer->get(), store->get()}) {
                threads.emplace_back([&take, one] {
                    for (int i = 0; i < 5; ++i)
                        take(*one, 1 + i * 10);
                });
            }
        }
        QCOMPARE(twice.load(), 0);
        QCOMPARE(refused.load(), 0);
        QCOMPARE(seen.size(), std::size_t{3 * 3 * (1 + 11 + 21 + 31 + 41)});
        auto store = folder.open();
        // Numbers that stand already, from wherever, are not given out.
        auto record = wildRecords(16, 1).front();
        record.request = RequestId(1'000'000);
        VERIFY_RESULT(recordAndWait(**store, record));
        QVERIFY((*store)->reserveIds(1)->first.value > 1'000'000);
        for (const int count : {0, -1, 1'000'001})
            QCOMPARE((*store)->reserveIds(count).error().code, ErrorCode::InvalidInput);
    }

    void knownSessions() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        QVERIFY(!(*store)->findSession("s"));
        auto records = wildRecords(17, 4);
        const std::optional<NanoUsd> costs[] = {std::nullopt, NanoUsd(5), std::nullopt, NanoUsd(7)};
        const int turns[] = {3, 9, 9, 2};
        for (std::size_t i = 0; i < records.size(); ++i) {
            records[i].session = "s";
            records[i].cost = costs[i];
            records[i].turn = turns[i];
            VERIFY_RESULT(recordAndWait(**store, records[i]));
            if (i == 0) {
                const auto known = (*store)->findSession("s");
                QVERIFY(known && !known->cost && known->unpricedRequests == 1 && known->turns == 3);
            }
        }
        const auto known = (*store)->findSession("s");
        QVERIFY(known);
        QCOMPARE(known->turns, 9);
        QVERIFY(known->cost == NanoUsd(12));
        QCOMPARE(known->unpricedRequests, 2);
    }

    void aLockedStore() {
        const StoreFolder folder;
        Troubles troubles;
        const auto records = wildRecords(18, 12);
        VERIFY_RESULT(folder.open());
        std::optional<Lock> lock;
        {
            auto options = folder.options();
            options.onTrouble = troubles.listener();
            auto store = SessionStore::open(options);
            VERIFY_RESULT(store);
            VERIFY_RESULT(recordAndWait(**store, records[0]));
            lock.emplace(folder.file());
            for (std::size_t i = 1; i < records.size(); ++i) {
                const auto result = recordAndWait(**store, records[i]);
                QVERIFY(!result);
                QCOMPARE(result.error().code, ErrorCode::Locked);
                QVERIFY(result.error().detail.find("unsaved.jsonl") != std::string::npos);
            }
            QCOMPARE(troubles.said().size(), std::size_t{1}); // once, not for every record
            QVERIFY(!troubles.said().front().empty());
            QCOMPARE(linesOf(folder.unsavedFile()).size(), records.size() - 1);
            const auto ids = (*store)->reserveIds(10);
            QVERIFY(!ids);
            QCOMPARE(ids.error().code, ErrorCode::Locked);
            QVERIFY((*store)->findSession(records[0].session)); // reading goes on
        }
        QCOMPARE(storedCount(folder), 1);
        lock.reset();
        auto store = folder.open();
        VERIFY_RESULT(store);
        QCOMPARE(storedCount(folder), 12);
        QVERIFY(!std::filesystem::exists(folder.unsavedFile()));
        for (const auto& record : records)
            QCOMPARE(storedText(folder, record.request), testing::text(record));
        QVERIFY((*store)->reserveIds(1)->first.value > 12);
    }

    void recoversByItself() {
        const StoreFolder folder;
        Troubles troubles;
        auto options = folder.options();
        options.onTrouble = troubles.listener();
        auto store = SessionStore::open(options);
        VERIFY_RESULT(store);
        const auto records = wildRecords(19, 10);
        Lock lock(folder.file());
        QVERIFY(!recordAndWait(**store, records[0]));
        lock.release();
        QTRY_COMPARE(troubles.said().size(), std::size_t{2}); // nobody has to ask
        QCOMPARE(troubles.said().back(), std::string());
        QCOMPARE(storedCount(folder), 1);
        QVERIFY(!std::filesystem::exists(folder.unsavedFile()));
        VERIFY_RESULT(recordAndWait(**store, records[1]));
        QCOMPARE(troubles.said().size(), std::size_t{2});
    }

    void takingInTwiceAddsNothing() {
        const StoreFolder folder;
        const auto records = wildRecords(20, 60);
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            recordAll(**store, {records.begin(), records.begin() + 30});
        }
        // As if the program had died between the commit and the removal of the file: some of its lines stand
        // already.
        std::string lines;
        for (std::size_t i = 10; i < records.size(); ++i)
            lines += toJson(records[i]) + '\n';
        std::filesystem::create_directories(folder.unsavedFile().parent_path());
        for (int round = 0; round < 2; ++round) {
            std::ofstream(folder.unsavedFile()) << lines;
            const auto store = folder.open();
            VERIFY_RESULT(store);
            QVERIFY(!std::filesystem::exists(folder.unsavedFile()));
            const auto reader = folder.read();
            QCOMPARE(testing::text((*reader)->spend({}).value()).back(),
                     testing::Recount(records).spend({Period::Day, {}, {}, "Europe/Berlin"}).back());
        }
    }

    void linesThatAreNoRecords() {
        const StoreFolder folder;
        const auto records = wildRecords(21, 3);
        std::filesystem::create_directories(folder.unsavedFile().parent_path());
        const std::string torn = toJson(records[2]).substr(0, 100);
        std::ofstream(folder.unsavedFile())
            << toJson(records[0]) + "\nrubbish\n\n" + toJson(records[1]) + "\r\n" + torn;
        const auto store = folder.open();
        VERIFY_RESULT(store);
        QCOMPARE(storedCount(folder), 2);
        QVERIFY(!std::filesystem::exists(folder.unsavedFile()));
        QVERIFY(
            (linesOf(folder.unsavedFile().string() + ".bad") == std::vector<std::string>{"rubbish", torn}));
    }

    void aTornLineDoesNotSpoilTheNext() {
        const StoreFolder folder;
        const auto records = wildRecords(22, 2);
        auto store = folder.open();
        VERIFY_RESULT(store);
        {
            Lock lock(folder.file());
            std::filesystem::create_directories(folder.unsavedFile().parent_path());
            std::ofstream(folder.unsavedFile())
                << toJson(records[0]).substr(0, 50); // another program died here
            QVERIFY(!recordAndWait(**store, records[1]));
        }
        store->reset();
        VERIFY_RESULT(folder.open());
        QCOMPARE(storedText(folder, records[1].request), testing::text(records[1]));
    }

    void aFullDisk() {
        const StoreFolder folder;
        Troubles troubles;
        auto options = folder.options();
        options.onTrouble = troubles.listener();
        auto store = SessionStore::open(options);
        VERIFY_RESULT(store);
        const auto records = wildRecords(23, 3000);
        recordAll(**store, {records.begin(), records.begin() + 200});
        FullDisk full(std::filesystem::file_size(folder.file().string() + "-wal") + 60'000);
        int kept = 0;
        int aside = 0;
        for (std::size_t i = 200; i < 400; ++i) {
            const auto result = recordAndWait(**store, records[i]);
            kept += result ? 1 : 0;
            if (!result) {
                ++aside;
                QVERIFY2(result.error().code == ErrorCode::DiskFull, result.error().detail.c_str());
            }
        }
        QVERIFY(kept > 0);
        QVERIFY(aside > 0);
        QVERIFY(!troubles.said().empty() && troubles.said().front().find("room") != std::string::npos);
        QVERIFY(std::filesystem::exists(folder.unsavedFile()));
        // Now even the unsaved file is full: what comes waits in memory.
        recordAll(**store, {records.begin() + 400, records.end()});
        full.end();
        QTRY_COMPARE_WITH_TIMEOUT(troubles.said().back(), std::string(), 20'000);
        QCOMPARE(storedCount(folder), 3000);
        store->reset();
        const auto reader = folder.read();
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
        QCOMPARE(testing::text((*reader)->spend({}).value()).back(),
                 testing::Recount(records).spend({Period::Day, {}, {}, "Europe/Berlin"}).back());
    }

    void recordsThatTheStoreWillNeverTake() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        auto records = wildRecords(24, 30);
        {
            // One bad record of a group must cost only itself. No value of ours is refused by the schema, so
            // the test refuses one by a trigger.
            auto connection =
                sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadWrite).value();
            connection.waitAtMost(1000);
            VERIFY_RESULT(
                connection.run("CREATE TRIGGER refuse BEFORE INSERT ON request WHEN new.reason='poison' "
                               "BEGIN SELECT raise(ABORT, 'refused'); END"));
        }
        records[7].reason = "poison";
        std::atomic<int> refused = 0;
        {
            const Lock hold(folder.file()); // so that they come as one group
            for (const auto& record : records) {
                (*store)->record(record, [&refused](const Result<void>& result) {
                    refused += !result && result.error().code == ErrorCode::InvalidInput ? 1 : 0;
                });
            }
        }
        (*store)->flush();
        store->reset();
        VERIFY_RESULT(folder.open());
        QCOMPARE(storedCount(folder), 29);
        const auto bad = linesOf(folder.unsavedFile().string() + ".bad");
        QCOMPARE(bad.size(), std::size_t{1});
        QCOMPARE(bad.front(), toJson(records[7]));
    }

    void aJournaledRecordIsSafeBeforeTheCommit() {
        const StoreFolder folder;
        Troubles troubles;
        const auto records = wildRecords(26, 20);
        auto options = folder.journaled();
        options.busyTimeoutMs = 60'000;
        options.onTrouble = troubles.listener();
        auto store = SessionStore::open(options);
        VERIFY_RESULT(store);
        {
            const Lock lock(folder.file());
            for (const auto& record : records) {
                auto given = record;
                QVERIFY(keepAtOnce(**store, given));
            }
            QCOMPARE(storedCount(folder), 0);
        }
        (*store)->flush();
        for (const auto& record : records)
            QCOMPARE(storedText(folder, record.request), testing::text(record));
        QCOMPARE((*store)->notCommitted(), 0);
        QVERIFY(troubles.said().empty());
        store->reset();
        QVERIFY(!Journal::isLeftBehind(folder.journalFile()));
    }

    void aGroupIsKeptUpToWhatCannotBe() {
        const StoreFolder folder;
        auto records = wildRecords(35, 6);
        const auto texts = records;
        records[4].request = RequestId(0);
        auto store = SessionStore::open(folder.journaled());
        VERIFY_RESULT(store);
        std::vector<RequestRecord*> group;
        for (auto& record : records)
            group.push_back(&record);
        QCOMPARE((*store)->keepAtOnce(group), std::size_t{4});
        QCOMPARE(testing::text(records[5]), testing::text(texts[5])); // left alone
        (*store)->flush();
        for (std::size_t i = 0; i < 4; ++i)
            QCOMPARE(storedText(folder, texts[i].request), testing::text(texts[i]));
        QCOMPARE(storedCount(folder), 4);
        QCOMPARE((*store)->keepAtOnce({}), std::size_t{0});
    }

    void aJournalThatIsFull() {
        const StoreFolder folder;
        auto options = folder.journaled();
        options.busyTimeoutMs = 60'000;
        auto store = SessionStore::open(options);
        VERIFY_RESULT(store);
        auto records = wildRecords(27, 60);
        for (auto& record : records)
            record.decision.assign(100'000, 'd');
        std::atomic<int> safe = 0;
        int safeInTheLock = 0;
        {
            const Lock lock(folder.file());
            for (auto record : records) {
                if (keepAtOnce(**store, record))
                    ++safe;
                else
                    (*store)->record(record, [&safe](const Result<void>& result) { safe += result ? 1 : 0; });
            }
            safeInTheLock = safe;
        }
        (*store)->flush();
        QVERIFY2(safeInTheLock >= 30 && safeInTheLock < 60, std::to_string(safeInTheLock).c_str());
        QCOMPARE(safe.load(), 60);
        QCOMPARE(storedCount(folder), 60);
        // There is room again.
        auto another = wildRecords(28, 61).back();
        const Lock lock(folder.file());
        QVERIFY(keepAtOnce(**store, another));
    }

    void aJournaledRecordThatCannotBeCommitted() {
        const StoreFolder folder;
        Troubles troubles;
        const auto records = wildRecords(29, 12);
        auto options = folder.journaled();
        options.onTrouble = troubles.listener();
        auto store = SessionStore::open(options);
        VERIFY_RESULT(store);
        Lock lock(folder.file());
        auto first = records[0];
        QVERIFY(keepAtOnce(**store, first));
        (*store)->flush();
        QCOMPARE((*store)->notCommitted(), 1);
        QCOMPARE(troubles.said().size(), std::size_t{1});
        QCOMPARE(linesOf(folder.unsavedFile()).size(), std::size_t{1});
        for (std::size_t i = 1; i < records.size(); ++i) { // now whoever records is told
            auto given = records[i];
            QVERIFY(!keepAtOnce(**store, given));
            QCOMPARE(recordAndWait(**store, given).error().code, ErrorCode::Locked);
        }
        QCOMPARE((*store)->notCommitted(), 12);
        QCOMPARE(linesOf(folder.unsavedFile()).size(), records.size());
        lock.release();
        QTRY_COMPARE(troubles.said().size(), std::size_t{2});
        QCOMPARE(storedCount(folder), 12);
        QVERIFY(!std::filesystem::exists(folder.unsavedFile()));
        Lock again(folder.file());
        auto last = wildRecords(30, 13).back();
        QVERIFY(keepAtOnce(**store, last)); // the journal is in use again
        again.release();
        store->reset();
        QCOMPARE(storedCount(folder), 13);
        QVERIFY(!Journal::isLeftBehind(folder.journalFile()));
    }

    void whatWasLeftInTheJournal() {
        const StoreFolder folder;
        auto records = wildRecords(31, 40);
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            recordAll(**store, {records.begin(), records.begin() + 10}); // committed, but not yet settled
        }
        RequestRecord unreadable;
        unreadable.reason = "has no number";
        {
            const auto journal = Journal::open(folder.journalFile());
            VERIFY_RESULT(journal);
            for (const auto& record : records)
                QVERIFY(append(**journal, record));
            QVERIFY(append(**journal, unreadable));
            VERIFY_RESULT(SessionStore::takeInLeftBehind(folder.journaled())); // its owner runs
            QCOMPARE(storedCount(folder), 10);
        }
        VERIFY_RESULT(SessionStore::takeInLeftBehind(folder.journaled()));
        QCOMPARE(storedCount(folder), 40);
        for (const auto& record : records)
            QCOMPARE(storedText(folder, record.request), testing::text(record));
        QVERIFY(!Journal::isLeftBehind(folder.journalFile()));
        const auto bad = linesOf(folder.unsavedFile().string() + ".bad");
        QCOMPARE(bad.size(), std::size_t{1});
        QVERIFY(QByteArray::fromHex(QByteArray::fromStdString(bad.front())).contains("has no number"));
    }

    void whatWasLeftWaitsForTheStore() {
        const StoreFolder folder;
        const auto records = wildRecords(32, 5);
        VERIFY_RESULT(folder.open());
        {
            const auto journal = Journal::open(folder.journalFile());
            VERIFY_RESULT(journal);
            for (const auto& record : records)
                QVERIFY(append(**journal, record));
        }
        Lock lock(folder.file());
        {
            auto store = SessionStore::open(folder.journaled());
            if (store)
                store->reset();
        }
        // Wherever they are now, they are taken in when the store can be written.
        lock.release();
        VERIFY_RESULT(SessionStore::open(folder.journaled()));
        QCOMPARE(storedCount(folder), 5);
    }

    void readersWaitForTheOwner() {
        const StoreFolder folder;
        auto records = wildRecords(34, 3);
        auto owner = SessionStore::open(folder.journaled());
        VERIFY_RESULT(owner);
        for (auto& record : records)
            QVERIFY(keepAtOnce(**owner, record));
        VERIFY_RESULT(SessionStore::takeInLeftBehind(folder.journaled(), std::chrono::seconds(10)));
        QCOMPARE(storedCount(folder), 3); // without a flush
    }

    void twoStoresOnOneJournal() {
        const StoreFolder folder;
        const auto records = wildRecords(33, 2);
        auto owner = SessionStore::open(folder.journaled());
        auto other = SessionStore::open(folder.journaled());
        VERIFY_RESULT(owner);
        VERIFY_RESULT(other);
        auto first = records[0];
        auto second = records[1];
        QCOMPARE((*owner)->journalProblem(), std::string());
        QVERIFY(!(*other)->journalProblem().empty());
        QVERIFY(keepAtOnce(**owner, first));
        QVERIFY(!keepAtOnce(**other, second));
        VERIFY_RESULT(recordAndWait(**other, second));
        (*owner)->flush();
        QCOMPARE(storedCount(folder), 2);
    }

    void tooManyAtOnce() {
        const StoreFolder folder;
        Troubles troubles;
        auto options = folder.options();
        options.busyTimeoutMs = 60'000;
        options.mostQueued = 1000;
        options.onTrouble = troubles.listener();
        auto store = SessionStore::open(options);
        VERIFY_RESULT(store);
        RequestRecord record;
        record.session = "s";
        record.status = "ok";
        std::atomic<int> aside = 0;
        {
            const Lock hold(folder.file());
            constexpr int count = 3000;
            for (int i = 1; i <= count; ++i) {
                record.request = RequestId(i);
                (*store)->record(record, [&aside](const Result<void>& result) { aside += result ? 0 : 1; });
            }
            (*store)->flush(); // long before the minute that a lock is waited for
            QVERIFY(aside > 1000);
            QVERIFY(!troubles.said().empty());
        }
        store->reset();
        VERIFY_RESULT(folder.open());
        QCOMPARE(storedCount(folder), 3000);
    }

    void twoPrograms() {
        const StoreFolder folder;
        const auto records = wildRecords(25, 1200);
        auto options = folder.options();
        options.busyTimeoutMs = 5000;
        auto gateway = SessionStore::open(options);
        auto importer = SessionStore::open(options);
        VERIFY_RESULT(gateway);
        VERIFY_RESULT(importer);
        {
            std::vector<std::jthread> threads;
            for (std::size_t part = 0; part < 2; ++part) {
                threads.emplace_back([&, part] {
                    SessionStore& store = part == 0 ? **gateway : **importer;
                    for (std::size_t i = part; i < records.size(); i += 2) {
                        store.record(records[i], {});
                        if (i % 50 == part)
                            store.flush();
                    }
                    store.flush();
                });
            }
        }
        const auto reader = folder.read();
        QCOMPARE(testing::text((*reader)->spend({}).value()),
                 testing::Recount(records).spend({Period::Day, {}, {}, "Europe/Berlin"}));
    }

    void copiesItsLogWhileItIsOpen() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        const auto records = wildRecords(26, 6000);
        for (auto group = records.begin(); group != records.end(); group += 100) // as many transactions
            recordAll(**store, {group, group + 100});
        // A copy of the file without its log holds what was taken out of the log by now.
        const auto copied = [&]() -> std::int64_t {
            const auto copy = folder.path() / "copy.db";
            std::filesystem::copy_file(folder.file(), copy,
                                       std::filesystem::copy_options::overwrite_existing);
            auto connection = sqlite::Connection::open(copy, sqlite::Connection::Access::Snapshot);
            if (!connection)
                return -1;
            return connection->number("SELECT count(*) FROM request").value_or(std::nullopt).value_or(-1);
        };
        std::int64_t most = 0; // a copy that is made while the log is being copied may be torn
        QTRY_VERIFY_WITH_TIMEOUT((most = std::max(most, copied())) > 1000, 60000);
        QVERIFY(std::filesystem::exists(folder.file().string() + "-wal")); // it is open still
    }
};

QTEST_GUILESS_MAIN(SessionStoreTest)
#include "tst_session_store.moc"
