#include "core/sessions/past_days.h"
#include "core/sessions/sqlite.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QProcess>
#include <QTest>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <tuple>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::sessions;

namespace {

constexpr int everyRow = 1'000'000;

} // namespace

class StoreCrashTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // kill -9 in the middle of writing, again and again on the same store: all that was promised is there,
    // the sums are right, and no number was given out twice.
    void killedTwentyTimes_data() {
        QTest::addColumn<bool>("journal");
        QTest::newRow("after the commit") << false;
        QTest::newRow("with a journal") << true;
    }

    void killedTwentyTimes() {
        QFETCH(bool, journal);
        const testing::StoreFolder folder;
        testing::Random random(41);
        std::set<std::int64_t> given;
        std::set<std::int64_t> promised;
        for (int round = 0; round < 20; ++round) {
            QProcess child;
            child.start(QStringLiteral(TIERDECK_LOAD_CHILD),
                        {QString::fromStdString(folder.file().string()),
                         QString::fromStdString(folder.unsavedFile().string()),
                         journal ? QString::fromStdString(folder.journalFile().string()) : QString(),
                         QString::number(round)});
            QVERIFY(child.waitForStarted());
            QByteArray said;
            const auto enough = 20 + random.below(400);
            // Now and then a child lives until it has summed up days: what it leaves must be right, too.
            const bool awaitsSums = round % 5 == 4;
            while (said.count('\n') < enough || (awaitsSums && !said.contains("summed\n"))) {
                QVERIFY2(child.waitForReadyRead(20'000), child.readAllStandardError().constData());
                said += child.readAllStandardOutput();
            }
            child.kill();
            QVERIFY(child.waitForFinished());
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            said += child.readAllStandardOutput();
            const QList<QByteArray> lines = said.split('\n');
            for (const QByteArray& line : lines) {
                const QList<QByteArray> words = line.split(' ');
                if (words.front() == "ids") {
                    const std::int64_t first = words.at(1).toLongLong();
                    for (std::int64_t id = first; id < first + words.at(2).toLongLong(); ++id)
                        QVERIFY2(given.insert(id).second, "a number was given out twice");
                } else if (words.front() == "kept") {
                    promised.insert(words.at(1).toLongLong());
                }
            }
        }
        QVERIFY(promised.size() > 400);
        if (journal)
            VERIFY_RESULT(SessionStore::takeInLeftBehind(folder.journaled()));

        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        QCOMPARE((*reader)->integrity().value(), std::string("ok"));
        const auto ask = [&](int limit, const std::string& after) {
            return (*reader)->requests({}, limit, after);
        };
        const auto records = testing::allPages<routing::RequestRecord>(ask, 1000);
        VERIFY_RESULT(records);
        std::set<std::int64_t> stored;
        for (const auto& record : *records)
            stored.insert(record.request.value);
        QVERIFY(std::includes(stored.begin(), stored.end(), promised.begin(), promised.end()));
        QVERIFY(std::includes(given.begin(), given.end(), stored.begin(), stored.end()));
        // No half transaction: the sums are those of what stands.
        const testing::Recount recount(*records);
        const auto sumsAreRight = [&] {
            for (const auto& by : {std::vector{Dimension::Tier, Dimension::Project}, {Dimension::Model}}) {
                for (const Period period : {Period::Day, Period::Month}) {
                    const SpendQuery query{period, by, {}, "Europe/Berlin"};
                    QVERIFY(testing::text((*reader)->spend(query).value()) == recount.spend(query));
                }
            }
            const auto dearest = (*reader)->requests({}, everyRow, {}, RequestOrder::DearestFirst);
            VERIFY_RESULT(dearest);
            auto sorted = *records;
            std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
                return std::tuple(b.cost, b.time, b.request.value) <
                       std::tuple(a.cost, a.time, a.request.value);
            });
            QCOMPARE(dearest->rows.size(), sorted.size());
            for (std::size_t i = 0; i < sorted.size(); ++i)
                QCOMPARE(dearest->rows[i].request.value, sorted[i].request.value);
        };
        auto file = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        QVERIFY(file->number("SELECT count(*) FROM past_quarter").value() > 0);
        sumsAreRight(); // with those that the killed have left
        auto past = PastDays::open(folder.file());
        VERIFY_RESULT(past);
        QVERIFY(past->sumUp(LocalDay(std::chrono::days(30'000)), std::chrono::seconds(60)).value());
        sumsAreRight();
        std::vector<std::string> sessions;
        const auto page = (*reader)->sessions({}, SessionOrder::Cost, everyRow);
        VERIFY_RESULT(page);
        for (const SessionRow& row : page->rows)
            sessions.push_back(testing::text(row));
        auto expected = recount.sessions({}, SessionOrder::Cost);
        std::sort(sessions.begin(), sessions.end());
        std::sort(expected.begin(), expected.end());
        QVERIFY(sessions == expected);
        VERIFY_RESULT(folder.open());
    }
};

QTEST_GUILESS_MAIN(StoreCrashTest)
#include "tst_store_crash.moc"
