#include "core/preferences/policy_reader.h"
#include "tests/core/preferences/preferences_support.h"

#include <set>

// Slashes in JSON here are escaped, and an asterisk behind one, since moc takes them for comments even in a
// raw string.
using namespace tierdeck;
using namespace tierdeck::testing;
using preferences::findKey;
using preferences::PolicyReading;
using preferences::readPolicy;
using routing::ApiType;
using routing::KeySource;

namespace {

PolicyReading read(std::string_view router, std::string_view llm = llmSample) {
    return readPolicy({std::string(router), std::string(llm), std::nullopt}, {}, nullptr);
}

/// What stands in the `modelRouter` of a file that is otherwise in order.
PolicyReading readKeys(const std::string& keys) {
    return read("{\"modelRouter\": {\"balancedModel\": \"sim/steady\"" + (keys.empty() ? "" : ", " + keys) +
                "}}");
}

std::string modelOf(const PolicyReading& reading, std::string_view tier) {
    const auto& model = reading.policy->tiers.find(tier)->second.model;
    return model ? model->text() : "(unset)";
}

} // namespace

class TestPolicyReader : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void sampleHasNoErrors() {
        const auto reading = read(routerSample);
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const routing::Policy& policy = *reading.policy;
        QCOMPARE(policy.routingModel->text(), std::string("openai/gpt-5.2-codex"));
        QCOMPARE(modelOf(reading, "balanced"), std::string("openai/gpt-5.1"));
        QCOMPARE(modelOf(reading, "smart"), std::string("anthropic/claude-sonnet-4-20250514"));
        QCOMPARE(modelOf(reading, "coding"), std::string("openai/gpt-5.2"));
        QCOMPARE(modelOf(reading, "deep"), std::string("anthropic/claude-opus-4-20250514"));
        QVERIFY(policy.dynamicTierEnabled);
        QCOMPARE(policy.temperature.value(), 0.7);
        QCOMPARE(policy.fingerprint.size(), std::size_t{16});
        // The only thing to say is that nothing cheap stands behind `background`.
        QCOMPARE(listed(reading.problems).find("error"), std::string::npos);
        QVERIFY2(briefly(reading.problems) ==
                     std::vector<std::string>{"warning model-router.json /modelRouter/tiers/background"},
                 listed(reading.problems).c_str());
    }

    void bareIsTheSameAsWrapped() {
        std::string bare(routerSample);
        bare.erase(0, bare.find("{", 1));
        bare.erase(bare.rfind('}'));
        const auto reading = read(bare);
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(modelOf(reading, "deep"), std::string("anthropic/claude-opus-4-20250514"));
        QVERIFY(briefly(reading.problems) ==
                std::vector<std::string>{"warning model-router.json /tiers/background"});
    }

    void missingFilesAreAnEmptyPolicy() {
        const auto reading = readPolicy({}, {}, nullptr);
        QVERIFY(reading.policy);
        QCOMPARE(reading.policy->tiers.size(), std::size_t{5});
        QVERIFY(!reading.policy->dynamicTierEnabled);
        QVERIFY(briefly(reading.problems) ==
                (std::vector<std::string>{"warning model-router.json /modelRouter/balancedModel",
                                          "warning llm.json "}));
    }

    void otherRuntimesForms() {
        const auto reading = read(R"({"modelRouter": {
            "routing": {"model": "openai/gpt-5.2-codex", "reasoning": "none"},
            "tiers": {
                "balanced": {"model": {"provider": "openai", "id": "gpt-5.1"}, "reasoning": "low"},
                "smart": {"model": "anthropic/claude-sonnet-4-20250514", "fallbacks": [{"model": "openai/gpt-5.2"}, "tier/balanced"]},
                "deep": {"model": null}
            },
            "codingModel": "openai/gpt-5.2", "codingModelReasoning": "high", "smartModelReasoning": "none",
            "deepModel": null, "dynamicTierEnabled": null
        }})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.policy->routingModel->text(), std::string("openai/gpt-5.2-codex"));
        QCOMPARE(modelOf(reading, "balanced"), std::string("openai/gpt-5.1"));
        QCOMPARE(modelOf(reading, "smart"), std::string("anthropic/claude-sonnet-4-20250514"));
        QCOMPARE(modelOf(reading, "coding"), std::string("openai/gpt-5.2"));
        QCOMPARE(modelOf(reading, "deep"), std::string("(unset)"));
        QCOMPARE(reading.policy->tiers.find("balanced")->second.reasoning, std::string("low"));
        QCOMPARE(reading.policy->tiers.find("coding")->second.reasoning, std::string("high"));
        QCOMPARE(reading.policy->tiers.find("smart")->second.reasoning, std::string());
        const auto& fallbacks = reading.policy->fallbacks.find("smart")->second;
        QCOMPARE(fallbacks.size(), std::size_t{2});
        QCOMPARE(fallbacks[0].model->text(), std::string("openai/gpt-5.2"));
        QCOMPARE(fallbacks[1].tier, std::string("balanced"));
    }

    void theSevenKeysWinOverOtherForms() {
        const auto reading = read(R"({"modelRouter": {
            "tiers": {"balanced": {"model": "openai/gpt-5.2"}}, "balancedModel": "openai/gpt-5.1",
            "routing": {"model": "openai/gpt-5.2"}, "routingModel": "openai/gpt-5.1"
        }})");
        QVERIFY(reading.policy);
        QCOMPARE(modelOf(reading, "balanced"), std::string("openai/gpt-5.1"));
        QCOMPARE(reading.policy->routingModel->text(), std::string("openai/gpt-5.1"));
        const auto brief = briefly(reading.problems);
        QVERIFY(std::count(brief.begin(), brief.end(),
                           "warning model-router.json /modelRouter/tiers/balanced/model") == 1);
        QVERIFY(std::count(brief.begin(), brief.end(),
                           "warning model-router.json /modelRouter/routing/model") == 1);
        for (const auto& problem : reading.problems) {
            if (problem.pointer == "/modelRouter/tiers/balanced/model") {
                QVERIFY(problem.fix);
                QCOMPARE(problem.fix->pointer, problem.pointer);
                QVERIFY(!problem.fix->json);
            }
        }
    }

    void theLastOfTwoEqualKeysCounts() {
        const auto reading = read(R"({"modelRouter": {"balancedModel": "sim/a", "balancedModel": "sim/b"}})");
        QCOMPARE(modelOf(reading, "balanced"), std::string("sim/b"));
    }

    void tiersAreAddedAndMerged() {
        const auto reading = readKeys(R"("tiers": {
            "background": {"model": "ollama/qwen3", "label": "Background", "rank": 0, "reasoning": "low",
                           "temperature": 0.2, "note": "why"},
            "night": {"rank": 5}, "gone": null, "coding": {"label": "Code"}
        })");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const auto& background = reading.policy->tiers.find("background")->second;
        QCOMPARE(background.model->text(), std::string("ollama/qwen3"));
        QCOMPARE(background.label, std::string("Background"));
        QCOMPARE(background.reasoning, std::string("low"));
        QCOMPARE(background.temperature.value(), 0.2);
        QCOMPARE(background.note, std::string("why"));
        QCOMPARE(reading.policy->rankOf("night"), 5);
        QVERIFY(!reading.policy->isTier("gone"));
        QCOMPARE(reading.policy->rankOf("coding"), 20);
        QCOMPARE(reading.policy->tiers.find("coding")->second.label, std::string("Code"));
    }

    void fallbacksOfEveryKind() {
        const auto reading =
            readKeys(R"("fallbacks": {"coding": ["anthropic/claude-sonnet-4-5", "tier/smart"],
            "openai/gpt-5.2": ["sim/fast"], "*": ["ollama/qwen3"], "deep": null},
            "contextWindowFallbacks": {"balanced": ["openai/gpt-4.1", "tier/deep"], "sim/fast": null},
            "contentPolicyFallbacks": {"*": ["sim/steady"]})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const auto& fallbacks = reading.policy->fallbacks;
        QCOMPARE(fallbacks.size(), std::size_t{3});
        QCOMPARE(fallbacks.find("coding")->second[0].model->text(),
                 std::string("anthropic/claude-sonnet-4-5"));
        QCOMPARE(fallbacks.find("coding")->second[1].tier, std::string("smart"));
        QCOMPARE(fallbacks.find("*")->second[0].model->text(), std::string("ollama/qwen3"));
        const auto& ofWindow = reading.policy->contextWindowFallbacks;
        QCOMPARE(ofWindow.size(), std::size_t{1});
        QCOMPARE(ofWindow.find("balanced")->second.size(), std::size_t{2});
        QCOMPARE(ofWindow.find("balanced")->second[0].model->text(), std::string("openai/gpt-4.1"));
        QCOMPARE(ofWindow.find("balanced")->second[1].tier, std::string("deep"));
        const auto& ofPolicy = reading.policy->contentPolicyFallbacks;
        QCOMPARE(ofPolicy.size(), std::size_t{1});
        QCOMPARE(ofPolicy.find("*")->second[0].model->text(), std::string("sim/steady"));
    }

    void settingsMergeOverTheDefaults() {
        const auto reading = readKeys(R"("retries": {"attempts": 3}, "cooldown": {"seconds": 5},
            "taskTypes": {"bulk": null, "poetry": "smart"},
            "classifier": {"kind": "hybrid", "thresholds": {"deep": 0.9}})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.policy->retries.attempts, 3);
        QCOMPARE(reading.policy->retries.baseDelayMs, 500);
        QCOMPARE(reading.policy->cooldown.failures, 3);
        QCOMPARE(reading.policy->cooldown.seconds, 5);
        QVERIFY(!reading.policy->taskTypes.contains("bulk"));
        QCOMPARE(reading.policy->taskTypes.find("poetry")->second, std::string("smart"));
        QCOMPARE(reading.policy->taskTypes.find("code-review")->second, std::string("smart"));
        QVERIFY(reading.policy->classifier.kind == routing::ClassifierKind::Hybrid);
        QCOMPARE(reading.policy->classifier.deepThreshold, 0.9);
        QCOMPARE(reading.policy->classifier.smartThreshold, 0.52);
    }

    void rulesAndAliasesKeepTheirOrder() {
        const auto reading = readKeys(R"("rules": [
            {"name": "Security", "when": {"keywords": ["security audit"], "taskType": "t", "client": "codex",
              "project": "p", "header": {"X-Team": "ops"}, "minInputTokens": 60000, "hasImages": true,
              "subagent": false, "background": true}, "tier": "deep"},
            {"when": {"client": "x"}, "tier": "smart"}],
            "aliases": {"z-*": "auto", "claude-*-haiku-*": "background", "a": "openai/gpt-5.1", "b": "tier/deep"})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.policy->rules.size(), std::size_t{2});
        const auto& rule = reading.policy->rules[0];
        QCOMPARE(rule.name, std::string("Security"));
        QCOMPARE(rule.tier, std::string("deep"));
        QVERIFY(rule.when.keywords == std::vector<std::string>{"security audit"});
        QCOMPARE(rule.when.headers.find("X-Team")->second, std::string("ops"));
        QCOMPARE(rule.when.minInputTokens.value(), std::int64_t{60000});
        QCOMPARE(rule.when.hasImages.value(), true);
        QCOMPARE(rule.when.subagent.value(), false);
        QCOMPARE(reading.policy->rules[1].name, std::string("Rule 2"));
        const auto& aliases = reading.policy->aliases;
        QCOMPARE(aliases.size(), std::size_t{4});
        QCOMPARE(aliases[0].pattern, std::string("z-*"));
        QCOMPARE(aliases[1].target, std::string("background"));
        QCOMPARE(aliases[2].target, std::string("openai/gpt-5.1"));
        QCOMPARE(aliases[3].target, std::string("deep"));
    }

    void aRuleWithAnUnknownConditionIsNotUsed() {
        const auto reading =
            readKeys(R"("rules": [{"name": "r", "when": {"client": "x", "moon": "full"}, "tier": "deep"}])");
        QVERIFY(reading.policy);
        QVERIFY(reading.policy->rules.empty());
        QVERIFY(listed(reading.problems).find("/modelRouter/rules/0/when/moon") != std::string::npos);
    }

    void laterKeysAreKnown() {
        const auto reading = readKeys(R"("cascade": {"enabled": false}, "sticky": {"enabled": true},
            "promotion": {"breakEvenTurns": 3}, "providerPolicy": {"sort": "price"},
            "degradation": [{"fromPercent": 70}, {"fromPercent": 80}], "budgets": [{"name": "Monthly", "limitUsd": 50}],
            "skillDirectories": ["~/.claude/skills"])");
        QVERIFY(reading.policy);
        QVERIFY2(reading.problems.empty(), listed(reading.problems).c_str());
    }

    void unsetKeysLeaveTheDefaults() {
        const auto reading = readKeys("");
        const routing::Policy& policy = *reading.policy;
        QVERIFY(!policy.cascade.enabled);
        QVERIFY(policy.cascade.ladder == (std::vector<std::string>{"balanced", "smart", "deep"}));
        QCOMPARE(policy.cascade.maxClimbs, 2);
        QVERIFY(policy.sticky.enabled);
        QCOMPARE(policy.sticky.idleSeconds, 600);
        QCOMPARE(policy.promotion.breakEvenTurns, 3.0);
        QVERIFY(policy.providerPolicy.sort == routing::ProviderPolicy::Sort::Order);
        QVERIFY(policy.providerPolicy.allowFallbacks);
        QVERIFY(!policy.providerPolicy.maxPromptPrice && !policy.providerPolicy.maxCompletionPrice);
        QVERIFY(policy.degradation.empty() && policy.budgets.empty() && policy.skillDirectories.empty());
    }

    void cascadeWithEveryGate() {
        using Kind = routing::Gate::Kind;
        const auto reading =
            readKeys(R"("cascade": {"enabled": true, "ladder": ["balanced", "deep"], "maxClimbs": 1,
            "gates": [{"kind": "nonEmpty"}, {"kind": "minLength", "chars": 10},
                      {"kind": "jsonSchema", "schema": {"type": "object"}},
                      {"kind": "pattern", "forbid": "as an AI"}, {"kind": "confidence", "minMeanLogprob": -1.0},
                      {"kind": "command", "run": ["./check.sh", "-x"]},
                      {"kind": "judge", "model": "sim/steady", "minScore": 0.6}]})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QVERIFY2(reading.problems.empty(), listed(reading.problems).c_str());
        const routing::CascadeSettings& cascade = reading.policy->cascade;
        QVERIFY(cascade.enabled);
        QVERIFY(cascade.ladder == (std::vector<std::string>{"balanced", "deep"}));
        QCOMPARE(cascade.maxClimbs, 1);
        QCOMPARE(cascade.gates.size(), std::size_t{7});
        for (std::size_t i = 0; i < cascade.gates.size(); ++i)
            QVERIFY(cascade.gates[i].kind == static_cast<Kind>(i));
        QCOMPARE(cascade.gates[1].chars, std::int64_t{10});
        QCOMPARE(cascade.gates[2].schemaJson, std::string(R"({"type":"object"})"));
        QCOMPARE(cascade.gates[3].forbid, std::string("as an AI"));
        QCOMPARE(cascade.gates[4].minMeanLogprob, -1.0);
        QVERIFY(cascade.gates[5].run == (std::vector<std::string>{"./check.sh", "-x"}));
        QCOMPARE(cascade.gates[6].judge->text(), std::string("sim/steady"));
        QCOMPARE(cascade.gates[6].minScore, 0.6);
    }

    void stickyPromotionAndProviderPolicy() {
        const auto reading = readKeys(R"("sticky": {"enabled": false, "idleSeconds": 60},
            "promotion": {"breakEvenTurns": 0},
            "providerPolicy": {"sort": "latency", "order": ["openai", "azure-gpt"], "only": ["openai"],
                               "allowFallbacks": false, "maxPrice": {"prompt": 1, "completion": 3.5}})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QVERIFY(!reading.policy->sticky.enabled);
        QCOMPARE(reading.policy->sticky.idleSeconds, 60);
        QCOMPARE(reading.policy->promotion.breakEvenTurns, 0.0);
        const routing::ProviderPolicy& hosts = reading.policy->providerPolicy;
        QVERIFY(hosts.sort == routing::ProviderPolicy::Sort::Latency);
        QVERIFY(hosts.order == (std::vector<std::string>{"openai", "azure-gpt"}));
        QVERIFY(hosts.only == std::vector<std::string>{"openai"});
        QVERIFY(!hosts.allowFallbacks);
        QCOMPARE(hosts.maxPromptPrice->value, std::int64_t{1'000'000});
        QCOMPARE(hosts.maxCompletionPrice->value, std::int64_t{3'500'000});
    }

    void degradationAndBudgets() {
        const auto reading = readKeys(R"("degradation": [{"fromPercent": 70, "label": "watching"},
            {"fromPercent": 95, "exclude": ["anthropic/\u002a"]}, {"fromPercent": 100, "only": ["ollama/\u002a"]}],
            "budgets": [{"name": "Monthly", "period": "month", "limitUsd": 50,
              "scope": {"provider": "openai", "model": "openai/gpt-5*", "tier": "deep", "project": "p", "client": "codex", "token": "ci"},
              "alertAtPercent": [95, 50, 80], "onExceeded": "block", "burst": {"usd": 5, "minutes": 10}},
              {"limitUsd": 0.000000001, "period": "session", "onExceeded": "degrade"}],
            "skillDirectories": ["~/.claude/skills"])");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const auto& bands = reading.policy->degradation;
        QCOMPARE(bands.size(), std::size_t{3});
        QCOMPARE(bands[0].label, std::string("watching"));
        QVERIFY(bands[0].exclude.empty() && !bands[0].only);
        QVERIFY(bands[1].exclude == std::vector<std::string>{"anthropic/*"});
        QCOMPARE(bands[2].fromPercent, 100.0);
        QVERIFY(bands[2].only.value() == std::vector<std::string>{"ollama/*"});
        const auto& budgets = reading.policy->budgets;
        QCOMPARE(budgets.size(), std::size_t{2});
        QCOMPARE(budgets[0].name, std::string("Monthly"));
        QVERIFY(budgets[0].period == routing::BudgetPeriod::Month);
        QCOMPARE(budgets[0].limit.value, std::int64_t{50'000'000'000});
        QVERIFY(budgets[0].scope ==
                (routing::BudgetScope{"openai", "openai/gpt-5*", "deep", "p", "codex", "ci"}));
        QVERIFY(budgets[0].alertAtPercent == (std::vector<double>{50, 80, 95}));
        QVERIFY(budgets[0].onExceeded == routing::OnExceeded::Block);
        QCOMPARE(budgets[0].burst->limit.value, std::int64_t{5'000'000'000});
        QCOMPARE(budgets[0].burst->minutes, 10);
        QCOMPARE(budgets[1].name, std::string("Budget 2"));
        QVERIFY(budgets[1].period == routing::BudgetPeriod::Session);
        QCOMPARE(budgets[1].limit.value, std::int64_t{1});
        QVERIFY(budgets[1].onExceeded == routing::OnExceeded::Degrade);
        QVERIFY(!budgets[1].burst);
        QVERIFY(reading.policy->skillDirectories == std::vector<std::string>{"~/.claude/skills"});
    }

    void budgetsOfOneNameAreToldApart() {
        const auto reading =
            readKeys(R"("budgets": [{"name": "a", "limitUsd": 1}, {"name": "a", "limitUsd": 2}])");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.policy->budgets[1].name, std::string("a 2"));
        QVERIFY(briefly(reading.problems) ==
                std::vector<std::string>{"warning model-router.json /modelRouter/budgets/1/name"});
    }

    void quotasAndTokens() {
        const auto reading = read(
            "{}",
            R"({"llm": {"tokens": [{"name": "ci", "env": "CI_TOKEN"}, {"name": "ci", "env": "X"}, {"name": "y"}],
            "providers": {"openai": {"apiType": "openai", "apiKey": {"client": true}, "quota": {"name": "codex-cli", "percentUsed": 40}},
                          "anthropic": {"apiType": "anthropic", "apiKey": {"client": true}, "quota": {"name": "claude"}},
                          "sim": {"apiType": "simulated", "quota": {"percentUsed": 3}}}}})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.policy->findProvider("openai")->quota->name, std::string("codex-cli"));
        QCOMPARE(reading.policy->findProvider("openai")->quota->percentUsed.value(), 40.0);
        QVERIFY(!reading.policy->findProvider("anthropic")->quota->percentUsed);
        QVERIFY(!reading.policy->findProvider("sim")->quota);
        QCOMPARE(reading.policy->clientTokens.size(), std::size_t{1});
        QCOMPARE(reading.policy->clientTokens[0].name, std::string("ci"));
        QCOMPARE(reading.policy->clientTokens[0].environmentVariable, std::string("CI_TOKEN"));
        const std::string problems = listed(reading.problems);
        for (const char* pointer : {"/llm/tokens/1", "/llm/tokens/2", "/llm/providers/sim/quota"})
            QVERIFY2(problems.find(pointer) != std::string::npos, problems.c_str());
    }

    void providers() {
        const auto reading =
            read("{}", R"({"llm": {"tokens": [{"name": "ci", "env": "CI_TOKEN"}], "providers": {
            "openai": {"apiType": "openai", "apiKey": {"env": "OPENAI_API_KEY"}, "timeoutSeconds": 60,
                       "headers": {"X-A": "b"}, "fixedTemperature": true, "quota": {"name": "q"}},
            "anthropic": {"apiType": "anthropic", "apiKey": {"keychain": "entry"}},
            "host": {"apiType": "openai-chat", "baseUrl": "https:\/\/host.example/v1/", "apiKey": {"file": "/k"},
                     "models": ["a", {"id": "b/c", "sameAs": "openai/gpt-5.2", "contextWindow": 1000, "fixedTemperature": true}],
                     "prices": {"a": {"input": 1, "output": 2}}},
            "pass": {"apiType": "openai-chat", "baseUrl": "http:\/\/pass.example", "apiKey": {"client": true}},
            "here": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:1/v1", "local": true},
            "sim": {"apiType": "simulated"}
        }}})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const routing::Policy& policy = *reading.policy;
        QVERIFY(policy.providerOrder ==
                (std::vector<std::string>{"openai", "anthropic", "host", "pass", "here", "sim"}));
        const auto& openai = *policy.findProvider("openai");
        QVERIFY(openai.apiType == ApiType::OpenAi);
        QCOMPARE(openai.baseUrl, std::string("https://api.openai.com/v1"));
        QVERIFY(openai.key.kind == KeySource::Kind::Environment);
        QCOMPARE(openai.key.name, std::string("OPENAI_API_KEY"));
        QCOMPARE(openai.idleTimeoutSeconds, 60);
        QCOMPARE(openai.connectTimeoutSeconds, 10);
        QCOMPARE(openai.headers.find("X-A")->second, std::string("b"));
        QVERIFY(openai.fixedTemperature);
        const auto& anthropic = *policy.findProvider("anthropic");
        QCOMPARE(anthropic.baseUrl, std::string("https://api.anthropic.com"));
        QVERIFY(anthropic.key.kind == KeySource::Kind::Keychain);
        const auto& host = *policy.findProvider("host");
        QCOMPARE(host.baseUrl, std::string("https://host.example/v1"));
        QVERIFY(host.key.kind == KeySource::Kind::File);
        QCOMPARE(host.models.size(), std::size_t{2});
        QCOMPARE(host.findModel("b/c")->sameAs->text(), std::string("openai/gpt-5.2"));
        QCOMPARE(host.findModel("b/c")->contextWindow.value(), std::int64_t{1000});
        QVERIFY(host.findModel("b/c")->fixedTemperature);
        QVERIFY(policy.findProvider("pass")->key.kind == KeySource::Kind::Client);
        QVERIFY(policy.findProvider("here")->local);
        QCOMPARE(policy.findProvider("sim")->baseUrl, std::string());
        // Prices: its own, none by declaration, and the catalogue's.
        QCOMPARE(policy.prices.rates("host", "a", UtcTime{})->output.value, std::int64_t{2'000'000});
        QCOMPARE(policy.prices.rates("here", "anything", UtcTime{})->input.value, std::int64_t{0});
        QCOMPARE(policy.prices.rates("sim", "steady", UtcTime{})->input.value, std::int64_t{0});
        QCOMPARE(policy.prices.rates("openai", "gpt-5.1", UtcTime{})->input.value, std::int64_t{1'250'000});
    }

    void providersAsOtherRuntimesWriteThem() {
        const auto reading = read("{}", R"({"providers": {
            "openai": {"apiKey": {"value": "sk-x", "encrypted": false}, "requestTimeoutSeconds": 90, "legacyApi": false},
            "anthropic": {"apiKey": "sk-ant", "baseUrl": null}
        }})");
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QVERIFY(reading.policy->findProvider("openai")->apiType == ApiType::OpenAi);
        QCOMPARE(reading.policy->findProvider("openai")->idleTimeoutSeconds, 90);
        QVERIFY(reading.policy->findProvider("openai")->key.kind == KeySource::Kind::Plain);
        QCOMPARE(reading.policy->findProvider("openai")->key.name, std::string("sk-x"));
        QVERIFY(reading.policy->findProvider("anthropic")->apiType == ApiType::Anthropic);
        QVERIFY(listed(reading.problems).find("sk-") == std::string::npos);
    }

    void ownPricesWin() {
        const auto reading = readPolicy({std::string("{}"), std::string(llmSample),
                                         std::string(R"({"openai/gpt-5.1": {"input": 9, "output": 9}})")},
                                        {}, nullptr);
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        QCOMPARE(reading.policy->prices.rates("openai", "gpt-5.1", UtcTime{})->input.value,
                 std::int64_t{9'000'000});
    }

    void fingerprintFollowsEveryFile() {
        const auto of = [](std::optional<std::string> router, std::optional<std::string> llm,
                           std::map<std::string, std::string, std::less<>> skills = {}) {
            return readPolicy({std::move(router), std::move(llm), std::nullopt}, skills, nullptr)
                .policy->fingerprint;
        };
        const std::set<std::string> all{of({}, {}),
                                        of("{}", {}),
                                        of({}, "{}"),
                                        of("{ }", "{}"),
                                        of("{}", "{ }"),
                                        of("{}", "{}"),
                                        of("{}", "{}", {{"s", "smart"}}),
                                        of("{}", "{}", {{"s", "deep"}})};
        QCOMPARE(all.size(), std::size_t{8});
        QCOMPARE(of("{}", "{}"), of("{}", "{}"));
    }

    void findsKeysInTheFilesOwnForm_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("key");
        QTest::addColumn<std::string>("pointer"); // "" = unset
        const auto row = [](const char* name, const char* text, const char* key, const char* pointer) {
            QTest::newRow(name) << std::string(text) << std::string(key) << std::string(pointer);
        };
        row("wrapped", R"({"modelRouter": {"codingModel": "a/b"}})", "codingModel",
            "/modelRouter/codingModel");
        row("bare", R"({"codingModel": "a/b"})", "codingModel", "/codingModel");
        row("unset", R"({"modelRouter": {}})", "codingModel", "");
        row("null", R"({"modelRouter": {"codingModel": null}})", "codingModel", "");
        row("tiers", R"({"tiers": {"coding": {"model": {"provider": "a", "id": "b"}}}})", "codingModel",
            "/tiers/coding/model");
        row("own key first", R"({"tiers": {"coding": {"model": "a/b"}}, "codingModel": "c/d"})",
            "codingModel", "/codingModel");
        row("routing", R"({"modelRouter": {"routing": {"model": "a/b"}}})", "routingModel",
            "/modelRouter/routing/model");
        row("flag", R"({"modelRouter": {"dynamicTierEnabled": false}})", "dynamicTierEnabled",
            "/modelRouter/dynamicTierEnabled");
        row("providers wrapped", R"({"llm": {"providers": {}}})", "providers", "/llm/providers");
        row("providers bare", R"({"providers": {}})", "providers", "/providers");
        row("not JSON", "{", "codingModel", "");
    }

    void findsKeysInTheFilesOwnForm() {
        QFETCH(std::string, text);
        QFETCH(std::string, key);
        QFETCH(std::string, pointer);
        QCOMPARE(findKey(text, key).value_or(""), pointer);
    }
};

QTEST_APPLESS_MAIN(TestPolicyReader)
#include "tst_policy_reader.moc"
