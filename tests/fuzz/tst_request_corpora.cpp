// The corpora of the request readers' fuzzers, with prefixes and small changes, as a plain test.
#include "tests/fuzz/corpus_files.h"
#include "tests/fuzz/request_fuzz.h"
#include "tests/fuzz/variants.h"

#include <QtTest>

using namespace tierdeck::gateway;

class TestRequestCorpora : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void corpora_data() {
        tierdeck::addCorpusRows({"chat_requests", "responses_requests", "messages_requests"}, 12);
    }

    void corpora() {
        QFETCH(int, corpus);
        QFETCH(QByteArray, bytes);
        const auto from = static_cast<wire::Dialect>(corpus); // the order of the folders above
        tierdeck::forEachVariant(bytes.toStdString(), "\"\\{}[]:,0nu \n-/d\xff",
                                 [&](std::string_view changed) { fuzzRequest(from, changed); });
    }
};

QTEST_APPLESS_MAIN(TestRequestCorpora)
#include "tst_request_corpora.moc"
