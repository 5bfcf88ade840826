// The corpus of JsonText's fuzzer, with prefixes and small changes, as a plain test.
#include "tests/fuzz/corpus_files.h"
#include "tests/fuzz/json_text_fuzz.h"
#include "tests/fuzz/variants.h"

#include <QtTest>

class TestJsonTextCorpora : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void corpora_data() { tierdeck::addCorpusRows({"json_text"}, 10); }

    void corpora() {
        QFETCH(QByteArray, bytes);
        tierdeck::forEachVariant(bytes.toStdString(), "{}[]\",:\\/u0-~.e1 \n\r\t\xef\xbb\xbf\xff",
                                 tierdeck::fuzzJsonText);
    }
};

QTEST_APPLESS_MAIN(TestJsonTextCorpora)
#include "tst_json_text_corpora.moc"
