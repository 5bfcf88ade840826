#include "core/foundation/glob.h"

#include <QTest>

#include <string>

using tierdeck::matchesGlob;

class TestGlob : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void matches_data() {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* pattern, const char* text, bool expected) {
            QTest::addRow("'%s' on '%s'", pattern, text)
                << QByteArray(pattern) << QByteArray(text) << expected;
        };
        row("", "", true);
        row("", "a", false);
        row("*", "", true);
        row("*", "anything/at all", true);
        row("claude-*-haiku-*", "claude-3-5-haiku-20241022", true);
        row("claude-*-haiku-*", "claude-haiku-4-5", false);
        row("claude-*", "claude-", true);
        row("claude-*", "Claude-3", false);
        row("anthropic/*", "anthropic/claude-opus-4-20250514", true);
        row("anthropic/*", "anthropic", false);
        row("*/mini", "openai/gpt/mini", true);
        row("a*b*c", "abbcbc", true);
        row("a*b*c", "abbcb", false);
        row("a**b", "ab", true);
        row("?", "x", false);
        row("[ab]", "a", false);
        row("a.c", "abc", false);
        row("exact", "exact", true);
        row("exact", "exactly", false);
    }

    void matches() {
        QFETCH(QByteArray, pattern);
        QFETCH(QByteArray, text);
        QFETCH(bool, expected);
        QCOMPARE(matchesGlob(pattern.toStdString(), text.toStdString()), expected);
    }

    void staysQuickOnHostilePatterns() {
        // Backtracking into every star would take longer than the universe has.
        std::string pattern;
        for (int i = 0; i < 40; ++i)
            pattern += "a*";
        pattern += "b";
        QVERIFY(!matchesGlob(pattern, std::string(20000, 'a')));
    }
};

QTEST_APPLESS_MAIN(TestGlob)
#include "tst_glob.moc"
