#include "ui/backend/gateway_controller.h"

#include <QMetaObject>
#include <QTimer>

#include <utility>

namespace tierdeck::ui {

namespace {

constexpr int watchMs = 2000; // how soon another process's gateway is noticed, or missed

} // namespace

/// The part that blocks: lives in the controller's thread and owns the handle.
class GatewayController::Engine final : public QObject {
public:
    Engine(Start start, FindRunning findRunning, GatewayController& front)
        : m_start(std::move(start))
        , m_findRunning(std::move(findRunning))
        , m_front(front)
        , m_watch(this) {
        m_watch.setInterval(watchMs);
        connect(&m_watch, &QTimer::timeout, this, [this] { watch(); });
    }

    void start(bool onlyAttach, bool anyPort) {
        m_watch.start();
        if (m_handle)
            return;
        if (attach())
            return;
        if (onlyAttach) {
            say(State::Stopped, {}, {});
            return;
        }
        StartOptions options;
        options.anyPort = anyPort;
        options.onTrouble = [front = &m_front](const std::string& trouble) {
            QMetaObject::invokeMethod(
                front,
                [front, trouble = QString::fromStdString(trouble)] {
                    front->m_storeTrouble = trouble;
                    Q_EMIT front->changed();
                },
                Qt::QueuedConnection);
        };
        auto started = m_start(options);
        if (started) {
            m_handle = std::move(*started);
            say(State::RunningHere, m_handle->address(), {});
            return;
        }
        // Someone may have been quicker since we looked.
        if (started.error().code == ErrorCode::Locked && attach())
            return;
        say(State::Failed, {}, started.error().message);
    }

    void stop() {
        m_handle.reset();
        if (!attach())
            say(State::Stopped, {}, {});
    }

private:
    bool attach() {
        const std::optional<std::string> address = m_findRunning();
        if (!address)
            return false;
        say(State::RunningElsewhere, *address, {});
        return true;
    }

    void watch() {
        if (m_handle)
            return;
        if (!attach() && m_said == State::RunningElsewhere)
            say(State::Stopped, {}, {});
    }

    void say(State state, const std::string& address, const std::string& problem) {
        m_said = state;
        QMetaObject::invokeMethod(
            &m_front,
            [front = &m_front, state, address = QString::fromStdString(address),
             problem = QString::fromStdString(problem)] { front->setState(state, address, problem); },
            Qt::QueuedConnection);
    }

    Start m_start;
    FindRunning m_findRunning;
    GatewayController& m_front;
    QTimer m_watch;
    std::unique_ptr<GatewayHandle> m_handle;
    State m_said = State::Stopped;
};

GatewayController::GatewayController(Start start, FindRunning findRunning, QObject* parent)
    : QObject(parent)
    , m_engine(new Engine(std::move(start), std::move(findRunning), *this)) {
    m_thread.setObjectName(QStringLiteral("gateway control"));
    m_engine->moveToThread(&m_thread);
    // The handle ends with the engine, on the thread that started it.
    connect(&m_thread, &QThread::finished, m_engine, &QObject::deleteLater);
    m_thread.start();
}

GatewayController::~GatewayController() {
    m_thread.quit();
    m_thread.wait();
}

void GatewayController::start(bool onlyAttach) {
    begin(onlyAttach, false);
}

void GatewayController::startAnywhere() {
    begin(false, true);
}

void GatewayController::begin(bool onlyAttach, bool anyPort) {
    if (m_state == State::Starting || m_state == State::Stopping || m_state == State::RunningHere)
        return;
    if (!onlyAttach)
        setState(State::Starting, m_address, {});
    QMetaObject::invokeMethod(
        m_engine, [engine = m_engine, onlyAttach, anyPort] { engine->start(onlyAttach, anyPort); });
}

void GatewayController::stop() {
    if (m_state != State::RunningHere)
        return;
    setState(State::Stopping, m_address, {});
    QMetaObject::invokeMethod(m_engine, [engine = m_engine] { engine->stop(); });
}

void GatewayController::setState(State state, const QString& address, const QString& problem) {
    if (state == m_state && address == m_address && problem == m_problem)
        return;
    m_state = state;
    m_address = address;
    m_problem = problem;
    if (state == State::Stopped)
        m_storeTrouble.clear();
    Q_EMIT changed();
}

} // namespace tierdeck::ui
