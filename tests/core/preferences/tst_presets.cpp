#include "core/foundation/json_text.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/presets.h"
#include "tests/core/preferences/preferences_support.h"

// Slashes in JSON here are escaped, since moc takes two of them for a comment even in a raw string.
using namespace tierdeck;
using namespace tierdeck::testing;
using preferences::Preset;
using preferences::PresetEdit;
using preferences::presetEdits;
using preferences::readPolicy;

namespace {

constexpr const char* llm = R"({"llm": {"providers": {
  "openai": {"apiType": "openai", "apiKey": {"client": true}},
  "anthropic": {"apiType": "anthropic", "apiKey": {"client": true}},
  "google": {"apiType": "openai-chat", "baseUrl": "https:\/\/google.example/v1", "apiKey": {"client": true}},
  "ollama": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:11434/v1", "local": true, "models": ["qwen3"]},
  "empty": {"apiType": "openai-chat", "baseUrl": "http:\/\/empty.example"},
  "sim": {"apiType": "simulated"}}}})";

preferences::PolicyReading read(const std::string& router) {
    return readPolicy({router.empty() ? std::nullopt : std::optional(router), std::string(llm), std::nullopt},
                      {}, nullptr);
}

Result<std::vector<PresetEdit>> plan(Preset preset, const std::string& router, std::string_view provider) {
    return presetEdits(preset, router, *read(router).policy, provider, parseRfc3339("2026-11-21").value());
}

/// "/pointer = value" or "/pointer removed", one a line.
std::string shown(const std::vector<PresetEdit>& edits) {
    std::string text;
    for (const PresetEdit& edit : edits)
        text += edit.pointer + (edit.json ? " = " + *edit.json : " removed") + "\n";
    return text;
}

std::string applied(const std::string& router, const std::vector<PresetEdit>& edits) {
    auto document = JsonText::parse(router).value();
    for (const PresetEdit& edit : edits) {
        const auto done = edit.json ? document.set(edit.pointer, *edit.json) : document.remove(edit.pointer);
        if (!done)
            qFatal("%s", done.error().message.c_str());
    }
    return std::string(document.text());
}

std::string modelOf(const routing::Policy& policy, std::string_view tier) {
    const auto& model = policy.tiers.find(tier)->second.model;
    return model ? model->text() : "";
}

} // namespace

/// The presets of the contract, each by the edits that it is.
class TestPresets : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void edits_data() {
        QTest::addColumn<int>("preset");
        QTest::addColumn<std::string>("router");
        QTest::addColumn<std::string>("provider");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* name, Preset preset, std::string_view router, const char* provider,
                            const char* expected) {
            QTest::newRow(name) << int(preset) << std::string(router) << std::string(provider)
                                << std::string(expected);
        };
        row("first set-up: smart and deep removed, dynamic on", Preset::FirstSetup,
            R"({"modelRouter": {"balancedModel": "sim/a", "smartModel": "sim/b", "deepModel": "sim/c"}})",
            "openai",
            "/modelRouter/balancedModel = \"openai/gpt-5.1\"\n/modelRouter/codingModel = \"openai/gpt-5.2\"\n"
            "/modelRouter/smartModel removed\n/modelRouter/deepModel removed\n"
            "/modelRouter/dynamicTierEnabled = true\n");
        row("first set-up of the sample: only what differs", Preset::FirstSetup, routerSample, "openai",
            "/modelRouter/smartModel removed\n/modelRouter/deepModel removed\n");
        row("first set-up in a bare file", Preset::FirstSetup, R"({"balancedModel": "openai/gpt-5.1"})", "",
            "/codingModel = \"openai/gpt-5.2\"\n/dynamicTierEnabled = true\n");
        row("first set-up in another runtime's form", Preset::FirstSetup,
            R"({"dynamicTierEnabled": true, "tiers": {"balanced": {"model": "sim/a"}, "deep": {"model": "sim/b"}}})",
            "sim",
            "/tiers/balanced/model = \"sim/steady\"\n/codingModel = \"sim/fast\"\n/tiers/deep/model "
            "removed\n");
        row("first set-up where both forms stand", Preset::FirstSetup,
            R"({"balancedModel": "sim/steady", "codingModel": "sim/fast", "dynamicTierEnabled": true,
                "deepModel": "sim/a", "tiers": {"deep": {"model": "sim/b"}}})",
            "sim", "/deepModel removed\n/tiers/deep/model removed\n");
        row("one approved provider", Preset::OneApprovedProvider, routerSample, "anthropic",
            "/modelRouter/balancedModel = \"anthropic/claude-sonnet-5\"\n"
            "/modelRouter/codingModel = \"anthropic/claude-sonnet-5\"\n"
            "/modelRouter/tiers/background/model = \"anthropic/claude-haiku-4-5\"\n"
            "/modelRouter/routingModel = \"anthropic/claude-haiku-4-5\"\n"
            "/modelRouter/providerPolicy/only = [\"anthropic\"]\n");
        row("one approved provider: a local one serves all", Preset::OneApprovedProvider,
            R"({"balancedModel": "openai/gpt-5.1"})", "ollama",
            "/balancedModel = \"ollama/qwen3\"\n/smartModel = \"ollama/qwen3\"\n"
            "/codingModel = \"ollama/qwen3\"\n/deepModel = \"ollama/qwen3\"\n"
            "/tiers/background/model = \"ollama/qwen3\"\n/providerPolicy/only = [\"ollama\"]\n");
        row("research: a reasoning model for deep, dynamic on, cascade off", Preset::Research,
            R"({"balancedModel": "openai/gpt-5.1", "deepModel": "ollama/other", "cascade": {"enabled": true, "gates": [{"kind": "nonEmpty"}]}})",
            "anthropic",
            "/deepModel = \"anthropic/claude-opus-5\"\n/dynamicTierEnabled = true\n/cascade/enabled = "
            "false\n");
        row("research: a reasoning model that stands stays", Preset::Research, routerSample, "openai", "");
        row("lowest cost", Preset::LowestCost, routerSample, "",
            "/modelRouter/dynamicTierEnabled = false\n"
            "/modelRouter/balancedModel = \"google/gemini-2.5-flash\"\n"
            "/modelRouter/smartModel = \"openai/gpt-5\"\n"
            "/modelRouter/codingModel = \"openai/gpt-5.1\"\n"
            "/modelRouter/deepModel = \"google/gemini-2.5-pro\"\n"
            "/modelRouter/tiers/background/model = \"ollama/qwen3\"\n");
    }

    void edits() {
        QFETCH(int, preset);
        QFETCH(std::string, router);
        QFETCH(std::string, provider);
        QFETCH(std::string, expected);
        const auto edits = plan(static_cast<Preset>(preset), router, provider);
        QVERIFY2(edits, edits ? "" : edits.error().message.c_str());
        QCOMPARE(shown(*edits), expected);
        for (const PresetEdit& edit : *edits)
            QVERIFY2(edit.what.ends_with('.'), edit.what.c_str());
        // Applied, they leave preferences that are valid and nothing to do.
        const std::string after = applied(router, *edits);
        const auto reading = read(after);
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const auto again = plan(static_cast<Preset>(preset), after, provider);
        QVERIFY(again);
        QCOMPARE(shown(*again), std::string());
    }

    void everyTierIsCheapestOfItsClass() {
        const std::string router(routerSample);
        const auto edits = plan(Preset::LowestCost, router, "");
        QVERIFY(edits);
        const auto before = read(router).policy;
        const auto after = read(applied(router, *edits)).policy;
        QVERIFY(!after->dynamicTierEnabled);
        const auto priceOf = [&](const routing::Policy& policy, std::string_view tier) {
            const auto id = routing::ModelId::parse(modelOf(policy, tier)).value();
            return policy.prices.rates(id.provider(), id.name(), {}).value().input.value;
        };
        for (const std::string_view tier : routing::tiers::four)
            QVERIFY(priceOf(*after, tier) <= priceOf(*before, tier));
        QCOMPARE(modelOf(*after, "background"), std::string("ollama/qwen3"));
    }

    void oneApprovedProviderLeavesNoOther() {
        const std::string router(routerSample);
        const auto edits = plan(Preset::OneApprovedProvider, router, "openai");
        QVERIFY(edits);
        const auto policy = read(applied(router, *edits)).policy;
        for (const auto& [name, tier] : policy->tiers)
            QCOMPARE(std::string(tier.model->provider()), std::string("openai"));
        QVERIFY(policy->providerPolicy.only == std::vector<std::string>{"openai"});
    }

    void whatCannotBeDone() {
        const auto unknown = plan(Preset::OneApprovedProvider, std::string(routerSample), "moon");
        QVERIFY(!unknown);
        QVERIFY(unknown.error().message.find("'moon'") != std::string::npos);
        const auto bare = plan(Preset::FirstSetup, std::string(routerSample), "empty");
        QVERIFY(!bare);
        QVERIFY(bare.error().message.find("'models'") != std::string::npos);
    }

    void aMissingFile() {
        const auto edits = plan(Preset::FirstSetup, "", "sim");
        QVERIFY(edits);
        QCOMPARE(edits->front().pointer, std::string("/modelRouter/balancedModel"));
    }

    void names() {
        for (const Preset preset : preferences::allPresets)
            QVERIFY(preferences::presetFrom(preferences::toString(preset)) == preset);
        QVERIFY(!preferences::presetFrom("luck"));
    }
};

QTEST_APPLESS_MAIN(TestPresets)
#include "tst_presets.moc"
