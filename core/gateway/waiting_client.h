// A client that reads a stream of which nothing may leave yet: it hears a comment now and then, so that
// neither it nor what stands between gives up. Reactor thread only; owned by the exchange that keeps it
// waiting.
#pragma once

#include "core/gateway/http/asio.h"
#include "core/gateway/http/deadlines.h"
#include "core/gateway/http/server.h"

#include <chrono>

namespace tierdeck::gateway {

class WaitingClient {
public:
    /// `headers` are those of its stream, should it begin before there is anything to say.
    WaitingClient(asio::io_context& reactor, http::Deadlines& deadlines, http::Responder& client,
                  http::HeaderLines headers, std::chrono::milliseconds every);

    /// Ends the comments, and gives whether its stream has begun. To be awaited before it is answered, and
    /// before this goes.
    [[nodiscard]] asio::awaitable<bool> end();

private:
    void comment();
    [[nodiscard]] asio::awaitable<void> send();

    asio::io_context& m_reactor;
    http::Responder& m_client;
    http::HeaderLines m_headers;
    std::chrono::milliseconds m_every;
    http::Deadlines::Entry m_due;
    asio::steady_timer m_sent; ///< cancelled when a comment is out
    bool m_hasBegun = false;
    bool m_isSending = false;
    bool m_isEnded = false;
};

} // namespace tierdeck::gateway
