// A model as the router names it: `provider/model`, split at the first slash; the rest goes upstream
// unchanged
// ("openrouter/z-ai/glm-5.2"). A plain value; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::routing {

class ModelId {
public:
    ModelId() = default;
    /// nullopt unless something stands on both sides of a slash.
    [[nodiscard]] static std::optional<ModelId> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return m_text; }

    [[nodiscard]] std::string_view provider() const { return std::string_view(m_text).substr(0, m_slash); }

    [[nodiscard]] std::string_view name() const {
        return m_text.empty() ? std::string_view() : std::string_view(m_text).substr(m_slash + 1);
    }

    [[nodiscard]] bool empty() const { return m_text.empty(); }

    bool operator==(const ModelId& other) const { return m_text == other.m_text; }

    std::strong_ordering operator<=>(const ModelId& other) const { return m_text <=> other.m_text; }

private:
    std::string m_text;
    std::size_t m_slash = 0;
};

} // namespace tierdeck::routing
