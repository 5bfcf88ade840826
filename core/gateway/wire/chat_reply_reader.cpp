// Reads replies of OpenAI Chat Completions, in the spelling of the many who speak it. Nothing in this dialect
// says where a text or a call ends: a text ends where something else begins, a call when its JSON is complete
// and another one has begun.
#include "core/gateway/wire/reply_dialects.h"
#include "core/gateway/wire/reply_json.h"

#include <utility>
#include <vector>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

/// Chat counts cached and reasoning tokens inside prompt and completion; ours are disjoint.
pricing::TokenUsage readUsage(od::object& object) {
    pricing::TokenUsage usage;
    const auto prompt = json::countOrZero(object, "prompt_tokens");
    usage.output = json::countOrZero(object, "completion_tokens");
    od::object details;
    if (json::find(object, "prompt_tokens_details", details)) {
        usage.cachedInput = json::countOrZero(details, "cached_tokens");
        usage.cacheWrite5m = json::countOrZero(details, "cache_write_tokens");
    }
    if (usage.cachedInput == 0)
        usage.cachedInput = json::countOrZero(object, "prompt_cache_hit_tokens");
    if (json::find(object, "completion_tokens_details", details))
        usage.reasoning = std::min(json::countOrZero(details, "reasoning_tokens"), usage.output);
    if (json::find(object, "server_tool_use", details))
        usage.webSearches = json::countOrZero(details, "web_search_requests");
    usage.input = std::max<std::int64_t>(prompt - usage.cachedInput - usage.cacheWrite5m, 0);
    return usage;
}

/// Whether JSON that comes in pieces has closed all that it opened.
class Completeness {
public:
    void feed(Escaped piece) {
        const auto json = piece.json;
        for (std::size_t at = 0; at < json.size(); ++at) {
            char c = json[at];
            if (c == '\\') {
                c = json[++at];
                if (c == 'u')
                    at += 4; // no structure is written so
                if (c != '"' && c != '\\')
                    c = ' ';
            }
            take(c);
        }
    }

    [[nodiscard]] bool isComplete() const { return m_closed && m_depth == 0; }

private:
    void take(char c) {
        if (m_inString) {
            if (m_escaped)
                m_escaped = false;
            else if (c == '\\')
                m_escaped = true;
            else if (c == '"')
                m_inString = false;
        } else if (c == '"') {
            m_inString = true;
        } else if (c == '{' || c == '[') {
            ++m_depth;
        } else if (c == '}' || c == ']') {
            --m_depth;
            m_closed = true;
        }
    }

    std::int64_t m_depth = 0;
    bool m_closed = false;
    bool m_inString = false;
    bool m_escaped = false;
};

class ChatReader final : public ReplyReader {
private:
    enum class Kind { None, Text, Refusal, Reasoning };

    struct Call {
        std::int64_t index = 0;
        int part = 0;
        std::string id; ///< escaped, as the next
        std::string name;
        bool isFreeform = false;
        bool isTold = false; ///< the sink knows it
        bool isOver = false;
        Completeness json;
    };

    void readEvent(const SseEvent& event, ReplySink& sink) override {
        if (event.data == "[DONE]") {
            finish(sink);
            return;
        }
        m_broken = !readObject(event.data, sink) || m_broken;
    }

    void readEnd(ReplySink& sink) override {
        if (m_hasStop)
            finish(sink);
    }

    bool readBody(std::string_view body, ReplySink& sink) override {
        m_isWhole = true;
        if (!readObject(body, sink) || (!m_hasChoices && !m_failed))
            return false;
        finish(sink);
        return true;
    }

    bool readObject(std::string_view text, ReplySink& sink) {
        od::document document;
        od::object object;
        if (!json::parse(text, document, object))
            return false;
        if (!m_started) {
            start(object, sink);
            if (object.reset().error())
                return false;
        }
        bool known = false;
        for (auto member : object) {
            std::string_view key;
            od::value value;
            if (member.unescaped_key().get(key) || member.value().get(value))
                return false;
            if (key == "choices") {
                od::array choices;
                if (value.get_array().get(choices))
                    return false;
                known = m_hasChoices = true;
                readChoices(choices, sink);
            } else if (key == "usage") {
                known = true;
                od::object usage;
                if (!value.get_object().get(usage)) {
                    const auto told = readUsage(usage);
                    sink.take(reply::Usage{told});
                }
            } else if (key == "error") {
                if (!json::isNull(value)) {
                    known = m_failed = true;
                    json::tellError(value, sink);
                }
            }
        }
        return known;
    }

    /// Chunks repeat id and model; the first that has them counts.
    void start(od::object& object, ReplySink& sink) {
        reply::Started started;
        started.id = json::text(object, "id");
        started.model = json::text(object, "model");
        started.createdSeconds = json::countOrZero(object, "created");
        if (started.id.empty() && started.model.empty())
            return;
        m_started = true;
        sink.take(started);
    }

    void readChoices(od::array& choices, ReplySink& sink) {
        for (auto element : choices) {
            od::object choice;
            if (element.get_object().get(choice))
                return;
            if (json::number(choice, "index", 0) != 0)
                continue; // the other dialects have one reply only
            od::object message;
            const bool found =
                m_isWhole ? json::find(choice, "message", message)
                          : json::find(choice, "delta", message) || json::find(choice, "message", message);
            if (found && m_isWhole) {
                // Thoughts come before what they led to, wherever they stand.
                readMessage(message, Members::Thoughts, sink);
                if (!message.reset().error())
                    readMessage(message, Members::Rest, sink);
            } else if (found) {
                readMessage(message, Members::All, sink);
            }
            if (const auto reason = json::text(choice, "finish_reason"); !reason.empty()) {
                // Some say it again in a last chunk of its own, in other words.
                if (!m_hasStop || chatStopReason(reason.json) == StopReason::ToolCalls)
                    m_stop = reason.json;
                m_hasStop = true;
            }
        }
    }

    enum class Members { All, Thoughts, Rest };

    static bool isThought(std::string_view key) {
        return key == "reasoning_content" || key == "reasoning" || key == "reasoning_details";
    }

    void readMessage(od::object& message, Members which, ReplySink& sink) {
        bool hasReasoning = false;
        for (auto member : message) {
            std::string_view key;
            od::value value;
            if (member.unescaped_key().get(key) || member.value().get(value)) {
                m_broken = true;
                return;
            }
            if (which != Members::All && isThought(key) != (which == Members::Thoughts))
                continue;
            if (isThought(key))
                readThought(key, value, hasReasoning, sink);
            else
                readMember(key, value, sink);
        }
    }

    void readMember(std::string_view key, od::value& value, ReplySink& sink) {
        od::array list;
        if (key == "content") {
            readContent(value, sink);
        } else if (key == "refusal") {
            if (const auto text = json::text(value).value_or(Escaped()); !text.empty())
                sink.take(reply::Refusal{switchTo(Kind::Refusal, sink), text});
        } else if (key == "tool_calls") {
            if (!value.get_array().get(list))
                readCalls(list, sink);
        } else if (key == "function_call") {
            od::object call;
            if (!value.get_object().get(call))
                readFunction(callAt(-1, {}, {}, sink), call, "arguments", sink);
        } else if (key == "annotations") {
            if (!value.get_array().get(list))
                readAnnotations(list, sink);
        } else if ((key == "audio" || key == "images") && !json::isNull(value)) {
            sink.take(reply::Dropped{"sound or pictures"});
        }
    }

    /// Some send the same in two spellings.
    void readThought(std::string_view key, od::value& value, bool& hasReasoning, ReplySink& sink) {
        if (key == "reasoning_details") {
            od::array details;
            if (!value.get_array().get(details))
                readReasoningDetails(details, hasReasoning, sink);
            return;
        }
        const auto text = json::text(value).value_or(Escaped());
        if (text.empty() || std::exchange(hasReasoning, true))
            return;
        sink.take(reply::Reasoning{switchTo(Kind::Reasoning, sink), text});
    }

    /// A text, or (Mistral) a list of texts and thoughts.
    void readContent(od::value& value, ReplySink& sink) {
        od::array parts;
        od::json_type type{};
        if (value.type().get(type))
            return;
        if (type != od::json_type::array) {
            if (const auto text = json::text(value).value_or(Escaped()); !text.empty())
                sink.take(reply::Text{switchTo(Kind::Text, sink), text});
            return;
        }
        if (value.get_array().get(parts))
            return;
        for (auto element : parts) {
            od::object part;
            if (element.get_object().get(part))
                continue;
            const auto kind = json::text(part, "type").json;
            if (kind == "text") {
                if (const auto text = json::text(part, "text"); !text.empty())
                    sink.take(reply::Text{switchTo(Kind::Text, sink), text});
            } else if (kind == "thinking") {
                od::array thoughts;
                if (part.find_field_unordered("thinking").get_array().get(thoughts)) {
                    if (const auto text = json::text(part, "thinking"); !text.empty())
                        sink.take(reply::Reasoning{switchTo(Kind::Reasoning, sink), text});
                    continue;
                }
                for (auto thought : thoughts) {
                    od::object object;
                    if (thought.get_object().get(object))
                        continue;
                    if (const auto text = json::text(object, "text"); !text.empty())
                        sink.take(reply::Reasoning{switchTo(Kind::Reasoning, sink), text});
                }
            } else {
                sink.take(reply::Dropped{"sound or pictures"});
            }
        }
    }

    /// OpenRouter's: the same text as `reasoning` beside it, and what seals it.
    void readReasoningDetails(od::array& details, bool& hasReasoning, ReplySink& sink) {
        const bool textIsTold = hasReasoning;
        for (auto element : details) {
            od::object detail;
            if (element.get_object().get(detail))
                continue;
            for (const std::string_view key : {"text", "summary"}) {
                const auto text = json::text(detail, key);
                if (text.empty() || textIsTold)
                    continue;
                hasReasoning = true;
                sink.take(reply::Reasoning{switchTo(Kind::Reasoning, sink), text});
            }
            if (const auto signature = json::text(detail, "signature"); !signature.empty())
                sink.take(reply::Seal{
                    switchTo(Kind::Reasoning, sink), SealKind::Signature, signature, {}, Dialect::Chat});
            else if (const auto data = json::text(detail, "data"); !data.empty())
                sink.take(reply::Seal{
                    switchTo(Kind::Reasoning, sink), SealKind::Encrypted, data, {}, Dialect::Chat});
        }
    }

    void readAnnotations(od::array& annotations, ReplySink& sink) {
        for (auto element : annotations) {
            od::object annotation;
            od::object page;
            if (element.get_object().get(annotation))
                continue;
            if (!json::find(annotation, "url_citation", page))
                continue;
            reply::Citation citation;
            citation.url = json::text(page, "url");
            citation.title = json::text(page, "title");
            citation.begin = json::countOrZero(page, "start_index");
            citation.end = json::countOrZero(page, "end_index");
            if (citation.url.empty() || (m_kind != Kind::Text && !m_calls.empty()))
                continue;
            citation.part = switchTo(Kind::Text, sink);
            sink.take(citation);
        }
    }

    void readCalls(od::array& calls, ReplySink& sink) {
        std::int64_t position = 0;
        for (auto element : calls) {
            od::object object;
            if (element.get_object().get(object))
                continue;
            const auto id = json::text(object, "id");
            auto index = json::number(object, "index", -2);
            if (index == -2) // not said: the next one, or more of the last one
                index = m_isWhole ? position : -2;
            ++position;
            od::object function;
            const bool isFunction = json::find(object, "function", function);
            const bool isCustom = !isFunction && json::find(object, "custom", function);
            if (!isFunction && !isCustom)
                continue;
            auto& call = callAt(index, id, json::text(function, "name"), sink);
            call.isFreeform = isCustom;
            readFunction(call, function, isCustom ? "input" : "arguments", sink);
        }
    }

    /// Providers number calls, or tell them apart by their ids alone.
    Call& callAt(std::int64_t index, Escaped id, Escaped name, ReplySink& sink) {
        Call* found = nullptr;
        for (auto call = m_calls.rbegin(); call != m_calls.rend() && !found; ++call) {
            if (index == -2 || call->index == index)
                found = &*call;
        }
        const bool isOther =
            found && !id.empty() &&
            (found->id.empty() ? !found->name.empty() && !name.empty() : found->id != id.json);
        if (found && isOther) {
            for (auto& call : m_calls) {
                if (call.id == id.json)
                    return call;
            }
        }
        if (found && !isOther) {
            if (found->id.empty())
                found->id = id.json;
            return *found;
        }
        endText(sink);
        constexpr std::size_t maxCalls = 1000; // no honest reply has so many
        if (m_calls.size() >= maxCalls)
            return m_calls.back();
        endCompleteCalls(sink);
        auto& call = m_calls.emplace_back();
        call.index = index == -2 ? static_cast<std::int64_t>(m_calls.size()) - 1 : index;
        call.part = m_nextPart++;
        call.id = id.json;
        return call;
    }

    void readFunction(Call& call, od::object& function, std::string_view argumentsKey, ReplySink& sink) {
        const auto name = json::text(function, "name");
        if (call.name.empty())
            call.name = name.json;
        od::value value;
        Escaped arguments;
        std::string quoted;
        if (!function.find_field_unordered(argumentsKey).get(value)) {
            od::object object;
            std::string_view raw;
            arguments = json::text(value).value_or(Escaped());
            // Ollama's older servers send the object itself.
            if (arguments.empty() && !value.get_object().get(object) && !object.raw_json().get(raw)) {
                appendQuotedOnceMore(quoted, raw);
                arguments = {quoted};
            }
        }
        if (!call.isTold && (!call.name.empty() || !arguments.empty())) {
            call.isTold = true;
            sink.take(reply::ToolCall{call.part, {call.id}, {call.name}, {}, call.isFreeform});
        }
        if (arguments.empty())
            return;
        sink.take(reply::Arguments{call.part, arguments});
        if (!call.isFreeform)
            call.json.feed(arguments);
        if (&call != &m_calls.back())
            endIfComplete(call, sink);
    }

    void endIfComplete(Call& call, ReplySink& sink) {
        if (call.isOver || !call.isTold || !call.json.isComplete())
            return;
        call.isOver = true;
        sink.take(reply::PartEnd{call.part});
    }

    void endCompleteCalls(ReplySink& sink) {
        for (auto& call : m_calls)
            endIfComplete(call, sink);
    }

    /// The part of the text of this kind that is under way, or a new one.
    int switchTo(Kind kind, ReplySink& sink) {
        if (kind == m_kind)
            return m_textPart;
        endText(sink);
        endCompleteCalls(sink);
        m_kind = kind;
        m_textPart = m_nextPart++;
        return m_textPart;
    }

    void endText(ReplySink& sink) {
        if (m_kind == Kind::None)
            return;
        m_kind = Kind::None;
        sink.take(reply::PartEnd{m_textPart});
    }

    void finish(ReplySink& sink) {
        endText(sink);
        for (auto& call : m_calls) {
            if (call.isTold && !call.isOver)
                sink.take(reply::PartEnd{call.part});
            call.isOver = true;
        }
        m_done = true;
        if (!m_failed)
            sink.take(reply::Finished{chatStopReason(m_stop), {}, {m_stop}});
    }

    bool m_isWhole = false;
    bool m_started = false;
    bool m_hasChoices = false;
    bool m_failed = false;
    bool m_hasStop = false;
    std::string m_stop;
    Kind m_kind = Kind::None;
    int m_textPart = 0;
    int m_nextPart = 0;
    std::vector<Call> m_calls;
};

} // namespace

StopReason chatStopReason(std::string_view word) {
    if (word == "length" || word == "max_tokens" || word == "model_length")
        return StopReason::Length;
    if (word == "tool_calls" || word == "function_call" || word == "tool_use")
        return StopReason::ToolCalls;
    if (word == "content_filter" || word == "sensitive")
        return StopReason::ContentFilter;
    if (word == "refusal")
        return StopReason::Refusal;
    return StopReason::Stop;
}

std::unique_ptr<ReplyReader> makeChatReader() {
    return std::make_unique<ChatReader>();
}

} // namespace tierdeck::gateway::wire
