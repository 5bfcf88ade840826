// init, show and route: the documents by their schemas, and what they say about small workspaces.
#include "core/foundation/clock.h"
#include "core/sessions/session_store.h"
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"
#include "tests/support/mock_upstream.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

QByteArray routerText(const char* members) {
    return QByteArray("{\"modelRouter\": {") + members + "}}";
}

const char* const allTiers =
    "\"balancedModel\": \"sim/fast\", \"smartModel\": \"sim/steady\", \"codingModel\": \"sim/code\","
    "\"deepModel\": \"sim/slow\", \"dynamicTierEnabled\": true,"
    "\"rules\": [{\"name\": \"Ops\", \"when\": {\"project\": \"ops\"}, \"tier\": \"smart\"}]";

void fill(const TierctlBench& bench, const char* members = allTiers) {
    bench.write(QStringLiteral("preferences/model-router.json"), routerText(members));
    bench.write(QStringLiteral("preferences/llm.json"),
                "{\"llm\": {\"providers\": {\"sim\": {\"apiType\": \"simulated\"}}}}");
    bench.write(QStringLiteral("skills/refactor/SKILL.md"),
                "---\nname: refactor\ntier: coding\n---\nText.\n");
    bench.write(QStringLiteral("skills/plain/SKILL.md"), "---\nname: plain\n---\nText.\n");
}

Json document(const Outcome& outcome) {
    return Json::parse(outcome.out.toStdString(), nullptr, false);
}

} // namespace

class TestTierctlRoute : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initMakesAWorkspaceThatWorks();
    void initNeverOverwrites();
    void initFindsKeysInTheEnvironment();
    void initMakesAWorkspaceByAPreset();
    void initShowsWhatAPresetWouldChange();
    void initKnowsItsPresets();
    void showOfAFirstWorkspace();
    void showOfAMissingWorkspace();
    void showOfBrokenPreferences();
    void routeDecides_data();
    void routeDecides();
    void routeFails_data();
    void routeFails();
    void routeKnowsTheUsage_data();
    void routeKnowsTheUsage();
    void routeKnowsWhatWasSpent();
    void routeKnowsSkillsElsewhere();
    void routeKnowsAListOfModels();
    void routeReadsARequest();
    void routeReadsEachDialect_data();
    void routeReadsEachDialect();
    void routeTakesWhatRulesLookAt_data();
    void routeTakesWhatRulesLookAt();
    void routeRefusesWhatIsNoHeader();
    void routeReadsThePromptFromStdin();
    void routeSaysItInWords();
    void routeAsksTheRoutingModel_data();
    void routeAsksTheRoutingModel();
    void routeAsksNobodyUntold();
};

void TestTierctlRoute::initMakesAWorkspaceThatWorks() {
    const TierctlBench bench;
    const Outcome init = bench.run({QStringLiteral("init"), QStringLiteral("--json")});
    QVERIFY2(init.exitCode == 0, init.err.constData());
    QCOMPARE(schemaProblems("init", init.out.toStdString()), std::string());
    QCOMPARE(document(init)["providers"], Json::array({"sim"}));
    QCOMPARE(schemaProblems("model-router",
                            bench.read(QStringLiteral("preferences/model-router.json")).toStdString()),
             std::string());
    QCOMPARE(schemaProblems("llm", bench.read(QStringLiteral("preferences/llm.json")).toStdString()),
             std::string());
    QCOMPARE(bench.run({QStringLiteral("check")}).exitCode, 0);
    QCOMPARE(
        bench.run({QStringLiteral("route"), QStringLiteral("--prompt"), QStringLiteral("hello")}).exitCode,
        0);
}

void TestTierctlRoute::initNeverOverwrites() {
    const TierctlBench bench;
    const QByteArray mine = "{\"balancedModel\":\"sim/mine\"}";
    bench.write(QStringLiteral("preferences/model-router.json"), mine);
    const Outcome first = bench.run({QStringLiteral("init")});
    QVERIFY2(first.exitCode == 0, first.err.constData());
    QCOMPARE(bench.read(QStringLiteral("preferences/model-router.json")), mine);
    const QByteArray providers = bench.read(QStringLiteral("preferences/llm.json"));
    QVERIFY(!providers.isEmpty());
    QVERIFY(bench.run({QStringLiteral("init")}).out.contains("nothing was changed"));
    QCOMPARE(bench.read(QStringLiteral("preferences/llm.json")), providers);
}

void TestTierctlRoute::initFindsKeysInTheEnvironment() {
    TierctlBench bench;
    bench.setVariable(QStringLiteral("OPENAI_API_KEY"), QStringLiteral("sk-never-to-be-seen"));
    const Outcome init = bench.run({QStringLiteral("init"), QStringLiteral("--json")});
    QVERIFY2(init.exitCode == 0, init.err.constData());
    QCOMPARE(document(init)["providers"][0].get<std::string>(), std::string("openai"));
    const Json shown = document(bench.run({QStringLiteral("show"), QStringLiteral("--json")}));
    QVERIFY(shown["tiers"][0]["effectiveModel"].get<std::string>().starts_with("openai/"));
    QVERIFY(shown["tiers"][0]["available"].get<bool>());
    for (const char* file : {"preferences/model-router.json", "preferences/llm.json"}) {
        QVERIFY(!bench.read(QString::fromLatin1(file)).contains("never-to-be-seen"));
    }
}

void TestTierctlRoute::initMakesAWorkspaceByAPreset() {
    TierctlBench bench;
    bench.setVariable(QStringLiteral("OPENAI_API_KEY"), QStringLiteral("sk-test"));
    const Outcome init = bench.run({QStringLiteral("--json"), QStringLiteral("init"),
                                    QStringLiteral("--preset"), QStringLiteral("research")});
    QVERIFY2(init.exitCode == 0, init.err.constData());
    QCOMPARE(schemaProblems("init", init.out.toStdString()), std::string());
    const Json preset = document(init)["preset"];
    QVERIFY(preset["applied"].get<bool>());
    QVERIFY(!preset["edits"].empty());
    const Outcome deep = bench.run({QStringLiteral("get"), QStringLiteral("/modelRouter/deepModel")});
    QVERIFY2(deep.exitCode == 0 && deep.out.contains("openai/"), deep.err.constData());
    // A second time there is nothing left to do.
    const Outcome again = bench.run({QStringLiteral("--json"), QStringLiteral("init"),
                                     QStringLiteral("--preset"), QStringLiteral("research")});
    QVERIFY(document(again)["preset"]["edits"].empty());
}

void TestTierctlRoute::initShowsWhatAPresetWouldChange() {
    const TierctlBench bench;
    const QString file = QStringLiteral("preferences/model-router.json");
    bench.write(file, routerText("\"balancedModel\": \"openai/gpt-5.1\", \"dynamicTierEnabled\": true"));
    bench.write(QStringLiteral("preferences/llm.json"),
                "{\"llm\": {\"providers\": {\"openai\": {\"apiType\": \"openai\"}}}}");
    const QByteArray before = bench.read(file);
    QStringList arguments{QStringLiteral("init"), QStringLiteral("--preset"), QStringLiteral("lowest-cost"),
                          QStringLiteral("--provider"), QStringLiteral("openai")};
    const Outcome shown = bench.run(arguments);
    QVERIFY2(shown.exitCode == 0, shown.err.constData());
    QVERIFY(shown.out.contains("would change model-router.json"));
    QVERIFY(shown.out.contains("/modelRouter/dynamicTierEnabled"));
    QCOMPARE(bench.read(file), before);
    arguments << QStringLiteral("--apply");
    const Outcome applied = bench.run(arguments);
    QVERIFY2(applied.exitCode == 0, applied.err.constData());
    QVERIFY(bench.read(file).contains("\"dynamicTierEnabled\": false"));
    QCOMPARE(bench.run({QStringLiteral("check")}).exitCode, 0);
}

void TestTierctlRoute::initKnowsItsPresets() {
    const TierctlBench bench;
    const Outcome unknown =
        bench.run({QStringLiteral("init"), QStringLiteral("--preset"), QStringLiteral("cheap")});
    QCOMPARE(unknown.exitCode, 2);
    QVERIFY2(unknown.err.contains("one-approved-provider"), unknown.err.constData());
    fill(bench);
    const Outcome nobody = bench.run({QStringLiteral("init"), QStringLiteral("--preset"),
                                      QStringLiteral("one-approved-provider"), QStringLiteral("--provider"),
                                      QStringLiteral("acme")});
    QCOMPARE(nobody.exitCode, 2);
    const Outcome help = bench.run({QStringLiteral("init"), QStringLiteral("--help")});
    QVERIFY(help.out.contains("lowest-cost"));
}

void TestTierctlRoute::showOfAFirstWorkspace() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = bench.run({QStringLiteral("show"), QStringLiteral("--json")});
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("show", outcome.out.toStdString()), std::string());
    const Json shown = document(outcome);
    QCOMPARE(shown["tiers"].size(), std::size_t{5});
    const Json& deep = shown["tiers"][3];
    QCOMPARE(deep["tier"], Json("deep"));
    QCOMPARE(deep["effectiveModel"], Json("sim/slow"));
    QCOMPARE(deep["price"], Json({{"input", 0}, {"output", 0}}));
    QCOMPARE(shown["gateway"], Json({{"running", false}, {"address", nullptr}}));

    const QByteArray text = bench.run({QStringLiteral("show")}).out;
    QVERIFY2(text.contains("deep") && text.contains("sim/slow") && text.contains("not running"),
             text.constData());
}

void TestTierctlRoute::showOfAMissingWorkspace() {
    const TierctlBench bench;
    const Outcome outcome = bench.run({QStringLiteral("show"), QStringLiteral("--json")});
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("show", outcome.out.toStdString()), std::string());
    QCOMPARE(document(outcome)["tiers"][0]["effectiveModel"], Json(nullptr));
    QVERIFY(!QFile::exists(bench.workspace()));
}

void TestTierctlRoute::showOfBrokenPreferences() {
    const TierctlBench bench;
    fill(bench, "\"temperature\": 9");
    const Outcome outcome = bench.run({QStringLiteral("show"), QStringLiteral("--json")});
    QCOMPARE(outcome.exitCode, 3);
    QCOMPARE(schemaProblems("show", outcome.out.toStdString()), std::string());
    QCOMPARE(document(outcome)["policy"], Json(nullptr));
    QVERIFY2(outcome.err.contains("tierctl check"), outcome.err.constData());
}

void TestTierctlRoute::routeDecides_data() {
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("tier"); // "" for an explicit model
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("model");
    const auto row = [](const char* name, const QStringList& options, const char* tier, const char* source,
                        const char* model) {
        QTest::newRow(name) << options << QString::fromLatin1(tier) << QString::fromLatin1(source)
                            << QString::fromLatin1(model);
    };
    const auto prompt = [](const char* text) {
        return QStringList{QStringLiteral("--prompt"), QString::fromLatin1(text)};
    };
    const auto with = [](QStringList options, const char* name, const char* value) {
        return options << QString::fromLatin1(name) << QString::fromLatin1(value);
    };
    const QStringList hello = prompt("hello");
    row("nothing said", hello, "balanced", "default", "sim/fast");
    row("no prompt at all", {}, "balanced", "default", "sim/fast");
    row("a command in the prompt", prompt("/tier deep why is the sky blue?"), "deep", "user", "sim/slow");
    row("a model in the prompt", prompt("@model sim/x go on"), "", "user", "sim/x");
    row("a user's tier", with(hello, "--user-tier", "smart"), "smart", "user", "sim/steady");
    row("a user's model", with(hello, "--user-model", "sim/x"), "", "user", "sim/x");
    row("user over skill", with(with(hello, "--user-tier", "smart"), "--skill", "refactor"), "smart", "user",
        "sim/steady");
    row("a skill of the workspace", with(hello, "--skill", "refactor"), "coding", "skill", "sim/code");
    row("a skill without a tier", with(hello, "--skill", "plain"), "balanced", "default", "sim/fast");
    row("a skill's tier as said", with(with(hello, "--skill", "mine"), "--skill-tier", "deep"), "deep",
        "skill", "sim/slow");
    row("a declared tier", with(hello, "--model", "tier-coding"), "coding", "declared", "sim/code");
    row("a declared model", with(hello, "--model", "sim/x"), "", "declared", "sim/x");
    row("auto", with(hello, "--model", "auto"), "balanced", "default", "sim/fast");
    row("a rule", with(hello, "--project", "ops"), "smart", "rule", "sim/steady");
    row("a task type", with(hello, "--task", "code-generation"), "coding", "taskType", "sim/code");
    row("a task type that no one knows", with(hello, "--task", "gardening"), "balanced", "default",
        "sim/fast");
    row("skill over declared", with(with(hello, "--skill", "refactor"), "--model", "tier-deep"), "coding",
        "skill", "sim/code");
    row("declared over task", with(with(hello, "--model", "tier-smart"), "--task", "architecture"), "smart",
        "declared", "sim/steady");
}

void TestTierctlRoute::routeDecides() {
    QFETCH(QStringList, options);
    QFETCH(QString, tier);
    QFETCH(QString, source);
    QFETCH(QString, model);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome =
        bench.run(QStringList{QStringLiteral("route"), QStringLiteral("--json")} + options);
    QVERIFY2(outcome.exitCode == 0, (outcome.err + outcome.out).constData());
    QCOMPARE(schemaProblems("route", outcome.out.toStdString()), std::string());
    const Json decision = document(outcome);
    QCOMPARE(decision["tier"], tier.isEmpty() ? Json(nullptr) : Json(tier.toStdString()));
    QCOMPARE(decision["source"], Json(source.toStdString()));
    QCOMPARE(decision["model"], Json(model.toStdString()));
    QCOMPARE(decision["attempts"][0]["model"], decision["model"]);
}

void TestTierctlRoute::routeFails_data() {
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("code");
    const QByteArray all = allTiers;
    const auto options = [](const char* name, const char* value) {
        return QStringList{QString::fromLatin1(name), QString::fromLatin1(value)};
    };
    QTest::newRow("unknown name") << all << options("--model", "gpt-99") << 2
                                  << QStringLiteral("model_not_found");
    QTest::newRow("unknown provider")
        << all << options("--model", "nobody/x") << 2 << QStringLiteral("model_not_found");
    QTest::newRow("unknown user tier")
        << all << options("--user-tier", "genius") << 2 << QStringLiteral("unknown_tier");
    QTest::newRow("unknown tier in the prompt")
        << all << options("--prompt", "/tier genius go") << 2 << QStringLiteral("unknown_tier");
    QTest::newRow("unknown skill tier")
        << all << options("--skill-tier", "genius") << 2 << QStringLiteral("unknown_tier");
    QTest::newRow("unknown skill") << all << options("--skill", "absent") << 2
                                   << QStringLiteral("skill_not_found");
    QTest::newRow("nothing set") << QByteArray("\"dynamicTierEnabled\": false") << options("--prompt", "x")
                                 << 3 << QStringLiteral("tier_unset");
    QTest::newRow("broken preferences") << QByteArray("\"temperature\": 9") << options("--prompt", "x") << 3
                                        << QStringLiteral("preferences_invalid");
}

void TestTierctlRoute::routeFails() {
    QFETCH(QByteArray, members);
    QFETCH(QStringList, options);
    QFETCH(QString, code);
    const TierctlBench bench;
    fill(bench, members.constData());
    const QStringList command = QStringList{QStringLiteral("route")} + options;
    const Outcome outcome = bench.run(command + QStringList{QStringLiteral("--json")});
    QTEST(outcome.exitCode, "exitCode");
    QCOMPARE(schemaProblems("route", outcome.out.toStdString()), std::string());
    QCOMPARE(document(outcome)["error"]["code"], Json(code.toStdString()));

    const Outcome inWords = bench.run(command);
    QTEST(inWords.exitCode, "exitCode");
    QCOMPARE(inWords.out, QByteArray());
    QVERIFY2(inWords.err.startsWith("tierctl: "), inWords.err.constData());
}

void TestTierctlRoute::routeKnowsTheUsage_data() {
    QTest::addColumn<QString>("percent");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<std::string>("model");
    QTest::addColumn<std::string>("excluded"); ///< of the decided model: the reason
    QTest::newRow("nothing used") << "0" << 0 << std::string("cloud/big") << std::string();
    QTest::newRow("below the band") << "94.9" << 0 << std::string("cloud/big") << std::string();
    QTest::newRow("in the band") << "95" << 0 << std::string("gem/pro")
                                 << std::string("usage is at 95 %, and from 95 % on 'cloud' is left out");
    QTest::newRow("at 100 %: only Gemini and local")
        << "100" << 0 << std::string("gem/pro")
        << std::string("usage is at 100 %, and from 95 % on 'cloud' is left out");
    QTest::newRow("no percent") << "many" << 2 << std::string() << std::string();
    QTest::newRow("less than none") << "-1" << 2 << std::string() << std::string();
}

void TestTierctlRoute::routeKnowsTheUsage() {
    QFETCH(QString, percent);
    QFETCH(std::string, model);
    QFETCH(std::string, excluded);
    const TierctlBench bench;
    bench.write(QStringLiteral("preferences/llm.json"),
                R"({"providers": {"cloud": {"apiType": "simulated"}, "gem": {"apiType": "simulated"},
                    "here": {"apiType": "simulated", "local": true, "models": ["small"]}}})");
    bench.write(QStringLiteral("preferences/model-router.json"),
                R"({"balancedModel": "cloud/big", "fallbacks": {"*": ["gem/pro"]},
                    "degradation": [{"fromPercent": 95, "exclude": ["cloud"]},
                                    {"fromPercent": 100, "only": ["gem/pro", "here"]}]})");
    const Outcome outcome =
        bench.run({QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--prompt"),
                   QStringLiteral("hi"), QStringLiteral("--usage-percent"), percent});
    QTEST(outcome.exitCode, "exitCode");
    if (outcome.exitCode != 0)
        return;
    QCOMPARE(schemaProblems("route", outcome.out.toStdString()), std::string());
    const Json decision = document(outcome);
    QCOMPARE(decision["model"], Json(model));
    QCOMPARE(decision["excluded"].empty(), excluded.empty());
    if (!excluded.empty())
        QCOMPARE(decision["excluded"][0]["reason"], Json(excluded));
}

void TestTierctlRoute::routeKnowsWhatWasSpent() {
    using namespace tierdeck;
    const TierctlBench bench;
    bench.write(QStringLiteral("preferences/llm.json"),
                R"({"providers": {"cloud": {"apiType": "simulated"},
                    "here": {"apiType": "simulated", "local": true, "models": ["small"]}}})");
    bench.write(QStringLiteral("preferences/model-router.json"),
                R"({"balancedModel": "cloud/big",
                    "budgets": [{"name": "Monthly", "limitUsd": 1, "onExceeded": "block"}]})");
    const QStringList command{QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--prompt"),
                              QStringLiteral("hi")};
    QCOMPARE(document(bench.run(command))["model"], Json("cloud/big"));
    {
        sessions::StoreOptions options;
        options.file = bench.path(QStringLiteral("sessions/tierdeck.db")).toStdString();
        options.unsavedFile = bench.path(QStringLiteral("state/unsaved.jsonl")).toStdString();
        options.timeZone = "UTC";
        auto store = sessions::SessionStore::open(options);
        QVERIFY2(store, store ? "" : store.error().message.c_str());
        routing::RequestRecord spent;
        spent.request = RequestId(1);
        spent.session = "a";
        spent.time = SystemClock().now();
        spent.provider = "cloud";
        spent.model = "cloud/big";
        spent.status = "ok";
        spent.cost = NanoUsd(2'000'000'000);
        (*store)->record(std::move(spent), [](const Result<void>&) {});
        (*store)->flush();
    }
    const Json decision = document(bench.run(command));
    QCOMPARE(decision["model"], Json("here/small"));
    QCOMPARE(decision["excluded"][0]["reason"], Json("budget 'Monthly' is spent: $2.00 of $1.00"));
}

void TestTierctlRoute::routeKnowsSkillsElsewhere() {
    const TierctlBench bench;
    fill(bench, R"("balancedModel": "sim/fast", "deepModel": "sim/slow", "skillDirectories": ["more"])");
    bench.write(QStringLiteral("more/audit/SKILL.md"), "---\nname: audit\ntier: deep\n---\n");
    bench.write(QStringLiteral("more/quiet/SKILL.md"), "---\nname: quiet\n---\n");
    const QStringList command{QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--prompt"),
                              QStringLiteral("hi"), QStringLiteral("--skill")};
    const Json audit = document(bench.run(command + QStringList{QStringLiteral("audit")}));
    QCOMPARE(audit["tier"], Json("deep"));
    QCOMPARE(audit["source"], Json("skill"));
    QCOMPARE(document(bench.run(command + QStringList{QStringLiteral("quiet")}))["source"], Json("default"));
    const Json unknown = document(bench.run(command + QStringList{QStringLiteral("absent")}));
    QCOMPARE(unknown["error"]["code"], Json("skill_not_found"));
    QCOMPARE(unknown["error"]["near"], Json::array({"audit", "plain", "quiet", "refactor"}));
}

void TestTierctlRoute::routeKnowsAListOfModels() {
    const TierctlBench bench;
    fill(bench);
    bench.write(QStringLiteral("request.json"),
                R"({"models": ["coding", "deep"], "provider": {"ignore": ["nobody"]},
                    "messages": [{"role": "user", "content": "hello"}]})");
    const Json decision =
        document(bench.run({QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--request"),
                            bench.path(QStringLiteral("request.json"))}));
    QCOMPARE(decision["attempts"].size(), std::size_t{2});
    QCOMPARE(decision["attempts"][0]["model"], Json("sim/code"));
    QCOMPARE(decision["attempts"][1]["model"], Json("sim/slow"));
}

void TestTierctlRoute::routeReadsARequest() {
    const TierctlBench bench;
    fill(bench);
    bench.write(QStringLiteral("request.json"),
                "{\"model\": \"tier-deep\", \"metadata\": {\"task_type\": \"bulk\"}, \"messages\": ["
                "{\"role\": \"user\", \"content\": \"hello\"}]}");
    const QStringList command{QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--request")};
    const Json decision =
        document(bench.run(command + QStringList{bench.path(QStringLiteral("request.json"))}));
    QCOMPARE(decision["tier"], Json("deep"));
    QCOMPARE(decision["source"], Json("declared"));

    bench.write(QStringLiteral("rubbish.json"), "{\"messages\": 7");
    QCOMPARE(bench.run(command + QStringList{bench.path(QStringLiteral("rubbish.json"))}).exitCode, 2);
    QCOMPARE(bench.run(command + QStringList{bench.path(QStringLiteral("absent.json"))}).exitCode, 2);
}

void TestTierctlRoute::routeReadsEachDialect_data() {
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char* name, const char* body) { QTest::newRow(name) << QByteArray(body); };
    row("Chat", R"({"model": "auto", "messages": [{"role": "system", "content": "s"},
        {"role": "user", "content": "/tier deep go"}]})");
    row("Responses", R"({"model": "auto", "instructions": "s", "input": [{"type": "message", "role": "user",
        "content": [{"type": "input_text", "text": "/tier deep go"}]}]})");
    row("Responses, a text", R"({"model": "auto", "input": "/tier deep go"})");
    row("Messages",
        R"({"model": "auto", "system": [{"type": "text", "text": "s"}], "max_tokens": 9, "messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "/tier smart"},
                                     {"type": "text", "text": "/tier deep go"}]}]})");
}

void TestTierctlRoute::routeReadsEachDialect() {
    QFETCH(QByteArray, body);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = bench.run(
        {QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--request"), QStringLiteral("-")},
        body);
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(document(outcome)["tier"], Json("deep"));
    QCOMPARE(document(outcome)["source"], Json("user"));
}

void TestTierctlRoute::routeTakesWhatRulesLookAt_data() {
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("rule");
    const auto row = [](const char* name, const QStringList& options, const char* rule) {
        QTest::newRow(name) << options << QByteArray(rule);
    };
    row("nothing", {}, "");
    row("header", {QStringLiteral("--header"), QStringLiteral("x-team: ops")}, "rule 'header'");
    row("another value", {QStringLiteral("--header"), QStringLiteral("X-Team: dev")}, "");
    row("the second header",
        {QStringLiteral("--header"), QStringLiteral("A: b"), QStringLiteral("--header"),
         QStringLiteral("X-Team:ops")},
        "rule 'header'");
    row("sub-agent", {QStringLiteral("--subagent")}, "rule 'sub'");
    row("background", {QStringLiteral("--background")}, "rule 'back'");
}

void TestTierctlRoute::routeTakesWhatRulesLookAt() {
    QFETCH(QStringList, options);
    QFETCH(QByteArray, rule);
    const TierctlBench bench;
    fill(bench, R"("balancedModel": "sim/fast", "deepModel": "sim/slow", "rules": [
        {"name": "header", "when": {"header": {"X-Team": "ops"}}, "tier": "deep"},
        {"name": "sub", "when": {"subagent": true}, "tier": "deep"},
        {"name": "back", "when": {"background": true}, "tier": "deep"}])");
    const Json decision = document(bench.run(QStringList{QStringLiteral("route"), QStringLiteral("--json"),
                                                         QStringLiteral("--prompt"), QStringLiteral("hi")} +
                                             options));
    QCOMPARE(decision.value("sourceDetail", ""), rule.toStdString());
    QCOMPARE(decision["source"], Json(rule.isEmpty() ? "default" : "rule"));
}

void TestTierctlRoute::routeRefusesWhatIsNoHeader() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome =
        bench.run({QStringLiteral("route"), QStringLiteral("--prompt"), QStringLiteral("hi"),
                   QStringLiteral("--header"), QStringLiteral("ops")});
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.err.contains("X-Team: ops"), outcome.err.constData());
}

void TestTierctlRoute::routeReadsThePromptFromStdin() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = bench.run(
        {QStringLiteral("route"), QStringLiteral("--json"), QStringLiteral("--prompt"), QStringLiteral("-")},
        "/tier smart two \"lines\"\nof text");
    QCOMPARE(document(outcome)["tier"], Json("smart"));
}

void TestTierctlRoute::routeSaysItInWords() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome =
        bench.run({QStringLiteral("route"), QStringLiteral("--prompt"), QStringLiteral("/tier deep why?")});
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY2(outcome.out.contains("deep") && outcome.out.contains("sim/slow"), outcome.out.constData());
    QVERIFY(outcome.out.count('\n') > 3);
}

/// Balanced is simulated; the routing model is a provider's at `url`.
static void fillWithRoutingModel(const TierctlBench& bench, const std::string& url) {
    bench.write(QStringLiteral("preferences/model-router.json"),
                routerText("\"balancedModel\": \"sim/fast\", \"deepModel\": \"sim/slow\","
                           "\"routingModel\": \"mock/router\", \"dynamicTierEnabled\": true"));
    bench.write(
        QStringLiteral("preferences/llm.json"),
        QByteArray::fromStdString(Json{{"llm",
                                        {{"providers",
                                          {{"sim", {{"apiType", "simulated"}}},
                                           {"mock", {{"apiType", "openai-chat"}, {"baseUrl", url}}}}}}}}
                                      .dump()));
}

void TestTierctlRoute::routeAsksTheRoutingModel_data() {
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QByteArray>("tier");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const std::string& reply, int exitCode, const char* tier,
                        const char* says) {
        QTest::newRow(name) << QByteArray::fromStdString(reply) << exitCode << QByteArray(tier)
                            << QByteArray(says);
    };
    row("a word", httpReply(200, chatJson("router", "deep")), 0, "deep", "The routing model says deep");
    row("no word of the rubric", httpReply(200, chatJson("router", "purple")), 0, "balanced", "purple");
    row("a failure", httpReply(401, R"({"error":{"message":"no"}})"), 4, "balanced", "could not be heard");
}

void TestTierctlRoute::routeAsksTheRoutingModel() {
    QFETCH(QByteArray, reply);
    QFETCH(int, exitCode);
    QFETCH(QByteArray, tier);
    QFETCH(QByteArray, says);
    MockUpstream mock([reply = reply.toStdString()](MockConnection& connection, const MockRequest&) {
        connection.send(reply);
    });
    const TierctlBench bench;
    fillWithRoutingModel(bench, mock.url());
    const Outcome outcome =
        bench.run({QStringLiteral("--json"), QStringLiteral("route"), QStringLiteral("--prompt"),
                   QStringLiteral("hello"), QStringLiteral("--classify"), QStringLiteral("model")});
    QVERIFY2(outcome.exitCode == exitCode, outcome.err.constData());
    QCOMPARE(schemaProblems("route", outcome.out.toStdString()), std::string());
    const Json decision = document(outcome);
    QCOMPARE(QByteArray::fromStdString(decision["tier"].get<std::string>()), tier);
    QVERIFY(!decision["asksClassifier"].get<bool>());
    QVERIFY2(outcome.out.contains(says), outcome.out.constData());
    QCOMPARE(mock.requests().size(), std::size_t(1));
    QVERIFY(mock.requests()[0].body.find("hello") != std::string::npos);
    // It is a request of its own, recorded as the gateway's.
    const Json report =
        document(bench.run({QStringLiteral("--json"), QStringLiteral("report"), QStringLiteral("requests")}));
    QCOMPARE(report["requests"].size(), std::size_t(1));
    QCOMPARE(report["requests"][0]["client"].get<std::string>(), std::string("tierdeck"));
    QCOMPARE(report["requests"][0]["agent"].get<std::string>(), std::string("classifier"));
}

void TestTierctlRoute::routeAsksNobodyUntold() {
    MockUpstream mock([](MockConnection& connection, const MockRequest&) {
        connection.send(httpReply(200, chatJson("router", "deep")));
    });
    const TierctlBench bench;
    fillWithRoutingModel(bench, mock.url());
    QCOMPARE(bench
                 .run({QStringLiteral("set"), QStringLiteral("/modelRouter/classifier"),
                       QStringLiteral("{\"kind\": \"model\"}")})
                 .exitCode,
             0);
    const Outcome outcome = bench.run({QStringLiteral("--json"), QStringLiteral("route"),
                                       QStringLiteral("--prompt"), QStringLiteral("hello")});
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY(document(outcome)["asksClassifier"].get<bool>());
    QVERIFY(mock.requests().empty());
    QVERIFY(!QFile::exists(bench.path(QStringLiteral("sessions/tierdeck.db"))));
    QCOMPARE(
        bench.run({QStringLiteral("route"), QStringLiteral("--classify"), QStringLiteral("guess")}).exitCode,
        2);
}

QTEST_GUILESS_MAIN(TestTierctlRoute)
#include "tst_tierctl_route.moc"
