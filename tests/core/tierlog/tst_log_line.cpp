#include "core/tierlog/log_line.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::tierlog;

namespace {

QString text(std::string_view view) {
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

} // namespace

class TestLogLine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsLines_data();
    void readsLines();
    void readsTimes_data();
    void readsTimes();
    void readsFields_data();
    void readsFields();
    void listsFieldsInOrder();
    void takesEscapesBack_data();
    void takesEscapesBack();
    void gistAgreesOnAnything();
};

void TestLogLine::readsLines_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("level");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("tier");
    QTest::addColumn<QString>("session");
    QTest::addColumn<int>("turn");
    QTest::addColumn<qint64>("request");
    QTest::addColumn<QString>("sentence");

    const auto row = [](const char* name, const char* line, Level level, Kind kind, const char* tier,
                        const char* session, int turn, qint64 request, const char* sentence) {
        QTest::newRow(name) << QString::fromUtf8(line) << int(level) << int(kind) << QString::fromUtf8(tier)
                            << QString::fromUtf8(session) << turn << request << QString::fromUtf8(sentence);
    };
    row("assignment",
        "2026-11-21T05:47:12.123Z [info] Tier assignment: coding (source: skill 'refactor') tier=coding "
        "tier_source=skill model=openai/gpt-5.2 session=01a1 turn=12 request=4711 client=codex project=shop",
        Level::Info, Kind::Assignment, "coding", "01a1", 12, 4711,
        "Tier assignment: coding (source: skill 'refactor')");
    row("upgrade",
        "2026-11-21T05:47:12.124Z [info] Dynamic tier upgrade: balanced -> smart score=0.61 threshold=0.52 "
        "session=01a1 turn=12",
        Level::Info, Kind::Upgrade, "smart", "01a1", 12, -1, "Dynamic tier upgrade: balanced -> smart");
    row("fallback",
        "2026-11-21T05:47:13.400Z [warn] Fallback: anthropic/claude-sonnet-4-20250514 -> openai/gpt-5.2 "
        "reason=http_529 attempt=2 session=01a1 turn=12",
        Level::Warn, Kind::Fallback, "", "01a1", 12, -1,
        "Fallback: anthropic/claude-sonnet-4-20250514 -> openai/gpt-5.2");
    row("complete",
        "2026-11-21T05:47:19.002Z [info] Request complete: tier=smart model=openai/gpt-5.2 input=1200 "
        "cached=900 "
        "output=310 cost_usd=0.012345 latency_ms=5600 first_byte_ms=480 status=ok session=01a1 turn=12 "
        "request=4711",
        Level::Info, Kind::Complete, "smart", "01a1", 12, 4711, "Request complete:");
    row("mismatch",
        "2026-11-21T05:47:19.003Z [warn] Model mismatch: requested=openai/a returned=b session=s turn=1",
        Level::Warn, Kind::Mismatch, "", "s", 1, -1, "Model mismatch:");
    row("budget", "2026-11-21T05:47:19.003Z [warn] Budget: 'Monthly' at 81% (40.50 of 50.00 USD)",
        Level::Warn, Kind::Budget, "", "", -1, -1, "Budget: 'Monthly' at 81% (40.50 of 50.00 USD)");
    row("availability",
        "2026-11-21T05:47:19.003Z [warn] Availability: openai/gpt-5.2-codex exhausted until "
        "2026-11-24T00:00:00Z",
        Level::Warn, Kind::Availability, "", "", -1, -1,
        "Availability: openai/gpt-5.2-codex exhausted until 2026-11-24T00:00:00Z");
    row("preferences",
        "2026-11-21T05:47:19.004Z [info] Preferences: model-router.json reloaded "
        "fingerprint=00ff00ff00ff00ff",
        Level::Info, Kind::Preferences, "", "", -1, -1, "Preferences: model-router.json reloaded");
    row("explicit model",
        "2026-11-21T05:47:12.123Z [info] Tier assignment: - (source: declared) tier=- session=s turn=2",
        Level::Info, Kind::Assignment, "-", "s", 2, -1, "Tier assignment: - (source: declared)");

    row("GolemCore resolved",
        "2026-02-08 12:00:01.250 [main] INFO  me.bot.ContextBuildingSystem - [ContextBuilding] Resolved "
        "tier: coding "
        "(source: skill 'x')",
        Level::Info, Kind::Assignment, "coding", "", -1, -1,
        "[ContextBuilding] Resolved tier: coding (source: skill 'x')");
    row("GolemCore upgrade",
        "2026-02-08 12:00:02.000  WARN 1 --- [loop-1] c.b.DynamicTierSystem : [DynamicTier] Detected coding "
        "activity, "
        "upgrading tier: balanced -> coding",
        Level::Warn, Kind::Upgrade, "coding", "", -1, -1,
        "[DynamicTier] Detected coding activity, upgrading tier: balanced -> coding");
    row("GolemCore model tier",
        "2026-02-08 12:00:03.999 [LLM] Model tier: deep, selected model: openai/gpt-5.2, reasoning: high",
        Level::None, Kind::Assignment, "deep", "", -1, -1,
        "[LLM] Model tier: deep, selected model: openai/gpt-5.2, reasoning: high");
    row("GolemCore tool", "2026-02-08 12:00:03 [TierTool] Tier changed to: smart", Level::None,
        Kind::Assignment, "smart", "", -1, -1, "[TierTool] Tier changed to: smart");
    row("literal after a prefix", "Nov 21 05:47:12 host router[77]: Tier assignment: deep (source: user)",
        Level::None, Kind::Assignment, "deep", "", -1, -1, "Tier assignment: deep (source: user)");
    row("literal upgrade after a prefix", "worker 3 | Dynamic tier upgrade: balanced -> coding", Level::None,
        Kind::Upgrade, "coding", "", -1, -1, "Dynamic tier upgrade: balanced -> coding");
    row("bare literal", "Tier assignment: smart", Level::None, Kind::Assignment, "smart", "", -1, -1,
        "Tier assignment: smart");

    row("anything else", "segfault at 0 ip 00007f", Level::None, Kind::Other, "", "", -1, -1,
        "segfault at 0 ip 00007f");
    row("a level in a sentence is none", "an ERROR occurred", Level::None, Kind::Other, "", "", -1, -1,
        "an ERROR occurred");
    row("a level word in front", "ERROR: out of memory", Level::Error, Kind::Other, "", "", -1, -1,
        "out of memory");
    row("empty", "", Level::None, Kind::Other, "", "", -1, -1, "");
    row("blank", "   \t ", Level::None, Kind::Other, "", "", -1, -1, "");
    row("time alone", "2026-11-21T05:47:12.123Z", Level::None, Kind::Other, "", "", -1, -1, "");
    row("spdlog's own pattern", "[2026-11-21 05:47:12.123] [warning] something", Level::Warn, Kind::Other, "",
        "", -1, -1, "something");
    row("critical", "2026-11-21T05:47:12Z [critical] gone", Level::Error, Kind::Other, "", "", -1, -1,
        "gone");
    row("barrier is no tier", "2026-11-21T05:47:12Z [info] barrier courier premier tier", Level::Info,
        Kind::Other, "", "", -1, -1, "barrier courier premier tier");
    row("stack frame", "\tat com.example.Main(Main.java:3)", Level::None, Kind::Other, "", "", -1, -1,
        "\tat com.example.Main(Main.java:3)");

    row("a name cannot pass for a field",
        "2026-11-21T05:47:12.123Z [info] Tier assignment: coding (source: skill 'x request=9 y') tier=coding "
        "turn=3",
        Level::Info, Kind::Assignment, "coding", "", 3, -1,
        "Tier assignment: coding (source: skill 'x request=9 y')");
    row("a quoted value keeps its words",
        "2026-11-21T05:47:12.123Z [info] Tier assignment: deep (source: user) tier=deep project=\"a "
        "tier=smart turn=9\" "
        "turn=3",
        Level::Info, Kind::Assignment, "deep", "", 3, -1, "Tier assignment: deep (source: user)");
    row("a number that is none", "x turn=12a request=99999999999999999999", Level::None, Kind::Other, "", "",
        -1, -1, "x");
}

void TestLogLine::readsLines() {
    QFETCH(QString, line);
    const QByteArray bytes = line.toUtf8();
    const std::string_view view(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    const LogLine parsed = parseLogLine(view);
    QTEST(int(parsed.level), "level");
    QTEST(int(parsed.kind), "kind");
    QTEST(text(parsed.tier), "tier");
    QTEST(text(parsed.session), "session");
    QTEST(parsed.turn.value_or(-1), "turn");
    QTEST(qint64(parsed.request.value_or(-1)), "request");
    QTEST(text(parsed.sentence()), "sentence");
    const LineGist gist = gistOf(view);
    QTEST(int(gist.level), "level");
    QTEST(int(gist.kind), "kind");
    QTEST(text(gist.tier), "tier");
}

void TestLogLine::readsTimes_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("time"); // "" for none
    QTest::addColumn<bool>("local");
    const auto row = [](const char* line, const char* time, bool local) {
        QTest::newRow(line) << QByteArray(line) << QString::fromLatin1(time) << local;
    };
    row("2026-11-21T05:47:12.123Z x", "2026-11-21T05:47:12.123Z", false);
    row("2026-11-21T05:47:12Z x", "2026-11-21T05:47:12.000Z", false);
    row("2026-11-21T05:47:12.5Z x", "2026-11-21T05:47:12.500Z", false);
    row("2026-11-21T05:47:12.123456789Z x", "2026-11-21T05:47:12.123Z", false);
    row("2026-11-21T05:47:12+01:00 x", "2026-11-21T04:47:12.000Z", false);
    row("2026-11-21T05:47:12.250-0530 x", "2026-11-21T11:17:12.250Z", false);
    row("2026-11-21 05:47:12,123 x", "2026-11-21T05:47:12.123Z", true);
    row("[2026-11-21 05:47:12.123] x", "2026-11-21T05:47:12.123Z", true);
    row("2026-11-21T05:47:12.123Z", "2026-11-21T05:47:12.123Z", false);
    row("2026-02-30T05:47:12.123Z x", "", false);
    row("2026-11-21T25:47:12.123Z x", "", false);
    row("2026-11-21T05:47:12.123Zebra", "", false);
    row("[2026-11-21 05:47:12.123 x", "", false);
    row("2026-11-21", "", false);
    row("26-11-21T05:47:12Z x", "", false);
}

void TestLogLine::readsTimes() {
    QFETCH(QByteArray, line);
    QFETCH(QString, time);
    const LogLine parsed = parseLogLine(line.toStdString());
    QCOMPARE(parsed.time.has_value(), !time.isEmpty());
    if (!parsed.time)
        return;
    QCOMPARE(QDateTime::fromMSecsSinceEpoch(parsed.time->time_since_epoch().count(), Qt::UTC)
                 .toString(Qt::ISODateWithMs),
             time);
    QTEST(parsed.timeIsLocal, "local");
}

void TestLogLine::readsFields_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* name, const char* line, const char* key, const char* value) {
        QTest::newRow(name) << QByteArray(line) << QByteArray(key) << QString::fromUtf8(value);
    };
    row("plain", "Request complete: a=1 b=2", "b", "2");
    row("absent", "Request complete: a=1 b=2", "c", "");
    row("part of a key", "Request complete: first_byte_ms=480", "byte_ms", "");
    row("quoted", "Request complete: project=\"my shop\" b=2", "project", "my shop");
    row("quoted at the end", "x b=2 project=\"my shop\"", "project", "my shop");
    row("behind a quoted one", "Request complete: project=\"my shop\" b=2", "b", "2");
    row("escaped quote", "x project=\"a \\\" b=9\" c=1", "project", "a \\\" b=9");
    row("inside quotes is no field", "x project=\"a b=9\" c=1", "b", "");
    row("empty value", "x a= b=2", "a", "");
    row("empty quotes", "x a=\"\" b=2", "b", "2");
    row("quote never closed", "x a=\"never b=2", "b", "2");
    row("equals in a value", "x url=http://h/?q=1 b=2", "url", "http://h/?q=1");
    row("the last one counts", "x a=1 a=2", "a", "2");
    row("fields end with a word", "x a=1 and so on", "a", "");
    row("spaces between", "x a=1   b=2  ", "b", "2");
    row("no sentence", "a=1 b=2", "a", "1");
}

void TestLogLine::readsFields() {
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, key);
    const std::string kept = line.toStdString();
    QTEST(text(parseLogLine(kept).field(key.toStdString())), "value");
}

void TestLogLine::listsFieldsInOrder() {
    const std::string line =
        "2026-11-21T05:47:12Z [warn] Fallback: a/b -> c/d reason=http_529 attempt=2 project=\"x y\"";
    QStringList found;
    for (const LogField& field : parseLogLine(line).fields())
        found << text(field.key) + QLatin1Char('|') + text(field.value);
    QCOMPARE(found, (QStringList{QStringLiteral("reason|http_529"), QStringLiteral("attempt|2"),
                                 QStringLiteral("project|x y")}));
}

void TestLogLine::takesEscapesBack_data() {
    QTest::addColumn<QByteArray>("raw");
    QTest::addColumn<QByteArray>("plain");
    QTest::newRow("none") << QByteArray("a b") << QByteArray("a b");
    QTest::newRow("quote") << QByteArray("a \\\" b") << QByteArray("a \" b");
    QTest::newRow("backslash") << QByteArray("a\\\\n") << QByteArray("a\\n");
    QTest::newRow("newline") << QByteArray("a\\nb") << QByteArray("a\nb");
    QTest::newRow("unknown stays") << QByteArray("C:\\Users") << QByteArray("C:\\Users");
    QTest::newRow("at the end") << QByteArray("a\\") << QByteArray("a\\");
}

void TestLogLine::takesEscapesBack() {
    QFETCH(QByteArray, raw);
    QTEST(QByteArray::fromStdString(unescaped(raw.toStdString())), "plain");
}

void TestLogLine::gistAgreesOnAnything() {
    // Pieces of the grammar in any order, with seeded chance: the quick way and the full way must never
    // differ, and neither may read beyond the line (the address sanitizer watches).
    static const std::array<const char*, 22> pieces{"2026-11-21T05:47:12.123Z",
                                                    " ",
                                                    "[info]",
                                                    "WARN",
                                                    "Tier assignment:",
                                                    "Dynamic tier upgrade:",
                                                    "->",
                                                    "balanced",
                                                    "coding",
                                                    "tier=",
                                                    "\"",
                                                    "\\",
                                                    "turn=3",
                                                    "session=",
                                                    "[LLM] Model tier:",
                                                    "ier",
                                                    "[",
                                                    "] ",
                                                    "\t",
                                                    "Resolved tier: deep,",
                                                    "=",
                                                    "\xff"};
    QRandomGenerator random(20261121);
    for (int i = 0; i < 20000; ++i) {
        std::string line;
        const int count = int(random.bounded(12));
        for (int k = 0; k < count; ++k) {
            line += pieces[random.bounded(quint32(pieces.size()))];
            if (random.bounded(3) == 0)
                line += ' ';
        }
        const LogLine full = parseLogLine(line);
        const LineGist gist = gistOf(line);
        QVERIFY2(full.level == gist.level && full.kind == gist.kind && full.tier == gist.tier, line.c_str());
        const auto inside = [&](std::string_view view) {
            return view.empty() ||
                   (view.data() >= line.data() && view.data() + view.size() <= line.data() + line.size());
        };
        QVERIFY(inside(full.message) && inside(full.tier) && inside(full.session) && inside(full.sentence()));
    }
}

QTEST_APPLESS_MAIN(TestLogLine)
#include "tst_log_line.moc"
