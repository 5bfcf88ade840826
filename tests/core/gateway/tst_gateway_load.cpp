#include "core/routing/availability.h"
#include "core/sessions/session_store.h"
#include "tests/core/sessions/store_fixture.h"
#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::testing;

namespace {

/// Knows on which threads requests are decided. Thread-safe.
class ThreadWatch final : public routing::AvailabilitySource {
public:
    std::shared_ptr<const routing::AvailabilityState> current() override {
        const std::lock_guard lock(m_mutex);
        m_threads.insert(std::this_thread::get_id());
        return std::make_shared<const routing::AvailabilityState>();
    }

    void report(routing::Exhaustion) override {}

    void report(routing::QuotaReading) override {}

    [[nodiscard]] std::size_t threads() const {
        const std::lock_guard lock(m_mutex);
        return m_threads.size();
    }

private:
    mutable std::mutex m_mutex;
    std::set<std::thread::id> m_threads;
};

/// Passes everything on to a store, and knows on which threads it kept records at once. Thread-safe.
class WatchedStore final : public routing::RecordSink {
public:
    explicit WatchedStore(sessions::SessionStore& store)
        : m_store(store) {}

    [[nodiscard]] std::size_t keepAtOnce(std::span<routing::RequestRecord* const> records) override {
        const std::size_t kept = m_store.keepAtOnce(records);
        if (kept > 0) {
            const std::lock_guard lock(m_mutex);
            m_keepers.insert(std::this_thread::get_id());
        }
        return kept;
    }

    void record(routing::RequestRecord record, std::function<void(Result<void>)> done) override {
        m_store.record(std::move(record), std::move(done));
    }

    [[nodiscard]] std::int64_t notCommitted() const override { return m_store.notCommitted(); }

    [[nodiscard]] Result<IdBlock> reserveIds(int count) override { return m_store.reserveIds(count); }

    [[nodiscard]] std::optional<KnownSession> findSession(std::string_view session) override {
        return m_store.findSession(session);
    }

    [[nodiscard]] std::size_t keepers() const {
        const std::lock_guard lock(m_mutex);
        return m_keepers.size();
    }

private:
    sessions::SessionStore& m_store;
    mutable std::mutex m_mutex;
    std::set<std::thread::id> m_keepers;
};

/// The value of a sample without labels, or the sum over all labels.
double sampleIn(const std::string& metrics, const std::string& name) {
    double sum = 0;
    for (std::size_t at = 0; (at = metrics.find("\n" + name, at)) != std::string::npos; ++at) {
        const auto end = metrics.find('\n', at + 1);
        const auto line = metrics.substr(at + 1, end - at - 1);
        if (line[name.size()] == ' ' || line[name.size()] == '{')
            sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
}

} // namespace

class TestGatewayLoad : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void manyClients();
    void oneSessionOfManyClients();
    void allReactorsKeepInOneJournal();
    void reactorsShareTheConnections();
    void whoComesAloneFindsKeptConnections();
    void clientsThatComeAndGo();
    void policyChangesMeanwhile();
    void stopMeanwhile();
};

void TestGatewayLoad::manyClients() {
    constexpr int clients = 200;
    constexpr int rounds = 5;
    MockUpstream mock([](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) == "broken")
            return failing(529)(connection, request);
        // Each reply is of its request: no two may be mixed up.
        answering(request.header("x-number"))(connection, request);
    });
    GatewayBench bench(mock.url());
    setFallbacks(bench.policy, "mock/broken", {"mock/base"});
    bench.policy.cooldown.failures = 0;
    bench.start();
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    threads.reserve(clients);
    for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&, c] {
            RawClient client(bench.port());
            for (int i = 0; i < rounds; ++i) {
                const auto number = std::to_string(c) + "-" + std::to_string(i);
                const Headers headers{{"X-Number", number}, {"X-Tierdeck-Session", "s" + std::to_string(c)}};
                const char* model = i % 3 == 2 ? "mock/broken" : "auto";
                const auto reply = client.ask(i % 2 == 0 ? chatRequest(model, number, headers)
                                                         : streamRequest(model, number, headers));
                good += reply.status() == 200 && reply.isComplete &&
                        reply.body.find("\"content\":\"" + number + "\"") != std::string::npos &&
                        reply.header("x-tierdeck-turn") == std::to_string(i + 1);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    QCOMPARE(good.load(), clients * rounds);
    QVERIFY(bench.sink.waitForRecords(clients * rounds));
    std::set<std::int64_t> ids;
    std::map<std::string, int> sessions;
    for (const auto& record : bench.sink.records()) {
        QCOMPARE(record.status, std::string("ok"));
        ids.insert(record.request.value);
        ++sessions[record.session];
    }
    QCOMPARE(ids.size(), std::size_t(clients * rounds));
    QCOMPARE(sessions.size(), std::size_t(clients));
}

void TestGatewayLoad::oneSessionOfManyClients() {
    constexpr int clients = 16;
    constexpr int rounds = 20;
    constexpr int all = clients * rounds;
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    ThreadWatch watch;
    bench.availability = &watch;
    addProvider(bench.policy, "gone", "http://127.0.0.1:9/v1");
    setFallbacks(bench.policy, "gone/m", {"mock/base"});
    bench.policy.providerPolicy.sort = routing::ProviderPolicy::Sort::Latency;
    bench.start();
    std::atomic<int> good = 0;
    std::atomic<bool> done = false;
    std::thread onlooker([&] {
        while (!done) {
            (void)bench.ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
            (void)bench.ask("GET /v1/tierdeck/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
    });
    std::vector<std::thread> threads;
    threads.reserve(clients);
    for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&, c] {
            RawClient client(bench.port());
            for (int i = 0; i < rounds; ++i) {
                const Headers headers{{"X-Tierdeck-Session", "one"},
                                      {"X-Tierdeck-Agent", c % 4 == 0 ? "helper" : ""}};
                const std::string text = "question " + std::to_string((i * clients + c) % 7);
                const char* model = i % 5 == 4 ? "gone/m" : i % 5 == 3 ? "mock/coder" : "auto";
                const auto reply = client.ask(i % 2 == 0 ? chatRequest(model, text, headers)
                                                         : streamRequest(model, text, headers));
                good += reply.status() == 200 && reply.isComplete;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    done = true;
    onlooker.join();
    QCOMPARE(good.load(), all);
    QVERIFY(bench.sink.waitForRecords(all));
    NanoUsd cost;
    std::set<std::int64_t> ids;
    int unpriced = 0;
    for (const auto& record : bench.sink.records()) {
        cost += record.cost.value_or(NanoUsd());
        unpriced += !record.cost;
        ids.insert(record.request.value);
    }
    QCOMPARE(ids.size(), std::size_t(all));
    QCOMPARE(unpriced, all / 5);
    const auto metrics = bench.ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    QCOMPARE(sampleIn(metrics, "tierdeck_requests_total"), double(all));
    QCOMPARE(sampleIn(metrics, "tierdeck_request_duration_seconds_count"), double(all));
    QCOMPARE(sampleIn(metrics, "tierdeck_cost_usd_total"), static_cast<double>(cost.value) / 1e9);
    QCOMPARE(sampleIn(metrics, "tierdeck_sessions"), 1.0);
    QCOMPARE(watch.threads(), std::size_t(bench.options.reactors));
    // The session knows them all.
    const auto told = bench.ask(chatRequest("auto", "/tier", {{"X-Tierdeck-Session", "one"}})).body;
    const auto expected = " and " + std::to_string(unpriced) + " unpriced requests";
    QVERIFY2(told.find(expected) != std::string::npos, told.c_str());
}

void TestGatewayLoad::allReactorsKeepInOneJournal() {
    constexpr int clients = 8;
    constexpr int rounds = 150; // together more numbers than the first block has
    constexpr int all = clients * rounds;
    const StoreFolder folder;
    const auto store = sessions::SessionStore::open(folder.journaled()).value();
    QCOMPARE(store->journalProblem(), std::string());
    WatchedStore watched(*store);
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.store = &watched;
    bench.start();
    std::mutex mutex;
    std::set<std::string> numbers; // that clients were told
    std::vector<std::thread> threads;
    threads.reserve(clients);
    for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&, c] {
            RawClient client(bench.port());
            const Headers headers{{"X-Tierdeck-Session", "s" + std::to_string(c / 2)}};
            for (int i = 0; i < rounds; ++i) {
                const auto text = "question " + std::to_string(i);
                const auto reply = client.ask(i % 2 == 0 ? chatRequest("auto", text, headers)
                                                         : streamRequest("auto", text, headers));
                if (reply.status() != 200 || !reply.isComplete)
                    continue;
                const std::lock_guard lock(mutex);
                numbers.insert(reply.header("x-tierdeck-request"));
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    bench.stop();
    store->flush();
    QCOMPARE(watched.keepers(), std::size_t(bench.options.reactors));
    QCOMPARE(numbers.size(), std::size_t(all));
    QCOMPARE(store->notCommitted(), std::int64_t(0));
    const auto reader = folder.read().value();
    const auto totals = reader->totals({}).value();
    QCOMPARE(totals.requests, std::int64_t(all));
    QCOMPARE(totals.failedRequests, std::int64_t(0));
    QCOMPARE(totals.usage.output, std::int64_t(all) * 5);
    for (const auto& number : numbers) {
        const auto record = reader->request(RequestId(std::stoll(number))).value();
        QVERIFY2(record, number.c_str());
        QCOMPARE(record->status, std::string("ok"));
    }
    for (int session = 0; session < clients / 2; ++session) {
        const auto row = reader->session("s" + std::to_string(session)).value();
        QVERIFY(row);
        QCOMPARE(row->totals.requests, std::int64_t(rounds) * 2);
    }
}

void TestGatewayLoad::reactorsShareTheConnections() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    ThreadWatch watch;
    bench.availability = &watch;
    bench.options.reactors = 3;
    bench.start();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<RawClient>(bench.port()));
        QCOMPARE(clients.back()->ask(chatRequest("auto")).status(), 200);
        QCOMPARE(watch.threads(), std::size_t(i + 1));
    }
    // One more goes where there are as many as elsewhere.
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    QCOMPARE(watch.threads(), std::size_t(3));
}

void TestGatewayLoad::whoComesAloneFindsKeptConnections() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    for (int i = 0; i < 5; ++i) {
        RawClient client(bench.port());
        QCOMPARE(client.ask(chatRequest("auto", "hi", {{"Connection", "close"}})).status(), 200);
        QVERIFY(client.seesEnd());
    }
    QCOMPARE(mock.connections(), 1);
}

void TestGatewayLoad::clientsThatComeAndGo() {
    // Clients that hang up anywhere, in the middle of their requests or of their replies.
    MockUpstream mock(answering(std::string(2000, 'x')));
    GatewayBench bench(mock.url());
    bench.start();
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(t);
            for (int i = 0; i < 60; ++i) {
                RawClient client(bench.port());
                const auto request = i % 2 == 0 ? streamRequest("auto") : chatRequest("auto");
                const auto cut = random() % (request.size() * 2);
                client.send(std::string_view(request).substr(0, cut));
                if (cut >= request.size() && random() % 2 == 0) {
                    auto reply = client.readHead();
                    client.readUntil(reply, "xxx");
                }
                if (random() % 2 == 0)
                    client.reset();
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    QCOMPARE(bench.ask(chatRequest("auto")).status(), 200);
    bench.stop();
    // Every request that was begun is recorded, by the time that all is still.
    for (const auto& record : bench.sink.records())
        QVERIFY(record.status == "ok" || record.status == "cancelled");
}

void TestGatewayLoad::policyChangesMeanwhile() {
    MockUpstream mock(answering());
    GatewayBench bench(mock.url());
    bench.start();
    std::atomic<bool> done = false;
    std::thread changer([&] {
        auto policy = bench.policy;
        for (int i = 0; !done; ++i) {
            policy.tiers["balanced"].model = routing::ModelId::parse(i % 2 == 0 ? "mock/base" : "sim/fast");
            bench.policies.set(std::make_shared<const routing::Policy>(policy), "",
                               i % 10 == 0 ? "model-router.json" : "");
        }
    });
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            RawClient client(bench.port());
            for (int i = 0; i < 50; ++i) {
                const auto reply = client.ask(chatRequest("auto"));
                const auto model = reply.header("x-tierdeck-model");
                good += reply.status() == 200 && (model == "mock/base" || model == "sim/fast");
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    done = true;
    changer.join();
    QCOMPARE(good.load(), 400);
}

void TestGatewayLoad::stopMeanwhile() {
    for (int round = 0; round < 5; ++round) {
        MockUpstream mock(answering());
        GatewayBench bench(mock.url());
        bench.start();
        const auto port = bench.port();
        std::atomic<int> answered = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                while (true) {
                    RawClient client(port);
                    const auto reply = client.ask(t % 2 == 0 ? chatRequest("auto") : streamRequest("auto"));
                    if (reply.start.empty())
                        return; // it accepts no more
                    answered += reply.isComplete;
                }
            });
        }
        QVERIFY(bench.sink.waitForRecords(static_cast<std::size_t>(20 + round * 7)));
        bench.stop();
        for (auto& thread : threads)
            thread.join();
        // Whoever got a reply is recorded.
        QVERIFY(bench.sink.records().size() >= static_cast<std::size_t>(answered.load()));
        for (const auto& record : bench.sink.records())
            QVERIFY(record.status == "ok" || record.status == "cancelled");
    }
}

QTEST_APPLESS_MAIN(TestGatewayLoad)
#include "tst_gateway_load.moc"
