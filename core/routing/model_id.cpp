#include "core/routing/model_id.h"

namespace tierdeck::routing {

std::optional<ModelId> ModelId::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size())
        return std::nullopt;
    ModelId id;
    id.m_text = std::string(text);
    id.m_slash = slash;
    return id;
}

} // namespace tierdeck::routing
