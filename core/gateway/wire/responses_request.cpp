#include "core/gateway/wire/responses_request.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/model_traits.h"
#include "core/gateway/wire/request_scanner.h"

namespace tierdeck::gateway::wire {

namespace {

class ResponsesScanner : public RequestScanner {
public:
    ResponsesScanner(std::string_view body, ScannedRequest& out)
        : RequestScanner(Dialect::Responses, body, out) {}

    /// A conversation or template that the provider keeps, to which the input only adds.
    [[nodiscard]] bool hasStoredInput() const { return m_hasStoredInput; }

private:
    Result<void> readMember(std::string_view key, Value& value) override {
        if (key == "model")
            return readModel(value);
        if (key == "input") {
            std::string_view raw = value.raw_json_token();
            if (!raw.starts_with('"'))
                return isNull(value) ? Result<void>() : readConversation(value, key);
            if (m_hasConversation)
                return invalidBody("The body has its messages twice. Send `input` once.");
            return readSoleText(value);
        }
        if (key == "instructions")
            return isNull(value) ? Result<void>() : readSystem(value);
        if (key == "stream") {
            bool stream = false;
            m_out.stream = !value.get_bool().get(stream) && stream;
        } else if (key == "temperature") {
            readTemperature(value);
        } else if (key == "reasoning") {
            m_out.hasReasoning = false;
            auto done = readPlace(value, m_out.reasoning, "effort", [&](auto name, Value& inner) {
                m_out.hasReasoning = m_out.hasReasoning || (name == "effort" && !isNull(inner));
            });
            if (!done)
                return invalidBody("`reasoning` must be an object.");
        } else if (key == "max_output_tokens") {
            readMaxTokens(value);
        } else if (key == "text") {
            Object text;
            Object format;
            m_out.asksForSchema = !value.get_object().get(text) && find(text, "format", format) &&
                                  textOf(format, "type") == "json_schema";
        } else if (key == "tools") {
            countTools(value);
        } else if (key == "metadata") {
            return readMetadata(value);
        } else if (key == "client_metadata") {
            return readClientMetadata(value);
        } else if (key == "prompt_cache_key") {
            m_out.promptCacheKey = textOf(value);
        } else if (key == "store") {
            bool store = true;
            m_out.keepsReply = value.get_bool().get(store) || store;
        } else if (key == "previous_response_id") {
            m_out.previousResponse = textOf(value);
            m_hasStoredInput = m_hasStoredInput || !m_out.previousResponse.empty();
        } else if (key == "conversation" || key == "prompt") {
            m_hasStoredInput = m_hasStoredInput || !isNull(value);
        }
        return {};
    }

    Result<void> readClientMetadata(Value& value) {
        Object object;
        if (value.get_object().get(object))
            return {};
        for (auto member : object) {
            std::string_view key;
            Value inner;
            if (member.unescaped_key().get(key) || member.value().get(inner))
                return invalidBody("`client_metadata` is not valid JSON.");
            if (key == "session_id")
                m_out.clientSession = textOf(inner);
            else if (key == "thread_id")
                m_out.clientThread = textOf(inner);
            else if (key == "x-codex-parent-thread-id")
                m_out.clientParent = textOf(inner);
            else if (key == "x-openai-subagent")
                m_out.clientSubagent = textOf(inner);
            else if (key == "x-codex-turn-metadata")
                m_out.clientTurn = textOf(inner);
        }
        return {};
    }

    void readReference(Object& item) {
        ItemReference reference{std::string(textOf(item, "id")), {}};
        const auto whole = wholeOf(item);
        if (!whole || reference.id.empty())
            return;
        reference.span = *whole;
        m_out.references.push_back(std::move(reference));
    }

    /// A message may leave its type out; whatever else an item is, it is no one's words.
    Result<Speaker> speakerOf(Object& item) override {
        const auto kind = textOf(item, "type");
        if (!kind.empty() && kind != "message") {
            if (kind == "reasoning")
                return Speaker::Thinking;
            if (kind == "item_reference")
                readReference(item);
            return kind.ends_with("_output") ? Speaker::Tool : Speaker::Other;
        }
        const auto role = textOf(item, "role");
        if (role == "user")
            return Speaker::User;
        if (role == "system" || role == "developer")
            return Speaker::System;
        return role == "assistant" ? Speaker::Assistant : Speaker::Other;
    }

    bool m_hasStoredInput = false;
};

} // namespace

Result<ScannedRequest> scanResponsesRequest(std::string_view body) {
    Result<ScannedRequest> scanned;
    ResponsesScanner scanner(body, *scanned);
    auto done = scanner.run();
    if (done && scanned->messages == 0 && !scanner.hasStoredInput())
        done = invalidBody("`input` is missing or empty.");
    if (!done)
        scanned = tl::unexpected(std::move(done.error()));
    return scanned;
}

std::vector<Splice> responsesSplices(const ScannedRequest& scanned, const BodyChanges& changes) {
    SpliceBuilder builder(scanned);
    if (changes.temperature && !scanned.hasTemperature)
        builder.addOrReplace("temperature", shortestNumber(*changes.temperature), scanned.nullTemperature);
    if (!changes.reasoning.empty() && !scanned.hasReasoning)
        builder.set("reasoning", "effort", jsonQuoted(changes.reasoning), scanned.reasoning);
    builder.append(changes.removeReasoning ? scanned.reasoningSplices : scanned.carriedSplices);
    builder.append(scanned.commandSplices);
    return builder.finish(changes.model);
}

} // namespace tierdeck::gateway::wire
