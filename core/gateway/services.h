// What every exchange of a gateway shares. Reactor thread only; owned by the gateway.
#pragma once

#include "core/gateway/cascade_command.h"
#include "core/gateway/circuit_breakers.h"
#include "core/gateway/gateway.h"
#include "core/gateway/http/client.h"
#include "core/gateway/metrics.h"
#include "core/gateway/model_latencies.h"
#include "core/gateway/provider_limits.h"
#include "core/gateway/providers/key_ring.h"
#include "core/gateway/request_ids.h"
#include "core/gateway/response_makers.h"
#include "core/gateway/session_tracker.h"
#include "core/gateway/tier_log_writer.h"

#include <atomic>
#include <random>
#include <string>

namespace tierdeck::gateway {

struct Counters {
    std::int64_t requests = 0;
    std::int64_t active = 0;
    std::int64_t failed = 0;
};

struct Services {
    Services(asio::io_context& io, const GatewayOptions& given, Gateway::Parts gatewayParts,
             std::chrono::milliseconds deadlineStep)
        : reactor(io)
        , options(given)
        , parts(gatewayParts)
        , deadlines(io, deadlineStep)
        , client(io, deadlines)
        , keys(gatewayParts.secrets)
        , ids(gatewayParts.sink)
        , sessions(gatewayParts.sink)
        , limits(gatewayParts.availability, gatewayParts.log)
        , random(std::random_device{}())
        , logTimer(io) {}

    asio::io_context& reactor;
    const GatewayOptions& options;
    Gateway::Parts parts;
    http::Deadlines deadlines;
    http::Client client;
    KeyRing keys;
    RequestIds ids;
    SessionTracker sessions;
    CircuitBreakers breakers;
    ProviderLimits limits;
    ModelLatencies latencies;
    ResponseMakers responses;
    GateCommands gateCommands;
    std::mt19937_64 random; ///< for jitter
    Counters counters;
    Metrics metrics;
    UtcTime started{};
    std::string address;
    asio::steady_timer logTimer;
    bool logFlushDue = false;

    /// Lines were written to the tier log: they reach the disk within 100 ms, many with one write.
    void flushLogSoon();
    /// The policy in force; a reload is logged once.
    [[nodiscard]] routing::PolicySource::Current policy();
    /// The token of llm.json that a request comes with; nullptr for none.
    [[nodiscard]] const routing::ClientToken* clientToken(const http::Head& head,
                                                          const routing::Policy& policy) const;
    /// What the world looks like now, to a request of `session`.
    [[nodiscard]] routing::Conditions conditions(const routing::Policy& policy,
                                                 std::string_view session = {}) const;
};

} // namespace tierdeck::gateway
