#include "core/routing/availability.h"
#include "core/routing/tier_resolver.h"

#include <QTest>

using namespace tierdeck;
using namespace tierdeck::routing;
using namespace std::chrono_literals;

namespace {

const UtcTime now(std::chrono::milliseconds(1'795'240'000'000)); // 2026-11-21T05:46:40Z

ModelId model(const char* text) {
    return *ModelId::parse(text);
}

ProviderSettings provider(const char* name, const char* quota = nullptr, std::optional<double> percent = {}) {
    ProviderSettings settings;
    settings.name = name;
    if (quota)
        settings.quota = ProviderQuota{quota, percent};
    return settings;
}

/// One vendor's three products, two of which share a quota; another vendor; a local model.
Policy policyOf(std::optional<double> configured = {}) {
    Policy policy = Policy::withDefaults();
    policy.providers["openai"] = provider("openai", "api");
    policy.providers["codex"] = provider("codex", "codex-cli", configured);
    policy.providers["codex-eu"] = provider("codex-eu", "codex-cli", configured);
    policy.providers["anthropic"] = provider("anthropic");
    policy.providers["ollama"] = provider("ollama");
    policy.providers["ollama"].local = true;
    policy.providerOrder = {"openai", "codex", "codex-eu", "anthropic", "ollama"};
    policy.tiers["balanced"].model = model("codex/gpt-5.2");
    policy.fallbacks["*"] = {
        {model("openai/gpt-5.2"), ""}, {model("anthropic/opus"), ""}, {model("ollama/qwen3"), ""}};
    return policy;
}

Exhaustion exhausted(const char* target, std::optional<UtcTime> until = {},
                     Exhaustion::Source source = Exhaustion::Source::Command) {
    return {target, until, "", source, now};
}

QuotaReading reading(const char* quota, std::vector<QuotaWindow> windows,
                     std::optional<double> configured = {}) {
    return {quota, std::move(windows), now, configured};
}

QString modelsOf(const RouteDecision& decision) {
    QStringList names;
    for (const PlannedAttempt& attempt : decision.attempts)
        names << QString::fromStdString(attempt.model.text());
    return names.join(QLatin1Char(' '));
}

} // namespace

class AvailabilityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void targets_data() {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QString>("left");
        QTest::newRow("a model") << QByteArray("codex/gpt-5.2")
                                 << "openai/gpt-5.2 anthropic/opus ollama/qwen3";
        QTest::newRow("a provider") << QByteArray("openai") << "codex/gpt-5.2 anthropic/opus ollama/qwen3";
        QTest::newRow("all of a provider")
            << QByteArray("anthropic/*") << "codex/gpt-5.2 openai/gpt-5.2 ollama/qwen3";
        QTest::newRow("a wildcard across") << QByteArray("*/gpt-5*") << "anthropic/opus ollama/qwen3";
        QTest::newRow("one quota of a vendor")
            << QByteArray("codex-cli") << "openai/gpt-5.2 anthropic/opus ollama/qwen3";
        QTest::newRow("the other quota") << QByteArray("api") << "codex/gpt-5.2 anthropic/opus ollama/qwen3";
        QTest::newRow("what no provider is")
            << QByteArray("gemini") << "codex/gpt-5.2 openai/gpt-5.2 anthropic/opus ollama/qwen3";
        QTest::newRow("a beginning is no name")
            << QByteArray("code") << "codex/gpt-5.2 openai/gpt-5.2 anthropic/opus ollama/qwen3";
    }

    void targets() {
        QFETCH(QByteArray, target);
        QFETCH(QString, left);
        const Policy policy = policyOf();
        AvailabilityState state;
        state.add(exhausted(target.constData(), now + 24h));
        Conditions conditions;
        state.addTo(conditions, policy, now);
        const auto decision = resolve({}, policy, {}, conditions);
        QVERIFY(decision);
        QCOMPARE(modelsOf(*decision), left);
        for (const Exclusion& exclusion : decision->excluded)
            QVERIFY(render(exclusion.reason).find("exhausted until 2026-11-22T05:46:40Z") !=
                    std::string::npos);
        // Both ways of asking agree.
        for (const auto& name : {"codex/gpt-5.2", "openai/gpt-5.2", "anthropic/opus", "ollama/qwen3"})
            QCOMPARE(!state.whyNot(model(name), policy, now).has_value(), left.contains(QLatin1String(name)));
    }

    void itEndsByItself() {
        const Policy policy = policyOf();
        AvailabilityState state;
        state.add(exhausted("codex", now + 1h));
        state.add(exhausted("openai"));
        const auto holds = [&](UtcTime time, const char* name) {
            Conditions conditions;
            state.addTo(conditions, policy, time);
            return whyUnavailable(conditions, model(name)) != nullptr;
        };
        QVERIFY(holds(now + 1h - 1ms, "codex/gpt-5.2"));
        QVERIFY(!holds(now + 1h, "codex/gpt-5.2"));
        QVERIFY(holds(now + 24h * 3650, "openai/gpt-5.2"));
        QVERIFY(!state.dropPassed(now + 1h - 1ms));
        QVERIFY(state.dropPassed(now + 1h));
        QCOMPARE(state.exhausted.size(), std::size_t{1});
    }

    void sayingItAgainReplacesIt() {
        AvailabilityState state;
        state.add(exhausted("codex", now + 1h, Exhaustion::Source::Headers));
        state.add(exhausted("codex", now + 5h, Exhaustion::Source::Headers));
        state.add(exhausted("codex", now + 2h)); // a person's word stands beside it
        QCOMPARE(state.exhausted.size(), std::size_t{2});
        const auto why = state.whyNot(model("codex/gpt-5.2"), policyOf(), now);
        QVERIFY(why && why->until == now + 5h); // the one that lasts longest
        QVERIFY(state.clear("codex"));
        QVERIFY(!state.clear("codex"));
        QVERIFY(state.exhausted.empty());
    }

    void forEverLastsLongest() {
        AvailabilityState state;
        state.add(exhausted("codex/*"));
        state.add(exhausted("codex", now + 5h));
        Conditions conditions;
        state.addTo(conditions, policyOf(), now);
        QCOMPARE(whyUnavailable(conditions, model("codex/x"))->reason,
                 std::string("exhausted until it is cleared"));
    }

    void quotasFillConditions() {
        const Policy policy = policyOf(40);
        AvailabilityState state;
        state.add(reading("codex-cli", {{"primary", 61, now + 1h}, {"secondary", 83.5, now + 48h}}, 40));
        Conditions conditions;
        state.addTo(conditions, policy, now);
        QVERIFY(
            (conditions.quotaPercentUsed == std::map<std::string, double, std::less<>>{{"codex-cli", 83.5}}));
        QVERIFY(conditions.unavailablePatterns.empty());
        // A window that has run out is empty; the other goes on.
        conditions = {};
        state.addTo(conditions, policy, now + 48h);
        QVERIFY(
            (conditions.quotaPercentUsed == std::map<std::string, double, std::less<>>{{"codex-cli", 0}}));
        // A later reading replaces the windows that it names.
        state.add(reading("codex-cli", {{"primary", 12, now + 6h}}, 40));
        QCOMPARE(state.fullestWindow({"codex-cli", 40}, now)->name, std::string("secondary"));
        QVERIFY(!state.fullestWindow({"api", {}}, now));
    }

    void aQuotaWithoutANameIsCalledAsItsProvider() {
        Policy policy = policyOf();
        AvailabilityState state;
        state.add(reading("anthropic", {{"tokens", 96, now + 1h}}));
        Conditions conditions;
        state.addTo(conditions, policy, now);
        QVERIFY(
            (conditions.quotaPercentUsed == std::map<std::string, double, std::less<>>{{"anthropic", 96}}));
        policy.degradation = {{95, "", {"anthropic"}, {}}};
        const auto decision = resolve({}, policy, {}, conditions);
        QVERIFY(decision);
        QCOMPARE(modelsOf(*decision), QStringLiteral("codex/gpt-5.2 openai/gpt-5.2 ollama/qwen3"));
        QVERIFY(render(decision->excluded.at(0).reason).find("quota 'anthropic'") != std::string::npos);

        state.add(reading("anthropic", {{"tokens", 100, now + 1h}}));
        QVERIFY(state.whyNot(model("anthropic/opus"), policy, now));
        QVERIFY(!state.whyNot(model("anthropic/opus"), policy, now + 1h));
        QVERIFY(!state.whyNot(model("openai/gpt-5.2"), policy, now)); // its quota has a name
    }

    void whatTheUserWroteSinceIsNewer() {
        AvailabilityState state;
        state.add(reading("codex-cli", {{"primary", 100, now + 1h}}, 40));
        Conditions conditions;
        state.addTo(conditions, policyOf(55), now);
        QVERIFY(conditions.quotaPercentUsed.empty() && conditions.unavailablePatterns.empty());
        QVERIFY(!state.whyNot(model("codex/gpt-5.2"), policyOf(55), now));
    }

    void aFullQuotaIsExhausted() {
        const Policy policy = policyOf();
        AvailabilityState state;
        state.add(reading("codex-cli", {{"primary", 100, now + 1h}, {"secondary", 30, now + 48h}}));
        Conditions conditions;
        state.addTo(conditions, policy, now);
        const auto decision = resolve({}, policy, {}, conditions);
        QVERIFY(decision);
        QCOMPARE(modelsOf(*decision), QStringLiteral("openai/gpt-5.2 anthropic/opus ollama/qwen3"));
        QVERIFY(state.whyNot(model("codex-eu/x"), policy, now)); // they share the quota
        QVERIFY(!state.whyNot(model("openai/gpt-5.2"), policy, now));
        QVERIFY(!state.whyNot(model("codex/gpt-5.2"), policy, now + 1h));
        // Without a time at which it ends, bands decide.
        state.add(reading("codex-cli", {{"primary", 100, {}}}));
        QVERIFY(!state.whyNot(model("codex/gpt-5.2"), policy, now));
        QVERIFY(state.clear("codex-cli"));
        QVERIFY(state.quotas.empty());
    }

    void sentences() {
        Exhaustion one = exhausted("codex", UtcTime(std::chrono::milliseconds(1'795'240'000'123)));
        QCOMPARE(sentence(one), std::string("exhausted until 2026-11-21T05:46:40.123Z"));
        one.reason = "the weekly limit is reached";
        one.until.reset();
        QCOMPARE(sentence(one), std::string("exhausted until it is cleared (the weekly limit is reached)"));
        for (const auto source :
             {Exhaustion::Source::Command, Exhaustion::Source::Headers, Exhaustion::Source::ErrorBody})
            QVERIFY(exhaustionSourceFrom(toString(source)) == source);
        QVERIFY(!exhaustionSourceFrom("rumour"));
    }
};

QTEST_GUILESS_MAIN(AvailabilityTest)
#include "tst_availability.moc"
