#include "core/routing/provider_settings.h"

#include <array>

namespace tierdeck::routing {

namespace {
constexpr std::array<std::string_view, 4> apiTypeNames{"openai", "openai-chat", "anthropic", "simulated"};
}

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

} // namespace tierdeck::routing
