#include "core/pricing/price_table.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <tuple>

using namespace tierdeck;
using namespace tierdeck::pricing;

namespace {

PriceTable shipped(std::string_view overrides = {}) {
    auto table = PriceTable::parse(shippedCatalogue(), overrides);
    if (!table)
        qFatal("%s", table.error().message.c_str());
    return *table;
}

UtcTime at(const char* text) {
    return parseRfc3339(text).value();
}

TokenUsage usage(std::int64_t input, std::int64_t cached, std::int64_t write5m, std::int64_t write1h,
                 std::int64_t output) {
    TokenUsage result;
    result.input = input;
    result.cachedInput = cached;
    result.cacheWrite5m = write5m;
    result.cacheWrite1h = write1h;
    result.output = output;
    return result;
}

QString shown(const std::optional<NanoUsd>& cost) {
    return cost ? QString::number(cost->value) : QStringLiteral("unpriced");
}

} // namespace

class TestPriceTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void names_data();
    void names();
    void costs_data();
    void costs();
    void dates_data();
    void dates();
    void modifiers_data();
    void modifiers();
    void exactPico();
    void roundsOnceHalfUp();
    void doesNotOverflow();
    void negativeCountIsUnpriced();
    void userPriceWins();
    void layers();
    void aliases();
    void sameNameOfTwoVendorsIsUnpriced();
    void malformedOverrides_data();
    void malformedOverrides();
    void facts();
    void idsAreSortedAndReal();
    void versionFollowsTheBytes();
    void emptyTableKnowsNothing();
    void everyShippedModelIsPriced();
    void goldenHomes_data();
    void goldenHomes();
    void lookupSpeed();
};

// Which name finds which price: told by the price of a million input tokens.
void TestPriceTable::names_data() {
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("nanoUsd"); // of 1,000,000 input tokens in November 2026, or "unpriced"
    const auto row = [](const char* name, const char* provider, const char* model, const char* nanoUsd) {
        QTest::newRow(name) << QString::fromLatin1(provider) << QString::fromLatin1(model)
                            << QString::fromLatin1(nanoUsd);
    };
    row("exact", "openai", "gpt-5.1", "1250000000");
    row("exact, provider within", "", "openai/gpt-5.1", "1250000000");
    row("bare name", "", "gpt-5.2", "1750000000");
    row("never the family's cheapest (gpt-5.1)", "", "openai/gpt-5.1", "1250000000");
    row("never the family's dearest (gpt-5.2)", "", "openai/gpt-5.2", "1750000000");
    row("a longer name is another model", "openai", "gpt-5.2-pro", "21000000000");
    row("router in front of the vendor", "openrouter", "openai/gpt-5.1", "1250000000");
    row("router spells the vendor otherwise", "openrouter", "z-ai/glm-4.6", "600000000");
    row("provider of the wrong vendor", "anthropic", "glm-4.6", "600000000");
    row("deployment under the vendor's name", "azure-gpt", "gpt-5.2", "1750000000");
    row("two routers", "litellm", "openrouter/openai/gpt-5.1", "1250000000");
    row("prefix said twice", "anthropic", "anthropic/claude-sonnet-4-20250514", "6000000000");
    row("date, compact", "openai", "gpt-5.1-20251113", "1250000000");
    row("date, with dashes", "openai", "gpt-5.1-2025-11-13", "1250000000");
    row("date after an at sign", "google-vertex", "claude-opus-4-8@20260301", "5000000000");
    row("date and prefix", "openrouter", "openai/gpt-5.1-2025-11-13", "1250000000");
    row("dated id stands in the catalogue", "openai", "gpt-4o-2024-08-06", "2500000000");
    row("four digits are no date", "moonshotai", "kimi-k2-0712", "unpriced");
    row("no such month", "openai", "gpt-5.1-20251399", "unpriced");
    row("undated name of a dated model", "anthropic", "claude-opus-4", "unpriced");
    row("substring at the front", "openai", "gpt-5.1-turbo", "unpriced");
    row("substring at the end", "openai", "my-gpt-5.1", "unpriced");
    row("variant after a colon", "openrouter", "openai/gpt-5.1:free", "unpriced");
    row("other case", "openai", "GPT-5.1", "unpriced");
    row("local tag without provider", "", "qwen3-coder:30b-local", "unpriced");
    row("unknown", "openai", "gpt-99", "unpriced");
    row("empty", "", "", "unpriced");
    row("only a slash", "", "/", "unpriced");
    row("vendor only", "", "openai/", "unpriced");
    row("bedrock, regional", "bedrock", "us.anthropic.claude-sonnet-4-6-20260101-v1:0", "3300000000");
    row("bedrock, eu", "", "eu.anthropic.claude-opus-4-8-v1:0", "5500000000");
    row("bedrock, apac", "", "apac.anthropic.claude-opus-4-8-v2:1", "5500000000");
    row("bedrock, jp", "", "jp.anthropic.claude-opus-4-8-v1", "5500000000");
    row("bedrock, global", "", "global.anthropic.claude-opus-4-8-v1:0", "5000000000");
    row("bedrock, no region", "amazon-bedrock", "anthropic.claude-opus-4-8-v1:0", "5000000000");
    row("bedrock, dated", "", "us.anthropic.claude-opus-4-5-20251101-v1:0", "5500000000");
    row("bedrock, another vendor", "", "us.amazon.nova-pro-v1:0", "unpriced");
    row("bedrock, unknown region", "", "mars.anthropic.claude-opus-4-8-v1:0", "unpriced");
    row("bedrock, unknown model", "", "us.anthropic.claude-nano-9-v1:0", "unpriced");
    row("local by provider", "ollama", "qwen3", "0");
    row("local by provider, though a vendor sells the name", "ollama", "glm-4.6", "0");
    row("local, whole id", "", "lmstudio/any:thing", "0");
    row("a vendor's model is not free for its name", "openrouter", "ollama/qwen3", "unpriced");
    row("simulated", "sim", "steady", "0");
    row("simulated with a vendor's name", "sim", "openai/gpt-5.1", "0");
    row("simulated is a provider, not a word", "openai", "sim", "unpriced");
    row("a wildcard is no model", "openai", "*", "unpriced");
}

void TestPriceTable::names() {
    QFETCH(QString, provider);
    QFETCH(QString, model);
    QFETCH(QString, nanoUsd);
    const std::string providerText = provider.toStdString();
    const std::string modelText = model.toStdString();
    PricedRequest request{providerText, modelText, usage(1'000'000, 0, 0, 0, 0), at("2026-11-21T12:00:00Z")};
    QCOMPARE(shown(shipped().cost(request)), nanoUsd);
}

void TestPriceTable::costs_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<qlonglong>("input");
    QTest::addColumn<qlonglong>("cached");
    QTest::addColumn<qlonglong>("write5m");
    QTest::addColumn<qlonglong>("write1h");
    QTest::addColumn<qlonglong>("output");
    QTest::addColumn<qlonglong>("nanoUsd");
    const auto row = [](const char* name, const char* id, qlonglong input, qlonglong cached,
                        qlonglong write5m, qlonglong write1h, qlonglong output, qlonglong nanoUsd) {
        QTest::newRow(name) << QString::fromLatin1(id) << input << cached << write5m << write1h << output
                            << nanoUsd;
    };
    row("gpt-5.1", "openai/gpt-5.1", 1'000'000, 1'000'000, 0, 0, 1'000'000, 11'375'000'000);
    row("gpt-5.2", "openai/gpt-5.2", 1'000'000, 1'000'000, 0, 0, 1'000'000, 15'925'000'000);
    row("gpt-5.2-codex", "openai/gpt-5.2-codex", 1'000, 2'000, 0, 0, 300, 6'300'000);
    row("sonnet 4, all classes", "anthropic/claude-sonnet-4-20250514", 1'000, 10'000, 2'000, 3'000, 400,
        37'500'000);
    row("opus 4, all classes", "anthropic/claude-opus-4-20250514", 1'000, 10'000, 2'000, 3'000, 400,
        187'500'000);
    row("at the bound of a tier: still the lower", "anthropic/claude-sonnet-4-20250514", 200'000, 0, 0, 0, 0,
        600'000'000);
    row("one token over: the whole request", "anthropic/claude-sonnet-4-20250514", 200'001, 0, 0, 0, 0,
        1'200'006'000);
    row("cached tokens count for the bound", "anthropic/claude-sonnet-4-20250514", 1, 200'000, 0, 0, 1'000,
        142'506'000);
    row("cache writes count for the bound, output is dearer too", "anthropic/claude-sonnet-4-20250514", 0, 0,
        100'000, 100'001, 1'000, 1'972'512'000);
    row("output does not count for the bound", "anthropic/claude-sonnet-4-20250514", 0, 0, 0, 0, 300'000,
        4'500'000'000);
    row("bound at 272,000", "openai/gpt-5.4", 272'001, 0, 0, 0, 0, 1'360'005'000);
    row("bound at 100,000", "anthropic/claude-haiku-5-5", 100'001, 0, 0, 0, 0, 50'000'500);
    row("bound at 512,000", "minimax/MiniMax-M3", 512'001, 0, 0, 0, 0, 307'200'600);
    row("no cached price: billed as input", "openai/gpt-5-pro", 0, 1'000, 0, 0, 0, 15'000'000);
    row("no cache-write price: free", "openai/gpt-5.1", 0, 0, 1'000'000, 1'000'000, 0, 0);
    row("cached at 0.025 of input", "anthropic/claude-fable-5-1", 0, 1'000'000, 0, 0, 0, 250'000'000);
    row("cached at 0.05 of input", "anthropic/claude-opus-5-5", 0, 1'000'000, 0, 0, 0, 200'000'000);
    row("nothing used", "openai/gpt-5.1", 0, 0, 0, 0, 0, 0);
}

void TestPriceTable::costs() {
    QFETCH(QString, id);
    QFETCH(qlonglong, input);
    QFETCH(qlonglong, cached);
    QFETCH(qlonglong, write5m);
    QFETCH(qlonglong, write1h);
    QFETCH(qlonglong, output);
    QFETCH(qlonglong, nanoUsd);
    const std::string model = id.toStdString();
    PricedRequest request{"", model, usage(input, cached, write5m, write1h, output),
                          at("2026-11-21T12:00:00Z")};
    QCOMPARE(shown(shipped().cost(request)), QString::number(nanoUsd));
}

void TestPriceTable::dates_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("time");
    QTest::addColumn<qlonglong>("input"); // pico-dollars a token
    QTest::addColumn<qlonglong>("cached");
    const auto row = [](const char* name, const char* id, const char* time, qlonglong input,
                        qlonglong cached) {
        QTest::newRow(name) << QString::fromLatin1(id) << QString::fromLatin1(time) << input << cached;
    };
    row("luna before its cut", "openai/gpt-5.6-luna", "2026-07-08T23:59:59.999Z", 1'000'000, 100'000);
    row("luna from its cut", "openai/gpt-5.6-luna", "2026-07-09T00:00:00Z", 200'000, 20'000);
    row("a former price without an end is not in force", "openai/gpt-5.6-sol", "2026-06-01T00:00:00Z",
        2'000'000, 200'000);
    row("deepseek pro before peak prices, at a peak hour", "deepseek/deepseek-v4-pro", "2026-08-15T02:00:00Z",
        435'000, 3'625);
    row("deepseek pro, peak", "deepseek/deepseek-v4-pro", "2026-08-16T01:00:00Z", 1'320'000, 44'000);
    row("deepseek pro, last peak minute", "deepseek/deepseek-v4-pro", "2026-11-01T03:59:59Z", 1'320'000,
        44'000);
    row("deepseek pro, off-peak", "deepseek/deepseek-v4-pro", "2026-11-01T04:00:00Z", 660'000, 22'000);
    row("deepseek pro, second peak", "deepseek/deepseek-v4-pro", "2026-11-01T06:00:00Z", 1'320'000, 44'000);
    row("deepseek pro, evening", "deepseek/deepseek-v4-pro", "2026-11-01T23:00:00Z", 660'000, 22'000);
    row("deepseek flash, off-peak", "deepseek/deepseek-flash", "2026-11-01T05:00:00Z", 150'000, 3'000);
    row("deepseek flash, peak", "deepseek/deepseek-flash", "2026-11-01T09:59:59Z", 300'000, 6'000);
    row("introductory price on its last day", "google/gemini-3.8-flash", "2026-12-31T23:59:59Z", 750'000,
        75'000);
    row("the price after it", "google/gemini-3.8-flash", "2027-01-01T00:00:00Z", 1'500'000, 150'000);
    row("announced without a date", "mistral/mistral-large-4", "2030-01-01T00:00:00Z", 680'000, 70'000);
    row("before the epoch", "openai/gpt-5.6-luna", "1969-12-31T23:00:00Z", 1'000'000, 100'000);
}

void TestPriceTable::dates() {
    QFETCH(QString, id);
    QFETCH(QString, time);
    QFETCH(qlonglong, input);
    QFETCH(qlonglong, cached);
    const auto rates = shipped().rates("", id.toStdString(), at(qPrintable(time)));
    QVERIFY(rates);
    QCOMPARE(qlonglong(rates->input.value), input);
    QCOMPARE(qlonglong(rates->cachedInput.value().value), cached);
}

void TestPriceTable::modifiers_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<bool>("fast");
    QTest::addColumn<bool>("batch");
    QTest::addColumn<bool>("inferenceUs");
    QTest::addColumn<qlonglong>("promptTokens"); // all uncached input
    QTest::addColumn<qlonglong>("write1h");
    QTest::addColumn<qlonglong>("webSearches");
    QTest::addColumn<qlonglong>("nanoUsd");
    const auto row = [](const char* name, const char* id, bool fast, bool batch, bool us, qlonglong prompt,
                        qlonglong write1h, qlonglong web, qlonglong nanoUsd) {
        QTest::newRow(name) << QString::fromLatin1(id) << fast << batch << us << prompt << write1h << web
                            << nanoUsd;
    };
    row("fast, opus 4.6 is six times", "anthropic/claude-opus-4-6", true, false, false, 1'000, 0, 0,
        30'000'000);
    row("fast, a class it does not name follows its input", "anthropic/claude-opus-4-6", true, false, false,
        0, 1'000, 0, 60'000'000);
    row("fast, a class it names", "anthropic/claude-opus-5-5", true, false, false, 0, 1'000, 0, 16'000'000);
    row("fast above a tier keeps both surcharges", "openai/gpt-5.5", true, false, false, 272'001, 0, 0,
        6'800'025'000);
    row("fast where none is sold", "openai/gpt-5.1", true, false, false, 1'000, 0, 0, 1'250'000);
    row("batch", "anthropic/claude-opus-4-8", false, true, false, 1'000, 0, 0, 2'500'000);
    row("batch, of an odd nano-dollar", "openai/gpt-5.1", false, true, false, 1, 0, 0, 625);
    row("US inference", "anthropic/claude-opus-4-8", false, false, true, 1'000, 0, 0, 5'500'000);
    row("US inference, batch", "anthropic/claude-opus-4-8", false, true, true, 1'000, 0, 0, 2'750'000);
    row("US inference of another vendor", "openai/gpt-5.1", false, false, true, 1'000, 0, 0, 1'250'000);
    row("regional bedrock is not charged twice", "us.anthropic.claude-opus-4-8-v1:0", false, false, true,
        1'000, 0, 0, 5'500'000);
    row("web searches", "anthropic/claude-opus-4-8", false, false, false, 0, 0, 3, 30'000'000);
    row("web searches are not modified", "anthropic/claude-opus-4-8", false, true, true, 0, 0, 3, 30'000'000);
    row("a local runtime's searches", "ollama/qwen3", false, false, false, 0, 0, 3, 0);
}

void TestPriceTable::modifiers() {
    QFETCH(QString, id);
    QFETCH(bool, fast);
    QFETCH(bool, batch);
    QFETCH(bool, inferenceUs);
    QFETCH(qlonglong, promptTokens);
    QFETCH(qlonglong, write1h);
    QFETCH(qlonglong, webSearches);
    QFETCH(qlonglong, nanoUsd);
    const std::string model = id.toStdString();
    TokenUsage used = usage(promptTokens, 0, 0, write1h, 0);
    used.webSearches = webSearches;
    PricedRequest request{"", model, used, at("2026-11-21T12:00:00Z")};
    request.speed = fast ? Speed::Fast : Speed::Standard;
    request.batch = batch;
    request.inferenceUs = inferenceUs;
    QCOMPARE(shown(shipped().cost(request)), QString::number(nanoUsd));
}

// Every price with up to six decimals must come out as the number that was written.
void TestPriceTable::exactPico() {
    std::uint64_t seed = 20261121;
    for (int i = 0; i < 20000; ++i) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const auto pico =
            static_cast<std::int64_t>((seed >> 20) % (i % 2 ? 1'000'000'000'000'000u : 100'000'000u)) + 1;
        const std::string written =
            std::to_string(pico / 1'000'000) + "." +
            QStringLiteral("%1").arg(pico % 1'000'000, 6, 10, QLatin1Char('0')).toStdString();
        const auto table = PriceTable::parse("{\"a/b\":{\"input\":" + written + ",\"output\":0}}");
        QVERIFY2(table, written.c_str());
        QCOMPARE(table->rates("a", "b", UtcTime())->input.value, pico);
    }
    QCOMPARE(shipped().rates("deepseek", "deepseek-v4-pro", at("2026-01-01T00:00:00Z"))->cachedInput->value,
             std::int64_t(3625));
}

void TestPriceTable::roundsOnceHalfUp() {
    // 0.0005 USD a million = 500 pico-dollars = half a nano-dollar a token.
    const auto table = PriceTable::parse(
        R"({"a/half":{"input":0.0005,"output":0.0005},"a/less":{"input":0.000499,"output":0}})");
    QVERIFY(table);
    const auto cost = [&](const char* model, std::int64_t input, std::int64_t output) {
        return table->cost({"a", model, usage(input, 0, 0, 0, output), UtcTime()})->value;
    };
    QCOMPARE(cost("half", 1, 0), std::int64_t(1));
    QCOMPARE(cost("half", 1, 1), std::int64_t(1)); // rounding each class would make 2
    QCOMPARE(cost("half", 2, 1), std::int64_t(2));
    QCOMPARE(cost("less", 1, 0), std::int64_t(0));
    QCOMPARE(cost("less", 3, 0), std::int64_t(1));
}

void TestPriceTable::doesNotOverflow() {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const PriceTable table = shipped(R"({"a/dear":{"input":1e9,"output":1e9,"cache_write_5m":1e9}})");
    QVERIFY(!table.cost({"a", "dear", usage(most, most, most, most, most), UtcTime()}));
    QVERIFY(!table.cost({"openai", "gpt-5.1", usage(most, most, most, most, most), UtcTime()}));
    QCOMPARE(table.cost({"ollama", "x", usage(most, most, most, most, most), UtcTime()})->value,
             std::int64_t(0));
    // 9,223,372,036.854775807 USD is the most that fits: 9,223,372 tokens at 1,000 USD each.
    QCOMPARE(table.cost({"a", "dear", usage(9'223'372, 0, 0, 0, 0), UtcTime()})->value,
             std::int64_t(9'223'372'000'000'000'000));
    QVERIFY(!table.cost({"a", "dear", usage(9'223'373, 0, 0, 0, 0), UtcTime()}));
}

void TestPriceTable::negativeCountIsUnpriced() {
    QVERIFY(!shipped().cost({"openai", "gpt-5.1", usage(-1, 0, 0, 0, 0), UtcTime()}));
    QVERIFY(!shipped().cost({"openai", "gpt-5.1", usage(0, 0, 0, 0, -5), UtcTime()}));
}

void TestPriceTable::userPriceWins() {
    const PriceTable table = shipped(R"({
        "openai/gpt-5.4": {"input": 1, "output": 2},
        "openai/gpt-5.2": {"context_window": 1000},
        "openai/gpt-5.1": null,
        "mine/special": {"input": 0.5, "output": 1, "above_200k": {"input": 1, "output": 2}},
        "openai/gpt-5.6-luna": {"input": 3, "output": 3, "price_history": [{"until": "2026-10-01", "input": 9, "output": 9}]}
    })");
    const auto input = [&](const char* model, const char* time = "2026-11-21T00:00:00Z",
                           std::int64_t prompt = 0) {
        const auto rates = table.rates("", model, at(time), prompt);
        return rates ? rates->input.value : -1;
    };
    QCOMPARE(input("openai/gpt-5.4"), std::int64_t(1'000'000));
    QCOMPARE(input("azure/gpt-5.4"), std::int64_t(1'000'000));
    QVERIFY2(!table.rates("openai", "gpt-5.4", at("2026-11-21T00:00:00Z"))->cachedInput,
             "a price of one's own is whole: the catalogue's cached price must not shine through");
    QCOMPARE(input("openai/gpt-5.4", "2026-11-21T00:00:00Z", 300'000), std::int64_t(1'000'000));
    QCOMPARE(table.facts("openai", "gpt-5.4")->contextWindow.value(), std::int64_t(1'050'000));
    QCOMPARE(input("openai/gpt-5.2"), std::int64_t(1'750'000));
    QCOMPARE(table.facts("openai", "gpt-5.2")->contextWindow.value(), std::int64_t(1000));
    QCOMPARE(input("openai/gpt-5.1"), std::int64_t(-1));
    QCOMPARE(input("mine/special", "2026-11-21T00:00:00Z", 200'000), std::int64_t(500'000));
    QCOMPARE(input("mine/special", "2026-11-21T00:00:00Z", 200'001), std::int64_t(1'000'000));
    QCOMPARE(input("openai/gpt-5.6-luna", "2026-09-30T00:00:00Z"), std::int64_t(9'000'000));
    QCOMPARE(input("openai/gpt-5.6-luna", "2026-10-01T00:00:00Z"), std::int64_t(3'000'000));
}

void TestPriceTable::layers() {
    const auto table = PriceTable::fromLayers({
        {"the price catalogue", shippedCatalogue()},
        {"llm.json",
         R"({"my-deployment": {"input": 7, "output": 7}, "azure-gpt/other": {"input": 8, "output": 8}})",
         "azure-gpt"},
        {"llm.json", "", "my-vllm", true},
        {"llm.json", R"({"paid": {"input": 2, "output": 2}})", "half-free", true},
        {"prices.json", R"({"azure-gpt/other": {"input": 9, "output": 9}})"},
    });
    QVERIFY(table);
    const auto input = [&](const char* provider, const char* model) {
        const auto rates = table->rates(provider, model, at("2026-11-21T00:00:00Z"));
        return rates ? rates->input.value : -1;
    };
    QCOMPARE(input("azure-gpt", "my-deployment"), std::int64_t(7'000'000));
    QCOMPARE(input("azure-gpt", "other"), std::int64_t(9'000'000));
    QCOMPARE(input("azure-gpt", "unheard-of"), std::int64_t(-1));
    QCOMPARE(input("my-vllm", "glm-4.6"), std::int64_t(0));
    QCOMPARE(input("half-free", "paid"), std::int64_t(2'000'000));
    QCOMPARE(input("half-free", "else"), std::int64_t(0));
    QCOMPARE(input("", "gpt-5.1"), std::int64_t(1'250'000));
}

void TestPriceTable::aliases() {
    const PriceTable table = shipped(R"({"openai/gpt-5.2": {"aliases": ["azure-gpt/blue", "house-model"]}})");
    const UtcTime now = at("2026-11-21T00:00:00Z");
    QCOMPARE(table.rates("azure-gpt", "blue", now)->input.value, std::int64_t(1'750'000));
    QCOMPARE(table.rates("anyone", "house-model", now)->input.value, std::int64_t(1'750'000));
    QCOMPARE(table.rates("anyone", "house-model-20260101", now)->input.value, std::int64_t(1'750'000));
    QVERIFY(!table.rates("other", "blue", now));
}

void TestPriceTable::sameNameOfTwoVendorsIsUnpriced() {
    const auto table = PriceTable::parse(R"({"a/twin":{"input":1,"output":1},"b/twin":{"input":2,"output":2},
                                             "b/only":{"input":3,"output":3}})",
                                         R"({"c/only":{"input":4,"output":4}})");
    QVERIFY(table);
    QVERIFY(!table->rates("", "twin", UtcTime()));
    QVERIFY(!table->rates("proxy", "twin", UtcTime()));
    QCOMPARE(table->rates("b", "twin", UtcTime())->input.value, std::int64_t(2'000'000));
    QCOMPARE(table->rates("", "only", UtcTime())->input.value, std::int64_t(3'000'000));
    QCOMPARE(table->rates("c", "only", UtcTime())->input.value, std::int64_t(4'000'000));
}

void TestPriceTable::malformedOverrides_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("inMessage");
    QTest::addColumn<QString>("detail");
    const auto row = [](const char* name, const char* json, const char* inMessage, const char* detail) {
        QTest::newRow(name) << QString::fromUtf8(json) << QString::fromUtf8(inMessage)
                            << QString::fromUtf8(detail);
    };
    row("not JSON", "{\"a/b\": ", "prices.json is not JSON", "byte 9");
    row("not an object", "[1]", "must be an object", "");
    row("no provider", R"({"gpt": {"input": 1, "output": 1}})", "'gpt' is no model", "/gpt");
    row("wildcard in a name", R"({"openai/gpt-*": {"input": 1, "output": 1}})", "provider/*",
        "/openai~1gpt-*");
    row("entry is a number", R"({"a/b": 3})", "the price of a/b must be an object", "/a~1b");
    row("negative", R"({"a/b": {"input": -1, "output": 1}})", "a/b is wrong: input must be", "/a~1b/input");
    row("text", R"({"a/b": {"input": "1", "output": 1}})", "input must be", "/a~1b/input");
    row("bool", R"({"a/b": {"input": true, "output": 1}})", "input must be", "/a~1b/input");
    row("too dear", R"({"a/b": {"input": 1e10, "output": 1}})", "input must be", "/a~1b/input");
    row("overflowing number", R"({"a/b": {"input": 1e999, "output": 1}})", "", "");
    row("too small", R"({"a/b": {"input": 1e-9, "output": 1}})", "too small", "/a~1b/input");
    row("no input", R"({"a/b": {"output": 1}})", "input is missing", "/a~1b/input");
    row("no output", R"({"a/b": {"input": 1}})", "output is missing", "/a~1b/output");
    row("null output", R"({"a/b": {"input": 1, "output": null}})", "output is missing", "/a~1b/output");
    row("cached is text", R"({"a/b": {"input": 1, "output": 1, "cache_read": "x"}})", "cache_read must be",
        "/a~1b/cache_read");
    row("tiers is an object", R"({"a/b": {"input": 1, "output": 1, "tiers": {}}})", "tiers must be a list",
        "/a~1b/tiers");
    row("tier without bound", R"({"a/b": {"input": 1, "output": 1, "tiers": [{"input": 2}]}})",
        "above_prompt_tokens", "/a~1b/tiers/0/above_prompt_tokens");
    row("two tiers of one size",
        R"({"a/b": {"input": 1, "output": 1, "above_200k": {"input": 2}, "tiers": [{"above_prompt_tokens": 200000, "input": 2}]}})",
        "one prompt size twice", "/a~1b/tiers");
    row("fast without input", R"({"a/b": {"input": 1, "output": 1, "fast": {"output": 2}}})",
        "fast/input is missing", "/a~1b/fast/input");
    row("history until nonsense",
        R"({"a/b": {"input": 1, "output": 1, "price_history": [{"until": "2026-02-30", "input": 2}]}})",
        "must be a date", "/a~1b/price_history/0/until");
    row("peak hours nonsense", R"({"a/b": {"input": 1, "output": 1, "peak_hours_utc": "25-26"}})",
        "must be hours", "/a~1b/peak_hours_utc");
    row("off-peak without hours", R"({"a/b": {"input": 1, "output": 1, "offpeak": {"input": 0.5}}})",
        "peak_hours_utc is missing", "/a~1b/peak_hours_utc");
    row("window of nothing", R"({"a/b": {"input": 1, "output": 1, "context_window": 0}})",
        "context_window must be", "/a~1b/context_window");
}

void TestPriceTable::malformedOverrides() {
    QFETCH(QString, json);
    QFETCH(QString, inMessage);
    QFETCH(QString, detail);
    const auto table = PriceTable::parse(shippedCatalogue(), json.toStdString());
    QVERIFY(!table);
    QVERIFY2(QString::fromStdString(table.error().message).contains(inMessage),
             table.error().message.c_str());
    QVERIFY2(QString::fromStdString(table.error().message).startsWith(QStringLiteral("prices.json")),
             table.error().message.c_str());
    if (!detail.isEmpty())
        QCOMPARE(QString::fromStdString(table.error().detail), detail);
}

void TestPriceTable::facts() {
    const PriceTable table = shipped();
    const auto opus = table.facts("anthropic", "claude-opus-4-20250514");
    QVERIFY(opus);
    QCOMPARE(opus->id, std::string("anthropic/claude-opus-4-20250514"));
    QCOMPARE(opus->contextWindow.value(), std::int64_t(200'000));
    QCOMPARE(table.facts("openrouter", "openai/gpt-5.1-20251113")->id, std::string("openai/gpt-5.1"));
    QCOMPARE(table.facts("openai", "gpt-5.1")->released, std::string("2025-11-13"));
    QVERIFY(!table.facts("ollama", "qwen3")->contextWindow);
    QVERIFY(!table.facts("openai", "gpt-99"));
}

void TestPriceTable::idsAreSortedAndReal() {
    const PriceTable table = shipped();
    const std::vector<std::string> all = table.ids();
    QCOMPARE(all.size(), std::size_t(176)); // 181 entries, five of them wildcards
    QVERIFY(std::is_sorted(all.begin(), all.end()));
    QCOMPARE(table.ids("openai").size(), std::size_t(38));
    QVERIFY(table.ids("ollama").empty());
    QVERIFY(table.ids("open").empty());
}

void TestPriceTable::versionFollowsTheBytes() {
    const PriceTable plain = shipped();
    QVERIFY2(QRegularExpression(QStringLiteral("^2026-10-07/[0-9a-f]{16}$"))
                 .match(QString::fromStdString(plain.version()))
                 .hasMatch(),
             plain.version().c_str());
    QCOMPARE(shipped().version(), plain.version());
    QVERIFY(shipped(R"({"a/b":{"input":1,"output":1}})").version() != plain.version());
}

void TestPriceTable::emptyTableKnowsNothing() {
    const PriceTable table;
    QVERIFY(!table.cost({"openai", "gpt-5.1", usage(1, 0, 0, 0, 0), UtcTime()}));
    QVERIFY(table.ids().empty());
}

void TestPriceTable::everyShippedModelIsPriced() {
    const PriceTable table = shipped();
    for (const std::string& id : table.ids()) {
        const auto rates = table.rates("", id, at("2026-11-21T12:00:00Z"));
        QVERIFY2(rates, id.c_str());
        // Only models that the catalogue itself lists at 0 may cost nothing.
        const auto entry = nlohmann::json::parse(shippedCatalogue())[id];
        QCOMPARE(rates->output.value == 0, entry["output"] == 0);
    }
}

void TestPriceTable::goldenHomes_data() {
    QTest::addColumn<QString>("home");
    for (const char* home : {"basic", "claude-traps", "codex-traps"})
        QTest::newRow(home) << QString::fromLatin1(home);
}

// Every billable request of the golden homes, summed as right.json does. That was summed in floating point:
// equal means within one nano-dollar a request.
void TestPriceTable::goldenHomes() {
    QFETCH(QString, home);
    const QString folder = QStringLiteral(TIERDECK_TEST_DATA "/sessions/golden/") + home;
    QFile truth(folder + QStringLiteral("/truth.jsonl"));
    QFile right(folder + QStringLiteral("/right.json"));
    QVERIFY(truth.open(QIODevice::ReadOnly) && right.open(QIODevice::ReadOnly));

    struct Sum {
        std::int64_t requests = 0;
        std::int64_t nanoUsd = 0;
    };

    using Key = std::tuple<std::string, std::string, std::string, std::string>;
    std::map<Key, Sum> sums;
    const PriceTable table = shipped();
    while (!truth.atEnd()) {
        const auto line = nlohmann::json::parse(truth.readLine().toStdString());
        const std::string model = line["model"].is_null() ? "?" : line["model"].get<std::string>();
        const std::string time = line["ts"].get<std::string>();
        TokenUsage used = usage(line["in"], line["cr"], line["cw5"], line["cw1"], line["out"]);
        used.webSearches = line["web"].get<std::int64_t>();
        PricedRequest request{"", model, used, at(time.c_str())};
        request.speed = line["speed"] == "fast" ? Speed::Fast : Speed::Standard;
        request.inferenceUs = line["geo"] == "us";
        std::int64_t cost = table.cost(request).value_or(NanoUsd(0)).value;
        if (!line["cost_logged"].is_null())
            cost = std::llround(line["cost_logged"].get<double>() * 1e9);
        Sum& sum = sums[{line["agent"].get<std::string>(), time.substr(0, 10), model,
                         line["speed"].get<std::string>()}];
        ++sum.requests;
        sum.nanoUsd += cost;
    }
    const auto expected = nlohmann::json::parse(right.readAll().toStdString());
    std::size_t rows = 0;
    for (const char* agent : {"claude", "codex"}) {
        for (const auto& row : expected[agent]) {
            ++rows;
            const Key key{agent, row["day"], row["model"], row["speed"]};
            const Sum& sum = sums[key];
            QCOMPARE(sum.requests, row["requests"].get<std::int64_t>());
            const double difference = double(sum.nanoUsd) - row["usd"].get<double>() * 1e9;
            QVERIFY2(std::abs(difference) <= double(sum.requests),
                     qPrintable(QStringLiteral("%1 %2: off by %3 nano-dollars")
                                    .arg(QString::fromStdString(std::get<1>(key)),
                                         QString::fromStdString(std::get<2>(key)))
                                    .arg(difference)));
        }
    }
    QCOMPARE(sums.size(), rows);
}

void TestPriceTable::lookupSpeed() {
    const PriceTable table = shipped();
    PricedRequest request{"anthropic", "claude-sonnet-4-20250514", usage(1'000, 20'000, 300, 0, 500),
                          at("2026-11-21T12:00:00Z")};
    std::int64_t sum = 0;
    QBENCHMARK {
        for (int i = 0; i < 1000; ++i)
            sum += table.cost(request)->value;
    }
    QVERIFY(sum > 0);
}

QTEST_APPLESS_MAIN(TestPriceTable)
#include "tst_price_table.moc"
