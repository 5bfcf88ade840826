#include "core/gateway/waiting_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace tierdeck::gateway {

WaitingClient::WaitingClient(asio::io_context& reactor, http::Deadlines& deadlines, http::Responder& client,
                             http::HeaderLines headers, std::chrono::milliseconds every)
    : m_reactor(reactor)
    , m_client(client)
    , m_headers(std::move(headers))
    , m_every(every)
    , m_due(deadlines, [this] { comment(); })
    , m_sent(reactor, SteadyTime::max()) {
    m_due.set(m_every);
}

void WaitingClient::comment() {
    m_isSending = true;
    asio::co_spawn(m_reactor, send(), asio::detached);
}

asio::awaitable<void> WaitingClient::send() {
    bool listens = true;
    if (!std::exchange(m_hasBegun, true))
        listens = co_await m_client.startStream(200, m_headers);
    if (listens)
        listens = co_await m_client.sendStream(": the answer is being checked\n\n");
    m_isSending = false;
    m_sent.cancel();
    if (listens && !m_isEnded)
        m_due.set(m_every);
}

asio::awaitable<bool> WaitingClient::end() {
    m_isEnded = true;
    m_due.clear();
    while (m_isSending)
        co_await m_sent.async_wait(asTuple);
    co_return m_hasBegun;
}

} // namespace tierdeck::gateway
