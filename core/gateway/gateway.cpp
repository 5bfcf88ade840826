#include "core/gateway/gateway.h"

#include "core/gateway/endpoints.h"
#include "core/gateway/http/server.h"
#include "core/gateway/http/url.h"
#include "core/gateway/processors.h"
#include "core/gateway/reactor.h"
#include "core/gateway/services.h"
#include "core/gateway/tier_log_writer.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

namespace tierdeck::gateway {

namespace {

http::ServerLimits limitsFrom(const GatewayOptions& options) {
    http::ServerLimits limits;
    limits.maxBodyBytes = options.maxBodyBytes;
    limits.head = std::chrono::milliseconds(options.headerTimeoutMs);
    limits.idle = std::chrono::milliseconds(options.idleTimeoutMs);
    return limits;
}

/// Fine enough for the shortest time-out, coarse enough to be no load.
std::chrono::milliseconds deadlineStep(const GatewayOptions& options) {
    const int shortest = std::min({options.headerTimeoutMs, options.idleTimeoutMs, options.holdMs});
    return std::chrono::milliseconds(std::clamp(shortest / 8, 10, 1000));
}

/// A reactor, its thread, and the connections of clients that it serves.
class Lane {
public:
    Lane(Services& services, const GatewayOptions& options)
        : reactor(services, deadlineStep(options))
        , server(reactor.io, reactor.deadlines, m_endpoints, limitsFrom(options))
        , m_endpoints(reactor)
        , m_drain(reactor.io) {}

    /// It is one of so many lanes.
    void start(std::size_t number, std::size_t count) {
        m_work.emplace(reactor.io.get_executor());
        m_thread = std::thread([this, number, count] {
            keepToShareOfProcessors(number, count);
            reactor.io.run();
        });
    }

    /// Any thread. What still runs after `longest` is cancelled.
    void stop(std::chrono::milliseconds longest) {
        asio::post(reactor.io, [this, longest] {
            m_drain.expires_after(longest);
            m_drain.async_wait([this](error_code error) {
                if (!error)
                    server.closeAll();
            });
            server.stop([this] {
                m_drain.cancel();
                reactor.finish();
                m_work.reset();
            });
        });
    }

    [[nodiscard]] bool isRunning() const { return m_thread.joinable(); }

    void join() { m_thread.join(); }

    Reactor reactor;
    http::Server server;

private:
    Endpoints m_endpoints;
    asio::steady_timer m_drain;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> m_work;
    std::thread m_thread;
};

std::vector<std::unique_ptr<Lane>> makeLanes(Services& services, const GatewayOptions& options) {
    std::vector<std::unique_ptr<Lane>> lanes;
    for (int i = 0; i < std::max(options.reactors, 1); ++i)
        lanes.push_back(std::make_unique<Lane>(services, options));
    return lanes;
}

std::vector<http::Server*> serversOf(const std::vector<std::unique_ptr<Lane>>& lanes) {
    std::vector<http::Server*> servers;
    for (const auto& lane : lanes)
        servers.push_back(&lane->server);
    return servers;
}

} // namespace

struct Gateway::Impl {
    Impl(GatewayOptions given, Parts gatewayParts)
        : options(std::move(given))
        , services(options, gatewayParts)
        , lanes(makeLanes(services, options))
        , listener(lanes.front()->reactor.io, serversOf(lanes),
                   static_cast<std::size_t>(std::max(options.maxConnections, 0))) {}

    GatewayOptions options;
    Services services;
    std::vector<std::unique_ptr<Lane>> lanes;
    http::Listener listener; ///< on the first lane
};

Gateway::Gateway(GatewayOptions options, Parts parts)
    : m_impl(std::make_unique<Impl>(std::move(options), parts)) {}

Gateway::~Gateway() {
    stop();
}

Result<void> Gateway::start() {
    auto& impl = *m_impl;
    if (!http::isLoopbackName(impl.options.host) && impl.options.token.empty())
        return failure(
            ErrorCode::InvalidInput,
            "Listening on " + impl.options.host +
                " would let others on the network spend your money. Give a token (--token), or listen on "
                "127.0.0.1.");
    auto& services = impl.services;
    if (auto prepared = services.ids.prepare(); !prepared)
        return tl::unexpected(prepared.error());
    if (auto listening = impl.listener.listen(impl.options.host, impl.options.port); !listening)
        return tl::unexpected(listening.error());
    services.started = services.parts.clock.now();
    services.address = address();
    services.parts.log.info(services.started, "Gateway: listening on " + address());
    services.parts.log.flush();
    for (const auto& lane : impl.lanes) {
        lane->reactor.client.setOwn(impl.options.host, impl.listener.port());
        lane->reactor.client.setProxies(impl.options.proxies);
    }
    for (std::size_t i = 0; i < impl.lanes.size(); ++i)
        impl.lanes[i]->start(i, impl.lanes.size());
    return {};
}

void Gateway::stop() {
    auto& impl = *m_impl;
    if (!impl.lanes.front()->isRunning())
        return;
    // The lanes hear of it after the last connection that was dealt to them.
    asio::post(impl.lanes.front()->reactor.io, [&impl] {
        impl.listener.stop();
        for (const auto& lane : impl.lanes)
            lane->stop(std::chrono::milliseconds(impl.options.drainMs));
    });
    for (const auto& lane : impl.lanes)
        lane->join();
    impl.services.parts.log.info(impl.services.parts.clock.now(), "Gateway: stopped");
    impl.services.parts.log.flush();
}

std::string Gateway::address() const {
    const auto& host = m_impl->options.host;
    return "http://" + http::Origin{false, host, port()}.hostHeader();
}

std::uint16_t Gateway::port() const {
    return m_impl->listener.port();
}

} // namespace tierdeck::gateway
