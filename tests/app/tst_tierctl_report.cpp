// report over a store of known requests: every number by hand, each format, zones, paging, and the schemas.
#include "core/sessions/journal.h"
#include "core/sessions/session_store.h"
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <array>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;
using routing::RequestRecord;

namespace {

RequestRecord record(std::int64_t request, const char* time, const char* session, int turn) {
    RequestRecord made;
    made.request = RequestId(request);
    made.session = session;
    made.turn = turn;
    made.time = parseRfc3339(time).value();
    made.client = "codex";
    made.project = "shop";
    made.tier = "coding";
    made.tierSource = "skill";
    made.startingTier = "balanced";
    made.provider = "openai";
    made.model = "openai/gpt-5.2";
    made.modelReturned = "gpt-5.2-2025-12-11";
    made.status = "ok";
    made.httpStatus = 200;
    made.attempts = {{"openai", "openai/gpt-5.2", "ok", 200, 900, "coding's model"}};
    made.usage.input = 100;
    made.usage.cachedInput = 900;
    made.usage.output = 310;
    made.usage.reasoning = 10;
    made.cost = NanoUsd(12'345'678);
    made.latencyMs = 900;
    made.firstByteMs = 120;
    made.reason = "coding, because skill 'refactor' asks for it; openai/gpt-5.2";
    made.messageId = "chatcmpl-" + std::to_string(request);
    return made;
}

/// Four requests in three turns of two sessions, on both sides of midnight in Berlin and of a month's end in
/// Tokyo.
std::vector<RequestRecord> history() {
    std::vector<RequestRecord> records{
        record(1, "2026-11-29T22:30:00Z", "a", 1), // 23:30 in Berlin, Monday in Tokyo
        record(2, "2026-11-29T23:30:00Z", "a", 1), // 00:30 of Monday, W49, in Berlin
        record(3, "2026-11-30T16:00:00Z", "a", 2), // the first of December in Tokyo
        record(4, "2026-12-01T12:00:00Z", "b, \"quoted\"", 1),
    };
    records[1].tier = "smart";
    records[1].tierSource = "dynamic";
    records[1].model = "anthropic/claude-opus-4-20250514";
    records[1].provider = "anthropic";
    records[1].attempts.push_back(
        {"anthropic", "anthropic/claude-opus-4-20250514", "ok", 200, 400, "fallback"});
    records[1].cost = NanoUsd(1'000'000'001);
    records[2].tier = std::nullopt; // an explicit model without a price
    records[2].tierSource = "declared";
    records[2].model = "my/model";
    records[2].provider = "my";
    records[2].cost = std::nullopt;
    records[3].model = "sim/fast";
    records[3].provider = "sim";
    records[3].simulated = true;
    records[3].cost = NanoUsd(0);
    records[3].project = "";
    records[3].status = "cancelled";
    records[3].firstByteMs = std::nullopt;
    records[3].sessionSource = "x-claude-code-session-id";
    records[3].parentSession = "a";
    records[3].agent = "a2";
    records[3].agentSource = "x-claude-code-agent-id";
    records[3].parentAgent = "a1";
    records[3].clientSource = "x-app";
    return records;
}

void fill(const TierctlBench& bench) {
    sessions::StoreOptions options;
    options.file = (bench.path(QStringLiteral("sessions/tierdeck.db"))).toStdString();
    options.unsavedFile = (bench.path(QStringLiteral("state/unsaved.jsonl"))).toStdString();
    options.timeZone = "Europe/Berlin";
    auto store = sessions::SessionStore::open(options);
    QVERIFY(store);
    for (RequestRecord& made : history()) {
        (*store)->record(std::move(made), [](const Result<void>&) {});
    }
    (*store)->flush();
}

Outcome report(const TierctlBench& bench, const char* line) {
    return bench.run(QStringList{QStringLiteral("report")} +
                     QString::fromUtf8(line).split(QLatin1Char(' '), Qt::SkipEmptyParts));
}

Json document(const Outcome& outcome) {
    return Json::parse(outcome.out.toStdString(), nullptr, false);
}

} // namespace

class TestTierctlReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void requestsHaveEveryNumber();
    void requestsOfAGatewayThatWasKilled();
    void turnsAreSums();
    void sessionsAreSums();
    void periods_data();
    void periods();
    void dimensions_data();
    void dimensions();
    void totalsAreOfAllRows();
    void sinceAndUntil_data();
    void sinceAndUntil();
    void pagesGoOnWhereTheyStopped();
    void sumsArePagedToo();
    void csvIsForSpreadsheets();
    void tableIsForPeople();
    void emptyWorkspace_data();
    void emptyWorkspace();
    void wrongUse_data();
    void wrongUse();
};

void TestTierctlReport::requestsHaveEveryNumber() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, "requests --json");
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("report-requests", outcome.out.toStdString()), std::string());
    const Json requests = document(outcome)["requests"];
    QCOMPARE(requests.size(), std::size_t{4});
    QCOMPARE(requests[0],
             Json::parse(R"x({"request": 1, "turn": 1, "session": "a", "time": "2026-11-29T22:30:00.000Z",
        "source": "gateway", "client": "codex", "project": "shop", "agent": null, "taskType": null, "tier": "coding",
        "tierSource": "skill", "provider": "openai", "model": "openai/gpt-5.2", "modelReturned": "gpt-5.2-2025-12-11",
        "status": "ok", "attempts": 1, "inputTokens": 100, "cachedInputTokens": 900, "cacheWrite5mTokens": 0,
        "cacheWrite1hTokens": 0, "outputTokens": 310, "reasoningTokens": 10, "costUsd": 0.012345678,
        "simulated": false, "latencyMs": 900, "firstByteMs": 120,
        "reason": "coding, because skill 'refactor' asks for it; openai/gpt-5.2", "messageId": "chatcmpl-1", "sessionSource": null,
        "parentSession": null, "agentSource": null, "parentAgent": null, "clientSource": null, "projectSource": null})x"));
    QCOMPARE(requests[1]["attempts"], Json(2));
    QCOMPARE(requests[2]["tier"], Json(nullptr));
    QCOMPARE(requests[2]["costUsd"], Json(nullptr));
    QCOMPARE(requests[3]["simulated"], Json(true));
    QCOMPARE(requests[3]["firstByteMs"], Json(nullptr));
    QCOMPARE(requests[3]["agent"], Json("a2"));
    QCOMPARE(requests[3]["agentSource"], Json("x-claude-code-agent-id"));
    QCOMPARE(requests[3]["parentAgent"], Json("a1"));
    QCOMPARE(requests[3]["clientSource"], Json("x-app"));
    QCOMPARE(requests[3]["sessionSource"], Json("x-claude-code-session-id"));
    QCOMPARE(requests[3]["parentSession"], Json("a"));
    QVERIFY(outcome.out.contains("\"costUsd\":1.000000001,")); // all nine decimals, and no exponent
    QCOMPARE(document(outcome)["next"], Json(nullptr));
}

void TestTierctlReport::requestsOfAGatewayThatWasKilled() {
    const TierctlBench bench;
    const auto records = history();
    const auto file = bench.path(QStringLiteral("sessions/journal")).toStdString();
    {
        const auto journal = sessions::Journal::open(file);
        QVERIFY(journal);
        for (const RequestRecord& record : records) {
            QVERIFY((*journal)->append(std::array{&record}));
        }
    }
    const Outcome outcome = report(bench, "requests --json");
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(document(outcome)["requests"].size(), records.size());
    QVERIFY(!sessions::Journal::isLeftBehind(file));
}

void TestTierctlReport::turnsAreSums() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, "turns --json");
    QCOMPARE(schemaProblems("report-turns", outcome.out.toStdString()), std::string());
    const Json turns = document(outcome)["turns"];
    QCOMPARE(turns.size(), std::size_t{3});
    QCOMPARE(turns[0]["requests"], Json(2));
    QCOMPARE(turns[0]["tiers"], Json({{"coding", 1}, {"smart", 1}}));
    QCOMPARE(turns[0]["models"], Json({"anthropic/claude-opus-4-20250514", "openai/gpt-5.2"}));
    QCOMPARE(turns[0]["cachedInputTokens"], Json(1800));
    QCOMPARE(turns[0]["latencyMs"], Json(1800));
    QVERIFY(outcome.out.contains("\"costUsd\":1.012345679,"));
    QCOMPARE(turns[1]["tiers"], Json({{"-", 1}}));
    QCOMPARE(turns[1]["costUsd"], Json(nullptr)); // not 0: nothing in it has a price
    QCOMPARE(turns[1]["unpricedRequests"], Json(1));
    QCOMPARE(turns[2]["costUsd"], Json(0));
}

void TestTierctlReport::sessionsAreSums() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, "sessions --json");
    QCOMPARE(schemaProblems("report-sessions", outcome.out.toStdString()), std::string());
    const Json sessions = document(outcome)["sessions"];
    QCOMPARE(sessions.size(), std::size_t{2});
    QCOMPARE(sessions[0]["session"], Json("b, \"quoted\"")); // the latest first
    QCOMPARE(sessions[1]["turns"], Json(2));
    QCOMPARE(sessions[1]["requests"], Json(3));
    QCOMPARE(sessions[1]["unpricedRequests"], Json(1));
    QVERIFY(outcome.out.contains("\"costUsd\":1.012345679,"));
}

void TestTierctlReport::periods_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("rows"); // period:requests …
    const auto row = [](const char* line, const char* rows) {
        QTest::addRow("%s", line) << QString::fromLatin1(line) << QString::fromLatin1(rows);
    };
    row("daily", "2026-11-29:1 2026-11-30:2 2026-12-01:1"); // the store's zone is Berlin
    row("daily --timezone UTC", "2026-11-29:2 2026-11-30:1 2026-12-01:1");
    row("daily --timezone Asia/Tokyo", "2026-11-30:2 2026-12-01:2");
    row("weekly", "2026-W48:1 2026-W49:3");
    row("weekly --timezone UTC", "2026-W48:2 2026-W49:2");
    row("monthly", "2026-11:3 2026-12:1");
    row("monthly --timezone Asia/Tokyo", "2026-11:2 2026-12:2");
    row("daily --limit 2", "2026-11-29:1 2026-11-30:2");
}

void TestTierctlReport::periods() {
    QFETCH(QString, line);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, qPrintable(line + QStringLiteral(" --json")));
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("report-sums", outcome.out.toStdString()), std::string());
    QStringList rows;
    const Json found = document(outcome)["rows"];
    for (const Json& row : found) {
        rows << QString::fromStdString(row["period"].get<std::string>()) + QLatin1Char(':') +
                    QString::number(row["requests"].get<int>());
    }
    QTEST(rows.join(QLatin1Char(' ')), "rows");
}

void TestTierctlReport::dimensions_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QStringList>("keys");
    QTest::addColumn<QStringList>("rows"); // the keys' values and the requests, sorted
    const auto row = [](const char* line, const QStringList& keys, QStringList rows) {
        rows.sort();
        QTest::addRow("%s", line) << QString::fromLatin1(line) << keys << rows;
    };
    const auto list = [](const char* text) { return QString::fromUtf8(text).split(QLatin1Char('|')); };
    row("tiers", list("tier"), list("coding 2|smart 1|null 1"));
    row("models", list("model"),
        list("openai/gpt-5.2 1|anthropic/claude-opus-4-20250514 1|my/model 1|sim/fast 1"));
    row("projects", list("project"), list("shop 3|null 1"));
    row("projects --by tier", list("project|tier"),
        list("shop coding 1|shop smart 1|shop null 1|null coding 1"));
    row("models --by model,provider", list("model|provider"),
        list("openai/gpt-5.2 openai 1|anthropic/claude-opus-4-20250514 anthropic 1|my/model my 1|sim/fast "
             "sim 1"));
    row("monthly --by source,client", list("period|source|client"),
        list("2026-11 gateway codex 3|2026-12 gateway codex 1"));
    row("monthly --by task", list("period|task"), list("2026-11 null 3|2026-12 null 1"));
}

void TestTierctlReport::dimensions() {
    QFETCH(QString, line);
    QFETCH(QStringList, keys);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, qPrintable(line + QStringLiteral(" --json")));
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("report-sums", outcome.out.toStdString()), std::string());
    QStringList rows;
    const Json found = document(outcome)["rows"];
    for (const Json& row : found) {
        QString text;
        for (const QString& key : keys) {
            const Json& value = row[key.toStdString()];
            text += (value.is_null() ? QStringLiteral("null")
                                     : QString::fromStdString(value.get<std::string>())) +
                    QLatin1Char(' ');
        }
        rows << text + QString::number(row["requests"].get<int>());
    }
    rows.sort();
    QTEST(rows, "rows");
}

void TestTierctlReport::totalsAreOfAllRows() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, "daily --json --limit 1");
    const Json totals = document(outcome)["totals"];
    QCOMPARE(totals["requests"], Json(4));
    QCOMPARE(totals["turns"], Json(3));
    QCOMPARE(totals["inputTokens"], Json(400));
    QCOMPARE(totals["outputTokens"], Json(1240));
    QCOMPARE(totals["unpricedRequests"], Json(1));
    QVERIFY(outcome.out.contains("\"costUsd\":1.012345679,"));
    QVERIFY2(outcome.err.contains("2 more rows"), outcome.err.constData());
}

void TestTierctlReport::sinceAndUntil_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("requests");
    const auto row = [](const char* line, const char* requests) {
        QTest::addRow("%s", line) << QString::fromLatin1(line) << QString::fromLatin1(requests);
    };
    row("--since 2026-11-30", "2 3 4"); // 00:00 in Berlin
    row("--since 2026-11-30 --timezone UTC", "3 4");
    row("--until 2026-11-30", "1");
    row("--since 2026-11-30 --until 2026-12-01", "2 3");
    row("--since 2026-11-29T23:30:00Z --until 2026-11-30T16:00:00Z", "2"); // the end is without itself
    row("--since 2027-01-01", "");
}

void TestTierctlReport::sinceAndUntil() {
    QFETCH(QString, line);
    const TierctlBench bench;
    fill(bench);
    QStringList requests;
    const Json found =
        document(report(bench, qPrintable(QStringLiteral("requests --json ") + line)))["requests"];
    for (const Json& row : found) {
        requests << QString::number(row["request"].get<int>());
    }
    QTEST(requests.join(QLatin1Char(' ')), "requests");
}

void TestTierctlReport::pagesGoOnWhereTheyStopped() {
    const TierctlBench bench;
    fill(bench);
    for (const char* what : {"requests", "turns", "sessions"}) {
        const QByteArray line = QByteArray(what) + " --json --limit 1";
        const Json all = document(report(bench, QByteArray(QByteArray(what) + " --json").constData()))[what];
        Json collected = Json::array();
        QStringList after;
        for (;;) {
            const Outcome outcome = bench.run(QStringList{QStringLiteral("report")} +
                                              QString::fromLatin1(line).split(QLatin1Char(' ')) + after);
            QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
            const Json page = document(outcome);
            QVERIFY(page[what].size() <= 1 && collected.size() <= all.size());
            collected.insert(collected.end(), page[what].begin(), page[what].end());
            if (page["next"].is_null()) {
                break;
            }
            after = QStringList{QStringLiteral("--after"),
                                QString::fromStdString(page["next"].get<std::string>())};
        }
        QCOMPARE(collected, all);
    }
}

void TestTierctlReport::sumsArePagedToo() {
    const TierctlBench bench;
    fill(bench);
    for (const char* what : {"daily", "monthly --by tier,model", "models --by source,client", "projects"}) {
        const QStringList line =
            QStringList{QStringLiteral("report")} + QString::fromLatin1(what).split(QLatin1Char(' '));
        const Json all = document(bench.run(line + QStringList{QStringLiteral("--json")}));
        QVERIFY(all["next"].is_null());
        QStringList after{QStringLiteral("--json"), QStringLiteral("--limit"), QStringLiteral("1")};
        Json collected = Json::array();
        for (std::size_t page = 0; page < all["rows"].size(); ++page) {
            const Json found = document(bench.run(line + after));
            QCOMPARE(found["rows"].size(), std::size_t(1));
            QCOMPARE(found["totals"], all["totals"]); // of everything, whatever the page
            collected.push_back(found["rows"][0]);
            if (found["next"].is_null())
                break;
            after = after.mid(0, 3) + QStringList{QStringLiteral("--after"),
                                                  QString::fromStdString(found["next"].get<std::string>())};
        }
        QCOMPARE(collected, all["rows"]);
    }
    const Outcome listed = report(bench, "sessions --by model --json");
    QCOMPARE(listed.exitCode, 0);
    QVERIFY2(listed.err.contains("--by parts sums"), listed.err.constData());
}

void TestTierctlReport::csvIsForSpreadsheets() {
    const TierctlBench bench;
    fill(bench);
    const QByteArrayList lines = report(bench, "requests --format csv").out.split('\n');
    QCOMPARE(lines.size(), 6); // header, four, and what follows the last newline
    QVERIFY(lines[0].startsWith("request,turn,session,time,source,"));
    QVERIFY(lines[1].contains(",0.012345678,false,900,120,\"coding, because"));
    QVERIFY(lines[3].contains(",10,,false,"));
    QVERIFY(lines[4].startsWith("4,1,\"b, \"\"quoted\"\"\",2026-12-01T12:00:00.000Z,gateway,"));
    QVERIFY(lines[1].endsWith('\r'));
}

void TestTierctlReport::tableIsForPeople() {
    const TierctlBench bench;
    fill(bench);
    const QByteArray turns = report(bench, "turns").out;
    QVERIFY2(turns.contains("time (Europe/Berlin)") && turns.contains("2026-11-29 23:30:00"),
             turns.constData());
    QVERIFY2(turns.contains("1.01") && turns.contains("unpriced") && turns.contains("simulated"),
             turns.constData());
    const QByteArray daily = report(bench, "daily").out;
    QVERIFY2(daily.contains("In all: 4 requests in 3 turns, 5,240 tokens, 1.01 USD and 1 unpriced request"),
             daily.constData());
    const Outcome first = report(bench, "turns --limit 1");
    QVERIFY2(first.err.contains("--after"), first.err.constData());
}

void TestTierctlReport::emptyWorkspace_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("schema");
    for (const char* what : {"requests", "turns", "sessions"}) {
        QTest::newRow(what) << QString::fromLatin1(what)
                            << QStringLiteral("report-") + QString::fromLatin1(what);
    }
    for (const char* what : {"daily", "weekly", "monthly", "models", "tiers", "projects"}) {
        QTest::newRow(what) << QString::fromLatin1(what) << QStringLiteral("report-sums");
    }
}

void TestTierctlReport::emptyWorkspace() {
    QFETCH(QString, what);
    QFETCH(QString, schema);
    const TierctlBench bench;
    const Outcome outcome = report(bench, qPrintable(what + QStringLiteral(" --json")));
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems(schema.toStdString(), outcome.out.toStdString()), std::string());
    QVERIFY(report(bench, qPrintable(what)).out.startsWith("There are no "));
    QVERIFY(!QFile::exists(bench.workspace()));
}

void TestTierctlReport::wrongUse_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* line, const char* sentence) {
        QTest::addRow("%s", line) << QString::fromLatin1(line) << QString::fromLatin1(sentence);
    };
    row("", "WHAT");
    row("hourly", "hourly");
    row("daily --by colour", "colour");
    row("daily --since yesterday", "'yesterday' is no time");
    row("daily --timezone Mars/Olympus", "There is no time zone 'Mars/Olympus'");
    row("requests --limit -1", "--limit");
    row("requests --format xml", "--format");
    row("requests --after rubbish", "tierctl: ");
    row("daily --after p3:xyz", "This is no cursor of this report");
}

void TestTierctlReport::wrongUse() {
    QFETCH(QString, line);
    QFETCH(QString, sentence);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = report(bench, qPrintable(line));
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.err.startsWith("tierctl: ") && outcome.err.contains(sentence.toUtf8()),
             outcome.err.constData());
}

QTEST_GUILESS_MAIN(TestTierctlReport)
#include "tst_tierctl_report.moc"
