#include "core/gateway/finished_records.h"
#include "core/gateway/http/send_at_once.h"

#include <QTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <optional>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::gateway;
using routing::RequestRecord;

namespace {

using Groups = std::vector<std::vector<std::int64_t>>;

/// Keeps the first `most` of each group.
class GroupSink final : public routing::RecordSink {
public:
    [[nodiscard]] std::size_t keepAtOnce(std::span<RequestRecord* const> records) override {
        groups.emplace_back();
        for (const auto* record : records)
            groups.back().push_back(record->request.value);
        return std::min(most, records.size());
    }

    void record(RequestRecord, std::function<void(Result<void>)>) override {}

    [[nodiscard]] std::int64_t notCommitted() const override { return 0; }

    [[nodiscard]] Result<IdBlock> reserveIds(int) override { return IdBlock{}; }

    [[nodiscard]] std::optional<KnownSession> findSession(std::string_view) override { return {}; }

    Groups groups;
    std::size_t most = 100;
};

RequestRecord numbered(std::int64_t number) {
    RequestRecord record;
    record.request = RequestId(number);
    return record;
}

/// A request that finishes: whether it went on with its record kept.
asio::awaitable<void> finish(asio::io_context& reactor, FinishedRecords& finished, RequestRecord& record,
                             std::optional<bool>& isKept) {
    const FinishedRecords::Entry entry(finished, record);
    co_await http::sendTogether(reactor.get_executor());
    isKept = entry.isKept();
}

} // namespace

class FinishedRecordsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void whatIsReadyIsKeptTogether() {
        GroupSink sink;
        asio::io_context reactor{1};
        FinishedRecords finished(reactor, sink);
        std::vector<RequestRecord> records;
        for (std::int64_t number = 1; number <= 5; ++number)
            records.push_back(numbered(number));
        std::vector<std::optional<bool>> kept(5);
        const auto start = [&](std::size_t i) {
            asio::co_spawn(reactor, finish(reactor, finished, records[i], kept[i]), asio::detached);
        };
        for (const std::size_t i : {0u, 1u, 2u})
            start(i);
        reactor.run();
        QVERIFY(sink.groups == (Groups{{1, 2, 3}}));
        sink.most = 1;
        for (const std::size_t i : {3u, 4u})
            start(i);
        reactor.restart();
        reactor.run();
        QVERIFY(sink.groups == (Groups{{1, 2, 3}, {4, 5}}));
        QVERIFY(kept == (std::vector<std::optional<bool>>{true, true, true, true, false}));
    }

    // A gateway that ends: nobody goes on, and yet nothing is lost.
    void whatDoesNotGoOnIsKept() {
        GroupSink sink;
        auto record = numbered(7);
        std::optional<bool> isKept;
        {
            asio::io_context reactor{1};
            FinishedRecords finished(reactor, sink);
            asio::co_spawn(reactor, finish(reactor, finished, record, isKept), asio::detached);
            reactor.run_one(); // it waits now
            QVERIFY(sink.groups.empty());
        }
        QVERIFY(!isKept);
        QVERIFY(sink.groups == (Groups{{7}}));
        asio::io_context reactor{1};
        FinishedRecords finished(reactor, sink);
        { const FinishedRecords::Entry entry(finished, record); }
        QVERIFY(sink.groups == (Groups{{7}, {7}}));
        reactor.run();
        QCOMPARE(sink.groups.size(), std::size_t{2});
    }
};

QTEST_GUILESS_MAIN(FinishedRecordsTest)
#include "tst_finished_records.moc"
