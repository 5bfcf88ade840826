#include "core/gateway/model_query.h"

#include "core/gateway/http/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace tierdeck::gateway {

namespace {

constexpr std::size_t maxReplyBytes = 16u << 20;
constexpr std::chrono::milliseconds deadlineStep{50};

std::string pathOf(const ModelQuery& query) {
    if (!query.isAnthropic)
        return query.url.path + "/models";
    // Its pages are of twenty unless more is asked for.
    return query.url.path + (query.url.path.ends_with("/v1") ? "/models" : "/v1/models") + "?limit=1000";
}

std::vector<std::pair<std::string, std::string>> headersOf(const ModelQuery& query) {
    std::vector<std::pair<std::string, std::string>> headers{{"accept", "application/json"},
                                                             {"accept-encoding", "identity"}};
    if (query.isAnthropic)
        headers.emplace_back("anthropic-version", "2023-06-01");
    if (!query.key.empty())
        headers.emplace_back(query.isAnthropic ? "x-api-key" : "authorization",
                             query.isAnthropic ? query.key : "Bearer " + query.key);
    for (const auto& [name, value] : query.headers) {
        std::erase_if(headers,
                      [&](const auto& header) { return http::equalsIgnoringCase(header.first, name); });
        headers.emplace_back(name, value);
    }
    return headers;
}

class Question {
public:
    explicit Question(const ModelQuery& query)
        : m_query(query)
        , m_path(pathOf(query))
        , m_headers(headersOf(query))
        , m_deadlines(m_reactor, deadlineStep)
        , m_client(m_reactor, m_deadlines) {
        m_client.setProxies(query.proxies);
    }

    void run() {
        asio::co_spawn(m_reactor, ask(), asio::detached);
        m_reactor.run();
    }

    int status = 0;
    std::string body;
    std::string failed; ///< "timeout", "connect_failed" …; "" where an answer came

private:
    asio::awaitable<void> ask() {
        co_await call();
        m_client.closeIdle();
        m_deadlines.stop();
    }

    asio::awaitable<void> call() {
        http::UpstreamRequest request;
        request.method = "GET";
        request.target = m_path;
        for (const auto& [name, value] : m_headers)
            request.headers.emplace_back(name, value);
        const auto running =
            m_client.call(m_query.url.origin, std::move(request), {m_query.connectTimeout, m_query.patience});
        http::Deadlines::Entry limit(m_deadlines, [&running] { running->abort(); });
        limit.set(m_query.patience);
        const auto fail = [&](const http::Fault& fault) {
            failed = http::outcomeOf(limit.isPast() ? http::Fault::Kind::Timeout : fault.kind);
        };
        const auto opened = co_await running->open();
        if (!opened) {
            fail(opened.error());
            co_return;
        }
        status = running->head().status;
        while (true) {
            const auto more = co_await running->read(body);
            if (!more)
                fail(more.error());
            else if (body.size() > maxReplyBytes)
                failed = "too_large";
            else if (*more)
                continue;
            co_return;
        }
    }

    const ModelQuery& m_query;
    std::string m_path;
    std::vector<std::pair<std::string, std::string>> m_headers;
    asio::io_context m_reactor{1};
    http::Deadlines m_deadlines;
    http::Client m_client;
};

std::optional<std::int64_t> windowOf(const nlohmann::json& entry) {
    for (const char* key :
         {"context_window", "context_length", "max_model_len", "max_context_length", "max_input_tokens"}) {
        const auto found = entry.find(key);
        if (found != entry.end() && found->is_number_integer() && found->get<std::int64_t>() > 0)
            return found->get<std::int64_t>();
    }
    return std::nullopt;
}

} // namespace

Result<std::vector<OfferedModel>> offeredModels(std::string_view document) {
    const auto json = nlohmann::json::parse(document, nullptr, false);
    const nlohmann::json* list = json.is_array() ? &json : nullptr;
    for (const char* key : {"data", "models"}) {
        if (!list && json.is_object() && json.contains(key) && json[key].is_array())
            list = &json[key];
    }
    if (!list)
        return failure(ErrorCode::ParseFailed, "The provider's answer is no list of models.");
    std::vector<OfferedModel> models;
    for (const auto& entry : *list) {
        if (!entry.is_object())
            continue;
        const auto id = entry.find("id");
        if (id == entry.end() || !id->is_string() || id->get_ref<const std::string&>().empty())
            continue;
        models.push_back({id->get<std::string>(), windowOf(entry)});
    }
    return models;
}

Result<std::vector<OfferedModel>> askForModels(const ModelQuery& query) {
    Question question(query);
    question.run();
    const std::string host = query.url.origin.hostHeader();
    if (!question.failed.empty())
        return failure(ErrorCode::IoFailed,
                       host + " could not be asked. Check the address, the network and its proxy.",
                       question.failed);
    if (question.status == 401 || question.status == 403)
        return failure(ErrorCode::InvalidInput, host + " refuses the key. Check it in llm.json.",
                       "HTTP " + std::to_string(question.status));
    if (question.status != 200)
        return failure(ErrorCode::IoFailed, host + " does not tell which models it offers.",
                       "HTTP " + std::to_string(question.status));
    return offeredModels(question.body);
}

} // namespace tierdeck::gateway
