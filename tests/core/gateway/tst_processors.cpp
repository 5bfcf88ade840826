#include "core/gateway/cascade_command.h"
#include "core/gateway/processors.h"

#include <QTemporaryDir>
#include <QtTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sched.h>

#include <set>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::gateway;

namespace {

std::set<int> processorsOfThread() {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof set, &set);
    std::set<int> numbers;
    for (int i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(static_cast<std::size_t>(i), &set))
            numbers.insert(i);
    }
    return numbers;
}

template <typename Action>
void inThread(Action action) {
    std::thread(action).join();
}

} // namespace

class TestProcessors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sharesMakeUpTheWhole();
    void tooManySharesAreNone();
    void allAreToBeHadAgain();
    void commandsOfGatesHaveAll();
};

void TestProcessors::sharesMakeUpTheWhole() {
    const auto all = processorsOfThread();
    for (std::size_t parts = 1; parts <= all.size(); ++parts) {
        std::set<int> together;
        std::size_t sum = 0;
        for (std::size_t part = 0; part < parts; ++part) {
            inThread([&] {
                keepToShareOfProcessors(part, parts);
                const auto share = processorsOfThread();
                sum += share.size();
                together.insert(share.begin(), share.end());
            });
        }
        QCOMPARE(sum, all.size()); // none in two shares
        QVERIFY(together == all);
    }
}

void TestProcessors::tooManySharesAreNone() {
    const auto all = processorsOfThread();
    inThread([&] {
        keepToShareOfProcessors(0, all.size() + 1);
        QVERIFY(processorsOfThread() == all);
    });
}

void TestProcessors::allAreToBeHadAgain() {
    const auto all = processorsOfThread();
    inThread([&] {
        keepToShareOfProcessors(0, all.size());
        QCOMPARE(processorsOfThread().size(), std::size_t{1});
        useAllProcessors();
        QVERIFY(processorsOfThread() == all);
    });
}

void TestProcessors::commandsOfGatesHaveAll() {
    const auto all = processorsOfThread();
    const QTemporaryDir folder;
    std::optional<Result<int>> code;
    inThread([&] {
        keepToShareOfProcessors(0, all.size());
        asio::io_context reactor;
        GateCommands commands;
        const std::vector<std::string> words{"sh", "-c", "exit $(nproc)"};
        const std::filesystem::path where = folder.path().toStdString();
        const std::string input;
        const auto run = [&]() -> asio::awaitable<void> {
            code = co_await commands.run(words, where, input);
        };
        asio::co_spawn(reactor, run, asio::detached);
        reactor.run();
    });
    QVERIFY(code && *code);
    QCOMPARE(static_cast<std::size_t>(**code), all.size() % 256);
}

QTEST_APPLESS_MAIN(TestProcessors)

#include "tst_processors.moc"
