// The corpus of the HTTP reader's fuzzer, with prefixes and small changes, as a plain test.
#include "tests/fuzz/corpus_files.h"
#include "tests/fuzz/http_fuzz.h"
#include "tests/fuzz/variants.h"

#include <QtTest>

class TestHttpCorpora : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void corpora_data() { tierdeck::addCorpusRows({"http"}, 12); }

    void corpora() {
        QFETCH(QByteArray, bytes);
        tierdeck::forEachVariant(bytes.toStdString(), "\r\n :;,0f1\tHT/.\x7f", tierdeck::gateway::fuzzHttp);
    }
};

QTEST_APPLESS_MAIN(TestHttpCorpora)
#include "tst_http_corpora.moc"
