#include "core/gateway/endpoints.h"

#include "core/gateway/credentials.h"
#include "core/gateway/exchange.h"
#include "core/gateway/http/url.h"
#include "core/gateway/model_list.h"
#include "core/gateway/wire/reply_errors.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;

constexpr std::string_view modelsFolder = "/v1/models/";
constexpr std::string_view countPath = "/v1/messages/count_tokens";
constexpr std::string_view anthropicVersion = "anthropic-version";

bool isAtOrBelow(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// How a client of this request wants to be told that something is wrong.
wire::Dialect dialectOf(const http::Head& head) {
    const auto path = head.path();
    if (isAtOrBelow(path, "/v1/messages"))
        return wire::Dialect::Messages;
    if (isAtOrBelow(path, "/v1/responses"))
        return wire::Dialect::Responses;
    if (isAtOrBelow(path, "/v1/chat"))
        return wire::Dialect::Chat;
    return head.has(anthropicVersion) ? wire::Dialect::Messages : wire::Dialect::Chat;
}

double usd(NanoUsd amount) {
    return static_cast<double>(amount.value) / 1e9;
}

http::Answer jsonAnswer(int status, std::string body) {
    return {status, {{"content-type", "application/json"}}, std::move(body)};
}

http::Answer error(const http::Head& head, int status, std::string_view code, std::string message) {
    const auto dialect = dialectOf(head);
    return jsonAnswer(status, wire::errorBody(dialect, {status, {}, std::string(code), std::move(message)}));
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

} // namespace

struct Endpoints::Route {
    std::string_view path; ///< with a slash at its end: everything below it
    std::string_view methods;
    http::Answer (Endpoints::*answer)(const http::Head& head); ///< nullptr: an exchange answers
    wire::Dialect dialect = wire::Dialect::Chat;               ///< of the exchange
    bool isOpen = false;                                       ///< whether it lives is no secret
};

const Endpoints::Route* Endpoints::findRoute(std::string_view path) {
    constexpr std::string_view looks = "GET, HEAD";
    static constexpr std::array routes{
        Route{"/v1/chat/completions", "POST", nullptr, wire::Dialect::Chat},
        Route{"/v1/responses", "POST", nullptr, wire::Dialect::Responses},
        Route{"/v1/messages", "POST", nullptr, wire::Dialect::Messages},
        Route{countPath, "POST", nullptr, wire::Dialect::Messages},
        Route{"/", looks, &Endpoints::health, {}, true},
        Route{
            "/api/hello", looks, &Endpoints::health, {}, true}, // Claude Code asks there whether anyone is in
        Route{"/healthz", looks, &Endpoints::health, {}, true},
        Route{"/metrics", looks, &Endpoints::metrics},
        Route{"/v1/models", looks, &Endpoints::models},
        Route{modelsFolder, looks, &Endpoints::model},
        Route{"/v1/tierdeck/status", looks, &Endpoints::status},
    };
    const auto found = std::find_if(routes.begin(), routes.end(), [path](const Route& route) {
        const bool isFolder = route.path.size() > 1 && route.path.ends_with('/');
        return isFolder ? path.starts_with(route.path) && path.size() > route.path.size()
                        : path == route.path;
    });
    return found == routes.end() ? nullptr : &*found;
}

bool Endpoints::hasToken(const http::Head& head) const {
    const auto& token = m_services.options.token;
    if (token.empty() || hasCredential(head, token))
        return true;
    const auto policy = m_services.policy().policy;
    return policy && m_services.clientToken(head, *policy);
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
        return error(head, 403, "foreign_host",
                     "The gateway answers only to its own address. Use the one it prints at start.");
    if (head.has("origin")) {
        const auto origin = http::parseUrl(head.find("origin"));
        if (!origin || !http::isLoopbackName(origin->origin.host))
            return error(head, 403, "foreign_origin", "The gateway does not answer pages of other sites.");
    }
    const auto* route = findRoute(head.path());
    if (!route)
        return error(head, 404, "not_found",
                     "There is nothing at this path. The gateway serves POST /v1/chat/completions, "
                     "/v1/responses and /v1/messages, and GET /v1/models.");
    if (!http::hasToken(route->methods, head.method)) {
        auto answer =
            error(head, 405, "method_not_allowed", "This path takes " + std::string(route->methods) + ".");
        answer.headers.add("allow", route->methods);
        return answer;
    }
    if (!route->isOpen && !hasToken(head))
        return error(head, 401, "invalid_token",
                     "The gateway needs its token, as a bearer token or x-api-key.");
    return std::nullopt;
}

asio::awaitable<void> Endpoints::handle(const http::Head& head, std::string& body,
                                        http::Responder& responder) {
    const auto* route = findRoute(head.path());
    if (!route->answer) {
        Exchange exchange(m_reactor, route->dialect, head, body, responder);
        if (route->path == countPath)
            co_await exchange.countTokens();
        else
            co_await exchange.run();
        co_return;
    }
    const auto answer = (this->*route->answer)(head);
    co_await responder.reply(answer);
}

http::Answer Endpoints::refuse(const http::Head& head, http::Refusal refusal) {
    using Refusal = http::Refusal;
    switch (refusal) {
    case Refusal::HeadTooLarge:
        return error(head, 431, "headers_too_large", "The request's headers are larger than 64 KiB.");
    case Refusal::BodyTooLarge:
        return error(head, 413, "body_too_large",
                     "The request's body is larger than " +
                         std::to_string(m_services.options.maxBodyBytes >> 20) + " MiB.");
    case Refusal::UnknownEncoding:
        return error(head, 415, "unsupported_encoding",
                     "Send the body as it is, or compressed with gzip or zstd.");
    case Refusal::BadEncoding:
        return error(head, 400, "broken_encoding", "The body cannot be decompressed.");
    case Refusal::UnknownTransfer:
        return error(head, 501, "unsupported_transfer",
                     "The only transfer encoding the gateway knows is chunked.");
    case Refusal::WrongVersion:
        return error(head, 505, "http_version", "The gateway speaks HTTP/1.1.");
    case Refusal::BadLength:
        return error(head, 400, "bad_length", "The request's length is given twice or wrongly.");
    case Refusal::Malformed:
        break;
    }
    return error(head, 400, "malformed_request", "The request is not valid HTTP.");
}

http::Answer Endpoints::health(const http::Head&) {
    return {200, {{"content-type", "text/plain"}}, "ok\n"};
}

std::vector<ListedModel> Endpoints::listedModels() {
    const auto policy = m_services.policy().policy;
    return policy ? listModels(*policy) : std::vector<ListedModel>();
}

http::Answer Endpoints::models(const http::Head& head) {
    if (!head.has(anthropicVersion))
        return jsonAnswer(200, modelListJson(listedModels()));
    const auto question = head.target.find('?');
    const auto page = readModelPage(question == std::string_view::npos ? std::string_view()
                                                                       : head.target.substr(question + 1));
    if (!page)
        return error(head, 400, "invalid_request", page.error().message);
    auto list = modelListJson(listedModels(), *page);
    if (!list)
        return error(head, 400, "invalid_request", list.error().message);
    return jsonAnswer(200, std::move(*list));
}

http::Answer Endpoints::model(const http::Head& head) {
    const auto id = percentDecoded(head.path().substr(modelsFolder.size()));
    const auto all = listedModels();
    const auto found = std::ranges::find(all, id, &ListedModel::id);
    if (found == all.end())
        return error(head, 404, "model_not_found",
                     "There is no model '" + id + "'. GET /v1/models lists those that there are.");
    return jsonAnswer(200, modelJson(*found));
}

http::Answer Endpoints::metrics(const http::Head&) {
    const auto& counters = m_services.counters;
    Metrics::Gauges gauges;
    gauges.activeRequests = counters.active;
    gauges.unsavedRequests = m_services.parts.sink.notCommitted();
    gauges.openBreakers = m_services.breakers.openCount(m_services.parts.clock.steadyNow());
    gauges.sessions = static_cast<std::int64_t>(m_services.sessions.size());
    gauges.started = m_services.started;
    gauges.version = TIERDECK_VERSION;
    return {200, {{"content-type", Metrics::contentType}}, m_services.metrics.text(gauges)};
}

http::Answer Endpoints::status(const http::Head&) {
    const auto current = m_services.policy();
    const auto& counters = m_services.counters;
    auto unavailable = Json::array();
    auto budgets = Json::array();
    if (current.policy) {
        const auto conditions = m_services.conditions(*current.policy);
        for (const auto& budget : current.policy->budgets) {
            const auto found = conditions.budgetUsed.find(budget.name);
            const auto used = found == conditions.budgetUsed.end() ? NanoUsd() : found->second;
            budgets.push_back({{"name", budget.name},
                               {"period", routing::toString(budget.period)},
                               {"usedUsd", usd(used)},
                               {"limitUsd", usd(budget.limit)},
                               {"percent", routing::percentOf(used, budget.limit)},
                               {"state", routing::stateOf(budget, used)}});
        }
        for (const auto& [target, why] : conditions.unavailable)
            unavailable.push_back({{"target", target}, {"reason", why.reason}});
        for (const auto& [target, why] : conditions.unavailablePatterns)
            unavailable.push_back({{"target", target}, {"reason", why.reason}});
    }
    const Json document{{"pid", ::getpid()},
                        {"address", m_services.address},
                        {"started", toRfc3339(m_services.started)},
                        {"policy", current.policy ? Json(current.policy->fingerprint) : Json()},
                        {"problem", current.problem.empty() ? Json() : Json(current.problem)},
                        {"requests", counters.requests.load()},
                        {"active", counters.active.load()},
                        {"failed", counters.failed.load()},
                        {"unsaved", m_services.parts.sink.notCommitted()},
                        {"sessions", m_services.sessions.size()},
                        {"unavailable", unavailable},
                        {"budgets", budgets}};
    return jsonAnswer(200, document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace tierdeck::gateway
