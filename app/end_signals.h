// SIGTERM, SIGINT and SIGHUP end the app as closing its window does, so that the gateway drains and what it
// has recorded is committed. GUI thread; one, owned by main.
#pragma once

#include <memory>

class QCoreApplication;
class QSocketNotifier;

namespace tierdeck::app {

class EndSignals {
public:
    explicit EndSignals(QCoreApplication& application);
    ~EndSignals(); ///< a signal ends the process at once again
    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace tierdeck::app
