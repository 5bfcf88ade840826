#include "ui/settings/text_diff.h"

#include <QtTest>

using namespace tierdeck::ui;

namespace {

/// One line a line: sign, number, text, with the emphasised part in braces.
QString written(const QList<DiffLine>& lines) {
    QStringList all;
    for (const DiffLine& line : lines) {
        QString text = line.text;
        if (line.emphasisLength > 0) {
            text.insert(line.emphasisBegin + line.emphasisLength, u'}');
            text.insert(line.emphasisBegin, u'{');
        }
        switch (line.kind) {
        case DiffLine::Kind::Gap:
            all << QStringLiteral("~");
            break;
        case DiffLine::Kind::Context:
            all << QStringLiteral(" %1 %2").arg(line.number).arg(text);
            break;
        case DiffLine::Kind::Removed:
            all << QStringLiteral("-%1 %2").arg(line.number).arg(text);
            break;
        case DiffLine::Kind::Added:
            all << QStringLiteral("+%1 %2").arg(line.number).arg(text);
            break;
        }
    }
    return all.join(u'\n');
}

} // namespace

class TestTextDiff : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void shows_data();
    void shows();
    void rebuildsBothTexts();
    void takesLargeTexts();
};

void TestTextDiff::shows_data() {
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("diff");
    const auto row = [](const char* name, const QByteArray& before, const QByteArray& after,
                        const char* diff) {
        QTest::newRow(name) << before << after << QString::fromUtf8(diff);
    };
    row("nothing", "a\nb\n", "a\nb\n", "");
    row("both empty", "", "", "");
    row("a value", "1\n2\n3\n4: old\n5\n6\n7\n", "1\n2\n3\n4: new one\n5\n6\n7\n",
        "~\n 3 3\n-4 4: {old}\n+4 4: {new one}\n 5 5\n~");
    row("a line comes", "a\nb\n", "a\nx\nb\n", " 1 a\n+2 x\n 3 b");
    row("a line goes", "a\nx\nb\n", "a\nb\n", " 1 a\n-2 x\n 2 b");
    row("from nothing", "", "a\nb\n", "+1 a\n+2 b");
    row("to nothing", "a\n", "", "-1 a");
    row("two places", "a\n1\n2\n3\nb\n", "A\n1\n2\n3\nB\n", "-1 {a}\n+1 {A}\n 2 1\n~\n 4 3\n-5 {b}\n+5 {B}");
    row("places that touch share their context", "a\n1\n2\nb\n", "A\n1\n2\nB\n",
        "-1 {a}\n+1 {A}\n 2 1\n 3 2\n-4 {b}\n+4 {B}");
    row("the likest lines are a pair", "smart: x-4\ncoding: y\n", "coding: z\n",
        "-1 smart: x-4\n-2 coding: {y}\n+1 coding: {z}");
    row("a missing last newline", "a\nb", "a\nb\n", " 1 a\n-2 b\n+2 b{␊}");
    row("a line end", "a\r\nb\r\n", "a\nb\r\n", "-1 a{␍}␊\n+1 a␊\n 2 b");
    row("CRLF stays out of sight", "a: 1\r\nb\r\n", "a: 2\r\nb\r\n", "-1 a: {1}\n+1 a: {2}\n 2 b");
    row("umlauts", "größe\n", "grösse\n", "-1 grö{ß}e\n+1 grö{ss}e");
}

void TestTextDiff::shows() {
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QTEST(written(diffLines(before.toStdString(), after.toStdString(), 1)), "diff");
}

void TestTextDiff::rebuildsBothTexts() {
    // With all context shown, the lines of either side are the text of that side.
    QRandomGenerator random(5);
    for (int i = 0; i < 2000; ++i) {
        const auto randomText = [&] {
            std::string text;
            for (quint32 n = random.bounded(12U); n > 0; --n)
                text += std::string(1, static_cast<char>('a' + static_cast<char>(random.bounded(4U)))) + "\n";
            return text;
        };
        const std::string before = randomText();
        const std::string after = randomText();
        std::string old;
        std::string now;
        int oldNumber = 0;
        int newNumber = 0;
        for (const DiffLine& line : diffLines(before, after, 100)) {
            QVERIFY(line.kind != DiffLine::Kind::Gap);
            const std::string text = line.text.toStdString() + "\n";
            if (line.kind != DiffLine::Kind::Added) {
                old += text;
                ++oldNumber;
            }
            if (line.kind != DiffLine::Kind::Removed) {
                now += text;
                ++newNumber;
            }
            QCOMPARE(line.number, line.kind == DiffLine::Kind::Removed ? oldNumber : newNumber);
        }
        if (before == after)
            continue;
        QCOMPARE(old, before);
        QCOMPARE(now, after);
    }
}

void TestTextDiff::takesLargeTexts() {
    std::string before;
    std::string after;
    for (int i = 0; i < 20000; ++i) {
        before += "line " + std::to_string(i) + "\n";
        after += "other " + std::to_string(i) + "\n";
    }
    QElapsedTimer since;
    since.start();
    QCOMPARE(diffLines(before, after).size(), 40000);
    QVERIFY(since.elapsed() < 2000);
}

QTEST_GUILESS_MAIN(TestTextDiff)
#include "tst_text_diff.moc"
