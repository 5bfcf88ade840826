#include "core/routing/packed_decision.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/charts/turn_chart.h"
#include "ui/sessions/request_detail.h"
#include "ui/sessions/session_list_model.h"
#include "ui/sessions/sessions_page.h"
#include "ui/sessions/turn_table_model.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QGraphicsView>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QTreeView>
#include <QtTest>

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
