#include "core/sessions/store_reader.h"
#include "tests/ui/spend/spend_desk.h"
#include "ui/backend/spend_snapshot.h"
#include "ui/shell/text_format.h"
#include "ui/spend/spend_text.h"
#include "ui/spend/spend_values.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using sessions::Dimension;
using sessions::Period;
using sessions::RangeKind;

namespace {

SpendTable tableOf(std::initializer_list<const char*> keys, const QString& column = QStringLiteral("Name")) {
    SpendTable table;
    table.columns = {{column, false, 8, true, {}}, {QStringLiteral("Cost"), true, 8, false, {}}};
    for (const char* key : keys) {
        SpendCell name;
        name.text = QLatin1StringView(key);
        SpendCell cost;
        cost.text = QStringLiteral("1.00");
        table.rows.push_back({key, {name, cost}});
    }
    return table;
}

QStringList keysOf(const SpendTableModel& model) {
    QStringList keys;
    for (int row = 0; row < model.rowCount(); ++row)
        keys.append(model.index(row, 0).data(SpendTableModel::KeyRole).toString());
    return keys;
}

/// What a CSV line's cell says in nano-dollars.
std::int64_t nano(const QString& exact) {
    const qsizetype point = exact.indexOf(u'.');
    return exact.left(point).toLongLong() * 1'000'000'000 + exact.mid(point + 1).toLongLong();
}

} // namespace

class SpendValuesTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<SpendDesk> m_desk;
    std::vector<routing::RequestRecord> m_records;
    std::unique_ptr<sessions::StoreReader> m_reader;

    SpendSnapshot read(const SpendQuestion& question) {
        SpendQuestion asked = question;
        asked.policy = [policy = m_desk->policy] { return policy; };
        auto snapshot = readSpend(*m_reader, asked, m_desk->clock, [] { return true; });
        if (!snapshot)
            qFatal("%s", snapshot.error().message.c_str());
        return std::move(*snapshot);
    }

    static std::string valueOf(const routing::RequestRecord& record, Dimension dimension) {
        switch (dimension) {
        case Dimension::Source:
            return record.source;
        case Dimension::Tier:
            return record.tier.value_or("");
        case Dimension::Model:
            return record.model.value_or("");
        case Dimension::Provider:
            return record.provider;
        case Dimension::Project:
            return record.project;
        case Dimension::Client:
            return record.client;
        case Dimension::TaskType:
            return record.taskType;
        }
        return {};
    }

private Q_SLOTS:

    void initTestCase() {
        QLocale::setDefault(QLocale::c());
        m_desk = std::make_unique<SpendDesk>();
        m_records = SpendDesk::generated(6000, 120);
        m_desk->keep(m_records);
        m_reader = std::move(*sessions::StoreReader::open(m_desk->file()));
    }

    void shippedPricesServeWhereThePreferencesCannotBeRead() {
        SpendQuestion question;
        question.range.kind = RangeKind::All;
        question.policy = [] { return std::shared_ptr<const routing::Policy>(); };
        const auto snapshot = readSpend(*m_reader, question, m_desk->clock, [] { return true; });
        QVERIFY(snapshot);
        QVERIFY(!snapshot->baselines.empty());
        QVERIFY(snapshot->savings.priced);
        QVERIFY(spend::savedCard(*snapshot).value != QStringLiteral("–"));
    }

    void chartTableTotalsAndRecountAgree_data() {
        QTest::addColumn<RangeKind>("range");
        QTest::addColumn<int>("period");
        QTest::addColumn<Dimension>("by");
        for (const Dimension by : spend::dimensions) {
            const QByteArray name = spend::dimensionName(by).toUtf8();
            QTest::addRow("today by %s", name.constData()) << RangeKind::Today << -1 << by;
            QTest::addRow("7 days by hour and %s", name.constData())
                << RangeKind::Last7Days << static_cast<int>(Period::Hour) << by;
            QTest::addRow("90 days by %s", name.constData()) << RangeKind::Last90Days << -1 << by;
            QTest::addRow("last month by week and %s", name.constData())
                << RangeKind::LastMonth << static_cast<int>(Period::Week) << by;
            QTest::addRow("all by %s", name.constData()) << RangeKind::All << -1 << by;
        }
    }

    void chartTableTotalsAndRecountAgree() {
        QFETCH(RangeKind, range);
        QFETCH(int, period);
        QFETCH(Dimension, by);
        SpendQuestion question;
        question.range.kind = range;
        question.stackedBy = by;
        if (period >= 0)
            question.period = static_cast<Period>(period);
        const SpendSnapshot snapshot = read(question);
        if (period >= 0)
            QVERIFY(snapshot.period == static_cast<Period>(period));

        const SpendChartData chart = spend::chartOf(snapshot, by);
        const SpendTable table = spend::periodTable(snapshot, by);
        QCOMPARE(static_cast<std::size_t>(chart.columns.size()), snapshot.periods.size());
        QCOMPARE(table.rows.size(), snapshot.periods.size());
        QVERIFY(chart.series.size() <= spend::mostSeries + 1);
        std::int64_t all = 0;
        for (qsizetype i = 0; i < chart.columns.size(); ++i) {
            const sessions::NamedPeriod& span = snapshot.periods.at(static_cast<std::size_t>(i));
            QList<std::int64_t> counted(chart.series.size(), 0);
            QList<std::int64_t> unpricedParts = counted;
            std::int64_t requests = 0;
            std::int64_t unpriced = 0;
            for (const auto& record : m_records) {
                if (record.time < span.from || record.time >= span.until)
                    continue;
                ++requests;
                unpriced += record.cost ? 0 : 1;
                const QString value = QString::fromStdString(valueOf(record, by));
                qsizetype series = chart.series.size() - 1;
                for (qsizetype j = 0; j < chart.series.size(); ++j) {
                    if (!chart.series.at(j).isRest && chart.series.at(j).key == value)
                        series = j;
                }
                counted[series] += record.cost.value_or(NanoUsd()).value;
                unpricedParts[series] += record.cost ? 0 : 1;
            }
            const SpendChartData::Column& column = chart.columns.at(i);
            QCOMPARE(column.amounts, counted);
            QCOMPARE(column.requests, requests);
            QCOMPARE(column.unpriced, unpriced);
            QCOMPARE(column.unpricedParts, unpricedParts);
            const auto& cells = table.rows.at(static_cast<std::size_t>(i)).cells;
            QCOMPARE(cells.at(2).exact.toLongLong(), requests);
            QCOMPARE(cells.at(3).exact.toLongLong(), unpriced);
            for (qsizetype j = 0; j < chart.series.size(); ++j) {
                const SpendCell& cell = cells.at(4 + static_cast<std::size_t>(j));
                QCOMPARE(nano(cell.exact), column.amounts.at(j));
                QCOMPARE(cell.tip.isEmpty(), unpricedParts.at(j) == 0);
                QCOMPARE(cell.text == text::unpriced(), unpricedParts.at(j) > 0 && column.amounts.at(j) == 0);
            }
            all += column.total();
        }
        QCOMPARE(all, snapshot.series.totals.cost.value);
        QCOMPARE(chart.sumUpTo(chart.columns.size() - 1), all);

        sessions::Filter filter;
        filter.since = snapshot.range.since;
        filter.until = snapshot.range.until;
        QVERIFY(*m_reader->totals(filter) == snapshot.series.totals);
        for (const sessions::SpendResult& breakdown : snapshot.breakdowns)
            QVERIFY(breakdown.totals == snapshot.series.totals);
    }

    void theMonthForetellsAndKnowsItsBudget() {
        SpendQuestion question;
        question.range.kind = RangeKind::ThisMonth;
        const SpendSnapshot snapshot = read(question);
        QVERIFY(snapshot.month.has_value());
        QVERIFY(snapshot.monthBudget.has_value());
        QVERIFY(snapshot.rangeBudget.has_value());
        QCOMPARE(snapshot.monthSoFar.value, snapshot.series.totals.cost.value);
        QCOMPARE(snapshot.rangeBudget->used.value, snapshot.monthSoFar.value);
        // Today and the nine days to come, each no less than the one before.
        QCOMPARE(snapshot.forecast.size(), std::size_t{10});
        QCOMPARE(snapshot.forecast.back().forecast.expected.value, snapshot.month->expected.value);
        for (std::size_t i = 1; i < snapshot.forecast.size(); ++i)
            QVERIFY(snapshot.forecast[i].forecast.expected >= snapshot.forecast[i - 1].forecast.expected);
        const SpendChartData chart = spend::chartOf(snapshot, Dimension::Tier);
        QCOMPARE(chart.columns.size(), 30);
        QVERIFY(!chart.columns.at(20).isAhead);
        QVERIFY(chart.columns.at(21).isAhead);
        QVERIFY(chart.limit.has_value());
        // The budget counts everything: beside a part of it, it says nothing.
        question.filter.exactly = {{Dimension::Project, "shop"}};
        QVERIFY(!read(question).rangeBudget.has_value());
    }

    void aWordForWhatHasNoPrice() {
        sessions::SpendResult result;
        sessions::SpendRow row;
        row.keys = {"x/y"};
        row.totals.requests = 3;
        row.totals.unpricedRequests = 3;
        row.totals.usage.input = 100;
        result.rows.push_back(row);
        result.totals = row.totals;
        const SpendTable table = spend::breakdownTable(result, Dimension::Model);
        QCOMPARE(table.rows.front().cells.at(2).text, text::unpriced());
        QVERIFY(!table.csv().contains("0.000000000"));
        QVERIFY(spend::measureOf(result.totals) == SpendChartData::Measure::Tokens);
    }

    void csvIsQuoted() {
        SpendTable table;
        table.columns = {{QStringLiteral("Na\"me"), false, 8, true, {}},
                         {QStringLiteral("Cost, $"), true, 8, false, {}}};
        SpendCell name;
        name.text = QStringLiteral("a,b\nc");
        SpendCell cost;
        cost.text = QStringLiteral("1.00 ");
        cost.exact = QStringLiteral("1.000000000");
        table.rows.push_back({"k", {name, cost}});
        QCOMPARE(table.csv(), QByteArray("\"Na\"\"me\",\"Cost, $\"\r\n\"a,b\nc\",1.000000000\r\n"));
    }

    void theModelThroughItsLife() {
        SpendTableModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setTable(tableOf({}));
        QCOMPARE(resets.count(), 1);
        model.setTable(tableOf({"a", "b", "c"}));
        const QPersistentModelIndex b = model.index(1, 0);
        model.setTable(tableOf({"c", "x", "b", "y"}));
        QCOMPARE(keysOf(model), QStringList({QStringLiteral("c"), QStringLiteral("x"), QStringLiteral("b"),
                                             QStringLiteral("y")}));
        QCOMPARE(b.row(), 2); // what is chosen goes with its row
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.setTable(tableOf({"c", "x", "b", "y"}));
        QCOMPARE(changes.count(), 0);
        model.append(tableOf({"z"}).rows);
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(resets.count(), 1);
        model.setTable(tableOf({"z"}, QStringLiteral("Other")));
        QCOMPARE(resets.count(), 2);
        QSignalSpy wanted(&model, &SpendTableModel::moreWanted);
        QVERIFY(!model.canFetchMore({}));
        model.setMore(true);
        QVERIFY(model.canFetchMore({}));
        model.fetchMore({});
        model.fetchMore({}); // once is enough
        QCOMPARE(wanted.count(), 1);
    }

    void randomLivesKeepTheModelWhole() {
        testing::Random random(3);
        SpendTableModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.setTable(tableOf({}));
        for (int round = 0; round < 200; ++round) {
            SpendTable table = tableOf({});
            QStringList keys;
            for (int i = 0; i < 12; ++i) {
                const QString key = QString::number(random.below(20));
                if (keys.contains(key))
                    continue;
                keys.append(key);
                SpendCell cell;
                cell.text = QString::number(random.below(3));
                table.rows.push_back({key.toStdString(), {cell, cell}});
            }
            model.setTable(table);
            QCOMPARE(keysOf(model), keys);
        }
    }
};

QTEST_MAIN(SpendValuesTest)
#include "tst_spend_values.moc"
