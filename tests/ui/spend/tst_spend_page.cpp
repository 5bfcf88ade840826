#include "core/routing/packed_decision.h"
#include "core/routing/route_decision.h"
#include "core/sessions/label_book.h"
#include "tests/support/counted_clicks.h"
#include "tests/ui/spend/spend_desk.h"
#include "ui/charts/heat_map.h"
#include "ui/charts/spend_chart.h"
#include "ui/shell/banner.h"
#include "ui/shell/text_format.h"
#include "ui/spend/number_card.h"
#include "ui/spend/spend_page.h"
#include "ui/spend/spend_table_model.h"

#include <QApplication>
#include <QComboBox>
#include <QDateEdit>
#include <QImage>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QToolButton>
#include <QtTest>

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <tuple>

using namespace tierdeck;
using namespace tierdeck::ui;

namespace {

struct Desk : SpendDesk {
    Theme theme;
    std::unique_ptr<SpendPage> page;

    ~Desk() { page.reset(); }

    void open() {
        if (!worker)
            work();
        page = std::make_unique<SpendPage>(theme, *worker, *gateway, clock,
                                           [policy = policy] { return policy; });
        page->resize(1100, 760);
        page->show();
        worker->setVisible(true);
        QApplication::setActiveWindow(page.get());
    }

    template <typename Widget>
    [[nodiscard]] Widget& find(const char* name) const {
        auto* widget = page->findChild<Widget*>(QLatin1StringView(name));
        if (widget == nullptr)
            qFatal("no %s", name);
        return *widget;
    }

    [[nodiscard]] bool showsContent() const { return page->states().state() == PageState::State::Content; }

    void choose(const char* name, int data) const {
        auto& box = find<QComboBox>(name);
        box.setCurrentIndex(box.findData(data));
    }

    void waitForContent() const {
        QTRY_VERIFY(page->isReady());
        QTRY_VERIFY(showsContent());
    }

    [[nodiscard]] QAbstractItemModel& requests() const { return *find<QTableView>("spendRequests").model(); }
};

QModelIndex rowOf(const QTableView& table, const char* key) {
    const QModelIndexList found = table.model()->match(table.model()->index(0, 0), SpendTableModel::KeyRole,
                                                       QLatin1StringView(key), 1, Qt::MatchExactly);
    return found.value(0);
}

routing::RequestRecord record(int id, std::optional<std::int64_t> nano, bool simulated = false) {
    routing::RequestRecord record;
    record.request = RequestId(id);
    record.session = "session-" + std::to_string(id % 3);
    record.turn = id;
    record.time = FixedClock().time - std::chrono::minutes(id);
    record.client = "codex";
    record.project = id % 2 == 0 ? "shop" : "";
    record.tier = simulated ? "balanced" : "coding";
    record.provider = simulated ? "sim" : "openai";
    record.model = simulated ? "sim/steady" : "openai/gpt-5.2";
    record.status = "ok";
    record.usage.input = 1000;
    record.usage.cachedInput = 3000;
    record.usage.output = 100;
    if (nano)
        record.cost = NanoUsd(*nano);
    record.simulated = simulated;
    return record;
}

std::vector<routing::RequestRecord> many(int count, std::optional<std::int64_t> nano,
                                         bool simulated = false) {
    std::vector<routing::RequestRecord> records;
    for (int i = 1; i <= count; ++i)
        records.push_back(record(i, nano, simulated));
    return records;
}

} // namespace

class SpendPageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() { QLocale::setDefault(QLocale::c()); }

    // --- States ---

    void noStoreYet() {
        Desk desk;
        desk.open();
        QTRY_VERIFY(desk.page->isReady());
        QTRY_VERIFY(desk.page->states().state() == PageState::State::Empty);
        desk.keep(many(3, 1'000'000));
        desk.worker->lookNow();
        desk.waitForContent(); // by itself
        QCOMPARE(desk.page->snapshot()->series.totals.requests, 3);
    }

    void anEmptyStore() {
        Desk desk;
        desk.openStore();
        desk.open();
        QTRY_VERIFY(desk.page->isReady());
        QTRY_VERIFY(desk.page->states().state() == PageState::State::Empty);
    }

    void nothingInTheRange() {
        Desk desk;
        auto records = many(2, 1'000'000);
        for (auto& one : records)
            one.time -= std::chrono::hours(24 * 100);
        desk.keep(std::move(records));
        desk.open();
        QTRY_VERIFY(desk.page->isReady());
        QTRY_VERIFY(desk.page->states().state() == PageState::State::Empty);
        auto* next = desk.page->states().findChild<QPushButton*>();
        QVERIFY(next != nullptr && next->isVisible());
        next->click(); // all time
        desk.waitForContent();
        QCOMPARE(desk.page->snapshot()->series.totals.requests, 2);
    }

    void oneRequest() {
        Desk desk;
        desk.keep(many(1, 123'456'789));
        desk.open();
        desk.waitForContent();
        QCOMPARE(desk.find<NumberCard>("spendCardSpent").words().value, QStringLiteral("$0.12"));
        QCOMPARE(desk.find<NumberCard>("spendCardCache").words().value, QStringLiteral("75 %"));
    }

    void allUnpriced() {
        Desk desk;
        desk.keep(many(5, std::nullopt));
        desk.open();
        desk.waitForContent();
        QCOMPARE(desk.find<NumberCard>("spendCardSpent").words().value, QStringLiteral("unpriced"));
        QVERIFY(desk.find<SpendChart>("spendChart").values().measure == SpendChartData::Measure::Tokens);
        QCOMPARE(desk.find<NumberCard>("spendCardSaved").words().value, QStringLiteral("–"));
        desk.find<QToolButton>("spendNoteUnpriced").click();
        QTRY_COMPARE(desk.requests().rowCount(), 5);
    }

    /// What has no price is in no sum and in no share: every view of costs says how much that is.
    void everyViewSaysWhatIsUnpriced() {
        Desk desk;
        auto records = many(6, 1'000'000'000);
        for (auto& one : records)
            one.time = desk.clock.time - std::chrono::minutes(1);
        records.at(0).cost.reset();
        records.at(1).cost.reset();
        records.at(1).tier = "deep";
        records.at(1).model = "openai/unknown";
        desk.keep(records);
        desk.open();
        desk.waitForContent();
        auto& chart = desk.find<SpendChart>("spendChart");
        for (const auto& [view, words] : {std::pair("spendViewAmounts", "? 2 unpriced"),
                                          {"spendViewCumulative", "2 unpriced, not in the sum"},
                                          {"spendViewShares", "2 unpriced, in no share"}}) {
            desk.find<QToolButton>(view).click();
            QCOMPARE(chart.unpricedNote(), QLatin1StringView(words));
            QVERIFY(
                chart.accessibleDescription().contains(QStringLiteral("2 request(s) of it have no price")));
        }
        const QString tip = chart.tipOf(chart.values().columns.size() - 1);
        QVERIFY2(tip.contains(QStringLiteral("coding: $4.00 + 1 unpriced (100 %)")), qPrintable(tip));
        QVERIFY2(tip.contains(QStringLiteral("deep: unpriced (0 %)")), qPrintable(tip));
    }

    void allSimulated() {
        Desk desk;
        desk.keep(many(4, 0, true));
        desk.open();
        desk.waitForContent();
        QCOMPARE(desk.find<NumberCard>("spendCardSpent").words().value, QStringLiteral("simulated"));
        QVERIFY(desk.find<QToolButton>("spendNoteSimulated").isVisible());
        QCOMPARE(desk.page->snapshot()->savings.requests, 0);
    }

    void aNewerStore() {
        Desk desk;
        desk.keep(many(1, 1));
        desk.store.reset();
        sqlite3* raw = nullptr;
        QCOMPARE(sqlite3_open(desk.file().c_str(), &raw), SQLITE_OK);
        QCOMPARE(sqlite3_exec(raw, "PRAGMA user_version=999", nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(raw);
        desk.open();
        QTRY_VERIFY(desk.page->isReady());
        QTRY_VERIFY(desk.page->states().state() == PageState::State::Error);
    }

    void aStoreThatIsLocked() {
        Desk desk;
        desk.keep(many(2, 1'000'000));
        desk.store.reset(); // folds the log into the file
        sqlite3* raw = nullptr;
        QCOMPARE(sqlite3_open(desk.file().c_str(), &raw), SQLITE_OK);
        QCOMPARE(sqlite3_exec(raw,
                              "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x(y); COMMIT",
                              nullptr, nullptr, nullptr),
                 SQLITE_OK);
        desk.open();
        QTRY_VERIFY_WITH_TIMEOUT(desk.page->isReady(), 20'000);
        QTRY_VERIFY(desk.page->states().state() == PageState::State::Error);
        sqlite3_close(raw); // and when it is free again, trying again helps
        auto* next = desk.page->states().findChild<QPushButton*>();
        QVERIFY(next != nullptr);
        next->click();
        QTRY_VERIFY_WITH_TIMEOUT(desk.showsContent(), 20'000);
    }

    // --- What is behind the numbers ---

    void everyNumberOpensItsRequests() {
        Desk desk;
        desk.keep(SpendDesk::generated(1500, 20));
        desk.open();
        desk.waitForContent();
        auto& chart = desk.find<SpendChart>("spendChart");
        qsizetype column = -1;
        for (qsizetype i = 0; i < chart.values().columns.size(); ++i) {
            if (chart.values().columns.at(i).requests > 0)
                column = i;
        }
        QVERIFY(column >= 0);
        const std::int64_t inColumn = chart.values().columns.at(column).requests;

        // By keys: the last column, then Enter; Esc comes back.
        chart.setFocus();
        QTest::keyClick(&chart, Qt::Key_End);
        while (chart.chosenColumn() > column)
            QTest::keyClick(&chart, Qt::Key_Left);
        QTest::keyClick(&chart, Qt::Key_Return);
        auto& list = desk.find<QTableView>("spendRequests");
        const auto readAll = [&desk] {
            while (desk.requests().canFetchMore({}))
                desk.requests().fetchMore({});
        };
        QTRY_VERIFY((readAll(), desk.requests().rowCount() == inColumn));
        QVERIFY(list.isVisible());
        QVERIFY(desk.page->closeInnermost());
        QVERIFY(!list.isVisible());

        // By mouse: a part of a bar, and only its requests.
        qsizetype series = 0;
        while (chart.partRect(column, series).height() < 3)
            ++series;
        QTest::mouseClick(&chart, Qt::LeftButton, {}, chart.partRect(column, series).center().toPoint());
        QTRY_VERIFY(desk.requests().rowCount() > 0);
        QTRY_VERIFY((readAll(), desk.requests().rowCount() <= inColumn));
        for (int row = 0; row < desk.requests().rowCount(); ++row)
            QCOMPARE(desk.requests()
                         .index(row, 1)
                         .data(TierChipDelegate::ChipsRole)
                         .value<QList<TierChipData>>()
                         .constFirst()
                         .tier,
                     chart.values().series.at(series).key);

        // A request leads to its turn.
        QSignalSpy wanted(desk.page.get(), &Page::pageWanted);
        list.setCurrentIndex(desk.requests().index(0, 0));
        QTest::keyClick(&list, Qt::Key_Return);
        QCOMPARE(wanted.count(), 1);
        QVERIFY(wanted.constFirst().at(1).toString().startsWith(QStringLiteral("request:")));
        desk.page->closeInnermost();

        // A breakdown's row.
        auto& breakdown = desk.find<QTableView>("spendBreakdown2");
        breakdown.setCurrentIndex(breakdown.model()->index(0, 0));
        const QString requests = breakdown.model()->index(0, 3).data().toString().remove(u',');
        desk.find<QToolButton>("spendOpen2").click();
        QTRY_VERIFY((readAll(), desk.requests().rowCount() == requests.toInt()));
        desk.page->closeInnermost();

        // A day of the calendar.
        auto& heat = desk.find<HeatMap>("spendHeat");
        qsizetype day = heat.days().size() - 1;
        while (heat.days().at(day).requests == 0)
            --day;
        QTest::mouseClick(&heat, Qt::LeftButton, {}, heat.dayRect(day).center().toPoint());
        QTRY_VERIFY((readAll(), desk.requests().rowCount() == heat.days().at(day).requests));
    }

    void whatIsBehindANumberIsDearestFirstAndSummedUp() {
        Desk desk;
        auto records = SpendDesk::generated(1500, 20);
        std::int64_t cost = 0;
        qsizetype unpriced = 0;
        for (const auto& one : records) {
            cost += one.cost.value_or(NanoUsd()).value;
            unpriced += one.cost ? 0 : 1;
        }
        QVERIFY(unpriced > 0);
        desk.keep(records);
        std::ranges::sort(records, std::greater<>(), [](const routing::RequestRecord& one) {
            return std::tuple(one.cost, one.time, one.request);
        });
        desk.open();
        desk.waitForContent();
        desk.find<NumberCard>("spendCardSpent").click();
        QTRY_VERIFY(desk.requests().rowCount() > 0);
        QCOMPARE(desk.find<QLabel>("spendRequestsSums").text(),
                 QStringLiteral("1500 request(s), %1, %2 unpriced")
                     .arg(text::money(NanoUsd(cost)), text::count(unpriced)));
        QCOMPARE(desk.requests().rowCount(), 200); // a page of them; the sums are of all
        while (desk.requests().rowCount() < 1500) {
            const int before = desk.requests().rowCount();
            QVERIFY(desk.requests().canFetchMore({}));
            desk.requests().fetchMore({});
            QTRY_VERIFY(desk.requests().rowCount() > before);
        }
        for (int row = 0; row < 1500; ++row)
            QCOMPARE(desk.requests().index(row, 0).data(SpendTableModel::KeyRole).toLongLong(),
                     records.at(static_cast<std::size_t>(row)).request.value);
    }

    /// What did a project cost last month, on which tier?
    void aProjectsMonthIsThreeClicksAway() {
        Desk desk;
        auto records = SpendDesk::generated(3000, 60);
        std::int64_t expected = 0;
        std::map<std::string, std::int64_t> ofTier;
        QTimeZone berlin("Europe/Berlin");
        const auto from = QDate(2026, 10, 1).startOfDay(berlin).toMSecsSinceEpoch();
        const auto until = QDate(2026, 11, 1).startOfDay(berlin).toMSecsSinceEpoch();
        for (const auto& one : records) {
            const auto ms = one.time.time_since_epoch().count();
            if (one.project == "shop" && ms >= from && ms < until) {
                expected += one.cost.value_or(NanoUsd()).value;
                ofTier[one.tier.value_or(std::string())] += one.cost.value_or(NanoUsd()).value;
            }
        }
        QVERIFY(expected > 0);
        desk.keep(records);
        desk.open();
        desk.waitForContent();
        testing::CountedClicks clicks;
        clicks.choose(desk.find<QComboBox>("spendRange"), static_cast<int>(sessions::RangeKind::LastMonth));
        QTRY_VERIFY(desk.page->snapshot()->periods.size() == 31);
        auto& breakdown = desk.find<QTableView>("spendBreakdown2");
        clicks.cell(breakdown, rowOf(breakdown, "shop"));
        QCOMPARE(clicks.count(), 3);
        QTRY_COMPARE(desk.page->snapshot()->series.totals.cost.value, expected);
        QVERIFY(desk.find<SpendChart>("spendChart").values().series.constFirst().isTier);
        QVERIFY(ofTier.size() > 2);
        const auto& tiers = desk.page->snapshot()->breakdowns.front().rows;
        QCOMPARE(tiers.size(), ofTier.size());
        for (const auto& tier : tiers)
            QCOMPARE(tier.totals.cost.value, ofTier.at(tier.keys.front()));
        QVERIFY(desk.find<QToolButton>("spendOnlyChip0").text().contains(QStringLiteral("shop")));
        QVERIFY(desk.page->closeInnermost());
        QTRY_VERIFY(desk.page->snapshot()->series.totals.cost.value > expected);
    }

    /// Names narrow the page, numbers open what is behind them: by keys as by mouse.
    void aRowsNameAndNumbersAreKeysAway() {
        Desk desk;
        desk.keep(many(8, 1'000'000)); // the even ones are of "shop"
        desk.open();
        desk.waitForContent();
        auto& breakdown = desk.find<QTableView>("spendBreakdown2");
        breakdown.setFocus();
        QVERIFY(rowOf(breakdown, "shop").isValid());
        breakdown.setCurrentIndex(rowOf(breakdown, "shop"));
        QTest::keyClick(&breakdown, Qt::Key_Right);
        QTest::keyClick(&breakdown, Qt::Key_Return);
        QTRY_VERIFY(desk.find<QTableView>("spendRequests").isVisible());
        QVERIFY(desk.page->closeInnermost());
        QCOMPARE(desk.page->snapshot()->series.totals.requests, 8);
        breakdown.setFocus();
        QTest::keyClick(&breakdown, Qt::Key_Left);
        QTest::keyClick(&breakdown, Qt::Key_Return);
        QTRY_VERIFY(desk.page->snapshot()->series.totals.requests == 4);
        QVERIFY(!desk.find<QTableView>("spendRequests").isVisible());
        QVERIFY(breakdown.hasFocus());
        // A double click on a number opens, too; on a name it is no more than one click.
        desk.find<QScrollArea>("spendScroll").ensureWidgetVisible(&breakdown);
        const auto doubleClick = [&breakdown](const QModelIndex& index) {
            const QPoint place = breakdown.visualRect(index).center();
            QTest::mouseClick(breakdown.viewport(), Qt::LeftButton, {}, place);
            QTest::mouseDClick(breakdown.viewport(), Qt::LeftButton, {}, place);
        };
        QTRY_COMPARE(breakdown.model()->rowCount(), 1);
        doubleClick(rowOf(breakdown, "shop"));
        QVERIFY(!desk.find<QTableView>("spendRequests").isVisible());
        doubleClick(rowOf(breakdown, "shop").siblingAtColumn(3));
        QVERIFY(desk.find<QTableView>("spendRequests").isVisible());
        QTRY_COMPARE(desk.requests().rowCount(), 4);
        QCOMPARE(desk.page->snapshot()->series.totals.requests, 4);
        // What a screen reader says of a name.
        const QModelIndex name = rowOf(breakdown, "shop");
        QCOMPARE(name.data(Qt::AccessibleTextRole).toString(), QStringLiteral("Project: shop"));
        QCOMPARE(name.data(Qt::AccessibleDescriptionRole).toString(), QStringLiteral("Count only shop"));
    }

    /// Which session was the dearest? What it leads to is tested with the Sessions page.
    void theDearestSessionOfAMonthIsThreeClicksAway() {
        Desk desk;
        desk.keep(SpendDesk::generated(3000, 60));
        desk.open();
        desk.waitForContent();
        testing::CountedClicks clicks;
        clicks.choose(desk.find<QComboBox>("spendRange"), static_cast<int>(sessions::RangeKind::LastMonth));
        QTRY_VERIFY(desk.page->snapshot()->periods.size() == 31);
        const auto& dearest = desk.page->snapshot()->dearest;
        QVERIFY(dearest.size() > 2);
        QVERIFY(std::is_sorted(dearest.begin(), dearest.end(),
                               [](const auto& a, const auto& b) { return a.totals.cost > b.totals.cost; }));
        QSignalSpy wanted(desk.page.get(), &Page::pageWanted);
        auto& table = desk.find<QTableView>("spendSessions");
        clicks.cell(table, table.model()->index(0, 0));
        QCOMPARE(clicks.count(), 3);
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(wanted.constFirst().at(0).toString(), QStringLiteral("sessions"));
        QCOMPARE(wanted.constFirst().at(1).toString(),
                 QStringLiteral("dearest:") + QString::fromStdString(dearest.front().session));
    }

    /// What would all of it have cost on the strongest model?
    void allOnTheStrongestModelIsThreeClicksAway() {
        Desk desk;
        desk.keep(SpendDesk::generated(3000, 60));
        desk.open();
        desk.waitForContent();
        const auto month = desk.page->snapshot()->savings.baseline;
        testing::CountedClicks clicks;
        clicks.choose(desk.find<QComboBox>("spendRange"), static_cast<int>(sessions::RangeKind::All));
        QTRY_COMPARE(desk.page->snapshot()->series.totals.requests, 3000);
        QVERIFY(clicks.count() <= 3);
        const spend::CardText& card = desk.find<NumberCard>("spendCardSaved").words();
        QVERIFY(desk.page->snapshot()->savings.baseline > month);
        QVERIFY2(card.caption.contains(QStringLiteral("claude-opus-4-20250514")), qPrintable(card.caption));
        QVERIFY2(card.detail.contains(text::money(desk.page->snapshot()->savings.baseline)),
                 qPrintable(card.detail));
    }

    /// The name of a month in the calendar shows that month; for a chosen day, the key M does.
    void aMonthOfTheCalendarIsShown() {
        Desk desk;
        const auto records = SpendDesk::generated(3000, 120);
        const auto in = [&records](const QDate& first) {
            const QTimeZone berlin("Europe/Berlin");
            return std::ranges::count_if(records, [&](const routing::RequestRecord& one) {
                const auto ms = one.time.time_since_epoch().count();
                return ms >= first.startOfDay(berlin).toMSecsSinceEpoch() &&
                       ms < first.addMonths(1).startOfDay(berlin).toMSecsSinceEpoch();
            });
        };
        desk.keep(records);
        desk.open();
        desk.waitForContent();
        auto& heat = desk.find<HeatMap>("spendHeat");
        const auto caption = [&desk] { return desk.find<NumberCard>("spendCardSpent").words().caption; };
        const std::map<QDate, QString> shown{{QDate(2026, 9, 1), QStringLiteral("Spent · September 2026")},
                                             {QDate(2026, 10, 1), QStringLiteral("Spent · Last month")},
                                             {QDate(2026, 11, 1), QStringLiteral("Spent · This month")}};
        std::size_t clicked = 0;
        for (const HeatMonth& month : heat.months()) {
            const auto words = shown.find(month.first);
            if (words == shown.end())
                continue;
            testing::CountedClicks().at(heat, month.rect.center().toPoint());
            QTRY_COMPARE(caption(), words->second);
            QCOMPARE(desk.page->snapshot()->series.totals.requests, in(month.first));
            ++clicked;
        }
        QCOMPARE(clicked, shown.size());
        heat.setFocus();
        QTest::keyClick(&heat, Qt::Key_End);
        for (int week = 0; week < 14; ++week)
            QTest::keyClick(&heat, Qt::Key_Left);
        const QDate chosen = heat.days().at(heat.chosenDay()).date;
        QVERIFY(chosen < QDate(2026, 9, 1));
        QTest::keyClick(&heat, Qt::Key_M);
        QTRY_COMPARE(caption(),
                     QStringLiteral("Spent · ") + QLocale().toString(chosen, QStringLiteral("MMMM yyyy")));
    }

    void labelsSayWhatWasRoutedTooHighAndTooLow() {
        Desk desk;
        auto records = many(9, 1'000'000); // all served by coding
        records.at(1).cost = NanoUsd(2'000'000'000);
        records.back().time -= std::chrono::hours(24 * 60);
        desk.keep(records);
        {
            auto book = sessions::LabelBook::open(desk.file());
            QVERIFY(book);
            const auto say = [&](int request, const char* tier) {
                QVERIFY(book->set(RequestId(request), tier, desk.clock.time));
            };
            say(1, "deep");     // too low
            say(2, "deep");     // too low
            say(3, "balanced"); // too high
            say(4, "coding");   // right
            say(5, "unheard-of");
            say(9, "deep"); // not in the last 30 days
        }
        desk.open();
        desk.waitForContent();
        const LabelTally& labels = desk.page->snapshot()->labels;
        QCOMPARE(labels.labels, 5);
        QCOMPARE(labels.underRouted, (std::vector{RequestId(1), RequestId(2)}));
        QCOMPARE(labels.overRouted, (std::vector{RequestId(3)}));
        QVERIFY(desk.find<QToolButton>("spendNoteOver").text().startsWith(QStringLiteral("1 ")));
        auto& under = desk.find<QToolButton>("spendNoteUnder");
        QVERIFY(under.text().startsWith(QStringLiteral("2 ")));
        under.click();
        QTRY_COMPARE(desk.requests().rowCount(), 2);
        QCOMPARE(desk.requests().index(0, 0).data(SpendTableModel::KeyRole).toInt(), 2); // the dearer
        QCOMPARE(desk.find<QLabel>("spendRequestsSums").text(), QStringLiteral("2 request(s), $2.00"));
    }

    void promotionsToATierThatIsNotSet_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<QString>("words");
        QTest::newRow("some") << 3 << QStringLiteral("3 wanted deep, which is not set");
        QTest::newRow("more than are counted") << SpendSnapshot::mostPromotionsLooked + 10
                                               << QStringLiteral("%1 or more wanted deep, which is not set")
                                                      .arg(SpendSnapshot::mostPromotionsLooked);
    }

    void promotionsToATierThatIsNotSet() {
        QFETCH(int, count);
        QFETCH(QString, words);
        Desk desk;
        auto records = many(count + 5, 1'000'000);
        for (int i = 0; i < count; ++i) {
            routing::RouteDecision decision;
            decision.tier = "coding";
            decision.source = routing::TierSource::Dynamic;
            decision.model = *routing::ModelId::parse("openai/gpt-5.2");
            decision.unsetWanted = "deep";
            records[static_cast<std::size_t>(i)].decision = routing::pack(decision);
        }
        desk.keep(records);
        desk.open();
        desk.waitForContent();
        auto& note = desk.find<QToolButton>("spendNotePromotions");
        QCOMPARE(note.text(), words);
        note.click();
        QTRY_COMPARE(desk.requests().rowCount(), std::min(count, SpendSnapshot::mostPromotionsLooked));
    }

    void theGeneratedHistoryHasSuchPromotions() {
        Desk desk;
        desk.keep(SpendDesk::generated(4000, 25));
        desk.open();
        desk.waitForContent();
        QVERIFY(desk.page->snapshot()->promotions.wanted.at("deep") > 0);
    }

    void aBudgetIsDrawnWhereTheFilterIsItsScope_data() {
        QTest::addColumn<int>("dimension");
        QTest::addColumn<QString>("value");
        QTest::addColumn<int>("limit");
        using sessions::Dimension;
        QTest::newRow("none: the whole") << -1 << QString() << 1000;
        QTest::newRow("provider") << static_cast<int>(Dimension::Provider) << QStringLiteral("openai") << 40;
        QTest::newRow("project") << static_cast<int>(Dimension::Project) << QStringLiteral("shop") << 30;
        QTest::newRow("tier without one")
            << static_cast<int>(Dimension::Tier) << QStringLiteral("coding") << 0;
        QTest::newRow("source") << static_cast<int>(Dimension::Source) << QStringLiteral("gateway") << 0;
    }

    void aBudgetIsDrawnWhereTheFilterIsItsScope() {
        QFETCH(int, dimension);
        QFETCH(QString, value);
        QFETCH(int, limit);
        Desk desk;
        const auto add = [&](routing::BudgetScope scope, int dollars) {
            routing::Budget budget;
            budget.period = routing::BudgetPeriod::Month;
            budget.scope = std::move(scope);
            budget.limit = NanoUsd(dollars * 1'000'000'000LL);
            desk.policy->budgets.push_back(budget);
        };
        routing::BudgetScope scope;
        scope.provider = "openai";
        add(scope, 40);
        scope.token = "laptop"; // of a part of it: nobody can tell which
        add(scope, 5);
        scope = {};
        scope.project = "shop";
        add(scope, 30);
        desk.keep(many(8, 1'000'000));
        auto reader = sessions::StoreReader::open(desk.file());
        QVERIFY(reader);
        SpendQuestion question;
        question.range.kind = sessions::RangeKind::ThisMonth;
        question.policy = [policy = desk.policy] { return policy; };
        if (dimension >= 0)
            question.filter.exactly = {{static_cast<sessions::Dimension>(dimension), value.toStdString()}};
        const auto snapshot = readSpend(**reader, question, desk.clock, [] { return true; });
        QVERIFY(snapshot);
        const auto& line = snapshot->rangeBudget;
        QCOMPARE(line.has_value(), limit > 0);
        if (line)
            QCOMPARE(line->budget.limit.value, limit * 1'000'000'000LL);
    }

    void theBaselineIsChosen() {
        Desk desk;
        desk.keep(SpendDesk::generated(800, 20));
        desk.open();
        desk.waitForContent();
        QCOMPARE(QString::fromStdString(desk.page->snapshot()->baseline),
                 QStringLiteral("anthropic/claude-opus-4-20250514"));
        const auto strongest = desk.page->snapshot()->savings.baseline;
        desk.find<NumberCard>("spendCardSaved").click();
        QTRY_VERIFY(desk.page->findChild<QMenu*>(QStringLiteral("spendBaselines")) != nullptr);
        auto* menu = desk.page->findChild<QMenu*>(QStringLiteral("spendBaselines"));
        for (QAction* action : menu->actions()) {
            if (action->text() == QStringLiteral("openai/gpt-5.1"))
                action->trigger();
        }
        menu->close();
        QTRY_COMPARE(QString::fromStdString(desk.page->snapshot()->baseline),
                     QStringLiteral("openai/gpt-5.1"));
        QVERIFY(desk.page->snapshot()->savings.baseline < strongest);
        desk.find<NumberCard>("spendCardSaved").click(); // and back
        QTRY_VERIFY(desk.page->findChild<QAction*>(QStringLiteral("spendStrongest")) != nullptr);
        desk.page->findChild<QAction*>(QStringLiteral("spendStrongest"))->trigger();
        QTRY_COMPARE(desk.page->snapshot()->savings.baseline, strongest);
    }

    void daysOfItsOwn() {
        Desk desk;
        desk.keep(SpendDesk::generated(4000, 60));
        desk.open();
        desk.waitForContent();
        desk.find<QDateEdit>("spendFirst").setDate(QDate(2026, 10, 25));
        desk.find<QDateEdit>("spendLast").setDate(QDate(2026, 10, 25));
        desk.choose("spendRange", static_cast<int>(sessions::RangeKind::Custom));
        QVERIFY(desk.find<QDateEdit>("spendFirst").isVisible());
        QTRY_COMPARE(desk.page->snapshot()->periods.size(), std::size_t{25}); // the clock is set back
    }

    void anotherZoneForLongIsRefusedKindly() {
        Desk desk;
        desk.keep(SpendDesk::generated(9000, 200));
        desk.open();
        desk.waitForContent();
        auto& zone = desk.find<QComboBox>("spendZone");
        QVERIFY(zone.count() > 1); // the store's is Berlin; UTC is always offered
        zone.setCurrentIndex(zone.count() - 1);
        QTRY_VERIFY(desk.page->snapshot()->timeZone.find("UTC") != std::string::npos);
        desk.choose("spendRange", static_cast<int>(sessions::RangeKind::All));
        QTRY_VERIFY(desk.page->banner().isTelling());
        QVERIFY(desk.page->banner().sentence().contains(QStringLiteral("92 days")));
        QVERIFY(desk.showsContent());
    }

    // --- Live ---

    void newsMoveNothingThatIsLookedAt() {
        Desk desk;
        desk.keep(SpendDesk::generated(2000, 25));
        desk.open();
        desk.waitForContent();
        auto& chart = desk.find<SpendChart>("spendChart");
        chart.setChosen(3, -1);
        auto& breakdown = desk.find<QTableView>("spendBreakdown1");
        breakdown.setCurrentIndex(breakdown.model()->index(1, 0));
        const QString chosen = breakdown.currentIndex().data(SpendTableModel::KeyRole).toString();
        auto& scroll = desk.find<QScrollArea>("spendScroll");
        scroll.verticalScrollBar()->setValue(120);
        const int scrolled = scroll.verticalScrollBar()->value();
        const auto before = desk.page->snapshot()->series.totals.requests;
        auto more = many(20, 5'000'000'000);
        for (auto& one : more)
            one.request = RequestId(one.request.value + 100'000);
        desk.keep(std::move(more));
        desk.worker->lookNow();
        QTRY_COMPARE(desk.page->snapshot()->series.totals.requests, before + 20);
        QCOMPARE(chart.chosenColumn(), 3);
        QCOMPARE(breakdown.currentIndex().data(SpendTableModel::KeyRole).toString(), chosen);
        QCOMPARE(scroll.verticalScrollBar()->value(), scrolled);
    }

    // --- Exporting ---

    void exportsTableAndChart() {
        Desk desk;
        desk.keep(SpendDesk::generated(300, 10));
        desk.open();
        desk.waitForContent();
        QTemporaryDir folder;
        desk.page->setAskPath([&folder](const QString& suggested) { return folder.filePath(suggested); });
        desk.page->findChild<QAction*>(QStringLiteral("spendExportCsv"))->trigger();
        QTRY_VERIFY(desk.page->banner().isTelling());
        const QString csv = folder.filePath(QStringLiteral("tierdeck-spend-2026-11-21.csv"));
        QFile file(csv);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().count("\r\n"), 31); // a header and thirty days
        desk.page->findChild<QAction*>(QStringLiteral("spendExportPng"))->trigger();
        const QString png = folder.filePath(QStringLiteral("tierdeck-spend-2026-11-21.png"));
        QTRY_VERIFY(QFile::exists(png));
        QTRY_VERIFY(!QImage(png).isNull());
        QCOMPARE(QImage(png).width(), desk.find<SpendChart>("spendChart").width() * 2);
        desk.page->setAskPath([](const QString&) { return QStringLiteral("/no/such/folder/x.csv"); });
        desk.page->findChild<QAction*>(QStringLiteral("spendExportCsv"))->trigger();
        QTRY_VERIFY(desk.page->banner().severity() == Banner::Severity::Error);
    }

    /// What is shown, by one key: the page's table or picture, or the requests behind a number.
    void exportsByKey() {
        Desk desk;
        desk.keep(many(5, 1'000'000));
        desk.open();
        desk.waitForContent();
        QVERIFY(QTest::qWaitForWindowActive(desk.page.get()));
        QTemporaryDir folder;
        desk.page->setAskPath([&folder](const QString& suggested) { return folder.filePath(suggested); });
        desk.page->focusContent();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_E, Qt::ControlModifier);
        QWidget* menu = QApplication::activePopupWidget();
        QVERIFY(menu != nullptr);
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return); // the table
        QTRY_VERIFY(QFile::exists(folder.filePath(QStringLiteral("tierdeck-spend-2026-11-21.csv"))));
        desk.find<NumberCard>("spendCardSpent").click();
        QTRY_COMPARE(desk.requests().rowCount(), 5);
        QApplication::setActiveWindow(desk.page.get()); // as the platform does when a menu is closed
        QTest::keyClick(&desk.find<QTableView>("spendRequests"), Qt::Key_E, Qt::ControlModifier);
        const QString csv = folder.filePath(QStringLiteral("tierdeck-requests-2026-11-21.csv"));
        QTRY_VERIFY(QFile::exists(csv));
        QFile file(csv);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().count("\r\n"), 6);
    }

    // --- For everyone ---

    void everythingHasANameAndIsReached() {
        Desk desk;
        desk.keep(SpendDesk::generated(500, 20));
        desk.open();
        desk.waitForContent();
        for (QWidget* widget : desk.page->findChildren<QWidget*>()) {
            if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isVisible() ||
                widget->focusProxy() != nullptr)
                continue;
            const auto* button = qobject_cast<QAbstractButton*>(widget);
            const bool named =
                !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty());
            const bool inner = widget->parentWidget() != nullptr &&
                               !widget->parentWidget()->accessibleName().isEmpty() &&
                               widget->objectName().startsWith(QStringLiteral("qt_"));
            QVERIFY2(named || inner, qPrintable(QLatin1StringView(widget->metaObject()->className()) +
                                                QStringLiteral(" ") + widget->objectName()));
        }
        QVERIFY(desk.find<SpendChart>("spendChart").accessibleDescription().contains(QStringLiteral("30")));
    }

    void chartAndTableByOneKey() {
        Desk desk;
        desk.keep(SpendDesk::generated(500, 20));
        desk.open();
        desk.waitForContent();
        desk.find<SpendChart>("spendChart").setFocus();
        QTest::keyClick(&desk.find<SpendChart>("spendChart"), Qt::Key_T);
        QTRY_VERIFY(desk.find<QTableView>("spendTable").isVisible());
        QCOMPARE(desk.find<QTableView>("spendTable").model()->rowCount(), 30);
        QTest::keyClick(&desk.find<QTableView>("spendTable"), Qt::Key_T);
        QTRY_VERIFY(desk.find<SpendChart>("spendChart").isVisible());
    }
};

QTEST_MAIN(SpendPageTest)
#include "tst_spend_page.moc"
