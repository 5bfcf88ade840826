// One LLM provider as the user described it in llm.json, as a value. Any thread.
#pragma once

#include "core/routing/model_id.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

enum class ApiType {
    OpenAi,     ///< Chat for Chat clients, else Responses
    OpenAiChat, ///< Chat only
    Anthropic,
    Simulated,
};
[[nodiscard]] std::string_view toString(ApiType type);
[[nodiscard]] std::optional<ApiType> apiTypeFrom(std::string_view text);

/// Where the provider's key is to be had; never the key itself, but for Plain.
struct KeySource {
    enum class Kind { None, Environment, Keychain, File, Client, Plain };
    Kind kind = Kind::None;
    std::string name; ///< variable, entry or path; for Plain the key itself: never print it
};

struct ProviderModel {
    std::string id; ///< as sent upstream
    std::optional<ModelId> sameAs;
    std::optional<std::int64_t> contextWindow; ///< tokens
    bool fixedTemperature = false;
};

/// Separate products of one vendor have separate quotas; providers that name one quota share it.
struct ProviderQuota {
    std::string name;
    std::optional<double> percentUsed; ///< as the user wrote it; what providers' headers say is newer
};

struct ProviderSettings {
    std::string name;
    ApiType apiType = ApiType::OpenAiChat;
    std::string baseUrl; ///< the vendor's where the user gave none; "" for Simulated
    KeySource key;
    std::map<std::string, std::string> headers;
    int idleTimeoutSeconds = 300;
    int connectTimeoutSeconds = 10;
    bool local = false;
    bool fixedTemperature = false;
    std::vector<ProviderModel> models;
    std::optional<ProviderQuota> quota;
    std::string pricesJson; ///< the catalogue's schema; "" for none

    [[nodiscard]] const ProviderModel* findModel(std::string_view id) const;
    /// Whether its baseUrl leads to a host of `domain` (in lower case).
    [[nodiscard]] bool isAt(std::string_view domain) const;

    /// OpenRouter carries out `models` and `provider` of a request itself.
    [[nodiscard]] bool isOpenRouter() const { return isAt("openrouter.ai"); }
};

} // namespace tierdeck::routing
