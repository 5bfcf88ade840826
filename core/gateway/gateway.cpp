#include "core/gateway/gateway.h"

#include "core/gateway/endpoints.h"
#include "core/gateway/http/server.h"
#include "core/gateway/http/url.h"
#include "core/gateway/services.h"
#include "core/gateway/tier_log_writer.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <thread>

namespace tierdeck::gateway {

namespace {

http::ServerLimits limitsFrom(const GatewayOptions& options) {
    http::ServerLimits limits;
    limits.maxBodyBytes = options.maxBodyBytes;
    limits.maxConnections = options.maxConnections;
    limits.head = std::chrono::milliseconds(options.headerTimeoutMs);
    limits.idle = std::chrono::milliseconds(options.idleTimeoutMs);
    return limits;
}

/// Fine enough for the shortest time-out, coarse enough to be no load.
std::chrono::milliseconds deadlineStep(const GatewayOptions& options) {
    const int shortest = std::min({options.headerTimeoutMs, options.idleTimeoutMs, options.holdMs});
    return std::chrono::milliseconds(std::clamp(shortest / 8, 10, 1000));
}

} // namespace

struct Gateway::Impl {
    Impl(GatewayOptions given, Parts gatewayParts)
        : options(std::move(given))
        , services(reactor, options, gatewayParts, deadlineStep(options))
        , endpoints(services)
        , server(reactor, services.deadlines, endpoints, limitsFrom(options))
        , drain(reactor) {}

    /// On the reactor: the last connection and exchange are gone.
    void finish() {
        drain.cancel();
        services.deadlines.stop();
        services.client.closeIdle();
        services.logTimer.cancel();
        work.reset();
    }

    GatewayOptions options;
    asio::io_context reactor{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    Services services;
    Endpoints endpoints;
    http::Server server;
    asio::steady_timer drain;
    std::thread thread;
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
    if (auto prepared = impl.services.ids.prepare(); !prepared)
        return tl::unexpected(prepared.error());
    if (auto listening = impl.server.listen(impl.options.host, impl.options.port); !listening)
        return tl::unexpected(listening.error());
    impl.services.client.setOwn(impl.options.host, impl.server.port());
    impl.services.client.setProxies(impl.options.proxies);
    impl.services.started = impl.services.parts.clock.now();
    impl.services.address = address();
    impl.services.parts.log.info(impl.services.started, "Gateway: listening on " + address());
    impl.services.parts.log.flush();
    impl.work.emplace(impl.reactor.get_executor());
    impl.thread = std::thread([&impl] { impl.reactor.run(); });
    return {};
}

void Gateway::stop() {
    auto& impl = *m_impl;
    if (!impl.thread.joinable())
        return;
    asio::post(impl.reactor, [&impl] {
        impl.drain.expires_after(std::chrono::milliseconds(impl.options.drainMs));
        impl.drain.async_wait([&impl](error_code error) {
            if (!error)
                impl.server.closeAll();
        });
        impl.server.stopAccepting();
        impl.server.whenEmpty([&impl] { impl.finish(); });
    });
    impl.thread.join();
    impl.services.parts.log.info(impl.services.parts.clock.now(), "Gateway: stopped");
    impl.services.parts.log.flush();
}

std::string Gateway::address() const {
    const auto& host = m_impl->options.host;
    return "http://" + http::Origin{false, host, port()}.hostHeader();
}

std::uint16_t Gateway::port() const {
    return m_impl->server.port();
}

} // namespace tierdeck::gateway
