#include "core/gateway/wire/chat_reply.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/json_chars.h"
#include "core/gateway/wire/reply_dialects.h"

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

/// Calls `visit` with each member until it returns false; false then, and where the object has a fault.
/// Nothing may be asked of a document once a fault was found in it, and lookups by name stumble over faults
/// that going from member to member finds.
template <class Visit>
bool eachMember(od::object& object, const Visit& visit) {
    for (auto member : object) {
        std::string_view key;
        od::value value;
        if (member.unescaped_key().get(key) || member.value().get(value) || !visit(key, value))
            return false;
    }
    return true;
}

template <class Visit>
bool eachObject(od::array& array, const Visit& visit) {
    for (auto element : array) {
        od::value value;
        od::object object;
        if (element.get(value) || (!value.get_object().get(object) && !visit(object)))
            return false;
    }
    return true;
}

/// Beyond every count that is meant; sums of them stay far from overflow.
constexpr std::int64_t maxCount = 1'000'000'000'000;

std::int64_t countOf(od::value& value) {
    std::int64_t count = 0;
    return value.get_int64().get(count) ? 0 : std::clamp<std::int64_t>(count, 0, maxCount);
}

/// Chat counts cached and reasoning tokens inside prompt and completion; ours are disjoint.
bool readUsage(od::object& object, pricing::TokenUsage& usage) {
    std::int64_t prompt = 0;
    std::int64_t cacheHits = 0; // as DeepSeek has it
    const bool sound = eachMember(object, [&](std::string_view key, od::value& value) {
        od::object details;
        if (key == "prompt_tokens") {
            prompt = countOf(value);
        } else if (key == "completion_tokens") {
            usage.output = countOf(value);
        } else if (key == "prompt_cache_hit_tokens") {
            cacheHits = countOf(value);
        } else if (key == "prompt_tokens_details" && !value.get_object().get(details)) {
            return eachMember(details, [&](std::string_view name, od::value& count) {
                if (name == "cached_tokens")
                    usage.cachedInput = countOf(count);
                else if (name == "cache_write_tokens")
                    usage.cacheWrite5m = countOf(count);
                return true;
            });
        } else if (key == "completion_tokens_details" && !value.get_object().get(details)) {
            return eachMember(details, [&](std::string_view name, od::value& count) {
                if (name == "reasoning_tokens")
                    usage.reasoning = countOf(count);
                return true;
            });
        } else if (key == "server_tool_use" && !value.get_object().get(details)) {
            return eachMember(details, [&](std::string_view name, od::value& count) {
                if (name == "web_search_requests")
                    usage.webSearches = countOf(count);
                return true;
            });
        }
        return true;
    });
    if (usage.cachedInput == 0)
        usage.cachedInput = cacheHits;
    usage.reasoning = std::min(usage.reasoning, usage.output);
    usage.input = std::max<std::int64_t>(prompt - usage.cachedInput - usage.cacheWrite5m, 0);
    return sound;
}

bool readErrorCode(od::value& value, std::string& code) {
    od::object object;
    std::string type;
    bool sound = true;
    if (!value.get_object().get(object)) {
        sound = eachMember(object, [&](std::string_view key, od::value& member) {
            std::string_view text;
            std::int64_t status = 0;
            if (key == "code" && !member.get_string().get(text))
                code = text;
            else if (key == "code" && !member.get_int64().get(status))
                code = std::to_string(status);
            else if (key == "type" && !member.get_string().get(text))
                type = text;
            return true;
        });
    }
    if (code.empty())
        code = type.empty() ? "error" : type;
    return sound;
}

void countText(od::value& value, ReplyFacts& facts) {
    const auto raw = value.raw_json_token();
    std::string_view text;
    if (const auto plain = plainIn(raw)) {
        text = *plain;
    } else if (const auto error = value.get_string().get(text)) {
        if (error != simdjson::STRING_ERROR)
            return;
        text = raw.substr(1, raw.rfind('"') - 1); // half of a surrogate pair: the client's to judge
    }
    if (text.empty())
        return;
    facts.outputBytes += static_cast<std::int64_t>(text.size());
    facts.hasContent = true;
}

/// A function's name and arguments, whole or as far as this chunk brings them.
bool countFunction(od::object& function, ReplyFacts& facts) {
    facts.hasContent = true;
    return eachMember(function, [&](std::string_view key, od::value& value) {
        if (key == "name" || key == "arguments" || key == "input")
            countText(value, facts);
        return true;
    });
}

bool countCall(od::object& call, ReplyFacts& facts) {
    facts.hasContent = true;
    return eachMember(call, [&](std::string_view key, od::value& value) {
        od::object function;
        if ((key == "function" || key == "custom") && !value.get_object().get(function))
            return countFunction(function, facts);
        return true;
    });
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
bool readMessage(od::object& message, ReplyFacts& facts) {
    return eachMember(message, [&](std::string_view key, od::value& value) {
        if (key == "content" || key == "refusal" || key == "reasoning_content" || key == "reasoning") {
            countText(value, facts);
        } else if (key == "tool_calls" || key == "function_call") {
            od::array calls;
            od::object call;
            if (!value.get_array().get(calls))
                return eachObject(calls, [&](od::object& one) { return countCall(one, facts); });
            if (!value.get_object().get(call))
                return countFunction(call, facts);
        }
        return true;
    });
}

bool readChoices(od::array& choices, std::string_view messageKey, ReplyFacts& facts, bool& any) {
    return eachObject(choices, [&](od::object& choice) {
        any = true;
        return eachMember(choice, [&](std::string_view key, od::value& value) {
            od::object message;
            std::string_view reason;
            if (key == messageKey && !value.get_object().get(message))
                return readMessage(message, facts);
            if (key == "finish_reason" && !value.get_string().get(reason)) {
                facts.finishReason = reason;
                facts.stop = chatStopReason(reason);
            }
            return true;
        });
    });
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
            if (!readChoices(choices, messageKey, facts, top.anyChoice))
                return false;
        } else if (key == "usage") {
            top.hasUsage = true;
            top.first = first;
            top.usageMember.begin = static_cast<std::size_t>(rawKey.raw() - json.data()) - 1;
            std::string_view text = value.raw_json_token();
            od::object usage;
            if (!value.get_object().get(usage)) {
                facts.usage.emplace();
                if (!readUsage(usage, *facts.usage) || usage.reset().error() || usage.raw_json().get(text))
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
            if ((value.is_null().get(null) || !null) && !readErrorCode(value, facts.errorCode))
                return false;
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
    std::optional<ReplyFacts> facts(std::in_place);
    Top top;
    if (!readTop(threadParser(), body, "message", *facts, top) ||
        (!top.hasChoices && facts->errorCode.empty()))
        facts.reset();
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
    m_brokenOff = true;
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
