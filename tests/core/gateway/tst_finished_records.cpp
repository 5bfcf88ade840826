#include "core/gateway/finished_records.h"
#include "tests/support/memory_sink.h"

#include <QTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <span>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::gateway;
using routing::RequestRecord;
using testing::MemorySink;

namespace {

using Groups = std::vector<std::vector<std::int64_t>>;

RequestRecord numbered(std::int64_t number) {
    RequestRecord record;
    record.request = RequestId(number);
    return record;
}

/// What a sink was asked to keep at once, of which it keeps the first `most`.
struct Watched {
    Watched() {
        sink.whenKeeping = [this](std::span<RequestRecord* const> records) {
            groups.emplace_back();
            for (const auto* record : records)
                groups.back().push_back(record->request.value);
            return std::min(most, records.size());
        };
    }

    MemorySink sink;
    Groups groups;
    std::size_t most = 100;
};

asio::awaitable<void> finish(FinishedRecords& finished, RequestRecord& record, int& gone) {
    co_await finished.keep(record);
    ++gone;
}

} // namespace

class FinishedRecordsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void whatIsReadyIsKeptTogether() {
        Watched watched;
        asio::io_context reactor{1};
        FinishedRecords finished(reactor, watched.sink);
        std::vector<RequestRecord> records;
        for (std::int64_t number = 1; number <= 5; ++number)
            records.push_back(numbered(number));
        int gone = 0;
        const auto start = [&](std::size_t i) {
            asio::co_spawn(reactor, finish(finished, records[i], gone), asio::detached);
        };
        for (const std::size_t i : {0u, 1u, 2u})
            start(i);
        reactor.run();
        QVERIFY(watched.groups == (Groups{{1, 2, 3}}));
        QCOMPARE(gone, 3);
        QVERIFY(watched.sink.records().empty());
        // What cannot be kept at once waits until it is.
        watched.most = 1;
        watched.sink.hold();
        for (const std::size_t i : {3u, 4u})
            start(i);
        reactor.restart();
        const auto work = asio::make_work_guard(reactor);
        reactor.poll();
        QVERIFY(watched.groups == (Groups{{1, 2, 3}, {4, 5}}));
        QCOMPARE(gone, 4);
        QCOMPARE(watched.sink.records().size(), std::size_t{1});
        QCOMPARE(watched.sink.records().front().request.value, 5);
        watched.sink.release();
        reactor.poll();
        QCOMPARE(gone, 5);
    }

    // A gateway that ends: nobody goes on, and yet nothing is lost.
    void whatDoesNotGoOnIsKept() {
        Watched watched;
        auto record = numbered(7);
        int gone = 0;
        {
            asio::io_context reactor{1};
            FinishedRecords finished(reactor, watched.sink);
            asio::co_spawn(reactor, finish(finished, record, gone), asio::detached);
            reactor.run_one(); // it waits now
            QVERIFY(watched.groups.empty());
        }
        QCOMPARE(gone, 0);
        QVERIFY(watched.groups == (Groups{{7}}));
    }
};

QTEST_GUILESS_MAIN(FinishedRecordsTest)
#include "tst_finished_records.moc"
