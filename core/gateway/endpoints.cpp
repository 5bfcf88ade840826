#include "core/gateway/endpoints.h"

#include "core/gateway/exchange.h"
#include "core/gateway/http/url.h"
#include "core/gateway/wire/chat_reply.h"

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;

enum class Place { Root, Health, Models, Status, Chat };

struct Route {
    std::string_view path;
    std::string_view methods;
    Place place;
};

constexpr std::array<Route, 5> routes{{
    {"/", "GET, HEAD", Place::Root},
    {"/healthz", "GET, HEAD", Place::Health},
    {"/v1/models", "GET, HEAD", Place::Models},
    {"/v1/tierdeck/status", "GET, HEAD", Place::Status},
    {"/v1/chat/completions", "POST", Place::Chat},
}};

const Route* findRoute(std::string_view path) {
    const auto found =
        std::find_if(routes.begin(), routes.end(), [&](const Route& route) { return route.path == path; });
    return found == routes.end() ? nullptr : &*found;
}

http::Answer jsonAnswer(int status, std::string body) {
    return {status, {{"content-type", "application/json"}}, std::move(body)};
}

http::Answer error(int status, std::string_view code, std::string_view message) {
    return jsonAnswer(
        status, wire::chatError(message, status >= 500 ? "server_error" : "invalid_request_error", code));
}

std::string_view hostOf(std::string_view authority) {
    if (authority.starts_with('[')) {
        const auto bracket = authority.find(']');
        return bracket == std::string_view::npos ? std::string_view() : authority.substr(1, bracket - 1);
    }
    return authority.substr(0, authority.find(':'));
}

bool isAddress(std::string_view host) {
    error_code error;
    asio::ip::make_address(std::string(host), error);
    return !error;
}

/// Who listens on every address is called by any of them: a rebound name is a name, never an address.
bool isEveryAddress(std::string_view host) {
    error_code error;
    return asio::ip::make_address(std::string(host), error).is_unspecified() && !error;
}

/// In a time that does not depend on where they differ.
bool equalSecrets(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

bool Endpoints::hasToken(const http::Head& head) const {
    const auto& token = m_services.options.token;
    if (token.empty())
        return true;
    const auto authorization = head.find("authorization");
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() > scheme.size() &&
        http::equalsIgnoringCase(authorization.substr(0, scheme.size()), scheme) &&
        equalSecrets(authorization.substr(scheme.size()), token))
        return true;
    return equalSecrets(head.find("x-api-key"), token);
}

std::optional<http::Answer> Endpoints::admit(const http::Head& head) {
    // A page of a foreign site can reach loopback by a name of its own (DNS rebinding) or by a plain
    // cross-site request.
    const auto host = hostOf(head.find("host"));
    const auto& bound = m_services.options.host;
    const bool knownHost = host.empty() ? head.minorVersion == 0
                                        : http::isLoopbackName(host) || host == bound ||
                                              (isEveryAddress(bound) && isAddress(host));
    if (!knownHost)
        return error(403, "foreign_host",
                     "The gateway answers only to its own address. Use the one it prints at start.");
    if (head.has("origin")) {
        const auto origin = http::parseUrl(head.find("origin"));
        if (!origin || !http::isLoopbackName(origin->origin.host))
            return error(403, "foreign_origin", "The gateway does not answer pages of other sites.");
    }
    const auto* route = findRoute(head.path());
    if (!route)
        return error(404, "not_found",
                     "There is nothing at this path. The gateway serves POST /v1/chat/completions.");
    if (!http::hasToken(route->methods, head.method)) {
        auto answer =
            error(405, "method_not_allowed", "This path takes " + std::string(route->methods) + ".");
        answer.headers.add("allow", route->methods);
        return answer;
    }
    if (route->place != Place::Root && route->place != Place::Health && !hasToken(head))
        return error(401, "invalid_token", "The gateway needs its token, as a bearer token or x-api-key.");
    return std::nullopt;
}

asio::awaitable<void> Endpoints::handle(const http::Head& head, std::string& body,
                                        http::Responder& responder) {
    const auto* route = findRoute(head.path());
    if (route->place == Place::Chat) {
        Exchange exchange(m_services, head, body, responder);
        co_await exchange.run();
        co_return;
    }
    http::Answer answer;
    switch (route->place) {
    case Place::Models:
        answer = jsonAnswer(200, modelList());
        break;
    case Place::Status:
        answer = jsonAnswer(200, status());
        break;
    default:
        answer = {200, {{"content-type", "text/plain"}}, "ok\n"};
    }
    co_await responder.reply(answer);
}

http::Answer Endpoints::refuse(const http::Head&, http::Refusal refusal) {
    using Refusal = http::Refusal;
    switch (refusal) {
    case Refusal::HeadTooLarge:
        return error(431, "headers_too_large", "The request's headers are larger than 64 KiB.");
    case Refusal::BodyTooLarge:
        return error(413, "body_too_large",
                     "The request's body is larger than " +
                         std::to_string(m_services.options.maxBodyBytes >> 20) + " MiB.");
    case Refusal::UnknownEncoding:
        return error(415, "unsupported_encoding", "Send the body as it is, or compressed with gzip or zstd.");
    case Refusal::BadEncoding:
        return error(400, "broken_encoding", "The body cannot be decompressed.");
    case Refusal::UnknownTransfer:
        return error(501, "unsupported_transfer", "The only transfer encoding the gateway knows is chunked.");
    case Refusal::WrongVersion:
        return error(505, "http_version", "The gateway speaks HTTP/1.1.");
    case Refusal::BadLength:
        return error(400, "bad_length", "The request's length is given twice or wrongly.");
    case Refusal::Malformed:
        break;
    }
    return error(400, "malformed_request", "The request is not valid HTTP.");
}

std::string Endpoints::modelList() {
    Json data = Json::array();
    const auto add = [&](const std::string& id, const std::string& shown, std::string_view owner) {
        data.push_back({{"id", id},
                        {"object", "model"},
                        {"type", "model"},
                        {"created", 0},
                        {"created_at", "1970-01-01T00:00:00Z"},
                        {"owned_by", owner},
                        {"display_name", shown}});
    };
    if (const auto policy = m_services.policy().policy) {
        // Highest rank last, as people list them: background, balanced, coding, smart, deep.
        std::vector<std::pair<std::string, const routing::TierSettings*>> tiers;
        for (const auto& [name, settings] : policy->tiers)
            tiers.emplace_back(name, &settings);
        std::stable_sort(tiers.begin(), tiers.end(),
                         [](const auto& a, const auto& b) { return a.second->rank < b.second->rank; });
        for (const std::string prefix : {"tier-", "claude-tier-"}) {
            for (const auto& [name, settings] : tiers)
                add(prefix + name, "Tier: " + (settings->label.empty() ? name : settings->label), "tierdeck");
        }
        std::set<std::string> models;
        for (const auto& [name, settings] : policy->tiers) {
            if (settings.model)
                models.insert(settings.model->text());
        }
        for (const auto& [key, targets] : policy->fallbacks) {
            for (const auto& target : targets) {
                if (target.model)
                    models.insert(target.model->text());
            }
        }
        for (const auto& [name, provider] : policy->providers) {
            for (const auto& model : provider.models)
                models.insert(name + '/' + model.id);
        }
        for (const auto& model : models)
            add(model, model, model.substr(0, model.find('/')));
    }
    const Json first = data.empty() ? Json() : data.front()["id"];
    const Json last = data.empty() ? Json() : data.back()["id"];
    return Json{{"object", "list"},
                {"data", std::move(data)},
                {"has_more", false},
                {"first_id", first},
                {"last_id", last}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Endpoints::status() {
    const auto current = m_services.policy();
    const auto& counters = m_services.counters;
    const Json document{{"pid", ::getpid()},
                        {"address", m_services.address},
                        {"started", toRfc3339(m_services.started)},
                        {"policy", current.policy ? Json(current.policy->fingerprint) : Json()},
                        {"problem", current.problem.empty() ? Json() : Json(current.problem)},
                        {"requests", counters.requests},
                        {"active", counters.active},
                        {"failed", counters.failed},
                        {"unsaved", counters.unsaved},
                        {"sessions", m_services.sessions.size()}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace tierdeck::gateway
