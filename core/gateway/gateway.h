// The local gateway: an HTTP server on loopback that decides, dispatches, relays and records. It runs
// threads of its own; start() and stop() may be called from any other. Owned by app's serving (tierctl serve
// or the desktop app).
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"
#include "core/gateway/http/proxy.h"
#include "core/routing/availability.h"
#include "core/routing/budget_use.h"
#include "core/routing/policy.h"
#include "core/routing/request_record.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tierdeck::gateway {

class TierLogWriter;

struct GatewayOptions {
    std::string host = "127.0.0.1"; ///< other than loopback needs a token
    std::uint16_t port = 4141;      ///< 0 takes a free one
    std::string token;              ///< "" asks for none
    std::size_t maxBodyBytes = 32u << 20;
    int maxConnections = 1024;
    int reactors = 2; ///< threads that serve; connections are dealt to them
    int headerTimeoutMs = 10000;
    int idleTimeoutMs = 300000;      ///< between two requests of a connection
    int holdMs = 15000;              ///< how long a reply without content may be held for fail-over
    int drainMs = 10000;             ///< how long stop() lets running requests go on
    http::ProxyRules proxies;        ///< on the way to providers
    std::filesystem::path workspace; ///< where commands of gates run
    /// Whether a person has confirmed exactly this command line; empty: none is. Called on the gateway's
    /// threads.
    std::function<bool(const std::vector<std::string>& command)> isTrusted;
};

class Gateway {
public:
    struct Parts {
        routing::PolicySource& policies;
        routing::RecordSink& sink;
        const SecretSource& secrets;
        const Clock& clock;
        TierLogWriter& log;
        routing::AvailabilitySource* availability = nullptr; ///< none: what is exhausted is kept in memory
        routing::SpendSource* spend = nullptr;               ///< none: budgets have nothing spent
    };

    Gateway(GatewayOptions options, Parts parts);
    ~Gateway(); ///< stops

    /// Binds and serves. Locked when the port is taken (the sentence names it).
    [[nodiscard]] Result<void> start();
    /// Stops accepting, lets running requests end (at most drainMs), cancels the rest, records everything.
    void stop();
    [[nodiscard]] std::string address() const; ///< "http://127.0.0.1:4141"
    [[nodiscard]] std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::gateway
