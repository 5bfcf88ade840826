#include "core/gateway/http/server.h"

#include "core/foundation/utf8.h"
#include "core/gateway/http/body.h"
#include "core/gateway/http/encoding.h"
#include "core/gateway/http/send_at_once.h"
#include "core/gateway/http/wake_up.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>

namespace tierdeck::gateway::http {

namespace {

constexpr std::size_t bufferBytes = 16u << 10;
constexpr std::size_t keptBufferBytes = 64u << 10;
constexpr std::size_t keptBodyBytes = 2u << 20; ///< a connection does not keep a larger body's memory
constexpr std::size_t padding = 64;
constexpr std::size_t maxUnreadBytes = 64u << 20; ///< of a refused body, taken in so that the refusal is read
constexpr std::size_t maxReadAheadBytes = 64u << 10; ///< of a client that does not wait for its answers

} // namespace

void HeaderLines::add(std::string_view name, std::string_view value) {
    if (!holdsControl(value)) {
        appendHeader(m_text, name, value);
        return;
    }
    std::string inLine(value);
    std::ranges::replace_if(
        inLine, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    appendHeader(m_text, name, inLine);
}

class Server::Connection final : public Responder, public std::enable_shared_from_this<Connection> {
public:
    Connection(Server& server, tcp::socket socket)
        : m_server(server)
        , m_socket(std::move(socket))
        , m_deadline(server.m_deadlines, [this] { close(); }) {
        m_server.m_connections.insert(this);
        error_code ignored;
        m_socket.set_option(tcp::no_delay(true), ignored);
        m_socket.non_blocking(true, ignored);
        m_buffer.resize(bufferBytes);
    }

    ~Connection() override { m_server.forget(this); }

    asio::awaitable<void> serve() {
        while (!m_closed) {
            const bool goesOn = co_await readRequest();
            if (!goesOn)
                break;
            m_idle = true;
            if (!m_keepAlive || m_server.m_stopping)
                break;
        }
        if (m_unread > 0 && !m_closed)
            co_await readOn();
        close();
    }

    void close() {
        m_closed = true;
        error_code ignored;
        m_socket.shutdown(tcp::socket::shutdown_both, ignored);
        m_socket.close(ignored);
        sayGone();
    }

    void closeIfIdle() {
        if (m_idle)
            close();
    }

    asio::awaitable<void> reply(const Answer& answer) override {
        std::string head = startHead(answer.status, answer.headers);
        head.append("content-length: ").append(std::to_string(answer.body.size())).append("\r\n\r\n");
        m_answered = true;
        const std::array<asio::const_buffer, 2> buffers{
            asio::buffer(head), m_isHead ? asio::const_buffer() : asio::buffer(answer.body)};
        co_await write(buffers);
    }

    asio::awaitable<bool> startStream(int status, const HeaderLines& headers) override {
        std::string head = startHead(status, headers);
        m_chunked = m_minorVersion == 1;
        if (m_chunked)
            head.append("transfer-encoding: chunked\r\n");
        else
            m_keepAlive = false;
        head.append("\r\n");
        m_answered = true;
        m_pendingHead = std::move(head); // goes out with the first bytes: one packet instead of two
        co_return !m_gone;
    }

    asio::awaitable<bool> sendStream(std::string_view bytes) override { return stream(bytes, false); }

    asio::awaitable<bool> endStream(std::string_view lastBytes) override { return stream(lastBytes, true); }

    void breakOff() override {
        m_keepAlive = false;
        close();
    }

    void whenGone(std::function<void()> action) override {
        m_whenGone = std::move(action);
        if (m_whenGone && !m_watching)
            watch();
    }

    bool isGone() const override { return m_gone; }

private:
    /// It is left standing behind the answer: what comes then is the next request, for which it wakes.
    void watch() {
        if (m_filled - m_used + m_next.size() >= maxReadAheadBytes)
            return;
        m_watching = true;
        m_socket.async_wait(tcp::socket::wait_read,
                            [self = shared_from_this()](error_code) { self->look(); });
    }

    /// Something came from the client while its answer is being made: its end, or bytes of its next request.
    /// Those are taken in, or they would hide the end.
    void look() {
        m_watching = false;
        if (!m_whenGone) {
            m_stirred.call();
            return;
        }
        std::array<char, 4096> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
        const auto size =
            m_closed ? 0 : ::recv(m_socket.native_handle(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (size > 0)
            keepForNext({piece.data(), static_cast<std::size_t>(size)});
        if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))) {
            watch();
            return;
        }
        sayGone();
    }

    void sayGone() {
        m_gone = true;
        m_keepAlive = false;
        if (const auto action = std::exchange(m_whenGone, nullptr))
            action();
    }

    /// After a refusal: takes in what the client is still sending. Closing before it is done would be a
    /// reset, and the reset may reach it before the answer does.
    asio::awaitable<void> readOn() {
        error_code ignored;
        m_socket.shutdown(tcp::socket::shutdown_send, ignored);
        m_deadline.set(m_server.m_limits.head);
        while (m_unread > 0) {
            const auto [error, size] =
                co_await m_socket.async_read_some(asio::buffer(m_buffer.data(), m_buffer.size()), asTuple);
            if (error)
                break;
            m_unread -= std::min(m_unread, size);
        }
    }

    /// false: the connection is to be closed.
    asio::awaitable<bool> readRequest() {
        dropUsed();
        std::size_t scanned = 0;
        std::optional<std::size_t> end;
        m_answered = m_gone = m_isHead = false;
        m_head.clear(); // the views of the last one dangle
        m_deadline.set(m_idle && m_filled == 0 && !m_isFirst ? m_server.m_limits.idle
                                                             : m_server.m_limits.head);
        m_isFirst = false;
        while (!(end = findHeadEnd({m_buffer.data(), m_filled}, scanned))) {
            if (m_filled > maxHeadBytes) {
                // Too large for sure, but the form of the answer depends on the path.
                static_cast<void>(parseRequestHead(m_buffer.data(), m_filled, m_head));
                co_await refuse(Refusal::HeadTooLarge);
                co_return false;
            }
            if (m_filled == m_buffer.size())
                m_buffer.resize(m_buffer.size() * 2);
            if (m_watching)
                co_await m_stirred.wait();
            const auto [error, size] = co_await m_socket.async_read_some(
                asio::buffer(m_buffer.data() + m_filled, m_buffer.size() - m_filled), asTuple);
            if (error)
                co_return false;
            if (m_idle) {
                m_idle = false;
                m_deadline.set(m_server.m_limits.head);
            }
            m_filled += size;
        }
        m_idle = false;
        m_used = *end;
        if (const auto error = parseRequestHead(m_buffer.data(), *end, m_head)) {
            m_keepAlive = false;
            co_await refuse(*error == HeadError::TooLarge          ? Refusal::HeadTooLarge
                            : *error == HeadError::BadLength       ? Refusal::BadLength
                            : *error == HeadError::UnknownTransfer ? Refusal::UnknownTransfer
                            : *error == HeadError::WrongVersion    ? Refusal::WrongVersion
                                                                   : Refusal::Malformed);
            co_return false;
        }
        m_minorVersion = m_head.minorVersion;
        m_keepAlive = m_head.keepAlive;
        m_isHead = m_head.method == "HEAD";
        if (const auto answer = m_server.m_handler.admit(m_head)) {
            const bool bodyFollows = m_head.framing.kind != Framing::Kind::None;
            m_keepAlive = m_keepAlive && !bodyFollows;
            m_unread = bodyFollows ? maxUnreadBytes : 0;
            co_await reply(*answer);
            co_return m_keepAlive;
        }
        const auto refusal = co_await readBody();
        if (refusal) {
            m_keepAlive = false;
            co_await refuse(*refusal);
            co_return false;
        }
        if (m_closed)
            co_return false;
        m_deadline.clear();
        co_await m_server.m_handler.handle(m_head, m_body, *this);
        whenGone(nullptr);
        m_deadline.clear();
        if (m_body.capacity() > keptBodyBytes)
            m_body = std::string();
        co_return m_answered && !m_gone;
    }

    asio::awaitable<void> refuse(Refusal refusal) {
        m_keepAlive = false;
        m_unread = refusal == Refusal::BodyTooLarge ? maxUnreadBytes : maxHeadBytes;
        const auto answer = m_server.m_handler.refuse(m_head, refusal);
        co_await reply(answer);
    }

    asio::awaitable<std::optional<Refusal>> readBody() {
        const auto limit = m_server.m_limits.maxBodyBytes;
        const auto& framing = m_head.framing;
        if (framing.kind != Framing::Kind::Length)
            m_body.clear();
        if (framing.kind == Framing::Kind::None)
            co_return std::nullopt;
        if (framing.kind == Framing::Kind::Length && framing.length > limit)
            co_return Refusal::BodyTooLarge;
        if (m_minorVersion == 1 && m_used == m_filled &&
            equalsIgnoringCase(m_head.find("expect"), "100-continue")) {
            constexpr std::string_view go = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await write(std::array<asio::const_buffer, 1>{asio::buffer(go)});
        }
        m_deadline.set(m_server.m_limits.body);
        if (framing.kind == Framing::Kind::Length) {
            const auto length = static_cast<std::size_t>(framing.length);
            // Over the last body: only what is longer than that is filled with zeros before the socket fills
            // it.
            m_body.reserve(length + padding);
            m_body.resize(length);
            const auto here = std::min(length, m_filled - m_used);
            std::memcpy(m_body.data(), m_buffer.data() + m_used, here);
            m_used += here;
            for (auto have = here; have < length;) {
                const auto [error, size] = co_await m_socket.async_read_some(
                    asio::buffer(m_body.data() + have, length - have), asTuple);
                if (error) {
                    close();
                    co_return std::nullopt;
                }
                have += size;
                m_deadline.set(m_server.m_limits.body);
            }
        } else {
            const auto refusal = co_await readFramedBody();
            if (refusal || m_closed)
                co_return refusal;
        }
        const auto encoding = m_head.find("content-encoding");
        if (const auto error = decodeBody(encoding, m_body, limit))
            co_return *error == DecodeError::UnknownEncoding ? Refusal::UnknownEncoding
            : *error == DecodeError::TooLarge                ? Refusal::BodyTooLarge
                                                             : Refusal::BadEncoding;
        m_body.reserve(m_body.size() + padding);
        co_return std::nullopt;
    }

    /// A body whose length does not stand in the head. By itself, since few come so: its coroutine is large.
    asio::awaitable<std::optional<Refusal>> readFramedBody() {
        const auto limit = m_server.m_limits.maxBodyBytes;
        BodyDecoder decoder(m_head.framing);
        while (true) {
            m_used += decoder.feed({m_buffer.data() + m_used, m_filled - m_used}, m_body);
            if (decoder.state() == BodyDecoder::State::Broken)
                co_return Refusal::Malformed;
            if (m_body.size() > limit)
                co_return Refusal::BodyTooLarge;
            if (decoder.state() == BodyDecoder::State::Done)
                co_return std::nullopt;
            // The head's bytes stay where they are, since its views point there.
            m_filled = m_used;
            std::array<char, bufferBytes> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
            const auto [error, size] = co_await m_socket.async_read_some(asio::buffer(piece), asTuple);
            if (error) {
                close();
                co_return std::nullopt;
            }
            const auto taken = decoder.feed({piece.data(), size}, m_body);
            if (taken < size)
                keepForNext({piece.data() + taken, size - taken});
            m_deadline.set(m_server.m_limits.body);
        }
    }

    /// Bytes of the next request that came with the last ones of this. Never moves the head's bytes: growing
    /// would leave its views dangling, so they wait apart.
    void keepForNext(std::string_view bytes) { m_next.append(bytes); }

    void dropUsed() {
        std::memmove(m_buffer.data(), m_buffer.data() + m_used, m_filled - m_used);
        m_filled -= m_used;
        m_used = 0;
        if (!m_next.empty()) {
            if (m_buffer.size() < m_filled + m_next.size())
                m_buffer.resize(m_filled + m_next.size());
            std::memcpy(m_buffer.data() + m_filled, m_next.data(), m_next.size());
            m_filled += m_next.size();
            m_next.clear();
        }
        if (m_filled == 0 && m_buffer.size() > keptBufferBytes) {
            m_buffer = std::string(bufferBytes, '\0');
            m_next = std::string();
        }
    }

    [[nodiscard]] std::string startHead(int status, const HeaderLines& headers) {
        std::string head;
        head.reserve(headers.text().size() + 128);
        head.append("HTTP/1.1 ")
            .append(std::to_string(status))
            .append(" ")
            .append(reasonPhrase(status))
            .append("\r\n")
            .append(headers.text());
        if (m_server.m_stopping)
            m_keepAlive = false;
        if (!m_keepAlive)
            head.append("connection: close\r\n");
        else if (m_minorVersion == 0)
            head.append("connection: keep-alive\r\n");
        return head;
    }

    asio::awaitable<bool> stream(std::string_view bytes, bool last) {
        char size[24];
        const int sizeLength =
            bytes.empty() || !m_chunked ? 0 : std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
        const std::string head = std::exchange(m_pendingHead, {});
        std::string_view end;
        if (m_chunked)
            end = bytes.empty() ? (last ? "0\r\n\r\n" : "") : (last ? "\r\n0\r\n\r\n" : "\r\n");
        const std::array<asio::const_buffer, 4> buffers{
            asio::buffer(head), asio::buffer(size, static_cast<std::size_t>(sizeLength)),
            asio::buffer(bytes.data(), bytes.size()), asio::buffer(end)};
        co_return co_await write(buffers);
    }

    template <typename Buffers>
    asio::awaitable<bool> write(Buffers buffers) {
        if (m_closed || m_gone)
            co_return false;
        error_code error;
        if (!sendAtOnce(m_socket, buffers, error)) {
            m_deadline.set(m_server.m_limits.body);
            std::size_t size = 0;
            std::tie(error, size) = co_await asio::async_write(m_socket, buffers, asTuple);
            m_deadline.clear();
        }
        if (error) {
            m_gone = true;
            m_keepAlive = false;
        }
        co_return !error;
    }

    Server& m_server;
    tcp::socket m_socket;
    Deadlines::Entry m_deadline;
    std::string m_buffer; ///< [0, m_used) this request's head and body, [m_used, m_filled) the next one's
    std::size_t m_used = 0;
    std::size_t m_filled = 0;
    std::string m_next;
    Head m_head;
    std::string m_body;
    std::string m_pendingHead;
    std::function<void()> m_whenGone;
    std::size_t m_unread = 0; ///< how much more is taken in before closing
    WakeUp m_stirred;         ///< the watch saw something that belongs to no answer
    int m_minorVersion = 1;
    bool m_watching = false;
    bool m_keepAlive = true;
    bool m_isHead = false;
    bool m_chunked = false;
    bool m_answered = false;
    bool m_gone = false;
    bool m_idle = true;
    bool m_isFirst = true;
    bool m_closed = false;
};

Server::Server(asio::io_context& reactor, Deadlines& deadlines, Handler& handler, ServerLimits limits)
    : m_reactor(reactor)
    , m_deadlines(deadlines)
    , m_handler(handler)
    , m_limits(limits) {}

Server::~Server() = default;

void Server::take(tcp::socket accepted) {
    error_code error;
    const auto protocol = accepted.local_endpoint(error).protocol();
    tcp::socket socket(m_reactor);
    if (!error) {
        const int descriptor = accepted.release(error);
        if (!error) {
            socket.assign(protocol, descriptor, error);
            if (error)
                ::close(descriptor);
        }
    }
    if (error)
        return; // it is gone already
    ++m_count;
    asio::post(m_reactor, [this, taken = std::move(socket)]() mutable { begin(std::move(taken)); });
}

void Server::begin(tcp::socket socket) {
    if (m_stopping) {
        --m_count;
        return; // the socket closes as it goes out of scope
    }
    auto connection = std::make_shared<Connection>(*this, std::move(socket));
    asio::co_spawn(
        m_reactor, [connection]() { return connection->serve(); }, asio::detached);
}

void Server::stop(std::function<void()> whenEmpty) {
    m_stopping = true;
    m_whenEmpty = std::move(whenEmpty);
    for (auto* connection : std::vector<Connection*>(m_connections.begin(), m_connections.end()))
        connection->closeIfIdle();
    if (m_connections.empty())
        m_whenEmpty();
}

void Server::closeAll() {
    for (auto* connection : std::vector<Connection*>(m_connections.begin(), m_connections.end()))
        connection->close();
}

void Server::forget(Connection* connection) {
    m_connections.erase(connection);
    --m_count;
    if (m_connections.empty() && m_whenEmpty)
        m_whenEmpty();
}

Listener::Listener(asio::io_context& reactor, std::vector<Server*> servers, std::size_t maxConnections)
    : m_reactor(reactor)
    , m_servers(std::move(servers))
    , m_maxConnections(maxConnections)
    , m_acceptor(reactor) {}

Result<void> Listener::listen(const std::string& host, std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
    if (error)
        return failure(ErrorCode::InvalidInput,
                       "'" + host +
                           "' is not an address to listen on. Give an IP address such as 127.0.0.1.");
    const tcp::endpoint endpoint(address, port);
    m_acceptor.open(endpoint.protocol(), error);
    if (!error)
        m_acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error)
        m_acceptor.bind(endpoint, error);
    if (!error)
        m_acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        error_code ignored;
        m_acceptor.close(ignored);
        return failure(error == asio::error::address_in_use ? ErrorCode::Locked : ErrorCode::NetworkFailed,
                       "Cannot listen on " + host + " port " + std::to_string(port) + ": " + error.message() +
                           ". Choose another port, or stop what uses it.");
    }
    m_port = m_acceptor.local_endpoint(error).port();
    asio::co_spawn(m_reactor, acceptLoop(), asio::detached);
    return {};
}

asio::awaitable<void> Listener::acceptLoop() {
    asio::steady_timer pause(m_reactor);
    while (!m_stopping) {
        auto [error, socket] = co_await m_acceptor.async_accept(asTuple);
        if (m_stopping)
            break;
        if (error) {
            // Out of descriptors: wait for some to be closed instead of spinning.
            pause.expires_after(std::chrono::milliseconds(50));
            co_await pause.async_wait(asTuple);
            continue;
        }
        // Connections whose end came before this one no longer count then.
        co_await asio::post(m_reactor, asio::use_awaitable);
        if (m_stopping)
            break;
        deal(std::move(socket));
    }
}

void Listener::deal(tcp::socket socket) {
    std::size_t all = 0;
    Server* least = m_servers.front();
    for (auto* server : m_servers) {
        all += server->connectionCount();
        if (server->connectionCount() < least->connectionCount())
            least = server;
    }
    if (all >= m_maxConnections)
        return; // the socket closes as it goes out of scope
    least->take(std::move(socket));
}

void Listener::stop() {
    m_stopping = true;
    error_code ignored;
    m_acceptor.close(ignored);
}

} // namespace tierdeck::gateway::http
