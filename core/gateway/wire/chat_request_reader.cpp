#include "core/gateway/wire/request_json.h"

#include <iterator>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;
namespace od = simdjson::ondemand;

class ChatReader {
public:
    explicit ChatReader(Notes& notes)
        : m_notes(notes) {}

    Result<NeutralRequest> read(std::string_view body) {
        auto done = in::eachMember(body, [&](std::string_view key, od::value& value) -> Result<void> {
            return in::isNull(value) ? Result<void>() : member(key, value);
        });
        if (!done)
            return tl::unexpected(done.error());
        if (m_request.system.empty() && m_request.messages.empty())
            return in::invalid("`messages` is missing or empty.");
        m_dropped.tellIn(m_notes);
        return std::move(m_request);
    }

private:
    Result<void> member(std::string_view key, od::value& value) {
        if (key == "messages") {
            m_request.system.clear();
            m_request.messages.clear();
            if (!in::eachObject(value, [&](od::object& object) { message(object); }))
                return in::invalid("`messages` must be an array.");
        } else if (key == "model") {
            m_request.model = in::textOr(value);
        } else if (key == "stream") {
            m_request.stream = in::flag(value).value_or(false);
        } else if (key == "stream_options") {
            od::object options;
            m_request.includeUsage =
                !value.get_object().get(options) && in::flag(options, "include_usage").value_or(false);
        } else if (key == "temperature") {
            m_request.temperature = in::number(value);
        } else if (key == "top_p") {
            m_request.topP = in::number(value);
        } else if (key == "max_completion_tokens" || (key == "max_tokens" && !m_request.maxTokens)) {
            m_request.maxTokens = in::count(value);
        } else if (key == "stop") {
            m_request.stop = in::texts(value);
        } else if (key == "reasoning_effort") {
            effort(in::textOr(value));
        } else if (key == "reasoning") {
            openRouterReasoning(value);
        } else if (key == "tools") {
            in::eachObject(value, [&](od::object& object) { tool(object); });
        } else if (key == "functions") {
            in::eachObject(value, [&](od::object& object) { function(object, {}); });
        } else if (key == "tool_choice") {
            toolChoice(value);
        } else if (key == "parallel_tool_calls") {
            m_request.parallelToolCalls = in::flag(value);
        } else if (key == "response_format") {
            responseFormat(value);
        } else if (key == "user" || key == "safety_identifier") {
            m_request.user = in::textOr(value);
        } else if (key == "metadata") {
            m_request.metadata = in::textMembers(value);
        } else if (key == "prompt_cache_key") {
            m_request.promptCacheKey = in::textOr(value);
        } else if (key == "service_tier") {
            m_request.serviceTier = in::textOr(value);
        } else if (key == "verbosity") {
            m_request.verbosity = in::textOr(value);
        } else if (key != "store" && key != "models" && key != "provider" && key != "max_tokens" &&
                   key != "prompt_cache_retention") {
            if (key != "n" || in::count(value).value_or(1) != 1)
                m_dropped.member(key);
        }
        return {};
    }

    void effort(const std::string& name) {
        m_request.reasoning.kind = name == "none" ? Reasoning::Kind::Off : Reasoning::Kind::On;
        m_request.reasoning.effort = name;
    }

    void openRouterReasoning(od::value& value) {
        od::object object;
        if (value.get_object().get(object))
            return;
        if (const auto name = in::text(object, "effort"); !name.empty()) {
            effort(name);
        } else if (const auto budget = in::count(object, "max_tokens")) {
            m_request.reasoning.kind = Reasoning::Kind::Budget;
            m_request.reasoning.budgetTokens = *budget;
        } else if (const auto enabled = in::flag(object, "enabled")) {
            m_request.reasoning.kind = *enabled ? Reasoning::Kind::On : Reasoning::Kind::Off;
        }
    }

    void tool(od::object& object) {
        const auto kind = in::text(object, "type");
        const auto mark = in::rawObject(object, "cache_control");
        od::object inner;
        if (kind == "custom" && in::find(object, "custom", inner)) {
            Tool custom;
            custom.isFreeform = true;
            custom.name = in::text(inner, "name");
            custom.description = in::text(inner, "description");
            custom.cacheMark = mark;
            od::object format;
            od::object grammar;
            if (in::find(inner, "format", format) && in::find(format, "grammar", grammar)) {
                custom.grammarSyntax = in::text(grammar, "syntax");
                custom.grammar = in::text(grammar, "definition");
            }
            m_request.tools.push_back(std::move(custom));
        } else if (in::find(object, "function", inner)) {
            function(inner, mark);
        } else {
            m_notes.add("A tool that only its own provider runs is not offered to another.");
        }
    }

    void function(od::object& object, const std::string& mark) {
        Tool made;
        made.name = in::text(object, "name");
        made.description = in::text(object, "description");
        made.schema = in::rawObject(object, "parameters");
        made.isStrict = in::flag(object, "strict");
        made.cacheMark = mark;
        m_request.tools.push_back(std::move(made));
    }

    void toolChoice(od::value& value) {
        auto& choice = m_request.toolChoice;
        if (const auto word = in::text(value)) {
            choice.kind = in::openAiToolChoice(*word);
            return;
        }
        od::object object;
        od::object inner;
        if (value.get_object().get(object))
            return;
        const auto kind = in::text(object, "type");
        if (in::find(object, kind == "custom" ? "custom" : "function", inner)) {
            choice.kind = ToolChoice::Kind::Named;
            choice.name = in::text(inner, "name");
        } else if (in::find(object, "allowed_tools", inner)) {
            choice.kind = in::openAiToolChoice(in::text(inner, "mode"));
            m_notes.add("The choice among allowed tools is not carried: all tools may be called.");
        }
    }

    void responseFormat(od::value& value) {
        od::object object;
        od::object schema;
        if (value.get_object().get(object))
            return;
        auto& output = m_request.output;
        const auto kind = in::text(object, "type");
        if (kind == "json_object") {
            output.kind = OutputFormat::Kind::JsonObject;
        } else if (kind == "json_schema" && in::find(object, "json_schema", schema)) {
            output.kind = OutputFormat::Kind::JsonSchema;
            output.name = in::text(schema, "name");
            output.description = in::text(schema, "description");
            output.schema = in::rawObject(schema, "schema");
            output.isStrict = in::flag(schema, "strict");
        }
    }

    void message(od::object& object) {
        const auto role = in::text(object, "role");
        const auto mark = in::rawObject(object, "cache_control");
        Message made;
        if (role == "system" || role == "developer") {
            made.role = Role::System;
            content(object, made.parts);
            markLast(made.parts, mark);
            if (m_request.messages.empty())
                std::move(made.parts.begin(), made.parts.end(), std::back_inserter(m_request.system));
            else if (!made.parts.empty())
                m_request.messages.push_back(std::move(made));
            return;
        }
        if (role == "tool" || role == "function") {
            ToolResult result;
            result.callId = in::text(object, role == "tool" ? "tool_call_id" : "name");
            content(object, result.content);
            made.parts.push_back({std::move(result), mark});
        } else if (role == "assistant") {
            made.role = Role::Assistant;
            assistant(object, made.parts);
            markLast(made.parts, mark);
        } else {
            content(object, made.parts);
            markLast(made.parts, mark);
        }
        m_request.messages.push_back(std::move(made));
    }

    static void markLast(std::vector<Part>& parts, const std::string& mark) {
        if (!parts.empty() && !mark.empty())
            parts.back().cacheMark = mark;
    }

    void assistant(od::object& object, std::vector<Part>& parts) {
        auto thought = in::text(object, "reasoning_content");
        if (thought.empty())
            thought = in::text(object, "reasoning");
        if (!thought.empty()) {
            Thinking thinking;
            thinking.text = std::move(thought);
            thinking.dialect = Dialect::Chat;
            parts.push_back({std::move(thinking), {}});
        }
        content(object, parts);
        if (auto refusal = in::text(object, "refusal"); !refusal.empty())
            parts.push_back({Refusal{std::move(refusal)}, {}});
        od::value calls;
        if (in::find(object, "tool_calls", calls))
            in::eachObject(calls, [&](od::object& call) { toolCall(call, parts); });
        od::object function;
        if (in::find(object, "function_call", function)) {
            ToolCall call;
            call.name = in::text(function, "name");
            call.id = call.name; // the old form has no ids: the result names the function
            call.arguments = in::text(function, "arguments");
            parts.push_back({std::move(call), {}});
        }
    }

    static void toolCall(od::object& object, std::vector<Part>& parts) {
        ToolCall call;
        call.id = in::text(object, "id");
        call.isFreeform = in::text(object, "type") == "custom";
        od::object inner;
        if (!in::find(object, call.isFreeform ? "custom" : "function", inner))
            return;
        call.name = in::text(inner, "name");
        call.arguments = in::text(inner, call.isFreeform ? "input" : "arguments");
        parts.push_back({std::move(call), {}});
    }

    void content(od::object& object, std::vector<Part>& parts) {
        od::value value;
        if (!in::find(object, "content", value))
            return;
        if (auto words = in::text(value)) {
            if (!words->empty())
                parts.push_back({Text{std::move(*words)}, {}});
            return;
        }
        in::eachObject(value, [&](od::object& part) { contentPart(part, parts); });
    }

    void contentPart(od::object& object, std::vector<Part>& parts) {
        const auto kind = in::text(object, "type");
        Part made;
        if (kind == "text") {
            auto words = in::text(object, "text");
            if (words.empty())
                return;
            made.content = Text{std::move(words)};
        } else if (kind == "refusal") {
            made.content = Refusal{in::text(object, "refusal")};
        } else if (kind == "image_url") {
            auto image = in::imageFrom(in::text(object, "image_url"));
            od::object inner;
            if (in::find(object, "image_url", inner)) {
                auto url = in::text(inner, "url");
                image = in::imageFrom(std::move(url));
                image.detail = in::text(inner, "detail");
            }
            made.content = std::move(image);
        } else if (od::object file; kind == "file" && in::find(object, "file", file)) {
            Document document;
            document.name = in::text(file, "filename");
            const auto data = in::text(file, "file_data");
            if (data.empty()) {
                m_notes.add("A file that only its own provider keeps is not carried.");
                return;
            }
            if (data.starts_with("data:"))
                in::takeDataUrl(data, document.mediaType, document.data);
            else
                document.data = data;
            made.content = std::move(document);
        } else {
            m_notes.add(kind == "input_audio" ? "Audio is not carried to another dialect."
                                              : "A part of an unknown kind is not carried.");
            return;
        }
        made.cacheMark = in::rawObject(object, "cache_control");
        parts.push_back(std::move(made));
    }

    Notes& m_notes;
    NeutralRequest m_request;
    in::Dropped m_dropped;
};

} // namespace

Result<NeutralRequest> readChat(std::string_view body, Notes& notes) {
    return ChatReader(notes).read(body);
}

} // namespace tierdeck::gateway::wire
