#include "core/gateway/wire/carried_reasoning.h"
#include "core/gateway/wire/request_json.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;
namespace od = simdjson::ondemand;

/// Members that do not touch the answer, or that are the gateway's own business.
constexpr std::array<std::string_view, 8> harmless{"store",           "include",
                                                   "client_metadata", "truncation",
                                                   "stream_options",  "prompt_cache_retention",
                                                   "background",      "prompt_cache_options"};

class ResponsesReader {
public:
    explicit ResponsesReader(Notes& notes)
        : m_notes(notes) {}

    Result<NeutralRequest> read(std::string_view body) {
        auto done = in::eachMember(body, [&](std::string_view key, od::value& value) -> Result<void> {
            return in::isNull(value) ? Result<void>() : member(key, value);
        });
        if (!done)
            return tl::unexpected(done.error());
        if (m_refersElsewhere)
            return in::unsupported("`input` refers to items that another provider keeps. Send the whole "
                                   "conversation as `input`.");
        if (m_request.messages.empty() && m_request.system.empty() && m_instructions.empty())
            return in::invalid("`input` is missing or empty.");
        if (!m_instructions.empty())
            m_request.system.insert(m_request.system.begin(), {Text{std::move(m_instructions)}, {}});
        m_dropped.tellIn(m_notes);
        return std::move(m_request);
    }

private:
    Result<void> member(std::string_view key, od::value& value) {
        if (key == "input")
            return input(value);
        if (key == "previous_response_id" || key == "conversation" || key == "prompt")
            return in::unsupported(
                "`" + std::string(key) +
                "` points to what another provider keeps, and the model that was chosen is "
                "not its own. Send the whole conversation as `input`.");
        if (key == "model") {
            m_request.model = in::textOr(value);
        } else if (key == "instructions") {
            m_instructions = in::textOr(value);
        } else if (key == "stream") {
            m_request.stream = in::flag(value).value_or(false);
        } else if (key == "temperature") {
            m_request.temperature = in::number(value);
        } else if (key == "top_p") {
            m_request.topP = in::number(value);
        } else if (key == "max_output_tokens") {
            m_request.maxTokens = in::count(value);
        } else if (key == "reasoning") {
            reasoning(value);
        } else if (key == "text") {
            textFormat(value);
        } else if (key == "tools") {
            in::eachObject(value, [&](od::object& object) { tool(object, {}); });
        } else if (key == "tool_choice") {
            toolChoice(value);
        } else if (key == "parallel_tool_calls") {
            m_request.parallelToolCalls = in::flag(value);
        } else if (key == "user" || key == "safety_identifier") {
            m_request.user = in::textOr(value);
        } else if (key == "metadata") {
            m_request.metadata = in::textMembers(value);
        } else if (key == "prompt_cache_key") {
            m_request.promptCacheKey = in::textOr(value);
        } else if (key == "service_tier") {
            m_request.serviceTier = in::textOr(value);
        } else if (std::find(harmless.begin(), harmless.end(), key) == harmless.end()) {
            m_dropped.member(key);
        }
        return {};
    }

    Result<void> input(od::value& value) {
        m_request.messages.clear();
        m_request.system.clear();
        if (auto words = in::text(value)) {
            if (!words->empty())
                m_request.messages.push_back({Role::User, {{Text{std::move(*words)}, {}}}});
            return {};
        }
        if (!in::eachObject(value, [&](od::object& object) { item(object); }))
            return in::invalid("`input` must be a text or an array.");
        return {};
    }

    void reasoning(od::value& value) {
        od::object object;
        if (value.get_object().get(object))
            return;
        auto& wish = m_request.reasoning;
        wish.effort = in::text(object, "effort");
        wish.summary = in::text(object, "summary");
        if (!wish.effort.empty())
            wish.kind = wish.effort == "none" ? Reasoning::Kind::Off : Reasoning::Kind::On;
    }

    void textFormat(od::value& value) {
        od::object object;
        od::object format;
        if (value.get_object().get(object))
            return;
        m_request.verbosity = in::text(object, "verbosity");
        if (!in::find(object, "format", format))
            return;
        auto& output = m_request.output;
        const auto kind = in::text(format, "type");
        if (kind == "json_object") {
            output.kind = OutputFormat::Kind::JsonObject;
        } else if (kind == "json_schema") {
            output.kind = OutputFormat::Kind::JsonSchema;
            output.name = in::text(format, "name");
            output.description = in::text(format, "description");
            output.schema = in::rawObject(format, "schema");
            output.isStrict = in::flag(format, "strict");
        }
    }

    void tool(od::object& object, const std::string& nameSpace) {
        const auto kind = in::text(object, "type");
        Tool made;
        made.nameSpace = nameSpace;
        made.name = in::text(object, "name");
        made.description = in::text(object, "description");
        if (kind == "namespace") {
            od::value inner;
            if (nameSpace.empty() && in::find(object, "tools", inner))
                in::eachObject(inner, [&](od::object& one) { tool(one, made.name); });
            return;
        }
        if (kind == "function") {
            made.schema = in::rawObject(object, "parameters");
            made.isStrict = in::flag(object, "strict");
        } else if (kind == "custom") {
            made.isFreeform = true;
            od::object format;
            if (in::find(object, "format", format)) {
                made.grammarSyntax = in::text(format, "syntax");
                made.grammar = in::text(format, "definition");
            }
        } else {
            m_notes.add("A tool that only its own provider runs is not offered to another.");
            return;
        }
        m_request.tools.push_back(std::move(made));
    }

    void toolChoice(od::value& value) {
        auto& choice = m_request.toolChoice;
        if (const auto word = in::text(value)) {
            choice.kind = in::openAiToolChoice(*word);
            return;
        }
        od::object object;
        if (value.get_object().get(object))
            return;
        const auto kind = in::text(object, "type");
        if (kind == "function" || kind == "custom") {
            choice.kind = ToolChoice::Kind::Named;
            choice.name = in::text(object, "name");
            choice.nameSpace = in::text(object, "namespace");
        } else if (kind == "allowed_tools") {
            choice.kind = in::openAiToolChoice(in::text(object, "mode"));
            m_notes.add("The choice among allowed tools is not carried: all tools may be called.");
        }
    }

    void item(od::object& object) {
        const auto kind = in::text(object, "type");
        if (kind.empty() || kind == "message") {
            message(object);
        } else if (kind == "reasoning") {
            thinking(object);
        } else if (kind == "function_call" || kind == "custom_tool_call") {
            ToolCall call;
            call.id = in::text(object, "call_id");
            call.name = in::text(object, "name");
            call.nameSpace = in::text(object, "namespace");
            call.isFreeform = kind == "custom_tool_call";
            call.arguments = in::text(object, call.isFreeform ? "input" : "arguments");
            add(Role::Assistant, {std::move(call), {}});
        } else if (kind == "local_shell_call") {
            ToolCall call;
            call.id = in::text(object, "call_id");
            call.name = "local_shell";
            call.arguments = in::rawObject(object, "action");
            add(Role::Assistant, {std::move(call), {}});
        } else if (kind == "function_call_output" || kind == "custom_tool_call_output" ||
                   kind == "local_shell_call_output") {
            toolResult(object);
        } else if (kind == "item_reference") {
            m_refersElsewhere = true;
        } else if (kind == "compaction" || kind == "compaction_summary" || kind == "context_compaction") {
            m_notes.add(
                "A sealed summary of earlier conversation is not carried: only its maker can read it.");
        } else {
            m_notes.add("An item that only its own provider understands is not carried.");
        }
    }

    void add(Role role, Part part) {
        Message made;
        made.role = role;
        made.parts.push_back(std::move(part));
        m_request.messages.push_back(std::move(made));
    }

    void message(od::object& object) {
        const auto role = in::text(object, "role");
        Message made;
        made.role = role == "assistant"                       ? Role::Assistant
                    : role == "system" || role == "developer" ? Role::System
                                                              : Role::User;
        od::value content;
        if (in::find(object, "content", content))
            parts(content, made.parts);
        if (made.role == Role::System && m_request.messages.empty())
            std::move(made.parts.begin(), made.parts.end(), std::back_inserter(m_request.system));
        else if (!made.parts.empty() || made.role == Role::User)
            m_request.messages.push_back(std::move(made));
    }

    void thinking(od::object& object) {
        Thinking made;
        made.dialect = Dialect::Responses;
        made.id = in::text(object, "id");
        for (const auto* member : {"summary", "content"}) {
            od::value sections;
            if (made.text.empty() && in::find(object, member, sections))
                in::eachObject(sections, [&](od::object& section) {
                    made.text += (made.text.empty() ? "" : "\n\n") + in::text(section, "text");
                });
        }
        made.seal = in::text(object, "encrypted_content");
        if (auto carried = unpackReasoning(made.seal)) {
            made.dialect = carried->dialect;
            made.model = std::move(carried->model);
            made.isRedacted = carried->id == carriedRedactedId;
            made.id = std::move(carried->id);
            made.seal = std::move(carried->seal);
        }
        add(Role::Assistant, {std::move(made), {}});
    }

    void toolResult(od::object& object) {
        ToolResult result;
        result.callId = in::text(object, "call_id");
        od::value output;
        if (in::find(object, "output", output)) {
            od::object wrapped;
            if (!output.get_object().get(wrapped)) {
                result.isError = !in::flag(wrapped, "success").value_or(true);
                if (in::find(wrapped, "content", output))
                    parts(output, result.content);
            } else {
                parts(output, result.content);
            }
        }
        add(Role::User, {std::move(result), {}});
    }

    void parts(od::value& value, std::vector<Part>& made) {
        if (auto words = in::text(value)) {
            if (!words->empty())
                made.push_back({Text{std::move(*words)}, {}});
            return;
        }
        in::eachObject(value, [&](od::object& part) { contentPart(part, made); });
    }

    void contentPart(od::object& object, std::vector<Part>& made) {
        const auto kind = in::text(object, "type");
        if (kind == "input_text" || kind == "output_text" || kind == "text" || kind == "summary_text") {
            if (auto words = in::text(object, "text"); !words.empty())
                made.push_back({Text{std::move(words)}, {}});
        } else if (kind == "refusal") {
            made.push_back({Refusal{in::text(object, "refusal")}, {}});
        } else if (kind == "input_image") {
            auto url = in::text(object, "image_url");
            if (url.empty()) {
                m_notes.add("An image that only its own provider keeps is not carried.");
                return;
            }
            auto image = in::imageFrom(std::move(url));
            image.detail = in::text(object, "detail");
            made.push_back({std::move(image), {}});
        } else if (kind == "input_file") {
            file(object, made);
        } else {
            m_notes.add(kind == "input_audio" ? "Audio is not carried to another dialect."
                                              : "A part of an unknown kind is not carried.");
        }
    }

    void file(od::object& object, std::vector<Part>& made) {
        Document document;
        document.name = in::text(object, "filename");
        document.url = in::text(object, "file_url");
        const auto data = in::text(object, "file_data");
        if (data.starts_with("data:"))
            in::takeDataUrl(data, document.mediaType, document.data);
        else
            document.data = data;
        if (document.data.empty() && document.url.empty())
            m_notes.add("A file that only its own provider keeps is not carried.");
        else
            made.push_back({std::move(document), {}});
    }

    Notes& m_notes;
    NeutralRequest m_request;
    std::string m_instructions;
    in::Dropped m_dropped;
    bool m_refersElsewhere = false;
};

} // namespace

Result<NeutralRequest> readResponses(std::string_view body, Notes& notes) {
    return ResponsesReader(notes).read(body);
}

} // namespace tierdeck::gateway::wire
