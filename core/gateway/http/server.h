// The gateway's HTTP/1.1 server: reads requests with caps and time-outs, and hands them to a handler that
// answers whole or as a stream. There is one for each reactor, and a listener that deals the connections to
// them. Knows nothing of models. A server lives on its reactor's thread, the listener on the first one's;
// owned by the gateway.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/http/deadlines.h"
#include "core/gateway/http/head.h"

#include <atomic>
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

    /// One as it was parsed, which can break out of nothing.
    void add(const Header& header) { appendHeader(m_text, header.name, header.value); }

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
    std::chrono::milliseconds head{10000};
    std::chrono::milliseconds body{60000}; ///< between two reads of a body
    std::chrono::milliseconds idle{300000};
};

class Server {
public:
    Server(asio::io_context& reactor, Deadlines& deadlines, Handler& handler, ServerLimits limits);
    ~Server();

    /// A connection that was accepted, on whatever reactor. Any thread.
    void take(tcp::socket accepted);

    /// Those that were given to take() and are not gone. Any thread.
    [[nodiscard]] std::size_t connectionCount() const { return m_count; }

    /// No new connections; those without a request are closed, the others after their answer. `whenEmpty` is
    /// called when the last one is gone.
    void stop(std::function<void()> whenEmpty);
    void closeAll();

private:
    class Connection;
    void begin(tcp::socket socket);
    void forget(Connection* connection);

    asio::io_context& m_reactor;
    Deadlines& m_deadlines;
    Handler& m_handler;
    ServerLimits m_limits;
    std::set<Connection*> m_connections;
    std::atomic<std::size_t> m_count = 0;
    std::function<void()> m_whenEmpty;
    bool m_stopping = false;
};

/// Accepts connections and gives each to the server that has the fewest: the first of those that have as few,
/// so that who comes alone finds the kept connections to providers again.
class Listener {
public:
    Listener(asio::io_context& reactor, std::vector<Server*> servers, std::size_t maxConnections);

    /// Locked when the port is taken.
    [[nodiscard]] Result<void> listen(const std::string& host, std::uint16_t port);

    /// The port that listen() took.
    [[nodiscard]] std::uint16_t port() const { return m_port; }

    void stop();

private:
    asio::awaitable<void> acceptLoop();
    void deal(tcp::socket socket);

    asio::io_context& m_reactor;
    std::vector<Server*> m_servers;
    std::size_t m_maxConnections;
    tcp::acceptor m_acceptor;
    std::uint16_t m_port = 0;
    bool m_stopping = false;
};

} // namespace tierdeck::gateway::http
