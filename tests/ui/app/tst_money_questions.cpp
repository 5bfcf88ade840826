// What a person asks of Sessions and Spend, answered in the whole window by mouse and by keys alone. What is
// shown is held against sums made here, of the requests in the store's file.
#include "core/pricing/price_table.h"
#include "tests/support/counted_clicks.h"
#include "tests/ui/app/running_app.h"
#include "ui/charts/heat_map.h"
#include "ui/sessions/request_detail.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/text_format.h"
#include "ui/spend/number_card.h"
#include "ui/spend/spend_table_model.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QListView>
#include <QRegularExpression>
#include <QScrollArea>
#include <QTableView>
#include <QTextBrowser>
#include <QToolButton>
#include <QTreeView>
#include <QtTest>

#include <sqlite3.h>

#include <cmath>

using namespace tierdeck;
using namespace tierdeck::ui;

using testing::CountedClicks;
using testing::RunningApp;

namespace {

constexpr std::int64_t requestsOfHistory = 20'000;
constexpr int daysOfHistory = 75; // the whole of last month, whatever day it is
const QString project = QStringLiteral("shop");
const char* const strongest = "anthropic/claude-opus-4-20250514"; // of the models in the history

/// Sums of the store's requests, made without any code of the product.
class Recount {
public:
    explicit Recount(const Workspace& workspace) {
        if (sqlite3_open_v2(workspace.storeFile().c_str(), &m_store, SQLITE_OPEN_READONLY, nullptr) !=
            SQLITE_OK)
            qFatal("the store cannot be read");
    }

    ~Recount() { sqlite3_close(m_store); }

    Recount(const Recount&) = delete;
    Recount& operator=(const Recount&) = delete;

    [[nodiscard]] QList<QStringList> rows(const QString& sql) const {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(m_store, sql.toUtf8().constData(), -1, &statement, nullptr) != SQLITE_OK)
            qFatal("%s: %s", qPrintable(sql), sqlite3_errmsg(m_store));
        QList<QStringList> rows;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            QStringList row;
            for (int i = 0; i < sqlite3_column_count(statement); ++i)
                row.append(
                    QString::fromUtf8(reinterpret_cast<const char*>(sqlite3_column_text(statement, i))));
            rows.append(row);
        }
        sqlite3_finalize(statement);
        return rows;
    }

    /// "time_ms>=… AND time_ms<…", in the zone of the store, which is this machine's.
    [[nodiscard]] static QString lastMonth() {
        const QDate first = startOfLastMonth();
        return QStringLiteral("time_ms>=%1 AND time_ms<%2")
            .arg(first.startOfDay().toMSecsSinceEpoch())
            .arg(first.addMonths(1).startOfDay().toMSecsSinceEpoch());
    }

    [[nodiscard]] static QDate startOfLastMonth() {
        const QDate today = QDate::currentDate();
        return QDate(today.year(), today.month(), 1).addMonths(-1);
    }

    [[nodiscard]] static QString ofProject() {
        return QStringLiteral(" AND project=(SELECT id FROM text WHERE value='%1')").arg(project);
    }

    struct Dearest {
        QString session;
        NanoUsd inLastMonth;
        int turns = 0;
        int turn = 0;
        RequestId request;
        NanoUsd cost; ///< of the request
        QString reason;
    };

    /// The session that cost most in last month's requests, and where most of it went.
    [[nodiscard]] Dearest dearest(const QString& where) const {
        Dearest found;
        const QStringList session =
            rows(QStringLiteral("SELECT session, sum(cost) AS spent FROM request WHERE %1 GROUP BY session "
                                "ORDER BY spent DESC LIMIT 1")
                     .arg(where))
                .value(0);
        found.session =
            rows(QStringLiteral("SELECT name FROM session WHERE id=") + session.value(0)).value(0).value(0);
        found.inLastMonth = NanoUsd(session.value(1).toLongLong());
        const QString ofIt = QStringLiteral(" FROM request WHERE session=") + session.value(0);
        found.turns = rows(QStringLiteral("SELECT count(DISTINCT turn)") + ofIt).value(0).value(0).toInt();
        found.turn = rows(QStringLiteral("SELECT turn") + ofIt +
                          QStringLiteral(" GROUP BY turn ORDER BY sum(cost) DESC"))
                         .value(0)
                         .value(0)
                         .toInt();
        const QStringList request = rows(QStringLiteral("SELECT id, cost, reason") + ofIt +
                                         QStringLiteral(" AND turn=%1 ORDER BY cost DESC").arg(found.turn))
                                        .value(0);
        found.request = RequestId(request.value(0).toLongLong());
        found.cost = NanoUsd(request.value(1).toLongLong());
        found.reason = request.value(2);
        return found;
    }

private:
    sqlite3* m_store = nullptr;
};

/// Of a cell, to the cent; sums that the recount has in billionths.
bool says(QString cell, NanoUsd amount) {
    bool isNumber = false;
    const double shown = cell.remove(u',').toDouble(&isNumber);
    return isNumber && std::abs(shown - static_cast<double>(amount.value) / 1e9) <= 0.005'001;
}

/// The window over two months and a half, as it opens: on the Sessions page.
struct Desk : RunningApp {
    Recount recount;

    Desk()
        : RunningApp(requestsOfHistory, daysOfHistory)
        , recount(workspace) {}

    template <typename Widget>
    [[nodiscard]] Widget& find(const char* name) const {
        auto* widget = window().findChild<Widget*>(QLatin1StringView(name));
        if (widget == nullptr)
            qFatal("no %s", name);
        return *widget;
    }

    [[nodiscard]] const spend::CardText& card(const char* name) const {
        return find<NumberCard>(name).words();
    }

    /// The texts of a table's row, by its key.
    [[nodiscard]] QStringList cells(const char* table, const QString& key) const {
        QStringList cells;
        const QAbstractItemModel& model = *find<QTableView>(table).model();
        const QModelIndex row = rowOf(table, key);
        for (int column = 0; row.isValid() && column < model.columnCount(); ++column)
            cells.append(row.siblingAtColumn(column).data().toString().remove(QChar(0x2007)));
        return cells;
    }

    [[nodiscard]] QModelIndex rowOf(const char* table, const QString& key) const {
        const QAbstractItemModel& model = *find<QTableView>(table).model();
        return model.match(model.index(0, 0), SpendTableModel::KeyRole, key, 1, Qt::MatchExactly).value(0);
    }

    void clickLastMonth(CountedClicks& clicks) const {
        auto& calendar = find<HeatMap>("spendHeat");
        for (const HeatMonth& month : calendar.months())
            if (month.first == Recount::startOfLastMonth()) {
                clicks.at(calendar, month.rect.center().toPoint());
                return;
            }
        QFAIL("last month has no name in the calendar");
    }

    [[nodiscard]] QString detail() const { return find<QTextBrowser>("requestDetail").toPlainText(); }

    /// That the Sessions page shows the session's dearest request, and why it went where it went.
    void verifyExplained(const Recount::Dearest& dearest) const {
        QCOMPARE(window().currentPage()->id(), QStringLiteral("sessions"));
        const auto* shown = window().findChild<RequestDetail*>();
        QTRY_VERIFY(shown->shownRequest() == dearest.request);
        auto& turns = find<QTreeView>("turnTable");
        QCOMPARE(turns.model()->rowCount(), dearest.turns);
        QTRY_VERIFY(turns.visualRect(turns.currentIndex()).intersects(turns.viewport()->rect()));
        QTRY_VERIFY2(detail().contains(text::moneyExact(dearest.cost)), qPrintable(detail()));
        const QString title = find<ElidedLabel>("requestTitle").text();
        QVERIFY2(title.contains(QStringLiteral("Turn %1 ·").arg(dearest.turn)), qPrintable(title));
        // The reason as the store has it, and below it the ladder that led to it, in sentences.
        QVERIFY2(detail().contains(dearest.reason.mid(1)), qPrintable(dearest.reason + u'\n' + detail()));
        QVERIFY2(detail().contains(QStringLiteral("decided")), qPrintable(detail()));
    }
};

} // namespace

class MoneyQuestionsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    /// What did a project cost last month, on which tier?
    void aProjectsLastMonthByTier() {
        const Desk desk;
        QTRY_VERIFY(desk.isReady());
        const QString which = Recount::lastMonth() + Recount::ofProject();
        const QStringList sums =
            desk.recount.rows(QStringLiteral("SELECT sum(cost), count(*) FROM request WHERE ") + which)
                .value(0);
        const QList<QStringList> tiers = desk.recount.rows(
            QStringLiteral(
                "SELECT ifnull(t.value, ''), sum(r.cost), count(*), sum(r.cost IS NULL) FROM request "
                "AS r LEFT JOIN text AS t ON t.id=r.tier WHERE %1 GROUP BY 1")
                .arg(which));
        QVERIFY(sums.value(0).toLongLong() > 0);
        QVERIFY(tiers.size() > 1);

        CountedClicks clicks;
        clicks.on(desk.find<QToolButton>("navigate-spend"));
        desk.clickLastMonth(clicks);
        QTRY_COMPARE(desk.card("spendCardSpent").caption, QStringLiteral("Spent · Last month"));
        clicks.cell(desk.find<QTableView>("spendBreakdown2"), desk.rowOf("spendBreakdown2", project));
        QCOMPARE(clicks.count(), 3);

        QTRY_COMPARE(desk.card("spendCardSpent").value, text::money(NanoUsd(sums.at(0).toLongLong())));
        QVERIFY2(desk.card("spendCardSpent").detail.startsWith(text::count(sums.at(1).toLongLong()) + u' '),
                 qPrintable(desk.card("spendCardSpent").detail));
        QCOMPARE(desk.find<QToolButton>("spendOnlyChip0").text(), QStringLiteral("Project: ") + project);
        auto& table = desk.find<QTableView>("spendBreakdown1");
        QCOMPARE(table.model()->rowCount(), tiers.size());
        for (const QStringList& tier : tiers) {
            const QStringList cells = desk.cells("spendBreakdown1", tier.at(0));
            QVERIFY2(cells.size() == 5, qPrintable(tier.at(0)));
            const NanoUsd cost(tier.at(1).toLongLong());
            if (cost.value > 0)
                QVERIFY2(says(cells.at(2), cost), qPrintable(cells.join(u'|')));
            QCOMPARE(cells.at(3), text::count(tier.at(2).toLongLong()));
            QCOMPARE(cells.at(4), text::count(tier.at(3).toLongLong()));
        }
    }

    void theDearestSessionAndWhy_data() {
        QTest::addColumn<bool>("onSpend");
        QTest::newRow("of last month, on Spend") << true;
        QTest::newRow("of all, in the list") << false;
    }

    /// Which session was the dearest, and why?
    void theDearestSessionAndWhy() {
        QFETCH(bool, onSpend);
        const Desk desk;
        QTRY_VERIFY(desk.isReady());
        const Recount::Dearest dearest =
            desk.recount.dearest(onSpend ? Recount::lastMonth() : QStringLiteral("1"));
        CountedClicks clicks;
        if (onSpend) {
            clicks.on(desk.find<QToolButton>("navigate-spend"));
            desk.clickLastMonth(clicks);
            QTRY_COMPARE(desk.card("spendCardSpent").caption, QStringLiteral("Spent · Last month"));
            auto& table = desk.find<QTableView>("spendSessions");
            const QStringList cells = desk.cells("spendSessions", dearest.session);
            QVERIFY2(says(cells.value(5), dearest.inLastMonth), qPrintable(cells.join(u'|')));
            QCOMPARE(desk.rowOf("spendSessions", dearest.session).row(), 0);
            clicks.cell(table, table.model()->index(0, 0));
        } else {
            clicks.choose(desk.find<QComboBox>("sessionsOrder"),
                          static_cast<int>(sessions::SessionOrder::Cost));
            auto& list = desk.find<QListView>("sessionList");
            const QString cost = text::money(dearest.inLastMonth);
            QTRY_VERIFY(list.model()->index(0, 0).data(Qt::AccessibleTextRole).toString().contains(cost));
            clicks.cell(list, list.model()->index(0, 0));
        }
        QCOMPARE(clicks.count(), 3);
        desk.verifyExplained(dearest);
    }

    /// What would all of it have cost on the strongest model?
    void allOnTheStrongestModel() {
        const Desk desk;
        QTRY_VERIFY(desk.isReady());
        const pricing::PriceTable prices = pricing::PriceTable::parse(pricing::shippedCatalogue()).value();
        const QString model = QLatin1StringView(strongest);
        const auto rates =
            prices.rates("anthropic", model.section(u'/', 1).toStdString(), SystemClock().now());
        QVERIFY(rates.has_value());
        // Whole days of a model, where each request has a price: as the card says of what it leaves out.
        const QStringList sums =
            desk.recount
                .rows(QStringLiteral(
                    "SELECT sum(i), sum(c), sum(w5), sum(w1), sum(o), sum(n), sum(spent), sum(searches) FROM "
                    "("
                    "SELECT sum(input) AS i, sum(cached_input) AS c, sum(cache_write_5m) AS w5, "
                    "sum(cache_write_1h) AS w1, sum(output) AS o, count(*) AS n, sum(cost) AS spent, "
                    "sum(web_searches) AS searches FROM "
                    "request "
                    "GROUP BY date(time_ms/1000, 'unixepoch', 'localtime'), model "
                    "HAVING sum(cost IS NULL)=0 AND sum(simulated)=0)"))
                .value(0);
        const auto pico = [&sums](int column, std::optional<PicoUsdPerToken> rate) {
            return sums.at(column).toLongLong() * rate.value().value;
        };
        const NanoUsd would((pico(0, rates->input) + pico(1, rates->cachedInput) +
                             pico(2, rates->cacheWrite5m) + pico(3, rates->cacheWrite1h) +
                             pico(4, rates->output)) /
                                1000 +
                            sums.at(7).toLongLong() * 10'000'000); // a cent for each search in the web
        const NanoUsd was(sums.at(6).toLongLong());

        CountedClicks clicks;
        clicks.on(desk.find<QToolButton>("navigate-spend"));
        clicks.choose(desk.find<QComboBox>("spendRange"), static_cast<int>(sessions::RangeKind::All));
        QCOMPARE(clicks.count(), 3);
        QTRY_VERIFY(desk.card("spendCardSpent").detail.startsWith(text::count(requestsOfHistory)));
        const spend::CardText& card = desk.card("spendCardSaved");
        QCOMPARE(card.caption, QStringLiteral("Saved against ") + model.section(u'/', 1));
        QCOMPARE(card.value, text::money(would - was));
        const std::int64_t leftOut = requestsOfHistory - sums.at(5).toLongLong();
        QVERIFY(leftOut > 0);
        QCOMPARE(card.detail, QStringLiteral("%1 instead of %2 · %3 left out")
                                  .arg(text::money(was), text::money(would), text::count(leftOut)));
        auto& widget = desk.find<NumberCard>("spendCardSaved");
        QVERIFY(widget.visibleRegion().contains(widget.rect().center()));
    }

    /// From Spend to the dearest session of last month in a project, its dearest turn and why, and out with
    /// it: not one click.
    void fromSpendToTheExportedSessionByKeys() {
        const Desk desk;
        QTRY_VERIFY(desk.isReady());
        QVERIFY(QTest::qWaitForWindowActive(&desk.window()));
        const Recount::Dearest dearest = desk.recount.dearest(Recount::lastMonth() + Recount::ofProject());
        const auto press = [](int key, Qt::KeyboardModifiers modifiers = {}) {
            QWidget* popup = QApplication::activePopupWidget();
            QWidget* target = popup != nullptr ? popup : QApplication::focusWidget();
            QVERIFY(target != nullptr);
            QTest::keyClick(target, static_cast<Qt::Key>(key), modifiers);
        };
        const auto tabTo = [&](const char* name, int most) {
            QCoreApplication::sendPostedEvents(); // layouts that follow new numbers
            int tabs = 0;
            for (; tabs < 60 && QApplication::focusWidget()->objectName() != QLatin1StringView(name); ++tabs)
                press(Qt::Key_Tab);
            QCOMPARE(QApplication::focusWidget()->objectName(), QLatin1StringView(name));
            QVERIFY2(tabs <= most,
                     qPrintable(QStringLiteral("%1: %2 tabs").arg(QLatin1StringView(name)).arg(tabs)));
            const QWidget& widget = *QApplication::focusWidget();
            const QWidget& seen = *desk.find<QScrollArea>("spendScroll").viewport();
            const QRect place(widget.mapTo(&desk.window(), QPoint(0, 0)), widget.size());
            QVERIFY2(QRect(seen.mapTo(&desk.window(), QPoint(0, 0)), seen.size()).contains(place), name);
        };
        press(Qt::Key_2, Qt::ControlModifier);
        QCOMPARE(desk.window().currentPage()->id(), QStringLiteral("spend"));
        press(Qt::Key_Slash); // to the range
        QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("spendRange"));
        for (int i = 0;
             i < 10 && desk.find<QComboBox>("spendRange").currentText() != QStringLiteral("Last month"); ++i)
            press(Qt::Key_Down);
        QTRY_COMPARE(desk.card("spendCardSpent").caption, QStringLiteral("Spent · Last month"));
        tabTo("spendBreakdown2", 20);
        auto& projects = desk.find<QTableView>("spendBreakdown2");
        press(Qt::Key_Home, Qt::ControlModifier);
        for (int i = 0;
             i < projects.model()->rowCount() && projects.currentIndex().data().toString() != project; ++i)
            press(Qt::Key_Down);
        QCOMPARE(projects.currentIndex().data().toString(), project);
        press(Qt::Key_Return); // only this one
        QTRY_COMPARE(projects.model()->rowCount(), 1);
        tabTo("spendSessions", 5);
        press(Qt::Key_Home, Qt::ControlModifier);
        auto& sessions = desk.find<QTableView>("spendSessions");
        QCOMPARE(sessions.currentIndex().data(SpendTableModel::KeyRole).toString(), dearest.session);
        press(Qt::Key_Return);
        desk.verifyExplained(dearest);
        QVERIFY(desk.find<QTreeView>("turnTable").hasFocus());

        QTemporaryDir out;
        press(Qt::Key_E, Qt::ControlModifier);
        QTRY_VERIFY(QApplication::activePopupWidget() != nullptr);
        press(Qt::Key_Down);
        press(Qt::Key_Return); // turns as CSV
        QTRY_VERIFY(QApplication::activeModalWidget() != nullptr);
        const QString file = out.filePath(QStringLiteral("dearest.csv"));
        auto* name = QApplication::activeModalWidget()->findChild<QLineEdit*>();
        QTRY_VERIFY(name->hasFocus());
        QTest::keyClicks(name, file);
        QTest::keyClick(name, Qt::Key_Return);
        QTRY_VERIFY(QFile::exists(file));
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        const QStringList lines = QString::fromUtf8(written.readAll())
                                      .split(QRegularExpression(QStringLiteral("\r?\n")), Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), dearest.turns + 1);
        const qsizetype cost = lines.at(0).split(u',').indexOf(QStringLiteral("costUsd"));
        const qsizetype turn = lines.at(0).split(u',').indexOf(QStringLiteral("turn"));
        QVERIFY(cost >= 0 && turn >= 0);
        double most = -1;
        QString dearestTurn;
        for (const QString& line : lines.mid(1))
            if (const double one = line.split(u',').at(cost).toDouble(); one > most) {
                most = one;
                dearestTurn = line.split(u',').at(turn);
            }
        QCOMPARE(dearestTurn.toInt(), dearest.turn);
    }
};

QTEST_MAIN(MoneyQuestionsTest)
#include "tst_money_questions.moc"
