// The counters of a gateway: what a record adds to which series, the format, and that no client can make the
// page grow without end.
#include "core/gateway/metrics.h"
#include "tests/core/gateway/prometheus_reader.h"

#include <QtTest>

#include <set>

using namespace tierdeck;
using namespace tierdeck::testing;
using gateway::Metrics;

namespace {

routing::RequestRecord served(const std::string& model, const std::string& tier = "smart") {
    routing::RequestRecord record;
    if (!tier.empty())
        record.tier = tier;
    record.model = model;
    record.status = "ok";
    record.latencyMs = 1500;
    record.firstByteMs = 400;
    record.usage = {100, 20, 3, 4, 50, 30, 0};
    record.cost = NanoUsd(1'234'567);
    record.attempts.push_back({"a", model, "ok", 200, 1500, {}});
    return record;
}

PrometheusPage pageOf(const Metrics& metrics, const Metrics::Gauges& gauges = {}) {
    auto page = readPrometheus(metrics.text(gauges));
    for (const auto& problem : page.problems)
        qWarning("%s", problem.c_str());
    return page;
}

/// With ' for ".
std::string key(std::string text) {
    for (auto& c : text)
        c = c == '\'' ? '"' : c;
    return text;
}

} // namespace

class TestMetrics : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void emptyPage();
    void requestsTokensAndCost();
    void unpricedIsNotFree();
    void attemptsAndFallbacks();
    void histograms();
    void withoutTierOrModel();
    void escapes();
    void boundedSeries();
    void hostileNumbers();
    void readerRefuses_data();
    void readerRefuses();
};

void TestMetrics::emptyPage() {
    Metrics::Gauges gauges;
    gauges.activeRequests = 3;
    gauges.unsavedRequests = 2;
    gauges.openBreakers = 1;
    gauges.sessions = 7;
    gauges.started = UtcTime(std::chrono::milliseconds(1'795'000'000'250));
    gauges.version = "1.2.3";
    const auto page = pageOf(Metrics(), gauges);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.value("tierdeck_active_requests"), 3.0);
    QCOMPARE(page.value("tierdeck_unsaved_requests_total"), 2.0);
    QCOMPARE(page.value("tierdeck_breakers_open"), 1.0);
    QCOMPARE(page.value("tierdeck_sessions"), 7.0);
    QCOMPARE(page.value("process_start_time_seconds"), 1'795'000'000.25);
    QCOMPARE(page.value(key("tierdeck_build_info{version='1.2.3'}")), 1.0);
    QCOMPARE(page.types.at("tierdeck_request_duration_seconds"), std::string("histogram"));
    QCOMPARE(page.countOf("tierdeck_requests_total"), 0);
}

void TestMetrics::requestsTokensAndCost() {
    Metrics metrics;
    metrics.count(served("openai/gpt-5.2"));
    metrics.count(served("openai/gpt-5.2"));
    metrics.count(served("openai/gpt-5.2", "coding"));
    auto failed = served("openai/gpt-5.2");
    failed.status = "error";
    metrics.count(failed);
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    const auto requests = [&](const char* tier, const char* status) {
        return page.value(key(std::string("tierdeck_requests_total{model='openai/gpt-5.2',status='") +
                              status + "',tier='" + tier + "'}"));
    };
    QCOMPARE(requests("smart", "ok"), 2.0);
    QCOMPARE(requests("coding", "ok"), 1.0);
    QCOMPARE(requests("smart", "error"), 1.0);
    QCOMPARE(page.countOf("tierdeck_requests_total"), 3);
    const auto tokens = [&](const char* type) {
        return page.value(
            key(std::string("tierdeck_tokens_total{class='") + type + "',model='openai/gpt-5.2'}"));
    };
    QCOMPARE(tokens("input"), 400.0);
    QCOMPARE(tokens("cached_input"), 80.0);
    QCOMPARE(tokens("cache_write_5m"), 12.0);
    QCOMPARE(tokens("cache_write_1h"), 16.0);
    QCOMPARE(tokens("output"), 200.0);
    QCOMPARE(page.countOf("tierdeck_tokens_total"), 5); // disjoint: reasoning is part of output
    QCOMPARE(page.value(key("tierdeck_reasoning_tokens_total{model='openai/gpt-5.2'}")), 120.0);
    QCOMPARE(page.value(key("tierdeck_cost_usd_total{model='openai/gpt-5.2'}")), 0.004938268);
    QCOMPARE(page.value(key("tierdeck_unpriced_requests_total{model='openai/gpt-5.2'}")), 0.0);
}

void TestMetrics::unpricedIsNotFree() {
    Metrics metrics;
    auto record = served("x/unknown");
    record.cost = std::nullopt;
    metrics.count(record);
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.countOf("tierdeck_cost_usd_total"), 0);
    QCOMPARE(page.value(key("tierdeck_unpriced_requests_total{model='x/unknown'}")), 1.0);
}

void TestMetrics::attemptsAndFallbacks() {
    Metrics metrics;
    auto record = served("c/3");
    record.attempts = {{"a", "a/1", "http_529", 529, 1, {}},
                       {"a", "a/1", "http_529", 529, 1, {}},
                       {"b", "b/2", "timeout", 0, 1, {}},
                       {"c", "c/3", "ok", 200, 1, {}}};
    metrics.count(record);
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.value(key("tierdeck_attempts_total{model='a/1',outcome='http_529'}")), 2.0);
    QCOMPARE(page.value(key("tierdeck_attempts_total{model='b/2',outcome='timeout'}")), 1.0);
    QCOMPARE(page.value(key("tierdeck_attempts_total{model='c/3',outcome='ok'}")), 1.0);
    QCOMPARE(page.value(key("tierdeck_fallbacks_total{model='a/1'}")), 1.0);
    QCOMPARE(page.value(key("tierdeck_fallbacks_total{model='b/2'}")), 1.0);
    QCOMPARE(page.countOf("tierdeck_fallbacks_total"), 2);
}

void TestMetrics::histograms() {
    Metrics metrics;
    for (const std::int64_t ms : {0, 10, 11, 1000, 600'000, 600'001}) {
        auto record = served("a/b", "deep");
        record.latencyMs = ms;
        record.firstByteMs = ms == 0 ? std::nullopt : std::optional(ms);
        metrics.count(record);
    }
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    const auto bucket = [&](const char* family, const char* bound) {
        return page.value(
            key(std::string("tierdeck_") + family + "_seconds_bucket{le='" + bound + "',tier='deep'}"));
    };
    QCOMPARE(bucket("request_duration", "0.01"), 2.0); // the bound belongs to its bucket
    QCOMPARE(bucket("request_duration", "0.025"), 3.0);
    QCOMPARE(bucket("request_duration", "1"), 4.0);
    QCOMPARE(bucket("request_duration", "300"), 4.0);
    QCOMPARE(bucket("request_duration", "600"), 5.0);
    QCOMPARE(bucket("request_duration", "+Inf"), 6.0);
    QCOMPARE(page.value(key("tierdeck_request_duration_seconds_sum{tier='deep'}")), 1201.022);
    QCOMPARE(page.value(key("tierdeck_request_duration_seconds_count{tier='deep'}")), 6.0);
    QCOMPARE(bucket("first_byte", "0.01"), 1.0); // the one without a first byte does not count
    QCOMPARE(page.value(key("tierdeck_first_byte_seconds_count{tier='deep'}")), 5.0);
}

void TestMetrics::withoutTierOrModel() {
    Metrics metrics;
    metrics.count(served("a/b", ""));
    routing::RequestRecord refused;
    refused.status = "error";
    refused.cost = NanoUsd(0);
    metrics.count(refused);
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.value(key("tierdeck_requests_total{model='a/b',status='ok',tier='-'}")), 1.0);
    QCOMPARE(page.value(key("tierdeck_requests_total{model='-',status='error',tier='-'}")), 1.0);
}

void TestMetrics::escapes() {
    Metrics metrics;
    metrics.count(served("a/quote\" back\\slash new\nline}", "träger"));
    metrics.count(served("a/broken\xff\xc3"));
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.value("tierdeck_requests_total{model=\"a/quote\" back\\slash "
                        "new\nline}\",status=\"ok\",tier=\"träger\"}"),
             1.0);
    QCOMPARE(
        page.value("tierdeck_requests_total{model=\"a/broken\uFFFD\uFFFD\",status=\"ok\",tier=\"smart\"}"),
        1.0);
}

void TestMetrics::boundedSeries() {
    Metrics metrics;
    for (int i = 0; i < 1000; ++i) {
        auto record = served("a/model-" + std::to_string(i), "tier-" + std::to_string(i));
        record.attempts.front().outcome = "http_" + std::to_string(i);
        record.status = "status-" + std::to_string(i);
        metrics.count(record);
    }
    metrics.count(served("a/model-3"));
    metrics.count(served("a/" + std::string(100'000, 'x')));
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.countOf("tierdeck_reasoning_tokens_total"), 201);
    QCOMPARE(page.value(key("tierdeck_reasoning_tokens_total{model='other'}")), 801 * 30.0);
    QCOMPARE(page.value(key("tierdeck_reasoning_tokens_total{model='a/model-3'}")), 2 * 30.0); // known before
    QCOMPARE(page.countOf("tierdeck_first_byte_seconds_count"), 51);
    double requests = 0;
    std::set<std::string> outcomes;
    for (const auto& [sample, value] : page.samples) {
        if (sample.starts_with("tierdeck_requests_total"))
            requests += value;
        if (const auto at = sample.find("outcome="); at != std::string::npos)
            outcomes.insert(sample.substr(at));
    }
    QCOMPARE(requests, 1002.0); // nothing is lost
    QCOMPARE(outcomes.size(), std::size_t(65));
    QVERIFY(metrics.text({}).size() < 256u << 10);
}

void TestMetrics::hostileNumbers() {
    Metrics metrics;
    auto record = served("a/b");
    record.usage = {-1, -2, -3, -4, -5, -6, 0};
    record.cost = NanoUsd(-7);
    record.latencyMs = -1;
    metrics.count(record);
    const auto page = pageOf(metrics);
    QVERIFY(page.problems.empty());
    QCOMPARE(page.value(key("tierdeck_tokens_total{class='input',model='a/b'}")), 0.0);
    QCOMPARE(page.value(key("tierdeck_cost_usd_total{model='a/b'}")), 0.0);
}

void TestMetrics::readerRefuses_data() {
    QTest::addColumn<QByteArray>("page");
    const auto row = [](const char* name, const char* page) { QTest::newRow(name) << QByteArray(page); };
    row("no end", "# HELP a_total x\n# TYPE a_total counter\na_total 1");
    row("no family", "a_total 1\n");
    row("no type", "# HELP a_total x\na_total 1\n");
    row("counter without _total", "# HELP a x\n# TYPE a counter\na 1\n");
    row("twice", "# HELP a x\n# TYPE a gauge\na 1\na 1\n");
    row("split family", "# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n");
    row("bad label", "# HELP a x\n# TYPE a gauge\na{b-c=\"1\"} 1\n");
    row("open label", "# HELP a x\n# TYPE a gauge\na{b=\"1} 1\n");
    row("bad escape", "# HELP a x\n# TYPE a gauge\na{b=\"\\t\"} 1\n");
    row("no number", "# HELP a x\n# TYPE a gauge\na one\n");
    row("falling", "# HELP a_total x\n# TYPE a_total counter\na_total -1\n");
    row("not utf-8", "# HELP a x\n# TYPE a gauge\na{b=\"\xff\"} 1\n");
    row("not cumulative", "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"
                          "a_sum 1\na_count 1\n");
    row("no count", "# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\n");
}

/// A reader that takes everything would prove nothing.
void TestMetrics::readerRefuses() {
    QFETCH(QByteArray, page);
    QVERIFY(!readPrometheus(page.toStdString()).problems.empty());
}

QTEST_GUILESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
