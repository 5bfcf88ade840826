#include "core/foundation/atomic_file.h"
#include "core/gateway/tier_log_writer.h"
#include "core/tierlog/log_line.h"
#include "tests/support/printing.h"

#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::gateway;
using tierlog::Kind;
using tierlog::Level;

namespace {

namespace fs = std::filesystem;

const UtcTime time0 = parseRfc3339("2026-11-21T05:47:12.123Z").value();

routing::RequestRecord recordOf() {
    routing::RequestRecord record;
    record.request = RequestId(4711);
    record.session = "01a1";
    record.turn = 12;
    record.client = "codex";
    record.project = "shop";
    record.tier = "coding";
    record.model = "openai/gpt-5.2";
    record.status = "ok";
    record.httpStatus = 200;
    return record;
}

routing::RouteDecision decisionOf(routing::TierSource source, const routing::Reason& reason = {}) {
    routing::RouteDecision decision;
    decision.tier = "coding";
    decision.startingTier = "balanced";
    decision.source = source;
    decision.ladder.push_back({source, "coding", routing::LadderStep::Outcome::Won, reason});
    decision.model = *routing::ModelId::parse("openai/gpt-5.2");
    return decision;
}

} // namespace

Q_DECLARE_METATYPE(tierdeck::routing::Reason)

class TestTierLogWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void assignment();
    void assignmentOfAModel();
    void assignmentWithoutDetail();
    void upgrade_data();
    void upgrade();
    void fallback();
    void complete();
    void completeWithEverything();
    void costs_data();
    void costs();
    void mismatch();
    void preferences();
    void sentences();
    void valuesFromOutside_data();
    void valuesFromOutside();
    void oneLineAnEvent();
    void eachLineHasItsTime();
    void rotates();
    void saysWhatCannotBeOpened();
    void writesFromManyThreads();

private:
    [[nodiscard]] std::vector<std::string> lines();
    [[nodiscard]] std::string line();

    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_file;
    std::unique_ptr<TierLogWriter> m_log;
};

void TestTierLogWriter::init() {
    m_log.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_file = fs::path(m_folder->path().toStdString()) / "logs" / "tier.log";
    auto log = TierLogWriter::open(m_file);
    QVERIFY(log);
    m_log = std::move(*log);
}

std::vector<std::string> TestTierLogWriter::lines() {
    m_log->flush();
    const auto text = readFile(m_file).value();
    std::vector<std::string> all;
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        all.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (begin != text.size())
        all.emplace_back("a line without its end");
    return all;
}

std::string TestTierLogWriter::line() {
    const auto all = lines();
    return all.size() == 1 ? all.front() : std::to_string(all.size()) + " lines";
}

void TestTierLogWriter::assignment() {
    m_log->assigned(
        time0, decisionOf(routing::TierSource::Skill, {routing::Phrase::SkillAsks, {"refactor", "coding"}}),
        recordOf());
    // Word for word the contract's example.
    const std::string expected =
        "2026-11-21T05:47:12.123Z [info] Tier assignment: coding (source: skill 'refactor') tier=coding "
        "tier_source=skill model=openai/gpt-5.2 session=01a1 turn=12 request=4711 client=codex project=shop";
    const auto written = line();
    QCOMPARE(written, expected);
    const auto parsed = tierlog::parseLogLine(written);
    QVERIFY(parsed.time == time0 && !parsed.timeIsLocal);
    QVERIFY(parsed.level == Level::Info);
    QVERIFY(parsed.kind == Kind::Assignment);
    QCOMPARE(parsed.tier, std::string_view("coding"));
    QCOMPARE(parsed.session, std::string_view("01a1"));
    QVERIFY(parsed.turn == 12);
    QVERIFY(parsed.request == 4711);
    QCOMPARE(parsed.sentence(), std::string_view("Tier assignment: coding (source: skill 'refactor')"));
    QCOMPARE(parsed.field("tier_source"), std::string_view("skill"));
    QCOMPARE(parsed.field("project"), std::string_view("shop"));
}

void TestTierLogWriter::assignmentOfAModel() {
    auto decision = decisionOf(routing::TierSource::Declared);
    decision.tier.reset();
    auto record = recordOf();
    record.tier.reset();
    record.client.clear();
    record.project.clear();
    record.agent = "review";
    m_log->assigned(time0, decision, record);
    const auto written = line();
    QCOMPARE(written,
             std::string("2026-11-21T05:47:12.123Z [info] Tier assignment: - (source: declared) tier=- "
                         "tier_source=declared model=openai/gpt-5.2 session=01a1 turn=12 request=4711 "
                         "agent=review"));
    QCOMPARE(tierlog::parseLogLine(written).tier, std::string_view("-"));
}

void TestTierLogWriter::assignmentWithoutDetail() {
    m_log->assigned(time0, decisionOf(routing::TierSource::Default), recordOf());
    QVERIFY(line().find("Tier assignment: coding (source: default) tier=coding tier_source=default") !=
            std::string::npos);
}

void TestTierLogWriter::upgrade_data() {
    using routing::Phrase;
    using routing::Reason;
    QTest::addColumn<Reason>("reason");
    QTest::addColumn<std::string>("tier");
    QTest::addColumn<std::string>("numbers");
    QTest::newRow("by difficulty") << Reason(Phrase::DifficultyReaches, {"balanced", "smart"}, {0.61, 0.52})
                                   << std::string("smart") << std::string("score=0.61 threshold=0.52 ");
    QTest::newRow("by code") << Reason(Phrase::CodeReaches, {"balanced", "coding"}, {0.74, 0.5})
                             << std::string("coding") << std::string("score=0.74 threshold=0.50 ");
    QTest::newRow("held") << Reason(Phrase::PromotionHeld, {"smart"}) << std::string("smart")
                          << std::string();
}

void TestTierLogWriter::upgrade() {
    QFETCH(routing::Reason, reason);
    QFETCH(std::string, tier);
    QFETCH(std::string, numbers);
    auto decision = decisionOf(routing::TierSource::Dynamic, reason);
    decision.tier = tier;
    decision.score = 0.61; // whatever decided
    decision.threshold = 0.52;
    auto record = recordOf();
    record.tier = tier;
    m_log->assigned(time0, decision, record);
    const auto written = lines();
    QCOMPARE(written.size(), std::size_t(2));
    QCOMPARE(written[0], "2026-11-21T05:47:12.123Z [info] Dynamic tier upgrade: balanced -> " + tier + ' ' +
                             numbers + "session=01a1 turn=12 request=4711");
    const auto parsed = tierlog::parseLogLine(written[0]);
    QVERIFY(parsed.kind == Kind::Upgrade);
    QCOMPARE(parsed.tier, std::string_view(tier));
    QCOMPARE(parsed.field("score").empty(), numbers.empty());
    QVERIFY(tierlog::parseLogLine(written[1]).kind == Kind::Assignment);
    QCOMPARE(tierlog::parseLogLine(written[1]).tier, std::string_view(tier));
}

void TestTierLogWriter::fallback() {
    m_log->fallback(time0, "anthropic/claude-sonnet-4-20250514", "openai/gpt-5.2", "http_529", 2, recordOf());
    const auto written = line();
    QCOMPARE(written,
             std::string("2026-11-21T05:47:12.123Z [warn] Fallback: anthropic/claude-sonnet-4-20250514 -> "
                         "openai/gpt-5.2 reason=http_529 attempt=2 session=01a1 turn=12 request=4711"));
    const auto parsed = tierlog::parseLogLine(written);
    QVERIFY(parsed.kind == Kind::Fallback);
    QVERIFY(parsed.level == Level::Warn);
    QCOMPARE(parsed.field("attempt"), std::string_view("2"));
}

void TestTierLogWriter::complete() {
    auto record = recordOf();
    record.tier = "smart";
    record.usage.input = 1200;
    record.usage.cachedInput = 900;
    record.usage.output = 310;
    record.cost = NanoUsd(12'345'000);
    record.latencyMs = 5600;
    record.firstByteMs = 480;
    m_log->complete(time0, record);
    const auto written = line();
    QCOMPARE(written,
             std::string("2026-11-21T05:47:12.123Z [info] Request complete: tier=smart model=openai/gpt-5.2 "
                         "input=1200 cached=900 output=310 cost_usd=0.012345 latency_ms=5600 "
                         "first_byte_ms=480 status=ok session=01a1 turn=12 request=4711"));
    const auto parsed = tierlog::parseLogLine(written);
    QVERIFY(parsed.kind == Kind::Complete);
    QCOMPARE(parsed.tier, std::string_view("smart"));
    QCOMPARE(parsed.sentence(), std::string_view("Request complete:"));
    QCOMPARE(parsed.fields().size(), std::size_t(12));
}

void TestTierLogWriter::completeWithEverything() {
    auto record = recordOf();
    record.tier.reset();
    record.model.reset();
    record.status = "error";
    record.httpStatus = 503;
    record.simulated = true;
    record.usage.cacheWrite5m = 5;
    record.usage.cacheWrite1h = 6;
    m_log->complete(time0, record);
    QCOMPARE(line(),
             std::string("2026-11-21T05:47:12.123Z [warn] Request complete: tier=- model=- input=0 cached=0 "
                         "cache_write=11 output=0 cost_usd=unpriced latency_ms=0 status=error http=503 "
                         "simulated=1 session=01a1 turn=12 request=4711"));
}

void TestTierLogWriter::costs_data() {
    QTest::addColumn<qint64>("nano");
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("nothing") << qint64(0) << QByteArray("0.000000");
    QTest::newRow("a nano-dollar") << qint64(1) << QByteArray("0.000000001");
    QTest::newRow("nine decimals") << qint64(123'456'789) << QByteArray("0.123456789");
    QTest::newRow("seven decimals") << qint64(123'456'700) << QByteArray("0.1234567");
    QTest::newRow("six decimals") << qint64(100'000'000) << QByteArray("0.100000");
    QTest::newRow("dollars") << qint64(12'000'000'000) << QByteArray("12.000000");
}

void TestTierLogWriter::costs() {
    QFETCH(qint64, nano);
    auto record = recordOf();
    record.cost = NanoUsd(nano);
    m_log->complete(time0, record);
    const auto written = line();
    QTEST(QByteArray::fromStdString(std::string(tierlog::parseLogLine(written).field("cost_usd"))), "shown");
}

void TestTierLogWriter::mismatch() {
    auto record = recordOf();
    record.modelReturned = "another model";
    m_log->mismatch(time0, record);
    const auto written = line();
    QCOMPARE(written, std::string("2026-11-21T05:47:12.123Z [warn] Model mismatch: requested=openai/gpt-5.2 "
                                  "returned=\"another model\" session=01a1 turn=12 request=4711"));
    QVERIFY(tierlog::parseLogLine(written).kind == Kind::Mismatch);
    QCOMPARE(tierlog::parseLogLine(written).field("returned"), std::string_view("another model"));
}

void TestTierLogWriter::preferences() {
    m_log->reloaded(time0, "model-router.json", "00c0ffee00c0ffee");
    const auto written = line();
    QCOMPARE(written, std::string("2026-11-21T05:47:12.123Z [info] Preferences: model-router.json reloaded "
                                  "fingerprint=00c0ffee00c0ffee"));
    QVERIFY(tierlog::parseLogLine(written).kind == Kind::Preferences);
}

void TestTierLogWriter::sentences() {
    m_log->info(time0, "Gateway: listening on http://127.0.0.1:4141");
    m_log->warning(time0, "Store: the disk is full");
    const auto written = lines();
    QCOMPARE(written[0],
             std::string("2026-11-21T05:47:12.123Z [info] Gateway: listening on http://127.0.0.1:4141"));
    QCOMPARE(written[1], std::string("2026-11-21T05:47:12.123Z [warn] Store: the disk is full"));
}

void TestTierLogWriter::valuesFromOutside_data() {
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("read"); // what a reader gets back
    const auto row = [](const char* name, const char* value, const char* read = nullptr) {
        QTest::newRow(name) << QByteArray(value) << QByteArray(read ? read : value);
    };
    row("plain", "shop");
    row("two words", "web shop");
    row("quotes", "the \"web\" shop");
    row("a quote at the end", "12\"");
    row("backslash", "C:\\work\\shop");
    row("backslash at the end", "C:\\work shop\\");
    row("an equals sign", "tier=deep");
    row("fields", "x tier=deep request=1");
    row("unicode", "gr\xc3\xbc\xc3\x9f");
    row("apostrophe", "dev's");
    row("line break", "shop\n2026-11-21T05:47:12.123Z [info] Tier assignment: deep",
        "shop 2026-11-21T05:47:12.123Z [info] Tier assignment: deep");
    row("escape sequence", "\x1b[31mred", " [31mred");
    row("del",
        "a\x7f"
        "b",
        "a b");
}

void TestTierLogWriter::valuesFromOutside() {
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, read);
    auto record = recordOf();
    record.session = value.toStdString();
    record.client = value.toStdString();
    record.project = value.toStdString();
    m_log->assigned(time0, decisionOf(routing::TierSource::Default), record);
    const auto written = line();
    const auto parsed = tierlog::parseLogLine(written);
    QCOMPARE(parsed.tier, std::string_view("coding"));
    QVERIFY(parsed.request == 4711);
    QCOMPARE(tierlog::unescaped(parsed.session), read.toStdString());
    QCOMPARE(tierlog::unescaped(parsed.field("client")), read.toStdString());
    QCOMPARE(tierlog::unescaped(parsed.field("project")), read.toStdString());
}

void TestTierLogWriter::oneLineAnEvent() {
    auto record = recordOf();
    record.modelReturned = "m\r\nm";
    m_log->assigned(
        time0, decisionOf(routing::TierSource::Rule, {routing::Phrase::RuleNames, {"two\nlines", "coding"}}),
        record);
    m_log->mismatch(time0, record);
    m_log->warning(time0, "Preferences: model-router.json is not in force: line 3\nand more");
    m_log->fallback(time0, "a\nb", "c", "d\r", 1, record);
    QCOMPARE(lines().size(), std::size_t(4));
}

void TestTierLogWriter::eachLineHasItsTime() {
    using namespace std::chrono_literals;
    std::vector<std::string> expected;
    for (const auto later : {0ms, 1ms, 876ms, 877ms, 878ms, 1977ms, 60'000ms, 2ms, 86'400'000ms, -124ms}) {
        m_log->info(time0 + later, "x");
        expected.push_back(toRfc3339(time0 + later) + " [info] x");
    }
    QCOMPARE(lines(), expected);
}

void TestTierLogWriter::rotates() {
    const std::string sentence(64u << 10, 'x');
    for (int i = 0; i < 9 * 256 + 1; ++i)
        m_log->info(time0, sentence);
    m_log->flush();
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(m_file.parent_path())) {
        ++files;
        QVERIFY(entry.file_size() <= (16u << 20));
        QVERIFY(entry.path().filename().string().starts_with("tier"));
    }
    QCOMPARE(files, std::size_t(8));
    QVERIFY(fs::exists(m_file));
}

void TestTierLogWriter::saysWhatCannotBeOpened() {
    const auto folder = fs::path(m_folder->path().toStdString()) / "folder";
    fs::create_directories(folder);
    const auto log = TierLogWriter::open(folder);
    QVERIFY(!log);
    QVERIFY(log.error().message.find(folder.string()) != std::string::npos);
}

void TestTierLogWriter::writesFromManyThreads() {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([this] {
            for (int i = 0; i < 500; ++i) {
                m_log->complete(time0, recordOf());
                if (i % 50 == 0)
                    m_log->flush();
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    const auto all = lines();
    QCOMPARE(all.size(), std::size_t(2000));
    for (const auto& written : all)
        QVERIFY(tierlog::parseLogLine(written).kind == Kind::Complete);
}

QTEST_APPLESS_MAIN(TestTierLogWriter)
#include "tst_tier_log_writer.moc"
