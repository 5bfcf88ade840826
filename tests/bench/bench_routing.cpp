// How many decisions and scores a second the router makes.
#include "core/routing/complexity.h"
#include "core/routing/decision_json.h"
#include "core/routing/packed_decision.h"
#include "core/routing/policy.h"
#include "core/routing/tier_resolver.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace tierdeck;
using namespace tierdeck::routing;

Policy policyWithEverything() {
    auto policy = Policy::withDefaults();
    for (const auto* name : {"openai", "anthropic", "ollama"}) {
        ProviderSettings provider;
        provider.name = name;
        provider.local = provider.name == "ollama";
        if (provider.local)
            provider.models.push_back({"qwen3", std::nullopt, std::nullopt, false});
        policy.providerOrder.push_back(provider.name);
        policy.providers.emplace(provider.name, provider);
    }
    policy.tiers.find(tiers::balanced)->second.model = ModelId::parse("openai/gpt-5.1");
    policy.tiers.find(tiers::smart)->second.model = ModelId::parse("anthropic/claude-sonnet-4-20250514");
    policy.tiers.find(tiers::coding)->second.model = ModelId::parse("openai/gpt-5.2");
    policy.tiers.find(tiers::deep)->second.model = ModelId::parse("anthropic/claude-opus-4-20250514");
    policy.dynamicTierEnabled = true;
    policy.fallbacks["coding"] = {{ModelId::parse("anthropic/claude-sonnet-4-20250514"), {}}};
    policy.fallbacks["*"] = {{ModelId::parse("ollama/qwen3"), {}}};
    for (int i = 0; i < 10; ++i) {
        Rule rule;
        rule.name = "rule " + std::to_string(i);
        rule.when.keywords = {"security audit", "licence review"};
        rule.tier = "deep";
        policy.rules.push_back(rule);
    }
    policy.prices = pricing::PriceTable::parse(pricing::shippedCatalogue()).value();
    return policy;
}

std::string promptOf(std::size_t bytes) {
    std::string prompt;
    while (prompt.size() < bytes)
        prompt +=
            "The retry loop in upload_worker.cpp drops the last chunk when the server answers 503. Why does "
            "`flush()` return early, and how would you test it? ";
    prompt.resize(bytes);
    return prompt;
}

void resolveWith(benchmark::State& state, const Policy& policy) {
    const auto prompt = promptOf(300);
    RouteRequest request;
    request.declaredModel = "tier-balanced";
    request.userText = prompt;
    request.inputTokens = 4000;
    request.toolsOffered = 12;
    for (auto _ : state)
        benchmark::DoNotOptimize(resolve(request, policy, {}, {}));
    state.SetItemsProcessed(state.iterations());
}

/// Ten rules with two keywords each, none of which is in the text.
void resolveRequest(benchmark::State& state) {
    resolveWith(state, policyWithEverything());
}

BENCHMARK(resolveRequest);

/// Budgets, bands, quotas, hosts sorted by price, windows, a warm cache: everything that a decision may have
/// to look at.
void resolveWithBudgetsAndHosts(benchmark::State& state) {
    auto policy = policyWithEverything();
    for (const auto* name : {"Daily", "Monthly", "Project"}) {
        Budget budget;
        budget.name = name;
        budget.limit = NanoUsd(50'000'000'000);
        budget.onExceeded = OnExceeded::Degrade;
        policy.budgets.push_back(budget);
    }
    policy.budgets.back().scope.project = "shop";
    policy.degradation = {{70, "watching", {}, {}},
                          {80, "", {"anthropic/claude-opus-4-20250514"}, {}},
                          {95, "", {"anthropic/*"}, {}},
                          {100, "", {}, std::vector<std::string>{"google/*", "ollama/*"}}};
    policy.providers["openai"].quota = ProviderQuota{"codex-cli", 40};
    for (const auto* name : {"azure", "eu"}) {
        ProviderSettings provider;
        provider.name = name;
        provider.models.push_back({"blue", ModelId::parse("openai/gpt-5.2"), 400'000, false});
        policy.providerOrder.push_back(name);
        policy.providers.emplace(name, provider);
    }
    policy.providerPolicy.sort = ProviderPolicy::Sort::Price;
    policy.providerPolicy.maxPromptPrice = PicoUsdPerToken(20'000'000);
    policy.contextWindowFallbacks["*"] = {{ModelId::parse("openai/gpt-4.1"), {}}};
    Conditions conditions;
    conditions.budgetUsed = {{"Daily", NanoUsd(40'000'000'000)}, {"Monthly", NanoUsd(41'000'000'000)}};
    SessionState session;
    session.warm = WarmPrefix{*ModelId::parse("openai/gpt-5.1"), 40'000, 60};
    const auto prompt = promptOf(300);
    RouteRequest request;
    request.declaredModel = "tier-balanced";
    request.userText = prompt;
    request.inputTokens = 45'000;
    request.toolsOffered = 12;
    for (auto _ : state)
        benchmark::DoNotOptimize(resolve(request, policy, session, conditions));
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(resolveWithBudgetsAndHosts);

void resolveWithoutRules(benchmark::State& state) {
    auto policy = policyWithEverything();
    policy.rules.clear();
    resolveWith(state, policy);
}

BENCHMARK(resolveWithoutRules);

/// What a request declares, a promotion and its fallbacks: seven rungs, ten features, three attempts.
RouteDecision usualDecision() {
    const auto policy = policyWithEverything();
    const auto prompt = promptOf(300);
    RouteRequest request;
    request.declaredModel = "tier-balanced";
    request.userText = prompt;
    request.inputTokens = 4000;
    request.toolsOffered = 12;
    return resolve(request, policy, {}, {}).value();
}

void countBytes(benchmark::State& state, const std::string& written) {
    state.SetLabel(std::to_string(written.size()) + " bytes");
}

void packDecision(benchmark::State& state) {
    const auto decision = usualDecision();
    for (auto _ : state)
        benchmark::DoNotOptimize(pack(decision));
    countBytes(state, pack(decision));
}

BENCHMARK(packDecision);

void unpackDecision(benchmark::State& state) {
    const auto packed = pack(usualDecision());
    for (auto _ : state)
        benchmark::DoNotOptimize(unpack(packed));
}

BENCHMARK(unpackDecision);

void writeDecisionAsJson(benchmark::State& state) {
    const auto decision = usualDecision();
    for (auto _ : state)
        benchmark::DoNotOptimize(toJson(decision));
    countBytes(state, toJson(decision));
}

BENCHMARK(writeDecisionAsJson);

void scorePrompt(benchmark::State& state) {
    const auto prompt = promptOf(static_cast<std::size_t>(state.range(0)));
    RouteRequest request;
    request.userText = prompt;
    for (auto _ : state)
        benchmark::DoNotOptimize(scoreComplexity(request));
}

BENCHMARK(scorePrompt)->Arg(300)->Arg(2048)->Arg(100 * 1024);

} // namespace
