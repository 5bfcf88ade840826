#include "core/pricing/price_table.h"
#include "core/routing/packed_decision.h"
#include "core/sessions/report.h"
#include "core/sessions/session_store.h"
#include "core/sessions/store_reader.h"
#include "tests/support/counted_clicks.h"
#include "tests/support/record_generator.h"
#include "ui/charts/compare_chart.h"
#include "ui/charts/turn_chart.h"
#include "ui/sessions/request_detail.h"
#include "ui/sessions/session_list_model.h"
#include "ui/sessions/sessions_page.h"
#include "ui/sessions/turn_table_model.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDateEdit>
#include <QFileDialog>
#include <QGraphicsView>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QScrollBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QTextCursor>
#include <QToolButton>
#include <QTreeView>
#include <QtTest>

#include <map>
#include <sstream>

using namespace tierdeck;
using namespace tierdeck::ui;

namespace {

const UtcTime noon{std::chrono::milliseconds(1'795'262'400'000)}; // 2026-11-21T12:00Z

class FixedClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override { return noon; }

    [[nodiscard]] SteadyTime steadyNow() const override { return {}; }
};

struct Handle final : GatewayHandle {
    [[nodiscard]] std::string address() const override { return "http://127.0.0.1:4141"; }
};

routing::RequestRecord record(int id, const std::string& session, int turn, const char* tier = "coding",
                              std::optional<std::int64_t> costNano = 35'000'000) {
    routing::RequestRecord record;
    record.request = RequestId(id);
    record.session = session;
    record.turn = turn;
    record.time = noon - std::chrono::hours(2) + std::chrono::seconds(id);
    record.client = "codex";
    record.project = "shop";
    record.title = "title of " + session;
    record.tier = tier;
    record.tierSource = "skill";
    record.provider = "openai";
    record.model = "openai/gpt-5.2";
    record.status = "ok";
    record.httpStatus = 200;
    record.usage.input = 1000;
    record.usage.cachedInput = 500;
    record.usage.output = 100;
    if (costNano)
        record.cost = NanoUsd(*costNano);
    record.simulated = costNano == 0;
    record.latencyMs = 1200;
    record.attempts = {{"openai", "openai/gpt-5.2", "ok", 200, 1200, "decided"}};
    routing::RouteDecision decision;
    decision.tier = tier;
    decision.model = *routing::ModelId::parse("openai/gpt-5.2");
    decision.source = routing::TierSource::Skill;
    decision.ladder = {
        {routing::TierSource::User, "", routing::LadderStep::Outcome::Passed, routing::Phrase::UserSilent},
        {routing::TierSource::Skill,
         tier,
         routing::LadderStep::Outcome::Won,
         {routing::Phrase::SkillAsks, {"refactor", tier}}},
        {routing::TierSource::Default, "balanced", routing::LadderStep::Outcome::Lost,
         routing::Phrase::DefaultServes}};
    record.reason = routing::explain(decision);
    record.decision = routing::pack(decision);
    return record;
}

/// A page over a store of its own.
struct Desk {
    QTemporaryDir folder;
    FixedClock clock;
    Theme theme;
    std::unique_ptr<sessions::SessionStore> store;
    std::unique_ptr<GatewayController> gateway;
    std::unique_ptr<StoreWorker> worker;
    std::unique_ptr<SessionsPage> page;

    explicit Desk(bool withStore = true) {
        if (withStore)
            openStore();
        gateway = std::make_unique<GatewayController>(
            [](const GatewayController::StartOptions&) -> Result<std::unique_ptr<GatewayHandle>> {
                return std::make_unique<Handle>();
            },
            [] { return std::optional<std::string>(); });
        worker = std::make_unique<StoreWorker>(file().toStdString(), clock);
    }

    ~Desk() { page.reset(); }

    [[nodiscard]] QString file() const { return folder.filePath(QStringLiteral("tierdeck.db")); }

    void openStore() {
        sessions::StoreOptions options;
        options.file = file().toStdString();
        options.unsavedFile = folder.filePath(QStringLiteral("unsaved")).toStdString();
        options.timeZone = "UTC";
        store = std::move(*sessions::SessionStore::open(options));
    }

    void keep(std::vector<routing::RequestRecord> records) {
        for (routing::RequestRecord& one : records)
            store->record(std::move(one), [](const Result<void>&) {});
        store->flush();
    }

    void open() {
        page = std::make_unique<SessionsPage>(theme, *worker, *gateway, clock);
        page->resize(1100, 760);
        page->show();
        worker->setVisible(true);
        QApplication::setActiveWindow(page.get());
    }

    template <typename Widget>
    [[nodiscard]] Widget* find(const char* name) const {
        return page->findChild<Widget*>(QLatin1StringView(name));
    }

    [[nodiscard]] QListView* list() const { return find<QListView>("sessionList"); }

    [[nodiscard]] QTreeView* table() const { return find<QTreeView>("turnTable"); }

    [[nodiscard]] TurnChart* chart() const { return find<TurnChart>("turnChart"); }

    [[nodiscard]] QString detail() const { return find<QTextBrowser>("requestDetail")->toPlainText(); }

    /// Of the page's and the session's states, the one that is seen.
    template <typename Widget>
    [[nodiscard]] Widget* visible(const char* name) const {
        for (Widget* widget : page->findChildren<Widget*>(QLatin1StringView(name)))
            if (widget->isVisible())
                return widget;
        return nullptr;
    }

    [[nodiscard]] QString notice() const {
        const auto* title = visible<QLabel>("pageNoticeTitle");
        return title != nullptr ? title->text() : QString();
    }

    [[nodiscard]] QString noticeText() const {
        const auto* text = visible<QLabel>("pageNoticeText");
        return text != nullptr ? text->text() : QString();
    }

    [[nodiscard]] int turns() const { return table()->model()->rowCount(); }

    /// With TIERDECK_LOOK set, a picture to look at.
    void look(const char* name) {
        const QString folderToLook = qEnvironmentVariable("TIERDECK_LOOK");
        if (!folderToLook.isEmpty())
            page->grab().save(QStringLiteral("%1/%2.png").arg(folderToLook, QLatin1StringView(name)));
    }
};

std::vector<routing::RequestRecord> turnsOf(const std::string& session, int first, int turns,
                                            const char* tier = "coding",
                                            std::optional<std::int64_t> costNano = 35'000'000) {
    std::vector<routing::RequestRecord> records;
    for (int i = 0; i < turns; ++i)
        records.push_back(record(first + i, session, i + 1, tier, costNano));
    return records;
}

} // namespace

class SessionsPageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void anEmptyWorkspaceSaysWhyAndOffersTheNextStep() {
        Desk desk(false);
        desk.open();
        QTRY_VERIFY(desk.page->isReady());
        QCOMPARE(desk.notice(), QStringLiteral("No turns yet"));
        desk.look("empty");
        auto* button = desk.visible<QPushButton>("pageNoticeButton");
        button->click(); // Start the gateway
        QTRY_COMPARE(desk.gateway->state(), GatewayController::State::RunningHere);
        QTRY_VERIFY(desk.noticeText().contains(QStringLiteral("http://127.0.0.1:4141/v1")));
        button->click(); // Copy the address
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("http://127.0.0.1:4141/v1"));
        // The first turn appears by itself.
        desk.openStore();
        desk.keep(turnsOf("s", 1, 1));
        QTRY_COMPARE(desk.list()->model()->rowCount(), 1);
        QTRY_COMPARE(desk.turns(), 1);
    }

    void aStoreThatCannotBeReadSaysSo() {
        Desk desk(false);
        QFile rubbish(desk.file());
        QVERIFY(rubbish.open(QIODevice::WriteOnly));
        rubbish.write(QByteArray(8192, 'x'));
        rubbish.close();
        desk.open();
        QTRY_COMPARE(desk.notice(), QStringLiteral("The sessions cannot be read"));
        QVERIFY(!desk.noticeText().isEmpty());
        desk.look("unreadable");
    }

    void theNewestSessionAndItsLastTurnAreShown() {
        Desk desk;
        desk.keep(turnsOf("older", 1, 2));
        desk.keep(turnsOf("newer", 10, 3));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        QCOMPARE(desk.list()->currentIndex().data(SessionListModel::KeyRole).toString(),
                 QStringLiteral("newer"));
        QCOMPARE(desk.chart()->chosenTurn(), qsizetype(2));
        QTRY_VERIFY(desk.detail().contains(QStringLiteral("skill 'refactor'")));
        QVERIFY(desk.detail().contains(QStringLiteral("balanced serves, but the skill stands above it.")));
        QVERIFY(desk.detail().contains(QStringLiteral("$0.035")));
        QTRY_VERIFY(desk.page->isReady());
    }

    void choosingIsOneInChartAndTable() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 8));
        desk.open();
        QTRY_COMPARE(desk.turns(), 8);
        // Row → bar
        desk.table()->setCurrentIndex(desk.table()->model()->index(3, 0));
        QCOMPARE(desk.chart()->chosenTurn(), qsizetype(3));
        // Bar → row, by mouse
        auto* view = desk.find<QGraphicsView>("turnChartView");
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {},
                          view->mapFrom(desk.chart(), desk.chart()->barRect(5).center()));
        QCOMPARE(desk.table()->currentIndex().row(), 5);
        // Bar → row, by key; Enter goes to the row
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Left);
        QCOMPARE(desk.table()->currentIndex().row(), 4);
        QTest::keyClick(view, Qt::Key_Return);
        QVERIFY(desk.table()->hasFocus());
        // A request of another turn → its bar
        const QModelIndex second = desk.table()->model()->index(1, 0);
        desk.table()->expand(second);
        QTRY_COMPARE(desk.table()->model()->rowCount(second), 1);
        desk.table()->setCurrentIndex(desk.table()->model()->index(0, 0, second));
        QCOMPARE(desk.chart()->chosenTurn(), qsizetype(1));
    }

    void theKeyTGoesBetweenChartAndTable() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 3));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        desk.table()->setFocus();
        QTest::keyClick(desk.table(), Qt::Key_T);
        QVERIFY(desk.find<QGraphicsView>("turnChartView")->hasFocus());
        QTest::keyClick(desk.find<QGraphicsView>("turnChartView"), Qt::Key_T);
        QVERIFY(desk.table()->hasFocus());
        auto* filter = desk.find<QLineEdit>("sessionsFilter");
        filter->setFocus();
        QTest::keyClick(filter, Qt::Key_T);
        QCOMPARE(filter->text(), QStringLiteral("t"));
    }

    void liveTurnsAppearWithoutMovingWhatIsLookedAt() {
        Desk desk;
        desk.keep(turnsOf("other", 1, 2));
        desk.keep(turnsOf("live", 10, 4));
        desk.open();
        QTRY_COMPARE(desk.turns(), 4);
        desk.table()->setCurrentIndex(desk.table()->model()->index(1, 0));
        QTRY_VERIFY(desk.find<QTextBrowser>("requestDetail")->toPlainText().size() > 10);
        const QRect bar = desk.chart()->barRect(1);
        desk.keep({record(50, "live", 5, "deep")});
        QTRY_COMPARE(desk.turns(), 5);
        QCOMPARE(desk.table()->currentIndex().row(), 1);
        QCOMPARE(desk.chart()->chosenTurn(), qsizetype(1));
        QCOMPARE(desk.chart()->barRect(1).left(), bar.left());
        // Another session moves to the top of the list; the chosen one stays chosen.
        desk.keep({record(60, "other", 3)});
        QTRY_COMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("other"));
        QCOMPARE(desk.list()->currentIndex().data(SessionListModel::KeyRole).toString(),
                 QStringLiteral("live"));
        QCOMPARE(desk.turns(), 5);
    }

    void aTurnThatGrowsShowsItsNewRequests() {
        Desk desk;
        desk.keep({record(1, "s", 1)});
        desk.open();
        QTRY_COMPARE(desk.turns(), 1);
        const QModelIndex turn = desk.table()->model()->index(0, 0);
        desk.table()->expand(turn);
        QTRY_COMPARE(desk.table()->model()->rowCount(turn), 1);
        desk.keep({record(2, "s", 1, "deep")});
        QTRY_COMPARE(desk.table()->model()->rowCount(turn), 2);
        QVERIFY(desk.table()->isExpanded(turn));
    }

    void theFilterFindsAndTheEmptyResultOffersAWayBack() {
        Desk desk;
        desk.keep(turnsOf("alpha", 1, 1));
        desk.keep(turnsOf("beta", 10, 1));
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        auto* filter = desk.find<QLineEdit>("sessionsFilter");
        filter->setText(QStringLiteral("alpha"));
        QTRY_COMPARE(desk.list()->model()->rowCount(), 1);
        QTRY_COMPARE(desk.list()->currentIndex().data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("alpha"));
        filter->setText(QStringLiteral("nowhere"));
        QTRY_COMPARE(desk.notice(), QStringLiteral("No session matches"));
        desk.visible<QPushButton>("pageNoticeButton")->click();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        QVERIFY(filter->text().isEmpty());
    }

    void theTableFitsItsWidth() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 40));
        desk.open();
        QTRY_COMPARE(desk.turns(), 40);
        const auto fits = [&desk] {
            return desk.table()->header()->length() <= desk.table()->viewport()->width();
        };
        for (const int width : {1100, 1600, 1200}) {
            desk.page->resize(width, 760);
            QTRY_VERIFY2(fits(), qPrintable(QStringLiteral("%1 in %2")
                                                .arg(desk.table()->header()->length())
                                                .arg(desk.table()->viewport()->width())));
        }
    }

    void dearestFirst() {
        Desk desk;
        desk.keep(turnsOf("cheap", 10, 1, "coding", 1000));
        desk.keep(turnsOf("dear", 1, 1, "coding", 900'000'000));
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        QCOMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                 QStringLiteral("cheap"));
        desk.find<QComboBox>("sessionsOrder")->setCurrentIndex(1);
        QTRY_COMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("dear"));
    }

    void everyOrderIsTheStores_data() {
        QTest::addColumn<int>("index");
        QTest::addColumn<QString>("first");
        QTest::newRow("latest") << 0 << QStringLiteral("tokens");
        QTest::newRow("dearest") << 1 << QStringLiteral("dear");
        QTest::newRow("most turns") << 2 << QStringLiteral("turns");
        QTest::newRow("most tokens") << 3 << QStringLiteral("tokens");
    }

    void everyOrderIsTheStores() {
        QFETCH(int, index);
        QFETCH(QString, first);
        Desk desk;
        desk.keep(turnsOf("turns", 1, 5, "coding", 1000));
        desk.keep(turnsOf("dear", 10, 1, "coding", 900'000'000));
        routing::RequestRecord large = record(20, "tokens", 1, "coding", 1000);
        large.usage.input = 9'000'000;
        desk.keep({large});
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 3);
        desk.find<QComboBox>("sessionsOrder")->setCurrentIndex(index);
        QTRY_COMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(), first);
    }

    void filtersAreChipsThatCanBeTakenAway() {
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("one", 1, 2);
        for (const routing::RequestRecord& other : turnsOf("two", 10, 2, "deep", 900'000'000))
            records.push_back(other);
        records.back().project = records[2].project = "my blog";
        desk.keep(std::move(records));
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        const auto keys = [&desk] {
            QStringList shown;
            for (int row = 0; row < desk.list()->model()->rowCount(); ++row)
                shown.append(desk.list()->model()->index(row, 0).data(SessionListModel::KeyRole).toString());
            return shown;
        };
        auto* filter = desk.find<QLineEdit>("sessionsFilter");
        const auto type = [filter](const char* text) {
            filter->setFocus();
            QTest::keyClicks(filter, QLatin1StringView(text));
            QTest::keyClick(filter, Qt::Key_Return);
        };
        const auto chip = [&desk](const char* key) {
            return desk.find<QToolButton>(
                qPrintable(QStringLiteral("sessionsChip-%1").arg(QLatin1StringView(key))));
        };
        type("project:\"my blog\" title");
        QCOMPARE(filter->text(), QStringLiteral("title")); // what is no term stays text
        QVERIFY(chip("project") != nullptr && chip("project")->isVisible());
        QTRY_COMPARE(keys(), QStringList{QStringLiteral("two")});
        filter->clear();
        chip("project")->click();
        QTRY_COMPARE(keys().size(), 2);
        for (const auto& [typed, left] :
             {std::pair("tier:coding", "one"), {"cost>0.5", "two"}, {"project:shop", "one"}}) {
            type(typed);
            QTRY_COMPARE(keys(), QStringList{QLatin1StringView(left)});
            desk.look(left);
            const QString key =
                QLatin1StringView(typed).toString().section(QRegularExpression(QStringLiteral("[:>]")), 0, 0);
            QTRY_VERIFY(chip(qPrintable(key)) != nullptr);
            chip(qPrintable(key))->click();
            QTRY_COMPARE(keys().size(), 2);
        }
        // Two at once, that no session has together.
        type("project:shop cost>0.5");
        QTRY_COMPARE(desk.notice(), QStringLiteral("No session matches"));
        QVERIFY(chip("cost")->isVisible()); // still there to be taken away
        chip("all")->click();
        QTRY_COMPARE(keys().size(), 2);
        QVERIFY(!desk.find<QWidget>("sessionsFilterBar")->isVisible());
    }

    void theFilterMenuOffersWhatTheStoreHolds() {
        Desk desk;
        desk.keep(turnsOf("one", 1, 2));
        routing::RequestRecord other = record(9, "two", 1, "deep");
        other.project = "R&D";
        desk.keep({other});
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        auto* menu = desk.find<QMenu>("sessionsFilterMenu");
        menu->popup({});
        auto* projects = desk.find<QMenu>("sessionsFilter-project");
        QTRY_COMPARE(projects->actions().size(), 2);
        QStringList offered;
        for (const QAction* action : projects->actions())
            offered.append(action->text());
        QVERIFY(offered.contains(QStringLiteral("R&&D")) && offered.contains(QStringLiteral("shop")));
        projects->actions().at(offered.indexOf(QStringLiteral("R&&D")))->trigger();
        menu->close();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 1);
        QCOMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                 QStringLiteral("two"));
    }

    void lastMonthIsACalendarMonth() {
        Desk desk;
        const auto at = [](const char* when) {
            return UtcTime(std::chrono::milliseconds(
                QDateTime::fromString(QLatin1StringView(when), Qt::ISODate).toMSecsSinceEpoch()));
        };
        int id = 0;
        for (const char* when :
             {"2026-09-30T23:59:59", "2026-10-01T00:00:00", "2026-10-31T23:59:59", "2026-11-01T00:00:00"}) {
            routing::RequestRecord one = record(++id, when, 1);
            one.time = at(when);
            desk.keep({one});
        }
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 4);
        auto* range = desk.find<QComboBox>("sessionsRange");
        range->setCurrentText(QStringLiteral("Last month"));
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        range->setCurrentText(QStringLiteral("This month"));
        QTRY_COMPARE(desk.list()->model()->rowCount(), 1);
        range->setCurrentText(QStringLiteral("Own days"));
        desk.find<QDateEdit>("sessionsFirstDay")->setDate(QDate(2026, 9, 30));
        desk.find<QDateEdit>("sessionsLastDay")->setDate(QDate(2026, 10, 1));
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        QVERIFY(desk.find<QDateEdit>("sessionsLastDay")->isVisible());
    }

    /// At twice the text in a window of 1280×800, nothing is to be looked for sideways: the table keeps the
    /// columns that say which turn, what served it and what it cost, and the comparison stands in two lines.
    void largeTextNeedsNoSidewaysScrolling() {
        const QFont usual = QApplication::font();
        QFont large = usual;
        large.setPointSizeF(usual.pointSizeF() * 2);
        QApplication::setFont(large);
        const auto back = qScopeGuard([&usual] { QApplication::setFont(usual); });
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("first of the two sessions", 1, 20);
        for (int i = 0; i < 5; ++i) // a turn of many requests with long numbers
            records.push_back(record(1'234'500 + i, "first of the two sessions", 20, "deep", std::nullopt));
        desk.keep(std::move(records));
        desk.keep(turnsOf("second of the two sessions", 100, 30, "deep", 3'512'345'678));
        desk.open();
        desk.page->resize(1016, 740);
        QTRY_COMPARE(desk.turns(), 20);
        desk.page->reveal(QStringLiteral("request:1234502"));
        QTRY_COMPARE(desk.turns(), 20);
        QTRY_COMPARE(desk.page->findChild<RequestDetail*>()->shownRequest(),
                     std::optional(RequestId(1'234'502)));
        desk.look("large");
        QTRY_COMPARE(desk.table()->horizontalScrollBar()->maximum(), 0);
        for (const auto column :
             {TurnTableModel::Number, TurnTableModel::Tier, TurnTableModel::Model, TurnTableModel::Cost})
            QVERIFY(!desk.table()->isColumnHidden(column));
        const QModelIndex chosen = desk.table()->currentIndex().siblingAtColumn(TurnTableModel::Number);
        QVERIFY(desk.table()->visualRect(chosen).width() >
                desk.table()->fontMetrics().horizontalAdvance(chosen.data().toString()));
        QTRY_COMPARE(desk.find<QTextBrowser>("requestDetail")->horizontalScrollBar()->maximum(), 0);
        desk.look("large");

        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        desk.list()->setFocus();
        desk.list()->setCurrentIndex(desk.list()->model()->index(1, 0)); // the second
        QTRY_COMPARE(desk.turns(), 30);
        QTest::keyClick(desk.list(), Qt::Key_M);
        QTest::keyClick(desk.list(), Qt::Key_Up);
        auto* table = desk.find<QTreeView>("compareTable");
        QTRY_VERIFY(table->isVisible());
        QTRY_VERIFY(table->header()->length() <= table->viewport()->width());
        // Each measure stands above its numbers, all of which are seen.
        QVERIFY(table->isColumnHidden(0));
        const int line = table->fontMetrics().height();
        for (int row = 0; row < table->model()->rowCount(); ++row)
            for (int column = 1; column < table->model()->columnCount(); ++column) {
                const QModelIndex cell = table->model()->index(row, column);
                const QRect words = table->fontMetrics().boundingRect(
                    QRect(0, 0, table->columnWidth(column) - 2 * Theme::paddingSmall, 1), Qt::TextWordWrap,
                    cell.data().toString());
                QVERIFY2(words.width() <= table->columnWidth(column), qPrintable(cell.data().toString()));
                QTRY_VERIFY(table->visualRect(cell).height() >= line + words.height());
            }
        QVERIFY(table->model()->index(0, 1).data(Qt::AccessibleTextRole).toString().startsWith(u"Cost, "));
        desk.look("large-compare");
        desk.page->resize(2400, 740); // and back in one line where there is room
        QTRY_VERIFY(!table->isColumnHidden(0));
    }

    void theDetailGoesRightToLeft() {
        QGuiApplication::setLayoutDirection(Qt::RightToLeft);
        const auto back = qScopeGuard([] { QGuiApplication::setLayoutDirection(Qt::LeftToRight); });
        Desk desk;
        desk.keep(turnsOf("s", 1, 2));
        desk.open();
        auto* body = desk.find<QTextBrowser>("requestDetail");
        const auto xOf = [body](const char* words) {
            QTextCursor found = body->document()->find(QLatin1StringView(words));
            return found.isNull() ? -1 : body->cursorRect(found).x();
        };
        for (const int width : {1600, 1100, 620}) {
            desk.page->resize(width, 760);
            QTRY_VERIFY(xOf("Tokens") >= 0);
            QTRY_COMPARE(body->horizontalScrollBar()->maximum(), 0);
            QTRY_VERIFY(xOf("Why") > body->viewport()->width() / 2);
            QVERIFY(xOf("output") > xOf("$0.035")); // what a number is stands before it
        }
        QVERIFY(xOf("Tokens") > body->viewport()->width() / 2); // below, where there is little room
    }

    void columnsAreChosenAndKept() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("settings.ini"));
        {
            Desk desk;
            desk.keep(turnsOf("s", 1, 3));
            desk.open();
            QTRY_COMPARE(desk.turns(), 3);
            QVERIFY(desk.table()->isColumnHidden(TurnTableModel::CacheShare));
            auto* menu = desk.find<QMenu>("turnColumnMenu");
            menu->popup({});
            desk.find<QAction>("turnColumn-cacheShare")->setChecked(true);
            desk.find<QAction>("turnColumn-source")->setChecked(false);
            menu->close();
            QVERIFY(!desk.table()->isColumnHidden(TurnTableModel::CacheShare));
            QTRY_VERIFY(desk.table()->header()->length() <= desk.table()->viewport()->width());
            desk.look("columns");
            QSettings settings(file, QSettings::IniFormat);
            desk.page->saveLayout(settings);
        }
        Desk desk;
        desk.open();
        QSettings settings(file, QSettings::IniFormat);
        desk.page->restoreLayout(settings);
        QVERIFY(!desk.table()->isColumnHidden(TurnTableModel::CacheShare));
        QVERIFY(desk.table()->isColumnHidden(TurnTableModel::Source));
        QVERIFY(desk.table()->isColumnHidden(TurnTableModel::Requests));
    }

    void aRequestSaysItsTokensTimesTheirPrices() {
        Desk desk;
        routing::RequestRecord priced = record(1, "s", 1);
        priced.usage = {1000, 500, 0, 0, 100, 40, 0};
        priced.cost = NanoUsd(1000 * 1750 + 500 * 175 + 100 * 14000);
        routing::RequestRecord other = record(2, "s", 2);
        other.cost = NanoUsd(1);
        desk.keep({priced, other});
        desk.worker->setPrices([] {
            return *pricing::PriceTable::parse(
                R"({"openai/gpt-5.2": {"input": 1.75, "output": 14, "cache_read": 0.175}})");
        });
        desk.open();
        QTRY_COMPARE(desk.turns(), 2);
        desk.table()->setCurrentIndex(desk.table()->model()->index(0, 0));
        QTRY_VERIFY2(desk.detail().contains(QStringLiteral("1.75")), qPrintable(desk.detail()));
        for (const char* word : {"0.175", "14", "0.00175", "0.0000875", "0.0014", "$0.0032375"})
            QVERIFY2(desk.detail().contains(QLatin1StringView(word)), word);
        QVERIFY(!desk.detail().contains(QStringLiteral("alone make"))); // they are the cost
        desk.table()->setCurrentIndex(desk.table()->model()->index(1, 0));
        QTRY_VERIFY2(desk.detail().contains(QStringLiteral("alone make")), qPrintable(desk.detail()));
    }

    void aRequestIsLabelledAndUnlabelled() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 2));
        desk.open();
        QTRY_COMPARE(desk.turns(), 2);
        auto* labels = desk.find<QComboBox>("requestLabel");
        QTRY_VERIFY(labels->isVisible());
        QCOMPARE(labels->currentData().toString(), QString());
        labels->setFocus();
        for (int i = 0; i < 4; ++i)
            QTest::keyClick(labels, Qt::Key_Down);
        const auto stored = [&desk]() -> std::string {
            const auto reader = sessions::StoreReader::open(desk.file().toStdString());
            if (!reader)
                return reader.error().message; // while another opens or closes it
            const auto label = (*reader)->labelOf(RequestId(2));
            return label ? label->value_or("none") : label.error().message;
        };
        QTRY_COMPARE(stored(), std::string("deep"));
        desk.keep({record(3, "s", 3)}); // the gateway goes on beside it
        desk.table()->setCurrentIndex(desk.table()->model()->index(0, 0));
        QTRY_COMPARE(labels->currentData().toString(), QString());
        desk.table()->setCurrentIndex(desk.table()->model()->index(1, 0));
        QTRY_COMPARE(labels->currentData().toString(), QStringLiteral("deep"));
        QTest::keyClick(labels, Qt::Key_Home);
        QTRY_COMPARE(stored(), std::string("none"));
    }

    void idsAreCopied() {
        Desk desk;
        routing::RequestRecord one = record(1, "session-key", 1);
        one.messageId = "msg_017";
        desk.keep({one});
        desk.open();
        QTRY_VERIFY(desk.detail().contains(QStringLiteral("msg_017")));
        QVERIFY(desk.detail().contains(QStringLiteral("session-key")));
        auto* menu = desk.find<QMenu>("requestCopyMenu");
        menu->popup({});
        QStringList copied;
        for (QAction* action : menu->actions()) {
            if (action->isSeparator())
                continue;
            action->trigger();
            copied.append(QGuiApplication::clipboard()->text());
        }
        menu->close();
        QCOMPARE(copied.mid(0, 3), (QStringList{QStringLiteral("1"), QStringLiteral("session-key"),
                                                QStringLiteral("msg_017")}));
        QVERIFY(copied.constLast().contains(QStringLiteral("skill 'refactor'")));
    }

    void theDearestTurnIsAKeyAway() {
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("s", 1, 6);
        records[2].cost = NanoUsd(5'000'000'000);
        desk.keep(std::move(records));
        desk.open();
        QTRY_COMPARE(desk.turns(), 6);
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        desk.list()->setFocus();
        QTest::keyClick(desk.list(), Qt::Key_D);
        QCOMPARE(desk.table()->currentIndex().row(), 2);
        QVERIFY(desk.table()->hasFocus());
    }

    /// A turn of an agent is dozens of requests: which of them cost, and why, is not to be searched for.
    void aDearTurnIsShownAtItsDearestRequest_data() {
        QTest::addColumn<QString>("way");
        QTest::newRow("the key D") << QStringLiteral("key");
        QTest::newRow("from elsewhere") << QStringLiteral("reveal");
        QTest::newRow("dearest first") << QStringLiteral("order");
    }

    void aDearTurnIsShownAtItsDearestRequest() {
        QFETCH(QString, way);
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("s", 1, 4);
        for (int id : {10, 11, 12}) { // the second turn is of four requests, the third of which costs most
            routing::RequestRecord one = record(id, "s", 2);
            one.cost = NanoUsd(id == 11 ? 5'000'000'000 : 1'000'000'000);
            records.push_back(std::move(one));
        }
        desk.keep(std::move(records));
        desk.keep(turnsOf("late", 100, 1));
        desk.open();
        QTRY_COMPARE(desk.turns(), 1);
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        desk.list()->setFocus();
        if (way == QStringLiteral("reveal")) {
            desk.page->reveal(QStringLiteral("dearest:s"));
        } else if (way == QStringLiteral("order")) {
            desk.find<QComboBox>("sessionsOrder")->setCurrentIndex(1);
            QTRY_COMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                         QStringLiteral("s"));
            desk.list()->setCurrentIndex(desk.list()->model()->index(0, 0));
        } else {
            desk.list()->setCurrentIndex(desk.list()->model()->index(1, 0));
            QTRY_COMPARE(desk.turns(), 4);
            QTest::keyClick(desk.list(), Qt::Key_D);
        }
        const auto* detail = desk.page->findChild<RequestDetail*>();
        QTRY_COMPARE(detail->shownRequest(), std::optional(RequestId(11)));
        QTRY_COMPARE(desk.table()->currentIndex().parent().row(), 1);
        QCOMPARE(desk.table()->currentIndex().row(), 2);
        QVERIFY(desk.table()->isExpanded(desk.table()->currentIndex().parent()));
        QCOMPARE(desk.chart()->chosenTurn(), qsizetype(1));
        QCOMPARE(desk.table()->hasFocus(), way != QStringLiteral("order")); // choosing in the list goes on
    }

    /// Which session was the dearest, and why? From here; and from the Spend page, which leads to "dearest:".
    void theDearestSessionAndWhyIsThreeClicksAway() {
        Desk desk;
        desk.keep(turnsOf("late", 100, 3));
        std::vector<routing::RequestRecord> dear = turnsOf("dear", 1, 6);
        dear[2].cost = NanoUsd(5'000'000'000);
        desk.keep(std::move(dear));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        QCOMPARE(desk.table()->currentIndex().row(), 2); // the newest
        testing::CountedClicks clicks;
        clicks.choose(*desk.find<QComboBox>("sessionsOrder"), static_cast<int>(sessions::SessionOrder::Cost));
        QTRY_COMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("dear"));
        clicks.cell(*desk.list(), desk.list()->model()->index(0, 0));
        QCOMPARE(clicks.count(), 3);
        QTRY_COMPARE(desk.turns(), 6);
        QCOMPARE(desk.table()->currentIndex().row(), 2); // the dearest
        QTRY_VERIFY2(desk.detail().contains(QStringLiteral("skill 'refactor'")), qPrintable(desk.detail()));
    }

    void aSessionIsRevealedAtItsDearestTurn_data() {
        QTest::addColumn<bool>("isListed");
        QTest::newRow("in the list") << true;
        QTest::newRow("not in the list") << false;
    }

    void aSessionIsRevealedAtItsDearestTurn() {
        QFETCH(bool, isListed);
        Desk desk;
        desk.keep(turnsOf("late", 100, 3));
        std::vector<routing::RequestRecord> dear = turnsOf("dear", 1, 6);
        dear[3].cost = NanoUsd(5'000'000'000);
        for (routing::RequestRecord& one : dear)
            one.time -= std::chrono::hours(24 * 10);
        desk.keep(std::move(dear));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        if (!isListed) {
            desk.find<QComboBox>("sessionsRange")->setCurrentIndex(1); // today
            QTRY_COMPARE(desk.list()->model()->rowCount(), 1);
        }
        desk.page->reveal(QStringLiteral("dearest:dear"));
        QTRY_COMPARE(desk.turns(), 6);
        QCOMPARE(desk.table()->currentIndex().row(), 3);
        QVERIFY(desk.table()->hasFocus());
        QCOMPARE(desk.list()->currentIndex().isValid(), isListed); // no other is marked as chosen
        QTRY_VERIFY(desk.detail().contains(QStringLiteral("skill 'refactor'")));
        // Again, after something else was looked at.
        desk.table()->setCurrentIndex(desk.table()->model()->index(0, 0));
        desk.page->reveal(QStringLiteral("dearest:dear"));
        QCOMPARE(desk.table()->currentIndex().row(), 3);
        // News of the session leave what is looked at.
        desk.table()->setCurrentIndex(desk.table()->model()->index(1, 0));
        desk.keep({record(200, "dear", 7)});
        QTRY_COMPARE(desk.turns(), 7);
        QCOMPARE(desk.table()->currentIndex().row(), 1);
    }

    void twoSessionsAreCompared() {
        Desk desk;
        desk.keep(turnsOf("small", 1, 4, "coding", 100'000'000));
        desk.keep(turnsOf("large", 10, 8, "deep", 300'000'000));
        desk.open();
        QTRY_COMPARE(desk.turns(), 8);
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        desk.list()->setFocus();
        QTest::keyClick(desk.list(), Qt::Key_M);
        QVERIFY(desk.find<QLabel>("compareHint")->isVisible());
        QTest::keyClick(desk.list(), Qt::Key_Down);
        auto* table = desk.find<QTreeView>("compareTable");
        QTRY_VERIFY(table->isVisible());
        const auto* model = table->model();
        const auto row = [model](const char* measure) {
            for (int i = 0; i < model->rowCount(); ++i)
                if (model->index(i, 0).data().toString() == QLatin1StringView(measure)) {
                    QStringList cells;
                    for (int column = 1; column < model->columnCount(); ++column)
                        cells.append(model->index(i, column).data().toString());
                    return cells.join(u'|');
                }
            return QStringLiteral("none");
        };
        QCOMPARE(row("Cost"), QStringLiteral("$2.40|$0.40|−$2.00 (×0.17)"));
        QCOMPARE(row("Turns"), QStringLiteral("8|4|−4 (×0.50)"));
        QCOMPARE(row("Cost per turn"), QStringLiteral("$0.30|$0.10|−$0.20 (×0.33)"));
        QCOMPARE(row("Cache share"), QStringLiteral("33 %|33 %|="));
        QCOMPARE(row("Tier deep"), QStringLiteral("100 % · $2.40|–|−$2.40"));
        desk.look("compare");
        desk.page->resize(620, 760); // numbers are not cut where there is little room
        for (int i = 0; i < model->rowCount(); ++i)
            for (int column = 1; column < model->columnCount(); ++column)
                QTRY_VERIFY(table->columnWidth(column) > table->fontMetrics().horizontalAdvance(
                                                             model->index(i, column).data().toString()));
        desk.page->resize(1100, 760);
        // Each sum is drawn where it belongs: the larger ends at the top right of the smaller.
        const auto* chart = desk.find<CompareChart>("compareChart");
        QVERIFY(chart->pointOf(0, 7).y() < chart->pointOf(1, 3).y());
        QVERIFY(chart->pointOf(0, 7).x() > chart->pointOf(1, 3).x());
        // The other side lives, too.
        desk.keep({record(50, "large", 9, "deep", 300'000'000)});
        QTRY_COMPARE(row("Turns"), QStringLiteral("9|4|−5 (×0.44)"));
        QVERIFY(desk.page->closeInnermost());
        QVERIFY(desk.table()->isVisible());
        QVERIFY(!table->isVisible());
    }

    void theDearestSessionOfLastMonthIsFoundExplainedAndExportedByKeys() {
        Desk desk;
        QTemporaryDir out;
        // What is wanted: project "shop", October, the session "wanted" with its dear third turn.
        const UtcTime october = noon - std::chrono::hours(24 * 30);
        int id = 0;
        const auto put = [&](const char* session, const char* project, UtcTime when, int turns,
                             std::int64_t nano) {
            for (int turn = 1; turn <= turns; ++turn) {
                routing::RequestRecord one =
                    record(++id, session, turn, "coding", turn == 3 ? nano * 10 : nano);
                one.project = project;
                one.time = when + std::chrono::minutes(id);
                desk.keep({one});
            }
        };
        put("cheap", "shop", october, 4, 1'000'000);
        put("wanted", "shop", october, 5, 100'000'000);
        put("elsewhere", "blog", october, 5, 900'000'000);
        put("now", "shop", noon - std::chrono::hours(3), 5, 900'000'000);
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 4);
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        const auto press = [](int key, Qt::KeyboardModifiers modifiers = {}) {
            QWidget* popup = QApplication::activePopupWidget();
            QWidget* target = popup != nullptr ? popup : QApplication::focusWidget();
            QVERIFY(target != nullptr);
            QTest::keyClick(target, static_cast<Qt::Key>(key), modifiers);
        };
        const auto tabTo = [&press](const char* name) {
            for (int i = 0; i < 40 && QApplication::focusWidget()->objectName() != QLatin1StringView(name);
                 ++i)
                press(Qt::Key_Tab);
            QCOMPARE(QApplication::focusWidget()->objectName(), QLatin1StringView(name));
        };
        desk.page->focusFilter(); // as the window does for "/"
        QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("project:shop"));
        press(Qt::Key_Return);
        tabTo("sessionsRange");
        while (desk.find<QComboBox>("sessionsRange")->currentText() != QStringLiteral("Last month"))
            press(Qt::Key_Down);
        tabTo("sessionsOrder");
        press(Qt::Key_Down); // dearest first
        QTRY_COMPARE(desk.list()->model()->rowCount(), 2);
        tabTo("sessionList");
        press(Qt::Key_Home);
        QTRY_COMPARE(desk.list()->currentIndex().data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("wanted"));
        const auto* table = static_cast<const TurnTableModel*>(desk.table()->model());
        QTRY_COMPARE(table->turnCount() > 0 ? table->turn(0).row.session : std::string(),
                     std::string("wanted"));
        // Its dearest turn, and why.
        press(Qt::Key_D);
        QCOMPARE(desk.table()->currentIndex().row(), 2);
        QTRY_VERIFY2(desk.detail().contains(QStringLiteral("skill 'refactor'")), qPrintable(desk.detail()));
        QTRY_VERIFY2(desk.detail().contains(QStringLiteral("$1")), qPrintable(desk.detail()));
        // Out with it.
        press(Qt::Key_E, Qt::ControlModifier);
        QTRY_VERIFY(QApplication::activePopupWidget() != nullptr);
        press(Qt::Key_Down);
        press(Qt::Key_Return); // turns as CSV
        QTRY_VERIFY(QApplication::activeModalWidget() != nullptr);
        const QString file = out.filePath(QStringLiteral("october.csv"));
        auto* name = QApplication::activeModalWidget()->findChild<QLineEdit*>();
        QTRY_VERIFY(name->hasFocus());
        QTest::keyClicks(name, file);
        QTest::keyClick(name, Qt::Key_Return);
        QTRY_VERIFY(QFile::exists(file));
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = written.readAll().split('\n');
        QCOMPARE(lines.size(), 7); // header, five turns, the end
        QVERIFY2(lines.at(0).startsWith("turn,session,"), lines.at(0).constData());
        QVERIFY2(lines.at(3).startsWith("3,wanted,") && lines.at(3).contains(",1,"), lines.at(3).constData());
        QTRY_VERIFY(desk.page->banner().isTelling());
    }

    /// What was told of an export stays while the gateway has news.
    void newsLeaveWhatWasTold() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 3));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        desk.page->banner().tell(Banner::Severity::Information, QStringLiteral("Saved it."));
        desk.keep({record(9, "s", 4)});
        QTRY_COMPARE(desk.turns(), 4);
        QTRY_VERIFY(desk.list()
                        ->model()
                        ->index(0, 0)
                        .data(Qt::AccessibleTextRole)
                        .toString()
                        .contains(QStringLiteral("4 turn")));
        QVERIFY(desk.page->banner().isTelling());
    }

    void whatIsExportedIsTheReport() {
        Desk desk;
        QTemporaryDir out;
        desk.keep(turnsOf("s", 1, 3));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        QStringList files;
        for (QAction* action : desk.find<QMenu>("sessionExportMenu")->actions()) {
            if (action->isSeparator())
                continue;
            action->trigger();
            QTRY_VERIFY(desk.find<QFileDialog>("sessionExportDialog") != nullptr);
            auto* dialog = desk.find<QFileDialog>("sessionExportDialog");
            const QString suffix = dialog->defaultSuffix();
            const QString file = out.filePath(QStringLiteral("%1.%2").arg(files.size()).arg(suffix));
            auto* name = dialog->findChild<QLineEdit*>();
            name->setText(file);
            QTest::keyClick(name, Qt::Key_Return);
            QTRY_VERIFY(QFile::exists(file));
            files.append(file);
            QTRY_VERIFY(desk.find<QFileDialog>("sessionExportDialog") == nullptr);
        }
        QCOMPARE(files.size(), 7);
        const auto reader = std::move(*sessions::StoreReader::open(desk.file().toStdString()));
        int at = 0;
        using sessions::ListFormat;
        using sessions::ListKind;
        for (const auto& [kind, format] : {std::pair(ListKind::Turns, ListFormat::Csv),
                                           {ListKind::Turns, ListFormat::Json},
                                           {ListKind::Requests, ListFormat::Csv},
                                           {ListKind::Requests, ListFormat::Json}}) {
            sessions::ListReport list;
            list.kind = kind;
            list.format = format;
            list.filter.session = "s";
            std::ostringstream expected;
            QVERIFY(sessions::writeList(expected, reader.get(), list).has_value());
            QFile file(files.at(at++));
            QVERIFY(file.open(QIODevice::ReadOnly));
            QCOMPARE(file.readAll().toStdString(), expected.str());
        }
        const QImage picture(files.at(4));
        QVERIFY(!picture.isNull() && picture.width() >= desk.chart()->width());
    }

    void modelsHoldThroughLiveInserts() {
        Desk desk;
        desk.keep(turnsOf("live", 1001, 90));
        desk.open();
        QTRY_COMPARE(desk.turns(), 90);
        using Tester = QAbstractItemModelTester;
        const Tester turns(desk.table()->model(), Tester::FailureReportingMode::Fatal);
        const Tester list(desk.list()->model(), Tester::FailureReportingMode::Fatal);
        const QModelIndex looked = desk.table()->model()->index(40, 0);
        desk.table()->setCurrentIndex(looked);
        desk.table()->expand(looked);
        QTRY_COMPARE(desk.table()->model()->rowCount(looked), 1);
        desk.table()->scrollTo(looked, QAbstractItemView::PositionAtTop);
        const QRect place = desk.table()->visualRect(desk.table()->currentIndex());
        QVERIFY(place.isValid() && desk.table()->viewport()->rect().contains(place.center()));
        int id = 2000; // as long as the numbers before: their column keeps its width
        int turn = 90;
        for (int round = 0; round < 12; ++round) {
            std::vector<routing::RequestRecord> records;
            records.push_back(record(++id, "live", ++turn)); // a new turn
            records.push_back(record(++id, "live", turn));   // that grows
            if (round % 3 == 0)
                records.push_back(record(++id, "live", 10 + round)); // and one of long ago does
            if (round % 2 == 0)
                records.push_back(record(++id, "new " + std::to_string(round), 1));
            if (round == 6) // the one that is looked at
                records.push_back(record(++id, "live", 41));
            desk.keep(std::move(records));
            QTRY_COMPARE(desk.turns(), turn);
            // What is looked at stays where it is.
            QCOMPARE(desk.table()->currentIndex().row(), 40);
            QCOMPARE(desk.table()->visualRect(desk.table()->currentIndex()), place);
            QCOMPARE(desk.chart()->chosenTurn(), qsizetype(40));
        }
        QTRY_COMPARE(desk.table()->model()->rowCount(looked), 2);
        QTRY_COMPARE(desk.list()->model()->rowCount(), 7);
        // And all of it is right: the chart's sum is the store's.
        const auto reader = std::move(*sessions::StoreReader::open(desk.file().toStdString()));
        const std::int64_t cost = (*reader->session("live"))->totals.cost.value;
        QTRY_COMPARE(std::llround(desk.chart()->drawnCumulative(desk.chart()->bins().size() - 1) * 1e9),
                     cost);
    }

    void tableChartAndReportSayTheSame() {
        Desk desk;
        testing::GeneratorOptions options;
        options.requests = 2000;
        options.days = 5;
        options.end = noon;
        desk.keep(testing::RecordGenerator(options).all());
        desk.open();
        QTRY_VERIFY(desk.page->isReady());
        const auto reader = std::move(*sessions::StoreReader::open(desk.file().toStdString()));
        const auto* model = desk.list()->model();
        int priced = 0;
        for (int row = 0; row < std::min(12, model->rowCount()); ++row) {
            desk.list()->setCurrentIndex(model->index(row, 0));
            const std::string key =
                model->index(row, 0).data(SessionListModel::KeyRole).toString().toStdString();
            sessions::Filter filter;
            filter.session = key;
            const auto turns = reader->turns(filter, 100'000);
            QTRY_COMPARE(desk.turns(), static_cast<int>(turns->rows.size()));
            const auto* table = static_cast<const TurnTableModel*>(desk.table()->model());
            QTRY_COMPARE(table->turn(0).row.session, key);
            std::int64_t sum = 0;
            std::map<int, std::int64_t> drawn;
            for (const TurnBin& bin : desk.chart()->bins())
                for (int place = 0; place < 6; ++place)
                    drawn[static_cast<int>(bin.first)] += std::llround(
                        desk.chart()->drawnAmount(&bin - desk.chart()->bins().constData(), place) * 1e9);
            const bool cost = reader->totals(filter)->cost.value > 0;
            priced += cost ? 1 : 0;
            for (std::size_t i = 0; i < turns->rows.size(); ++i) {
                const sessions::TurnRow& reported = turns->rows[i];
                QVERIFY(table->turn(static_cast<int>(i)).row == reported);
                sum += reported.totals.cost.value;
                if (cost && desk.chart()->bins().constFirst().turns() == 1)
                    QCOMPARE(drawn[static_cast<int>(i)], reported.totals.cost.value);
            }
            QCOMPARE(sum, reader->totals(filter)->cost.value);
            // Recounted from the requests.
            std::int64_t recount = 0;
            const auto requests = reader->requests(filter, 100'000);
            for (const routing::RequestRecord& one : requests->rows)
                recount += one.cost.value_or(NanoUsd(0)).value;
            QCOMPARE(recount, sum);
        }
        QVERIFY2(priced > 2, qPrintable(QString::number(priced)));
    }

    void manySessionsArePaged() {
        Desk desk;
        std::vector<routing::RequestRecord> records;
        for (int i = 1; i <= 250; ++i)
            records.push_back(record(i, "s" + std::to_string(i), 1));
        desk.keep(std::move(records));
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 100);
        desk.list()->scrollToBottom();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 200);
        desk.list()->scrollToBottom();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 250);
        QSet<QString> keys;
        for (int row = 0; row < 250; ++row)
            keys.insert(desk.list()->model()->index(row, 0).data(SessionListModel::KeyRole).toString());
        QCOMPARE(keys.size(), 250);
    }

    void tenThousandTurnsAreShownAndStayLive() {
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("long", 1, 10'000);
        for (std::size_t i = 0; i < records.size(); i += 7)
            records[i].tier = "deep";
        desk.keep(std::move(records));
        desk.open();
        QElapsedTimer timer;
        timer.start();
        QTRY_COMPARE(desk.turns(), 10'000);
        QTRY_VERIFY(desk.page->isReady());
        const qint64 firstMs = timer.elapsed();
        QCOMPARE(desk.chart()->bins().size(), 100);
        QCOMPARE(std::llround(desk.chart()->drawnCumulative(99) * 1e9), 10'000 * 35'000'000LL);
        desk.look("long");
        timer.restart();
        desk.keep({record(20'000, "long", 10'001)});
        QTRY_COMPARE(desk.turns(), 10'001);
        const qint64 newsMs = timer.elapsed();
        QVERIFY2(firstMs < 4000 && newsMs < 4000,
                 qPrintable(QStringLiteral("%1 ms, %2 ms").arg(firstMs).arg(newsMs)));
        qInfo("10,000 turns: shown after %lld ms, a new one after %lld ms", firstMs, newsMs);
    }

    void aRequestIsRevealedFromElsewhere() {
        Desk desk;
        desk.keep(turnsOf("first", 1, 3));
        desk.keep(turnsOf("second", 10, 3));
        desk.open();
        QTRY_COMPARE(desk.turns(), 3);
        desk.page->reveal(QStringLiteral("request:2"));
        QTRY_COMPARE(desk.list()->currentIndex().data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("first"));
        QTRY_VERIFY(desk.table()->currentIndex().parent().isValid());
        QCOMPARE(desk.table()->currentIndex().data().toString(), QStringLiteral("#2"));
        QCOMPARE(desk.chart()->chosenTurn(), qsizetype(1));
        desk.page->reveal(QStringLiteral("turn:3:second"));
        QTRY_COMPARE(desk.list()->currentIndex().data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("second"));
        QTRY_COMPARE(desk.chart()->chosenTurn(), qsizetype(2));
        desk.page->reveal(QStringLiteral("request:999"));
        QTRY_VERIFY(desk.page->banner().isTelling());
        desk.page->reveal(QStringLiteral("nonsense"));
    }

    void aSubagentsRequestStandsUnderItsTurn() {
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("s", 1, 2);
        routing::RequestRecord sub = record(3, "s", 1);
        sub.agent = "reviewer";
        sub.agentSource = "x-claude-code-agent-id";
        sub.parentAgent = "planner";
        sub.client = "claude-code";
        sub.clientSource = "x-app";
        records.push_back(sub);
        desk.keep(std::move(records));
        desk.open();
        QTRY_COMPARE(desk.turns(), 2);
        desk.page->reveal(QStringLiteral("request:3"));
        QTRY_COMPARE(desk.table()->currentIndex().data().toString(), QStringLiteral("#3 ↳"));
        QCOMPARE(desk.table()->currentIndex().parent().row(), 0);
        QTRY_VERIFY(desk.detail().contains(QStringLiteral("reviewer, known by x-claude-code-agent-id")));
        QVERIFY(desk.detail().contains(QStringLiteral("planner")));
        QVERIFY(desk.detail().contains(QStringLiteral("claude-code, known by x-app")));
    }

    void aRevealedSessionNeedsNoPlaceInTheList() {
        Desk desk;
        std::vector<routing::RequestRecord> records = turnsOf("oldest", 1, 2);
        for (int i = 10; i <= 150; ++i)
            records.push_back(record(i, "s" + std::to_string(i), 1));
        desk.keep(std::move(records));
        desk.open();
        QTRY_COMPARE(desk.list()->model()->rowCount(), 100);
        desk.page->reveal(QStringLiteral("request:2"));
        QTRY_COMPARE(desk.turns(), 2);
        QTRY_COMPARE(desk.table()->currentIndex().data().toString(), QStringLiteral("#2"));
        desk.keep({record(200, "s150", 2)}); // news must not take it away
        QTRY_COMPARE(desk.list()->model()->index(0, 0).data(SessionListModel::KeyRole).toString(),
                     QStringLiteral("s150"));
        QCOMPARE(desk.table()->currentIndex().data().toString(), QStringLiteral("#2"));
    }

    void simulatedTurnsHaveBarsOfTokens() {
        Desk desk;
        desk.keep(turnsOf("sim", 1, 6, "coding", 0));
        desk.open();
        QTRY_COMPARE(desk.turns(), 6);
        QCOMPARE(std::llround(desk.chart()->drawnAmount(0, chartTierIndex(u"coding"))), 1600);
        QVERIFY(desk.find<QLabel>("turnChartTitle")->text().contains(QStringLiteral("simulated")));
        QTRY_VERIFY(desk.detail().contains(QStringLiteral("simulated")));
        desk.look("simulated");
    }

    void theChosenRowIsCopied() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 2));
        desk.open();
        QTRY_COMPARE(desk.turns(), 2);
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        desk.table()->setFocus();
        QTest::keyClick(desk.table(), Qt::Key_C, Qt::ControlModifier);
        const QStringList cells = QGuiApplication::clipboard()->text().split(u'\t');
        QCOMPARE(cells.size(), int(TurnTableModel::ColumnCount));
        QCOMPARE(cells.at(TurnTableModel::Tier), QStringLiteral("coding"));
        QCOMPARE(cells.at(TurnTableModel::Cost), QStringLiteral("0.035"));
    }

    void everythingFocusableHasAName() {
        Desk desk;
        desk.keep(turnsOf("s", 1, 2));
        desk.open();
        QTRY_COMPARE(desk.turns(), 2);
        for (const QWidget* widget : desk.page->findChildren<QWidget*>()) {
            if (widget->isHidden() || widget->focusProxy() != nullptr ||
                widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith(u"qt_") ||
                qobject_cast<const QComboBox*>(widget->parentWidget()) != nullptr ||
                (widget->parentWidget() != nullptr &&
                 widget->parentWidget()->inherits("QComboBoxPrivateContainer")))
                continue;
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
                     qPrintable(
                         QStringLiteral("%1 %2 in %3")
                             .arg(widget->objectName(), QLatin1StringView(widget->metaObject()->className()),
                                  QLatin1StringView(widget->parentWidget()->metaObject()->className()))));
        }
    }

    void believableHistoryIsShownInEveryTheme_data() {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<int>("fontScale");
        QTest::addColumn<bool>("rightToLeft");
        QTest::newRow("light") << false << 100 << false;
        QTest::newRow("dark") << true << 100 << false;
        QTest::newRow("large text") << false << 200 << false;
        QTest::newRow("right to left") << true << 100 << true;
    }

    void believableHistoryIsShownInEveryTheme() {
        QFETCH(bool, dark);
        QFETCH(int, fontScale);
        QFETCH(bool, rightToLeft);
        const QFont font = QApplication::font();
        QFont scaled = font;
        scaled.setPointSizeF(font.pointSizeF() * fontScale / 100);
        QApplication::setFont(scaled);
        QApplication::setLayoutDirection(rightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
        {
            Desk desk;
            desk.theme.setChoice(dark ? Theme::Choice::Dark : Theme::Choice::Light);
            desk.theme.applyToApplication();
            testing::GeneratorOptions options;
            options.requests = 3000;
            options.days = 3;
            options.end = noon;
            desk.keep(testing::RecordGenerator(options).all());
            desk.open();
            QTRY_VERIFY(desk.page->isReady());
            auto* model = desk.list()->model();
            QVERIFY(model->rowCount() > 2);
            for (int row = 0; row < std::min(4, model->rowCount()); ++row) {
                desk.list()->setCurrentIndex(model->index(row, 0));
                const auto* session =
                    model->index(row, 0).data(SessionListModel::RowRole).value<const sessions::SessionRow*>();
                const auto turns = static_cast<int>(session->totals.turns);
                QTRY_COMPARE(desk.turns(), turns);
                // What the chart draws in all is what the list says.
                QCOMPARE(std::llround(desk.chart()->drawnCumulative(desk.chart()->bins().size() - 1) * 1e9) >
                             0,
                         session->totals.cost.value > 0 || session->totals.usage.total() > 0);
                if (session->totals.cost.value > 0)
                    QCOMPARE(
                        std::llround(desk.chart()->drawnCumulative(desk.chart()->bins().size() - 1) * 1e9),
                        session->totals.cost.value);
                QTRY_VERIFY(!desk.detail().isEmpty());
                desk.look(qPrintable(QStringLiteral("history-%1-%2")
                                         .arg(QLatin1StringView(QTest::currentDataTag()))
                                         .arg(row)));
            }
        }
        QApplication::setFont(font);
        QApplication::setLayoutDirection(Qt::LeftToRight);
    }
};

QTEST_MAIN(SessionsPageTest)
#include "tst_sessions_page.moc"
