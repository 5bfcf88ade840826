#include "app/end_signals.h"

#include <QCoreApplication>
#include <QSocketNotifier>

#include <unistd.h>

#include <array>
#include <csignal>

namespace tierdeck::app {

namespace {

constexpr std::array<int, 3> handled{SIGTERM, SIGINT, SIGHUP};
int pipeEnds[2] = {-1, -1}; // a handler may do no more than write to it

void tell(int) {
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = ::write(pipeEnds[1], &byte, 1);
}

} // namespace

EndSignals::EndSignals(QCoreApplication& application) {
    if (::pipe(pipeEnds) != 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(pipeEnds[0], QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, &application, &QCoreApplication::quit);
    for (const int number : handled)
        std::signal(number, tell);
}

EndSignals::~EndSignals() {
    if (!m_notifier)
        return;
    for (const int number : handled)
        std::signal(number, SIG_DFL);
    m_notifier.reset();
    ::close(pipeEnds[0]);
    ::close(pipeEnds[1]);
}

} // namespace tierdeck::app
