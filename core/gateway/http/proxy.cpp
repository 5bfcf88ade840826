#include "core/gateway/http/proxy.h"

#include "core/gateway/http/head.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace tierdeck::gateway::http {

namespace {

namespace ip = boost::asio::ip;

std::string lowered(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower;
}

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // and OpenSSL's final zero
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

/// "%40" is "@".
std::string percentDecoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr == text.data() + i + 3) {
            decoded += static_cast<char>(code);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

std::optional<Proxy> parseProxy(std::string_view text) {
    Proxy proxy;
    std::string rest(text);
    if (const auto scheme = rest.find("://"); scheme == std::string::npos)
        rest.insert(0, "http://");
    else if (!rest.starts_with("http://"))
        return std::nullopt;
    const std::size_t authority = std::string_view("http://").size();
    if (const auto at = rest.find_last_of('@'); at != std::string::npos) {
        proxy.authorization = "Basic " + base64(percentDecoded(rest.substr(authority, at - authority)));
        rest.erase(authority, at + 1 - authority);
    }
    const auto url = parseUrl(rest);
    if (!url)
        return std::nullopt;
    proxy.origin = url->origin;
    return proxy;
}

bool isInNetwork(const std::string& host, const std::string& network, unsigned bits) {
    boost::system::error_code no;
    const auto address = ip::make_address(host, no);
    if (no)
        return false;
    const auto base = ip::make_address(network, no);
    if (no || address.is_v4() != base.is_v4())
        return false;
    if (address.is_v4())
        return ip::network_v4(address.to_v4(), static_cast<unsigned short>(bits)).canonical() ==
               ip::network_v4(base.to_v4(), static_cast<unsigned short>(bits)).canonical();
    return ip::network_v6(address.to_v6(), static_cast<unsigned short>(bits)).canonical() ==
           ip::network_v6(base.to_v6(), static_cast<unsigned short>(bits)).canonical();
}

} // namespace

ProxyRules ProxyRules::fromEnvironment(const std::function<std::string(const char*)>& lookUp) {
    ProxyRules rules;
    const auto read = [&](const char* lower, const char* upper) -> std::optional<Proxy> {
        const char* name = lower;
        std::string value = lookUp(lower);
        if (value.empty()) {
            name = upper;
            value = lookUp(upper);
        }
        if (value.empty())
            return std::nullopt;
        auto proxy = parseProxy(value);
        if (!proxy)
            rules.m_problems.push_back(
                std::string("The environment variable ") + name +
                " names no proxy that can be used, so providers are asked directly. Give it as "
                "http://host:port.");
        return proxy;
    };
    const auto all = read("all_proxy", "ALL_PROXY");
    rules.m_http = read("http_proxy", "HTTP_PROXY");
    rules.m_https = read("https_proxy", "HTTPS_PROXY");
    if (!rules.m_http)
        rules.m_http = all;
    if (!rules.m_https)
        rules.m_https = all;

    std::string exceptions = lookUp("no_proxy");
    if (exceptions.empty())
        exceptions = lookUp("NO_PROXY");
    std::string_view left = exceptions;
    while (!left.empty()) {
        const auto end = std::min(left.find_first_of(", \t"), left.size());
        std::string_view entry = left.substr(0, end);
        left.remove_prefix(std::min(end + 1, left.size()));
        if (entry.empty())
            continue;
        Exception exception;
        const auto number = [](std::string_view text, auto& value) {
            const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            return error == std::errc() && stop == text.data() + text.size();
        };
        if (const auto slash = entry.find('/'); slash != std::string_view::npos) {
            unsigned bits = 0;
            if (!number(entry.substr(slash + 1), bits))
                continue;
            const bool v6 = entry.substr(0, slash).find(':') != std::string_view::npos;
            exception.prefixBits = std::min(bits, v6 ? 128U : 32U);
            entry = entry.substr(0, slash);
        } else if (entry.starts_with('[')) {
            const auto bracket = std::min(entry.find(']'), entry.size());
            if (bracket + 2 < entry.size())
                number(entry.substr(bracket + 2), exception.port);
            entry = entry.substr(1, bracket - 1);
        } else if (const auto colon = entry.find(':');
                   colon != std::string_view::npos && colon == entry.rfind(':')) {
            number(entry.substr(colon + 1), exception.port);
            entry = entry.substr(0, colon);
        }
        while (entry.starts_with('.') || (entry.starts_with("*") && entry.size() > 1))
            entry.remove_prefix(1); // ".example.com" and "*.example.com" as "example.com"
        exception.host = lowered(entry);
        if (!exception.host.empty())
            rules.m_exceptions.push_back(std::move(exception));
    }
    return rules;
}

const Proxy* ProxyRules::proxyFor(const Origin& origin) const {
    const auto& proxy = origin.tls ? m_https : m_http;
    if (!proxy || isLoopbackName(origin.host) || isException(origin))
        return nullptr;
    return &*proxy;
}

bool ProxyRules::isException(const Origin& origin) const {
    const std::string host = lowered(origin.host);
    return std::any_of(m_exceptions.begin(), m_exceptions.end(), [&](const Exception& exception) {
        if (exception.port != 0 && exception.port != origin.port)
            return false;
        if (exception.prefixBits)
            return isInNetwork(host, exception.host, *exception.prefixBits);
        return exception.host == "*" || host == exception.host ||
               (host.ends_with(exception.host) && host[host.size() - exception.host.size() - 1] == '.');
    });
}

} // namespace tierdeck::gateway::http
