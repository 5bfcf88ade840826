// What every exchange of a gateway shares, on whichever of its reactors it runs: each part guards itself.
// Thread-safe; owned by the gateway.
#pragma once

#include "core/gateway/cascade_command.h"
#include "core/gateway/circuit_breakers.h"
#include "core/gateway/gateway.h"
#include "core/gateway/http/head.h"
#include "core/gateway/metrics.h"
#include "core/gateway/model_latencies.h"
#include "core/gateway/provider_limits.h"
#include "core/gateway/providers/key_ring.h"
#include "core/gateway/request_ids.h"
#include "core/gateway/response_makers.h"
#include "core/gateway/session_tracker.h"
#include "core/gateway/tier_log_writer.h"
#include "core/gateway/translated_items.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace tierdeck::gateway {

struct Counters {
    std::atomic<std::int64_t> requests = 0;
    std::atomic<std::int64_t> active = 0;
    std::atomic<std::int64_t> failed = 0;
};

struct Services {
    Services(const GatewayOptions& given, Gateway::Parts gatewayParts)
        : options(given)
        , parts(gatewayParts)
        , keys(gatewayParts.secrets)
        , ids(gatewayParts.sink, gatewayParts.clock)
        , sessions(gatewayParts.sink)
        , limits(gatewayParts.availability, gatewayParts.log) {}

    const GatewayOptions& options;
    Gateway::Parts parts;
    KeyRing keys;
    RequestIds ids;
    SessionTracker sessions;
    CircuitBreakers breakers;
    ProviderLimits limits;
    ModelLatencies latencies;
    ResponseMakers responses;
    TranslatedItems items;
    GateCommands gateCommands;
    Counters counters;
    Metrics metrics;
    // Set before the reactors run.
    UtcTime started{};
    std::string address;

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
