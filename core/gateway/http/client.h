// The gateway's HTTP/1.1 client: calls to providers over kept connections, plain or TLS. Reactor thread only;
// owned by the gateway.
#pragma once

#include "core/gateway/http/body.h"
#include "core/gateway/http/deadlines.h"
#include "core/gateway/http/proxy.h"
#include "core/gateway/http/upstream.h"
#include "core/gateway/http/url.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::gateway::http {

struct ClientTimeouts {
    std::chrono::milliseconds connect{10000};
    std::chrono::milliseconds idle{300000}; ///< between two reads
};

class Client {
public:
    Client(asio::io_context& reactor, Deadlines& deadlines);
    ~Client();

    /// Where our own server listens: connections to it are refused from here on.
    void setOwn(const std::string& host, std::uint16_t port);

    /// For the connections made from here on.
    void setProxies(ProxyRules proxies) { m_proxies = std::move(proxies); }

    [[nodiscard]] std::unique_ptr<UpstreamCall> call(Origin origin, UpstreamRequest request,
                                                     ClientTimeouts timeouts);
    /// What waits for another call, or for the end of a reply.
    void closeIdle();

private:
    class Connection;
    class Call;
    [[nodiscard]] std::unique_ptr<Connection> takeIdle(const Origin& origin);
    void giveBack(std::unique_ptr<Connection> connection);
    /// Reads what is left of a reply that no one waits for any more, then keeps its connection.
    [[nodiscard]] asio::awaitable<void> readOut(std::unique_ptr<Connection> connection, BodyDecoder body);

    struct Tls;
    [[nodiscard]] Tls& tls(); ///< made at the first call that needs it: reading the system's roots takes time

    asio::io_context& m_reactor;
    Deadlines& m_deadlines;
    std::unique_ptr<Tls> m_tls;
    std::map<Origin, std::vector<std::unique_ptr<Connection>>> m_idle;
    std::set<Connection*> m_readOut;
    tcp::endpoint m_own;
    ProxyRules m_proxies;
};

} // namespace tierdeck::gateway::http
