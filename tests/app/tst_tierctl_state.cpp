// availability, usage, show, replay, trust: what they read, write and say, and the schemas of their
// documents.
#include "core/sessions/session_store.h"
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"

#include <QFile>
#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;
using routing::RequestRecord;

namespace {

constexpr const char* router = R"({"modelRouter": {
"balancedModel": "a/small", "smartModel": "b/large", "dynamicTierEnabled": false,
"fallbacks": {"*": ["ollama/qwen3"]},
"taskTypes": {"review": "smart"},
"degradation": [{"fromPercent": 50, "label": "watching"}, {"fromPercent": 100, "only": ["ollama"]}],
"budgets": [
 {"name": "Monthly", "period": "month", "limitUsd": 10, "alertAtPercent": [50, 80], "onExceeded": "degrade"},
 {"name": "Shop", "period": "day", "limitUsd": 100, "scope": {"project": "shop"}}],
"cascade": {"gates": [{"kind": "command", "run": ["./check.sh", "--strict mode"]}]}
}})";

constexpr const char* llm = R"({"llm": {"providers": {
"a": {"apiType": "openai", "quota": {"name": "plan", "percentUsed": 40}},
"b": {"apiType": "openai"},
"ollama": {"apiType": "simulated", "local": true, "models": ["qwen3"]}
}}})";

constexpr const char* prices =
    R"({"a/small": {"input": 1, "output": 4}, "b/large": {"input": 10, "output": 40}})";

/// A request of this moment, served by balanced's model for `costUsd`.
RequestRecord request(std::int64_t id, double costUsd, const char* task = "") {
    RequestRecord record;
    record.request = RequestId(id);
    record.session = "s" + std::to_string(id);
    record.time = SystemClock().now();
    record.tier = "balanced";
    record.tierSource = "default";
    record.startingTier = "balanced";
    record.provider = "a";
    record.model = "a/small";
    record.taskType = task;
    record.status = "ok";
    record.usage.input = 1'000'000;
    record.cost = NanoUsd(static_cast<std::int64_t>(costUsd * 1e9));
    record.facts.emplace().declaredModel = "auto";
    return record;
}

class Bench : public TierctlBench {
public:
    Bench() {
        write(QStringLiteral("preferences/model-router.json"), router);
        write(QStringLiteral("preferences/llm.json"), llm);
        write(QStringLiteral("preferences/prices.json"), prices);
    }

    void record(const std::vector<RequestRecord>& records, const char* timeZone = "UTC") const {
        sessions::StoreOptions options;
        options.file = path(QStringLiteral("sessions/tierdeck.db")).toStdString();
        options.unsavedFile = path(QStringLiteral("state/unsaved.jsonl")).toStdString();
        options.timeZone = timeZone;
        auto store = sessions::SessionStore::open(options);
        QVERIFY(store.has_value());
        for (const auto& one : records)
            (*store)->record(one, {});
        (*store)->flush();
    }

    /// The document of a command that must end well and fit its schema.
    [[nodiscard]] Json document(QStringList arguments, const char* schema, int exitCode = 0) const {
        arguments.prepend(QStringLiteral("--json"));
        const Outcome outcome = run(arguments);
        if (outcome.exitCode != exitCode) {
            QTest::qFail(outcome.err.constData(), __FILE__, __LINE__);
            return {};
        }
        const std::string problems = schemaProblems(schema, outcome.out.toStdString());
        if (!problems.empty())
            QTest::qFail(problems.c_str(), __FILE__, __LINE__);
        return Json::parse(outcome.out.toStdString(), nullptr, false);
    }
};

QStringList words(const char* text) {
    return QString::fromLatin1(text).split(QLatin1Char(' '));
}

} // namespace

class TierctlStateTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void availabilityIsSetAndCleared() {
        const Bench bench;
        QVERIFY(bench.document(words("availability"), "availability")["entries"].empty());
        auto entries = bench.document(words("availability set a/small exhausted --resets 3h"),
                                      "availability")["entries"];
        QCOMPARE(entries.size(), std::size_t{1});
        QCOMPARE(entries[0]["target"].get<std::string>(), std::string("a/small"));
        QCOMPARE(entries[0]["state"].get<std::string>(), std::string("exhausted"));
        QVERIFY(entries[0]["until"].is_string());
        entries = bench.document(words("availability set plan exhausted"), "availability")["entries"];
        QCOMPARE(entries.size(), std::size_t{2});
        QVERIFY(entries[1]["until"].is_null());
        // Another process sees it, and so does the router's picture.
        const Json shown = bench.document(words("show"), "show");
        QVERIFY(!shown["tiers"][0]["available"].get<bool>());
        QVERIFY(shown["tiers"][0]["reason"].get<std::string>().find("exhausted") != std::string::npos);
        entries = bench.document(words("availability clear plan"), "availability")["entries"];
        QCOMPARE(entries.size(), std::size_t{1});
        QVERIFY(bench.document(words("show"), "show")["tiers"][0]["until"].is_string());
        QCOMPARE(bench.run(words("availability clear plan")).exitCode, 2);
    }

    void aDateIsADayOfTheStore() {
        const Bench bench;
        bench.record({request(1, 1)}, "Asia/Tokyo");
        const Json entries = bench.document(words("availability set a/small exhausted --resets 2199-11-24"),
                                            "availability")["entries"];
        QCOMPARE(entries[0]["until"].get<std::string>(), std::string("2199-11-23T15:00:00.000Z"));
        const auto shown = bench.run(words("availability"));
        QVERIFY2(shown.out.contains("2199-11-24 00:00:00"), shown.out.constData());
    }

    void wrongAvailability_data() {
        QTest::addColumn<QString>("arguments");
        QTest::newRow("no target") << QStringLiteral("availability set");
        QTest::newRow("no state") << QStringLiteral("availability set a");
        QTest::newRow("another state") << QStringLiteral("availability set a broken");
        QTest::newRow("no time") << QStringLiteral("availability set a exhausted --resets soon");
        QTest::newRow("a past time") << QStringLiteral("availability set a exhausted --resets 2020-01-01");
        QTest::newRow("half a model") << QStringLiteral("availability set a/ exhausted");
        QTest::newRow("an unknown verb") << QStringLiteral("availability forget a");
    }

    void wrongAvailability() {
        QFETCH(QString, arguments);
        const Bench bench;
        const Outcome outcome = bench.run(arguments.split(QLatin1Char(' ')));
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY(outcome.out.isEmpty() && !outcome.err.isEmpty());
        QVERIFY(!QFile::exists(bench.path(QStringLiteral("state/availability.json"))));
    }

    void usageOfNothing() {
        const Bench bench;
        const Json usage = bench.document(words("usage"), "usage");
        QCOMPARE(usage["budgets"].size(), std::size_t{2});
        QCOMPARE(usage["budgets"][0]["state"].get<std::string>(), std::string("ok"));
        QCOMPARE(usage["quotas"][0]["percentUsed"].get<double>(), 40.0);
        QCOMPARE(usage["degradation"]["percent"].get<double>(), 40.0);
        QVERIFY(usage["degradation"]["band"].is_null());
    }

    void quotasOfProvidersThatNameNone() {
        const Bench bench;
        QCOMPARE(bench.document(words("usage"), "usage")["quotas"].size(), std::size_t{1});
        bench.write(QStringLiteral("state/quotas.json"),
                    R"({"quotas": [{"name": "b", "time": "2026-11-21T10:00:00Z", "windows": [
                        {"name": "primary", "percentUsed": 100, "resetsAt": "2100-01-01T00:00:00Z"}]}]})");
        const Json usage = bench.document(words("usage"), "usage");
        QCOMPARE(usage["quotas"].size(), std::size_t{2});
        QCOMPARE(usage["quotas"][1]["name"].get<std::string>(), std::string("b"));
        QCOMPARE(usage["quotas"][1]["percentUsed"].get<double>(), 100.0);
        QCOMPARE(usage["quotas"][1]["source"].get<std::string>(), std::string("provider"));
        QCOMPARE(usage["degradation"]["percent"].get<double>(), 100.0);
        const Json entries = bench.document(words("availability"), "availability")["entries"];
        QCOMPARE(entries.size(), std::size_t{1});
        QCOMPARE(entries[0]["target"].get<std::string>(), std::string("b"));
    }

    void usageOfWhatWasSpent() {
        const Bench bench;
        bench.record({request(1, 4), request(2, 2.5)});
        Json usage = bench.document(words("usage"), "usage");
        QCOMPARE(usage["budgets"][0]["usedUsd"].get<double>(), 6.5);
        QCOMPARE(usage["budgets"][0]["percent"].get<double>(), 65.0);
        QCOMPARE(usage["budgets"][0]["state"].get<std::string>(), std::string("alert"));
        QVERIFY(usage["budgets"][0]["forecastUsd"].get<double>() >= 6.5);
        QCOMPARE(usage["budgets"][1]["usedUsd"].get<double>(), 0.0);
        QCOMPARE(usage["degradation"]["band"].get<std::string>(), std::string("watching"));
        QVERIFY(usage["degradation"]["excluded"].empty());
        const Json shown = bench.document(words("show"), "show");
        QVERIFY(shown["budgets"][0]["usedUsd"] == usage["budgets"][0]["usedUsd"]);
        QVERIFY(shown["degradation"] == usage["degradation"]);

        bench.record({request(3, 4)});
        usage = bench.document(words("usage"), "usage");
        QCOMPARE(usage["budgets"][0]["state"].get<std::string>(), std::string("exceeded"));
        // At 100 % only what is local is left.
        QVERIFY(usage["degradation"]["excluded"] == Json({"a/small", "b/large"}));
        const Json tiers = bench.document(words("show"), "show")["tiers"];
        QVERIFY(!tiers[0]["available"].get<bool>());
        QVERIFY2(tiers[0]["reason"].get<std::string>().find("ollama/qwen3") != std::string::npos,
                 tiers[0].dump().c_str());
    }

    void showSaysWhatABudgetBlocks() {
        const Bench bench;
        bench.write(QStringLiteral("preferences/model-router.json"),
                    R"({"balancedModel": "a/small", "dynamicTierEnabled": false,
                        "budgets": [{"name": "Day", "period": "day", "limitUsd": 1, "onExceeded": "block"}]})");
        bench.write(
            QStringLiteral("preferences/llm.json"),
            R"({"providers": {"a": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:9\/v1"}}})");
        QVERIFY(bench.document(words("show"), "show")["tiers"][0]["available"].get<bool>());
        bench.record({request(1, 4)});
        const Json balanced = bench.document(words("show"), "show")["tiers"][0];
        QVERIFY(!balanced["available"].get<bool>());
        QCOMPARE(balanced["reason"].get<std::string>(),
                 std::string("budget 'Day' is spent: $4.00 of $1.00; nothing is left to serve it"));
    }

    void usageNamesTheSessionOfABudget() {
        const Bench bench;
        bench.write(QStringLiteral("preferences/model-router.json"),
                    R"({"balancedModel": "a/small", "budgets": [
                        {"name": "Each", "period": "session", "limitUsd": 1}]})");
        bench.record({request(7, 4)});
        const auto usage = bench.run(words("usage"));
        QVERIFY2(usage.out.contains("session s7"), usage.out.constData());
    }

    void otherHostsCountToo() {
        const Bench bench;
        bench.write(QStringLiteral("preferences/model-router.json"),
                    R"({"balancedModel": "a/small", "dynamicTierEnabled": false,
                        "degradation": [{"fromPercent": 100, "only": ["a"]}]})");
        bench.write(QStringLiteral("preferences/llm.json"), R"({"providers": {
            "a": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:9\/v1"},
            "b": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:9\/v1",
                  "models": [{"id": "same", "sameAs": "a/small"}],
                  "quota": {"name": "plan", "percentUsed": 100}}}})");
        QVERIFY(bench.document(words("usage"), "usage")["degradation"]["excluded"] == Json({"b/same"}));

        bench.write(QStringLiteral("preferences/model-router.json"),
                    R"({"balancedModel": "a/small", "dynamicTierEnabled": false})");
        QCOMPARE(bench.run(words("availability set a exhausted --resets 3h")).exitCode, 0);
        const Json balanced = bench.document(words("show"), "show")["tiers"][0];
        QVERIFY(balanced["available"].get<bool>());
        const auto reason = balanced["reason"].get<std::string>();
        QVERIFY2(reason.starts_with("a/small is left out: exhausted until ") &&
                     reason.ends_with("; b/same serves it"),
                 reason.c_str());
    }

    void usageOfInvalidPreferences() {
        const Bench bench;
        bench.write(QStringLiteral("preferences/model-router.json"), "{");
        QCOMPARE(bench.run(words("usage")).exitCode, 3);
        QCOMPARE(bench.run(words("replay")).exitCode, 3);
    }

    void replayOfNothing() {
        const Bench bench;
        const Json replayed = bench.document(words("replay"), "replay");
        QCOMPARE(replayed["requests"].get<int>(), 0);
        QVERIFY(!QFile::exists(bench.path(QStringLiteral("sessions"))));
    }

    void replayUnderAnotherFile() {
        const Bench bench;
        bench.record({request(1, 1), request(2, 1, "review"), [] {
                          auto imported = request(3, 1);
                          imported.source = "codex";
                          imported.tier = std::nullopt;
                          imported.tierSource.clear();
                          imported.facts.reset();
                          return imported;
                      }()});
        const Json same = bench.document(words("replay"), "replay");
        QCOMPARE(same["requests"].get<int>(), 2);
        QCOMPARE(same["changedRequests"].get<int>(), 1); // a review is smart's by now
        QCOMPARE(same["before"]["costUsd"].get<double>(), 2.0);
        QCOMPARE(same["after"]["costUsd"].get<double>(), 11.0);
        QCOMPARE(same["matrix"]["balanced"]["smart"].get<int>(), 1);
        QCOMPARE(same["changed"][0]["request"].get<int>(), 2);
        QCOMPARE(same["changed"][0]["toModel"].get<std::string>(), std::string("b/large"));
        QVERIFY(std::any_of(same["assumptions"].begin(), same["assumptions"].end(), [](const Json& one) {
            return one.get<std::string>().starts_with("1 request was never decided here");
        }));

        bench.write(QStringLiteral("other.json"), R"({"balancedModel": "b/large"})");
        const Json other = bench.document(
            {QStringLiteral("replay"), QStringLiteral("--config"), bench.path(QStringLiteral("other.json"))},
            "replay");
        QCOMPARE(other["after"]["costUsd"].get<double>(), 20.0);
        QCOMPARE(other["changedRequests"].get<int>(), 2);
        QVERIFY(bench.read(QStringLiteral("preferences/model-router.json")) == router); // nothing was changed
        QCOMPARE(bench.document(words("replay --since 2100-01-01"), "replay")["requests"].get<int>(), 0);
        QVERIFY(bench.run(words("replay")).out.contains("Taken for granted"));
    }

    void replayRefusals() {
        const Bench bench;
        bench.write(QStringLiteral("bad.json"), R"({"balancedModel": 5})");
        QCOMPARE(bench
                     .run({QStringLiteral("replay"), QStringLiteral("--config"),
                           bench.path(QStringLiteral("bad.json"))})
                     .exitCode,
                 3);
        QCOMPARE(bench.run(words("replay --config /nowhere.json")).exitCode, 2);
        bench.record({request(1, 1)});
        QCOMPARE(bench.run(words("replay --since soon")).exitCode, 2);
    }

    void trustIsOfTheExactCommand() {
        const Bench bench;
        Json commands = bench.document(words("trust"), "trust")["commands"];
        QCOMPARE(commands.size(), std::size_t{1});
        QVERIFY(!commands[0]["trusted"].get<bool>() && commands[0]["used"].get<bool>());
        const QStringList command{QStringLiteral("./check.sh"), QStringLiteral("--strict mode")};
        commands = bench.document(QStringList{QStringLiteral("trust"), QStringLiteral("--")} + command,
                                  "trust")["commands"];
        QCOMPARE(commands.size(), std::size_t{1});
        QVERIFY(commands[0]["trusted"].get<bool>() && commands[0]["used"].get<bool>());
        QVERIFY(commands[0]["run"] == Json({"./check.sh", "--strict mode"}));
        const auto file = bench.path(QStringLiteral("state/trusted-commands.json"));
        QCOMPARE(QFile::permissions(file) &
                     (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
                 QFile::Permissions());
        // The same words cut otherwise are another command.
        commands = bench.document(words("trust -- ./check.sh --strict mode"), "trust")["commands"];
        QCOMPARE(commands.size(), std::size_t{2});
        commands = bench.document(
            QStringList{QStringLiteral("trust"), QStringLiteral("--revoke"), QStringLiteral("--")} + command,
            "trust")["commands"];
        QVERIFY(!commands[1]["trusted"].get<bool>() && commands[1]["used"].get<bool>());
        QCOMPARE(bench.run(words("trust --revoke -- ./other.sh")).exitCode, 2);
    }

    void aFileThatOthersMayWriteTrustsNothing() {
        const Bench bench;
        QCOMPARE(bench.run(words("trust -- ./check.sh")).exitCode, 0);
        const auto file = bench.path(QStringLiteral("state/trusted-commands.json"));
        QVERIFY(QFile::setPermissions(file, QFile::permissions(file) | QFile::WriteOther));
        const Outcome outcome = bench.run(words("trust"));
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(outcome.err.contains("Others may write"));
    }
};

QTEST_GUILESS_MAIN(TierctlStateTest)
#include "tst_tierctl_state.moc"
