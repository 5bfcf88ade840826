#include "tests/ui/log/log_fixture.h"
#include "ui/backend/log_worker.h"
#include "ui/log/log_page.h"
#include "ui/shell/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QToolButton>
#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using tierdeck::ui::test::LogFile;

namespace {

constexpr LogWorker::Timing quick{std::chrono::milliseconds(10), std::chrono::milliseconds(50), true};

struct Shown {
    explicit Shown(const LogFile& log)
        : worker(log.path(), quick)
        , page(theme, worker, clock) {
        page.resize(1000, 700);
        page.show();
        page.activateWindow();
    }

    template <typename Widget>
    Widget& find(const char* name) {
        auto* found = page.findChild<Widget*>(QString::fromLatin1(name));
        if (found == nullptr)
            qFatal("There is no %s.", name);
        return *found;
    }

    /// What stands where content would be, if that is not shown.
    QString notice(const char* name) {
        for (const QLabel* label : page.findChildren<QLabel*>(QString::fromLatin1(name))) {
            if (label->isVisible())
                return label->text();
        }
        return {};
    }

    QTableView& table() { return find<QTableView>("logTable"); }

    int rows() { return table().model()->rowCount(); }

    bool isAtEnd() { return table().verticalScrollBar()->value() == table().verticalScrollBar()->maximum(); }

    QString follow() { return find<QToolButton>("logFollow").text(); }

    Theme theme;
    SystemClock clock;
    LogWorker worker;
    LogPage page;
};

} // namespace

class TestLogPage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsItsStates();
    void followsUntilSomeoneLooks();
    void focusIsNoReasonToPause();
    void scrollingPausesAndResumes();
    void filtersByKeys();
    void keepsTheChosenLineThroughAFilter();
    void showsAllThatALineSays();
    void opensTheTurn();
    void copiesLines();
    void survivesRotation();
    void everythingHasAName();
    void tabGoesThroughTheControls();
};

void TestLogPage::showsItsStates() {
    LogFile log;
    Shown shown(log);
    QTRY_COMPARE(shown.page.states().state(), PageState::State::Empty);
    QVERIFY(shown.page.isReady());
    QVERIFY(shown.notice("pageNoticeText").contains(log.name()));
    log.append("");
    QTRY_COMPARE(shown.worker.state(), LogWorker::State::Ready);
    QTRY_VERIFY(shown.notice("pageNoticeTitle").contains(QStringLiteral("empty")));
    log.append(LogFile::assignments(3));
    QTRY_COMPARE(shown.page.states().state(), PageState::State::Content);
    QCOMPARE(shown.rows(), 3);

    QTemporaryDir folder;
    LogWorker worker(folder.path().toStdString(), quick);
    LogPage broken(shown.theme, worker, shown.clock);
    QTRY_COMPARE(broken.states().state(), PageState::State::Error);
    QVERIFY(broken.isReady());
}

void TestLogPage::followsUntilSomeoneLooks() {
    LogFile log;
    log.append(LogFile::assignments(500));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 500);
    QTRY_VERIFY(shown.isAtEnd());
    QCOMPARE(shown.follow(), QStringLiteral("following"));
    log.append(LogFile::assignments(50));
    QTRY_COMPARE(shown.rows(), 550);
    QTRY_VERIFY(shown.isAtEnd());

    QTest::mouseClick(shown.table().viewport(), Qt::LeftButton, {}, QPoint(40, 40));
    QTRY_COMPARE(shown.follow(), QStringLiteral("paused"));
    const int place = shown.table().verticalScrollBar()->value();
    log.append(LogFile::assignments(214));
    QTRY_COMPARE(shown.rows(), 764);
    QTRY_VERIFY(shown.follow().contains(QStringLiteral("214")));
    QVERIFY(shown.follow().startsWith(QStringLiteral("paused")));
    QCOMPARE(shown.table().verticalScrollBar()->value(), place); // nothing moved under the eyes

    QTest::mouseClick(&shown.find<QToolButton>("logFollow"), Qt::LeftButton);
    QCOMPARE(shown.follow(), QStringLiteral("following"));
    QVERIFY(shown.isAtEnd());
    shown.table().setFocus();
    QTest::keyClick(&shown.table(), Qt::Key_F);
    QCOMPARE(shown.follow(), QStringLiteral("paused"));
}

void TestLogPage::focusIsNoReasonToPause() {
    LogFile log;
    log.append(LogFile::assignments(500));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 500);
    shown.page.focusContent();
    QTRY_VERIFY(shown.table().hasFocus());
    QCOMPARE(shown.follow(), QStringLiteral("following"));
    QVERIFY(shown.isAtEnd());
    QCOMPARE(shown.table().currentIndex().row(), 499);
    QTest::keyClick(&shown.table(), Qt::Key_Up); // from the newest line, not from the first
    QCOMPARE(shown.table().currentIndex().row(), 498);
    QCOMPARE(shown.follow(), QStringLiteral("paused"));
}

void TestLogPage::scrollingPausesAndResumes() {
    LogFile log;
    log.append(LogFile::assignments(500));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 500);
    QTRY_VERIFY(shown.isAtEnd());
    QScrollBar* bar = shown.table().verticalScrollBar();
    bar->triggerAction(QAbstractSlider::SliderPageStepSub);
    QCOMPARE(shown.follow(), QStringLiteral("paused"));
    bar->triggerAction(QAbstractSlider::SliderToMaximum);
    QCOMPARE(shown.follow(), QStringLiteral("following"));
    // A page that grows is not someone who scrolls.
    bar->triggerAction(QAbstractSlider::SliderPageStepSub);
    shown.page.resize(1000, 1400);
    QCOMPARE(shown.follow(), QStringLiteral("paused"));
}

void TestLogPage::filtersByKeys() {
    LogFile log;
    log.append(LogFile::assignments(100) + LogFile::fallback(7));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 101);
    shown.page.focusFilter();
    auto& filter = shown.find<QLineEdit>("logFilter");
    QTest::keyClicks(&filter, QStringLiteral("HTTP_529"));
    QTRY_COMPARE(shown.rows(), 1);
    QTRY_VERIFY(shown.find<QLabel>("logCount").text().startsWith(QStringLiteral("1 of 101")));
    QTest::keyClicks(&filter, QStringLiteral("0"));
    QTRY_COMPARE(shown.rows(), 0);
    QTRY_VERIFY(!shown.table().isVisible()); // says that nothing matches
    QVERIFY(shown.page.closeInnermost());
    QTRY_COMPARE(shown.rows(), 101);
    QVERIFY(shown.table().isVisible());
    QVERIFY(!shown.page.closeInnermost());

    auto& tier = shown.find<QComboBox>("logTier");
    tier.setFocus();
    QTest::keyClicks(&tier, QStringLiteral("deep"));
    QTRY_COMPARE(shown.rows(), 20);
    QTest::keyClick(&tier, Qt::Key_Home);
    QTRY_COMPARE(shown.rows(), 101);
    auto& level = shown.find<QComboBox>("logLevel");
    level.setFocus();
    QTest::keyClicks(&level, QStringLiteral("W"));
    QTRY_COMPARE(shown.rows(), 1);
    shown.page.reveal(QStringLiteral("text:nowhere"));
    QTRY_COMPARE(shown.rows(), 0);
}

void TestLogPage::keepsTheChosenLineThroughAFilter() {
    LogFile log;
    log.append(LogFile::assignments(1000));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 1000);
    shown.table().setCurrentIndex(shown.table().model()->index(505, 0)); // turn 506, deep
    QCOMPARE(shown.follow(), QStringLiteral("paused"));
    QTRY_VERIFY(shown.page.findChild<QLabel*>(QStringLiteral("logField_turn")) != nullptr);
    shown.find<QLineEdit>("logFilter").setText(QStringLiteral("tier=deep"));
    QTRY_COMPARE(shown.rows(), 200);
    QCOMPARE(shown.table().currentIndex().row(), 101);
    QVERIFY(
        shown.table().viewport()->rect().intersects(shown.table().visualRect(shown.table().currentIndex())));
    shown.find<QLineEdit>("logFilter").clear();
    QTRY_COMPARE(shown.rows(), 1000);
    QCOMPARE(shown.table().currentIndex().row(), 505);
    QCOMPARE(shown.follow(), QStringLiteral("paused"));
}

void TestLogPage::showsAllThatALineSays() {
    LogFile log;
    log.append(LogFile::assignments(3));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 3);
    QVERIFY(shown.find<QLabel>("logDetailNothing").isVisible());
    shown.table().setFocus();
    QTest::keyClick(&shown.table(), Qt::Key_Home, Qt::ControlModifier);
    QTRY_VERIFY(shown.page.findChild<QLabel*>(QStringLiteral("logField_model")) != nullptr);
    QCOMPARE(shown.find<QLabel>("logField_model").text(), QStringLiteral("openai/gpt-5.2"));
    QCOMPARE(shown.find<QLabel>("logField_request").text(), QStringLiteral("4701"));
    QVERIFY(
        shown.find<QLabel>("logDetailSentence").text().startsWith(QStringLiteral("Tier assignment: deep")));
    QVERIFY(!shown.find<QLabel>("logDetailNothing").isVisible());
}

void TestLogPage::opensTheTurn() {
    LogFile log;
    log.append(LogFile::assignment(12, "deep", "checkout") + "no turn here\n");
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 2);
    QSignalSpy wanted(&shown.page, &LogPage::openTurnRequested);
    shown.table().setFocus();
    QTest::keyClick(&shown.table(), Qt::Key_Home, Qt::ControlModifier);
    QTest::keyClick(&shown.table(), Qt::Key_Return);
    QTRY_COMPARE(wanted.size(), 1);
    QCOMPARE(wanted.first(), (QVariantList{QStringLiteral("checkout"), 12, QString()}));
    QTest::mouseClick(&shown.find<QPushButton>("logOpenTurn"), Qt::LeftButton);
    QCOMPARE(wanted.size(), 2);
    QTest::keyClick(&shown.table(), Qt::Key_Down);
    QTRY_VERIFY(!shown.find<QPushButton>("logOpenTurn").isEnabled());
    QTest::keyClick(&shown.table(), Qt::Key_Return);
    QCOMPARE(wanted.size(), 2);
}

void TestLogPage::copiesLines() {
    LogFile log;
    log.append("first\tline\nsecond line\n");
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 2);
    shown.table().setFocus();
    QTest::keyClick(&shown.table(), Qt::Key_Home, Qt::ControlModifier);
    // As it stands in the file, tab and all.
    QTRY_VERIFY(shown.find<QLabel>("logDetailSentence").text().contains(u'\t'));
    QTest::keyClick(&shown.table(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("first\tline"));
    QTest::keyClick(&shown.table(), Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(&shown.table(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("first line\nsecond line\n"));
}

void TestLogPage::survivesRotation() {
    LogFile log;
    log.append(LogFile::assignments(100));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 100);
    log.rotate();
    log.append(LogFile::assignments(2));
    QTRY_COMPARE(shown.rows(), 2);
    QVERIFY(shown.find<QLabel>("logCount").text().contains(QStringLiteral("rotated")));
    QCOMPARE(shown.page.states().state(), PageState::State::Content);
}

void TestLogPage::everythingHasAName() {
    LogFile log;
    log.append(LogFile::assignments(3));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 3);
    shown.table().setCurrentIndex(shown.table().model()->index(0, 0));
    for (const QWidget* widget : shown.page.findChildren<QWidget*>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->focusProxy() != nullptr)
            continue;
        if (widget->objectName().startsWith(QStringLiteral("qt_")))
            continue;
        const QAccessibleInterface* interface =
            QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
        QVERIFY2(
            interface != nullptr && !interface->text(QAccessible::Name).isEmpty(),
            qPrintable(QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName()));
    }
}

void TestLogPage::tabGoesThroughTheControls() {
    LogFile log;
    log.append(LogFile::assignments(3));
    Shown shown(log);
    QTRY_COMPARE(shown.rows(), 3);
    shown.page.focusFilter();
    QStringList order;
    for (int i = 0; i < 5; ++i) {
        order << QApplication::focusWidget()->objectName();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    QCOMPARE(order,
             (QStringList{QStringLiteral("logFilter"), QStringLiteral("logLevel"), QStringLiteral("logTier"),
                          QStringLiteral("logTable"), QStringLiteral("logFollow")}));
}

QTEST_MAIN(TestLogPage)
#include "tst_log_page.moc"
