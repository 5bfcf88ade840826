// Starts, stops and watches the gateway for the app: one of our own, or one that another process runs for the
// same workspace, to which the app attaches instead of fighting for the port. All blocking work is on a
// thread of its own; every member function is called on the GUI thread. Made by the composition root.
#pragma once

#include "core/foundation/result.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tierdeck::ui {

/// A gateway that runs in this process; its end stops, drains and commits.
class GatewayHandle {
public:
    virtual ~GatewayHandle() = default;
    [[nodiscard]] virtual std::string address() const = 0; ///< "http://127.0.0.1:4141"
};

class GatewayController final : public QObject {
    Q_OBJECT
public:
    enum class State { Stopped, Starting, RunningHere, RunningElsewhere, Stopping, Failed };

    struct StartOptions {
        bool anyPort = false; ///< a free one instead of the usual
        /// Why the store cannot commit, or "" when it can again. May be called from any thread.
        std::function<void(const std::string&)> onTrouble;
    };

    /// Called on the controller's thread, as are the handle's functions.
    using Start = std::function<Result<std::unique_ptr<GatewayHandle>>(const StartOptions& options)>;
    /// The address of a gateway that another process runs for this workspace. Controller's thread.
    using FindRunning = std::function<std::optional<std::string>()>;

    GatewayController(Start start, FindRunning findRunning, QObject* parent = nullptr);
    ~GatewayController() override; ///< stops our own and waits for it

    [[nodiscard]] State state() const { return m_state; }

    /// "http://127.0.0.1:4141"; "" while none runs.
    [[nodiscard]] QString address() const { return m_address; }

    /// Why it did not start: one sentence.
    [[nodiscard]] QString problem() const { return m_problem; }

    /// Why what is served cannot be kept: one sentence; "" while all is well.
    [[nodiscard]] QString storeTrouble() const { return m_storeTrouble; }

    /// Attaches to a running gateway, else starts one, unless `onlyAttach`.
    void start(bool onlyAttach = false);
    /// As start(), on a free port: for when the usual one is taken by another program.
    void startAnywhere();
    /// Ours only; another process's gateway is left alone.
    void stop();

Q_SIGNALS:
    void changed();

private:
    class Engine;
    void begin(bool onlyAttach, bool anyPort);
    void setState(State state, const QString& address, const QString& problem);

    QThread m_thread;
    Engine* m_engine = nullptr; ///< lives in m_thread
    State m_state = State::Stopped;
    QString m_address;
    QString m_problem;
    QString m_storeTrouble;
};

} // namespace tierdeck::ui
