#include "core/gateway/http/client.h"

#include "core/gateway/http/body.h"
#include "core/gateway/http/send_at_once.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace tierdeck::gateway::http {

namespace {

constexpr std::size_t readBytes = 32u << 10;
constexpr std::size_t idleConnectionsPerOrigin = 64;
constexpr std::chrono::seconds idleLife{55}; // below the minute after which most servers close
constexpr std::chrono::seconds readOutTime{5};

} // namespace

std::string_view outcomeOf(Fault::Kind kind) {
    switch (kind) {
    case Fault::Kind::Resolve:
        return "resolve_failed";
    case Fault::Kind::Connect:
        return "connect_failed";
    case Fault::Kind::Tls:
        return "tls_failed";
    case Fault::Kind::Timeout:
        return "timeout";
    case Fault::Kind::Reset:
        return "reset";
    case Fault::Kind::Malformed:
        return "rubbish";
    case Fault::Kind::SelfReference:
        return "self_reference";
    case Fault::Kind::Aborted:
        return "cancelled";
    }
    return "error";
}

struct Client::Tls {
    asio::ssl::context context{asio::ssl::context::tls_client};

    Tls() {
        error_code ignored;
        context.set_default_verify_paths(ignored);
        context.set_verify_mode(asio::ssl::verify_peer, ignored);
    }
};

/// A connection with the bytes that came and were not used yet.
class Client::Connection {
public:
    Connection(asio::io_context& reactor, Origin origin)
        : m_origin(std::move(origin))
        , m_socket(reactor)
        , m_buffer(std::make_unique_for_overwrite<char[]>(readBytes)) {}

    asio::awaitable<Fallible<void>> connect(Client& client) {
        m_proxy = client.m_proxies.proxyFor(m_origin);
        const Origin& there = m_proxy ? m_proxy->origin : m_origin;
        auto reached = co_await reach(client, there);
        if (!reached)
            co_return reached;
        watchPath();
        if (!m_origin.tls)
            co_return Fallible<void>();
        if (m_proxy) {
            auto through = co_await tunnel();
            if (!through)
                co_return through;
        }
        error_code ignored;
        m_tls.emplace(m_socket, client.tls().context);
        SSL_set_tlsext_host_name(m_tls->native_handle(), m_origin.host.c_str());
        m_tls->set_verify_callback(asio::ssl::host_name_verification(m_origin.host), ignored);
        const auto [tlsError] = co_await m_tls->async_handshake(asio::ssl::stream_base::client, asTuple);
        if (tlsError)
            co_return tl::unexpected(
                Fault{Fault::Kind::Tls, m_origin.hostHeader() + ": " + tlsError.message()});
        co_return Fallible<void>();
    }

    /// A proxy that is to be given whole URLs, since it does not merely pass bytes on.
    [[nodiscard]] const Proxy* proxyThatReads() const { return m_origin.tls ? nullptr : m_proxy; }

    /// True when everything is sent, or `error` says why it never will be; else write() is to be awaited.
    [[nodiscard]] bool writeAtOnce(std::vector<asio::const_buffer>& buffers, error_code& error) {
        return !m_tls && sendAtOnce(m_socket, buffers, error);
    }

    asio::awaitable<error_code> write(const std::vector<asio::const_buffer>& buffers) {
        if (m_tls) {
            const auto [error, size] = co_await asio::async_write(*m_tls, buffers, asTuple);
            co_return error;
        }
        const auto [error, size] = co_await asio::async_write(m_socket, buffers, asTuple);
        co_return error;
    }

    /// Waits for bytes, appends them behind those that are there.
    asio::awaitable<error_code> fill() {
        compact();
        const auto room = asio::buffer(m_buffer.get() + m_end, m_capacity - m_end);
        error_code error;
        std::size_t size = 0;
        if (m_tls)
            std::tie(error, size) = co_await m_tls->async_read_some(room, asTuple);
        else
            std::tie(error, size) = co_await m_socket.async_read_some(room, asTuple);
        m_end += size;
        co_return size > 0 ? error_code() : error;
    }

    [[nodiscard]] std::string_view bytes() const { return {m_buffer.get() + m_begin, m_end - m_begin}; }

    [[nodiscard]] char* data() { return m_buffer.get() + m_begin; }

    void consume(std::size_t size) { m_begin += size; }

    [[nodiscard]] const Origin& origin() const { return m_origin; }

    void close() {
        m_closed = true;
        error_code ignored;
        m_socket.close(ignored);
    }

    [[nodiscard]] bool isClosed() const { return m_closed; }

    /// Nothing has come since the last reply: neither an end nor bytes that no one asked for.
    [[nodiscard]] bool isQuiet() {
        char byte = 0;
        return bytes().empty() && ::recv(m_socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
               (errno == EAGAIN || errno == EWOULDBLOCK);
    }

    std::chrono::steady_clock::time_point idleSince;

private:
    /// Room for at least one read; a head that fills the buffer lets it grow up to the largest head.
    void compact() {
        if (m_begin == m_end) {
            m_begin = m_end = 0;
        } else if (m_begin > 0 && m_capacity - m_end < readBytes / 2) {
            std::memmove(m_buffer.get(), m_buffer.get() + m_begin, m_end - m_begin);
            m_end -= m_begin;
            m_begin = 0;
        }
        if (m_end == m_capacity) {
            auto larger = std::make_unique_for_overwrite<char[]>(m_capacity * 2);
            std::memcpy(larger.get(), m_buffer.get(), m_end);
            m_buffer = std::move(larger);
            m_capacity *= 2;
        }
    }

    asio::awaitable<Fallible<void>> reach(Client& client, const Origin& there) {
        std::vector<tcp::endpoint> endpoints;
        if (equalsIgnoringCase(there.host, "localhost")) {
            // Always this machine (RFC 6761 §6.3), also where no hosts file says so.
            endpoints = {{asio::ip::address_v4::loopback(), there.port},
                         {asio::ip::address_v6::loopback(), there.port}};
        } else {
            tcp::resolver resolver(client.m_reactor);
            const auto [resolveError, resolved] =
                co_await resolver.async_resolve(there.host, std::to_string(there.port), asTuple);
            if (m_closed)
                co_return tl::unexpected(Fault{Fault::Kind::Aborted, {}});
            if (resolveError)
                co_return tl::unexpected(
                    Fault{Fault::Kind::Resolve, there.host + ": " + resolveError.message()});
            for (const auto& entry : resolved)
                endpoints.push_back(entry.endpoint());
        }
        const auto& own = client.m_own;
        error_code connectError = asio::error::host_not_found;
        for (const auto& endpoint : endpoints) {
            const bool isOwnPort = endpoint.port() == own.port() && endpoint.port() != 0;
            if (isOwnPort && (endpoint.address().is_loopback() || endpoint.address() == own.address()))
                co_return tl::unexpected(Fault{Fault::Kind::SelfReference, there.hostHeader()});
            error_code ignored;
            m_socket.close(ignored);
            std::tie(connectError) = co_await m_socket.async_connect(endpoint, asTuple);
            if (m_closed)
                co_return tl::unexpected(Fault{Fault::Kind::Aborted, {}});
            // Who listens on all addresses is met at each of this machine's.
            if (!connectError && isOwnPort && own.address().is_unspecified() &&
                m_socket.local_endpoint(ignored).address() == endpoint.address())
                co_return tl::unexpected(Fault{Fault::Kind::SelfReference, there.hostHeader()});
            if (!connectError)
                co_return Fallible<void>();
        }
        co_return tl::unexpected(
            Fault{Fault::Kind::Connect, there.hostHeader() + ": " + connectError.message()});
    }

    /// A path that has gone (another network, a laptop that slept) says nothing by itself. With these the
    /// kernel gave up 40 s after a peer's link was cut, both while it waited for a reply and with bytes under
    /// way: the user time-out is looked at only when a probe or a repetition is due.
    void watchPath() {
        const auto set = [this](int level, int option, int value) {
            ::setsockopt(m_socket.native_handle(), level, option, &value, sizeof value);
        };
        set(IPPROTO_TCP, TCP_NODELAY, 1);
        set(SOL_SOCKET, SO_KEEPALIVE, 1);
        set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
        set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
        set(IPPROTO_TCP, TCP_KEEPCNT, 3);
        set(IPPROTO_TCP, TCP_USER_TIMEOUT, 20'000); // ms
        error_code ignored;
        m_socket.non_blocking(true, ignored);
    }

    /// Asks the proxy for a way to the provider; what it passes on from then on is sealed.
    asio::awaitable<Fallible<void>> tunnel() {
        const std::string host =
            m_origin.host.find(':') == std::string::npos ? m_origin.host : '[' + m_origin.host + ']';
        const std::string place = host + ':' + std::to_string(m_origin.port);
        std::string request = "CONNECT " + place + " HTTP/1.1\r\nhost: " + place + "\r\n";
        if (!m_proxy->authorization.empty())
            request += "proxy-authorization: " + m_proxy->authorization + "\r\n";
        request += "\r\n";
        const auto refused = [this](const std::string& why) {
            return tl::unexpected(
                Fault{Fault::Kind::Connect, "the proxy " + m_proxy->origin.hostHeader() + ' ' + why});
        };
        const auto [writeError, written] =
            co_await asio::async_write(m_socket, asio::buffer(request), asTuple);
        if (writeError)
            co_return refused("ended the connection");
        std::size_t scanned = 0;
        std::optional<std::size_t> end;
        while (!(end = findHeadEnd(bytes(), scanned))) {
            if (bytes().size() > maxHeadBytes)
                co_return refused("did not answer as one");
            const auto error = co_await fill();
            if (error)
                co_return refused("ended the connection");
        }
        Head head;
        if (parseResponseHead(data(), *end, head, true))
            co_return refused("did not answer as one");
        if (head.status < 200 || head.status >= 300)
            co_return refused("answered " + std::to_string(head.status));
        consume(*end);
        if (!bytes().empty()) // before we have said anything
            co_return refused("did not answer as one");
        co_return Fallible<void>();
    }

    Origin m_origin;
    const Proxy* m_proxy = nullptr; ///< the client's own
    tcp::socket m_socket;
    std::optional<asio::ssl::stream<tcp::socket&>> m_tls;
    std::unique_ptr<char[]> m_buffer;
    std::size_t m_capacity = readBytes;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    bool m_closed = false;
};

class Client::Call final : public UpstreamCall {
public:
    Call(Client& client, Origin&& origin, UpstreamRequest&& request, ClientTimeouts timeouts)
        : m_client(client)
        , m_origin(std::move(origin))
        , m_request(std::move(request))
        , m_timeouts(timeouts)
        , m_deadline(client.m_deadlines, [this] { closeConnection(); }) {}

    asio::awaitable<Fallible<void>> open() override {
        m_connection = m_client.takeIdle(m_origin);
        const bool reused = m_connection != nullptr;
        auto opened = co_await attempt();
        // A kept connection may have died while it slept; before any reply byte it is safe to say it all
        // again.
        if (!opened && reused && opened.error().kind == Fault::Kind::Reset && !m_gotBytes && !m_aborted) {
            m_connection.reset();
            opened = co_await attempt();
        }
        m_deadline.clear();
        co_return opened;
    }

    const Head& head() const override { return m_head; }

    std::optional<Fallible<bool>> readAtOnce(std::string& into) override {
        if (m_aborted)
            return tl::unexpected(Fault{Fault::Kind::Aborted, {}});
        if (m_body.state() != BodyDecoder::State::Done) {
            const auto before = into.size();
            m_connection->consume(m_body.feed(m_connection->bytes(), into));
            if (m_body.state() == BodyDecoder::State::Broken)
                return tl::unexpected(Fault{Fault::Kind::Malformed, "the body's framing is broken"});
            if (into.size() > before)
                return true;
        }
        if (m_body.state() != BodyDecoder::State::Done)
            return std::nullopt;
        release();
        return false;
    }

    asio::awaitable<Fallible<bool>> read(std::string& into) override {
        while (true) {
            if (auto there = readAtOnce(into))
                co_return std::move(*there);
            m_deadline.set(m_timeouts.idle);
            const auto error = co_await m_connection->fill();
            m_deadline.clear();
            if (!error)
                continue;
            m_body.finish();
            if (m_aborted || m_deadline.isPast() || m_body.state() != BodyDecoder::State::Done)
                co_return tl::unexpected(
                    fault(Fault{Fault::Kind::Reset, "the connection ended in the reply's body"}));
        }
    }

    void settle() override {
        if (m_aborted || !m_connection || !m_head.keepAlive)
            return;
        std::string more;
        m_connection->consume(m_body.feed(m_connection->bytes(), more));
        if (!more.empty())
            return;
        if (m_body.state() == BodyDecoder::State::Done)
            release();
        else if (m_body.state() == BodyDecoder::State::More)
            asio::co_spawn(m_client.m_reactor, m_client.readOut(std::move(m_connection), m_body),
                           asio::detached);
    }

    void abort() override {
        m_aborted = true;
        closeConnection();
    }

private:
    asio::awaitable<Fallible<void>> attempt() {
        if (!m_connection) {
            m_connection = std::make_unique<Connection>(m_client.m_reactor, m_origin);
            m_deadline.set(m_timeouts.connect);
            auto connected = co_await m_connection->connect(m_client);
            if (!connected)
                co_return tl::unexpected(fault(connected.error()));
        }
        m_deadline.set(m_timeouts.idle);
        const auto requestHead = makeHead();
        std::vector<asio::const_buffer> buffers;
        buffers.reserve(m_request.bodyPieces.size() + 1);
        buffers.push_back(asio::buffer(requestHead));
        for (const auto piece : m_request.bodyPieces)
            buffers.push_back(asio::buffer(piece.data(), piece.size()));
        co_await sendTogether(m_client.m_reactor.get_executor());
        error_code writeError;
        if (!m_connection->writeAtOnce(buffers, writeError))
            writeError = co_await m_connection->write(buffers);
        // A server may answer and close before it has read everything: its answer tells more than the broken
        // pipe.
        std::optional<Fallible<void>> headRead;
        for (std::size_t scanned = 0; !(headRead = headAtOnce(scanned));) {
            const auto error = co_await m_connection->fill();
            if (error) {
                headRead =
                    tl::unexpected(fault(Fault{Fault::Kind::Reset, "the connection ended before the reply"}));
                break;
            }
            m_gotBytes = true;
        }
        if (!*headRead && writeError && headRead->error().kind != Fault::Kind::Malformed)
            co_return tl::unexpected(
                fault(Fault{Fault::Kind::Reset, "the connection ended while the request was sent"}));
        co_return std::move(*headRead);
    }

    [[nodiscard]] std::string makeHead() const {
        std::string text;
        text.reserve(512);
        text.append(m_request.method).push_back(' ');
        const auto host = m_origin.hostHeader();
        const auto* proxy = m_connection->proxyThatReads();
        if (proxy)
            text.append("http://").append(host);
        text.append(m_request.target).append(" HTTP/1.1\r\n");
        appendHeader(text, "host", host);
        if (proxy && !proxy->authorization.empty())
            appendHeader(text, "proxy-authorization", proxy->authorization);
        for (const auto& [name, value] : m_request.headers)
            appendHeader(text, name, value);
        appendHeader(text, "content-length", std::to_string(m_request.bodySize));
        text.append("\r\n");
        return text;
    }

    /// Nothing where more bytes are needed: findHeadEnd() says what `scanned` is.
    std::optional<Fallible<void>> headAtOnce(std::size_t& scanned) {
        while (const auto end = findHeadEnd(m_connection->bytes(), scanned)) {
            // The head is kept apart, so that its views survive further reading.
            m_headBytes.assign(m_connection->bytes().substr(0, *end));
            m_connection->consume(*end);
            if (parseResponseHead(m_headBytes.data(), m_headBytes.size(), m_head))
                return tl::unexpected(Fault{Fault::Kind::Malformed, "the reply is not HTTP"});
            if (m_head.status == 101)
                return tl::unexpected(Fault{Fault::Kind::Malformed, "the reply switches protocols"});
            if (m_head.status >= 200) {
                m_body = BodyDecoder(m_head.framing);
                return Fallible<void>();
            }
            scanned = 0; // an interim reply
        }
        if (m_connection->bytes().size() > maxHeadBytes)
            return tl::unexpected(Fault{Fault::Kind::Malformed, "the reply's head is too large"});
        return std::nullopt;
    }

    /// What really happened, where the connection ended because we closed it.
    [[nodiscard]] Fault fault(Fault seen) const {
        if (m_aborted)
            return {Fault::Kind::Aborted, {}};
        if (m_deadline.isPast())
            return {Fault::Kind::Timeout, m_origin.hostHeader() + " did not answer in time"};
        return seen;
    }

    void release() {
        if (!m_connection)
            return;
        if (m_head.keepAlive && m_connection->bytes().empty())
            m_client.giveBack(std::move(m_connection));
        m_connection.reset();
    }

    void closeConnection() {
        if (m_connection)
            m_connection->close();
    }

    Client& m_client;
    Origin m_origin;
    UpstreamRequest m_request;
    ClientTimeouts m_timeouts;
    Deadlines::Entry m_deadline;
    std::unique_ptr<Connection> m_connection;
    std::string m_headBytes;
    Head m_head;
    BodyDecoder m_body;
    bool m_gotBytes = false;
    bool m_aborted = false;
};

Client::Client(asio::io_context& reactor, Deadlines& deadlines)
    : m_reactor(reactor)
    , m_deadlines(deadlines) {}

Client::~Client() = default;

void Client::setOwn(const std::string& host, std::uint16_t port) {
    error_code notAnAddress; // "localhost"
    m_own = {asio::ip::make_address(host, notAnAddress), port};
}

Client::Tls& Client::tls() {
    if (!m_tls)
        m_tls = std::make_unique<Tls>();
    return *m_tls;
}

std::unique_ptr<UpstreamCall> Client::call(Origin origin, UpstreamRequest request, ClientTimeouts timeouts) {
    return std::make_unique<Call>(*this, std::move(origin), std::move(request), timeouts);
}

std::unique_ptr<Client::Connection> Client::takeIdle(const Origin& origin) {
    const auto found = m_idle.find(origin);
    if (found == m_idle.end())
        return nullptr;
    const auto now = std::chrono::steady_clock::now();
    auto& connections = found->second;
    while (!connections.empty()) {
        auto connection = std::move(connections.back());
        connections.pop_back();
        if (now - connection->idleSince < idleLife && connection->isQuiet())
            return connection;
    }
    return nullptr;
}

void Client::giveBack(std::unique_ptr<Connection> connection) {
    auto& connections = m_idle[connection->origin()];
    connection->idleSince = std::chrono::steady_clock::now();
    if (connections.size() >= idleConnectionsPerOrigin)
        connections.erase(connections.begin());
    connections.push_back(std::move(connection));
}

asio::awaitable<void> Client::readOut(std::unique_ptr<Connection> connection, BodyDecoder body) {
    m_readOut.insert(connection.get());
    Deadlines::Entry deadline(m_deadlines, [&connection] { connection->close(); });
    deadline.set(readOutTime);
    std::string more;
    while (body.state() == BodyDecoder::State::More && more.empty()) {
        const auto error = co_await connection->fill();
        if (error)
            break;
        connection->consume(body.feed(connection->bytes(), more));
    }
    m_readOut.erase(connection.get());
    if (body.state() == BodyDecoder::State::Done && more.empty() && connection->bytes().empty() &&
        !connection->isClosed())
        giveBack(std::move(connection));
}

void Client::closeIdle() {
    m_idle.clear();
    for (auto* connection : m_readOut)
        connection->close();
}

} // namespace tierdeck::gateway::http
