#include "ui/backend/gateway_controller.h"

#include <QSignalSpy>
#include <QtTest>

#include <atomic>
#include <mutex>

using namespace tierdeck;
using namespace tierdeck::ui;
using State = GatewayController::State;

namespace {

/// What the controller's thread sees and does; set and read by the test.
struct World {
    std::mutex mutex;
    std::optional<std::string> elsewhere;
    std::optional<Error> refusal;
    std::function<void(const std::string&)> trouble;
    std::atomic<int> starts = 0;
    std::atomic<int> alive = 0;
    std::atomic<Qt::HANDLE> startedOn = nullptr;
    std::atomic<Qt::HANDLE> endedOn = nullptr;

    void setElsewhere(std::optional<std::string> address) {
        const std::lock_guard lock(mutex);
        elsewhere = std::move(address);
    }
};

struct Handle final : GatewayHandle {
    Handle(World& owner, std::string where)
        : world(owner)
        , here(std::move(where)) {
        ++world.alive;
    }

    ~Handle() override {
        world.endedOn = QThread::currentThreadId();
        --world.alive;
    }

    [[nodiscard]] std::string address() const override { return here; }

    World& world;
    std::string here;
};

GatewayController::Start startIn(World& world) {
    return
        [&world](const GatewayController::StartOptions& options) -> Result<std::unique_ptr<GatewayHandle>> {
            const std::lock_guard lock(world.mutex);
            ++world.starts;
            world.startedOn = QThread::currentThreadId();
            world.trouble = options.onTrouble;
            if (world.refusal && !options.anyPort)
                return tl::unexpected(*world.refusal);
            return std::make_unique<Handle>(world, options.anyPort ? "http://127.0.0.1:50001"
                                                                   : "http://127.0.0.1:4141");
        };
}

GatewayController::FindRunning findIn(World& world) {
    return [&world] {
        const std::lock_guard lock(world.mutex);
        return world.elsewhere;
    };
}

} // namespace

class GatewayControllerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void startsAndStopsOffTheGuiThread() {
        World world;
        GatewayController gateway(startIn(world), findIn(world));
        gateway.start();
        QCOMPARE(gateway.state(), State::Starting);
        QTRY_COMPARE(gateway.state(), State::RunningHere);
        QCOMPARE(gateway.address(), QStringLiteral("http://127.0.0.1:4141"));
        gateway.start(); // already
        gateway.stop();
        QCOMPARE(gateway.state(), State::Stopping);
        QTRY_COMPARE(gateway.state(), State::Stopped);
        QVERIFY(gateway.address().isEmpty());
        QCOMPARE(world.starts.load(), 1);
        QCOMPARE(world.alive.load(), 0);
        QVERIFY(world.startedOn.load() != QThread::currentThreadId());
        QCOMPARE(world.startedOn.load(), world.endedOn.load());
    }

    void attachesInsteadOfFighting() {
        World world;
        world.setElsewhere("http://127.0.0.1:4200");
        GatewayController gateway(startIn(world), findIn(world));
        gateway.start();
        QTRY_COMPARE(gateway.state(), State::RunningElsewhere);
        QCOMPARE(gateway.address(), QStringLiteral("http://127.0.0.1:4200"));
        QCOMPARE(world.starts.load(), 0);
        gateway.stop(); // not ours
        QCOMPARE(gateway.state(), State::RunningElsewhere);
        world.setElsewhere(std::nullopt);
        QTRY_COMPARE(gateway.state(), State::Stopped);
    }

    void noticesOneThatStartsLater() {
        World world;
        GatewayController gateway(startIn(world), findIn(world));
        gateway.start(true);
        QCOMPARE(gateway.state(), State::Stopped);
        world.setElsewhere("http://127.0.0.1:4200");
        QTRY_COMPARE(gateway.state(), State::RunningElsewhere);
        QCOMPARE(world.starts.load(), 0);
    }

    void aLostRaceAttaches() {
        World world;
        std::atomic<int> looks = 0;
        world.refusal = Error{ErrorCode::Locked, "Another gateway runs for this workspace.", {}};
        GatewayController gateway(startIn(world), [&]() -> std::optional<std::string> {
            return ++looks > 1 ? std::optional<std::string>("http://127.0.0.1:4300") : std::nullopt;
        });
        gateway.start();
        QTRY_COMPARE(gateway.state(), State::RunningElsewhere);
    }

    void aFailureIsASentenceAndCanBeTriedAgain() {
        World world;
        world.refusal = Error{ErrorCode::Locked, "Port 4141 is taken by another program.", {}};
        GatewayController gateway(startIn(world), findIn(world));
        gateway.start();
        QTRY_COMPARE(gateway.state(), State::Failed);
        QCOMPARE(gateway.problem(), QStringLiteral("Port 4141 is taken by another program."));
        gateway.startAnywhere();
        QTRY_COMPARE(gateway.state(), State::RunningHere);
        QCOMPARE(gateway.address(), QStringLiteral("http://127.0.0.1:50001"));
        QVERIFY(gateway.problem().isEmpty());
    }

    void troubleOfTheStoreIsToldAndTakenBack() {
        World world;
        GatewayController gateway(startIn(world), findIn(world));
        gateway.start();
        QTRY_COMPARE(gateway.state(), State::RunningHere);
        const std::unique_ptr<QThread> writer(
            QThread::create([&world] { world.trouble("The disk is full."); }));
        writer->start();
        QTRY_COMPARE(gateway.storeTrouble(), QStringLiteral("The disk is full."));
        world.trouble("");
        QTRY_VERIFY(gateway.storeTrouble().isEmpty());
        QVERIFY(writer->wait());
    }

    void theEndStopsOurs() {
        World world;
        {
            GatewayController gateway(startIn(world), findIn(world));
            gateway.start();
            QTRY_COMPARE(gateway.state(), State::RunningHere);
            QCOMPARE(world.alive.load(), 1);
        }
        QCOMPARE(world.alive.load(), 0);
    }
};

QTEST_GUILESS_MAIN(GatewayControllerTest)
#include "tst_gateway_controller.moc"
