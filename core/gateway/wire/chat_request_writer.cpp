#include "core/gateway/wire/conversation.h"
#include "core/gateway/wire/json_writer.h"
#include "core/gateway/wire/model_traits.h"
#include "core/gateway/wire/request_writing.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;

class ChatWriter {
public:
    ChatWriter(const NeutralRequest& request, const WriteOptions& options, Notes& notes)
        : m_request(request)
        , m_options(options)
        , m_notes(notes)
        , m_traits(traitsOf(options.model))
        , m_written(startedWriting(request, options))
        , m_names(request, false, m_written.context, notes)
        , m_json(m_written.body)
        , m_tools(offeredTools(request, notes))
        , m_choice(toolChoiceAmong(m_tools, request, notes)) {}

    WrittenRequest write() {
        m_json.beginObject();
        m_json.text("model", m_options.model);
        if (m_request.stream) {
            m_json.flag("stream", true);
            m_json.raw("stream_options", R"({"include_usage":true})");
        }
        settings();
        if (!m_tools.empty())
            tools();
        messages();
        m_json.endObject();
        return std::move(m_written);
    }

private:
    void settings() {
        if (const auto limit = outputLimit(m_request, m_options, m_traits, m_notes))
            m_json.number(m_traits.countsCompletionTokens ? "max_completion_tokens" : "max_tokens", *limit);
        writeSampling(m_json, Dialect::Chat, m_request, m_options, m_traits, m_notes);
        if (!m_request.stop.empty() && m_traits.countsCompletionTokens) {
            m_notes.add("Stop sequences are not carried: the model takes none.");
        } else if (!m_request.stop.empty()) {
            m_json.beginArray("stop");
            constexpr std::size_t most = 4;
            for (std::size_t at = 0; at < std::min(most, m_request.stop.size()); ++at)
                m_json.text(m_request.stop[at]);
            m_json.endArray();
            if (m_request.stop.size() > most)
                m_notes.add("Only the first four stop sequences are carried.");
        }
        if (const auto effort = wantedEffort(m_request, m_options, m_traits, m_notes); !effort.empty())
            m_json.text("reasoning_effort", effort);
        output();
        writeOpenAiMembers(m_json, m_request, m_options);
        if (m_options.isOpenAi)
            m_json.textIfAny("verbosity", m_request.verbosity);
    }

    void output() {
        const auto& output = m_request.output;
        if (output.kind == OutputFormat::Kind::JsonObject) {
            m_json.raw("response_format", R"({"type":"json_object"})");
        } else if (output.kind == OutputFormat::Kind::JsonSchema && !output.schema.empty()) {
            m_json.beginObject("response_format");
            m_json.text("type", "json_schema");
            m_json.beginObject("json_schema");
            m_json.text("name", output.name.empty() ? "answer" : output.name);
            m_json.textIfAny("description", output.description);
            if (output.isStrict)
                m_json.flag("strict", *output.isStrict);
            m_json.raw("schema", output.schema);
            m_json.endObject();
            m_json.endObject();
        }
    }

    void tools() {
        m_json.beginArray("tools");
        for (const auto* offered : m_tools) {
            const auto& tool = *offered;
            m_json.beginObject();
            m_json.text("type", "function");
            m_json.beginObject("function");
            m_json.text("name", m_names.nameOf(tool.nameSpace, tool.name));
            const auto description = tool.isFreeform ? freeformDescription(tool) : tool.description;
            m_json.textIfAny("description", description);
            m_json.raw("parameters", functionSchema(tool));
            if (tool.isStrict && !tool.isFreeform)
                m_json.flag("strict", *tool.isStrict);
            m_json.endObject();
            cacheMark(tool.cacheMark);
            m_json.endObject();
        }
        m_json.endArray();
        const auto& choice = m_choice;
        if (const auto word = openAiWord(choice.kind); !word.empty()) {
            m_json.text("tool_choice", word);
        } else if (choice.kind == ToolChoice::Kind::Named) {
            m_json.beginObject("tool_choice");
            m_json.text("type", "function");
            m_json.beginObject("function");
            m_json.text("name", m_names.nameOf(choice.nameSpace, choice.name));
            m_json.endObject();
            m_json.endObject();
        }
        if (m_request.parallelToolCalls)
            m_json.flag("parallel_tool_calls", *m_request.parallelToolCalls);
    }

    void messages() {
        const Conversation conversation(m_request.messages, m_notes);
        const auto& turns = conversation.turns();
        std::vector<const Part*> system;
        for (const auto& part : m_request.system)
            system.push_back(&part);
        // The templates of many models take system text at the start alone. What stands before the first
        // answer may go there: it stays in place from request to request.
        const auto answer = std::find_if(turns.begin(), turns.end(),
                                         [](const auto& turn) { return turn.role == Role::Assistant; });
        for (auto turn = turns.begin(); !m_options.isOpenAi && turn != answer; ++turn) {
            if (turn->role != Role::System)
                continue;
            for (const auto& piece : turn->pieces)
                system.push_back(piece.part);
        }
        m_json.beginArray("messages");
        if (!system.empty())
            message("system", system);
        for (auto turn = turns.begin(); turn != turns.end(); ++turn) {
            if (turn->role == Role::Assistant)
                assistant(*turn);
            else if (turn->role == Role::User || m_options.isOpenAi)
                other(*turn);
            else if (turn > answer)
                reminder(*turn);
        }
        endUser();
        m_json.endArray();
    }

    void reminder(const Conversation::Turn& turn) {
        m_notes.add("System text in the middle of the conversation is told in a user's message.");
        std::vector<const Part*> parts;
        for (const auto& piece : turn.pieces) {
            if (const auto* text = std::get_if<Text>(&piece.part->content))
                parts.push_back(&m_made.emplace_back(Part{Text{systemReminder(text->text)}, {}}));
        }
        user(parts);
    }

    /// The templates of many models take turn about alone: what a user says in several messages is one there.
    void user(const std::vector<const Part*>& parts) {
        m_userParts.insert(m_userParts.end(), parts.begin(), parts.end());
        if (m_options.isOpenAi)
            endUser();
    }

    void endUser() {
        if (!m_userParts.empty())
            message("user", std::exchange(m_userParts, {}));
    }

    void message(std::string_view role, const std::vector<const Part*>& parts) {
        m_json.beginObject();
        m_json.text("role", role);
        m_json.key("content");
        content(parts);
        m_json.endObject();
    }

    void assistant(const Conversation::Turn& turn) {
        std::string words;
        std::string refusal;
        bool hasCalls = false;
        for (const auto& piece : turn.pieces) {
            if (const auto* text = std::get_if<Text>(&piece.part->content))
                words += (words.empty() ? "" : "\n") + text->text;
            else if (const auto* refused = std::get_if<Refusal>(&piece.part->content))
                refusal += refused->text;
            else if (std::holds_alternative<ToolCall>(piece.part->content))
                hasCalls = true;
            else if (std::holds_alternative<Thinking>(piece.part->content))
                m_notes.add("Earlier thinking is not carried: only its maker can read it.");
            else
                m_notes.add("An assistant's image or file is not carried.");
        }
        if (words.empty() && refusal.empty() && !hasCalls)
            return;
        endUser();
        m_json.beginObject();
        m_json.text("role", "assistant");
        if (!words.empty())
            m_json.text("content", words);
        else if (!refusal.empty() && !m_options.isOpenAi)
            m_json.text("content", refusal);
        else
            m_json.raw("content", "null");
        if (m_options.isOpenAi)
            m_json.textIfAny("refusal", refusal);
        if (hasCalls) {
            m_json.beginArray("tool_calls");
            for (const auto& piece : turn.pieces) {
                const auto* call = std::get_if<ToolCall>(&piece.part->content);
                if (!call)
                    continue;
                m_json.beginObject();
                m_json.text("id", piece.id);
                m_json.text("type", "function");
                m_json.beginObject("function");
                m_json.text("name", m_names.nameOf(call->nameSpace, call->name));
                m_json.text("arguments", argumentsObject(*call, m_notes));
                m_json.endObject();
                m_json.endObject();
            }
            m_json.endArray();
        }
        m_json.endObject();
    }

    /// A tool's message holds text alone: its images follow in a user's.
    void other(const Conversation::Turn& turn) {
        std::vector<const Part*> rest;
        for (const auto& piece : turn.pieces) {
            const auto* result = std::get_if<ToolResult>(&piece.part->content);
            if (!result) {
                rest.push_back(piece.part);
                continue;
            }
            endUser();
            bool hasMore = false;
            for (const auto& part : result->content) {
                if (std::holds_alternative<Text>(part.content))
                    continue;
                if (!std::exchange(hasMore, true))
                    rest.push_back(&m_made.emplace_back(
                        Part{Text{"Attached to the result of tool call " + piece.id + ":"}, {}}));
                rest.push_back(&part);
            }
            auto words = resultText(*result);
            if (words.empty() && hasMore)
                words = "The result is attached to the next message.";
            m_json.beginObject();
            m_json.text("role", "tool");
            m_json.text("tool_call_id", piece.id);
            m_json.text("content", words);
            m_json.endObject();
        }
        if (turn.role == Role::User)
            user(rest);
        else if (!rest.empty())
            message("system", rest);
    }

    void content(const std::vector<const Part*>& parts) {
        const bool isMarked = m_options.takesCacheMarks &&
                              std::any_of(parts.begin(), parts.end(),
                                          [](const Part* part) { return !part->cacheMark.empty(); });
        const bool isText = std::all_of(parts.begin(), parts.end(), [](const Part* part) {
            return std::holds_alternative<Text>(part->content);
        });
        if (isText && !isMarked) {
            std::string all;
            for (const auto* part : parts) {
                all += (all.empty() ? "" : "\n\n") + std::get<Text>(part->content).text;
                cacheMark(part->cacheMark);
            }
            m_json.text(all);
            return;
        }
        m_json.beginArray();
        for (const auto* part : parts)
            this->part(*part);
        m_json.endArray();
    }

    void part(const Part& part) {
        if (const auto* text = std::get_if<Text>(&part.content)) {
            m_json.beginObject();
            m_json.text("type", "text");
            m_json.text("text", text->text);
        } else if (const auto* refusal = std::get_if<Refusal>(&part.content)) {
            m_json.beginObject();
            m_json.text("type", "text");
            m_json.text("text", refusal->text);
        } else if (const auto* image = std::get_if<Image>(&part.content)) {
            m_json.beginObject();
            m_json.text("type", "image_url");
            m_json.beginObject("image_url");
            m_json.text("url", imageUrl(*image));
            if (image->detail == "low" || image->detail == "high" || image->detail == "auto")
                m_json.text("detail", image->detail);
            m_json.endObject();
        } else if (const auto* document = std::get_if<Document>(&part.content)) {
            if (document->data.empty()) {
                m_json.beginObject();
                m_json.text("type", "text");
                m_json.text("text", documentText(*document, m_notes));
            } else {
                m_json.beginObject();
                m_json.text("type", "file");
                m_json.beginObject("file");
                m_json.text("filename", document->name.empty() ? "document.pdf" : document->name);
                m_json.text("file_data", documentUrl(*document));
                m_json.endObject();
            }
        } else {
            return;
        }
        cacheMark(part.cacheMark);
        m_json.endObject();
    }

    void cacheMark(const std::string& mark) {
        if (mark.empty())
            return;
        if (m_options.takesCacheMarks)
            m_json.raw("cache_control", mark);
        else
            m_notes.add("Cache marks are not carried: the provider caches by itself or not at all.");
    }

    const NeutralRequest& m_request;
    const WriteOptions& m_options;
    Notes& m_notes;
    ModelTraits m_traits;
    WrittenRequest m_written;
    ToolNames m_names;
    JsonWriter m_json;
    std::vector<const Tool*> m_tools;
    ToolChoice m_choice;
    std::deque<Part> m_made;
    std::vector<const Part*> m_userParts; ///< of a user's message that may still grow
};

} // namespace

WrittenRequest writeChat(const NeutralRequest& request, const WriteOptions& options, Notes& notes) {
    return ChatWriter(request, options, notes).write();
}

} // namespace tierdeck::gateway::wire
