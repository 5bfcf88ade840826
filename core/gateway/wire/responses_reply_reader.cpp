// Reads replies of OpenAI Responses. The same text comes up to four times: in deltas, as a part that is done,
// as an item that is done and in the last event. The first of them counts, since lenient providers leave some
// out.
#include "core/gateway/wire/reply_dialects.h"
#include "core/gateway/wire/reply_json.h"

#include <vector>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

/// Responses counts cached and reasoning tokens inside input and output; ours are disjoint.
pricing::TokenUsage readUsage(od::object& object) {
    pricing::TokenUsage usage;
    const auto input = json::countOrZero(object, "input_tokens");
    usage.output = json::countOrZero(object, "output_tokens");
    od::object details;
    if (json::find(object, "input_tokens_details", details)) {
        usage.cachedInput = json::countOrZero(details, "cached_tokens");
        usage.cacheWrite5m = json::countOrZero(details, "cache_write_tokens");
    }
    if (json::find(object, "output_tokens_details", details))
        usage.reasoning = std::min(json::countOrZero(details, "reasoning_tokens"), usage.output);
    usage.input = std::max<std::int64_t>(input - usage.cachedInput - usage.cacheWrite5m, 0);
    return usage;
}

class ResponsesReader final : public ReplyReader {
private:
    enum class Kind { Text, Refusal, Reasoning, Call };

    struct Part {
        std::int64_t output = 0;  ///< its item's place
        std::int64_t content = 0; ///< its place in the item; 0 for reasoning and calls
        Kind kind = Kind::Text;
        int part = 0;
        bool hasText = false;
        bool isOver = false;
        std::int64_t section = 0;
    };

    void readEvent(const SseEvent& event, ReplySink& sink) override {
        if (event.data == "[DONE]") {
            readEnd(sink);
            return;
        }
        od::document document;
        od::object object;
        if (!json::parse(event.data, document, object)) {
            m_broken = true;
            return;
        }
        m_type = json::text(object, "type").json;
        if (m_type.empty())
            m_type = event.name;
        if (m_type.empty()) {
            m_broken = true;
            return;
        }
        if (m_type == "response.output_text.delta")
            readDelta(object, Kind::Text, "delta", sink);
        else if (m_type == "response.function_call_arguments.delta" ||
                 m_type == "response.custom_tool_call_input.delta")
            readDelta(object, Kind::Call, "delta", sink);
        else if (m_type == "response.reasoning_summary_text.delta")
            readReasoning(object, "delta", false, sink);
        else if (m_type == "response.reasoning_text.delta")
            readReasoning(object, "delta", true, sink);
        else if (m_type == "response.refusal.delta")
            readDelta(object, Kind::Refusal, "delta", sink);
        else if (m_type == "response.output_text.done")
            readDone(object, Kind::Text, "text", sink);
        else if (m_type == "response.refusal.done")
            readDone(object, Kind::Refusal, "refusal", sink);
        else if (m_type == "response.function_call_arguments.done")
            readDone(object, Kind::Call, "arguments", sink);
        else if (m_type == "response.custom_tool_call_input.done")
            readDone(object, Kind::Call, "input", sink);
        else if (m_type == "response.output_text.annotation.added")
            readAnnotation(object, sink);
        else if (m_type == "response.content_part.done")
            readPartDone(object, sink);
        else if (m_type == "response.output_item.added")
            readItemAdded(object, sink);
        else if (m_type == "response.output_item.done")
            readItemDone(object, sink);
        else if (m_type == "response.created" || m_type == "response.in_progress" ||
                 m_type == "response.queued")
            readBegin(object, sink);
        else if (m_type == "response.completed" || m_type == "response.incomplete" ||
                 m_type == "response.failed" || m_type == "response.cancelled" || m_type == "response.done")
            readLast(object, sink);
        else if (m_type == "error")
            readError(object, sink);
    }

    /// The last event carries the usage and says how it went: without it nothing is known to be whole.
    void readEnd(ReplySink&) override {}

    bool readBody(std::string_view body, ReplySink& sink) override {
        od::document document;
        od::object object;
        if (!json::parse(body, document, object))
            return false;
        const auto kind = json::text(object, "object").json;
        od::array output;
        const bool isReply =
            kind == "response" || !object.find_field_unordered("output").get_array().get(output);
        if (!isReply) {
            od::value error;
            if (object.find_field_unordered("error").get(error) || json::isNull(error))
                return false;
            json::tellError(error, sink);
            return true;
        }
        if (object.reset().error())
            return false;
        start(object, sink);
        readResponse(object, sink);
        return m_done;
    }

    void start(od::object& response, ReplySink& sink) {
        if (m_started)
            return;
        m_started = true;
        reply::Started started;
        started.id = json::text(response, "id");
        started.model = json::text(response, "model");
        started.createdSeconds = json::countOrZero(response, "created_at");
        sink.take(started);
    }

    void readBegin(od::object& object, ReplySink& sink) {
        od::object response;
        if (json::find(object, "response", response))
            start(response, sink);
    }

    Part* find(std::int64_t output, std::int64_t content, Kind kind) {
        for (auto part = m_parts.rbegin(); part != m_parts.rend(); ++part) {
            if (part->output == output && part->content == content && part->kind == kind)
                return &*part;
        }
        return nullptr;
    }

    Part& partAt(std::int64_t output, std::int64_t content, Kind kind, ReplySink& sink) {
        if (auto* part = find(output, content, kind))
            return *part;
        constexpr std::size_t maxOpen = 1000; // no honest reply has so many
        if (m_parts.size() == maxOpen)
            endItem(m_parts.front().output, sink);
        auto& part = m_parts.emplace_back();
        part.output = output;
        part.content = content;
        part.kind = kind;
        part.part = m_nextPart++;
        m_hasParts = true;
        return part;
    }

    void tell(Part& part, Escaped text, ReplySink& sink, bool isRaw = false) {
        if (text.empty() || part.isOver)
            return;
        part.hasText = true;
        switch (part.kind) {
        case Kind::Text:
            sink.take(reply::Text{part.part, text});
            break;
        case Kind::Refusal:
            sink.take(reply::Refusal{part.part, text});
            break;
        case Kind::Reasoning:
            sink.take(reply::Reasoning{part.part, text, static_cast<int>(part.section), isRaw});
            break;
        case Kind::Call:
            sink.take(reply::Arguments{part.part, text});
            break;
        }
    }

    void end(Part& part, ReplySink& sink) {
        if (!part.isOver)
            sink.take(reply::PartEnd{part.part});
        part.isOver = true;
    }

    void readDelta(od::object& object, Kind kind, std::string_view key, ReplySink& sink) {
        const auto output = json::number(object, "output_index", 0);
        const auto content = kind == Kind::Call ? 0 : json::number(object, "content_index", 0);
        if (kind == Kind::Call && !find(output, content, kind))
            return; // nobody knows what is called
        tell(partAt(output, content, kind, sink), json::text(object, key), sink);
    }

    void readDone(od::object& object, Kind kind, std::string_view key, ReplySink& sink) {
        const auto output = json::number(object, "output_index", 0);
        const auto content = kind == Kind::Call ? 0 : json::number(object, "content_index", 0);
        auto* part = find(output, content, kind);
        const auto text = json::text(object, key);
        if (kind == Kind::Call && !part)
            return;
        if (!part && text.empty())
            return;
        auto& known = part ? *part : partAt(output, content, kind, sink);
        if (!known.hasText)
            tell(known, text, sink);
        // Annotations may still follow a text; a call has all it needs.
        if (kind == Kind::Call)
            end(known, sink);
    }

    void readPartDone(od::object& object, ReplySink& sink) {
        const auto output = json::number(object, "output_index", 0);
        const auto content = json::number(object, "content_index", 0);
        for (const auto kind : {Kind::Text, Kind::Refusal}) {
            if (auto* part = find(output, content, kind); part && part->hasText)
                end(*part, sink);
        }
    }

    void readReasoning(od::object& object, std::string_view key, bool isRaw, ReplySink& sink) {
        constexpr std::int64_t maxSections = 1000;
        const auto output = json::number(object, "output_index", 0);
        auto& part = partAt(output, 0, Kind::Reasoning, sink);
        const auto section = json::number(object, isRaw ? "content_index" : "summary_index", 0);
        part.section = std::clamp(section, part.section, maxSections);
        tell(part, json::text(object, key), sink, isRaw);
    }

    void readAnnotation(od::object& object, ReplySink& sink) {
        const auto output = json::number(object, "output_index", 0);
        const auto content = json::number(object, "content_index", 0);
        auto& part = partAt(output, content, Kind::Text, sink);
        od::object annotation;
        if (!part.isOver && json::find(object, "annotation", annotation))
            tellCitation(annotation, part.part, sink);
    }

    void tellCitation(od::object& annotation, int part, ReplySink& sink) {
        reply::Citation citation;
        citation.part = part;
        citation.url = json::text(annotation, "url");
        citation.title = json::text(annotation, "title");
        citation.begin = json::countOrZero(annotation, "start_index");
        citation.end = json::countOrZero(annotation, "end_index");
        if (!citation.url.empty())
            sink.take(citation);
        else
            sink.take(reply::Dropped{"a citation of a file"});
    }

    void readItemAdded(od::object& object, ReplySink& sink) {
        const auto output = json::number(object, "output_index", 0);
        od::object item;
        if (!json::find(object, "item", item))
            return;
        const auto type = json::text(item, "type").json;
        if (type == "function_call" || type == "custom_tool_call")
            startCall(output, item, type == "custom_tool_call", sink);
    }

    Part& startCall(std::int64_t output, od::object& item, bool isFreeform, ReplySink& sink) {
        if (auto* known = find(output, 0, Kind::Call))
            return *known;
        auto& part = partAt(output, 0, Kind::Call, sink);
        reply::ToolCall call;
        call.part = part.part;
        call.id = json::text(item, "call_id");
        if (call.id.empty())
            call.id = json::text(item, "id");
        call.name = json::text(item, "name");
        call.nameSpace = json::text(item, "namespace");
        call.isFreeform = isFreeform;
        sink.take(call);
        return part;
    }

    void readItemDone(od::object& object, ReplySink& sink) {
        const auto output = json::number(object, "output_index", 0);
        od::object item;
        if (json::find(object, "item", item))
            readItem(output, item, sink);
    }

    /// An item that is whole: tells what of it has not been told.
    void readItem(std::int64_t output, od::object& item, ReplySink& sink) {
        const std::string type(json::text(item, "type").json);
        if (type == "message") {
            od::array content;
            if (!item.find_field_unordered("content").get_array().get(content))
                readMessageContent(output, content, sink);
        } else if (type == "reasoning") {
            readReasoningItem(output, item, sink);
        } else if (type == "function_call" || type == "custom_tool_call") {
            const bool isFreeform = type == "custom_tool_call";
            auto& part = startCall(output, item, isFreeform, sink);
            if (!part.hasText)
                tell(part, json::text(item, isFreeform ? "input" : "arguments"), sink);
        } else {
            m_searches += type == "web_search_call" ? 1 : 0;
            m_hasParts = true;
            sink.take(reply::Dropped{type.ends_with("_call") ? "the provider's own tools at work"
                                                             : "an output item that only Responses has"});
        }
        endItem(output, sink);
    }

    void readMessageContent(std::int64_t output, od::array& content, ReplySink& sink) {
        std::int64_t index = 0;
        for (auto element : content) {
            od::object object;
            if (element.get_object().get(object))
                return;
            const auto type = json::text(object, "type").json;
            const bool isText = type == "output_text";
            if (isText || type == "refusal") {
                const auto kind = isText ? Kind::Text : Kind::Refusal;
                auto* known = find(output, index, kind);
                const auto text = json::text(object, isText ? "text" : "refusal");
                if (known ? !known->hasText : !text.empty()) {
                    auto& part = partAt(output, index, kind, sink);
                    tell(part, text, sink);
                    od::array annotations;
                    if (!object.find_field_unordered("annotations").get_array().get(annotations))
                        readAnnotations(annotations, part.part, sink);
                }
            }
            ++index;
        }
    }

    void readAnnotations(od::array& annotations, int part, ReplySink& sink) {
        for (auto element : annotations) {
            od::object annotation;
            if (element.get_object().get(annotation))
                return;
            tellCitation(annotation, part, sink);
        }
    }

    void readReasoningItem(std::int64_t output, od::object& item, ReplySink& sink) {
        const auto* known = find(output, 0, Kind::Reasoning);
        if (!known || !known->hasText) {
            for (const bool isRaw : {false, true}) {
                od::array sections;
                if (item.find_field_unordered(isRaw ? "content" : "summary").get_array().get(sections))
                    continue;
                std::int64_t section = 0;
                for (auto element : sections) {
                    od::object object;
                    if (element.get_object().get(object))
                        break;
                    const auto text = json::text(object, "text");
                    if (text.empty())
                        continue;
                    auto& part = partAt(output, 0, Kind::Reasoning, sink);
                    part.section = section++;
                    tell(part, text, sink, isRaw);
                }
            }
        }
        if (const auto seal = json::text(item, "encrypted_content"); !seal.empty()) {
            const auto& part = partAt(output, 0, Kind::Reasoning, sink);
            sink.take(reply::Seal{part.part, SealKind::Encrypted, seal, json::text(item, "id"),
                                  Dialect::Responses});
        }
    }

    void endItem(std::int64_t output, ReplySink& sink) {
        for (auto& part : m_parts) {
            if (part.output == output)
                end(part, sink);
        }
        std::erase_if(m_parts, [&](const Part& part) { return part.output == output; });
    }

    void readLast(od::object& object, ReplySink& sink) {
        od::object response;
        if (!json::find(object, "response", response)) {
            m_broken = true;
            return;
        }
        start(response, sink);
        readResponse(response, sink);
    }

    void readResponse(od::object& response, ReplySink& sink) {
        if (!m_hasParts) {
            od::array output;
            if (!response.find_field_unordered("output").get_array().get(output)) {
                std::int64_t index = 0;
                for (auto element : output) {
                    od::object item;
                    if (element.get_object().get(item))
                        break;
                    readItem(index++, item, sink);
                }
            }
        }
        while (!m_parts.empty())
            endItem(m_parts.front().output, sink);
        od::object usage;
        if (json::find(response, "usage", usage)) {
            auto told = readUsage(usage);
            told.webSearches = m_searches;
            sink.take(reply::Usage{told});
        }
        const std::string status(json::text(response, "status").json);
        m_done = true;
        if (status == "failed" || status == "cancelled" || m_type == "response.failed") {
            od::value error;
            if (response.find_field_unordered("error").get(error) || json::isNull(error))
                sink.take(reply::Failed{{status}, {}, {}, 0});
            else
                json::tellError(error, sink);
            return;
        }
        reply::Finished finished;
        std::string word = status.empty() ? "completed" : status;
        if (status == "incomplete" || m_type == "response.incomplete") {
            od::object details;
            finished.reason = StopReason::Length;
            if (json::find(response, "incomplete_details", details)) {
                if (const auto reason = json::text(details, "reason"); !reason.empty())
                    word = reason.json;
            }
            if (word == "content_filter")
                finished.reason = StopReason::ContentFilter;
        }
        finished.providersWord = {word};
        sink.take(finished);
    }

    void readError(od::object& object, ReplySink& sink) {
        od::value error;
        if (!object.find_field_unordered("error").get(error) && !json::isNull(error)) {
            json::tellError(error, sink);
            return;
        }
        reply::Failed failed;
        failed.code = json::text(object, "code");
        failed.message = json::text(object, "message");
        sink.take(failed);
    }

    std::string m_type;
    std::vector<Part> m_parts; ///< of items that are not done
    int m_nextPart = 0;
    bool m_started = false;
    bool m_hasParts = false;
    std::int64_t m_searches = 0;
};

} // namespace

std::unique_ptr<ReplyReader> makeResponsesReader() {
    return std::make_unique<ResponsesReader>();
}

} // namespace tierdeck::gateway::wire
