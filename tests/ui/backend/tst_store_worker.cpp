#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/backend/store_worker.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using std::chrono::milliseconds;

namespace {

class FixedClock final : public Clock {
public:
    UtcTime time{milliseconds(1'795'262'400'000)}; // 2026-11-21T12:00Z

    [[nodiscard]] UtcTime now() const override { return time; }

    [[nodiscard]] SteadyTime steadyNow() const override { return {}; }
};

std::unique_ptr<sessions::SessionStore> openStore(const QString& file, const char* zone = "UTC") {
    sessions::StoreOptions options;
    options.file = file.toStdString();
    options.unsavedFile = (file + QStringLiteral(".unsaved")).toStdString();
    options.timeZone = zone;
    auto store = sessions::SessionStore::open(options);
    return store ? std::move(*store) : nullptr;
}

routing::RequestRecord record(int id, const char* session, int turn, std::optional<std::int64_t> costNano,
                              const char* tier = "balanced", UtcTime time = FixedClock().time) {
    routing::RequestRecord record;
    record.request = RequestId(id);
    record.session = session;
    record.turn = turn;
    record.time = time;
    record.client = "codex";
    record.project = "shop";
    record.tier = tier;
    record.tierSource = "default";
    record.provider = "openai";
    record.model = "openai/gpt-5.1";
    record.status = "ok";
    record.httpStatus = 200;
    record.usage.input = 100 * id;
    record.usage.output = 10;
    if (costNano)
        record.cost = NanoUsd(*costNano);
    record.simulated = costNano == 0;
    record.latencyMs = 1000;
    return record;
}

void keep(sessions::SessionStore& store, routing::RequestRecord one) {
    store.record(std::move(one), [](const Result<void>&) {});
    store.flush();
}

} // namespace

class StoreWorkerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void aMissingStoreIsSaidAndFoundLater() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        QSignalSpy news(&worker, &StoreWorker::news);
        worker.setVisible(true);
        QTRY_COMPARE(worker.state(), StoreWorker::State::Missing);
        StoreAsker asker;
        std::optional<ErrorCode> answered;
        worker.sessions(asker, {}, [&](const auto& page) { answered = page.error().code; });
        QTRY_VERIFY(answered.has_value());
        QCOMPARE(*answered, ErrorCode::NotFound);
        const auto store = openStore(file);
        keep(*store, record(1, "s", 1, 1000));
        QTRY_COMPARE(worker.state(), StoreWorker::State::Ready);
        QTRY_VERIFY(news.count() > 0);
        std::size_t rows = 0;
        worker.sessions(asker, {}, [&](const auto& page) { rows = page->rows.size(); });
        QTRY_COMPARE(rows, std::size_t(1));
    }

    void whatWaitsBesideTheStoreComesFirst() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        worker.setBeforeLooking([&file] {
            if (!QFile::exists(file))
                keep(*openStore(file), record(1, "s", 1, 1000));
        });
        worker.setVisible(true);
        QTRY_COMPARE(worker.state(), StoreWorker::State::Ready);
    }

    void anUnreadableStoreIsSaidWithASentence() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        QFile rubbish(file);
        QVERIFY(rubbish.open(QIODevice::WriteOnly));
        rubbish.write(QByteArray(8192, 'x'));
        rubbish.close();
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        worker.setVisible(true);
        QTRY_COMPARE(worker.state(), StoreWorker::State::Failed);
        QVERIFY(!worker.problem().isEmpty());
    }

    void newsComesOnlyWhileVisible() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file);
        keep(*store, record(1, "s", 1, 1000));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        QSignalSpy news(&worker, &StoreWorker::news);
        worker.setVisible(true);
        QTRY_COMPARE(worker.state(), StoreWorker::State::Ready);
        keep(*store, record(2, "s", 2, 1000));
        QTRY_COMPARE(news.count(), 1);
        worker.setVisible(false);
        // A question after it in the same queue: when it is answered, polling has stopped.
        StoreAsker asker;
        bool answered = false;
        worker.today(asker, [&](const auto&) { answered = true; });
        QTRY_VERIFY(answered);
        keep(*store, record(3, "s", 3, 1000));
        worker.today(asker, [&](const auto&) { answered = false; });
        QTRY_VERIFY(!answered);
        QCOMPARE(news.count(), 1);
        worker.lookNow();
        QTRY_COMPARE(news.count(), 2);
    }

    void anOldAnswerIsDropped() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file);
        keep(*store, record(1, "first", 1, 1000));
        keep(*store, record(2, "second", 1, 1000));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        QStringList answers;
        for (const char* session : {"first", "second", "first", "second"})
            worker.session(asker, session, {}, [&answers](const Result<SessionSnapshot>& snapshot) {
                answers.append(QString::fromStdString(snapshot->session->session));
            });
        QVERIFY(asker.isWaiting());
        QTRY_VERIFY(!asker.isWaiting());
        QCOMPARE(answers, QStringList{QStringLiteral("second")});
        bool late = false;
        {
            StoreAsker gone;
            worker.session(gone, "first", {}, [&late](const auto&) { late = true; });
        }
        worker.session(asker, "first", {},
                       [&answers](const auto&) { answers.append(QStringLiteral("end")); });
        QTRY_COMPARE(answers.size(), 2);
        QVERIFY(!late);
    }

    void aSessionThatCostNothingHasTokensByTier() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file);
        keep(*store, record(1, "free", 1, 0, "balanced")); // 100 + 10
        keep(*store, record(2, "free", 1, 0, "coding"));   // 200 + 10
        keep(*store, record(3, "free", 1, 0, "coding"));   // 300 + 10
        keep(*store, record(4, "free", 2, 0, "deep"));     // 400 + 10
        keep(*store, record(5, "paid", 1, 5000));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        std::optional<SessionSnapshot> answer;
        const auto take = [&](const Result<SessionSnapshot>& snapshot) { answer = *snapshot; };
        worker.session(asker, "free", {}, take);
        QTRY_VERIFY(answer.has_value());
        QCOMPARE(answer->turns.size(), std::size_t(2));
        const TurnSnapshot& first = answer->turns.front();
        QCOMPARE(first.tierTokens.size(), first.row.tiers.size());
        for (std::size_t i = 0; i < first.row.tiers.size(); ++i)
            QCOMPARE(first.tierTokens[i], std::int64_t(first.row.tiers[i].tier == "coding" ? 520 : 110));
        QCOMPARE(answer->turns.back().tierTokens, std::vector<std::int64_t>{410});
        answer.reset();
        worker.session(asker, "paid", {}, take);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(answer->turns.front().tierTokens.empty());
    }

    void onlyWhatChangedIsReadAgainWhereThatIsAll() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file);
        const auto at = [](int minute) { return FixedClock().time + std::chrono::minutes(minute); };
        for (int turn = 1; turn <= 5; ++turn)
            keep(*store, record(turn, "s", turn, 1000, "balanced", at(turn)));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        std::optional<SessionSnapshot> answer;
        const auto ask = [&](std::optional<KnownTurns> known) {
            answer.reset();
            worker.session(asker, "s", known, [&](const auto& snapshot) { answer = *snapshot; });
        };
        ask({});
        QTRY_VERIFY(answer.has_value());
        QCOMPARE(answer->turns.size(), std::size_t(5));
        QVERIFY(!answer->since);
        KnownTurns known;
        known.since = answer->turns[3].row.time;
        for (std::size_t i = 0; i < 3; ++i)
            known.before += answer->turns[i].row.totals;
        keep(*store, record(6, "s", 6, 1000, "balanced", at(6)));
        ask(known);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(answer->since == known.since);
        QCOMPARE(answer->turns.size(), std::size_t(3)); // the fourth to the sixth
        QCOMPARE(answer->turns.back().row.turn, 6);
        // A turn before that time has grown: everything is read.
        keep(*store, record(7, "s", 2, 1000, "balanced", at(7)));
        ask(known);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(!answer->since);
        QCOMPARE(answer->turns.size(), std::size_t(6));
    }

    void labelsAreWrittenBesideARunningGateway() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file); // stays open, as a gateway's does
        keep(*store, record(1, "s", 1, 1000));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        std::optional<Result<std::optional<std::string>>> answer;
        const auto take = [&](const Result<std::optional<std::string>>& label) { answer = label; };
        const auto said = [&]() -> std::optional<std::string> { return answer->value_or("an error"); };
        worker.label(asker, RequestId(1), take);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(said() == std::nullopt);
        answer.reset();
        worker.setLabel(this, RequestId(1), "deep", take);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(said() == "deep");
        keep(*store, record(2, "s", 2, 1000)); // and the gateway goes on writing
        answer.reset();
        worker.setLabel(this, RequestId(1), std::nullopt, take);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(said() == std::nullopt);
        answer.reset();
        worker.setLabel(this, RequestId(99), "deep", take);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(!*answer);
        QCOMPARE(answer->error().code, ErrorCode::NotFound);
    }

    void choicesAreWhatTheStoreHolds() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file);
        keep(*store, record(1, "s", 1, 1000, "deep"));
        keep(*store, record(2, "s", 2, 1000, "coding"));
        keep(*store, record(3, "s", 3, 1000, "coding"));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        std::optional<FilterChoices> answer;
        worker.choices(asker, [&](const Result<FilterChoices>& choices) { answer = *choices; });
        QTRY_VERIFY(answer.has_value());
        QCOMPARE(answer->tiers, (std::vector<std::string>{"coding", "deep"}));
        QCOMPARE(answer->sources.size(), std::size_t(1));
    }

    void requestsOfATurnAreAlsoThoseOfItsSubagents() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file);
        keep(*store, record(1, "s", 1, 1000));
        routing::RequestRecord sub = record(2, "s", 1, 1000, "smart");
        sub.agent = "reviewer";
        keep(*store, sub);
        keep(*store, record(3, "s", 2, 1000));
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        std::vector<std::int64_t> ids;
        bool answered = false;
        const auto take = [&](const Result<std::vector<routing::RequestRecord>>& requests) {
            ids.clear();
            for (const auto& request : *requests)
                ids.push_back(request.request.value);
            answered = true;
        };
        worker.requests(asker, "s", 1, take);
        QTRY_VERIFY(answered);
        QCOMPARE(ids, (std::vector<std::int64_t>{1, 2}));
    }

    void todayIsADayOfTheStoresZone() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const auto store = openStore(file, "America/New_York"); // 12:00Z is 07:00 there
        FixedClock clock;
        const auto hours = [&](int count) { return clock.time - std::chrono::hours(count); };
        keep(*store, record(1, "s", 1, 3000, "coding", hours(1)));
        keep(*store, record(2, "s", 1, 2000, "coding", hours(6)));   // 01:00, today
        keep(*store, record(3, "s", 1, 1000, "balanced", hours(2))); // today
        keep(*store, record(4, "s", 1, 500, "deep", hours(8)));      // 23:00, yesterday
        keep(*store, record(5, "s", 1, 250, "deep", hours(24 * 8))); // before the week
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        std::optional<DaySummary> day;
        worker.today(asker, [&](const Result<DaySummary>& summary) { day = *summary; });
        QTRY_VERIFY(day.has_value());
        QCOMPARE(day->today.cost, NanoUsd(6000));
        QCOMPARE(day->today.requests, std::int64_t(3));
        QCOMPARE(day->tiers.size(), std::size_t(2));
        QCOMPARE(day->tiers.front().tier, std::string("coding"));
        QCOMPARE(day->tiers.front().requests, std::int64_t(2));
        QCOMPARE(day->lastDays.back(), NanoUsd(6000));
        QCOMPARE(day->lastDays.at(5), NanoUsd(500));
        NanoUsd week;
        for (const NanoUsd cost : day->lastDays)
            week += cost;
        QCOMPARE(week, NanoUsd(6500));
    }

    void aReplacedStoreIsOpenedAnew() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("tierdeck.db"));
        const QString other = folder.filePath(QStringLiteral("other.db"));
        auto store = openStore(file);
        keep(*store, record(1, "old", 1, 1000));
        store.reset();
        auto replacement = openStore(other);
        keep(*replacement, record(1, "new", 1, 1000));
        replacement.reset();
        FixedClock clock;
        StoreWorker worker(file.toStdString(), clock);
        StoreAsker asker;
        QString first;
        const auto take = [&](const Result<sessions::Page<sessions::SessionRow>>& page) {
            first = QString::fromStdString(page->rows.front().session);
        };
        worker.sessions(asker, {}, take);
        QTRY_COMPARE(first, QStringLiteral("old"));
        for (const char* suffix : {"-wal", "-shm"})
            QFile::remove(file + QLatin1StringView(suffix));
        QVERIFY(QFile::remove(file) && QFile::rename(other, file));
        worker.sessions(asker, {}, take);
        QTRY_COMPARE(first, QStringLiteral("new"));
    }
};

QTEST_GUILESS_MAIN(StoreWorkerTest)
#include "tst_store_worker.moc"
