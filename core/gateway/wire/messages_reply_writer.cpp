// Writes replies of Anthropic Messages: content blocks one after the other, each with its start and its stop.
#include "core/gateway/wire/reply_dialects.h"
#include "core/gateway/wire/reply_errors.h"

namespace tierdeck::gateway::wire {

namespace {

constexpr std::int64_t bytesPerToken = 4;

std::string_view stopReasonOf(StopReason reason) {
    switch (reason) {
    case StopReason::Length:
        return "max_tokens";
    case StopReason::ToolCalls:
        return "tool_use";
    case StopReason::ContentFilter:
    case StopReason::Refusal:
        return "refusal";
    case StopReason::Pause:
        return "pause_turn";
    case StopReason::StopSequence:
        return "stop_sequence";
    default:
        return "end_turn";
    }
}

void appendUsage(std::string& out, const pricing::TokenUsage& usage) {
    append(out, R"({"input_tokens":)", usage.input, R"(,"cache_creation_input_tokens":)",
           usage.cacheWrite5m + usage.cacheWrite1h, R"(,"cache_read_input_tokens":)", usage.cachedInput,
           R"(,"cache_creation":{"ephemeral_5m_input_tokens":)", usage.cacheWrite5m,
           R"(,"ephemeral_1h_input_tokens":)", usage.cacheWrite1h, R"(},"output_tokens":)", usage.output);
    if (usage.webSearches > 0)
        append(out, R"(,"server_tool_use":{"web_search_requests":)", usage.webSearches, "}");
    out += '}';
}

/// A freeform call's text as the one argument of the function that stands for it.
constexpr std::string_view freeformBegin = R"({\"input\":\")";
constexpr std::string_view freeformEnd = R"(\"})";

class MessagesWriter final : public ReplyWriter {
public:
    using ReplyWriter::ReplyWriter;

private:
    void writeKeepAlive() override { m_out->append("event: ping\ndata: {\"type\":\"ping\"}\n\n"); }

    enum class Block { None, Text, Thinking, Redacted, Call, FreeformCall };

    void start(const reply::Started& started) override {
        pricing::TokenUsage usage = m_usage;
        if (!m_hasUsage)
            usage.input = m_context.estimatedInputTokens;
        append(*m_out, "event: message_start\n", R"(data: {"type":"message_start","message":{"id":")",
               started.id, R"(","type":"message","role":"assistant","model":")", started.model,
               R"(","content":[],"stop_reason":null,"stop_sequence":null,"usage":)");
        appendUsage(*m_out, usage);
        append(*m_out, "}}\n\n");
    }

    template <class... Pieces>
    void startBlock(Block block, const Pieces&... content) {
        m_block = block;
        append(*m_out, "event: content_block_start\n", R"(data: {"type":"content_block_start","index":)",
               m_index, R"(,"content_block":)", content..., "}\n\n");
    }

    void stopBlock() {
        append(*m_out, "event: content_block_stop\n", R"(data: {"type":"content_block_stop","index":)",
               m_index++, "}\n\n");
        m_block = Block::None;
    }

    template <class... Pieces>
    void delta(const Pieces&... pieces) {
        append(*m_out, "event: content_block_delta\n", R"(data: {"type":"content_block_delta","index":)",
               m_index, R"(,"delta":)", pieces..., "}\n\n");
    }

    void open(const reply::Event& event) override {
        m_section = 0;
        const auto* call = std::get_if<reply::ToolCall>(&event);
        if (!call)
            return; // its first piece says what kind of block it needs
        startBlock(call->isFreeform ? Block::FreeformCall : Block::Call, R"({"type":"tool_use","id":")",
                   call->id, R"(","name":")", call->name, R"(","input":{}})");
        if (call->isFreeform)
            delta(R"({"type":"input_json_delta","partial_json":")", freeformBegin, R"("})");
    }

    void go(const reply::Event& event) override {
        if (const auto* text = std::get_if<reply::Text>(&event)) {
            goText(text->text);
        } else if (const auto* arguments = std::get_if<reply::Arguments>(&event)) {
            goArguments(arguments->text);
        } else if (const auto* reasoning = std::get_if<reply::Reasoning>(&event)) {
            if (m_block == Block::None)
                startBlock(Block::Thinking, R"({"type":"thinking","thinking":"","signature":""})");
            const bool isNext = reasoning->section != m_section;
            m_section = reasoning->section;
            m_outputBytes += static_cast<std::int64_t>(reasoning->text.json.size());
            delta(R"({"type":"thinking_delta","thinking":")", isNext ? R"(\n\n)" : "", reasoning->text,
                  R"("})");
        } else if (const auto* refusal = std::get_if<reply::Refusal>(&event)) {
            goText(refusal->text);
        } else if (const auto* seal = std::get_if<reply::Seal>(&event)) {
            goSeal(*seal);
        } else if (std::holds_alternative<reply::Citation>(event)) {
            drop("citations"); // these would need the provider's own index to be sent back
        }
    }

    void goText(Escaped text) {
        if (m_block == Block::None)
            startBlock(Block::Text, R"({"type":"text","text":""})");
        m_outputBytes += static_cast<std::int64_t>(text.json.size());
        delta(R"({"type":"text_delta","text":")", text, R"("})");
    }

    void goArguments(Escaped text) {
        if (m_block != Block::Call && m_block != Block::FreeformCall)
            return;
        m_outputBytes += static_cast<std::int64_t>(text.json.size());
        if (m_block == Block::Call) {
            delta(R"({"type":"input_json_delta","partial_json":")", text, R"("})");
            return;
        }
        std::string quoted;
        appendQuotedOnceMore(quoted, text.json);
        delta(R"({"type":"input_json_delta","partial_json":")", quoted, R"("})");
    }

    void goSeal(const reply::Seal& seal) {
        if (seal.kind == SealKind::Redacted && seal.maker == Dialect::Messages) {
            if (m_block == Block::None)
                startBlock(Block::Redacted, R"({"type":"redacted_thinking","data":")", seal.data, R"("})");
            return;
        }
        const auto signature = sealFor(Dialect::Messages, seal, m_context);
        if (signature.empty()) {
            drop("what seals the reasoning");
            return;
        }
        if (m_block == Block::None)
            startBlock(Block::Thinking, R"({"type":"thinking","thinking":"","signature":""})");
        if (m_block == Block::Thinking)
            delta(R"({"type":"signature_delta","signature":")", signature, R"("})");
    }

    void close() override {
        if (m_block == Block::FreeformCall)
            delta(R"({"type":"input_json_delta","partial_json":")", freeformEnd, R"("})");
        if (m_block != Block::None)
            stopBlock();
    }

    void finish(const reply::Finished& finished) override {
        auto usage = m_usage;
        if (!m_hasUsage) { // this dialect has no word for not knowing
            usage.input = m_context.estimatedInputTokens;
            usage.output = (m_outputBytes + bytesPerToken - 1) / bytesPerToken;
        }
        append(*m_out, "event: message_delta\n", R"(data: {"type":"message_delta","delta":{"stop_reason":")",
               stopReasonOf(finished.reason), R"(","stop_sequence":)");
        if (finished.reason == StopReason::StopSequence && !finished.stopSequence.empty())
            append(*m_out, "\"", finished.stopSequence, "\"");
        else
            append(*m_out, "null");
        append(*m_out, R"(},"usage":)");
        appendUsage(*m_out, usage);
        append(*m_out, "}\n\n");
        m_tail = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    void fail(const reply::Failed& failed) override {
        *m_out += errorEvent(Dialect::Messages, {failed.status, plainOf(failed.type), plainOf(failed.code),
                                                 plainOf(failed.message)});
    }

    std::int64_t m_index = 0; ///< of the open block or the next
    Block m_block = Block::None;
    int m_section = 0;
};

/// A call's arguments as the object that they are; a cut-off call has none.
std::string inputOf(const ReplyPart& part) {
    std::string input;
    if (part.kind == ReplyPart::Kind::FreeformCall) {
        append(input, R"({"input":")", part.allText(), R"("})");
        return input;
    }
    appendUnquotedOnce(input, {part.allText()});
    return isJsonObject(input) ? input : "{}";
}

} // namespace

std::unique_ptr<ReplyWriter> makeMessagesWriter(const TranslationContext& context) {
    return std::make_unique<MessagesWriter>(context);
}

std::string writeMessagesReply(const WholeReply& reply, const TranslationContext& context) {
    std::string content;
    const auto block = [&](const auto&... pieces) {
        if (!content.empty())
            content += ',';
        append(content, pieces...);
    };
    using Kind = ReplyPart::Kind;
    std::int64_t bytes = 0;
    for (const auto& part : reply.parts) {
        const auto text = part.allText();
        bytes += static_cast<std::int64_t>(text.size());
        switch (part.kind) {
        case Kind::Text:
        case Kind::Refusal:
            if (!text.empty())
                block(R"({"type":"text","text":")", text, R"("})");
            break;
        case Kind::Reasoning: {
            const reply::Seal seal{
                0, part.sealKind.value_or(SealKind::Signature), {part.seal}, {part.id}, part.sealMaker};
            if (seal.kind == SealKind::Redacted && seal.maker == Dialect::Messages) {
                block(R"({"type":"redacted_thinking","data":")", part.seal, R"("})");
                break;
            }
            const auto signature = sealFor(Dialect::Messages, seal, context);
            if (!text.empty() || !signature.empty())
                block(R"({"type":"thinking","thinking":")", text, R"(","signature":")", signature, R"("})");
            break;
        }
        case Kind::ToolCall:
        case Kind::FreeformCall:
            block(R"({"type":"tool_use","id":")", part.id, R"(","name":")", part.name, R"(","input":)",
                  inputOf(part), "}");
            break;
        }
    }
    std::string out;
    append(out, R"({"id":")", reply.id, R"(","type":"message","role":"assistant","model":")", reply.model,
           R"(","content":[)", content, R"(],"stop_reason":")", stopReasonOf(reply.stop),
           R"(","stop_sequence":)");
    if (reply.stop == StopReason::StopSequence && !reply.stopSequence.empty())
        append(out, "\"", reply.stopSequence, "\"");
    else
        out += "null";
    out += R"(,"usage":)";
    pricing::TokenUsage estimate;
    estimate.input = context.estimatedInputTokens;
    estimate.output = (bytes + bytesPerToken - 1) / bytesPerToken;
    appendUsage(out, reply.usage.value_or(estimate));
    return out + "}";
}

} // namespace tierdeck::gateway::wire
