#include "core/foundation/atomic_file.h"
#include "core/gateway/gateway_lease.h"
#include "tests/support/printing.h"

#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace tierdeck;
using namespace tierdeck::gateway;

namespace {

namespace fs = std::filesystem;

const UtcTime started = parseRfc3339("2026-11-21T05:47:12.123Z").value();

} // namespace

class TestGatewayLease : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void announces();
    void refusesTheSecond();
    void refusesBeforeTheAddressIsKnown();
    void isTakenOverByMoving();
    void knowsADeadGateway();
    void survivesBrokenInfo_data();
    void survivesBrokenInfo();
    void saysWhatIsReadOnly();
    void goesWithItsProcess();
    void lookingLeavesNothingBehind();

private:
    [[nodiscard]] Workspace workspace() const {
        return Workspace(fs::path(m_folder->path().toStdString()) / "w");
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestGatewayLease::init() {
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestGatewayLease::announces() {
    QVERIFY(!GatewayLease::findRunning(workspace()));
    {
        auto lease = GatewayLease::take(workspace());
        QVERIFY(lease);
        QVERIFY(!GatewayLease::findRunning(workspace())); // it has no address yet
        QVERIFY(lease->announce("http://127.0.0.1:4141", started));
        const auto running = GatewayLease::findRunning(workspace());
        QVERIFY(running);
        QCOMPARE(running->address, std::string("http://127.0.0.1:4141"));
        QCOMPARE(running->pid, std::int64_t(::getpid()));
        QCOMPARE(running->started, std::string("2026-11-21T05:47:12.123Z"));

        struct stat status {};

        QCOMPARE(::stat(workspace().gatewayInfoFile().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0600U);
    }
    QVERIFY(!GatewayLease::findRunning(workspace()));
    QVERIFY(!fs::exists(workspace().gatewayInfoFile()));
    QVERIFY(GatewayLease::take(workspace()));
}

void TestGatewayLease::refusesTheSecond() {
    auto lease = GatewayLease::take(workspace());
    QVERIFY(lease && lease->announce("http://127.0.0.1:4711", started));
    const auto second = GatewayLease::take(workspace());
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::Locked);
    QVERIFY2(second.error().message.find("http://127.0.0.1:4711") != std::string::npos,
             second.error().message.c_str());
    // Its failing leaves the first one alone.
    QVERIFY(GatewayLease::findRunning(workspace()));
}

void TestGatewayLease::refusesBeforeTheAddressIsKnown() {
    const auto lease = GatewayLease::take(workspace());
    QVERIFY(lease);
    const auto second = GatewayLease::take(workspace());
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::Locked);
}

void TestGatewayLease::isTakenOverByMoving() {
    auto lease = GatewayLease::take(workspace());
    QVERIFY(lease && lease->announce("http://127.0.0.1:4141", started));
    {
        const GatewayLease moved(std::move(*lease));
        QVERIFY(GatewayLease::findRunning(workspace()));
    }
    QVERIFY(!GatewayLease::findRunning(workspace()));
}

void TestGatewayLease::knowsADeadGateway() {
    // What a killed gateway leaves behind: both files, and no one who holds the lock.
    QVERIFY(writeFileAtomically(workspace().gatewayLockFile(), ""));
    const std::string info =
        R"({"pid":1,"address":"http://127.0.0.1:4141","started":"2026-11-21T05:47:12.123Z"})";
    QVERIFY(writeFileAtomically(workspace().gatewayInfoFile(), info));
    QVERIFY(!GatewayLease::findRunning(workspace()));
    auto lease = GatewayLease::take(workspace());
    QVERIFY(lease);
    // Until it has said its own, no one is to be told the dead one's address.
    QVERIFY(!GatewayLease::findRunning(workspace()));
    QVERIFY(lease->announce("http://127.0.0.1:4142", started));
    QCOMPARE(GatewayLease::findRunning(workspace())->address, std::string("http://127.0.0.1:4142"));
}

void TestGatewayLease::survivesBrokenInfo_data() {
    QTest::addColumn<QByteArray>("info");
    for (const char* info :
         {"", "{", "[]", "null", "7", R"({"pid":"x","address":7,"started":[]})", R"({"address":null})",
          R"({})", R"({"pid":1e99,"address":"","started":""})", "\xff\xfe"})
        QTest::newRow(info) << QByteArray(info);
}

void TestGatewayLease::survivesBrokenInfo() {
    QFETCH(QByteArray, info);
    const auto lease = GatewayLease::take(workspace());
    QVERIFY(lease);
    QVERIFY(writeFileAtomically(workspace().gatewayInfoFile(), info.toStdString()));
    QVERIFY(!GatewayLease::findRunning(workspace()));
    const auto second = GatewayLease::take(workspace());
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::Locked);
}

void TestGatewayLease::saysWhatIsReadOnly() {
    if (::geteuid() == 0)
        QSKIP("root may write everywhere");
    QVERIFY(makeFolder(workspace().stateFolder()));
    fs::permissions(workspace().stateFolder(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto lease = GatewayLease::take(workspace());
    fs::permissions(workspace().stateFolder(), fs::perms::owner_all);
    QVERIFY(!lease);
    QCOMPARE(lease.error().code, ErrorCode::ReadOnly);
}

void TestGatewayLease::goesWithItsProcess() {
    QVERIFY(makeFolder(workspace().stateFolder()));
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        auto lease = GatewayLease::take(workspace());
        const bool good = lease && lease->announce("http://127.0.0.1:4141", started);
        const char answer = good ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) == 1)
            ::pause();
        ::_exit(1);
    }
    ::close(ready[1]);
    char answer = 0;
    QCOMPARE(::read(ready[0], &answer, 1), ssize_t(1));
    ::close(ready[0]);
    QCOMPARE(answer, 'y');
    const auto running = GatewayLease::findRunning(workspace());
    QVERIFY(running);
    QCOMPARE(running->pid, std::int64_t(child));
    QVERIFY(!GatewayLease::take(workspace()));
    ::kill(child, SIGKILL);
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(!GatewayLease::findRunning(workspace()));
    QVERIFY(GatewayLease::take(workspace()));
}

void TestGatewayLease::lookingLeavesNothingBehind() {
    // The app looks four times a second.
    QVERIFY(makeFolder(workspace().stateFolder()));
    QVERIFY(writeFileAtomically(workspace().gatewayLockFile(), ""));
    for (int i = 0; i < 200; ++i) {
        QVERIFY(!GatewayLease::findRunning(workspace()));
        QVERIFY(GatewayLease::take(workspace()));
    }
}

QTEST_APPLESS_MAIN(TestGatewayLease)
#include "tst_gateway_lease.moc"
