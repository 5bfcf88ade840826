#include "core/routing/availability.h"
#include "core/routing/budget_use.h"
#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <atomic>
#include <mutex>
#include <utility>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

using Json = nlohmann::json;

/// Keeps what is reported in memory. Thread-safe.
class MemoryAvailability final : public routing::AvailabilitySource {
public:
    std::shared_ptr<const routing::AvailabilityState> current() override {
        const std::lock_guard lock(m_mutex);
        return std::make_shared<const routing::AvailabilityState>(m_state);
    }

    void report(routing::Exhaustion exhaustion) override {
        const std::lock_guard lock(m_mutex);
        m_state.add(std::move(exhaustion));
    }

    void report(routing::QuotaReading reading) override {
        const std::lock_guard lock(m_mutex);
        m_state.add(std::move(reading));
        ++m_readings;
    }

    [[nodiscard]] int readings() const {
        const std::lock_guard lock(m_mutex);
        return m_readings;
    }

private:
    mutable std::mutex m_mutex;
    routing::AvailabilityState m_state;
    int m_readings = 0;
};

/// A model that refuses, one behind it that answers, and somebody who keeps what is said.
struct Limits {
    MockUpstream mock;
    MockUpstream other{answering("Hello")};
    MemoryAvailability availability;
    GatewayBench bench{mock.url()};

    explicit Limits(MockUpstream::Script script)
        : mock(std::move(script)) {
        addProvider(bench.policy, "other", other.url());
        setFallbacks(bench.policy, "*", {"other/c"});
        bench.availability = &availability;
    }
};

/// What a test says was spent; one alert for the next request that ends. Thread-safe.
class FixedSpend final : public routing::SpendSource {
public:
    explicit FixedSpend(NanoUsd used)
        : m_used(used) {}

    void addTo(routing::Conditions& conditions, const routing::Policy& policy, std::string_view,
               UtcTime) override {
        for (const auto& budget : policy.budgets)
            conditions.budgetUsed[budget.name] = m_used;
    }

    std::vector<routing::BudgetAlert> spent(const routing::RequestRecord& record, const routing::Policy&,
                                            UtcTime) override {
        if (record.status != "ok" || m_told.exchange(true))
            return {};
        return {{routing::BudgetAlert::Kind::Threshold, "Monthly", 81, NanoUsd(40'500'000'000),
                 NanoUsd(50'000'000'000)}};
    }

private:
    NanoUsd m_used;
    std::atomic<bool> m_told = false;
};

routing::Budget budgetOf(routing::OnExceeded effect) {
    routing::Budget budget;
    budget.name = "Monthly";
    budget.limit = NanoUsd(50'000'000'000);
    budget.alertAtPercent = {50, 80};
    budget.onExceeded = effect;
    return budget;
}

UtcTime wallClock() {
    return SystemClock().now();
}

} // namespace

class TestGatewayLimits : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsWhatIsExhausted_data();
    void keepsWhatIsExhausted();
    void takesAnAccountWithoutCreditForItsProvider();
    void waitsForWhatIsSoonOver();
    void goesAroundWhatIsExhausted();
    void answersStatusWithWhatIsExhausted();
    void keepsQuotas_data();
    void keepsQuotas();
    void tellsAQuotaOnce();
    void callsAQuotaThatNobodyNamedAsItsProvider();
    void takesAPlanThatNobodyNamedForItsProvider();
    void localServersHaveNoQuota();
    void blocks_data();
    void blocks();
    void keepsTheTierOfWhatIsRefused_data();
    void keepsTheTierOfWhatIsRefused();
    void degrades();
    void logsAlerts();
    void showsBudgets();
    void knowsClientsByTheirTokens();
    void tellsOfReloadsThatATokenFound();
    void warnsOfFullWindows();
    void refusesWhatNoWindowHolds();
    void swapsForALargerWindow();
};

void TestGatewayLimits::keepsWhatIsExhausted_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<std::string>("body");
    QTest::addColumn<std::string>("target");
    QTest::addColumn<int>("seconds");
    const std::string plain = R"({"error":{"message":"slow down"}})";
    QTest::newRow("Retry-After") << Headers{{"retry-after", "7200"}} << plain << std::string("mock/base")
                                 << 7200;
    QTest::newRow("x-ratelimit") << Headers{{"x-ratelimit-remaining-tokens", "0"},
                                            {"x-ratelimit-reset-tokens", "1h30m"}}
                                 << plain << std::string("mock/base") << 5400;
    QTest::newRow("x-codex") << Headers{{"x-codex-primary-used-percent", "100"},
                                        {"x-codex-primary-reset-after-seconds", "600"}}
                             << plain << std::string("mock/base") << 600;
    QTest::newRow("resets_in_seconds")
        << Headers{} << std::string(R"({"error":{"type":"usage_limit_reached","resets_in_seconds":86400}})")
        << std::string("plan") << 86400;
    QTest::newRow("no credit: the account's, for an hour")
        << Headers{} << std::string(R"({"error":{"type":"insufficient_quota","code":"insufficient_quota"}})")
        << std::string("plan") << 3600;
}

void TestGatewayLimits::takesAnAccountWithoutCreditForItsProvider() {
    Limits limits(failing(429, R"({"error":{"type":"insufficient_quota"}})", {}));
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).header("x-tierdeck-model"), std::string("other/c"));
    const auto state = limits.availability.current();
    QCOMPARE(state->exhausted.size(), std::size_t(1));
    QCOMPARE(state->exhausted[0].target, std::string("mock"));
    QCOMPARE(state->exhausted[0].reason, std::string("the account has no credit left"));
    QCOMPARE(limits.mock.requests().size(), std::size_t(1)); // not tried again, neither now nor next
    QCOMPARE(limits.bench.ask(chatRequest("auto")).header("x-tierdeck-model"), std::string("other/c"));
    QCOMPARE(limits.mock.requests().size(), std::size_t(1));
}

void TestGatewayLimits::keepsWhatIsExhausted() {
    QFETCH(Headers, headers);
    QFETCH(std::string, body);
    QFETCH(std::string, target);
    QFETCH(int, seconds);
    Limits limits(failing(429, body, headers));
    limits.bench.policy.providers["mock"].quota = routing::ProviderQuota{"plan", std::nullopt};
    limits.bench.start();
    const auto before = wallClock();
    const auto reply = limits.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/c"));
    const auto state = limits.availability.current();
    QCOMPARE(state->exhausted.size(), std::size_t(1));
    const auto& said = state->exhausted[0];
    QCOMPARE(said.target, target);
    QVERIFY(said.until >= before + std::chrono::seconds(seconds));
    QVERIFY(said.until <= wallClock() + std::chrono::seconds(seconds + 1));
    limits.bench.stop();
    const auto log = limits.bench.log();
    QVERIFY(log.find("[warn] Availability: " + target + " exhausted until 20") != std::string::npos);
}

void TestGatewayLimits::waitsForWhatIsSoonOver() {
    Limits limits(failing(429, "{}", {{"retry-after", "1"}}));
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    QVERIFY(limits.availability.current()->exhausted.empty());
}

void TestGatewayLimits::goesAroundWhatIsExhausted() {
    Limits limits(answering("Hello"));
    routing::Exhaustion said;
    said.target = "mock";
    said.until = wallClock() + std::chrono::hours(2);
    limits.availability.report(said);
    limits.bench.start();
    const auto reply = limits.bench.ask(chatRequest("auto"));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/c"));
    QVERIFY(limits.mock.requests().empty());
    // What another program says is seen with the next request.
    said.until = wallClock() - std::chrono::seconds(1);
    limits.availability.report(said);
    QCOMPARE(limits.bench.ask(chatRequest("auto")).header("x-tierdeck-model"), std::string("mock/base"));
}

void TestGatewayLimits::answersStatusWithWhatIsExhausted() {
    Limits limits(answering("Hello"));
    routing::Exhaustion said;
    said.target = "mock/ba*";
    said.reason = "the weekly limit is reached";
    limits.availability.report(said);
    limits.bench.start();
    const auto inChat = limits.bench.ask(chatRequest("auto", "/status"));
    QVERIFY(inChat.body.find("mock/ba* (exhausted until it is cleared (the weekly limit is reached))") !=
            std::string::npos);
    const auto status = Json::parse(limits.bench.ask(httpRequest("GET", "/v1/tierdeck/status")).body);
    QCOMPARE(status.at("unavailable").size(), std::size_t(1));
    QCOMPARE(status["unavailable"][0].at("target").get<std::string>(), std::string("mock/ba*"));
    QVERIFY(status["unavailable"][0].at("reason").get<std::string>().starts_with("exhausted until"));
}

void TestGatewayLimits::keepsQuotas_data() {
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<std::string>("window");
    QTest::addColumn<double>("percent");
    QTest::addColumn<bool>("hasEnd");
    QTest::newRow("x-codex") << Headers{{"x-codex-secondary-used-percent", "81.5"},
                                        {"x-codex-secondary-reset-at", "4000000000"}}
                             << std::string("secondary") << 81.5 << true;
    QTest::newRow("x-ratelimit") << Headers{{"x-ratelimit-limit-requests", "200"},
                                            {"x-ratelimit-remaining-requests", "50"},
                                            {"x-ratelimit-reset-requests", "6m0s"}}
                                 << std::string("requests") << 75.0 << true;
    QTest::newRow("anthropic-ratelimit") << Headers{{"anthropic-ratelimit-input-tokens-limit", "1000"},
                                                    {"anthropic-ratelimit-input-tokens-remaining", "900"}}
                                         << std::string("input-tokens") << 10.0 << false;
}

void TestGatewayLimits::keepsQuotas() {
    QFETCH(Headers, headers);
    QFETCH(std::string, window);
    QFETCH(double, percent);
    QFETCH(bool, hasEnd);
    headers.emplace_back("content-type", "application/json");
    Limits limits(replying(httpReply(200, chatJson("base", "Hello"), headers)));
    limits.bench.policy.providers["mock"].quota = routing::ProviderQuota{"plan", 40.0};
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    const auto state = limits.availability.current();
    QCOMPARE(state->quotas.size(), std::size_t(1));
    QCOMPARE(state->quotas[0].quota, std::string("plan"));
    QCOMPARE(state->quotas[0].configuredPercent.value_or(0), 40.0);
    QCOMPARE(state->quotas[0].windows.size(), std::size_t(1));
    QCOMPARE(state->quotas[0].windows[0].name, window);
    QCOMPARE(state->quotas[0].windows[0].percentUsed, percent);
    QCOMPARE(state->quotas[0].windows[0].resetsAt.has_value(), hasEnd);
}

void TestGatewayLimits::tellsAQuotaOnce() {
    std::atomic<int> percent = 10;
    Limits limits([&](MockConnection& connection, const MockRequest&) {
        connection.send(httpReply(200, chatJson("base", "Hello"),
                                  {{"content-type", "application/json"},
                                   {"x-codex-primary-used-percent", std::to_string(percent)}}));
    });
    limits.bench.policy.providers["mock"].quota = routing::ProviderQuota{"plan", std::nullopt};
    limits.bench.start();
    for (int i = 0; i < 3; ++i)
        QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(limits.availability.readings(), 1);
    percent = 11;
    QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(limits.availability.readings(), 2);
}

void TestGatewayLimits::callsAQuotaThatNobodyNamedAsItsProvider() {
    Limits limits(
        replying(httpReply(200, chatJson("base", "Hello"),
                           {{"content-type", "application/json"}, {"x-codex-primary-used-percent", "99"}})));
    limits.bench.policy.degradation = {{95, "", {"mock"}, {}}};
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).header("x-tierdeck-model"), std::string("mock/base"));
    const auto state = limits.availability.current();
    QCOMPARE(state->quotas.size(), std::size_t(1));
    QCOMPARE(state->quotas[0].quota, std::string("mock"));
    QVERIFY(!state->quotas[0].configuredPercent);
    // It counts like one that has a name.
    QCOMPARE(limits.bench.ask(chatRequest("auto")).header("x-tierdeck-model"), std::string("other/c"));
}

void TestGatewayLimits::takesAPlanThatNobodyNamedForItsProvider() {
    Limits limits(failing(429, R"({"error":{"type":"usage_limit_reached","resets_in_seconds":86400}})", {}));
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).header("x-tierdeck-model"), std::string("other/c"));
    const auto state = limits.availability.current();
    QCOMPARE(state->exhausted.size(), std::size_t(1));
    QCOMPARE(state->exhausted[0].target, std::string("mock"));
}

void TestGatewayLimits::localServersHaveNoQuota() {
    Limits limits(
        replying(httpReply(200, chatJson("base", "Hello"),
                           {{"content-type", "application/json"}, {"x-codex-primary-used-percent", "99"}})));
    limits.bench.policy.providers["mock"].local = true;
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(limits.availability.readings(), 0);
}

void TestGatewayLimits::blocks_data() {
    QTest::addColumn<std::string>("path");
    QTest::addColumn<std::string>("shape");
    QTest::newRow("chat") << std::string("/v1/chat/completions")
                          << std::string(R"("code":"budget_exceeded")");
    QTest::newRow("messages") << std::string("/v1/messages") << std::string(R"("type":"error")");
}

void TestGatewayLimits::blocks() {
    QFETCH(std::string, path);
    QFETCH(std::string, shape);
    FixedSpend spend(NanoUsd(50'000'000'000));
    Limits limits(answering("Hello"));
    limits.bench.policy.budgets = {budgetOf(routing::OnExceeded::Block)};
    limits.bench.spend = &spend;
    limits.bench.start();
    const auto reply = limits.bench.ask(httpRequest(
        "POST", path, chatBody("auto", "hi", R"("max_tokens":9,)"), {{"content-type", "application/json"}}));
    QCOMPARE(reply.status(), 402);
    QVERIFY(reply.body.find(shape) != std::string::npos);
    QVERIFY(reply.body.find("Monthly") != std::string::npos);
    QVERIFY(limits.mock.requests().empty());
    QCOMPARE(limits.bench.recordOf(reply).httpStatus, 402);
    // What is local costs nothing.
    limits.bench.policy.providers["other"].local = true;
    limits.bench.setPolicy(limits.bench.policy);
    const auto local = limits.bench.ask(chatRequest("auto"));
    QCOMPARE(local.header("x-tierdeck-model"), std::string("other/c"));
}

void TestGatewayLimits::keepsTheTierOfWhatIsRefused_data() {
    QTest::addColumn<std::string>("model");
    QTest::addColumn<Headers>("headers");
    QTest::addColumn<int>("status");
    QTest::addColumn<std::string>("tier"); // "-": none, as in the headers
    QTest::addColumn<std::string>("source");
    QTest::addColumn<std::string>("startingTier");
    const auto row = [](const char* name, const char* model, Headers headers, int status, const char* tier,
                        const char* source, const char* startingTier) {
        QTest::newRow(name) << std::string(model) << std::move(headers) << status << std::string(tier)
                            << std::string(source) << std::string(startingTier);
    };
    row("budget, by default", "auto", {}, 402, "balanced", "default", "balanced");
    row("budget, declared", "tier-smart", {}, 402, "smart", "declared", "smart");
    row("budget, by the user", "auto", {{"x-tierdeck-tier", "smart"}}, 402, "smart", "user", "balanced");
    row("budget, a model's name", "mock/base", {}, 402, "-", "declared", "");
    row("nothing was decided", "tier-huge", {}, 404, "-", "-", "");
}

void TestGatewayLimits::keepsTheTierOfWhatIsRefused() {
    QFETCH(std::string, model);
    QFETCH(Headers, headers);
    QFETCH(int, status);
    QFETCH(std::string, tier);
    QFETCH(std::string, source);
    QFETCH(std::string, startingTier);
    FixedSpend spend(NanoUsd(50'000'000'000));
    Limits limits(answering("Hello"));
    limits.bench.policy.budgets = {budgetOf(routing::OnExceeded::Block)};
    limits.bench.spend = &spend;
    limits.bench.start();
    headers.emplace_back("content-type", "application/json");
    const auto reply = limits.bench.ask(
        httpRequest("POST", "/v1/chat/completions", chatBody(model, "hi"), std::move(headers)));
    QCOMPARE(reply.status(), status);
    QCOMPARE(reply.header("x-tierdeck-tier"), tier);
    QCOMPARE(reply.header("x-tierdeck-tier-source"), source);
    const auto record = limits.bench.recordOf(reply);
    QCOMPARE(record.tier.value_or("-"), tier);
    QCOMPARE(record.tierSource.empty() ? std::string("-") : record.tierSource, source);
    QCOMPARE(record.startingTier, startingTier);
}

void TestGatewayLimits::degrades() {
    FixedSpend spend(NanoUsd(60'000'000'000));
    Limits limits(answering("Hello"));
    limits.bench.policy.budgets = {budgetOf(routing::OnExceeded::Degrade)};
    limits.bench.spend = &spend;
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("tier-smart")).header("x-tierdeck-model"),
             std::string("mock/base"));
}

void TestGatewayLimits::logsAlerts() {
    FixedSpend spend(NanoUsd(1));
    Limits limits(answering("Hello"));
    limits.bench.policy.budgets = {budgetOf(routing::OnExceeded::Alert)};
    limits.bench.spend = &spend;
    limits.bench.start();
    QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(limits.bench.ask(chatRequest("auto")).status(), 200);
    limits.bench.stop();
    const auto log = limits.bench.log();
    const std::string line = "[warn] Budget: 'Monthly' at 81% (40.50 of 50.00 USD)";
    const auto found = log.find(line);
    QVERIFY(found != std::string::npos);
    QVERIFY(log.find(line, found + 1) == std::string::npos);
}

void TestGatewayLimits::showsBudgets() {
    FixedSpend spend(NanoUsd(41'000'000'000));
    Limits limits(answering("Hello"));
    limits.bench.policy.budgets = {budgetOf(routing::OnExceeded::Alert)};
    limits.bench.spend = &spend;
    limits.bench.start();
    const auto status = Json::parse(limits.bench.ask(httpRequest("GET", "/v1/tierdeck/status")).body);
    const auto& budget = status.at("budgets").at(0);
    QCOMPARE(budget.at("name").get<std::string>(), std::string("Monthly"));
    QCOMPARE(budget.at("period").get<std::string>(), std::string("month"));
    QCOMPARE(budget.at("usedUsd").get<double>(), 41.0);
    QCOMPARE(budget.at("limitUsd").get<double>(), 50.0);
    QCOMPARE(budget.at("percent").get<double>(), 82.0);
    QCOMPARE(budget.at("state").get<std::string>(), std::string("alert"));
    const auto inChat = limits.bench.ask(chatRequest("auto", "/status"));
    QVERIFY(inChat.body.find("Budget 'Monthly': $41.00 of $50.00.") != std::string::npos);
}

void TestGatewayLimits::knowsClientsByTheirTokens() {
    Limits limits(answering("Hello"));
    limits.bench.options.token = "the-gateways";
    limits.bench.policy.clientTokens = {{"ci", "CI_TOKEN"}};
    limits.bench.policy.providers["mock"].key = {routing::KeySource::Kind::Client, {}};
    limits.bench.secrets.set("CI_TOKEN", "the-ci-one");
    limits.bench.start();
    const auto ask = [&](const std::string& token) {
        return limits.bench.ask(chatRequest("auto", "hi", {{"authorization", "Bearer " + token}}));
    };
    QCOMPARE(ask("another").status(), 401);
    const auto reply = ask("the-ci-one");
    QCOMPARE(reply.status(), 200);
    QCOMPARE(limits.bench.recordOf(reply).facts.value().token, std::string("ci"));
    // It is for the gateway, not for a provider that takes the client's key.
    QVERIFY(limits.mock.requests().at(0).header("authorization").empty());
    QCOMPARE(limits.bench.recordOf(ask("the-gateways")).facts.value().token, std::string());
}

/// A client's token is the first thing that the changed policy is asked for.
void TestGatewayLimits::tellsOfReloadsThatATokenFound() {
    Limits limits(answering("Hello"));
    auto& bench = limits.bench;
    bench.options.token = "the-gateways";
    bench.policy.clientTokens = {{"ci", "CI_TOKEN"}};
    bench.secrets.set("CI_TOKEN", "the-ci-one");
    bench.start();
    bench.policies.set(std::make_shared<const routing::Policy>(bench.policy), {}, "llm.json");
    QCOMPARE(bench.ask(chatRequest("auto", "hi", {{"authorization", "Bearer the-ci-one"}})).status(), 200);
    bench.stop();
    const auto log = bench.log();
    QVERIFY2(log.find("Preferences: llm.json reloaded") != std::string::npos, log.c_str());
}

namespace {

/// Gives mock/base a window that a prompt fills by so many percent.
void setWindow(Limits& limits, const std::string& text, int percent) {
    const auto reply = limits.bench.ask(chatRequest("auto", text));
    const auto tokens = limits.bench.recordOf(reply).facts.value().inputTokens;
    auto& models = limits.bench.policy.providers["mock"].models;
    models.resize(1);
    models[0].id = "base";
    models[0].contextWindow = tokens * 100 / percent;
    limits.bench.setPolicy(limits.bench.policy);
}

const std::string longText(8000, 'w');

} // namespace

void TestGatewayLimits::warnsOfFullWindows() {
    Limits limits(answering("Hello"));
    limits.bench.start();
    setWindow(limits, longText, 97);
    const auto reply = limits.bench.ask(chatRequest("auto", longText));
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("mock/base"));
    limits.bench.stop();
    const auto log = limits.bench.log();
    QVERIFY(log.find("[warn] Window: ") != std::string::npos);
    QVERIFY(log.find("request=" + reply.header("x-tierdeck-request"), log.find("Window: ")) !=
            std::string::npos);
}

void TestGatewayLimits::refusesWhatNoWindowHolds() {
    Limits limits(answering("Hello"));
    limits.bench.policy.fallbacks.clear();
    limits.bench.start();
    setWindow(limits, longText, 150);
    const auto asked = limits.mock.requests().size();
    const auto reply = limits.bench.ask(chatRequest("mock/base", longText));
    QCOMPARE(reply.status(), 413);
    QCOMPARE(textIn(reply.body, "code"), std::string("context_length_exceeded"));
    QCOMPARE(limits.mock.requests().size(), asked);
    QCOMPARE(limits.bench.recordOf(reply).httpStatus, 413);
}

void TestGatewayLimits::swapsForALargerWindow() {
    Limits limits(answering("Hello"));
    limits.bench.policy.fallbacks.clear();
    limits.bench.policy.contextWindowFallbacks["mock/base"] = {{routing::ModelId::parse("other/long"), {}}};
    limits.bench.start();
    setWindow(limits, longText, 97);
    const auto reply = limits.bench.ask(chatRequest("auto", longText));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("x-tierdeck-model"), std::string("other/long"));
    QCOMPARE(limits.bench.ask(chatRequest("auto", "short")).header("x-tierdeck-model"),
             std::string("mock/base"));
}

QTEST_APPLESS_MAIN(TestGatewayLimits)
#include "tst_gateway_limits.moc"
