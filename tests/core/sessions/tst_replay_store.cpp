#include "core/sessions/record_json.h"
#include "core/sessions/replay_store.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"
#include "tests/support/record_generator.h"

#include <QTest>

using namespace tierdeck;
using namespace tierdeck::sessions;
using tierdeck::testing::StoreFolder;

namespace {

std::vector<routing::RequestRecord> history(std::int64_t requests) {
    testing::GeneratorOptions options;
    options.requests = requests;
    options.longestSession = 8;
    return testing::RecordGenerator(options).all();
}

/// The models that the generator's history was served by, as its tiers' models.
routing::Policy policyOf(const std::vector<routing::RequestRecord>& records) {
    routing::Policy policy = routing::Policy::withDefaults();
    policy.dynamicTierEnabled = true;
    policy.promotion.breakEvenTurns = 0;
    for (const auto& record : records) {
        if (record.model && !policy.providers.contains(record.provider)) {
            policy.providers[record.provider].name = record.provider;
            policy.providerOrder.push_back(record.provider);
        }
        if (record.facts && record.tier && record.attempts.size() == 1)
            policy.tiers[*record.tier].model = routing::ModelId::parse(*record.model);
    }
    return policy;
}

} // namespace

class ReplayStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void withoutAStore() {
        const StoreFolder folder;
        const auto replayed = replayStore(folder.file(), routing::Policy::withDefaults(), {});
        QVERIFY(!replayed);
        QCOMPARE(replayed.error().code, ErrorCode::NotFound);
    }

    void everyRequestIsReplayedOnce() {
        const StoreFolder folder;
        const auto records = history(3000);
        {
            auto store = folder.open();
            VERIFY_RESULT(store);
            testing::recordAll(**store, records);
        }
        std::int64_t decided = 0;
        std::int64_t imported = 0;
        NanoUsd cost;
        std::map<std::string, std::int64_t> byTier;
        for (const auto& record : records) {
            imported += !record.facts;
            if (!record.facts)
                continue;
            ++decided;
            cost += record.cost.value_or(NanoUsd(0));
            ++byTier[record.tier.value_or("-")];
        }
        QVERIFY2(decided > 300 && imported > 100,
                 qPrintable(QStringLiteral("%1 %2").arg(decided).arg(imported)));
        const auto replayed = replayStore(folder.file(), policyOf(records), {});
        VERIFY_RESULT(replayed);
        const auto& result = replayed->result;
        QCOMPARE(result.requests, decided);
        QCOMPARE(result.before.cost.value, cost.value);
        for (const auto& [tier, count] : byTier)
            QCOMPARE(result.beforeByTier.at(tier).requests, count);
        std::int64_t inMatrix = 0;
        std::int64_t offDiagonal = 0;
        for (const auto& [from, row] : result.matrix) {
            for (const auto& [to, count] : row) {
                inMatrix += count;
                offDiagonal += from == to ? 0 : count;
            }
        }
        QCOMPARE(inMatrix, decided);
        // The generator draws its rules and task types freely; what was asked for by a person, a skill or a
        // name must come out as it was.
        std::map<std::int64_t, const routing::RequestRecord*> byId;
        for (const auto& record : records)
            byId[record.request.value] = &record;
        for (const auto& change : replayed->changes) {
            const auto& record = *byId.at(change.request);
            QVERIFY2(record.tierSource == "rule" || record.tierSource == "taskType" ||
                         record.tierSource == "default" || record.tierSource == "dynamic",
                     toJson(record).c_str());
        }
        QVERIFY(offDiagonal <= static_cast<std::int64_t>(replayed->changes.size()));
        const auto said = std::to_string(imported) + " requests were never decided here";
        QVERIFY(std::any_of(result.assumptions.begin(), result.assumptions.end(),
                            [&](const std::string& one) { return one.starts_with(said); }));
    }

    void sinceAndStop() {
        const StoreFolder folder;
        const auto records = history(500);
        auto store = folder.open();
        testing::recordAll(**store, records);
        const auto policy = policyOf(records);
        ReplayOptions options;
        options.since = records[records.size() / 2].time;
        const auto expected = std::count_if(records.begin(), records.end(), [&](const auto& record) {
            return record.facts && record.time >= *options.since;
        });
        const auto replayed = replayStore(folder.file(), policy, options);
        VERIFY_RESULT(replayed);
        QCOMPARE(replayed->result.requests, static_cast<std::int64_t>(expected));

        std::stop_source stop;
        stop.request_stop();
        options.stop = stop.get_token();
        const auto stopped = replayStore(folder.file(), policy, options);
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    }

    void aFallbackIsNoChange() {
        const StoreFolder folder;
        auto store = folder.open();
        auto record = testing::wildRecords(1, 1).front();
        record.tier = "balanced";
        record.tierSource = "default";
        record.taskType.clear();
        record.model = "b/two";
        record.provider = "b";
        record.attempts.clear();
        record.attempts.push_back({"a", "a/one", "http_529", 529, 5, ""});
        record.attempts.push_back({"b", "b/two", "ok", 200, 5, ""});
        record.facts = routing::RequestFacts();
        VERIFY_RESULT(testing::recordAndWait(**store, record));
        routing::Policy policy = routing::Policy::withDefaults();
        policy.providers["a"].name = "a";
        policy.tiers["balanced"].model = routing::ModelId::parse("a/one");
        const auto replayed = replayStore(folder.file(), policy, {});
        VERIFY_RESULT(replayed);
        QCOMPARE(replayed->result.requests, 1);
        QCOMPARE(replayed->result.changed, 0);
    }

    void onlySoManyChangesAreTold() {
        const StoreFolder folder;
        const auto records = history(500);
        auto store = folder.open();
        testing::recordAll(**store, records);
        routing::Policy policy = policyOf(records);
        for (auto& [name, tier] : policy.tiers)
            tier.model = routing::ModelId::parse(policy.providerOrder.front() + "/new");
        ReplayOptions options;
        options.mostChanges = 3;
        const auto replayed = replayStore(folder.file(), policy, options);
        VERIFY_RESULT(replayed);
        QCOMPARE(replayed->changes.size(), std::size_t{3});
        QVERIFY(replayed->result.changed > 100);
        QVERIFY(replayed->changes.front().toModel.ends_with("/new"));
    }
};

QTEST_GUILESS_MAIN(ReplayStoreTest)
#include "tst_replay_store.moc"
