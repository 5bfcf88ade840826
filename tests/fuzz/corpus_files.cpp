#include "tests/fuzz/corpus_files.h"

#include <QDir>
#include <QFile>
#include <QtTest>

namespace tierdeck {

void addCorpusRows(std::initializer_list<const char*> folders, int atLeast) {
    QTest::addColumn<int>("corpus");
    QTest::addColumn<QByteArray>("bytes");
    int corpus = 0;
    int rows = 0;
    for (const char* folder : folders) {
        const QDir dir(QStringLiteral(TIERDECK_FUZZ_CORPORA "/") + QLatin1String(folder));
        for (const auto& name : dir.entryList(QDir::Files, QDir::Name)) {
            QFile file(dir.filePath(name));
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
            QTest::addRow("%s/%s", folder, qPrintable(name)) << corpus << file.readAll();
            ++rows;
        }
        ++corpus;
    }
    QVERIFY(rows >= atLeast);
}

} // namespace tierdeck
