#include "app/local_runtimes.h"

#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>

namespace tierdeck::app {
namespace {

constexpr auto patience = std::chrono::milliseconds(500);

struct Endpoint {
    std::string host = "127.0.0.1";
    std::string port = "11434";
};

/// OLLAMA_HOST is written as a host, host:port, :port or a URL; 0.0.0.0 is what a server listens on.
std::optional<Endpoint> endpointFrom(std::string text) {
    Endpoint endpoint;
    if (const auto scheme = text.find("://"); scheme != std::string::npos) {
        text.erase(0, scheme + 3);
    }
    text.erase(std::min(text.find('/'), text.size()));
    if (const auto colon = text.rfind(':'); colon != std::string::npos) {
        endpoint.port = text.substr(colon + 1);
        text.erase(colon);
    }
    if (!text.empty() && text != "0.0.0.0" && text != "localhost") {
        endpoint.host = text;
    }
    if (!endpoint.host.starts_with("127.")) {
        return std::nullopt;
    }
    return endpoint;
}

/// The body of a 200 reply; HTTP/1.0, so that it comes unchunked and ends with the connection.
std::optional<std::string> fetch(const Endpoint& endpoint, const std::string& path) {
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(patience);
    stream.connect(endpoint.host, endpoint.port);
    stream << "GET " << path << " HTTP/1.0\r\nHost: " << endpoint.host << ":" << endpoint.port
           << "\r\nAccept: application/json\r\n\r\n"
           << std::flush;
    const std::string reply{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto body = reply.find("\r\n\r\n");
    if (!reply.starts_with("HTTP/1.") || reply.find(" 200") != 8 || body == std::string::npos) {
        return std::nullopt;
    }
    return reply.substr(body + 4);
}

} // namespace

std::vector<preferences::FoundLocal> findLocalRuntimes(const SecretSource& secrets) {
    const auto endpoint = endpointFrom(secrets.fromEnvironment("OLLAMA_HOST").value_or(""));
    if (!endpoint) {
        return {};
    }
    const auto body = fetch(*endpoint, "/api/tags");
    if (!body) {
        return {};
    }
    const auto document = nlohmann::json::parse(*body, nullptr, false);
    if (!document.is_object() || !document.contains("models") || !document["models"].is_array()) {
        return {};
    }
    preferences::FoundLocal found{"ollama", "http://" + endpoint->host + ":" + endpoint->port + "/v1", {}};
    for (const auto& model : document["models"]) {
        if (model.is_object() && model.contains("name") && model["name"].is_string()) {
            found.models.push_back(model["name"].get<std::string>());
        }
    }
    return {found};
}

} // namespace tierdeck::app
