#include "tests/core/gateway/reply_checks.h"

#include "core/gateway/wire/carried_reasoning.h"
#include "core/gateway/wire/part_sequencer.h"
#include "core/gateway/wire/reply_reader.h"
#include "tests/core/gateway/padded.h"

#include <nlohmann/json.hpp>

#include <map>

namespace tierdeck::gateway {

using namespace wire;
using Json = nlohmann::json;

namespace {

/// Throws away the bother of returning: a check that fails says why.
struct Wrong {
    std::string why;
};

void must(bool holds, const std::string& why) {
    if (!holds)
        throw Wrong{why};
}

class Machine {
public:
    virtual ~Machine() = default;
    virtual void event(std::string_view name, std::string_view data) = 0;
    [[nodiscard]] virtual bool isOver() const = 0;

    bool checksArguments = true;
};

class ChatMachine final : public Machine {
public:
    void event(std::string_view name, std::string_view data) override {
        must(name.empty(), "a named event");
        must(!m_done, "something behind [DONE]");
        if (data == "[DONE]") {
            must(m_finished || m_failed, "[DONE] without a reason");
            m_done = true;
            return;
        }
        const auto chunk = Json::parse(data);
        must(!m_failed, "a chunk behind the error");
        if (chunk.contains("error")) {
            must(chunk["error"]["message"].is_string() && chunk["error"]["type"].is_string(), "odd error");
            m_failed = true;
            return;
        }
        must(chunk.at("object") == "chat.completion.chunk", "another object");
        must(chunk.at("created").is_number_integer(), "created is no number");
        if (m_id.is_null())
            m_id = {chunk.at("id"), chunk.at("model")};
        must(m_id == Json({chunk.at("id"), chunk.at("model")}), "id or model changed");
        const auto& choices = chunk.at("choices");
        if (choices.empty()) {
            must(m_finished && !m_usage, "usage before the end, or twice");
            must(chunk.at("usage").at("total_tokens") ==
                     chunk["usage"].at("prompt_tokens").get<int>() +
                         chunk["usage"].at("completion_tokens").get<int>(),
                 "the total is no sum");
            m_usage = true;
            return;
        }
        must(!chunk.contains("usage"), "usage that was not asked for");
        must(!m_finished, "a choice behind the last");
        must(choices.size() == 1 && choices[0].at("index") == 0, "another choice");
        const auto& delta = choices[0].at("delta");
        if (!m_started)
            must(delta.at("role") == "assistant", "no role at first");
        m_started = true;
        for (const auto& call : delta.value("tool_calls", Json::array()))
            toolCall(call);
        const auto& reason = choices[0].at("finish_reason");
        if (reason.is_null())
            return;
        m_finished = true;
        must((reason == "tool_calls") == (m_calls > 0) || reason == "length" || reason == "content_filter",
             "a finish_reason that does not fit the calls");
        if (reason == "tool_calls")
            must(!checksArguments || m_isFreeform || Json::accept(m_arguments), "arguments that are no JSON");
    }

    [[nodiscard]] bool isOver() const override { return m_done; }

private:
    void toolCall(const Json& call) {
        const int index = call.at("index");
        if (index == m_calls) {
            must(m_calls == 0 || !checksArguments || m_isFreeform || Json::accept(m_arguments),
                 "arguments that are no JSON");
            ++m_calls;
            must(call.at("id").is_string() && !call["id"].get<std::string>().empty(), "a call without id");
            m_isFreeform = call.at("type") == "custom";
            m_arguments.clear();
        }
        must(index == m_calls - 1, "calls out of order");
        const auto& function = call.at(m_isFreeform ? "custom" : "function");
        if (!call.contains("id"))
            must(!function.contains("name"), "the name again");
        m_arguments += function.at(m_isFreeform ? "input" : "arguments").get<std::string>();
    }

    Json m_id;
    bool m_started = false;
    bool m_finished = false;
    bool m_usage = false;
    bool m_failed = false;
    bool m_done = false;
    int m_calls = 0;
    bool m_isFreeform = false;
    std::string m_arguments;
};

class MessagesMachine final : public Machine {
public:
    void event(std::string_view name, std::string_view data) override {
        const auto json = Json::parse(data);
        const std::string type = json.at("type");
        must(name == type, "the event's name is not its type");
        must(!m_over, type + " behind the end");
        if (type == "error") {
            must(json.at("error").at("type").is_string() && json["error"].at("message").is_string(),
                 "odd error");
            m_over = true;
            return;
        }
        if (type == "message_start") {
            must(!m_started, "message_start twice");
            m_started = true;
            const auto& message = json.at("message");
            must(message.at("role") == "assistant" && message.at("content").empty() &&
                     message.at("stop_reason").is_null() && message.at("id").is_string() &&
                     message.at("usage").at("input_tokens").is_number_integer(),
                 "odd message_start");
            return;
        }
        must(m_started, type + " before message_start");
        if (type == "ping")
            return;
        must(!m_stopped || type == "message_stop", type + " behind message_delta");
        if (type == "content_block_start")
            blockStart(json);
        else if (type == "content_block_delta")
            delta(json);
        else if (type == "content_block_stop")
            blockStop(json);
        else if (type == "message_delta")
            messageDelta(json);
        else if (type == "message_stop") {
            must(m_stopped, "message_stop without message_delta");
            m_over = true;
        } else {
            must(false, "unknown event " + type);
        }
    }

    [[nodiscard]] bool isOver() const override { return m_over; }

private:
    void blockStart(const Json& json) {
        must(m_block.is_null(), "a block inside of a block");
        must(json.at("index") == m_index, "blocks are not contiguous");
        m_block = json.at("content_block").at("type");
        must(m_block == "text" || m_block == "thinking" || m_block == "redacted_thinking" ||
                 m_block == "tool_use",
             "unknown block");
        m_input.clear();
        if (m_block == "tool_use") {
            m_hasTools = true;
            const auto& block = json["content_block"];
            must(block.at("input") == Json::object() && !block.at("id").get<std::string>().empty() &&
                     block.at("name").is_string(),
                 "odd tool_use");
        }
    }

    void delta(const Json& json) {
        must(!m_block.is_null() && json.at("index") == m_index, "a delta of no open block");
        const std::string type = json.at("delta").at("type");
        const bool fits = m_block == "text"       ? type == "text_delta"
                          : m_block == "thinking" ? type == "thinking_delta" || type == "signature_delta"
                                                  : m_block == "tool_use" && type == "input_json_delta";
        must(fits, type + " in " + m_block.dump());
        if (type == "input_json_delta")
            m_input += json["delta"].at("partial_json").get<std::string>();
    }

    void blockStop(const Json& json) {
        must(!m_block.is_null() && json.at("index") == m_index, "the stop of no open block");
        if (m_block == "tool_use" && !Json::parse(m_input, nullptr, false).is_object())
            m_oddInput = true;
        m_block = nullptr;
        ++m_index;
    }

    void messageDelta(const Json& json) {
        must(m_block.is_null(), "message_delta inside of a block");
        m_stopped = true;
        const auto& reason = json.at("delta").at("stop_reason");
        must(reason.is_string(), "no stop_reason");
        must((reason == "tool_use") == m_hasTools || reason == "max_tokens" || reason == "refusal",
             "a stop_reason that does not fit the blocks");
        must(reason != "tool_use" || !m_oddInput || !checksArguments, "arguments that are no JSON object");
        must((reason == "stop_sequence") == json["delta"].at("stop_sequence").is_string(),
             "odd stop_sequence");
        must(json.at("usage").at("output_tokens").is_number_integer(), "no usage");
    }

    bool m_started = false;
    bool m_stopped = false;
    bool m_over = false;
    Json m_block;
    int m_index = 0;
    bool m_hasTools = false;
    std::string m_input;
    bool m_oddInput = false;
};

class ResponsesMachine final : public Machine {
public:
    void event(std::string_view name, std::string_view data) override {
        const auto json = Json::parse(data);
        const std::string type = json.at("type");
        must(name == type, "the event's name is not its type");
        must(!m_over, type + " behind the end");
        must(json.at("sequence_number") == m_sequence, "a gap in the sequence");
        ++m_sequence;
        if (m_sequence <= 2) {
            must(type == (m_sequence == 1 ? "response.created" : "response.in_progress"), type + " at first");
            response(json.at("response"), "in_progress");
            return;
        }
        if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
            must(m_item.is_null() || type == "response.failed", "the end inside of an item");
            response(json.at("response"), type.substr(9));
            must(json["response"].at("output") == m_output, "the output is not the items that are done");
            must((type == "response.failed") == json["response"].at("error").is_object(), "odd error");
            must((type == "response.incomplete") == json["response"].at("incomplete_details").is_object(),
                 "odd incomplete_details");
            m_over = true;
            return;
        }
        must(json.at("output_index") == m_output.size(), type + " of another item");
        if (type == "response.output_item.added") {
            must(m_item.is_null(), "an item inside of an item");
            m_item = json.at("item");
            must(!m_ids.count(m_item.at("id")), "an item's id twice");
            m_ids[m_item["id"]] = true;
            m_texts.clear();
            m_open.clear();
            m_annotations = Json::array();
            return;
        }
        must(!m_item.is_null(), type + " outside of an item");
        if (type == "response.output_item.done") {
            done(json.at("item"));
            m_output.push_back(json["item"]);
            m_item = nullptr;
            return;
        }
        must(json.at("item_id") == m_item.at("id"), "another item_id");
        content(type, json);
    }

    [[nodiscard]] bool isOver() const override { return m_over; }

private:
    void response(const Json& response, const std::string& status) {
        if (m_id.is_null())
            m_id = response.at("id");
        must(response.at("object") == "response" && response.at("id") == m_id &&
                 response.at("status") == status && response.at("created_at").is_number_integer(),
             "odd response");
        if (status != "in_progress" && !response.at("usage").is_null())
            must(response["usage"].at("total_tokens") == response["usage"].at("input_tokens").get<int>() +
                                                             response["usage"].at("output_tokens").get<int>(),
                 "the total is no sum");
    }

    static std::string sectionKey(const Json& json) {
        if (json.contains("summary_index"))
            return "summary" + json["summary_index"].dump();
        if (json.contains("content_index"))
            return "content" + json["content_index"].dump();
        return "call";
    }

    void content(const std::string& type, const Json& json) {
        const auto key = sectionKey(json);
        const bool isPart = type.ends_with("part.added") || type.ends_with("part.done");
        if (type.ends_with("part.added")) {
            must(m_open.empty() && !m_texts.count(key), "a part inside of a part, or twice");
            m_open = key;
            m_texts[key] = "";
        } else if (type.ends_with("annotation.added")) {
            must(m_open == key && json.at("annotation_index") == m_annotations.size(), "odd annotation");
            m_annotations.push_back(json.at("annotation"));
        } else if (type.ends_with(".delta")) {
            must(key == "call" || m_open == key, type + " outside of its part");
            m_texts[key] += json.at("delta").get<std::string>();
            must(fits(type), type + " in " + m_item.at("type").dump());
        } else if (type.ends_with(".done")) {
            const auto& whole = isPart ? json.at("part") : json;
            const auto* field = whole.contains("text")        ? "text"
                                : whole.contains("refusal")   ? "refusal"
                                : whole.contains("arguments") ? "arguments"
                                                              : "input";
            must(whole.at(field) == m_texts[key], type + " does not say what the deltas said");
            if (isPart)
                m_open.clear();
        } else {
            must(false, "unknown event " + type);
        }
    }

    bool fits(const std::string& type) const {
        const std::string item = m_item.at("type");
        if (type.find("function_call") != std::string::npos)
            return item == "function_call";
        if (type.find("custom_tool") != std::string::npos)
            return item == "custom_tool_call";
        if (type.find("reasoning") != std::string::npos)
            return item == "reasoning";
        return item == "message";
    }

    void done(const Json& item) {
        must(m_open.empty(), "the item's end inside of a part");
        must(item.at("id") == m_item.at("id") && item.at("type") == m_item.at("type"),
             "another item is done");
        const std::string type = item["type"];
        if (type == "message") {
            must(item.at("status") == "completed" && item.at("content").size() == 1, "odd message");
            const auto& part = item["content"][0];
            must(part.at(part.contains("text") ? "text" : "refusal") == m_texts["content0"],
                 "the message does not say what its deltas said");
            if (part.contains("annotations"))
                must(part["annotations"] == m_annotations, "other annotations");
        } else if (type == "reasoning") {
            for (std::size_t i = 0; i < item.at("summary").size(); ++i)
                must(item["summary"][i].at("text") == m_texts["summary" + std::to_string(i)],
                     "another summary");
        } else {
            must(item.at(type == "function_call" ? "arguments" : "input") == m_texts["call"],
                 "the call does not say what its deltas said");
            must(!item.at("call_id").get<std::string>().empty(), "a call without id");
        }
    }

    int m_sequence = 0;
    bool m_over = false;
    Json m_id;
    Json m_item;
    Json m_output = Json::array();
    std::map<std::string, bool> m_ids;
    std::map<std::string, std::string> m_texts;
    Json m_annotations;
    std::string m_open;
};

std::string lineOf(const ReplyPart& part) {
    using Kind = ReplyPart::Kind;
    std::string line;
    switch (part.kind) {
    case Kind::Text:
        line = "text: " + part.allText();
        break;
    case Kind::Refusal:
        line = "refusal: " + part.allText();
        break;
    case Kind::Reasoning:
        line = part.isRawReasoning ? "raw reasoning: " : "reasoning: ";
        for (const auto& text : part.texts)
            line += (&text == &part.texts.front() ? "" : " | ") + text;
        break;
    case Kind::ToolCall:
    case Kind::FreeformCall:
        line = (part.kind == Kind::ToolCall ? "call " : "freeform call ") + part.id + ' ' +
               (part.nameSpace.empty() ? "" : part.nameSpace + '/') + part.name + ": " + part.allText();
        break;
    }
    if (part.sealKind) {
        const auto carried = unpackReasoning(plainOf({part.seal}));
        line += carried ? " [carried for " + carried->model + ' ' + carried->id + ": " + carried->seal + ']'
                        : std::string(*part.sealKind == SealKind::Signature  ? " [signature: "
                                      : *part.sealKind == SealKind::Redacted ? " [redacted: "
                                                                             : " [encrypted: ") +
                              part.seal + ']';
    }
    for (const auto& citation : part.citations)
        line += " [cites " + citation.url + ' ' + citation.title + ' ' + std::to_string(citation.begin) +
                '-' + std::to_string(citation.end) + ']';
    return line;
}

std::string_view nameOf(StopReason reason) {
    constexpr std::string_view names[] = {"unknown",        "stop",    "length", "tool calls",
                                          "content filter", "refusal", "pause",  "stop sequence"};
    return names[static_cast<std::size_t>(reason)];
}

} // namespace

std::string problemOf(Dialect dialect, std::string_view stream, bool complete, bool checksArguments) {
    ChatMachine chat;
    MessagesMachine messages;
    ResponsesMachine responses;
    Machine& machine = dialect == Dialect::Chat       ? static_cast<Machine&>(chat)
                       : dialect == Dialect::Messages ? static_cast<Machine&>(messages)
                                                      : responses;
    machine.checksArguments = checksArguments;
    std::string problem;
    SseReader reader;
    int number = 0;
    reader.feed(stream, [&](const SseEvent& event) {
        ++number;
        if (!event.hasData || !problem.empty())
            return;
        try {
            machine.event(event.name, event.data);
        } catch (const Wrong& wrong) {
            problem = "event " + std::to_string(number) + ": " + wrong.why;
        } catch (const std::exception& error) {
            problem = "event " + std::to_string(number) + ": " + error.what();
        }
    });
    if (problem.empty() && reader.pendingBytes() > 0)
        problem = "an event that does not end";
    if (problem.empty() && complete && !machine.isOver())
        problem = "no end";
    return problem;
}

void Story::take(const reply::Event& event) {
    m_assembler.take(event);
    if (const auto* dropped = std::get_if<reply::Dropped>(&event))
        m_others.push_back("dropped: " + std::string(dropped->what));
    if (const auto* failed = std::get_if<reply::Failed>(&event))
        m_others.push_back("failed: " + plainOf(failed->code) + " / " + plainOf(failed->type) + " / " +
                           plainOf(failed->message));
    if (const auto* finished = std::get_if<reply::Finished>(&event))
        m_end = "finished: " + std::string(nameOf(finished->reason)) + ' ' + plainOf(finished->stopSequence);
}

std::string Story::text() const {
    const auto& reply = m_assembler.reply();
    std::string text = "id " + reply.id + ", model " + reply.model + '\n';
    for (const auto& part : reply.parts)
        text += lineOf(part) + '\n';
    for (const auto& other : m_others)
        text += other + '\n';
    if (reply.usage) {
        const auto& usage = *reply.usage;
        text += "usage:";
        for (const auto count : {usage.input, usage.cachedInput, usage.cacheWrite5m, usage.cacheWrite1h,
                                 usage.output, usage.reasoning, usage.webSearches})
            text += ' ' + std::to_string(count);
        text += '\n';
    }
    return text + (m_end.empty() ? "not finished" : m_end) + '\n';
}

std::string storyOf(Dialect dialect, std::string_view stream) {
    Story story;
    PartSequencer sequencer(story);
    const auto reader = makeReplyReader(dialect);
    SseReader sse;
    sse.feed(stream, [&](const SseEvent& event) { reader->read(event, sequencer); });
    reader->end(sequencer);
    return story.text() + (reader->isBroken() ? "broken\n" : "");
}

std::string storyOfWhole(Dialect dialect, std::string_view body) {
    Story story;
    PartSequencer sequencer(story);
    const Padded padded(body);
    return makeReplyReader(dialect)->readWhole(padded.view(), sequencer) ? story.text() : "unreadable";
}

} // namespace tierdeck::gateway
