#include "core/gateway/http/retry_after.h"

#include <QtTest>

#include <vector>

using namespace tierdeck;
using gateway::http::Head;

class TestRetryAfter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void waits_data();
    void waits();
};

void TestRetryAfter::waits_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("headers"); // name: value, one a line
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<qint64>("ms"); // -1: it does not say
    const auto row = [](const char* name, int status, const char* headers, const char* body, qint64 ms) {
        QTest::newRow(name) << status << QByteArray(headers) << QByteArray(body) << ms;
    };
    // It is 2026-11-21T12:00:00Z, which is 1795262400.
    row("nothing said", 429, "", "{}", -1);
    row("seconds", 429, "retry-after: 7", "", 7000);
    row("part of a second", 503, "retry-after: 0.5", "", 500);
    row("milliseconds count first", 429, "retry-after-ms: 250\nretry-after: 7", "", 250);
    row("date", 429, "retry-after: Sat, 21 Nov 2026 12:00:30 GMT", "", 30'000);
    row("date that is past", 429, "retry-after: Sat, 21 Nov 2026 11:00:00 GMT", "", 0);
    row("no date", 429, "retry-after: Sat, 31 Feb 2026 11:00:00 GMT", "", -1);
    row("another month", 429, "retry-after: Sat, 21 Foo 2026 11:00:00 GMT", "", -1);
    row("negative", 429, "retry-after: -3", "", -1);
    row("not a number", 429, "retry-after: nan", "", -1);
    row("words", 429, "retry-after: soon", "", -1);
    row("for ever", 429, "retry-after: 999999999", "", 31LL * 86'400'000);
    row("OpenAI's requests", 429, "x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 1m30s", "",
        90'000);
    row("OpenAI's tokens", 429, "x-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6ms", "", 6);
    row("the longer of both", 429,
        "x-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6ms\n"
        "x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 2h",
        "", 7'200'000);
    row("something is left", 429, "x-ratelimit-remaining-tokens: 12\nx-ratelimit-reset-tokens: 6ms", "", -1);
    row("limits of another error", 500, "x-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6ms", "",
        -1);
    row("a span that is none", 429, "x-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6x", "", -1);
    row("Anthropic's", 429,
        "anthropic-ratelimit-input-tokens-remaining: 0\n"
        "anthropic-ratelimit-input-tokens-reset: 2026-11-21T12:01:00Z",
        "", 60'000);
    row("Codex's window", 429, "x-codex-primary-used-percent: 100\nx-codex-primary-reset-after-seconds: 120",
        "", 120'000);
    row("Codex's window by the clock", 429,
        "x-codex-secondary-used-percent: 100.0\nx-codex-secondary-reset-at: 1795262460", "", 60'000);
    row("Codex's window is not full", 429,
        "x-codex-primary-used-percent: 99\nx-codex-primary-reset-after-seconds: 120", "", -1);
    row("no credit: once an hour", 429, "",
        R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})",
        3'600'000);
    row("no credit, and a time", 429, "retry-after: 7", R"({"error":{"code":"insufficient_quota"}})", 7000);
    row("no credit of another error", 500, "", R"({"error":{"code":"insufficient_quota"}})", -1);
    row("usage limit by the clock", 429, "",
        R"({"error": {"type": "usage_limit_reached", "resets_at": 1795262410}})", 10'000);
    row("usage limit", 429, "", R"({"error": {"type": "usage_limit_reached", "resets_in_seconds": 5}})",
        5000);
    row("usage limit that is past", 429, "", R"({"error": {"resets_at": 5}})", 0);
    row("usage limit of another type", 429, "", R"({"error": {"resets_at": "soon"}})", -1);
    row("broken body", 429, "", R"({"resets_at": )", -1);
    row("the header counts first", 429, "retry-after: 1", R"({"error": {"resets_in_seconds": 5}})", 1000);
}

void TestRetryAfter::waits() {
    QFETCH(int, status);
    QFETCH(QByteArray, headers);
    QFETCH(QByteArray, body);
    QFETCH(qint64, ms);
    Head head;
    head.status = status;
    std::vector<std::pair<std::string, std::string>> kept;
    for (const QByteArray& line : headers.split('\n')) {
        if (const auto colon = line.indexOf(": "); colon > 0)
            kept.emplace_back(line.left(colon).toStdString(), line.mid(colon + 2).toStdString());
    }
    for (const auto& [name, value] : kept)
        head.headers.push_back({name, value});
    const UtcTime now(std::chrono::milliseconds(1'795'262'400'000));
    const auto wait = gateway::http::retryAfter(head, body.toStdString(), now);
    QCOMPARE(wait ? static_cast<qint64>(wait->count()) : -1, ms);
}

QTEST_APPLESS_MAIN(TestRetryAfter)
#include "tst_retry_after.moc"
