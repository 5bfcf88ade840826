#include "core/sessions/label_book.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

using namespace tierdeck;
using namespace tierdeck::sessions;
using tierdeck::testing::StoreFolder;

namespace {

UtcTime at(std::int64_t ms) {
    return UtcTime(std::chrono::milliseconds(ms));
}

} // namespace

class LabelBookTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void withoutAStoreThereIsNothingToLabel() {
        const StoreFolder folder;
        const auto book = LabelBook::open(folder.file());
        QVERIFY(!book);
        QCOMPARE(book.error().code, ErrorCode::NotFound);
        QVERIFY(!std::filesystem::exists(folder.file()));
    }

    void labelsComeBackWithWhatWasKnown() {
        const StoreFolder folder;
        auto store = folder.open(); // stays open: a gateway writes meanwhile
        VERIFY_RESULT(store);
        std::vector<routing::RequestRecord> records = testing::wildRecords(3, 60);
        testing::recordAll(**store, records);
        auto book = LabelBook::open(folder.file());
        VERIFY_RESULT(book);
        VERIFY_RESULT(book->set(RequestId(31), "deep", at(5)));
        VERIFY_RESULT(book->set(RequestId(7), "balanced", at(6)));
        VERIFY_RESULT(book->set(RequestId(31), "a tier of one's own", at(9))); // changed their mind
        VERIFY_RESULT(book->set(RequestId(8), "coding", at(10)));
        VERIFY_RESULT(book->remove(RequestId(8)));
        VERIFY_RESULT(testing::recordAndWait(**store, [&] {
            auto another = records.front();
            another.request = RequestId(61);
            return another;
        }()));

        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        const auto labels = (*reader)->labels();
        VERIFY_RESULT(labels);
        QCOMPARE(labels->size(), std::size_t{2});
        QVERIFY(labels->front().request == RequestId(7) && labels->back().request == RequestId(31));
        QCOMPARE(labels->front().tier, std::string("balanced"));
        QCOMPARE(labels->back().tier, std::string("a tier of one's own"));
        QVERIFY(labels->back().time == at(9));
        for (const auto& label : *labels) {
            const auto& record = records[static_cast<std::size_t>(label.request.value - 1)];
            QVERIFY(label.facts == record.facts);
            QCOMPARE(label.features, record.features);
        }
    }

    void whatIsNotThereIsRefused() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        testing::recordAll(**store, testing::wildRecords(3, 2));
        auto book = LabelBook::open(folder.file());
        VERIFY_RESULT(book);
        for (const auto& refused : {book->set(RequestId(3), "deep", at(1)), book->remove(RequestId(1))}) {
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::NotFound);
        }
        const auto nameless = book->set(RequestId(1), "", at(1));
        QVERIFY(!nameless);
        QCOMPARE(nameless.error().code, ErrorCode::InvalidInput);
        QVERIFY((*folder.read())->labels()->empty());
    }
};

QTEST_GUILESS_MAIN(LabelBookTest)
#include "tst_label_book.moc"
