// The parts of a provider's base URL. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::http {

struct Origin {
    bool tls = false;
    std::string host; ///< without the brackets of an IPv6 literal
    std::uint16_t port = 0;
    auto operator<=>(const Origin&) const = default;
    /// As it stands in a Host header.
    [[nodiscard]] std::string hostHeader() const;
};

struct Url {
    Origin origin;
    std::string path; ///< without a final slash; "" for the root
};

/// http and https only.
[[nodiscard]] std::optional<Url> parseUrl(std::string_view text);
/// "localhost", 127.0.0.0/8, ::1.
[[nodiscard]] bool isLoopbackName(std::string_view host);

} // namespace tierdeck::gateway::http
