#include "core/routing/provider_settings.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 4> apiTypeNames{"openai", "openai-chat", "anthropic", "simulated"};

/// "" where the URL has none.
std::string_view hostOf(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return {};
    std::string_view authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    return authority.substr(0, authority.find(':'));
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
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

bool ProviderSettings::isAt(std::string_view domain) const {
    const std::string_view host = hostOf(baseUrl);
    if (host.size() < domain.size() ||
        !std::equal(domain.begin(), domain.end(), host.end() - static_cast<std::ptrdiff_t>(domain.size()),
                    [](char wanted, char c) { return wanted == lower(c); }))
        return false;
    return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

} // namespace tierdeck::routing
