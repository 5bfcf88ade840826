// The corpora of the stream readers' fuzzers, and a few thousand small changes to each, as a plain test.
#include "tests/fuzz/reply_stream_fuzz.h"

#include <QDir>
#include <QtTest>

#include <random>
#include <string>

using namespace tierdeck::gateway;

class TestReplyCorpora : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void corpora_data();
    void corpora();
};

void TestReplyCorpora::corpora_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QString>("path");
    const char* names[] = {"chat", "responses", "messages"};
    int rows = 0;
    for (int dialect = 0; dialect < 3; ++dialect) {
        for (const char* root : {TIERDECK_TEST_DATA "/wire/replies/", TIERDECK_FUZZ_CORPORA "/"}) {
            const QDir dir(QLatin1String(root) + QLatin1String(names[dialect]));
            for (const auto& file : dir.entryList(QDir::Files, QDir::Name)) {
                if (file.endsWith(QStringLiteral(".story")))
                    continue;
                QTest::addRow("%s/%s", names[dialect], qPrintable(file)) << dialect << dir.filePath(file);
                ++rows;
            }
        }
    }
    QVERIFY(rows > 30);
}

void TestReplyCorpora::corpora() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto bytes = file.readAll().toStdString();
    const auto from = static_cast<wire::Dialect>(dialect);
    fuzzReplyStream(from, bytes);
    std::mt19937 random(static_cast<unsigned>(bytes.size()));
    const auto below = [&](std::size_t end) { return random() % end; };
    for (int round = 0; round < 60; ++round) {
        auto changed = bytes;
        for (std::size_t change = 0; change <= below(4) && !changed.empty(); ++change) {
            const auto at = below(changed.size());
            switch (below(3)) {
            case 0:
                changed[at] = "\"\\{}[]:,0nu \n\xff"[below(14)];
                break;
            case 1:
                changed.erase(at, 1 + below(20));
                break;
            default:
                changed.insert(at, changed.substr(below(changed.size()), 1 + below(60)));
            }
        }
        fuzzReplyStream(from, changed); // aborts with a word where something is wrong
    }
}

QTEST_APPLESS_MAIN(TestReplyCorpora)
#include "tst_reply_corpora.moc"
