#include "core/routing/provider_settings.h"

#include <array>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 4> apiTypeNames{"openai", "openai-chat", "anthropic", "simulated"};

/// In lower case; "" where the URL has none.
std::string hostOf(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return {};
    std::string_view authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    std::string host(authority.substr(0, authority.find(':')));
    for (char& c : host)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return host;
}

} // namespace

std::string_view toString(ApiType type) {
    return apiTypeNames[static_cast<std::size_t>(type)];
}

std::optional<ApiType> apiTypeFrom(std::string_view text) {
    for (std::size_t i = 0; i < apiTypeNames.size(); ++i) {
        if (apiTypeNames[i] == text)
            return static_cast<ApiType>(i);
    }
    return std::nullopt;
}

const ProviderModel* ProviderSettings::findModel(std::string_view id) const {
    for (const ProviderModel& model : models) {
        if (model.id == id)
            return &model;
    }
    return nullptr;
}

bool ProviderSettings::isOpenRouter() const {
    const std::string host = hostOf(baseUrl);
    return host == "openrouter.ai" || host.ends_with(".openrouter.ai");
}

} // namespace tierdeck::routing
