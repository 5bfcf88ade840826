#include "core/foundation/json_text.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/trusted_commands.h"
#include "tests/core/preferences/preferences_support.h"

// Slashes in JSON here are escaped, since moc takes two of them for a comment even in a raw string.
using namespace tierdeck;
using namespace tierdeck::testing;
using preferences::PolicyReading;
using preferences::Problem;
using preferences::readPolicy;

namespace {

// Models of these providers are free, so that only what a row is about is said.
constexpr const char* llm = R"({"llm": {"providers": {"sim": {"apiType": "simulated"},
  "openai": {"apiType": "openai", "apiKey": {"client": true}},
  "anthropic": {"apiType": "anthropic", "apiKey": {"client": true}},
  "ollama": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:11434/v1", "local": true, "models": ["qwen3"]}}}})";

} // namespace

/// Each row of the contract's checks, by the pointer, severity and fix that it gives.
class TestPreferencesChecks : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void router_data() {
        QTest::addColumn<std::string>("keys");     // beside "balancedModel": "sim/steady"
        QTest::addColumn<std::string>("expected"); // "error /pointer"
        QTest::addColumn<std::string>("fix");      // "" = none, "remove", or the value to set
        const auto row = [](const char* name, const char* keys, const char* expected, const char* fix = "") {
            QTest::newRow(name) << std::string(keys) << std::string(expected) << std::string(fix);
        };
        row("wrong type: model", R"("smartModel": 5)", "error /modelRouter/smartModel");
        row("wrong type: flag", R"("dynamicTierEnabled": "yes")", "error /modelRouter/dynamicTierEnabled");
        row("wrong type: temperature", R"("temperature": "0.7")", "error /modelRouter/temperature");
        row("wrong type: fallbacks", R"("fallbacks": [])", "error /modelRouter/fallbacks");
        row("wrong type: fallback list", R"("fallbacks": {"coding": "sim/x"})",
            "error /modelRouter/fallbacks/coding");
        row("wrong type: fallback", R"("fallbacks": {"coding": [1]})",
            "error /modelRouter/fallbacks/coding/0");
        row("wrong type: tiers", R"("tiers": {"background": "sim/x"})",
            "error /modelRouter/tiers/background");
        row("wrong type: retries", R"("retries": 3)", "error /modelRouter/retries");
        row("wrong type: rules", R"("rules": {})", "error /modelRouter/rules");
        row("wrong type: keyword", R"("rules": [{"when": {"keywords": [1]}, "tier": "deep"}])",
            "error /modelRouter/rules/0/when/keywords/0");
        row("wrong type: task type", R"("taskTypes": {"bulk": 1})", "error /modelRouter/taskTypes/bulk");
        row("wrong type: alias", R"("aliases": {"x": {}})", "error /modelRouter/aliases/x");
        row("wrong type: cascade", R"("cascade": true)", "error /modelRouter/cascade");
        row("wrong type: budgets", R"("budgets": {})", "error /modelRouter/budgets");
        row("wrong type: skill directories", R"("skillDirectories": "~/x")",
            "error /modelRouter/skillDirectories");
        row("half a model object", R"("tiers": {"smart": {"model": {"id": "x"}}})",
            "error /modelRouter/tiers/smart/model");
        row("too many retries", R"("retries": {"attempts": 0})", "error /modelRouter/retries/attempts");
        row("half a retry", R"("retries": {"attempts": 1.5})", "error /modelRouter/retries/attempts");
        row("unknown classifier", R"("classifier": {"kind": "magic"})", "error /modelRouter/classifier/kind");
        row("threshold", R"("classifier": {"thresholds": {"deep": 2}})",
            "error /modelRouter/classifier/thresholds/deep");
        row("tier that no one could name", R"("tiers": {"a/b": {}})", "error /modelRouter/tiers/a~1b");

        row("unknown tier: task type", R"("taskTypes": {"bulk": "backgroud"})",
            "error /modelRouter/taskTypes/bulk", "\"background\"");
        row("unknown tier: rule", R"("rules": [{"name": "x", "when": {"client": "c"}, "tier": "huge"}])",
            "error /modelRouter/rules/0/tier");
        row("unknown tier: alias", R"("aliases": {"x": "dep"})", "error /modelRouter/aliases/x", "\"deep\"");
        row("unknown tier: fallback key", R"("fallbacks": {"codng": ["sim/x"]})",
            "error /modelRouter/fallbacks/codng");
        row("unknown tier: fallback", R"("fallbacks": {"coding": ["tier/huge"]})",
            "error /modelRouter/fallbacks/coding/0");
        row("rule without a tier", R"("rules": [{"name": "x", "when": {"client": "c"}}])",
            "error /modelRouter/rules/0");

        row("model without provider", R"("codingModel": "gpt-5.2")", "error /modelRouter/codingModel",
            "\"openai/gpt-5.2\"");
        row("model without provider, unknown", R"("codingModel": "mystery")",
            "error /modelRouter/codingModel");
        row("model without provider, local", R"("codingModel": "qwen3")", "error /modelRouter/codingModel",
            "\"ollama/qwen3\"");
        row("model with nothing after the slash", R"("codingModel": "openai/")",
            "error /modelRouter/codingModel");
        row("prefix is no provider", R"("deepModel": "google/gemini-2.5-pro")",
            "error /modelRouter/deepModel");
        row("prefix is misspelt", R"("deepModel": "opnai/gpt-5.2")", "error /modelRouter/deepModel",
            "\"openai/gpt-5.2\"");
        row("prefix in a fallback", R"("fallbacks": {"*": ["x/y"]})", "error /modelRouter/fallbacks/*/0");
        row("prefix in an alias", R"("aliases": {"a": "x/y"})", "error /modelRouter/aliases/a");
        row("prefix in a window fallback", R"("contextWindowFallbacks": {"deep": ["x/y"]})",
            "error /modelRouter/contextWindowFallbacks/deep/0");

        row("wrong type: window fallbacks", R"("contextWindowFallbacks": [])",
            "error /modelRouter/contextWindowFallbacks");
        row("wrong type: policy fallback", R"("contentPolicyFallbacks": {"coding": [1]})",
            "error /modelRouter/contentPolicyFallbacks/coding/0");
        row("unknown tier: window fallback key", R"("contextWindowFallbacks": {"codng": ["sim/x"]})",
            "error /modelRouter/contextWindowFallbacks/codng");
        row("unknown tier: policy fallback", R"("contentPolicyFallbacks": {"coding": ["tier/smrt"]})",
            "error /modelRouter/contentPolicyFallbacks/coding/0", "\"tier/smart\"");
        row("unknown tier: misspelt fallback", R"("fallbacks": {"coding": ["tier/smrt"]})",
            "error /modelRouter/fallbacks/coding/0", "\"tier/smart\"");
        row("window fallback key of no provider", R"("contextWindowFallbacks": {"x/y": ["sim/x"]})",
            "error /modelRouter/contextWindowFallbacks/x~1y");
        row("window fallback without provider", R"("contextWindowFallbacks": {"*": ["qwen3"]})",
            "error /modelRouter/contextWindowFallbacks/*/0", "\"ollama/qwen3\"");
        row("policy fallback of no provider", R"("contentPolicyFallbacks": {"*": ["opnai/gpt-5.2"]})",
            "error /modelRouter/contentPolicyFallbacks/*/0", "\"openai/gpt-5.2\"");
        row("window fallback to its own tier", R"("contextWindowFallbacks": {"deep": ["tier/deep"]})",
            "error /modelRouter/contextWindowFallbacks/deep/0", "remove");
        row("policy fallback to its own model", R"("contentPolicyFallbacks": {"sim/a": ["sim/a"]})",
            "error /modelRouter/contentPolicyFallbacks/sim~1a/0", "remove");
        row("window fallback to what the tier has",
            R"("codingModel": "sim/a", "contextWindowFallbacks": {"coding": ["sim/a"]})",
            "warning /modelRouter/contextWindowFallbacks/coding/0", "remove");
        row("window fallback with a smaller window",
            R"("codingModel": "openai/gpt-5.2", "contextWindowFallbacks": {"coding": ["anthropic/claude-sonnet-4-20250514"]})",
            "warning /modelRouter/contextWindowFallbacks/coding/0");
        row("policy fallback with a smaller window",
            R"("contentPolicyFallbacks": {"openai/gpt-5.2": ["anthropic/claude-sonnet-4-20250514"]})",
            "warning /modelRouter/contentPolicyFallbacks/openai~1gpt-5.2/0");
        row("unknown price of a policy fallback",
            R"("contentPolicyFallbacks": {"*": ["openai/gpt-unheard-of"]})",
            "warning /modelRouter/contentPolicyFallbacks/*/0");
        row("fallback to its own tier", R"("fallbacks": {"coding": ["tier/coding"]})",
            "error /modelRouter/fallbacks/coding/0", "remove");
        row("fallback to its own model", R"("fallbacks": {"sim/a": ["sim/a"]})",
            "error /modelRouter/fallbacks/sim~1a/0", "remove");
        row("two rules with one name",
            R"("rules": [{"name": "x", "when": {"client": "c"}, "tier": "deep"}, {"name": "x", "when": {"client": "d"}, "tier": "deep"}])",
            "error /modelRouter/rules/1/name");
        row("temperature too high", R"("temperature": 2.1)", "error /modelRouter/temperature");
        row("temperature below zero", R"("temperature": -0.1)", "error /modelRouter/temperature");
        row("tier's temperature", R"("tiers": {"deep": {"temperature": 3}})",
            "error /modelRouter/tiers/deep/temperature");
        row("budget of nothing", R"("budgets": [{"name": "m", "limitUsd": 0}])",
            "error /modelRouter/budgets/0/limitUsd");
        row("budget with an unknown period", R"("budgets": [{"name": "m", "limitUsd": 1, "period": "year"}])",
            "error /modelRouter/budgets/0/period");
        row("budget with an unknown effect",
            R"("budgets": [{"name": "m", "limitUsd": 1, "onExceeded": "explode"}])",
            "error /modelRouter/budgets/0/onExceeded");
        row("budget with an unknown tier",
            R"("budgets": [{"name": "m", "limitUsd": 1, "scope": {"tier": "turbo"}}])",
            "error /modelRouter/budgets/0/scope/tier");
        row("budget without a limit", R"("budgets": [{"name": "m"}])", "warning /modelRouter/budgets/0");
        row("budget's alert out of range",
            R"("budgets": [{"name": "m", "limitUsd": 1, "alertAtPercent": [0]}])",
            "error /modelRouter/budgets/0/alertAtPercent/0");
        row("burst without minutes", R"("budgets": [{"name": "m", "limitUsd": 1, "burst": {"usd": 1}}])",
            "warning /modelRouter/budgets/0/burst");
        row("band without a percent", R"("degradation": [{"exclude": ["sim/steady"]}])",
            "warning /modelRouter/degradation/0");
        row("cascade over an unknown tier", R"("cascade": {"ladder": ["balanced", "turbo"]})",
            "error /modelRouter/cascade/ladder/1");
        row("gate of an unknown kind", R"("cascade": {"gates": [{"kind": "luck"}]})",
            "error /modelRouter/cascade/gates/0/kind");
        row("gate without its value", R"("cascade": {"gates": [{"kind": "minLength"}]})",
            "error /modelRouter/cascade/gates/0");
        row("judge without a provider", R"("cascade": {"gates": [{"kind": "judge", "model": "gpt"}]})",
            "error /modelRouter/cascade/gates/0/model");
        row("sort by luck", R"("providerPolicy": {"sort": "luck"})",
            "error /modelRouter/providerPolicy/sort");
        row("a price below nothing", R"("providerPolicy": {"maxPrice": {"prompt": -1}})",
            "error /modelRouter/providerPolicy/maxPrice/prompt");
        row("negative turns", R"("promotion": {"breakEvenTurns": -1})",
            "error /modelRouter/promotion/breakEvenTurns");
        row("negative idle time", R"("sticky": {"idleSeconds": -1})",
            "error /modelRouter/sticky/idleSeconds");
        row("percents not ascending", R"("degradation": [{"fromPercent": 80}, {"fromPercent": 70}])",
            "error /modelRouter/degradation/1/fromPercent");

        row("unknown price", R"("codingModel": "openai/gpt-unheard-of")", "warning /modelRouter/codingModel");
        row("unknown price of a fallback", R"("fallbacks": {"*": ["openai/gpt-unheard-of"]})",
            "warning /modelRouter/fallbacks/*/0");
        row("model equal to its own fallback",
            R"("codingModel": "openai/gpt-5.2", "fallbacks": {"coding": ["openai/gpt-5.2"]})",
            "warning /modelRouter/fallbacks/coding/0", "remove");
        row("smaller window",
            R"("codingModel": "openai/gpt-5.2", "fallbacks": {"coding": ["anthropic/claude-sonnet-4-20250514"]})",
            "warning /modelRouter/fallbacks/coding/0");
        row("smaller window of a tier",
            R"("codingModel": "openai/gpt-5.2", "smartModel": "anthropic/claude-sonnet-4-20250514", "fallbacks": {"coding": ["tier/smart"]})",
            "warning /modelRouter/fallbacks/coding/0");
        row("nothing leads to a tier", R"("tiers": {"night": {"model": "sim/fast"}})",
            "warning /modelRouter/tiers/night/model");
        row("left the catalogue", R"("smartModel": "anthropic/claude-2")", "warning /modelRouter/smartModel");
        row("providerPolicy of an unknown provider", R"("providerPolicy": {"order": ["opnai"]})",
            "warning /modelRouter/providerPolicy/order/0", "\"openai\"");
        row("a model that providerPolicy never lets serve",
            R"("codingModel": "openai/gpt-5.2", "providerPolicy": {"only": ["sim"]})",
            "warning /modelRouter/codingModel");
        row("budget of an unknown provider",
            R"("budgets": [{"limitUsd": 1, "scope": {"provider": "antropic"}}])",
            "warning /modelRouter/budgets/0/scope/provider", "\"anthropic\"");
        row("budget of models that nobody has",
            R"("budgets": [{"limitUsd": 1, "scope": {"model": "moon/\u002a"}}])",
            "warning /modelRouter/budgets/0/scope/model");
        row("budget of an unknown token", R"("budgets": [{"limitUsd": 1, "scope": {"token": "ci"}}])",
            "warning /modelRouter/budgets/0/scope/token");
        row("band for models that nobody has",
            R"("degradation": [{"fromPercent": 80, "exclude": ["opnai/gpt-5.2"]}])",
            "warning /modelRouter/degradation/0/exclude/0", "\"openai/gpt-5.2\"");
        row("band whose only is nobody", R"("degradation": [{"fromPercent": 80, "only": ["moon"]}])",
            "warning /modelRouter/degradation/0/only/0");
        row("classifier without a model to ask",
            R"("dynamicTierEnabled": true, "classifier": {"kind": "model"})",
            "warning /modelRouter/classifier/kind");
        row("cascade without gates", R"("cascade": {"enabled": true})", "warning /modelRouter/cascade");
        row("unknown key", R"("codngModel": "sim/fast")", "warning /modelRouter/codngModel");
        row("unknown nested key", R"("retries": {"tries": 1})", "warning /modelRouter/retries/tries");
        row("rule that always matches", R"("rules": [{"name": "x", "when": {}, "tier": "deep"}])",
            "warning /modelRouter/rules/0");
    }

    void router() {
        QFETCH(std::string, keys);
        QFETCH(std::string, expected);
        QFETCH(std::string, fix);
        const std::string router = "{\"modelRouter\": {\"balancedModel\": \"sim/steady\", " + keys + "}}";
        const auto reading = readPolicy({router, std::string(llm), std::nullopt}, {}, nullptr);
        QVERIFY2(reading.problems.size() == 1, listed(reading.problems).c_str());
        const Problem& problem = reading.problems.front();
        QCOMPARE(std::string(toString(problem.severity)) + " " + problem.pointer, expected);
        QCOMPARE(problem.file, std::string("model-router.json"));
        QVERIFY2(problem.message.ends_with('.') || problem.message.ends_with('?'), problem.message.c_str());
        QCOMPARE(reading.policy == nullptr, problem.severity == preferences::Severity::Error);
        const std::string offered = !problem.fix ? "" : problem.fix->json.value_or("remove");
        QCOMPARE(offered, fix);
        if (!problem.fix)
            return;
        // A fix that is applied takes its problem away and brings none.
        auto document = JsonText::parse(router).value();
        const auto edit = problem.fix->json ? document.set(problem.fix->pointer, *problem.fix->json)
                                            : document.remove(problem.fix->pointer);
        QVERIFY(edit);
        const auto fixed = readPolicy({document.text(), std::string(llm), std::nullopt}, {}, nullptr);
        QVERIFY2(fixed.problems.empty(), listed(fixed.problems).c_str());
    }

    void commandsOfGates_data() {
        QTest::addColumn<std::string>("cascade");
        QTest::addColumn<std::vector<std::string>>("expected");
        using Lines = std::vector<std::string>;
        const auto row = [](const char* name, const char* cascade, Lines expected) {
            QTest::newRow(name) << std::string(cascade) << std::move(expected);
        };
        row("confirmed", R"("enabled": true, "gates": [{"kind": "command", "run": ["./check.sh", "-x"]}])",
            {});
        row("not confirmed", R"("enabled": true, "gates": [{"kind": "command", "run": ["./other.sh"]}])",
            {"warning model-router.json /modelRouter/cascade/gates/0"});
        row("other arguments",
            R"("enabled": true, "gates": [{"kind": "nonEmpty"}, {"kind": "command", "run": ["./check.sh"]}])",
            {"warning model-router.json /modelRouter/cascade/gates/1"});
        row("the cascade is off", R"("gates": [{"kind": "command", "run": ["./other.sh"]}])", {});
        row("gates that run nothing",
            R"("enabled": true, "gates": [{"kind": "jsonSchema", "schema": {"type": "object"}},
               {"kind": "pattern", "forbid": "as an AI"}])",
            {});
    }

    void commandsOfGates() {
        QFETCH(std::string, cascade);
        QFETCH(std::vector<std::string>, expected);
        const std::string router =
            "{\"modelRouter\": {\"balancedModel\": \"sim/steady\", \"cascade\": {" + cascade + "}}}";
        const preferences::PreferencesTexts texts{router, std::string(llm), std::nullopt};
        const std::vector<preferences::TrustedCommand> trusted{{{"./check.sh", "-x"}, {}}};
        const auto asked = readPolicy(texts, {}, nullptr, {}, &trusted);
        QVERIFY2(briefly(asked.problems) == expected, listed(asked.problems).c_str());
        QVERIFY(asked.policy);
        const auto unasked = readPolicy(texts, {}, nullptr);
        QVERIFY2(unasked.problems.empty(), listed(unasked.problems).c_str());
    }

    void reachableTiersAreNotWarnedOf_data() {
        QTest::addColumn<std::string>("keys");
        QTest::newRow("rule") << std::string(R"("rules": [{"when": {"client": "c"}, "tier": "night"}])");
        QTest::newRow("task type") << std::string(R"("taskTypes": {"bulk": "night"})");
        QTest::newRow("alias") << std::string(R"("aliases": {"x": "night"})");
        QTest::newRow("fallback") << std::string(R"("fallbacks": {"deep": ["tier/night"]})");
        QTest::newRow("window fallback")
            << std::string(R"("contextWindowFallbacks": {"deep": ["tier/night"]})");
        QTest::newRow("policy fallback") << std::string(R"("contentPolicyFallbacks": {"*": ["tier/night"]})");
    }

    void reachableTiersAreNotWarnedOf() {
        QFETCH(std::string, keys);
        const std::string router =
            R"({"balancedModel": "sim/steady", "tiers": {"night": {"model": "sim/fast"}}, )" + keys + "}";
        const auto reading = readPolicy({router, std::string(llm), std::nullopt}, {}, nullptr);
        QVERIFY2(reading.problems.empty(), listed(reading.problems).c_str());
    }

    void ownKeyIsSaidOfItsList() {
        const auto said = [](const char* list) {
            std::string router = R"({"balancedModel": "sim/steady", "LIST": {"deep": ["tier/deep"]}})";
            router.replace(router.find("LIST"), 4, list);
            return readPolicy({router, std::string(llm), std::nullopt}, {}, nullptr).problems.at(0).message;
        };
        QCOMPARE(said("fallbacks"), std::string("The fallbacks of deep name deep itself."));
        QCOMPARE(said("contextWindowFallbacks"),
                 std::string("The contextWindowFallbacks of deep name deep itself."));
        QCOMPARE(said("contentPolicyFallbacks"),
                 std::string("The contentPolicyFallbacks of deep name deep itself."));
    }

    void skillsLeadToTiers() {
        const std::string router =
            R"({"balancedModel": "sim/steady", "tiers": {"night": {"model": "sim/fast"}}})";
        const auto reading = readPolicy({router, std::string(llm), std::nullopt}, {{"s", "night"}}, nullptr);
        QVERIFY2(reading.problems.empty(), listed(reading.problems).c_str());
        const auto unknown =
            readPolicy({router, std::string(llm), std::nullopt}, {{"s", "night"}, {"t", "none"}}, nullptr);
        QVERIFY(unknown.policy);
        QVERIFY(briefly(unknown.problems) == std::vector<std::string>{"warning skills "});
    }

    void balancedUnsetOffersAModelThatIsThere() {
        const auto reading = readPolicy({std::nullopt, std::string(llm), std::nullopt}, {}, nullptr);
        QVERIFY(reading.policy);
        QVERIFY2(briefly(reading.problems) ==
                     std::vector<std::string>{"warning model-router.json /modelRouter/balancedModel"},
                 listed(reading.problems).c_str());
        QCOMPARE(reading.problems[0].fix->json.value(), std::string("\"sim/steady\""));
        QCOMPARE(reading.problems[0].fix->pointer, std::string("/modelRouter/balancedModel"));
    }

    void backgroundOnADearModel() {
        const std::string dear = R"({"balancedModel": "openai/gpt-5.1"})";
        const std::string noLocal = R"({"providers": {"openai": {"apiKey": {"client": true}}}})";
        const auto warned = readPolicy({dear, noLocal, std::nullopt}, {}, nullptr);
        QVERIFY2(briefly(warned.problems) ==
                     std::vector<std::string>{"warning model-router.json /tiers/background"},
                 listed(warned.problems).c_str());
        QVERIFY(readPolicy({dear, std::string(llm), std::nullopt}, {}, nullptr)
                    .problems.empty()); // a local model serves
        const std::string chosen =
            R"({"balancedModel": "openai/gpt-5.1", "tiers": {"background": {"model": "openai/gpt-5.1"}}})";
        QVERIFY(readPolicy({chosen, noLocal, std::nullopt}, {}, nullptr).problems.empty());
    }

    void llmFile_data() {
        QTest::addColumn<std::string>("providers");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* name, const char* providers, const char* expected) {
            QTest::newRow(name) << std::string(providers) << std::string(expected);
        };
        row("wrong type", R"("x": 1)", "error /providers/x");
        row("unknown apiType", R"("x": {"apiType": "gemini", "baseUrl": "https:\/\/x"})",
            "error /providers/x/apiType");
        row("no baseUrl", R"("x": {"apiType": "openai-chat"})", "error /providers/x");
        row("no scheme", R"("x": {"baseUrl": "x.example/v1"})", "error /providers/x/baseUrl");
        row("key of no kind", R"("x": {"baseUrl": "https:\/\/x", "apiKey": {}})",
            "error /providers/x/apiKey");
        row("key of two kinds", R"("x": {"baseUrl": "https:\/\/x", "apiKey": {"env": "A", "file": "b"}})",
            "error /providers/x/apiKey");
        row("key that is a number", R"("x": {"baseUrl": "https:\/\/x", "apiKey": 1})",
            "error /providers/x/apiKey");
        row("plain key", R"("x": {"baseUrl": "https:\/\/x", "apiKey": "sk-secret"})",
            "warning /providers/x/apiKey");
        row("name with a slash", R"("x/y": {"baseUrl": "https:\/\/x"})", "error /providers/x~1y");
        row("model without id", R"("x": {"baseUrl": "https:\/\/x", "models": [{}]})",
            "error /providers/x/models/0");
        row("model that is a number", R"("x": {"baseUrl": "https:\/\/x", "models": [1]})",
            "error /providers/x/models/0");
        row("model twice", R"("x": {"baseUrl": "https:\/\/x", "models": ["a", "a"]})",
            "warning /providers/x/models/1");
        row("sameAs without provider",
            R"("x": {"baseUrl": "https:\/\/x", "models": [{"id": "a", "sameAs": "b"}]})",
            "error /providers/x/models/0/sameAs");
        row("time-out of nothing", R"("x": {"baseUrl": "https:\/\/x", "timeoutSeconds": 0})",
            "error /providers/x/timeoutSeconds");
        row("header that is no text", R"("x": {"baseUrl": "https:\/\/x", "headers": {"A": 1}})",
            "error /providers/x/headers/A");
        row("unknown key", R"("x": {"baseUrl": "https:\/\/x", "colour": 1})", "warning /providers/x/colour");
        row("unknown class of price",
            R"("x": {"baseUrl": "https:\/\/x", "prices": {"m": {"input": 1, "output": 2, "cached": 1}}})",
            "warning /providers/x/prices/m/cached");
        row("wrong price", R"("x": {"baseUrl": "https:\/\/x", "prices": {"m": 5}})",
            "error /providers/x/prices/m");
    }

    void llmFile() {
        QFETCH(std::string, providers);
        QFETCH(std::string, expected);
        const auto reading = readPolicy(
            {std::string(R"({"balancedModel": "sim/a"})"),
             R"({"providers": {"sim": {"apiType": "simulated"}, )" + providers + "}}", std::nullopt},
            {}, nullptr);
        QVERIFY2(reading.problems.size() == 1, listed(reading.problems).c_str());
        const Problem& problem = reading.problems.front();
        QCOMPARE(std::string(toString(problem.severity)) + " " + problem.pointer, expected);
        QCOMPARE(problem.file, std::string("llm.json"));
        QVERIFY(problem.message.find("sk-secret") == std::string::npos);
        QCOMPARE(reading.policy == nullptr, problem.severity == preferences::Severity::Error);
    }

    void keys() {
        FakeSecrets secrets;
        const std::string text =
            R"({"providers": {"openai": {"apiKey": {"env": "K"}}, "anthropic": {"apiKey": {"keychain": "E"}},
            "f": {"baseUrl": "https:\/\/x", "apiKey": {"file": "/p"}}, "c": {"baseUrl": "https:\/\/x", "apiKey": {"client": true}},
            "open": {"baseUrl": "https:\/\/x"}, "bare": {"apiType": "openai"}, "sim": {"apiType": "simulated"}}})";
        const std::string router = R"({"balancedModel": "sim/a"})";
        const auto missing = readPolicy({router, text, std::nullopt}, {}, &secrets);
        QVERIFY(missing.policy);
        QVERIFY2(briefly(missing.problems) ==
                     (std::vector<std::string>{"warning llm.json /providers/openai/apiKey",
                                               "warning llm.json /providers/anthropic/apiKey",
                                               "warning llm.json /providers/f/apiKey",
                                               "warning llm.json /providers/bare/apiKey"}),
                 listed(missing.problems).c_str());
        secrets.environment["K"] = secrets.keychain["E"] = secrets.files["/p"] = "sk-hidden";
        const auto there = readPolicy({router, text, std::nullopt}, {}, &secrets);
        QVERIFY(briefly(there.problems) ==
                std::vector<std::string>{"warning llm.json /providers/bare/apiKey"});
        QVERIFY(readPolicy({router, text, std::nullopt}, {}, nullptr).problems.empty());
    }

    void filesThatAreNotJson() {
        const std::string broken = "{\n  \"a\": ,\n}";
        const auto reading = readPolicy({broken, std::string("[]"), std::string("{]")}, {}, nullptr);
        QVERIFY(!reading.policy);
        QVERIFY2(briefly(reading.problems) ==
                     (std::vector<std::string>{"error model-router.json ", "error llm.json ",
                                               "error prices.json "}),
                 listed(reading.problems).c_str());
        QCOMPARE(reading.problems[0].where, std::string("line 2, column 8"));
        QCOMPARE(reading.problems[1].where, std::string());
        QCOMPARE(reading.problems[2].where, std::string("line 1, column 2"));
    }

    void aNumberBeyondEveryDouble() {
        const auto reading =
            readPolicy({std::string(R"({"x": 1e999})"), std::string(llm), std::nullopt}, {}, nullptr);
        QVERIFY(!reading.policy);
        QVERIFY(briefly(reading.problems) == std::vector<std::string>{"error model-router.json "});
    }

    void tiersThatGotDearer_data() {
        QTest::addColumn<QString>("now");
        QTest::addColumn<std::string>("said"); // "" = nothing
        const std::string change = ": from 1 and 4 to 2 and 4 USD per million tokens.";
        QTest::newRow("long before") << QStringLiteral("2026-01-01T00:00:00Z") << std::string();
        QTest::newRow("announced") << QStringLiteral("2026-05-01T00:00:00Z")
                                   << "gets dearer on 2026-05-31" + change;
        QTest::newRow("lately") << QStringLiteral("2026-07-01T00:00:00Z")
                                << "got dearer on 2026-05-31" + change;
        QTest::newRow("long ago") << QStringLiteral("2026-12-01T00:00:00Z") << std::string();
    }

    void tiersThatGotDearer() {
        QFETCH(QString, now);
        QFETCH(std::string, said);
        const auto reading =
            readPolicy({std::string(R"({"balancedModel": "openai/mine", "smartModel": "openai/other",
                                        "dynamicTierEnabled": true, "taskTypes": {"x": "smart"},
                                        "tiers": {"background": {"model": "ollama/qwen3"}}})"),
                        std::string(llm), std::string(R"({"openai/mine": {"input": 2, "output": 4,
                                          "price_history": [{"until": "2026-05-31", "input": 1, "output": 4}]},
                                        "openai/other": {"input": 1, "output": 4,
                                          "price_history": [{"until": "2026-05-31", "input": 2, "output": 4}]}})")},
                       {}, nullptr, parseRfc3339(now.toStdString()).value());
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.problems.size(), said.empty() ? std::size_t{0} : std::size_t{1});
        if (said.empty())
            return;
        QCOMPARE(reading.problems[0].pointer, std::string("/balancedModel"));
        QVERIFY2(reading.problems[0].message.ends_with(said), reading.problems[0].message.c_str());
    }

    void wrongPrices() {
        const auto reading = readPolicy({std::string(R"({"balancedModel": "sim/a"})"), std::string(llm),
                                         std::string(R"({"openai/gpt-5.1": {"input": "cheap"}})")},
                                        {}, nullptr);
        QVERIFY(!reading.policy);
        QCOMPARE(reading.problems.size(), std::size_t{1});
        QCOMPARE(reading.problems[0].file, std::string("prices.json"));
    }

    void unknownPrices() {
        const auto reading = readPolicy(
            {std::string(R"({"balancedModel": "sim/a"})"), std::string(llm),
             std::string(
                 R"({"_meta": {"x": 1}, "openai/gpt-5.1": {"input": 1, "output": 2, "cache_raed": 1}})")},
            {}, nullptr);
        QVERIFY(reading.policy);
        QCOMPARE(reading.problems.size(), std::size_t{1});
        QCOMPARE(reading.problems[0].file, std::string("prices.json"));
        QCOMPARE(reading.problems[0].pointer, std::string("/openai~1gpt-5.1/cache_raed"));
        QVERIFY(reading.problems[0].message.ends_with("Did you mean 'cache_read'?"));
    }

    void rootsOfTheWrongType() {
        for (const char* root :
             {"[]", "1", "\"x\"", "null", R"({"modelRouter": []})", R"({"modelRouter": "x"})"}) {
            const auto reading = readPolicy({std::string(root), std::string(llm), std::nullopt}, {}, nullptr);
            QVERIFY2(!reading.policy, root);
        }
    }

    void errorsStandFirst() {
        const auto reading =
            readPolicy({std::string(R"({"modelRouter": {"zzz": 1, "temperature": 5}})"),
                        std::string(R"({"llm": {"providers": {"a": {"b": 1}}}})"), std::nullopt},
                       {}, nullptr);
        QVERIFY2(briefly(reading.problems) ==
                     (std::vector<std::string>{"error model-router.json /modelRouter/temperature",
                                               "error llm.json /llm/providers/a",
                                               "warning model-router.json /modelRouter/zzz",
                                               "warning model-router.json /modelRouter/balancedModel",
                                               "warning llm.json /llm/providers/a/b"}),
                 listed(reading.problems).c_str());
    }
};

QTEST_APPLESS_MAIN(TestPreferencesChecks)
#include "tst_preferences_checks.moc"
