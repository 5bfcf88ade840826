#include "core/gateway/wire/chat_request.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/request_scanner.h"

namespace tierdeck::gateway::wire {

namespace {

class ChatScanner : public RequestScanner {
public:
    ChatScanner(std::string_view body, ScannedRequest& out)
        : RequestScanner(Dialect::Chat, body, out) {}

private:
    Result<void> readMember(std::string_view key, Value& value) override {
        if (key == "model")
            return readModel(value);
        if (key == "messages")
            return readConversation(value, key);
        if (key == "stream") {
            bool stream = false;
            m_out.stream = !value.get_bool().get(stream) && stream;
        } else if (key == "stream_options") {
            m_out.includeUsage = false;
            auto done = readPlace(value, m_out.streamOptions, "include_usage", [&](auto name, Value& inner) {
                bool include = false;
                if (name == "include_usage")
                    m_out.includeUsage = !inner.get_bool().get(include) && include;
            });
            if (!done)
                return invalidBody("`stream_options` must be an object.");
        } else if (key == "temperature") {
            readTemperature(value);
        } else if (key == "reasoning_effort") {
            m_out.nullReasoning = spanIfNull(value);
            m_out.hasReasoning = m_out.hasReasoning || !m_out.nullReasoning;
        } else if (key == "logprobs") {
            m_out.nullLogprobs = spanIfNull(value);
            m_out.hasLogprobs = !m_out.nullLogprobs;
        } else if (key == "reasoning" || key == "thinking") {
            m_out.hasReasoning = m_out.hasReasoning || !isNull(value);
        } else if (key == "max_tokens" || key == "max_completion_tokens") {
            readMaxTokens(value);
        } else if (key == "response_format") {
            Object format;
            m_out.asksForSchema = !value.get_object().get(format) && textOf(format, "type") == "json_schema";
        } else if (key == "tools") {
            countTools(value);
        } else if (key == "metadata") {
            return readMetadata(value);
        } else if (key == "prompt_cache_key") {
            m_out.promptCacheKey = textOf(value);
        } else if (key == "models") {
            readModels(value);
        } else if (key == "provider") {
            readProvider(value);
        }
        return {};
    }

    Result<Speaker> speakerOf(Object& message) override {
        const auto role = textIn(message, "role");
        if (!role)
            return invalidBody("A message has no `role`.");
        if (role == "user")
            return Speaker::User;
        if (role == "system" || role == "developer")
            return Speaker::System;
        return role == "assistant" ? Speaker::Assistant : role == "tool" ? Speaker::Tool : Speaker::Other;
    }

    /// OpenRouter's list of models, which may also be one name.
    void readModels(Value& value) {
        m_out.models.clear();
        auto end = tokenSpan(value).end;
        Array names;
        if (!value.get_array().get(names)) {
            for (auto element : names) {
                std::string_view name;
                if (!element.get_string().get(name) && !name.empty())
                    m_out.models.emplace_back(name);
            }
            if (const auto whole = wholeOf(names))
                end = whole->end;
        }
        cutMember(end, m_out.openRouterSplices);
    }

    void readProvider(Value& value) {
        m_out.providerJson.clear();
        auto end = tokenSpan(value).end;
        Object wishes;
        if (const auto whole = value.get_object().get(wishes) ? std::nullopt : wholeOf(wishes)) {
            m_out.providerJson = m_body.substr(whole->begin, whole->end - whole->begin);
            end = whole->end;
        }
        cutMember(end, m_out.openRouterSplices);
    }
};

} // namespace

Result<ScannedRequest> scanChatRequest(std::string_view body) {
    Result<ScannedRequest> scanned;
    auto done = ChatScanner(body, *scanned).run();
    if (done && scanned->messages == 0)
        done = invalidBody("`messages` is missing or empty.");
    if (!done)
        scanned = tl::unexpected(std::move(done.error()));
    return scanned;
}

std::vector<Splice> chatSplices(const ScannedRequest& scanned, const BodyChanges& changes) {
    SpliceBuilder builder(scanned);
    if (changes.temperature && !scanned.hasTemperature)
        builder.addOrReplace("temperature", shortestNumber(*changes.temperature), scanned.nullTemperature);
    if (!changes.reasoning.empty() && !scanned.hasReasoning)
        builder.addOrReplace("reasoning_effort", jsonQuoted(changes.reasoning), scanned.nullReasoning);
    if (changes.requestLogprobs && !scanned.hasLogprobs)
        builder.addOrReplace("logprobs", "true", scanned.nullLogprobs);
    if (changes.requestUsage && scanned.stream && !scanned.includeUsage)
        builder.set("stream_options", "include_usage", "true", scanned.streamOptions);
    if (changes.removeOpenRouter)
        builder.append(scanned.openRouterSplices);
    builder.append(scanned.commandSplices);
    return builder.finish(changes.model);
}

} // namespace tierdeck::gateway::wire
