// What providers say about their limits, told to whoever keeps it for the workspace: how full quotas are, and
// until when something is exhausted. Thread-safe; owned by Services.
#pragma once

#include "core/foundation/clock.h"
#include "core/gateway/http/head.h"
#include "core/gateway/tier_log_writer.h"
#include "core/routing/availability.h"
#include "core/routing/policy.h"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace tierdeck::gateway {

class ProviderLimits {
public:
    /// `source` may be null: then nothing is kept beyond the moment.
    ProviderLimits(routing::AvailabilitySource* source, TierLogWriter& log)
        : m_source(source)
        , m_log(log) {}

    /// What a reply's head says of its provider's quota: the one that llm.json names, else the provider's
    /// own.
    void takeQuota(const routing::ProviderSettings& provider, const http::Head& reply, UtcTime now);

    /// The model refuses for so long that it is not worth waiting. false where nobody keeps that.
    bool exhausted(const routing::ModelId& model, const routing::ProviderSettings& provider,
                   std::chrono::milliseconds time, std::string_view body, UtcTime now);

    void addTo(routing::Conditions& conditions, const routing::Policy& policy, UtcTime now) const;

private:
    routing::AvailabilitySource* m_source;
    TierLogWriter& m_log;
    std::mutex m_mutex;
    std::map<std::string, std::vector<routing::QuotaWindow>, std::less<>> m_reported; ///< by quota
};

} // namespace tierdeck::gateway
