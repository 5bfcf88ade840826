#include "tests/ui/log/log_fixture.h"
#include "ui/log/log_model.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QAbstractItemModelTester>
#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using tierdeck::ui::test::LogFile;

class TestLogModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsTheRulesOfModels();
    void fetchesWhatIsLookedAt();
    void forgetsWhatWasSeenLongAgo();
    void showsALine();
    void findsRowsByLine();
};

namespace {

constexpr LogWorker::Timing quick{std::chrono::milliseconds(10), std::chrono::milliseconds(50), true};

QString cell(const LogModel& model, int row, int column) {
    return model.index(row, column).data().toString();
}

} // namespace

void TestLogModel::keepsTheRulesOfModels() {
    Theme theme;
    SystemClock clock;
    LogFile log;
    LogWorker worker(log.path(), quick);
    LogModel model(theme, worker, clock);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QCOMPARE(model.rowCount(), 0);
    log.append(LogFile::assignments(300));
    QTRY_COMPARE(model.rowCount(), 300);
    log.append(LogFile::assignments(700));
    QTRY_COMPARE(model.rowCount(), 1000);
    worker.setQuery({"", tierlog::Level::None, "deep"});
    QTRY_COMPARE(model.rowCount(), 200);
    log.append(LogFile::assignments(10));
    QTRY_COMPARE(model.rowCount(), 202);
    log.rotate();
    log.append(LogFile::assignments(5));
    QTRY_COMPARE(model.rowCount(), 1);
    worker.setQuery({"nobody says this", tierlog::Level::None, ""});
    QTRY_COMPARE(model.rowCount(), 0);
    QCOMPARE(model.lines(), 5);
    worker.setQuery({});
    QTRY_COMPARE(model.rowCount(), 5);
}

void TestLogModel::fetchesWhatIsLookedAt() {
    Theme theme;
    SystemClock clock;
    LogFile log;
    log.append(LogFile::assignments(5000));
    LogWorker worker(log.path(), quick);
    LogModel model(theme, worker, clock);
    QTRY_COMPARE(model.rowCount(), 5000);
    // The end came along; what stands before it is asked for when it is looked at.
    QCOMPARE(cell(model, 4999, LogModel::TurnColumn), QLocale().toString(5000));
    QCOMPARE(cell(model, 1000, LogModel::TurnColumn), QString());
    QTRY_COMPARE(cell(model, 1000, LogModel::TurnColumn), QLocale().toString(1001));
    QVERIFY(model.row(1001) != nullptr); // its neighbours came with it
    worker.setQuery({"", tierlog::Level::None, "deep"});
    QTRY_COMPARE(model.rowCount(), 1000);
    QTRY_COMPARE(cell(model, 10, LogModel::TurnColumn), QLocale().toString(51));
}

void TestLogModel::forgetsWhatWasSeenLongAgo() {
    Theme theme;
    SystemClock clock;
    LogFile log;
    log.append(LogFile::assignments(40000));
    LogWorker worker(log.path(), quick);
    LogModel model(theme, worker, clock);
    QTRY_COMPARE(model.rowCount(), 40000);
    QTRY_VERIFY(model.row(0) != nullptr);
    QElapsedTimer since;
    since.start();
    for (int row = 128; row < 20000; row += 128) {
        while (model.row(row) == nullptr && since.elapsed() < 20000)
            QTest::qWait(1);
    }
    QVERIFY(model.row(0) == nullptr); // memory for what is looked at, not for the file
    QTRY_VERIFY(model.row(0) != nullptr);
    QCOMPARE(model.row(0)->turn, 1);
}

void TestLogModel::showsALine() {
    Theme theme;
    SystemClock clock;
    LogFile log;
    log.append(LogFile::assignment(12, "-", "s9") + LogFile::fallback(13) + "plain\n");
    LogWorker worker(log.path(), quick);
    LogModel model(theme, worker, clock);
    QTRY_COMPARE(model.rowCount(), 3);
    QVERIFY(cell(model, 0, LogModel::TimeColumn).endsWith(QStringLiteral("47:12.123")));
    QCOMPARE(cell(model, 0, LogModel::SessionColumn), QStringLiteral("s9"));
    QCOMPARE(cell(model, 0, LogModel::KindColumn), QStringLiteral("assignment"));
    const auto chips =
        model.index(0, LogModel::TierColumn).data(TierChipDelegate::ChipsRole).value<QList<TierChipData>>();
    QCOMPARE(chips, (QList<TierChipData>{{QString(), {}, 0}})); // an explicit model
    QVERIFY(!model.index(0, LogModel::TierColumn).data(Qt::AccessibleTextRole).toString().isEmpty());
    QVERIFY(model.index(0, LogModel::LevelColumn).data(Qt::DecorationRole).isNull());
    QVERIFY(!model.index(1, LogModel::LevelColumn).data(Qt::DecorationRole).isNull());
    QCOMPARE(cell(model, 1, LogModel::LevelColumn), QStringLiteral("warning"));
    QCOMPARE(cell(model, 2, LogModel::MessageColumn), QStringLiteral("plain"));
    QVERIFY(model.index(2, LogModel::TierColumn).data(TierChipDelegate::ChipsRole).isNull());
}

void TestLogModel::findsRowsByLine() {
    Theme theme;
    SystemClock clock;
    LogFile log;
    log.append(LogFile::assignments(20));
    LogWorker worker(log.path(), quick);
    LogModel model(theme, worker, clock);
    QTRY_COMPARE(model.rowCount(), 20);
    QCOMPARE(model.rowAtOrAfter(7), 7);
    QCOMPARE(model.rowAtOrAfter(99), 20);
    worker.setQuery({"", tierlog::Level::None, "deep"}); // lines 0, 5, 10, 15
    QTRY_COMPARE(model.rowCount(), 4);
    QCOMPARE(model.rowAtOrAfter(5), 1);
    QCOMPARE(model.rowAtOrAfter(6), 2);
    QCOMPARE(model.rowAtOrAfter(16), 4);
    QCOMPARE(model.lineOf(3), 15);
}

QTEST_MAIN(TestLogModel)
#include "tst_log_model.moc"
