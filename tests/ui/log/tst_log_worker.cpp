#include "tests/ui/log/log_fixture.h"
#include "ui/backend/log_worker.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using tierdeck::ui::test::LogFile;
using Query = tierdeck::tierlog::GrowingFile::Query;

namespace {

/// Keeps what a worker says, and what a view that believes it would hold.
class Listener : public QObject {
public:
    explicit Listener(LogWorker& worker) {
        connect(&worker, &LogWorker::updated, this, [this](const std::shared_ptr<const LogUpdate>& update) {
            if (update->restarted) {
                lines.clear();
                ++restarts;
            }
            if (update->everyLine) {
                while (static_cast<std::int64_t>(lines.size()) < update->rows)
                    lines.push_back(static_cast<std::int64_t>(lines.size()));
            } else {
                lines.insert(lines.end(), update->newLines.begin(), update->newLines.end());
            }
            consistent = consistent && static_cast<std::int64_t>(lines.size()) == update->rows;
            last = update;
            ++updates;
        });
        connect(&worker, &LogWorker::rowsRead, this,
                [this](LogNumbering numbering, const std::shared_ptr<const std::vector<LogRow>>& read) {
                    rowsNumbering = numbering;
                    rows = read;
                });
        connect(&worker, &LogWorker::lineRead, this,
                [this](LogNumbering, qint64, const QString& text) { line = text; });
    }

    std::shared_ptr<const LogUpdate> last;
    std::vector<std::int64_t> lines;
    bool consistent = true;
    int updates = 0;
    int restarts = 0;
    LogNumbering rowsNumbering;
    std::shared_ptr<const std::vector<LogRow>> rows;
    QString line;
};

constexpr LogWorker::Timing quick{std::chrono::milliseconds(10), std::chrono::milliseconds(50), true};

} // namespace

class TestLogWorker : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void waitsForAFile();
    void tellsOfNewLines();
    void noticesByWatchingAlone();
    void noticesByPollingAlone();
    void followsThroughRotation();
    void filters();
    void newestQueryWins();
    void readsRowsAndLines();
    void dropsQuestionsOfAnOldNumbering();
    void saysWhenItCannotRead();
    void doesNotFloodTheWindow();
    void endsWhileWorking();
};

void TestLogWorker::waitsForAFile() {
    LogFile log;
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(worker.state(), LogWorker::State::Missing);
    QCOMPARE(listener.updates, 0);
    log.append(LogFile::assignments(3));
    QTRY_COMPARE(worker.state(), LogWorker::State::Ready);
    QTRY_COMPARE(listener.lines.size(), std::size_t(3));
    QCOMPARE(listener.restarts, 1); // where the file was seen before its lines, with that
    QCOMPARE(listener.last->tail.size(), std::size_t(3));
    QCOMPARE(listener.last->tiers, (QStringList{QStringLiteral("deep"), QStringLiteral("coding")}));
}

void TestLogWorker::tellsOfNewLines() {
    LogFile log;
    log.append(LogFile::assignments(5));
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(5));
    log.append(LogFile::fallback(9));
    QTRY_COMPARE(listener.lines.size(), std::size_t(6));
    QVERIFY(!listener.last->restarted);
    QCOMPARE(listener.last->tail.size(), std::size_t(1));
    const LogRow& row = listener.last->tail.front();
    QCOMPARE(row.line, 5);
    QVERIFY(row.level == tierlog::Level::Warn);
    QVERIFY(row.kind == tierlog::Kind::Fallback);
    QCOMPARE(row.session, QStringLiteral("s1"));
    QCOMPARE(row.turn, 9);
    QVERIFY(listener.consistent);
}

void TestLogWorker::noticesByWatchingAlone() {
    LogFile log;
    log.append(LogFile::assignments(1));
    LogWorker worker(log.path(), {std::chrono::milliseconds(10), std::chrono::hours(1), true});
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(1));
    log.append(LogFile::assignments(1));
    QTRY_COMPARE(listener.lines.size(), std::size_t(2));
    // After a rotation the name belongs to another file, which must be watched from then on.
    log.rotate();
    log.append(LogFile::assignments(3));
    QTRY_COMPARE(listener.lines.size(), std::size_t(3));
    log.append(LogFile::assignments(1));
    QTRY_COMPARE(listener.lines.size(), std::size_t(4));
}

void TestLogWorker::noticesByPollingAlone() {
    LogFile log;
    log.append(LogFile::assignments(1));
    LogWorker worker(log.path(), {std::chrono::milliseconds(10), std::chrono::milliseconds(20), false});
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(1));
    log.append(LogFile::assignments(1));
    QTRY_COMPARE(listener.lines.size(), std::size_t(2));
}

void TestLogWorker::followsThroughRotation() {
    LogFile log;
    log.append(LogFile::assignments(5));
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(5));
    const LogNumbering before = listener.last->numbering;
    log.rotate();
    log.append(LogFile::assignments(2));
    QTRY_COMPARE(listener.lines.size(), std::size_t(2));
    QVERIFY(listener.last->numbering.file > before.file);
    QCOMPARE(listener.last->numbering.query, before.query);
    QFile::resize(log.name(), 0);
    QTRY_COMPARE(listener.lines.size(), std::size_t(0));
    log.append(LogFile::assignments(4));
    QTRY_COMPARE(listener.lines.size(), std::size_t(4));
    QVERIFY(listener.consistent);
}

void TestLogWorker::filters() {
    LogFile log;
    log.append(LogFile::assignments(100)); // every fifth is deep
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(100));
    worker.setQuery({"", tierlog::Level::None, "deep"});
    QTRY_COMPARE(listener.lines.size(), std::size_t(20));
    QVERIFY(!listener.last->everyLine);
    QCOMPARE(listener.lines[1], 5);
    QCOMPARE(listener.last->lines, 100);
    // New lines are filtered as they come.
    log.append(LogFile::assignments(6));
    QTRY_COMPARE(listener.last->lines, 106);
    QCOMPARE(listener.lines.size(), std::size_t(22));
    QCOMPARE(listener.lines.back(), 105);
    QCOMPARE(listener.last->tail.size(), std::size_t(2));
    QCOMPARE(listener.last->tail.back().line, 105);
    worker.setQuery({"TURN=7 ", tierlog::Level::None, ""});
    QTRY_COMPARE(listener.lines, std::vector<std::int64_t>{6});
    worker.setQuery({});
    QTRY_COMPARE(listener.lines.size(), std::size_t(106));
    QVERIFY(listener.last->everyLine);
    QVERIFY(listener.consistent);
}

void TestLogWorker::newestQueryWins() {
    LogFile log;
    log.append(LogFile::assignments(2000));
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(2000));
    listener.updates = 0;
    for (int i = 0; i < 50; ++i)
        worker.setQuery({"turn=" + std::to_string(i) + " ", tierlog::Level::None, ""});
    QTRY_COMPARE(listener.lines, std::vector<std::int64_t>{48});
    QCOMPARE(listener.last->numbering.query, worker.queryNumber());
    QCOMPARE(listener.updates, 1); // answers to the others never arrived
}

void TestLogWorker::readsRowsAndLines() {
    LogFile log;
    log.append(LogFile::assignments(10) + "a\tb\x01"
                                          "c \xFF\n");
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(11));
    worker.readRows(listener.last->numbering, {1, 2, 3, 7, 10});
    QTRY_VERIFY(listener.rows);
    QCOMPARE(listener.rows->size(), std::size_t(5));
    QCOMPARE((*listener.rows)[3].line, 7);
    QCOMPARE((*listener.rows)[3].turn, 8);
    QCOMPARE((*listener.rows)[4].text, QString::fromUtf8("a b␁c \uFFFD"));
    worker.readLine(listener.last->numbering, 10);
    QTRY_COMPARE(listener.line, QString::fromUtf8("a\tb\x01"
                                                  "c \uFFFD"));
}

void TestLogWorker::dropsQuestionsOfAnOldNumbering() {
    LogFile log;
    log.append(LogFile::assignments(10));
    LogWorker worker(log.path(), quick);
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(10));
    const LogNumbering old = listener.last->numbering;
    worker.setQuery({"", tierlog::Level::None, "deep"});
    worker.readRows(old, {1});
    QTRY_COMPARE(listener.lines.size(), std::size_t(2));
    worker.readRows(listener.last->numbering, {0});
    QTRY_VERIFY(listener.rows);
    QCOMPARE(listener.rows->front().line, 0);
    QVERIFY(listener.rowsNumbering != old);
}

void TestLogWorker::saysWhenItCannotRead() {
    QTemporaryDir folder;
    LogWorker worker(folder.path().toStdString(), quick);
    QTRY_COMPARE(worker.state(), LogWorker::State::Failed);
    QVERIFY(worker.problem().contains(QStringLiteral("is not a file")));
}

void TestLogWorker::doesNotFloodTheWindow() {
    LogFile log;
    log.append(LogFile::assignments(1));
    LogWorker worker(log.path(), {std::chrono::milliseconds(100), std::chrono::hours(1), true});
    Listener listener(worker);
    QTRY_COMPARE(listener.lines.size(), std::size_t(1));
    listener.updates = 0;
    QElapsedTimer since;
    since.start();
    int written = 1;
    while (since.elapsed() < 600) {
        log.append(LogFile::assignments(1));
        ++written;
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE(listener.lines.size(), static_cast<std::size_t>(written));
    QVERIFY2(listener.updates <= 1 + since.elapsed() / 100, qPrintable(QString::number(listener.updates)));
}

void TestLogWorker::endsWhileWorking() {
    LogFile log;
    log.append(LogFile::assignments(50000));
    for (int i = 0; i < 5; ++i) {
        LogWorker worker(log.path(), quick);
        worker.setQuery({"turn=4999", tierlog::Level::None, ""});
    }
}

QTEST_GUILESS_MAIN(TestLogWorker)
#include "tst_log_worker.moc"
