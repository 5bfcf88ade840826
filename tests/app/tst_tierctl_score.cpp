// score over files and pipes; label and train over a store of known requests, and what is learnt coming into
// force.
#include "core/foundation/workspace.h"
#include "core/routing/complexity.h"
#include "core/sessions/label_book.h"
#include "core/sessions/session_store.h"
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

Outcome score(const TierctlBench& bench, const QByteArray& lines) {
    return bench.run({QStringLiteral("score"), QStringLiteral("--jsonl"), QStringLiteral("-")}, lines);
}

std::vector<Json> documents(const QByteArray& out) {
    std::vector<Json> found;
    for (const QByteArray& line : out.split('\n')) {
        if (!line.isEmpty())
            found.push_back(Json::parse(line.toStdString(), nullptr, false));
    }
    return found;
}

routing::Complexity complexityOf(const std::string& text) {
    routing::RouteRequest request;
    request.userText = text;
    return routing::scoreComplexity(request);
}

/// As the gateway would have recorded it.
routing::RequestRecord recordOf(std::int64_t id, const std::string& text) {
    routing::RequestRecord record;
    record.request = RequestId(id);
    record.session = "s" + std::to_string(id);
    record.time = parseRfc3339("2026-11-21T10:00:00Z").value();
    record.client = "codex";
    record.tier = "balanced";
    record.provider = "sim";
    record.model = "sim/fast";
    record.status = "ok";
    record.httpStatus = 200;
    record.facts = routing::RequestFacts();
    record.features = routing::pack(complexityOf(text).vector);
    return record;
}

std::string ledger(std::int64_t i) {
    return "go on with the ledger for Ana " + std::to_string(i);
}

std::string other(std::int64_t i) {
    return "what about the garden with Ben " + std::to_string(i);
}

void record(const TierctlBench& bench, const std::vector<routing::RequestRecord>& records) {
    const Workspace workspace(bench.workspace().toStdString());
    sessions::StoreOptions options;
    options.file = workspace.storeFile();
    options.unsavedFile = workspace.unsavedFile();
    options.timeZone = "UTC";
    auto store = sessions::SessionStore::open(options);
    QVERIFY(store);
    for (const auto& one : records)
        (*store)->record(one, [](const Result<void>&) {});
    (*store)->flush();
}

void fill(const TierctlBench& bench, std::int64_t requests) {
    std::vector<routing::RequestRecord> records;
    for (std::int64_t i = 1; i <= requests; ++i)
        records.push_back(recordOf(i, i % 2 ? ledger(i) : other(i)));
    record(bench, records);
}

} // namespace

class TestTierctlScore : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scoresInOrder();
    void readsAFile();
    void idsComeBackAsTheyWere();
    void badLinesAreNamed_data();
    void badLinesAreNamed();
    void manyLines();
    void aPipeIsAnsweredAtOnce();
    void thresholdsOfTheWorkspace();
    void aLabelIsNoted();
    void aLabelSaysWhetherItTeaches();
    void labelsAreRefused_data();
    void labelsAreRefused();
    void trainingComesIntoForce();
    void trainingWithoutAStore();
};

void TestTierctlScore::scoresInOrder() {
    const TierctlBench bench;
    const Outcome outcome =
        score(bench,
              R"({"id":"a","prompt":"hi"})"
              "\n"
              R"({"id":"b","prompt":"Prove that there are infinitely many primes, rigorously, in two ways."})"
              "\n"
              R"({"id":"c","prompt":"Fix the TypeError in parse_rows() of importer.py, tests below fail"})"
              "\n");
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    const auto lines = documents(outcome.out);
    QCOMPARE(lines.size(), std::size_t(3));
    for (const Json& line : lines)
        QCOMPARE(schemaProblems("score", line.dump()), std::string());
    QVERIFY(lines[0]["id"] == "a" && lines[1]["id"] == "b" && lines[2]["id"] == "c");
    QVERIFY(lines[0]["tier"] == "balanced" && lines[1]["tier"] == "deep" && lines[2]["tier"] == "coding");
    QVERIFY(lines[0]["score"] < lines[1]["score"]);
    QCOMPARE(lines[0]["score"].get<double>(), complexityOf("hi").difficulty);
}

void TestTierctlScore::readsAFile() {
    const TierctlBench bench;
    bench.write(QStringLiteral("prompts.jsonl"),
                R"({"prompt":"hi","id":7,"more":[1,{"prompt":2}]})"); // no newline
    const Outcome outcome = bench.run(
        {QStringLiteral("score"), QStringLiteral("--jsonl"), bench.path(QStringLiteral("prompts.jsonl"))});
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(documents(outcome.out).at(0)["id"], Json(7));
    const Outcome missing =
        bench.run({QStringLiteral("score"), QStringLiteral("--jsonl"), QStringLiteral("/no/such")});
    QCOMPARE(missing.exitCode, 2);
    QVERIFY(missing.err.contains("/no/such"));
}

void TestTierctlScore::idsComeBackAsTheyWere() {
    const TierctlBench bench;
    const Outcome outcome =
        score(bench, "{\"id\": 1e3 , \"prompt\": \"a\"}\n\n  {\"prompt\":\"\",\"id\":\"\\u00e4\"}  \r\n");
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QVERIFY(outcome.out.startsWith("{\"id\":1e3,\"score\":"));
    QVERIFY(outcome.out.contains("{\"id\":\"\\u00e4\",\"score\":"));
}

void TestTierctlScore::badLinesAreNamed_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("no JSON") << QByteArray("hello");
    QTest::newRow("cut") << QByteArray("{'id':1,'prompt':'a").replace('\'', '"');
    QTest::newRow("an array") << QByteArray("[1]");
    QTest::newRow("no prompt") << QByteArray("{'id':1}").replace('\'', '"');
    QTest::newRow("no id") << QByteArray("{'prompt':'a'}").replace('\'', '"');
    QTest::newRow("id is an object") << QByteArray("{'id':{},'prompt':'a'}").replace('\'', '"');
    QTest::newRow("id is two numbers") << QByteArray("{'id':1 2,'prompt':'a'}").replace('\'', '"');
    QTest::newRow("prompt is a number") << QByteArray("{'id':1,'prompt':5}").replace('\'', '"');
    QTest::newRow("two objects") << QByteArray("{'id':1,'prompt':'a'}{}").replace('\'', '"');
    QTest::newRow("broken UTF-8") << QByteArray("{'id':1,'prompt':'\xC3('}").replace('\'', '"');
}

void TestTierctlScore::badLinesAreNamed() {
    QFETCH(QByteArray, line);
    const TierctlBench bench;
    const QByteArray good = R"({"id":1,"prompt":"a"})";
    const Outcome outcome = score(bench, good + '\n' + line + '\n' + good + '\n');
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.err.contains("line 2"), outcome.err.constData());
    QCOMPARE(documents(outcome.out).size(), std::size_t(1)); // what stood before it was answered
}

void TestTierctlScore::manyLines() {
    const TierctlBench bench;
    QByteArray lines;
    for (int i = 0; i < 5000; ++i)
        lines += QByteArray("{\"id\":") + QByteArray::number(i) + ",\"prompt\":\"" +
                 QByteArray(i % 700, 'x') + " compare\"}\n";
    const Outcome outcome = score(bench, lines);
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    const auto found = documents(outcome.out);
    QCOMPARE(found.size(), std::size_t(5000));
    for (int i = 0; i < 5000; ++i)
        QCOMPARE(found[std::size_t(i)]["id"], Json(i));
}

void TestTierctlScore::aPipeIsAnsweredAtOnce() {
    const TierctlBench bench;
    QProcess process;
    bench.start(process, {QStringLiteral("score"), QStringLiteral("--jsonl"), QStringLiteral("-")});
    QVERIFY(process.waitForStarted());
    for (int i = 0; i < 3; ++i) {
        process.write(R"({"id":1,"prompt":"hi"})"
                      "\n");
        QTRY_VERIFY(process.canReadLine());
        QVERIFY(process.readLine().startsWith("{\"id\":1,"));
    }
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 0);
}

void TestTierctlScore::thresholdsOfTheWorkspace() {
    const TierctlBench bench;
    bench.write(QStringLiteral("preferences/model-router.json"),
                R"({"modelRouter":{"classifier":{"thresholds":{"deep":0.0}},"dynamicTierEnabled":false}})");
    const Outcome outcome = score(bench, R"({"id":1,"prompt":"hi"})");
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(documents(outcome.out).at(0)["tier"], Json("deep"));
}

void TestTierctlScore::aLabelIsNoted() {
    const TierctlBench bench;
    fill(bench, 2);
    const Outcome outcome = bench.run(
        {QStringLiteral("label"), QStringLiteral("2"), QStringLiteral("deep"), QStringLiteral("--json")});
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("label", outcome.out.toStdString()), std::string());
    Outcome trained = bench.run({QStringLiteral("train"), QStringLiteral("--json")});
    QVERIFY2(trained.exitCode == 0, trained.err.constData());
    QCOMPARE(schemaProblems("train", trained.out.toStdString()), std::string());
    QCOMPARE(documents(trained.out).at(0)["labels"], Json(1));
    QCOMPARE(documents(trained.out).at(0)["active"], Json(false));

    QCOMPARE(bench.run({QStringLiteral("label"), QStringLiteral("2"), QStringLiteral("none")}).exitCode, 0);
    trained = bench.run({QStringLiteral("train"), QStringLiteral("--json")});
    QCOMPARE(documents(trained.out).at(0)["labels"], Json(0));
}

void TestTierctlScore::aLabelSaysWhetherItTeaches() {
    const TierctlBench bench;
    auto refused = recordOf(2, other(2));
    refused.status = "error";
    refused.httpStatus = 402;
    refused.facts.reset();
    refused.features.clear();
    record(bench, {recordOf(1, ledger(1)), refused});
    const auto label = [&](const char* request, const char* tier) {
        return bench.run({QStringLiteral("label"), QString::fromLatin1(request), QString::fromLatin1(tier)})
            .out;
    };
    QCOMPARE(label("1", "deep"), QByteArray("Request 1 should have been deep; `tierctl train` learns from "
                                            "it.\n"));
    QCOMPARE(label("2", "deep"), QByteArray("Request 2 should have been deep. `tierctl train` cannot learn "
                                            "from it, since none of its features are stored.\n"));
    QCOMPARE(label("2", "none"), QByteArray("Request 2 has no label any more.\n"));

    const auto learnable = [&](const char* request, const char* tier) {
        const Outcome outcome = bench.run({QStringLiteral("label"), QString::fromLatin1(request),
                                           QString::fromLatin1(tier), QStringLiteral("--json")});
        return schemaProblems("label", outcome.out.toStdString()).empty()
                   ? documents(outcome.out).at(0)["learnable"]
                   : Json("no label");
    };
    QCOMPARE(learnable("1", "smart"), Json(true));
    QCOMPARE(learnable("2", "smart"), Json(false));
    QCOMPARE(learnable("1", "none"), Json(nullptr)); // there is no label to learn from
}

void TestTierctlScore::labelsAreRefused_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* request, const char* tier, const char* says) {
        QTest::newRow(name) << QStringList{QString::fromLatin1(request), QString::fromLatin1(tier)}
                            << QByteArray(says);
    };
    row("a tier that there is not", "1", "huge", "balanced, smart, coding or deep");
    row("background", "1", "background", "balanced, smart, coding or deep");
    row("a request that there is not", "99", "deep", "");
    row("no number", "first", "deep", "");
    row("nothing to take away", "1", "none", "");
}

void TestTierctlScore::labelsAreRefused() {
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const TierctlBench bench;
    fill(bench, 1);
    const Outcome outcome = bench.run(QStringList{QStringLiteral("label")} + arguments);
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(!outcome.err.isEmpty() && outcome.err.contains(says), outcome.err.constData());
    QVERIFY(outcome.out.isEmpty());
}

// 240 labels of a person for whom everything about the ledger is deep; from then on a prompt about it is.
void TestTierctlScore::trainingComesIntoForce() {
    const TierctlBench bench;
    fill(bench, 240);
    const QByteArray prompt = QByteArray(R"({"id":1,"prompt":"go on with the ledger for Eve"})");
    QVERIFY(documents(score(bench, prompt).out).at(0)["tier"] != "deep");
    {
        auto book = sessions::LabelBook::open(Workspace(bench.workspace().toStdString()).storeFile());
        QVERIFY(book);
        for (std::int64_t i = 1; i <= 240; ++i)
            QVERIFY(book->set(RequestId(i), i % 2 ? "deep" : "balanced", UtcTime()));
    }
    const Outcome outcome = bench.run({QStringLiteral("train"), QStringLiteral("--json")});
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    const Json report = documents(outcome.out).at(0);
    QCOMPARE(report["labels"], Json(240));
    QVERIFY(report["gainLow"] > 0.2);
    QCOMPARE(report["active"], Json(true));
    QVERIFY(bench.run({QStringLiteral("train")}).out.contains("It is used from the next request on."));
    QCOMPARE(documents(score(bench, prompt).out).at(0)["tier"], Json("deep"));

    // A head that cannot be read is a warning and is not used.
    bench.write(QStringLiteral("state/complexity-head.bin"), "rubbish");
    QVERIFY(documents(score(bench, prompt).out).at(0)["tier"] != "deep");
    const Outcome check = bench.run({QStringLiteral("check")});
    QVERIFY2(check.out.contains("complexity-head.bin"), check.out.constData());
}

void TestTierctlScore::trainingWithoutAStore() {
    const TierctlBench bench;
    const Outcome outcome = bench.run({QStringLiteral("train")});
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY(!outcome.err.isEmpty());
}

QTEST_GUILESS_MAIN(TestTierctlScore)
#include "tst_tierctl_score.moc"
