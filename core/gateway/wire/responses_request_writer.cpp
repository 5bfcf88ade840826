#include "core/gateway/wire/conversation.h"
#include "core/gateway/wire/request_writing.h"

#include <algorithm>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;

constexpr std::int64_t leastOutputTokens = 16; ///< the API takes no smaller limit

class ResponsesWriter {
public:
    ResponsesWriter(const NeutralRequest& request, const WriteOptions& options, Notes& notes)
        : m_request(request)
        , m_options(options)
        , m_notes(notes)
        , m_traits(traitsOf(options.model))
        , m_written(startedWriting(request, options))
        , m_names(request, true, m_written.context, notes)
        , m_json(m_written.body)
        , m_tools(offeredTools(request, notes))
        , m_choice(toolChoiceAmong(m_tools, request, notes)) {}

    WrittenRequest write() {
        m_json.beginObject();
        m_json.text("model", m_options.model);
        m_json.flag("store", false);
        if (m_request.stream)
            m_json.flag("stream", true);
        m_json.textIfAny("instructions", joinedText(m_request.system, "\n\n"));
        if (std::any_of(m_request.system.begin(), m_request.system.end(),
                        [](const Part& part) { return !part.cacheMark.empty(); }))
            noteCacheMarks();
        settings();
        if (!m_tools.empty())
            tools();
        input();
        m_json.endObject();
        return std::move(m_written);
    }

private:
    void settings() {
        if (const auto limit = outputLimit(m_request, m_options, m_traits, m_notes))
            m_json.number("max_output_tokens", std::max(*limit, leastOutputTokens));
        writeSampling(m_json, Dialect::Responses, m_request, m_options, m_traits, m_notes);
        if (!m_request.stop.empty())
            m_notes.add("Stop sequences are not carried: the provider takes none.");
        const auto effort = wantedEffort(m_request, m_options, m_traits, m_notes);
        if (m_traits.thinking == ThinkingForm::Effort) {
            // Nothing is stored, so what was thought must travel with the conversation.
            m_json.raw("include", R"(["reasoning.encrypted_content"])");
            if (!effort.empty() || !m_request.reasoning.summary.empty()) {
                m_json.beginObject("reasoning");
                m_json.textIfAny("effort", effort);
                m_json.textIfAny("summary", m_request.reasoning.summary);
                m_json.endObject();
            }
        }
        text();
        writeOpenAiMembers(m_json, m_request, m_options);
    }

    void text() {
        const auto& output = m_request.output;
        const bool hasFormat = output.kind == OutputFormat::Kind::JsonObject || !output.schema.empty();
        const bool hasVerbosity = m_options.isOpenAi && !m_request.verbosity.empty();
        if (!hasFormat && !hasVerbosity)
            return;
        m_json.beginObject("text");
        if (hasVerbosity)
            m_json.text("verbosity", m_request.verbosity);
        if (output.kind == OutputFormat::Kind::JsonObject) {
            m_json.raw("format", R"({"type":"json_object"})");
        } else if (hasFormat) {
            m_json.beginObject("format");
            m_json.text("type", "json_schema");
            m_json.text("name", output.name.empty() ? "answer" : output.name);
            m_json.textIfAny("description", output.description);
            if (output.isStrict)
                m_json.flag("strict", *output.isStrict);
            m_json.raw("schema", output.schema);
            m_json.endObject();
        }
        m_json.endObject();
    }

    void tools() {
        m_json.beginArray("tools");
        for (const auto* offered : m_tools) {
            const auto& tool = *offered;
            m_json.beginObject();
            m_json.text("type", tool.isFreeform ? "custom" : "function");
            m_json.text("name", m_names.nameOf(tool.nameSpace, tool.name));
            m_json.textIfAny("description", tool.description);
            if (!tool.isFreeform) {
                m_json.raw("parameters", functionSchema(tool));
                // Left out, the API would make every schema strict, and refuse most.
                m_json.flag("strict", tool.isStrict.value_or(false));
            } else if (!tool.grammar.empty()) {
                m_json.beginObject("format");
                m_json.text("type", "grammar");
                m_json.text("syntax", tool.grammarSyntax.empty() ? "lark" : tool.grammarSyntax);
                m_json.text("definition", tool.grammar);
                m_json.endObject();
            }
            m_json.endObject();
            if (!tool.cacheMark.empty())
                noteCacheMarks();
        }
        m_json.endArray();
        const auto& choice = m_choice;
        if (const auto word = openAiWord(choice.kind); !word.empty()) {
            m_json.text("tool_choice", word);
        } else if (choice.kind == ToolChoice::Kind::Named) {
            m_json.beginObject("tool_choice");
            m_json.text("type", isFreeform(choice.name) ? "custom" : "function");
            m_json.text("name", m_names.nameOf(choice.nameSpace, choice.name));
            m_json.endObject();
        }
        if (m_request.parallelToolCalls)
            m_json.flag("parallel_tool_calls", *m_request.parallelToolCalls);
    }

    [[nodiscard]] bool isFreeform(std::string_view name) const {
        return std::any_of(m_tools.begin(), m_tools.end(),
                           [&](const Tool* tool) { return tool->isFreeform && tool->name == name; });
    }

    void input() {
        m_json.beginArray("input");
        const Conversation conversation(m_request.messages, m_notes);
        for (const auto& turn : conversation.turns()) {
            // Texts that follow each other are one message; calls and results are items of their own.
            std::vector<const Part*> run;
            for (const auto& piece : turn.pieces) {
                const auto& content = piece.part->content;
                if (std::holds_alternative<ToolCall>(content) ||
                    std::holds_alternative<ToolResult>(content) ||
                    std::holds_alternative<Thinking>(content)) {
                    message(turn.role, run);
                    item(piece);
                } else {
                    run.push_back(piece.part);
                }
            }
            message(turn.role, run);
        }
        m_json.endArray();
    }

    void item(const Conversation::Piece& piece) {
        if (!piece.part->cacheMark.empty())
            noteCacheMarks();
        if (const auto* call = std::get_if<ToolCall>(&piece.part->content))
            toolCall(*call, piece.id);
        else if (const auto* result = std::get_if<ToolResult>(&piece.part->content))
            toolResult(*result, piece.id);
        else
            thinking(std::get<Thinking>(piece.part->content));
    }

    void toolCall(const ToolCall& call, const std::string& id) {
        if (call.isFreeform)
            m_freeformCalls.push_back(id);
        m_json.beginObject();
        m_json.text("type", call.isFreeform ? "custom_tool_call" : "function_call");
        m_json.text("call_id", id);
        m_json.text("name", m_names.nameOf(call.nameSpace, call.name));
        if (call.isFreeform)
            m_json.text("input", call.arguments);
        else
            m_json.text("arguments", argumentsObject(call, m_notes));
        m_json.endObject();
    }

    void toolResult(const ToolResult& result, const std::string& id) {
        const bool isFreeformResult =
            std::find(m_freeformCalls.begin(), m_freeformCalls.end(), id) != m_freeformCalls.end();
        const bool isText = std::all_of(result.content.begin(), result.content.end(), [](const Part& part) {
            return std::holds_alternative<Text>(part.content);
        });
        m_json.beginObject();
        m_json.text("type", isFreeformResult ? "custom_tool_call_output" : "function_call_output");
        m_json.text("call_id", id);
        if (isText) {
            m_json.text("output", resultText(result));
        } else {
            m_json.beginArray("output");
            const auto words = resultText(result);
            if (!words.empty())
                this->words("input_text", words);
            for (const auto& part : result.content) {
                if (!std::holds_alternative<Text>(part.content))
                    this->part(part, Role::User);
            }
            m_json.endArray();
        }
        m_json.endObject();
    }

    /// Only who sealed it can go on from it.
    void thinking(const Thinking& thinking) {
        if (thinking.dialect != Dialect::Responses || thinking.seal.empty() || thinking.model.empty() ||
            thinking.model != m_options.servingModel) {
            m_notes.add("Earlier thinking is not carried: only its maker can read it.");
            return;
        }
        m_json.beginObject();
        m_json.text("type", "reasoning");
        m_json.textIfAny("id", thinking.id);
        m_json.beginArray("summary");
        if (!thinking.text.empty())
            words("summary_text", thinking.text);
        m_json.endArray();
        m_json.text("encrypted_content", thinking.seal);
        m_json.endObject();
    }

    void message(Role role, std::vector<const Part*>& run) {
        const auto parts = std::exchange(run, {});
        if (parts.empty())
            return;
        m_json.beginObject();
        m_json.text("type", "message");
        m_json.text("role", role == Role::Assistant ? "assistant"
                            : role == Role::System  ? "developer"
                                                    : "user");
        m_json.beginArray("content");
        for (const auto* part : parts)
            this->part(*part, role);
        m_json.endArray();
        m_json.endObject();
    }

    void part(const Part& part, Role role) {
        if (!part.cacheMark.empty())
            noteCacheMarks();
        if (const auto* text = std::get_if<Text>(&part.content)) {
            words(role == Role::Assistant ? "output_text" : "input_text", text->text);
        } else if (const auto* refusal = std::get_if<Refusal>(&part.content)) {
            if (role != Role::Assistant) {
                words("input_text", refusal->text);
                return;
            }
            m_json.beginObject();
            m_json.text("type", "refusal");
            m_json.text("refusal", refusal->text);
            m_json.endObject();
        } else if (role == Role::Assistant) {
            m_notes.add("An assistant's image or file is not carried.");
            words("output_text", "(an image or file)");
        } else if (const auto* image = std::get_if<Image>(&part.content)) {
            m_json.beginObject();
            m_json.text("type", "input_image");
            m_json.text("image_url", imageUrl(*image));
            m_json.textIfAny("detail", image->detail);
            m_json.endObject();
        } else if (const auto* document = std::get_if<Document>(&part.content)) {
            this->document(*document);
        }
    }

    void document(const Document& document) {
        if (document.data.empty() && document.url.empty()) {
            words("input_text", documentText(document, m_notes));
            return;
        }
        m_json.beginObject();
        m_json.text("type", "input_file");
        if (document.data.empty()) {
            m_json.text("file_url", document.url);
        } else {
            m_json.text("filename", document.name.empty() ? "document.pdf" : document.name);
            m_json.text("file_data", documentUrl(document));
        }
        m_json.endObject();
    }

    void words(std::string_view type, std::string_view text) {
        m_json.beginObject();
        m_json.text("type", type);
        m_json.text("text", text);
        m_json.endObject();
    }

    void noteCacheMarks() {
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
    std::vector<std::string> m_freeformCalls;
};

} // namespace

WrittenRequest writeResponses(const NeutralRequest& request, const WriteOptions& options, Notes& notes) {
    return ResponsesWriter(request, options, notes).write();
}

} // namespace tierdeck::gateway::wire
