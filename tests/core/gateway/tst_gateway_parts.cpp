#include "core/gateway/circuit_breakers.h"
#include "core/gateway/http/deadlines.h"
#include "core/gateway/http/server.h"
#include "core/gateway/provider_limits.h"
#include "core/gateway/request_ids.h"
#include "core/gateway/tier_log_writer.h"
#include "core/gateway/translated_items.h"
#include "core/gateway/wire/model_names.h"
#include "tests/support/memory_sink.h"
#include "tests/support/mock_upstream.h"
#include "tests/support/printing.h"

#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::gateway;
using tierdeck::testing::Gate;
using tierdeck::testing::MemorySink;

namespace {

constexpr auto start = SteadyTime(std::chrono::hours(1));
constexpr std::chrono::seconds second{1};

/// Stands until it is set forward. Thread-safe.
class StandingClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override { return UtcTime(); }

    [[nodiscard]] SteadyTime steadyNow() const override { return start + m_passed.load(); }

    void pass(std::chrono::milliseconds time) { m_passed = m_passed.load() + time; }

private:
    std::atomic<std::chrono::milliseconds> m_passed{};
};

/// Takes its time with the first reading, so that a second one can overtake it. Thread-safe.
class SlowAvailability final : public routing::AvailabilitySource {
public:
    std::shared_ptr<const routing::AvailabilityState> current() override {
        const std::lock_guard lock(m_mutex);
        return std::make_shared<const routing::AvailabilityState>(m_state);
    }

    void report(routing::Exhaustion) override {}

    void report(routing::QuotaReading reading) override {
        std::unique_lock lock(m_mutex);
        const bool isFirst = ++m_readings == 1;
        m_changed.notify_all();
        if (isFirst) {
            isReporting.open();
            m_changed.wait_for(lock, std::chrono::milliseconds(200), [this] { return m_readings > 1; });
        }
        m_state.add(std::move(reading));
    }

    Gate isReporting;

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    routing::AvailabilityState m_state;
    int m_readings = 0;
};

/// Why the model is left alone; "" when it is not.
std::string reasonOf(const CircuitBreakers& breakers, SteadyTime now, const std::string& model = "a/m") {
    routing::Conditions conditions;
    breakers.addTo(conditions, now);
    const auto found = conditions.unavailable.find(model);
    return found == conditions.unavailable.end() ? std::string() : found->second.reason;
}

const routing::CooldownSettings threeFailures{3, 30};

} // namespace

class TestGatewayParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sameModels_data();
    void sameModels();
    void breakerOpensAndCloses();
    void breakerLetsOneTry();
    void breakerOpensAgain();
    void breakerCanBeOff();
    void breakerPauses();
    void breakersAreApart();
    void translatedItemsAreKnownForAWhile();
    void headerLinesStayLines();
    void deadlinesComeAndGo();
    void newestQuotaStays();
    void idsAreUnique();
    void idsSurviveLockedStore();
    void idsSayWhenThereAreNone();
    void idsAreAtHandWhileMoreAreReserved();
    void idsLeaveALockedStoreAlone();
};

void TestGatewayParts::sameModels_data() {
    QTest::addColumn<QByteArray>("requested");
    QTest::addColumn<QByteArray>("returned");
    QTest::addColumn<bool>("same");
    const auto row = [](const char* requested, const char* returned, bool same) {
        QTest::addRow("%s, %s", requested, returned) << QByteArray(requested) << QByteArray(returned) << same;
    };
    row("gpt-5.1", "gpt-5.1", true);
    row("gpt-5.1", "gpt-5.1-2025-11-13", true);
    row("gpt-5.1-2025-11-13", "gpt-5.1", true);
    row("claude-sonnet-4", "claude-sonnet-4-20250514", true);
    row("claude-sonnet-4-latest", "claude-sonnet-4-20250514", true);
    row("openai/gpt-5.1", "gpt-5.1", true);
    row("z-ai/glm-5.2", "openrouter/z-ai/glm-5.2", true);
    row("GPT-5.1", "gpt-5.1", true);
    row("gpt-5.1", "gpt-5.2", false);
    row("gpt-5.1", "gpt-5.1-mini", false);
    row("gpt-5.1", "gpt-5.1-codex", false);
    row("gpt-5.1-2025-11-13", "gpt-5.1-2025-08-07", true); // dates are dropped on both sides
    row("gpt-5", "gpt-5.1", false);
    row("qwen3:8b", "qwen3:32b", false);
    row("-20250514", "-20250101", false); // nothing but a date is a name
    row("m-2025-1-13", "m", false);
    row("m-202505140", "m", false);
}

void TestGatewayParts::sameModels() {
    QFETCH(QByteArray, requested);
    QFETCH(QByteArray, returned);
    QFETCH(bool, same);
    QCOMPARE(wire::isSameModel(requested.toStdString(), returned.toStdString()), same);
}

void TestGatewayParts::breakerOpensAndCloses() {
    CircuitBreakers breakers;
    breakers.failed("a/m", threeFailures, start);
    breakers.failed("a/m", threeFailures, start);
    QCOMPARE(reasonOf(breakers, start), std::string());
    breakers.succeeded("a/m");
    breakers.failed("a/m", threeFailures, start);
    breakers.failed("a/m", threeFailures, start);
    QCOMPARE(reasonOf(breakers, start), std::string()); // in a row, not in all
    breakers.failed("a/m", threeFailures, start);
    QCOMPARE(reasonOf(breakers, start), std::string("3 failures in a row, next try in 30 s"));
    QCOMPARE(reasonOf(breakers, start + 20 * second + std::chrono::milliseconds(1)),
             std::string("3 failures in a row, next try in 10 s"));
    QCOMPARE(reasonOf(breakers, start + 30 * second), std::string());
    breakers.succeeded("a/m");
    QCOMPARE(reasonOf(breakers, start), std::string());
}

void TestGatewayParts::breakerLetsOneTry() {
    CircuitBreakers breakers;
    for (int i = 0; i < 3; ++i)
        breakers.failed("a/m", threeFailures, start);
    const auto later = start + 31 * second;
    QCOMPARE(reasonOf(breakers, later), std::string());
    QVERIFY(breakers.mayBegin("a/m", threeFailures, later));
    QVERIFY(!reasonOf(breakers, later).empty());              // others wait for how that ends
    QVERIFY(!breakers.mayBegin("a/m", threeFailures, later)); // also who had looked before
    breakers.succeeded("a/m");
    QCOMPARE(reasonOf(breakers, later), std::string());
    QVERIFY(breakers.mayBegin("a/m", threeFailures, later));
    QVERIFY(breakers.mayBegin("a/m", threeFailures, later));
    // A try that never ends must not keep it shut for ever.
    for (int i = 0; i < 3; ++i)
        breakers.failed("a/m", threeFailures, later);
    QVERIFY(breakers.mayBegin("a/m", threeFailures, later + 31 * second));
    QCOMPARE(reasonOf(breakers, later + 62 * second), std::string());
    // A closed one knows nothing of tries.
    QVERIFY(breakers.mayBegin("b/m", threeFailures, start));
    QCOMPARE(reasonOf(breakers, start, "b/m"), std::string());
}

void TestGatewayParts::breakerOpensAgain() {
    CircuitBreakers breakers;
    for (int i = 0; i < 3; ++i)
        breakers.failed("a/m", threeFailures, start);
    const auto later = start + 31 * second;
    QVERIFY(breakers.mayBegin("a/m", threeFailures, later));
    breakers.failed("a/m", threeFailures, later + second);
    QCOMPARE(reasonOf(breakers, later + second), std::string("4 failures in a row, next try in 30 s"));
}

void TestGatewayParts::breakerCanBeOff() {
    CircuitBreakers breakers;
    for (int i = 0; i < 10; ++i)
        breakers.failed("a/m", {0, 30}, start);
    QCOMPARE(reasonOf(breakers, start), std::string());
    for (int i = 0; i < 10; ++i)
        breakers.failed("a/m", {3, 0}, start);
    QCOMPARE(reasonOf(breakers, start), std::string());
}

void TestGatewayParts::breakerPauses() {
    CircuitBreakers breakers;
    breakers.pause("a/m", std::chrono::seconds(90), start);
    QCOMPARE(reasonOf(breakers, start), std::string("its provider asked to wait, next try in 90 s"));
    breakers.pause("a/m", std::chrono::seconds(10), start); // a shorter wish does not shorten the longer
    QCOMPARE(reasonOf(breakers, start), std::string("its provider asked to wait, next try in 90 s"));
    QCOMPARE(reasonOf(breakers, start + 90 * second), std::string());
    // Neither failures nor a success of requests that were under way shorten it.
    breakers.pause("a/m", std::chrono::seconds(90), start);
    for (int i = 0; i < 3; ++i)
        breakers.failed("a/m", threeFailures, start);
    QCOMPARE(reasonOf(breakers, start + 60 * second),
             std::string("its provider asked to wait, next try in 30 s"));
    breakers.succeeded("a/m");
    QCOMPARE(reasonOf(breakers, start + 60 * second),
             std::string("its provider asked to wait, next try in 30 s"));
}

void TestGatewayParts::breakersAreApart() {
    CircuitBreakers breakers;
    for (int i = 0; i < 3; ++i)
        breakers.failed("a/m", threeFailures, start);
    QVERIFY(!reasonOf(breakers, start, "a/m").empty());
    QVERIFY(reasonOf(breakers, start, "a/n").empty());
    QVERIFY(reasonOf(breakers, start, "b/m").empty());
}

void TestGatewayParts::translatedItemsAreKnownForAWhile() {
    TranslatedItems items;
    QCOMPARE(items.find("msg_1"), std::string());
    items.remember({{"msg_1", "{1}"}, {"rs_1", "{2}"}});
    items.remember({{"msg_1", "{1}"}}); // the same again
    QCOMPARE(items.find("msg_1"), std::string("{1}"));
    QCOMPARE(items.find("rs_1"), std::string("{2}"));
    // Two that go by one name: better none than the wrong one, also when one of them comes again.
    items.remember({{"msg_1", "{3}"}});
    QCOMPARE(items.find("msg_1"), std::string());
    items.remember({{"msg_1", "{3}"}});
    QCOMPARE(items.find("msg_1"), std::string());
    // The oldest make room.
    const std::string large(TranslatedItems::mostBytes / 4, 'x');
    for (int i = 0; i < 4; ++i)
        items.remember({{"large_" + std::to_string(i), large}});
    QCOMPARE(items.find("msg_1"), std::string());
    QCOMPARE(items.find("rs_1"), std::string());
    QCOMPARE(items.find("large_0"), std::string());
    for (int i = 1; i < 4; ++i)
        QCOMPARE(items.find("large_" + std::to_string(i)).size(), large.size());
    items.remember({{"too large", std::string(TranslatedItems::mostBytes, 'x')}});
    QCOMPARE(items.find("too large"), std::string());
    items.remember({{"msg_1", "{4}"}}); // long after
    QCOMPARE(items.find("msg_1"), std::string("{4}"));
}

void TestGatewayParts::headerLinesStayLines() {
    using namespace std::string_view_literals;
    http::HeaderLines lines{{"x-tierdeck-session", "a\r\nset-cookie: b"sv}};
    lines.add("x-tierdeck-model", "m\0n\ro"sv);
    lines.add("x-empty", "");
    QCOMPARE(lines.text(), "x-tierdeck-session: a  set-cookie: b\r\n"
                           "x-tierdeck-model: m n o\r\n"
                           "x-empty: \r\n"sv);
}

void TestGatewayParts::deadlinesComeAndGo() {
    using Entry = http::Deadlines::Entry;
    asio::io_context reactor{1};
    http::Deadlines deadlines(reactor, std::chrono::milliseconds(1));
    const auto pass = [&reactor] {
        reactor.restart();
        reactor.run(); // until none is set
    };
    std::multiset<int> told;
    std::vector<std::unique_ptr<Entry>> entries(6);
    for (int i = 0; i < 6; ++i)
        entries[static_cast<std::size_t>(i)] = std::make_unique<Entry>(deadlines, [&, i] {
            told.insert(i);
            if (i == 2 || i == 3) // whichever is told first, the other is gone
                entries[i == 2 ? 3 : 2].reset();
        });
    for (const auto& entry : entries)
        entry->set(std::chrono::milliseconds(0));
    entries[0].reset();
    entries[5].reset();
    entries[4]->clear();
    pass();
    const int one = entries[2] ? 2 : 3;
    QCOMPARE(told, (std::multiset<int>{1, one}));
    QVERIFY(entries[1]->isPast());
    QVERIFY(!entries[4]->isPast());

    entries[1].reset();
    for (const int left : {one, 4}) {
        entries[static_cast<std::size_t>(left)]->set(std::chrono::milliseconds(0));
        pass();
    }
    QCOMPARE(told, (std::multiset<int>{1, one, one, 4}));
}

void TestGatewayParts::newestQuotaStays() {
    const QTemporaryDir folder;
    const auto log = TierLogWriter::open(folder.filePath(QStringLiteral("tier.log")).toStdString()).value();
    SlowAvailability availability;
    ProviderLimits limits(&availability, *log);
    routing::ProviderSettings provider;
    provider.name = "mock";
    const auto take = [&](std::string_view percent) {
        http::Head reply;
        reply.headers.push_back({"x-codex-primary-used-percent", percent});
        limits.takeQuota(provider, reply, UtcTime());
    };
    std::thread first([&] { take("10"); });
    const bool isReporting = availability.isReporting.wait();
    take("20");
    first.join();
    QVERIFY(isReporting);
    const auto state = availability.current();
    QCOMPARE(state->quotas.size(), std::size_t(1));
    QCOMPARE(state->quotas[0].windows.at(0).percentUsed, 20.0);
}

void TestGatewayParts::idsAreUnique() {
    MemorySink sink;
    sink.startIdsAt(100);
    StandingClock clock;
    RequestIds ids(sink, clock);
    QVERIFY(ids.prepare());
    std::set<std::int64_t> seen;
    for (int i = 0; i < 20'000; ++i) {
        const auto id = ids.next();
        QVERIFY(id);
        QVERIFY(id->value >= 100);
        QVERIFY(seen.insert(id->value).second);
    }
    QVERIFY(sink.reservations() < 10);
}

void TestGatewayParts::idsSurviveLockedStore() {
    MemorySink sink;
    StandingClock clock;
    RequestIds ids(sink, clock);
    QVERIFY(ids.prepare());
    sink.failIds(true);
    // What was reserved early carries on; the locked store is not asked at every request.
    int given = 0;
    while (given < 100'000 && ids.next())
        ++given;
    QVERIFY(given >= 512);
    QCOMPARE(sink.reservations(), 2);
    sink.failIds(false);
    clock.pass(std::chrono::milliseconds(900));
    QVERIFY(!ids.next());
    QCOMPARE(sink.reservations(), 2);
    clock.pass(std::chrono::milliseconds(200));
    QVERIFY(ids.next());
}

void TestGatewayParts::idsSayWhenThereAreNone() {
    MemorySink sink;
    sink.failIds(true);
    StandingClock clock;
    RequestIds ids(sink, clock);
    const auto prepared = ids.prepare();
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::Locked);
    QVERIFY(!ids.next());
}

void TestGatewayParts::idsAreAtHandWhileMoreAreReserved() {
    constexpr int beforeReserving = 513; // more than half of the first block
    constexpr int left = 1024 - beforeReserving;
    MemorySink sink;
    Gate isReserving;
    Gate mayGoOn;
    sink.whenReserving = [&](int number) {
        if (number == 2) {
            isReserving.open();
            mayGoOn.wait();
        }
    };
    StandingClock clock;
    RequestIds ids(sink, clock);
    QVERIFY(ids.prepare());
    std::set<std::int64_t> seen;
    for (int i = 0; i < beforeReserving; ++i)
        seen.insert(ids.next().value().value);
    QCOMPARE(sink.reservations(), 1);
    const auto take = [&ids] { return ids.next(); };
    auto waiting = std::async(std::launch::async, take);
    QVERIFY(isReserving.wait());
    auto another = std::async(std::launch::async, take);
    const bool wasAtHand = another.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
    // More than there are left: the last ones wait for the new block instead of going without.
    auto rest = std::async(std::launch::async, [&ids] {
        std::vector<std::optional<RequestId>> taken;
        for (int i = 0; i < left + 5; ++i)
            taken.push_back(ids.next());
        return taken;
    });
    mayGoOn.open();
    auto all = rest.get();
    all.push_back(waiting.get());
    all.push_back(another.get());
    QVERIFY(wasAtHand);
    for (const auto& id : all) {
        QVERIFY(id);
        QVERIFY(seen.insert(id->value).second);
    }
    QCOMPARE(sink.reservations(), 2);
}

void TestGatewayParts::idsLeaveALockedStoreAlone() {
    MemorySink sink;
    StandingClock clock;
    RequestIds ids(sink, clock);
    QVERIFY(ids.prepare());
    sink.failIds(true);
    sink.whenReserving = [&](int) { clock.pass(std::chrono::seconds(1)); }; // so long it waits for the lock
    while (sink.reservations() < 2)
        QVERIFY(ids.next());
    QVERIFY(ids.next());
    QCOMPARE(sink.reservations(), 2); // a second from the failure, not from before it
}

QTEST_APPLESS_MAIN(TestGatewayParts)
#include "tst_gateway_parts.moc"
