// The gateway's HTTP/1.1 server: accepts, reads requests with caps and time-outs, and hands them to a handler
// that answers whole or as a stream. Knows nothing of models. Reactor thread only; owned by the gateway.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/http/deadlines.h"
#include "core/gateway/http/head.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::gateway::http {

/// Headers of an answer as the lines that will be sent: one string, however many there are. Without framing.
class HeaderLines {
public:
    HeaderLines() = default;

    HeaderLines(std::initializer_list<std::pair<std::string_view, std::string_view>> headers) {
        for (const auto& [name, value] : headers)
            add(name, value);
    }

    /// What could break out of its line becomes a space.
    void add(std::string_view name, std::string_view value);

    void add(const HeaderLines& more) { m_text += more.m_text; }

    void reserve(std::size_t bytes) { m_text.reserve(bytes); }

    [[nodiscard]] std::string_view text() const { return m_text; }

    [[nodiscard]] bool empty() const { return m_text.empty(); }

private:
    std::string m_text;
};

struct Answer {
    int status = 200;
    HeaderLines headers;
    std::string body;
};

/// Answers one request: reply() once, or startStream(), sendStream() …, endStream().
class Responder {
public:
    virtual ~Responder() = default;
    [[nodiscard]] virtual asio::awaitable<void> reply(const Answer& answer) = 0;
    /// The three give false when the client is gone.
    [[nodiscard]] virtual asio::awaitable<bool> startStream(int status, const HeaderLines& headers) = 0;
    [[nodiscard]] virtual asio::awaitable<bool> sendStream(std::string_view bytes) = 0;
    [[nodiscard]] virtual asio::awaitable<bool> endStream(std::string_view lastBytes) = 0;
    /// Breaks the connection off, so that the client sees that the stream did not end as it should.
    virtual void breakOff() = 0;
    /// `action` is called once if the client goes away before the answer is complete; an empty one ends the
    /// watch.
    virtual void whenGone(std::function<void()> action) = 0;
    [[nodiscard]] virtual bool isGone() const = 0;
};

enum class Refusal {
    Malformed,
    HeadTooLarge,
    BadLength,
    UnknownTransfer,
    WrongVersion,
    BodyTooLarge,
    UnknownEncoding,
    BadEncoding
};

class Handler {
public:
    virtual ~Handler() = default;
    /// Called with the head alone; an answer refuses the request before its body is read.
    [[nodiscard]] virtual std::optional<Answer> admit(const Head& head) = 0;
    /// `body` is decoded and has 64 allocated bytes behind its end.
    [[nodiscard]] virtual asio::awaitable<void> handle(const Head& head, std::string& body,
                                                       Responder& responder) = 0;
    [[nodiscard]] virtual Answer refuse(const Head& head, Refusal refusal) = 0;
};

struct ServerLimits {
    std::size_t maxBodyBytes = 32u << 20;
    int maxConnections = 1024;
    std::chrono::milliseconds head{10000};
    std::chrono::milliseconds body{60000}; ///< between two reads of a body
    std::chrono::milliseconds idle{300000};
};

class Server {
public:
    Server(asio::io_context& reactor, Deadlines& deadlines, Handler& handler, ServerLimits limits);
    ~Server();

    /// Locked when the port is taken.
    [[nodiscard]] Result<void> listen(const std::string& host, std::uint16_t port);

    /// The port that listen() took.
    [[nodiscard]] std::uint16_t port() const { return m_port; }

    /// No new connections; those without a request are closed, the others after their answer.
    void stopAccepting();
    void closeAll();

    [[nodiscard]] std::size_t connectionCount() const { return m_connections.size(); }

    /// Called when the last connection is gone after stopAccepting().
    void whenEmpty(std::function<void()> action);

private:
    class Connection;
    asio::awaitable<void> acceptLoop();
    void forget(Connection* connection);

    asio::io_context& m_reactor;
    Deadlines& m_deadlines;
    Handler& m_handler;
    ServerLimits m_limits;
    tcp::acceptor m_acceptor;
    std::set<Connection*> m_connections;
    std::function<void()> m_whenEmpty;
    std::uint16_t m_port = 0;
    bool m_stopping = false;
};

} // namespace tierdeck::gateway::http
