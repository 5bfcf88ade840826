#include "core/gateway/http/url.h"

#include "core/gateway/http/head.h"

#include <algorithm>
#include <charconv>

namespace tierdeck::gateway::http {

std::string Origin::hostHeader() const {
    std::string text = host.find(':') == std::string::npos ? host : '[' + host + ']';
    if (port != (tls ? 443 : 80))
        text += ':' + std::to_string(port);
    return text;
}

std::optional<Url> parseUrl(std::string_view text) {
    Url url;
    if (text.starts_with("https://"))
        url.origin.tls = true;
    else if (!text.starts_with("http://"))
        return std::nullopt;
    text.remove_prefix(url.origin.tls ? 8 : 7);
    const auto endsAuthority = [](char c) { return c == '/' || c == '?' || c == '#'; };
    const auto slash = static_cast<std::size_t>(std::ranges::find_if(text, endsAuthority) - text.begin());
    auto authority = text.substr(0, slash);
    auto path = text.substr(slash);
    if (std::ranges::any_of(path, [](char c) {
            return c == '?' || c == '#' || c == ' ' || c == '\r' || c == '\n' || c == '\t';
        }))
        return std::nullopt;
    while (path.ends_with('/'))
        path.remove_suffix(1);
    url.path = path;
    if (authority.find('@') != std::string_view::npos)
        return std::nullopt; // a password in a URL ends up in places where it must not
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto bracket = authority.find(']');
        if (bracket == std::string_view::npos)
            return std::nullopt;
        url.origin.host = authority.substr(1, bracket - 1);
        auto rest = authority.substr(bracket + 1);
        if (!rest.empty()) {
            if (rest.front() != ':')
                return std::nullopt;
            port = rest.substr(1);
        }
    } else {
        const auto colon = authority.find(':');
        url.origin.host = authority.substr(0, colon);
        if (colon != std::string_view::npos)
            port = authority.substr(colon + 1);
    }
    if (url.origin.host.empty() || std::any_of(url.origin.host.begin(), url.origin.host.end(), [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
        }))
        return std::nullopt;
    url.origin.port = url.origin.tls ? 443 : 80;
    if (!port.empty()) {
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.origin.port);
        if (error != std::errc() || end != port.data() + port.size() || url.origin.port == 0)
            return std::nullopt;
    }
    return url;
}

bool isLoopbackName(std::string_view host) {
    if (equalsIgnoringCase(host, "localhost") || host == "::1")
        return true;
    return host.starts_with("127.") &&
           std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

} // namespace tierdeck::gateway::http
