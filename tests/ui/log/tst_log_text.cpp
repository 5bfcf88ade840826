#include "ui/log/log_text.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;

class TestLogText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysWhatALineSays_data();
    void saysWhatALineSays();
    void saysWhen();
    void namesEveryKind();
};

void TestLogText::saysWhatALineSays_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* line, const char* message) {
        QTest::newRow(name) << QString::fromUtf8(line) << QString::fromUtf8(message);
    };
    row("assignment",
        "2026-11-21T05:47:12.123Z [info] Tier assignment: coding (source: skill 'refactor') tier=coding "
        "tier_source=skill model=openai/gpt-5.2 session=01a1 turn=12 request=4711 client=codex project=\"my "
        "shop\"",
        "coding (source: skill 'refactor') · openai/gpt-5.2 · codex · my shop");
    row("upgrade",
        "2026-11-21T05:47:12.124Z [info] Dynamic tier upgrade: balanced -> smart score=0.61 threshold=0.52 "
        "session=s turn=1",
        "balanced → smart · score 0.61 · threshold 0.52");
    row("fallback",
        "2026-11-21T05:47:13.400Z [warn] Fallback: a/b -> c/d reason=http_529 attempt=2 session=s turn=1",
        "a/b → c/d · reason http_529 · attempt 2");
    row("complete",
        "2026-11-21T05:47:19.002Z [info] Request complete: tier=smart model=openai/gpt-5.2 input=1200 "
        "cached=900 "
        "output=310 cost_usd=0.012345 latency_ms=5600 first_byte_ms=480 status=ok session=s turn=1 request=2",
        "openai/gpt-5.2 · 1.2k in · 900 cached · 310 out · $0.012 · 5.6 s");
    row("complete, unpriced and cancelled",
        "2026-11-21T05:47:19.002Z [info] Request complete: tier=smart model=x/y input=12 cached=0 output=3 "
        "cost_usd=unpriced latency_ms=80 status=cancelled",
        "cancelled · x/y · 12 in · 3 out · unpriced · 80 ms");
    row("complete, simulated, with a cache written",
        "2026-11-21T05:47:19.002Z [info] Request complete: tier=smart model=sim/steady input=12 cached=0 "
        "cache_write=2500 output=3 cost_usd=0.000000 latency_ms=80 status=ok simulated=1",
        "sim/steady · 12 in · 2.5k to cache · 3 out · simulated · 80 ms");
    row("complete, failed",
        "2026-11-21T05:47:19.002Z [warn] Request complete: tier=smart model=x/y input=0 cached=0 output=0 "
        "cost_usd=0.000000 latency_ms=80 status=error http=503",
        "failed (HTTP 503) · x/y · 0 in · 0 out · $0.00 · 80 ms");
    row("budget", "2026-11-21T05:47:19.003Z [warn] Budget: 'Monthly' at 81% (40.50 of 50.00 USD)",
        "'Monthly' at 81% (40.50 of 50.00 USD)");
    row("mismatch", "2026-11-21T05:47:19.003Z [warn] Model mismatch: requested=a/b returned=c session=s",
        "requested a/b · returned c");
    row("another runtime", "2026-02-08 12:00:03 [LLM] Model tier: deep, selected model: openai/gpt-5.2",
        "[LLM] Model tier: deep, selected model: openai/gpt-5.2");
    row("anything else, with fields", "2026-11-21T05:47:12Z [info] started port=4141 host=127.0.0.1",
        "started port=4141 host=127.0.0.1");
    row("no time, no level", "Exception in thread \"main\"", "Exception in thread \"main\"");
}

void TestLogText::saysWhatALineSays() {
    QFETCH(QString, line);
    QTEST(text::logMessage(line, QLocale(QLocale::English, QLocale::UnitedStates)), "message");
}

void TestLogText::saysWhen() {
    const QLocale english(QLocale::English, QLocale::UnitedStates);
    const QTimeZone plusTwo(2 * 3600);
    const UtcTime time = parseRfc3339("2026-11-20T23:30:00.250Z").value();
    const UtcTime sameDay = parseRfc3339("2026-11-21T10:00:00Z").value(); // in +02:00 both are the 21st
    const UtcTime nextDay = parseRfc3339("2026-11-21T22:00:00Z").value();
    const UtcTime nextYear = parseRfc3339("2027-01-01T10:00:00Z").value();
    QCOMPARE(text::logTime(time, false, sameDay, plusTwo, english), QStringLiteral("01:30:00.250"));
    QCOMPARE(text::logTime(time, false, nextDay, plusTwo, english), QStringLiteral("21 Nov  01:30:00.250"));
    QCOMPARE(text::logTime(time, false, nextYear, plusTwo, english),
             QStringLiteral("21 Nov 2026  01:30:00.250"));
    // What has no zone was written by a clock on the wall, and is shown as that clock showed it.
    QCOMPARE(text::logTime(time, true, nextDay, plusTwo, english), QStringLiteral("20 Nov  23:30:00.250"));
    QCOMPARE(text::logTimeInFull(time, false, plusTwo, english),
             QStringLiteral("Sat 21 Nov 2026, 01:30:00.250"));
}

void TestLogText::namesEveryKind() {
    for (int kind = 0; kind <= int(tierlog::Kind::Window); ++kind)
        QCOMPARE(text::logKind(static_cast<tierlog::Kind>(kind)).isEmpty(),
                 kind == int(tierlog::Kind::Other));
    for (int level = 0; level <= int(tierlog::Level::Error); ++level)
        QCOMPARE(text::logLevel(static_cast<tierlog::Level>(level)).isEmpty(),
                 level == int(tierlog::Level::None));
}

QTEST_GUILESS_MAIN(TestLogText)
#include "tst_log_text.moc"
