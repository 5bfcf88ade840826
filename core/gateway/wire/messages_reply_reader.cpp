// Reads replies of Anthropic Messages. Blocks end one after the other, each with its own start and stop.
#include "core/gateway/wire/reply_dialects.h"
#include "core/gateway/wire/reply_json.h"

#include <vector>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

/// A message's input tokens are those that no cache had. Fields that are absent keep what was said before.
void readUsage(od::object& object, pricing::TokenUsage& usage) {
    auto told = usage;
    if (const auto input = json::count(object, "input_tokens"))
        told.input = *input;
    if (const auto cached = json::count(object, "cache_read_input_tokens"))
        told.cachedInput = *cached;
    const auto written = json::count(object, "cache_creation_input_tokens");
    od::object creation;
    if (json::find(object, "cache_creation", creation)) {
        told.cacheWrite5m = json::countOrZero(creation, "ephemeral_5m_input_tokens");
        told.cacheWrite1h = json::countOrZero(creation, "ephemeral_1h_input_tokens");
        if (written)
            told.cacheWrite5m += std::max<std::int64_t>(*written - told.cacheWrite5m - told.cacheWrite1h, 0);
    } else if (written && *written != told.cacheWrite5m + told.cacheWrite1h) {
        told.cacheWrite5m = *written;
        told.cacheWrite1h = 0;
    }
    if (told.prompt() == 0) // no prompt is empty: this one does not know
        told = usage;
    if (const auto output = json::count(object, "output_tokens"))
        told.output = *output;
    od::object details;
    if (json::find(object, "output_tokens_details", details))
        told.reasoning = json::countOrZero(details, "thinking_tokens");
    told.reasoning = std::min(told.reasoning, told.output);
    if (json::find(object, "server_tool_use", details)) {
        if (const auto searches = json::count(details, "web_search_requests"))
            told.webSearches = *searches;
    }
    usage = told;
}

StopReason stopReasonOf(std::string_view word) {
    if (word == "max_tokens" || word == "model_context_window_exceeded")
        return StopReason::Length;
    if (word == "stop_sequence")
        return StopReason::StopSequence;
    if (word == "tool_use")
        return StopReason::ToolCalls;
    if (word == "pause_turn")
        return StopReason::Pause;
    if (word == "refusal")
        return StopReason::Refusal;
    return StopReason::Stop;
}

class MessagesReader final : public ReplyReader {
private:
    struct Block {
        std::int64_t index = 0;
        int part = 0;
        bool isForeign = false; ///< one of the provider's own tools
        bool hasArguments = false;
        std::string input; ///< that a call began with, escaped
    };

    void readEvent(const SseEvent& event, ReplySink& sink) override {
        od::document document;
        od::object object;
        std::string_view type;
        if (event.data == "[DONE]")
            return; // some put it behind the end of everything
        if (!json::parse(event.data, document, object)) {
            m_broken = true;
            return;
        }
        if (object.find_field_unordered("type").get_string().get(type))
            type = event.name;
        m_type.assign(type); // simdjson's own copy does not last
        if (object.reset().error()) {
            m_broken = true;
            return;
        }
        if (m_type.empty()) {
            m_broken = true;
            return;
        }
        if (m_type == "content_block_delta")
            readDelta(object, sink);
        else if (m_type == "content_block_start")
            readBlockStart(object, sink);
        else if (m_type == "content_block_stop")
            endBlock(json::number(object, "index", 0), sink);
        else if (m_type == "message_start")
            readMessageStart(object, sink);
        else if (m_type == "message_delta")
            readMessageDelta(object, sink);
        else if (m_type == "message_stop")
            finish(sink);
        else if (m_type == "error")
            readError(object, sink);
    }

    void readEnd(ReplySink& sink) override {
        if (m_hasStop)
            finish(sink);
    }

    bool readBody(std::string_view body, ReplySink& sink) override {
        m_isWhole = true;
        od::document document;
        od::object message;
        if (!json::parse(body, document, message))
            return false;
        const auto type = plainOf(json::text(message, "type"));
        if (type == "error") {
            readError(message, sink);
            return true;
        }
        if (type != "message" && !type.empty())
            return false;
        readStarted(message, sink);
        od::array content;
        std::int64_t index = 0;
        if (message.find_field_unordered("content").get_array().get(content))
            return false;
        for (auto element : content) {
            od::object block;
            if (element.get_object().get(block))
                return false;
            startBlock(index, block, sink);
            endBlock(index++, sink);
        }
        readStop(message);
        od::object usage;
        if (json::find(message, "usage", usage)) {
            readUsage(usage, m_usage);
            m_hasUsage = true;
        }
        finish(sink);
        return true;
    }

    void readStarted(od::object& message, ReplySink& sink) {
        reply::Started started;
        started.id = json::text(message, "id");
        started.model = json::text(message, "model");
        sink.take(started);
    }

    void readMessageStart(od::object& object, ReplySink& sink) {
        od::object message;
        if (!json::find(object, "message", message))
            return;
        readStarted(message, sink);
        od::object usage;
        if (json::find(message, "usage", usage)) {
            readUsage(usage, m_usage);
            m_hasUsage = true;
            sink.take(reply::Usage{m_usage});
        }
    }

    Block& begin(std::int64_t index) {
        auto& block = m_blocks.emplace_back();
        block.index = index;
        block.part = m_nextPart++;
        return block;
    }

    /// Blocks are few and open one at a time.
    Block* find(std::int64_t index) {
        for (auto& block : m_blocks) {
            if (block.index == index)
                return &block;
        }
        return nullptr;
    }

    void readBlockStart(od::object& object, ReplySink& sink) {
        const auto index = json::number(object, "index", 0);
        od::object content;
        if (!json::find(object, "content_block", content))
            return;
        if (find(index))
            endBlock(index, sink);
        startBlock(index, content, sink);
    }

    void startBlock(std::int64_t index, od::object& content, ReplySink& sink) {
        constexpr std::size_t maxOpen = 1000; // no honest reply has so many
        if (m_blocks.size() == maxOpen)
            endBlock(m_blocks.front().index, sink);
        auto& block = begin(index);
        const auto type = json::text(content, "type").json;
        if (type == "text") {
            if (const auto text = json::text(content, "text"); !text.empty())
                sink.take(reply::Text{block.part, text});
            readCitations(content, block.part, sink);
        } else if (type == "thinking") {
            if (const auto text = json::text(content, "thinking"); !text.empty())
                sink.take(reply::Reasoning{block.part, text});
            if (const auto signature = json::text(content, "signature"); !signature.empty())
                sink.take(reply::Seal{block.part, SealKind::Signature, signature, {}, Dialect::Messages});
        } else if (type == "redacted_thinking") {
            sink.take(reply::Seal{
                block.part, SealKind::Redacted, json::text(content, "data"), {}, Dialect::Messages});
        } else if (type == "tool_use") {
            reply::ToolCall call;
            call.part = block.part;
            call.id = json::text(content, "id");
            call.name = json::text(content, "name");
            sink.take(call);
            od::object input;
            std::string_view raw;
            bool empty = true;
            // A stream's calls begin with an empty object, which their deltas replace.
            if (json::find(content, "input", input) && !input.is_empty().get(empty) &&
                (m_isWhole || !empty) && !input.reset().error() && !input.raw_json().get(raw))
                appendQuotedOnceMore(block.input, raw);
        } else {
            block.isForeign = true;
            sink.take(reply::Dropped{type == "server_tool_use" || type.ends_with("_tool_result")
                                         ? "the provider's own tools at work"
                                         : "a content block that only Messages has"});
        }
    }

    void readCitations(od::object& content, int part, ReplySink& sink) {
        od::array citations;
        if (content.find_field_unordered("citations").get_array().get(citations))
            return;
        for (auto element : citations) {
            od::object citation;
            if (element.get_object().get(citation))
                return;
            readCitation(citation, part, sink);
        }
    }

    void readCitation(od::object& object, int part, ReplySink& sink) {
        reply::Citation citation;
        citation.part = part;
        citation.url = json::text(object, "url");
        citation.title = json::text(object, "title");
        if (citation.url.empty())
            sink.take(reply::Dropped{"a citation of a document"});
        else
            sink.take(citation);
    }

    void readDelta(od::object& object, ReplySink& sink) {
        const auto index = json::number(object, "index", 0);
        auto* block = find(index);
        if (!block)
            block = &begin(index); // its start was left out
        od::object delta;
        if (block->isForeign || !json::find(object, "delta", delta))
            return;
        const auto type = json::text(delta, "type").json;
        if (type == "text_delta") {
            if (const auto text = json::text(delta, "text"); !text.empty())
                sink.take(reply::Text{block->part, text});
        } else if (type == "input_json_delta") {
            const auto text = json::text(delta, "partial_json");
            if (!text.empty()) {
                block->hasArguments = true;
                sink.take(reply::Arguments{block->part, text});
            }
        } else if (type == "thinking_delta") {
            if (const auto text = json::text(delta, "thinking"); !text.empty())
                sink.take(reply::Reasoning{block->part, text});
        } else if (type == "signature_delta") {
            if (const auto text = json::text(delta, "signature"); !text.empty())
                sink.take(reply::Seal{block->part, SealKind::Signature, text, {}, Dialect::Messages});
        } else if (type == "citations_delta") {
            od::object citation;
            if (json::find(delta, "citation", citation))
                readCitation(citation, block->part, sink);
        }
    }

    void endBlock(std::int64_t index, ReplySink& sink) {
        auto* block = find(index);
        if (!block)
            return;
        if (!block->isForeign) {
            if (!block->hasArguments && !block->input.empty())
                sink.take(reply::Arguments{block->part, {block->input}});
            sink.take(reply::PartEnd{block->part});
        }
        m_blocks.erase(m_blocks.begin() + (block - m_blocks.data()));
    }

    void readMessageDelta(od::object& object, ReplySink& sink) {
        od::object delta;
        if (json::find(object, "delta", delta))
            readStop(delta);
        od::object usage;
        if (json::find(object, "usage", usage)) {
            readUsage(usage, m_usage);
            m_hasUsage = true;
            sink.take(reply::Usage{m_usage});
        }
    }

    void readStop(od::object& object) {
        if (const auto reason = json::text(object, "stop_reason"); !reason.empty()) {
            m_stop = reason.json;
            m_hasStop = true;
        }
        if (const auto sequence = json::text(object, "stop_sequence"); !sequence.empty())
            m_stopSequence = sequence.json;
    }

    void readError(od::object& object, ReplySink& sink) {
        od::value error;
        if (object.find_field_unordered("error").get(error))
            sink.take(reply::Failed{});
        else
            json::tellError(error, sink);
    }

    void finish(ReplySink& sink) {
        while (!m_blocks.empty())
            endBlock(m_blocks.front().index, sink);
        if (m_hasUsage)
            sink.take(reply::Usage{m_usage});
        m_done = true;
        sink.take(reply::Finished{stopReasonOf(m_stop), {m_stopSequence}, {m_stop}});
    }

    bool m_isWhole = false;
    std::string m_type;
    std::vector<Block> m_blocks; ///< those that are open
    int m_nextPart = 0;
    pricing::TokenUsage m_usage;
    bool m_hasUsage = false;
    bool m_hasStop = false;
    std::string m_stop;
    std::string m_stopSequence;
};

} // namespace

std::unique_ptr<ReplyReader> makeMessagesReader() {
    return std::make_unique<MessagesReader>();
}

} // namespace tierdeck::gateway::wire
