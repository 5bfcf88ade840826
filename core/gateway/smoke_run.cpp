#include "core/gateway/smoke_run.h"

#include "core/gateway/http/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tierdeck::gateway {

namespace {

constexpr std::size_t maxReplyBytes = 4u << 20;
constexpr std::chrono::milliseconds deadlineStep{50};

std::string pathOf(const SmokeTarget& target) {
    if (target.dialect != wire::Dialect::Messages)
        return target.url.path + "/chat/completions";
    return target.url.path + (target.url.path.ends_with("/v1") ? "/messages" : "/v1/messages");
}

std::vector<std::pair<std::string, std::string>> headersOf(const SmokeTarget& target) {
    std::vector<std::pair<std::string, std::string>> headers{{"content-type", "application/json"},
                                                             {"accept", "application/json"},
                                                             {"accept-encoding", "identity"}};
    if (target.dialect == wire::Dialect::Messages) {
        headers.emplace_back("anthropic-version", "2023-06-01");
        if (!target.key.empty())
            headers.emplace_back("x-api-key", target.key);
    } else if (!target.key.empty()) {
        headers.emplace_back("authorization", "Bearer " + target.key);
    }
    for (const auto& [name, value] : target.headers) {
        std::erase_if(headers,
                      [&](const auto& header) { return http::equalsIgnoringCase(header.first, name); });
        headers.emplace_back(name, value);
    }
    return headers;
}

class Smoke {
public:
    explicit Smoke(const SmokeTarget& target)
        : m_target(target)
        , m_path(pathOf(target))
        , m_headers(headersOf(target))
        , m_deadlines(m_reactor, deadlineStep)
        , m_client(m_reactor, m_deadlines) {
        m_client.setProxies(target.proxies);
    }

    void run() {
        asio::co_spawn(m_reactor, askBoth(), asio::detached);
        m_reactor.run();
    }

    SmokeReply happyPath;
    std::optional<SmokeReply> errorPath;

private:
    asio::awaitable<void> askBoth() {
        happyPath = co_await ask(m_target.model);
        if (happyPath.status != 0)
            errorPath = co_await ask(impossibleModel);
        m_client.closeIdle();
        m_deadlines.stop();
    }

    asio::awaitable<SmokeReply> ask(std::string_view model) {
        const auto body = smokeBody(m_target.dialect, model);
        http::UpstreamRequest request;
        request.target = m_path;
        for (const auto& [name, value] : m_headers)
            request.headers.emplace_back(name, value);
        request.bodyPieces.emplace_back(body);
        request.bodySize = body.size();
        const auto call = m_client.call(m_target.url.origin, std::move(request),
                                        {m_target.connectTimeout, m_target.patience});
        http::Deadlines::Entry limit(m_deadlines, [&call] { call->abort(); });
        limit.set(m_target.patience);
        SmokeReply reply;
        const auto failed = [&](const http::Fault& fault) {
            reply.failure = http::outcomeOf(limit.isPast() ? http::Fault::Kind::Timeout : fault.kind);
        };
        const auto opened = co_await call->open();
        if (!opened) {
            failed(opened.error());
            co_return reply;
        }
        reply.status = call->head().status;
        while (true) {
            const auto more = co_await call->read(reply.body);
            if (!more)
                failed(more.error());
            else if (reply.body.size() > maxReplyBytes)
                reply.failure = "too_large";
            else if (*more)
                continue;
            co_return reply;
        }
    }

    const SmokeTarget& m_target;
    std::string m_path;
    std::vector<std::pair<std::string, std::string>> m_headers;
    asio::io_context m_reactor{1};
    http::Deadlines m_deadlines;
    http::Client m_client;
};

} // namespace

SmokeRecord runSmoke(const SmokeTarget& target, const Clock& clock) {
    const auto date = clock.now();
    Smoke smoke(target);
    smoke.run();
    return judgeSmoke({target.dialect, target.url.origin.hostHeader(), target.model, target.sameAs}, date,
                      smoke.happyPath, smoke.errorPath);
}

} // namespace tierdeck::gateway
