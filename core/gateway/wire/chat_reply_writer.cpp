// Writes replies of OpenAI Chat Completions.
#include "core/gateway/wire/reply_dialects.h"
#include "core/gateway/wire/reply_errors.h"

namespace tierdeck::gateway::wire {

namespace {

/// A refusal in words has its own member, and is a stop like any other.
std::string_view finishReasonOf(StopReason reason, bool hasRefusal) {
    switch (reason) {
    case StopReason::Length:
        return "length";
    case StopReason::ToolCalls:
        return "tool_calls";
    case StopReason::ContentFilter:
        return "content_filter";
    case StopReason::Refusal:
        return hasRefusal ? "stop" : "content_filter";
    default:
        return "stop";
    }
}

void appendUsage(std::string& out, const pricing::TokenUsage& usage) {
    append(out, R"({"prompt_tokens":)", usage.prompt(), R"(,"completion_tokens":)", usage.output,
           R"(,"total_tokens":)", usage.total(), R"(,"prompt_tokens_details":{"cached_tokens":)",
           usage.cachedInput);
    if (const auto written = usage.cacheWrite5m + usage.cacheWrite1h; written > 0)
        append(out, R"(,"cache_write_tokens":)", written);
    append(out, R"(},"completion_tokens_details":{"reasoning_tokens":)", usage.reasoning, "}}");
}

void appendAnnotation(std::string& out, Escaped url, Escaped title, std::int64_t begin, std::int64_t end) {
    append(out, R"({"type":"url_citation","url_citation":{"url":")", url, R"(","title":")", title,
           R"(","start_index":)", begin, R"(,"end_index":)", end, "}}");
}

class ChatWriter final : public ReplyWriter {
public:
    using ReplyWriter::ReplyWriter;

private:
    void writeKeepAlive() override { m_out->append(": the model is at work\n\n"); }

    void start(const reply::Started& started) override {
        append(m_head, R"(data: {"id":")", started.id, R"(","object":"chat.completion.chunk","created":)",
               started.createdSeconds, R"(,"model":")", started.model, R"(","choices":[)");
        chunk(R"({"role":"assistant","content":""})");
    }

    template <class... Pieces>
    void chunk(const Pieces&... delta) {
        append(*m_out, m_head, R"({"index":0,"delta":)", delta..., R"(,"finish_reason":null}]})", "\n\n");
    }

    void open(const reply::Event& event) override {
        m_section = 0;
        const auto* call = std::get_if<reply::ToolCall>(&event);
        m_isCall = call != nullptr;
        if (!call)
            return;
        ++m_calls;
        m_isFreeform = call->isFreeform;
        chunk(R"({"tool_calls":[{"index":)", m_calls - 1, R"(,"id":")", call->id, R"(","type":")",
              m_isFreeform ? R"(custom","custom":{"name":")" : R"(function","function":{"name":")",
              call->name, m_isFreeform ? R"(","input":""}}]})" : R"(","arguments":""}}]})");
    }

    void go(const reply::Event& event) override {
        if (const auto* text = std::get_if<reply::Text>(&event)) {
            chunk(R"({"content":")", text->text, R"("})");
        } else if (const auto* arguments = std::get_if<reply::Arguments>(&event)) {
            if (m_isCall)
                chunk(R"({"tool_calls":[{"index":)", m_calls - 1,
                      m_isFreeform ? R"(,"custom":{"input":")" : R"(,"function":{"arguments":")",
                      arguments->text, R"("}}]})");
        } else if (const auto* reasoning = std::get_if<reply::Reasoning>(&event)) {
            const bool isNext = reasoning->section != m_section;
            m_section = reasoning->section;
            chunk(R"({"reasoning_content":")", isNext ? R"(\n\n)" : "", reasoning->text, R"("})");
        } else if (const auto* refusal = std::get_if<reply::Refusal>(&event)) {
            m_hasRefusal = true;
            chunk(R"({"refusal":")", refusal->text, R"("})");
        } else if (const auto* citation = std::get_if<reply::Citation>(&event)) {
            std::string annotation;
            appendAnnotation(annotation, citation->url, citation->title, citation->begin, citation->end);
            chunk(R"({"annotations":[)", annotation, "]}");
        } else if (std::holds_alternative<reply::Seal>(event)) {
            drop("what seals the reasoning");
        }
    }

    void close() override {}

    void finish(const reply::Finished& finished) override {
        append(*m_out, m_head, R"({"index":0,"delta":{},"finish_reason":")",
               finishReasonOf(finished.reason, m_hasRefusal), R"("}]})", "\n\n");
        if (m_context.clientWantsUsage && m_hasUsage) {
            append(*m_out, m_head, R"(],"usage":)");
            appendUsage(*m_out, m_usage);
            append(*m_out, "}\n\n");
        }
        m_tail = "data: [DONE]\n\n";
    }

    void fail(const reply::Failed& failed) override {
        *m_out += errorEvent(Dialect::Chat, {failed.status, plainOf(failed.type), plainOf(failed.code),
                                             plainOf(failed.message)});
        m_tail = "data: [DONE]\n\n";
    }

    std::string m_head; ///< of every chunk
    int m_calls = 0;
    int m_section = 0;
    bool m_isCall = false;
    bool m_isFreeform = false;
    bool m_hasRefusal = false;
};

} // namespace

std::unique_ptr<ReplyWriter> makeChatWriter(const TranslationContext& context) {
    return std::make_unique<ChatWriter>(context);
}

std::string writeChatReply(const WholeReply& reply, const TranslationContext&) {
    std::string text;
    std::string refusal;
    std::string reasoning;
    std::string calls;
    std::string annotations;
    using Kind = ReplyPart::Kind;
    for (const auto& part : reply.parts) {
        const auto all = part.allText();
        switch (part.kind) {
        case Kind::Text:
            text += all;
            for (const auto& citation : part.citations) {
                annotations += annotations.empty() ? "" : ",";
                appendAnnotation(annotations, {citation.url}, {citation.title}, citation.begin, citation.end);
            }
            break;
        case Kind::Refusal:
            refusal += all;
            break;
        case Kind::Reasoning:
            append(reasoning, reasoning.empty() || all.empty() ? "" : R"(\n\n)", all);
            break;
        case Kind::ToolCall:
        case Kind::FreeformCall: {
            const bool isFreeform = part.kind == Kind::FreeformCall;
            append(calls, calls.empty() ? "" : ",", R"({"id":")", part.id, R"(","type":")",
                   isFreeform ? R"(custom","custom":{"name":")" : R"(function","function":{"name":")",
                   part.name, isFreeform ? R"(","input":")" : R"(","arguments":")", all, R"("}})");
            break;
        }
        }
    }
    std::string out;
    append(out, R"({"id":")", reply.id, R"(","object":"chat.completion","created":)", reply.createdSeconds,
           R"(,"model":")", reply.model,
           R"(","choices":[{"index":0,"message":{"role":"assistant","content":)");
    if (text.empty() && (!calls.empty() || !refusal.empty()))
        out += "null";
    else
        append(out, "\"", text, "\"");
    if (refusal.empty())
        out += R"(,"refusal":null)";
    else
        append(out, R"(,"refusal":")", refusal, "\"");
    if (!reasoning.empty())
        append(out, R"(,"reasoning_content":")", reasoning, "\"");
    if (!calls.empty())
        append(out, R"(,"tool_calls":[)", calls, "]");
    if (!annotations.empty())
        append(out, R"(,"annotations":[)", annotations, "]");
    append(out, R"(},"finish_reason":")", finishReasonOf(reply.stop, !refusal.empty()), R"("}])");
    if (reply.usage) {
        out += R"(,"usage":)";
        appendUsage(out, *reply.usage);
    }
    return out + "}";
}

} // namespace tierdeck::gateway::wire
