// Asks a provider which models it offers, over the gateway's own client. Blocks until it has answered; any
// thread; used by `tierctl models`.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/http/proxy.h"
#include "core/gateway/http/url.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

struct OfferedModel {
    std::string id; ///< as it is sent
    std::optional<std::int64_t> contextWindow;

    bool operator==(const OfferedModel&) const = default;
};

struct ModelQuery {
    http::Url url; ///< the provider's base URL
    bool isAnthropic = false;
    std::string key;                            ///< "" for none
    std::map<std::string, std::string> headers; ///< the user's own; they win
    std::chrono::milliseconds connectTimeout{10'000};
    std::chrono::milliseconds patience{60'000}; ///< for the reply as a whole
    http::ProxyRules proxies;
};

/// What the document of a provider lists, in its order: the forms of OpenAI, Anthropic, OpenRouter and the
/// local runtimes. ParseFailed for any other.
[[nodiscard]] Result<std::vector<OfferedModel>> offeredModels(std::string_view document);
[[nodiscard]] Result<std::vector<OfferedModel>> askForModels(const ModelQuery& query);

} // namespace tierdeck::gateway
