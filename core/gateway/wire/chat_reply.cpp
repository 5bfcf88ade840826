#include "core/gateway/wire/chat_reply.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/reply_dialects.h"

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

/// The document must not be looked into any further once a fault was found in it, or the parser goes on from
/// nowhere; what was found until then is thrown away with it.
bool find(od::document& document, od::object& object, std::string_view key, od::value& value) {
    return document.is_alive() && !object.find_field_unordered(key).get(value);
}

bool find(od::document& document, od::object& object, std::string_view key, od::object& inside) {
    od::value value;
    return find(document, object, key, value) && !value.get_object().get(inside);
}

bool find(od::document& document, od::object& object, std::string_view key, std::string_view& text) {
    od::value value;
    return find(document, object, key, value) && !value.get_string().get(text);
}

/// Beyond every count that is meant; sums of them stay far from overflow.
constexpr std::int64_t maxCount = 1'000'000'000'000;

std::int64_t number(od::document& document, od::object& object, std::string_view key) {
    od::value value;
    std::int64_t count = 0;
    if (!find(document, object, key, value) || value.get_int64().get(count))
        return 0;
    return std::clamp<std::int64_t>(count, 0, maxCount);
}

/// Chat counts cached and reasoning tokens inside prompt and completion; ours are disjoint.
pricing::TokenUsage readUsage(od::document& document, od::object& object) {
    pricing::TokenUsage usage;
    const auto prompt = number(document, object, "prompt_tokens");
    usage.output = number(document, object, "completion_tokens");
    od::object details;
    if (find(document, object, "prompt_tokens_details", details)) {
        usage.cachedInput = number(document, details, "cached_tokens");
        usage.cacheWrite5m = number(document, details, "cache_write_tokens");
    }
    if (usage.cachedInput == 0)
        usage.cachedInput = number(document, object, "prompt_cache_hit_tokens");
    if (find(document, object, "completion_tokens_details", details))
        usage.reasoning = std::min(number(document, details, "reasoning_tokens"), usage.output);
    usage.input = std::max<std::int64_t>(prompt - usage.cachedInput - usage.cacheWrite5m, 0);
    return usage;
}

std::string readErrorCode(od::document& document, od::value& value) {
    od::object object;
    od::value number;
    std::string_view text;
    std::int64_t status = 0;
    if (!value.get_object().get(object)) {
        if (find(document, object, "code", text) && !text.empty())
            return std::string(text);
        if (find(document, object, "code", number) && !number.get_int64().get(status))
            return std::to_string(status);
        if (find(document, object, "type", text) && !text.empty())
            return std::string(text);
    }
    return "error";
}

void countText(od::value& value, ReplyFacts& facts) {
    const auto raw = value.raw_json_token();
    std::string_view text;
    const auto error = value.get_string().get(text);
    if (error == simdjson::STRING_ERROR)
        text = raw.substr(1, raw.rfind('"') - 1); // half of a surrogate pair: the client's to judge
    else if (error)
        return;
    if (text.empty())
        return;
    facts.outputBytes += static_cast<std::int64_t>(text.size());
    facts.hasContent = true;
}

/// A function's name and arguments, whole or as far as this chunk brings them.
void countFunction(od::document& document, od::object& function, ReplyFacts& facts) {
    facts.hasContent = true;
    for (const std::string_view key : {"name", "arguments"}) {
        od::value value;
        if (find(document, function, key, value))
            countText(value, facts);
    }
}

void countCall(od::document& document, od::object& call, ReplyFacts& facts) {
    facts.hasContent = true;
    od::object function;
    if (find(document, call, "function", function))
        countFunction(document, function, facts);
}

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

/// `message` of a whole reply, `delta` of a chunk.
void readMessage(od::document& document, od::object& message, ReplyFacts& facts) {
    for (auto member : message) {
        std::string_view key;
        od::value value;
        if (member.unescaped_key().get(key) || member.value().get(value))
            return;
        if (key == "content" || key == "refusal" || key == "reasoning_content" || key == "reasoning") {
            countText(value, facts);
        } else if (key == "tool_calls" || key == "function_call") {
            od::array calls;
            od::object call;
            if (!value.get_array().get(calls)) {
                for (auto element : calls) {
                    if (!element.get_object().get(call))
                        countCall(document, call, facts);
                }
            } else if (!value.get_object().get(call)) {
                countFunction(document, call, facts);
            }
        }
    }
}

void readChoices(od::document& document, od::array& choices, std::string_view messageKey, ReplyFacts& facts,
                 bool& any) {
    for (auto element : choices) {
        any = true;
        od::object choice;
        if (element.get_object().get(choice))
            return;
        od::object message;
        std::string_view reason;
        if (find(document, choice, messageKey, message))
            readMessage(document, message, facts);
        if (find(document, choice, "finish_reason", reason)) {
            facts.finishReason = reason;
            facts.stop = chatStopReason(reason);
        }
    }
}

/// What was found at the top of one reply or chunk.
struct Top {
    bool hasChoices = false;
    bool anyChoice = false;
    bool hasUsage = false; ///< the member stands there, if only as null
    Span usageMember;      ///< its key and value
    bool first = false;    ///< it is the object's first member
};

bool readTop(od::parser& parser, std::string_view json, std::string_view messageKey, ReplyFacts& facts,
             Top& top) {
    od::document document;
    const simdjson::padded_string_view padded(json.data(), json.size(), json.size() + bodyPadding);
    od::object object;
    if (parser.iterate(padded).get(document) || document.get_object().get(object))
        return false;
    bool first = true;
    for (auto member : object) {
        std::string_view key;
        od::value value;
        od::raw_json_string rawKey;
        if (member.key().get(rawKey) || member.unescaped_key().get(key) || member.value().get(value))
            return false;
        if (key == "choices") {
            od::array choices;
            if (value.get_array().get(choices))
                return false;
            top.hasChoices = true;
            readChoices(document, choices, messageKey, facts, top.anyChoice);
        } else if (key == "usage") {
            top.hasUsage = true;
            top.first = first;
            top.usageMember.begin = static_cast<std::size_t>(rawKey.raw() - json.data()) - 1;
            std::string_view text = value.raw_json_token();
            od::object usage;
            if (!value.get_object().get(usage)) {
                facts.usage = readUsage(document, usage);
                if (!document.is_alive() || usage.reset().error() || usage.raw_json().get(text))
                    return false;
            }
            top.usageMember.end = static_cast<std::size_t>(trimmed(text).end() - json.begin());
        } else if (key == "id" && facts.id.empty()) {
            std::string_view text;
            if (!value.get_string().get(text))
                facts.id = text;
        } else if (key == "model" && facts.model.empty()) {
            std::string_view text;
            if (!value.get_string().get(text))
                facts.model = text;
        } else if (key == "error") {
            bool null = false;
            if (value.is_null().get(null) || !null)
                facts.errorCode = readErrorCode(document, value);
        }
        first = false;
    }
    const char* rest = nullptr;
    return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
}

void appendWithoutUsage(const SseEvent& event, const Top& top, std::string& out) {
    const auto& data = event.data;
    auto [begin, end] = top.usageMember;
    if (top.first) {
        while (end < data.size() && isSpace(data[end]))
            ++end;
        if (end < data.size() && data[end] == ',')
            ++end;
    } else {
        while (begin > 0 && isSpace(data[begin - 1]))
            --begin;
        if (begin > 0 && data[begin - 1] == ',')
            --begin;
    }
    const bool oneLine = data.begin() >= event.bytes.begin() && data.end() <= event.bytes.end();
    if (oneLine) {
        const auto offset = static_cast<std::size_t>(data.begin() - event.bytes.begin());
        out.append(event.bytes.substr(0, offset + begin)).append(event.bytes.substr(offset + end));
        return;
    }
    // Its lines were joined by line feeds, which JSON has between its tokens only.
    const auto from = out.size() + 6;
    out.append("data: ").append(data.substr(0, begin)).append(data.substr(end));
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), '\n', ' ');
    out.append("\n\n");
}

od::parser& threadParser() {
    thread_local od::parser parser;
    return parser;
}

nlohmann::json errorObject(std::string_view message, std::string_view type, std::string_view code) {
    return {{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}}}};
}

std::string dumped(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::optional<ReplyFacts> readChatReply(std::string_view body) {
    ReplyFacts facts;
    Top top;
    if (!readTop(threadParser(), body, "message", facts, top))
        return std::nullopt;
    if (!top.hasChoices && facts.errorCode.empty())
        return std::nullopt;
    return facts;
}

void ChatStream::feed(std::string_view bytes, std::string& out) {
    m_reader.feed(bytes, [&](const SseEvent& sse) { event(sse, out); });
    m_broken = m_broken || m_reader.isBroken();
}

void ChatStream::event(const SseEvent& event, std::string& out) {
    if (m_done || m_broken)
        return;
    if (!event.hasData) {
        out.append(event.bytes);
        return;
    }
    if (event.data == "[DONE]") {
        m_done = true;
        return;
    }
    Top top;
    const auto bytesBefore = m_facts.outputBytes;
    const bool hadContent = m_facts.hasContent;
    if (!readTop(threadParser(), event.data, "delta", m_facts, top) ||
        (!top.hasChoices && m_facts.errorCode.empty() && !top.hasUsage)) {
        m_facts.outputBytes = bytesBefore; // the client gets nothing of it
        m_facts.hasContent = hadContent;
        m_broken = true;
        return;
    }
    if (m_clientWantsUsage || !top.hasUsage) {
        out.append(event.bytes);
        return;
    }
    // The client did not ask for usage, so it must not see that we did: neither the chunk that carries it nor
    // the member of the others.
    if (top.anyChoice)
        appendWithoutUsage(event, top, out);
}

void ChatStream::breakOff(const ReplyError& error, std::string& out) {
    const auto own = errorFor(Dialect::Chat, error);
    out += chatErrorEvent(own.message, own.type, own.code);
}

std::string chatError(std::string_view message, std::string_view type, std::string_view code) {
    return dumped(errorObject(message, type, code));
}

std::string chatErrorEvent(std::string_view message, std::string_view type, std::string_view code) {
    return "data: " + chatError(message, type, code) + "\n\n";
}

std::string chatCompletion(const OwnReply& reply) {
    const nlohmann::json document{
        {"id", reply.id},
        {"object", "chat.completion"},
        {"created", reply.createdSeconds},
        {"model", reply.model},
        {"choices",
         {{{"index", 0},
           {"message", {{"role", "assistant"}, {"content", reply.text}}},
           {"finish_reason", "stop"}}}},
        {"usage", {{"prompt_tokens", 0}, {"completion_tokens", 0}, {"total_tokens", 0}}}};
    return dumped(document);
}

std::string chatCompletionStream(const OwnReply& reply, bool withUsage) {
    const auto chunk = [&](const nlohmann::json& choices) {
        return nlohmann::json{{"id", reply.id},
                              {"object", "chat.completion.chunk"},
                              {"created", reply.createdSeconds},
                              {"model", reply.model},
                              {"choices", choices}};
    };
    using Json = nlohmann::json;
    std::string out;
    const auto send = [&](const Json& json) { out += "data: " + dumped(json) + "\n\n"; };
    const auto choice = [](const Json& delta, const Json& finish) {
        return Json::array({{{"index", 0}, {"delta", delta}, {"finish_reason", finish}}});
    };
    send(chunk(choice({{"role", "assistant"}, {"content", reply.text}}, nullptr)));
    send(chunk(choice(Json::object(), "stop")));
    if (withUsage) {
        auto last = chunk(Json::array());
        last["usage"] = {{"prompt_tokens", 0}, {"completion_tokens", 0}, {"total_tokens", 0}};
        send(last);
    }
    return out;
}

} // namespace tierdeck::gateway::wire
