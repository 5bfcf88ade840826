// Carries a smoke test out against a provider, over the gateway's own client and past no gateway. Blocks
// until both calls have ended; any thread; used by `tierctl smoke`.
#pragma once

#include "core/gateway/http/proxy.h"
#include "core/gateway/http/url.h"
#include "core/gateway/smoke.h"

#include <chrono>
#include <map>
#include <string>

namespace tierdeck::gateway {

struct SmokeTarget {
    http::Url url; ///< the provider's base URL
    wire::Dialect dialect = wire::Dialect::Chat;
    std::string model;                          ///< as it is sent
    std::string sameAs;                         ///< as in SmokeQuestion
    std::string key;                            ///< "" for none
    std::map<std::string, std::string> headers; ///< the user's own; they win
    std::chrono::milliseconds connectTimeout{10'000};
    std::chrono::milliseconds patience{120'000}; ///< for each reply as a whole
    http::ProxyRules proxies;
};

[[nodiscard]] SmokeRecord runSmoke(const SmokeTarget& target, const Clock& clock);

} // namespace tierdeck::gateway
