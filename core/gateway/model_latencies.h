// How long models usually take to their first byte, for `providerPolicy` that sorts by latency: an average in
// which the latest requests count most. Thread-safe; owned by Services.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_request.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace tierdeck::gateway {

class ModelLatencies {
public:
    void measured(const std::string& model, std::int64_t firstByteMs);
    /// Nothing where neither the policy nor the request sorts by it.
    void addTo(routing::Conditions& conditions, const routing::Policy& policy,
               const routing::HostWishes& wishes = {}) const;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, double, std::less<>> m_usual;
};

} // namespace tierdeck::gateway
