#include "core/gateway/own_question.h"

#include "core/gateway/exchange.h"
#include "core/gateway/wire/model_traits.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;

/// In the dialect that says most about reasoning; it is translated for providers that speak another.
std::string bodyOf(const OwnQuestion::Settings& settings) {
    Json body{{"model", settings.model.text()},
              {"instructions", settings.instructions},
              {"input", settings.text},
              {"max_output_tokens", settings.maxTokens}};
    if (const auto effort = wire::effortFor(settings.model.text(), "none"); !effort.empty())
        body["reasoning"] = {{"effort", effort}};
    auto text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.reserve(text.size() + wire::bodyPadding);
    return text;
}

/// All text of a Responses reply.
std::string textOf(const std::string& body) {
    std::string text;
    const auto json = Json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains("output"))
        return text;
    for (const auto& item : json["output"]) {
        if (!item.is_object() || !item.contains("content"))
            continue;
        for (const auto& part : item["content"]) {
            if (part.is_object() && part.value("type", Json()) == "output_text" && part.contains("text") &&
                part["text"].is_string())
                text += part["text"].get_ref<const std::string&>();
        }
    }
    return text;
}

} // namespace

OwnQuestion::OwnQuestion(Reactor& reactor, const wire::Identity& asker, const http::Head& head,
                         Settings settings)
    : m_reactor(reactor)
    , m_identity(asker)
    , m_head(head)
    , m_settings(std::move(settings)) {
    m_identity.parentAgent = asker.agent;
    m_identity.agent = m_settings.agent;
    m_identity.agentSource = "tierdeck";
    m_identity.client = "tierdeck";
    m_identity.clientSource = "tierdeck";
    m_identity.isBackground = true;
}

asio::awaitable<Result<std::string>> OwnQuestion::ask() {
    const auto body = bodyOf(m_settings);
    http::Head head;
    head.method = "POST";
    head.target = "/v1/responses";
    head.headers = {{"content-type", "application/json"}};
    for (const std::string_view name : {"authorization", "x-api-key"}) {
        if (m_head.has(name))
            head.headers.push_back({name, m_head.find(name)});
    }
    http::Deadlines::Entry timeout(m_reactor.deadlines, [this] { m_reply.giveUp(); });
    timeout.set(m_settings.timeout);
    {
        Exchange exchange(m_reactor, wire::Dialect::Responses, head, body, m_reply, &m_identity);
        co_await exchange.run();
    }
    if (timeout.isPast())
        co_return failure(ErrorCode::NetworkFailed,
                          "no answer within " + std::to_string(m_settings.timeout.count()) + " ms");
    if (m_reply.status() != 200 || !m_reply.isWhole())
        co_return failure(ErrorCode::NetworkFailed,
                          m_settings.model.text() + " answered " + std::to_string(m_reply.status()));
    co_return textOf(m_reply.body());
}

} // namespace tierdeck::gateway
