// The simulated provider: models that are served in this process, so that everything works without a key and
// a network, and every way to fail can be shown. Its answers are a function of the prompt. Reactor thread
// only.
#pragma once

#include "core/gateway/http/upstream.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tierdeck::gateway {

struct SimulatedRequest {
    std::string
        model; ///< "fast", "steady", "slow", "error-529", "truncate", "reset", "stall", "mismatch", "rubbish"
    std::string prompt; ///< what the answer is a function of
    std::int64_t promptTokens = 0;
    std::int64_t cachedTokens = 0;
    std::int64_t createdSeconds = 0;
    std::int64_t number = 0; ///< of the request: makes the reply's id its own
    bool stream = false;
    std::chrono::milliseconds idleTimeout{300000};
};

[[nodiscard]] std::unique_ptr<http::UpstreamCall> callSimulated(asio::io_context& reactor,
                                                                SimulatedRequest request);

} // namespace tierdeck::gateway
