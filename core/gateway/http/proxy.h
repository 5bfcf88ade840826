// Which proxy stands between us and a provider: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY as curl and
// the agents' own runtimes read them. A plain value; pure; any thread.
#pragma once

#include "core/gateway/http/url.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::http {

struct Proxy {
    Origin origin;             ///< never TLS: the connection to the proxy itself is plain
    std::string authorization; ///< "Basic …"; "" for none
    bool operator==(const Proxy&) const = default;
};

class ProxyRules {
public:
    /// `lookUp` gives a variable's value, "" for one that is not set. The lower-case name counts first. What
    /// cannot be used (another scheme, not a URL) counts as not set and is told by problems().
    [[nodiscard]] static ProxyRules fromEnvironment(const std::function<std::string(const char*)>& lookUp);

    /// nullptr: directly. This machine is always reached directly.
    [[nodiscard]] const Proxy* proxyFor(const Origin& origin) const;

    /// Sentences without the values, which may hold passwords.
    [[nodiscard]] const std::vector<std::string>& problems() const { return m_problems; }

private:
    struct Exception {
        std::string host;                   ///< lower case: a host and all below it; "*" for every host
        std::uint16_t port = 0;             ///< 0 for any
        std::optional<unsigned> prefixBits; ///< `host` is an address of a network so long
    };

    [[nodiscard]] bool isException(const Origin& origin) const;

    std::optional<Proxy> m_http;
    std::optional<Proxy> m_https;
    std::vector<Exception> m_exceptions;
    std::vector<std::string> m_problems;
};

} // namespace tierdeck::gateway::http
