// Writes replies of OpenAI Responses: every part is an output item of its own, told in deltas, once more when
// it is done and once more in the last event, as its clients expect.
#include "core/gateway/wire/reply_dialects.h"
#include "core/gateway/wire/reply_errors.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

using Kind = ReplyPart::Kind;

std::string_view idPrefixOf(Kind kind) {
    switch (kind) {
    case Kind::Reasoning:
        return "rs_";
    case Kind::ToolCall:
        return "fc_";
    case Kind::FreeformCall:
        return "ctc_";
    default:
        return "msg_";
    }
}

/// By the gateway's own name for the reply: not every provider gives each of its replies another one.
std::string itemIdOf(Kind kind, const TranslationContext& context, std::string_view reply,
                     std::int64_t index) {
    std::string id(idPrefixOf(kind));
    append(id, context.replyId.empty() ? reply : context.replyId, "_", index);
    return id;
}

void appendUsage(std::string& out, const pricing::TokenUsage& usage) {
    append(out, R"({"input_tokens":)", usage.prompt(), R"(,"input_tokens_details":{"cached_tokens":)",
           usage.cachedInput);
    if (const auto written = usage.cacheWrite5m + usage.cacheWrite1h; written > 0)
        append(out, R"(,"cache_write_tokens":)", written);
    append(out, R"(},"output_tokens":)", usage.output, R"(,"output_tokens_details":{"reasoning_tokens":)",
           usage.reasoning, R"(},"total_tokens":)", usage.total(), "}");
}

void appendAnnotation(std::string& out, const ReplyPart::Citation& citation) {
    append(out, R"({"type":"url_citation","url":")", citation.url, R"(","title":")", citation.title,
           R"(","start_index":)", citation.begin, R"(,"end_index":)", citation.end, "}");
}

void appendAnnotations(std::string& out, const ReplyPart& part) {
    out += '[';
    for (const auto& citation : part.citations) {
        if (&citation != &part.citations.front())
            out += ',';
        appendAnnotation(out, citation);
    }
    out += ']';
}

/// The content of a message: its one text or refusal.
void appendContent(std::string& out, const ReplyPart& part) {
    if (part.kind == Kind::Refusal) {
        append(out, R"({"type":"refusal","refusal":")", part.allText(), R"("})");
        return;
    }
    append(out, R"({"type":"output_text","text":")", part.allText(), R"(","annotations":)");
    appendAnnotations(out, part);
    out += R"(,"logprobs":[]})";
}

void appendSections(std::string& out, const ReplyPart& part, std::string_view type) {
    out += '[';
    for (const auto& text : part.texts) {
        if (text.empty())
            continue;
        append(out, out.back() == '[' ? "" : ",", R"({"type":")", type, R"(","text":")", text, R"("})");
    }
    out += ']';
}

struct Item {
    std::string_view id;
    std::string_view seal; ///< as its client keeps it
    bool isDone = true;
};

void appendItem(std::string& out, const ReplyPart& part, const Item& item) {
    const std::string_view status = item.isDone ? "completed" : "in_progress";
    switch (part.kind) {
    case Kind::Text:
    case Kind::Refusal:
        append(out, R"({"type":"message","id":")", item.id, R"(","status":")", status,
               R"(","role":"assistant","content":[)");
        if (item.isDone)
            appendContent(out, part);
        out += "]}";
        break;
    case Kind::Reasoning:
        append(out, R"({"type":"reasoning","id":")", item.id, R"(","summary":)");
        if (part.isRawReasoning)
            out += "[]";
        else
            appendSections(out, part, "summary_text");
        if (part.isRawReasoning) {
            out += R"(,"content":)";
            appendSections(out, part, "reasoning_text");
        }
        if (!item.seal.empty())
            append(out, R"(,"encrypted_content":")", item.seal, "\"");
        out += '}';
        break;
    case Kind::ToolCall:
    case Kind::FreeformCall: {
        const bool isFreeform = part.kind == Kind::FreeformCall;
        append(out, R"({"type":")", isFreeform ? "custom_tool_call" : "function_call", R"(","id":")", item.id,
               R"(","status":")", status, R"(","call_id":")", part.id, R"(","name":")", part.name, "\"");
        if (!part.nameSpace.empty())
            append(out, R"(,"namespace":")", part.nameSpace, "\"");
        append(out, isFreeform ? R"(,"input":")" : R"(,"arguments":")", part.allText(), R"("})");
        break;
    }
    }
}

/// How a response stands.
struct State {
    std::string_view status = "in_progress";
    std::string_view incompleteReason;
    std::string_view errorJson = "null";
    std::string_view output; ///< its items, with commas
    const pricing::TokenUsage* usage = nullptr;
};

void appendResponse(std::string& out, std::string_view id, std::string_view model,
                    std::int64_t createdSeconds, const State& state) {
    append(out, R"({"id":")", id, R"(","object":"response","created_at":)", createdSeconds, R"(,"status":")",
           state.status, R"(","background":false,"error":)", state.errorJson, R"(,"incomplete_details":)");
    if (state.incompleteReason.empty())
        out += "null";
    else
        append(out, R"({"reason":")", state.incompleteReason, R"("})");
    append(out, R"(,"instructions":null,"max_output_tokens":null,"metadata":{},"model":")", model,
           R"(","output":[)", state.output,
           R"(],"parallel_tool_calls":true,"previous_response_id":null,)"
           R"("reasoning":{"effort":null,"summary":null},"store":false,"temperature":null,)"
           R"("text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":null,)"
           R"("truncation":"disabled","usage":)");
    if (state.usage)
        appendUsage(out, *state.usage);
    else
        out += "null";
    out += R"(,"user":null})";
}

std::string errorJson(const ReplyError& error) {
    const auto own = errorFor(Dialect::Responses, error);
    std::string json;
    append(json, R"({"code":")", escapedOf(own.code), R"(","message":")", escapedOf(own.message), R"("})");
    return json;
}

/// A refusal in words is an answer like any other.
void describe(StopReason reason, bool hasRefusal, State& state) {
    state.status = "completed";
    if (reason == StopReason::Length)
        state.incompleteReason = "max_output_tokens";
    else if (reason == StopReason::ContentFilter || (reason == StopReason::Refusal && !hasRefusal))
        state.incompleteReason = "content_filter";
    if (!state.incompleteReason.empty())
        state.status = "incomplete";
}

class ResponsesWriter final : public ReplyWriter {
public:
    using ReplyWriter::ReplyWriter;

private:
    void writeKeepAlive() override { m_out->append(": the model is at work\n\n"); }

    template <class... Pieces>
    void event(std::string& out, std::string_view type, const Pieces&... pieces) {
        append(out, "event: ", type, "\ndata: {\"type\":\"", type, R"(","sequence_number":)", m_sequence++,
               pieces..., "}\n\n");
    }

    /// An event of the open item.
    template <class... Pieces>
    void itemEvent(std::string_view type, const Pieces&... pieces) {
        event(*m_out, type, R"(,"item_id":")", m_itemId, R"(","output_index":)", m_index, pieces...);
    }

    void start(const reply::Started& started) override {
        m_id = started.id.json;
        m_model = started.model.json;
        m_created = started.createdSeconds;
        std::string response;
        appendResponse(response, m_id, m_model, m_created, {});
        event(*m_out, "response.created", R"(,"response":)", response);
        event(*m_out, "response.in_progress", R"(,"response":)", response);
    }

    void open(const reply::Event& event_) override {
        m_part = partOf(event_);
        if (const auto* reasoning = std::get_if<reply::Reasoning>(&event_))
            m_part.isRawReasoning = reasoning->isRaw;
        m_inSection = false;
        m_seal.clear();
        m_itemId = itemIdOf(m_part.kind, m_context, m_id, m_index);
        std::string item;
        appendItem(item, m_part, {m_itemId, {}, false});
        event(*m_out, "response.output_item.added", R"(,"output_index":)", m_index, R"(,"item":)", item);
    }

    void go(const reply::Event& event_) override {
        if (const auto* text = std::get_if<reply::Text>(&event_)) {
            goMessage("response.output_text.delta", text->text);
        } else if (const auto* refusal = std::get_if<reply::Refusal>(&event_)) {
            goMessage("response.refusal.delta", refusal->text);
        } else if (const auto* arguments = std::get_if<reply::Arguments>(&event_)) {
            if (!m_part.isCall())
                return;
            m_part.text() += arguments->text.json;
            itemEvent(m_part.kind == Kind::FreeformCall ? "response.custom_tool_call_input.delta"
                                                        : "response.function_call_arguments.delta",
                      R"(,"delta":")", arguments->text, "\"");
        } else if (const auto* reasoning = std::get_if<reply::Reasoning>(&event_)) {
            goReasoning(*reasoning);
        } else if (const auto* seal = std::get_if<reply::Seal>(&event_)) {
            const auto kept = sealFor(Dialect::Responses, *seal, m_context);
            if (kept.empty())
                drop("what seals the reasoning");
            m_seal += kept;
        } else if (const auto* citation = std::get_if<reply::Citation>(&event_)) {
            goCitation(*citation);
        }
    }

    void goMessage(std::string_view type, Escaped text) {
        const bool isText = m_part.kind == Kind::Text;
        m_hasRefusal = m_hasRefusal || !isText;
        if (!m_inSection) {
            m_inSection = true;
            itemEvent("response.content_part.added", R"(,"content_index":0,"part":)",
                      isText ? R"({"type":"output_text","text":"","annotations":[],"logprobs":[]})"
                             : R"({"type":"refusal","refusal":""})");
        }
        if (text.empty())
            return;
        m_part.text() += text.json;
        itemEvent(type, R"(,"content_index":0,"delta":")", text, isText ? R"(","logprobs":[])" : "\"");
    }

    void goCitation(const reply::Citation& citation) {
        if (m_part.kind != Kind::Text)
            return;
        goMessage("response.output_text.delta", {});
        const auto& known = m_part.citations.emplace_back(ReplyPart::Citation{
            std::string(citation.url.json), std::string(citation.title.json), citation.begin, citation.end});
        std::string annotation;
        appendAnnotation(annotation, known);
        itemEvent("response.output_text.annotation.added", R"(,"content_index":0,"annotation_index":)",
                  m_part.citations.size() - 1, R"(,"annotation":)", annotation);
    }

    void goReasoning(const reply::Reasoning& reasoning) {
        if (m_inSection && reasoning.section != m_section)
            endSection();
        m_section = reasoning.section;
        const bool isRaw = m_part.isRawReasoning;
        if (!m_inSection) {
            m_inSection = true;
            m_part.texts.emplace_back();
            itemEvent(isRaw ? "response.content_part.added" : "response.reasoning_summary_part.added",
                      isRaw ? R"(,"content_index":)" : R"(,"summary_index":)", m_part.texts.size() - 1,
                      R"(,"part":{"type":")", isRaw ? "reasoning_text" : "summary_text", R"(","text":""})");
        }
        m_part.texts.back() += reasoning.text.json;
        itemEvent(isRaw ? "response.reasoning_text.delta" : "response.reasoning_summary_text.delta",
                  isRaw ? R"(,"content_index":)" : R"(,"summary_index":)", m_part.texts.size() - 1,
                  R"(,"delta":")", reasoning.text, "\"");
    }

    void endSection() {
        m_inSection = false;
        const bool isRaw = m_part.isRawReasoning;
        const auto index = m_part.texts.size() - 1;
        const auto& text = m_part.texts.back();
        const std::string_view key = isRaw ? R"(,"content_index":)" : R"(,"summary_index":)";
        itemEvent(isRaw ? "response.reasoning_text.done" : "response.reasoning_summary_text.done", key, index,
                  R"(,"text":")", text, "\"");
        itemEvent(isRaw ? "response.content_part.done" : "response.reasoning_summary_part.done", key, index,
                  R"(,"part":{"type":")", isRaw ? "reasoning_text" : "summary_text", R"(","text":")", text,
                  R"("})");
    }

    void close() override {
        switch (m_part.kind) {
        case Kind::Text:
        case Kind::Refusal:
            closeMessage();
            break;
        case Kind::Reasoning:
            if (m_inSection)
                endSection();
            break;
        case Kind::ToolCall:
            itemEvent("response.function_call_arguments.done", R"(,"name":")", m_part.name,
                      R"(","arguments":")", m_part.text(), "\"");
            break;
        case Kind::FreeformCall:
            itemEvent("response.custom_tool_call_input.done", R"(,"input":")", m_part.text(), "\"");
            break;
        }
        std::string item;
        appendItem(item, m_part, {m_itemId, m_seal, true});
        event(*m_out, "response.output_item.done", R"(,"output_index":)", m_index, R"(,"item":)", item);
        append(m_output, m_output.empty() ? "" : ",", item);
        ++m_index;
    }

    void closeMessage() {
        const bool isText = m_part.kind == Kind::Text;
        itemEvent(isText ? "response.output_text.done" : "response.refusal.done",
                  isText ? R"(,"content_index":0,"text":")" : R"(,"content_index":0,"refusal":")",
                  m_part.text(), isText ? R"(","logprobs":[])" : "\"");
        std::string content;
        appendContent(content, m_part);
        itemEvent("response.content_part.done", R"(,"content_index":0,"part":)", content);
    }

    void finish(const reply::Finished& finished) override {
        State state;
        describe(finished.reason, m_hasRefusal, state);
        last(state.status == "completed" ? "response.completed" : "response.incomplete", state);
    }

    void fail(const reply::Failed& failed) override {
        const auto error =
            errorJson({failed.status, plainOf(failed.type), plainOf(failed.code), plainOf(failed.message)});
        State state;
        state.status = "failed";
        state.errorJson = error;
        last("response.failed", state);
    }

    void last(std::string_view type, State& state) {
        state.output = m_output;
        state.usage = m_hasUsage ? &m_usage : nullptr;
        std::string response;
        appendResponse(response, m_id, m_model, m_created, state);
        event(m_tail, type, R"(,"response":)", response);
    }

    std::int64_t m_sequence = 0;
    std::string m_id;
    std::string m_model;
    std::int64_t m_created = 0;
    std::int64_t m_index = 0; ///< of the open item or the next
    ReplyPart m_part;         ///< the open one, as are the next
    std::string m_itemId;
    std::string m_seal;
    bool m_inSection = false; ///< its content was announced and is not done
    int m_section = 0;
    bool m_hasRefusal = false;
    std::string m_output; ///< the items that are done
};

} // namespace

std::unique_ptr<ReplyWriter> makeResponsesWriter(const TranslationContext& context) {
    return std::make_unique<ResponsesWriter>(context);
}

std::string writeResponsesReply(const WholeReply& reply, const TranslationContext& context) {
    std::string output;
    std::int64_t index = 0;
    for (const auto& part : reply.parts) {
        const auto id = itemIdOf(part.kind, context, reply.id, index++);
        std::string seal;
        if (part.sealKind)
            seal = sealFor(Dialect::Responses, {0, *part.sealKind, {part.seal}, {part.id}, part.sealMaker},
                           context);
        append(output, output.empty() ? "" : ",");
        appendItem(output, part, {id, seal, true});
    }
    State state;
    const bool hasRefusal = std::any_of(reply.parts.begin(), reply.parts.end(),
                                        [](const auto& part) { return part.kind == Kind::Refusal; });
    describe(reply.stop, hasRefusal, state);
    state.output = output;
    state.usage = reply.usage ? &*reply.usage : nullptr;
    std::string out;
    appendResponse(out, reply.id, reply.model, reply.createdSeconds, state);
    return out;
}

std::string responsesFailedEvent(const ReplyFacts& facts, std::int64_t sequence, const ReplyError& error) {
    const auto json = errorJson(error);
    State state;
    state.status = "failed";
    state.errorJson = json;
    state.usage = facts.usage ? &*facts.usage : nullptr;
    std::string out;
    append(out, "event: response.failed\n", R"(data: {"type":"response.failed","sequence_number":)", sequence,
           R"(,"response":)");
    appendResponse(out, escapedOf(facts.id), escapedOf(facts.model), 0, state);
    append(out, "}\n\n");
    return out;
}

} // namespace tierdeck::gateway::wire
