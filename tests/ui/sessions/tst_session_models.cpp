#include "ui/sessions/compare_model.h"
#include "ui/sessions/session_list_model.h"
#include "ui/sessions/session_terms.h"
#include "ui/sessions/turn_chart_data.h"
#include "ui/sessions/turn_table_model.h"
#include "ui/shell/text_format.h"
#include "ui/shell/tier_chip.h"

#include <QAbstractItemModelTester>
#include <QPersistentModelIndex>
#include <QSignalSpy>
#include <QtTest>

#include <algorithm>
#include <numeric>
#include <random>

using namespace tierdeck;
using namespace tierdeck::ui;

namespace {

const UtcTime noon{std::chrono::milliseconds(1'795'262'400'000)}; // 2026-11-21T12:00Z

class FixedClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override { return noon; }

    [[nodiscard]] SteadyTime steadyNow() const override { return {}; }
};

sessions::SessionRow session(const std::string& key, int turns = 1, std::int64_t costNano = 1'000'000) {
    sessions::SessionRow row;
    row.session = key;
    row.title = "Session " + key;
    row.project = "shop";
    row.client = "codex";
    row.firstTime = row.lastTime = noon;
    row.totals.turns = turns;
    row.totals.requests = turns;
    row.totals.cost = NanoUsd(costNano);
    row.tiers = {{"coding", turns, NanoUsd(costNano)}};
    return row;
}

sessions::Page<sessions::SessionRow> page(std::initializer_list<const char*> keys, std::string next = {}) {
    sessions::Page<sessions::SessionRow> made;
    for (const char* key : keys)
        made.rows.push_back(session(key));
    made.next = std::move(next);
    return made;
}

std::vector<const TurnSnapshot*> pointersTo(const SessionSnapshot& snapshot) {
    std::vector<const TurnSnapshot*> turns;
    for (const TurnSnapshot& turn : snapshot.turns)
        turns.push_back(&turn);
    return turns;
}

QStringList keysOf(const SessionListModel& model) {
    QStringList keys;
    for (int row = 0; row < model.rowCount(); ++row)
        keys.append(model.index(row).data(SessionListModel::KeyRole).toString());
    return keys;
}

TurnSnapshot turn(int number, std::vector<sessions::TierShare> tiers, const std::string& agent = {}) {
    TurnSnapshot snapshot;
    sessions::TurnRow& row = snapshot.row;
    row.session = "s";
    row.agent = agent;
    row.turn = number;
    row.time = noon + std::chrono::minutes(number);
    row.tiers = std::move(tiers);
    for (const sessions::TierShare& share : row.tiers) {
        row.totals.requests += share.requests;
        row.totals.cost += share.cost;
    }
    row.totals.turns = 1;
    row.totals.usage.input = 1000;
    row.totals.usage.cachedInput = 12'104;
    row.totals.usage.output = 840;
    row.totals.latencyMs = 5600;
    row.models = {"openai/gpt-5.2"};
    row.tierSources = {"skill"};
    row.reason = "coding, because skill 'refactor' asks for it; openai/gpt-5.2 (the model of tier coding)";
    return snapshot;
}

routing::RequestRecord request(int id, const char* status = "ok") {
    routing::RequestRecord record;
    record.request = RequestId(id);
    record.session = "s";
    record.time = noon;
    record.tier = "coding";
    record.tierSource = "skill";
    record.model = "openai/gpt-5.2";
    record.status = status;
    record.usage.input = 10;
    record.cost = NanoUsd(35'000'000);
    record.reason = "explicit";
    return record;
}

std::vector<routing::AttemptRecord> attempts(const std::vector<std::string>& outcomes) {
    std::vector<routing::AttemptRecord> attempts;
    for (const std::string& outcome : outcomes) {
        routing::AttemptRecord& attempt = attempts.emplace_back();
        attempt.model = "openai/gpt-5.2";
        attempt.outcome = outcome;
        attempt.latencyMs = 1200;
        attempt.reason = "attempt " + std::to_string(attempts.size());
    }
    return attempts;
}

QString cell(const TurnTableModel& model, int row, int column, const QModelIndex& parent = {}) {
    return model.index(row, column, parent).data(Qt::DisplayRole).toString();
}

} // namespace

class SessionModelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void theListPages() {
        FixedClock clock;
        SessionListModel model(clock);
        QSignalSpy wanted(&model, &SessionListModel::moreWanted);
        QVERIFY(!model.canFetchMore({}));
        model.reset(page({"e", "d", "c"}, "cursor"));
        QVERIFY(model.canFetchMore({}));
        model.fetchMore({});
        model.fetchMore({}); // asked for once only
        QCOMPARE(wanted.count(), 1);
        model.append(page({"c", "b", "a"})); // c moved down between the pages
        QCOMPARE(keysOf(model), (QStringList{QStringLiteral("e"), QStringLiteral("d"), QStringLiteral("c"),
                                             QStringLiteral("b"), QStringLiteral("a")}));
        QVERIFY(!model.canFetchMore({}));
    }

    void newsKeepsWhatIsChosen() {
        FixedClock clock;
        SessionListModel model(clock);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.reset(page({"d", "c", "b", "a"}));
        const QPersistentModelIndex chosen = model.index(2); // b
        model.refresh(page({"new", "b", "d", "c", "a"}));
        QCOMPARE(keysOf(model), (QStringList{QStringLiteral("new"), QStringLiteral("b"), QStringLiteral("d"),
                                             QStringLiteral("c"), QStringLiteral("a")}));
        QCOMPARE(chosen.row(), 1);
        QCOMPARE(chosen.data(SessionListModel::KeyRole).toString(), QStringLiteral("b"));
        model.refresh(page({"new", "d"}));
        QVERIFY(!chosen.isValid());
    }

    void refreshKeepsWhatIsBeyondIt() {
        FixedClock clock;
        SessionListModel model(clock);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.reset(page({"f", "e", "d"}, "1"));
        model.append(page({"c", "b", "a"}, "2"));
        model.refresh(page({"a", "f", "e"}, "x")); // only the first three were asked for
        QCOMPARE(keysOf(model).join(QString()), QStringLiteral("afedcb"));
        QCOMPARE(model.next(), std::string("2"));
    }

    void anySequenceOfSnapshotsIsShown() {
        FixedClock clock;
        SessionListModel model(clock);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        std::mt19937 random(11);
        for (int round = 0; round < 60; ++round) {
            sessions::Page<sessions::SessionRow> made;
            QStringList expected;
            std::vector<int> keys(12);
            std::iota(keys.begin(), keys.end(), 0);
            std::shuffle(keys.begin(), keys.end(), random);
            keys.resize(random() % 13);
            for (const int key : keys) {
                made.rows.push_back(session(std::to_string(key)));
                expected.append(QString::number(key));
            }
            if (round % 9 == 0)
                model.reset(std::move(made));
            else
                model.refresh(std::move(made));
            QCOMPARE(keysOf(model), expected);
        }
    }

    void theListPagesUnderTheTester() { // which itself fetches whatever can be fetched
        FixedClock clock;
        SessionListModel model(clock);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.reset(page({"e", "d"}, "cursor"));
        model.append(page({"d", "c"}, "cursor"));
        model.append(page({"b"}));
        QCOMPARE(model.rowCount(), 4);
    }

    void titlesFallBack() {
        sessions::SessionRow row = session("k");
        QCOMPARE(SessionListModel::titleOf(row, noon), QStringLiteral("Session k"));
        row.title.clear();
        QVERIFY(SessionListModel::titleOf(row, noon).startsWith(QStringLiteral("shop, Today")));
        row.project.clear();
        QVERIFY(SessionListModel::titleOf(row, noon).startsWith(QStringLiteral("codex, ")));
        row.client.clear();
        QVERIFY(!SessionListModel::titleOf(row, noon).isEmpty());
    }

    void theTableShowsTurnsAndTheirRequests() {
        TurnTableModel model;
        model.reset({turn(1, {{"coding", 2, NanoUsd(35'000'000)}, {"deep", 1, NanoUsd(400'000'000)}}),
                     turn(2, {{"", 1, NanoUsd(400'000)}})});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(cell(model, 0, TurnTableModel::Number), QStringLiteral("1"));
        QCOMPARE(cell(model, 0, TurnTableModel::Cost),
                 QStringLiteral("0.44\u2007\u2007")); // lines up with 0.0004
        QCOMPARE(cell(model, 1, TurnTableModel::Cost), QStringLiteral("0.0004"));
        QCOMPARE(cell(model, 0, TurnTableModel::Cached), QStringLiteral("12.1k"));
        QCOMPARE(cell(model, 0, TurnTableModel::Input), QStringLiteral("1.0k"));
        QCOMPARE(cell(model, 0, TurnTableModel::Latency), QStringLiteral("5.6"));
        QCOMPARE(cell(model, 0, TurnTableModel::Reason),
                 QStringLiteral("skill 'refactor' asks for it (the model of tier coding)"));
        const auto chips = model.index(0, TurnTableModel::Tier)
                               .data(TierChipDelegate::ChipsRole)
                               .value<QList<TierChipData>>();
        QCOMPARE(chips.size(), 2);
        QCOMPARE(chips.constFirst().count, 2);

        QSignalSpy wanted(&model, &TurnTableModel::requestsWanted);
        const QModelIndex first = model.index(0, 0);
        QVERIFY(model.hasChildren(first));
        QVERIFY(model.canFetchMore(first));
        model.fetchMore(first);
        QCOMPARE(wanted.count(), 1);
        QVERIFY(!model.canFetchMore(first));
        model.setRequests({1}, {request(7), request(8), request(9, "error")});
        QCOMPARE(model.rowCount(first), 3);
        QCOMPARE(cell(model, 0, TurnTableModel::Number, first), QStringLiteral("#7"));
        QVERIFY(cell(model, 2, TurnTableModel::Reason, first).startsWith(QStringLiteral("failed")));
        QCOMPARE(model.requestOf(first)->request, RequestId(7));
        QCOMPARE(model.indexOf(RequestId(9)).row(), 2);
        QCOMPARE(model.turnRowOf(model.indexOf(RequestId(9))), 0);
        QVERIFY(model.requestOf(model.index(1, 0)) == nullptr);
    }

    void attemptsStandUnderTheirRequest() {
        TurnTableModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.reset({turn(1, {{"coding", 2, NanoUsd(1)}})});
        routing::RequestRecord climbed = request(8);
        climbed.attempts = attempts({"http_529", "ok"});
        routing::RequestRecord once = request(7);
        once.attempts = attempts({"ok"});
        model.setRequests({1}, {once, climbed});
        const QModelIndex first = model.index(0, 0);
        QVERIFY(!model.hasChildren(model.index(0, 0, first))); // it is its own attempt
        const QModelIndex second = model.index(1, 0, first);
        QCOMPARE(model.rowCount(second), 2);
        QCOMPARE(cell(model, 0, TurnTableModel::Number, second), QStringLiteral("1."));
        QCOMPARE(cell(model, 0, TurnTableModel::Reason, second), QStringLiteral("http_529 · attempt 1"));
        QVERIFY(model.index(0, TurnTableModel::Reason, second).data(TurnTableModel::StatusRole).isValid());
        QCOMPARE(cell(model, 1, TurnTableModel::Reason, second), QStringLiteral("OK · attempt 2"));
        QCOMPARE(cell(model, 1, TurnTableModel::Model, second), QStringLiteral("gpt-5.2"));
        QVERIFY(cell(model, 1, TurnTableModel::Cost, second).isEmpty());
        const QPersistentModelIndex last = model.index(1, 0, second);
        QCOMPARE(model.parent(last), second);
        QCOMPARE(model.turnRowOf(last), 0);
        QCOMPARE(model.requestRowOf(last), 1);
        QCOMPARE(model.requestOf(last)->request, RequestId(8));
        QVERIFY(!model.hasChildren(last));
        model.setRequests({1}, {once, climbed, request(9)});
        QVERIFY(last.isValid());
        climbed.attempts = attempts({"http_529", "http_503", "ok"});
        model.setRequests({1}, {once, climbed, request(9)}); // an import knew more
        QCOMPARE(model.rowCount(model.index(1, 0, first)), 3);
    }

    void subagentsWorkUnderTheirTurn() {
        TurnTableModel model;
        model.reset({turn(1, {{"coding", 2, NanoUsd(1)}})});
        routing::RequestRecord sub = request(8);
        sub.agent = "reviewer";
        model.setRequests({1}, {request(7), sub});
        const QModelIndex first = model.index(0, 0);
        QCOMPARE(cell(model, 0, TurnTableModel::Number), QStringLiteral("1"));
        QCOMPARE(cell(model, 0, TurnTableModel::Number, first), QStringLiteral("#7"));
        QCOMPARE(cell(model, 1, TurnTableModel::Number, first), QStringLiteral("#8 ↳"));
        QVERIFY(model.indexOf(RequestId(8))
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains(QStringLiteral("reviewer")));
    }

    void liveTurnsMoveNothing() {
        TurnTableModel model;
        model.reset({turn(1, {{"coding", 1, NanoUsd(1)}}), turn(3, {{"deep", 1, NanoUsd(1)}})});
        model.setRequests({3}, {request(7)});
        const QPersistentModelIndex chosen = model.indexOf(RequestId(7));
        QSignalSpy wanted(&model, &TurnTableModel::requestsWanted);
        // A turn that a sub-agent opened comes between, the open turn has grown, a new one follows.
        model.refresh({turn(1, {{"coding", 1, NanoUsd(1)}}), turn(2, {{"smart", 1, NanoUsd(1)}}, "reviewer"),
                       turn(3, {{"deep", 2, NanoUsd(2)}}), turn(4, {{"deep", 1, NanoUsd(1)}})});
        QCOMPARE(model.rowCount(), 4);
        QVERIFY(chosen.isValid());
        QCOMPARE(model.turnRowOf(chosen), 2);
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(wanted.constFirst().at(0).toInt(), 3);
        model.setRequests({3}, {request(7), request(8)});
        QVERIFY(chosen.isValid());
        QCOMPARE(model.rowCount(chosen.parent()), 2);
        QCOMPARE(cell(model, 1, TurnTableModel::Number), QStringLiteral("2 ↳"));
        model.refresh({turn(4, {{"deep", 1, NanoUsd(1)}})});
        QVERIFY(!chosen.isValid());
        QCOMPARE(model.rowCount(), 1);
        model.setRequests({3}, {request(7)}); // an answer for a turn that is gone
        QCOMPARE(model.rowCount(), 1);
    }

    void anySequenceOfTurnsIsShownUnderTheTester() {
        TurnTableModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        std::mt19937 random(5);
        for (int round = 0; round < 60; ++round) {
            std::vector<int> numbers(9);
            std::iota(numbers.begin(), numbers.end(), 1);
            std::shuffle(numbers.begin(), numbers.end(), random);
            numbers.resize(random() % 10);
            std::vector<TurnSnapshot> turns;
            for (const int number : numbers)
                turns.push_back(turn(number, {{"coding", static_cast<int>(1 + random() % 3), NanoUsd(1)}}));
            if (round % 7 == 0)
                model.reset(turns);
            else
                model.refresh(turns);
            QCOMPARE(model.rowCount(), static_cast<int>(numbers.size()));
            for (int row = 0; row < model.rowCount(); ++row) {
                QCOMPARE(model.keyOf(row).turn, numbers.at(static_cast<std::size_t>(row)));
                std::vector<routing::RequestRecord> requests;
                const int first = round % 5 == 0 ? 100 : 1; // now and then another list altogether
                for (int id = 0; id < static_cast<int>(random() % 4); ++id) {
                    requests.push_back(request(first + id));
                    requests.back().attempts =
                        attempts(std::vector<std::string>(static_cast<std::size_t>(random() % 4), "ok"));
                }
                const int count = static_cast<int>(requests.size());
                model.setRequests(model.keyOf(row), std::move(requests));
                QCOMPARE(model.rowCount(model.index(row, 0)), count);
            }
        }
    }

    void wordsStandWhereThereIsNoPrice() {
        TurnTableModel model;
        TurnSnapshot simulated = turn(1, {{"coding", 2, NanoUsd(0)}});
        simulated.row.totals.simulatedRequests = 2;
        TurnSnapshot unpriced = turn(2, {{"coding", 2, NanoUsd(0)}});
        unpriced.row.totals.unpricedRequests = 2;
        TurnSnapshot failed = turn(3, {{"coding", 2, NanoUsd(0)}});
        failed.row.totals.failedRequests = 2;
        model.reset({simulated, unpriced, failed});
        QCOMPARE(cell(model, 0, TurnTableModel::Cost), QStringLiteral("simulated"));
        QCOMPARE(cell(model, 1, TurnTableModel::Cost), QStringLiteral("unpriced"));
        QVERIFY(cell(model, 2, TurnTableModel::Reason).startsWith(QStringLiteral("2 failed")));
        QVERIFY(model.index(0, TurnTableModel::Cost).data(TurnTableModel::QuietRole).toBool());
        QVERIFY(model.index(2, TurnTableModel::Reason).data(TurnTableModel::StatusRole).isValid());
        QVERIFY(!model.index(0, TurnTableModel::Reason).data(TurnTableModel::StatusRole).isValid());
    }

    void typedTermsAreRead_data() {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QStringList>("terms"); // word=value
        QTest::addColumn<QString>("text");
        const auto row = [](const char* line, const QStringList& terms, const char* text) {
            QTest::newRow(line) << QString::fromUtf8(line) << terms << QString::fromUtf8(text);
        };
        row("", {}, "");
        row("  two  words ", {}, "two  words");
        row("project:shop", {QStringLiteral("project=shop")}, "");
        row("fix project:\"my shop\" tests", {QStringLiteral("project=my shop")}, "fix tests");
        row("Tier:deep cost>0.5", {QStringLiteral("tier=deep"), QStringLiteral("cost=0.5")}, "");
        row("cost>=$2", {QStringLiteral("cost=$2")}, "");
        row("cost>much", {}, "cost>much");
        row("project: shop", {}, "project: shop"); // still being typed
        row("http://x model:openai/gpt-5.2", {QStringLiteral("model=openai/gpt-5.2")}, "http://x");
        row("colour:red", {}, "colour:red");
    }

    void typedTermsAreRead() {
        QFETCH(QString, line);
        QFETCH(QStringList, terms);
        QFETCH(QString, text);
        const TypedFilter typed = readTyped(line);
        QStringList read;
        for (const SessionTerms::Term& term : typed.terms)
            read.append(SessionTerms::word(term.key) + u'=' + term.value);
        QCOMPARE(read, terms);
        QCOMPARE(typed.text, text);
    }

    void termsMakeTheFilter() {
        SessionTerms terms;
        terms.set({SessionTerms::Key::Project, QStringLiteral("blog")});
        terms.set({SessionTerms::Key::Project, QStringLiteral("shop")}); // in its place
        terms.set({SessionTerms::Key::Tier, QStringLiteral("-")});
        terms.set({SessionTerms::Key::LeastCost, QStringLiteral("0,25")});
        sessions::Filter filter;
        terms.addTo(filter);
        QCOMPARE(filter.project, std::string("shop"));
        QVERIFY(filter.tier == std::string());
        QVERIFY(filter.leastCost == NanoUsd(250'000'000));
        terms.remove(SessionTerms::Key::Project);
        QVERIFY(!terms.value(SessionTerms::Key::Project));
    }

    void onlyTheEndOfTheTurnsIsRefreshed() {
        TurnTableModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        std::vector<TurnSnapshot> turns;
        for (int number = 1; number <= 100; ++number) {
            turns.push_back(turn(number, {{"coding", 1, NanoUsd(1)}}));
            turns.back().row.time = noon + std::chrono::minutes(number);
        }
        model.reset(turns);
        const auto known = model.known();
        QVERIFY(known.has_value());
        std::vector<TurnSnapshot> end;
        sessions::Totals before;
        for (const TurnSnapshot& one : turns)
            one.row.time >= known->since ? end.push_back(one) : void(before += one.row.totals);
        QVERIFY(known->before == before);
        end.push_back(turn(101, {{"deep", 1, NanoUsd(1)}}));
        end.back().row.time = noon + std::chrono::minutes(101);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.refresh(end, known->since);
        QCOMPARE(model.rowCount(), 101);
        QCOMPARE(inserted.count(), 1);
        QCOMPARE(changed.count(), 0); // what is as it was is left alone
        QCOMPARE(model.keyOf(100).turn, 101);
    }

    void comparisonsHoldUnderTheTester() {
        CompareModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        CompareSide first{QStringLiteral("one"), session("one", 4, 4'000'000'000), {}};
        CompareSide second{QStringLiteral("two"), session("two", 2, 1'000'000'000), {}};
        second.session.tiers = {{"deep", 2, NanoUsd(1'000'000'000)}};
        model.setSides(first, second);
        const int rows = model.rowCount();
        QCOMPARE(model.index(0, CompareModel::First).data().toString(), QStringLiteral("$4.00"));
        QCOMPARE(model.index(0, CompareModel::Difference).data().toString(),
                 QStringLiteral("−$3.00 (×0.25)"));
        QCOMPARE(model.headerData(CompareModel::Second, Qt::Horizontal, Qt::DisplayRole).toString(),
                 QStringLiteral("two"));
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        first.session.totals.cost = NanoUsd(5'000'000'000);
        model.setSides(first, second); // later numbers of the same measures
        QCOMPARE(resets.count(), 0);
        QCOMPARE(model.index(0, CompareModel::First).data().toString(), QStringLiteral("$5.00"));
        second.session.tiers.push_back({"smart", 1, NanoUsd(1)});
        model.setSides(first, second); // another tier is another row
        QCOMPARE(resets.count(), 1);
        QCOMPARE(model.rowCount(), rows + 1);
        model.setSides({}, {}); // nothing is divided by
        QVERIFY(model.rowCount() > 0);
    }

    /// What a tier of unpriced models cost is not $0.00.
    void aComparisonSaysWhatIsNotKnown() {
        CompareModel model;
        CompareSide first{QStringLiteral("one"), session("one", 4, 4'000'000'000), {}};
        CompareSide second{QStringLiteral("two"), session("two", 4, 4'000'000'000), {}};
        first.session.tiers = {{"review", 3, NanoUsd(0)}, {"background", 1, NanoUsd(0)}};
        second.session.tiers = {{"review", 1, NanoUsd(0)}};
        const auto row = [&model](const char* measure) {
            const QModelIndexList found = model.match(model.index(0, 0), Qt::DisplayRole,
                                                      QLatin1StringView(measure), 1, Qt::MatchExactly);
            return found.value(0).siblingAtColumn(CompareModel::First).data().toString() + u'|' +
                   found.value(0).siblingAtColumn(CompareModel::Difference).data().toString();
        };
        first.session.totals.requests = 4;
        model.setSides(first, second);
        QCOMPARE(row("Tier review"), QStringLiteral("75 % · $0.00|="));
        first.turns = {turn(1, first.session.tiers), turn(2, first.session.tiers)};
        first.turns[0].trace.unpriced = {{"review", 1}};
        first.turns[1].trace.unpriced = {{"review", 1}, {"background", 1}};
        model.setSides(first, second);
        QCOMPARE(row("Tier review"), QStringLiteral("75 % · unpriced|–"));
        first.session.tiers.front().cost = NanoUsd(1'000'000'000);
        model.setSides(first, second);
        QCOMPARE(row("Tier review"), QStringLiteral("75 % · $1.00 + 2 unpriced|−$1.00"));
    }

    void theChartShowsTheTablesNumbers() {
        SessionSnapshot snapshot;
        snapshot.turns = {turn(1, {{"coding", 2, NanoUsd(35'000'001)}, {"deep", 1, NanoUsd(400'000'002)}}),
                          turn(2, {{"", 1, NanoUsd(400'003)}})};
        snapshot.turns[1].row.fallbacks = 1;
        snapshot.turns[1].row.tierSources = {"dynamic"};
        const TurnChartData data = turnChartData(pointersTo(snapshot));
        QCOMPARE(data.measure, TurnChartData::Measure::Cost);
        QCOMPARE(data.turns.size(), 2);
        for (qsizetype i = 0; i < data.turns.size(); ++i) {
            const sessions::TurnRow& row = snapshot.turns[static_cast<std::size_t>(i)].row;
            std::int64_t sum = 0;
            for (const TurnBar::Part& part : data.turns.at(i).parts)
                sum += part.amount;
            QCOMPARE(sum, row.totals.cost.value);
        }
        QVERIFY(!data.turns.at(0).fallback && data.turns.at(1).fallback && data.turns.at(1).escalated);
        const QString tip = turnTip(snapshot.turns[0]);
        QVERIFY(tip.contains(QStringLiteral("$0.40")) && tip.contains(QStringLiteral("12,104")));
        snapshot.turns[0].row.totals.unpricedRequests = 2;
        snapshot.turns[0].trace.unpriced = {{"coding", 1}, {"deep", 1}};
        const QString unsure = turnTip(snapshot.turns[0]);
        QVERIFY2(unsure.contains(QStringLiteral("$0.40 + 1 unpriced")), qPrintable(unsure));
        QVERIFY2(unsure.contains(QStringLiteral("+ 2 unpriced")), qPrintable(unsure)); // in all
    }

    void aSessionThatCostNothingIsDrawnInTokensWithAWordWhy_data() {
        QTest::addColumn<int>("simulated");
        QTest::addColumn<int>("unpriced");
        QTest::addColumn<QString>("word");
        QTest::newRow("simulated") << 3 << 0 << QStringLiteral("simulated");
        QTest::newRow("unpriced") << 0 << 3 << QStringLiteral("no known price");
        QTest::newRow("local") << 0 << 0 << QStringLiteral("cost nothing");
    }

    void aSessionThatCostNothingIsDrawnInTokensWithAWordWhy() {
        QFETCH(int, simulated);
        QFETCH(int, unpriced);
        QFETCH(QString, word);
        SessionSnapshot snapshot;
        snapshot.turns = {turn(1, {{"coding", 2, NanoUsd(0)}, {"deep", 1, NanoUsd(0)}})};
        snapshot.turns[0].row.totals.simulatedRequests = simulated;
        snapshot.turns[0].row.totals.unpricedRequests = unpriced;
        snapshot.turns[0].tierTokens = {900, 100};
        const TurnChartData data = turnChartData(pointersTo(snapshot));
        QCOMPARE(data.measure, TurnChartData::Measure::Tokens);
        QVERIFY2(data.note.contains(word), qPrintable(data.note));
        QCOMPARE(data.turns.at(0).parts.at(0).amount, std::int64_t(900));
        QCOMPARE(data.turns.at(0).parts.at(1).amount, std::int64_t(100));
        QVERIFY(!data.turns.at(0).unpriced); // said once, not on every bar
    }
};

QTEST_MAIN(SessionModelsTest)
#include "tst_session_models.moc"
