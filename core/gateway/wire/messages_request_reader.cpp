#include "core/gateway/wire/carried_reasoning.h"
#include "core/gateway/wire/request_json.h"

#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;
namespace od = simdjson::ondemand;

constexpr std::string_view attributionMark = "x-anthropic-billing-header:";

class MessagesReader {
public:
    explicit MessagesReader(Notes& notes)
        : m_notes(notes) {}

    Result<NeutralRequest> read(std::string_view body) {
        auto done = in::eachMember(body, [&](std::string_view key, od::value& value) -> Result<void> {
            return in::isNull(value) ? Result<void>() : member(key, value);
        });
        if (!done)
            return tl::unexpected(done.error());
        if (m_request.messages.empty() && m_leading.empty())
            return in::invalid("`messages` is missing or empty.");
        std::move(m_leading.begin(), m_leading.end(), std::back_inserter(m_request.system));
        // Where the client looks tools up itself, only those that it has found are offered; where the
        // provider would have done so, all are.
        const auto left = std::erase_if(m_request.tools, [&](const Tool& tool) {
            return tool.isDeferred && !m_searchesTools && !m_foundTools.contains(tool.name);
        });
        if (left > 0)
            m_notes.add("Tools that the conversation has not looked up yet are left out.");
        m_dropped.tellIn(m_notes);
        return std::move(m_request);
    }

private:
    Result<void> member(std::string_view key, od::value& value) {
        if (key == "messages") {
            m_request.messages.clear();
            m_leading.clear();
            if (!in::eachObject(value, [&](od::object& object) { message(object); }))
                return in::invalid("`messages` must be an array.");
        } else if (key == "model") {
            m_request.model = in::textOr(value);
        } else if (key == "system") {
            system(value);
        } else if (key == "stream") {
            m_request.stream = in::flag(value).value_or(false);
        } else if (key == "max_tokens") {
            m_request.maxTokens = in::count(value);
        } else if (key == "temperature") {
            m_request.temperature = in::number(value);
        } else if (key == "top_p") {
            m_request.topP = in::number(value);
        } else if (key == "stop_sequences") {
            m_request.stop = in::texts(value);
        } else if (key == "tools") {
            in::eachObject(value, [&](od::object& object) { tool(object); });
        } else if (key == "tool_choice") {
            toolChoice(value);
        } else if (key == "thinking") {
            thinkingWish(value);
        } else if (key == "output_config") {
            outputConfig(value);
        } else if (key == "output_format") {
            outputFormat(value);
        } else if (key == "metadata") {
            od::object metadata;
            if (!value.get_object().get(metadata))
                m_request.user = in::text(metadata, "user_id");
        } else if (key != "service_tier") {
            m_dropped.member(key);
        }
        return {};
    }

    void system(od::value& value) {
        m_request.system.clear();
        if (auto words = in::text(value)) {
            if (!words->empty())
                m_request.system.push_back({Text{std::move(*words)}, {}});
            return;
        }
        bool isFirst = true;
        in::eachObject(value, [&](od::object& block) {
            auto words = in::text(block, "text");
            if (std::exchange(isFirst, false) && words.starts_with(attributionMark)) {
                m_notes.add("Claude Code's billing line is for Anthropic alone and is left out.");
                return;
            }
            if (!words.empty())
                m_request.system.push_back({Text{std::move(words)}, in::rawObject(block, "cache_control")});
        });
    }

    void thinkingWish(od::value& value) {
        od::object object;
        if (value.get_object().get(object))
            return;
        auto& wish = m_request.reasoning;
        const auto kind = in::text(object, "type");
        if (kind == "disabled") {
            wish.kind = Reasoning::Kind::Off;
        } else if (kind == "adaptive") {
            wish.kind = Reasoning::Kind::On;
        } else if (const auto budget = in::count(object, "budget_tokens")) {
            wish.kind = Reasoning::Kind::Budget;
            wish.budgetTokens = *budget;
        }
        if (in::text(object, "display") == "summarized")
            wish.summary = "auto";
    }

    void outputConfig(od::value& value) {
        od::object object;
        if (value.get_object().get(object))
            return;
        for (auto field : object) {
            std::string_view key;
            od::value inner;
            if (field.unescaped_key().get(key) || field.value().get(inner))
                return;
            if (key == "effort")
                m_request.reasoning.effort = in::textOr(inner);
            else if (key == "format")
                outputFormat(inner);
            else
                m_dropped.member(key);
        }
    }

    void outputFormat(od::value& value) {
        od::object object;
        if (value.get_object().get(object) || in::text(object, "type") != "json_schema")
            return;
        m_request.output.kind = OutputFormat::Kind::JsonSchema;
        m_request.output.name = in::text(object, "name");
        m_request.output.schema = in::rawObject(object, "schema");
        m_request.output.isStrict = true; // the API has no other way
    }

    void tool(od::object& object) {
        const auto kind = in::text(object, "type");
        if (!kind.empty() && kind != "custom") {
            m_searchesTools = m_searchesTools || kind.starts_with("tool_search_tool");
            m_notes.add("A tool that only its own provider runs is not offered to another.");
            return;
        }
        Tool made;
        made.name = in::text(object, "name");
        made.description = in::text(object, "description");
        made.schema = in::rawObject(object, "input_schema");
        made.isStrict = in::flag(object, "strict");
        made.isDeferred = in::flag(object, "defer_loading").value_or(false);
        made.cacheMark = in::rawObject(object, "cache_control");
        m_request.tools.push_back(std::move(made));
    }

    void toolChoice(od::value& value) {
        od::object object;
        if (value.get_object().get(object))
            return;
        auto& choice = m_request.toolChoice;
        const auto kind = in::text(object, "type");
        choice.kind = kind == "none"   ? ToolChoice::Kind::None
                      : kind == "any"  ? ToolChoice::Kind::Any
                      : kind == "tool" ? ToolChoice::Kind::Named
                                       : ToolChoice::Kind::Auto;
        choice.name = in::text(object, "name");
        if (const auto single = in::flag(object, "disable_parallel_tool_use"))
            m_request.parallelToolCalls = !*single;
    }

    void message(od::object& object) {
        const auto role = in::text(object, "role");
        Message made;
        made.role = role == "assistant" ? Role::Assistant : role == "system" ? Role::System : Role::User;
        od::value content;
        if (in::find(object, "content", content)) {
            if (auto words = in::text(content)) {
                if (!words->empty())
                    made.parts.push_back({Text{std::move(*words)}, {}});
            } else {
                in::eachObject(content, [&](od::object& block) { part(block, made.parts); });
            }
        }
        if (made.role == Role::System && m_request.messages.empty() && !made.parts.empty())
            std::move(made.parts.begin(), made.parts.end(), std::back_inserter(m_leading));
        else
            m_request.messages.push_back(std::move(made));
    }

    void part(od::object& block, std::vector<Part>& parts) {
        const auto kind = in::text(block, "type");
        Part made;
        if (kind == "text") {
            auto words = in::text(block, "text");
            if (words.empty())
                return;
            made.content = Text{std::move(words)};
        } else if (kind == "image") {
            Image image;
            if (!imageSource(block, image))
                return;
            made.content = std::move(image);
        } else if (kind == "document") {
            Document document;
            if (!documentSource(block, document))
                return;
            made.content = std::move(document);
        } else if (kind == "tool_use") {
            ToolCall call;
            call.id = in::text(block, "id");
            call.name = in::text(block, "name");
            call.arguments = in::rawObject(block, "input");
            made.content = std::move(call);
        } else if (kind == "tool_result") {
            made.content = toolResult(block);
        } else if (kind == "thinking" || kind == "redacted_thinking") {
            made.content = thinking(block, kind == "redacted_thinking");
        } else if (kind == "search_result") {
            Text found{in::text(block, "title") + "\n" + in::text(block, "source")};
            od::value content;
            if (in::find(block, "content", content))
                in::eachObject(content, [&](od::object& one) { found.text += "\n" + in::text(one, "text"); });
            made.content = std::move(found);
        } else if (kind == "tool_reference") {
            auto name = in::text(block, "tool_name");
            made.content = Text{"The tool " + name + " can be called from now on."};
            m_foundTools.insert(std::move(name));
        } else {
            m_notes.add("A part that only its own provider understands is not carried.");
            return;
        }
        made.cacheMark = in::rawObject(block, "cache_control");
        parts.push_back(std::move(made));
    }

    bool imageSource(od::object& block, Image& image) {
        od::object source;
        if (in::find(block, "source", source)) {
            image.url = in::text(source, "url");
            image.mediaType = in::text(source, "media_type");
            image.data = in::text(source, "data");
        }
        if (!image.url.empty() || !image.data.empty())
            return true;
        m_notes.add("An image that only its own provider keeps is not carried.");
        return false;
    }

    bool documentSource(od::object& block, Document& document) {
        document.name = in::text(block, "title");
        od::object source;
        if (in::find(block, "source", source)) {
            const auto kind = in::text(source, "type");
            document.mediaType = in::text(source, "media_type");
            if (kind == "text") {
                document.text = in::text(source, "data");
            } else if (kind == "content") {
                od::value content;
                if (in::find(source, "content", content)) {
                    if (auto words = in::text(content))
                        document.text = std::move(*words);
                    else
                        in::eachObject(content, [&](od::object& one) {
                            document.text += (document.text.empty() ? "" : "\n") + in::text(one, "text");
                        });
                }
            } else {
                document.url = in::text(source, "url");
                document.data = in::text(source, "data");
            }
        }
        if (!document.url.empty() || !document.data.empty() || !document.text.empty())
            return true;
        m_notes.add("A file that only its own provider keeps is not carried.");
        return false;
    }

    ToolResult toolResult(od::object& block) {
        ToolResult result;
        result.callId = in::text(block, "tool_use_id");
        result.isError = in::flag(block, "is_error").value_or(false);
        od::value content;
        if (in::find(block, "content", content)) {
            if (auto words = in::text(content)) {
                if (!words->empty())
                    result.content.push_back({Text{std::move(*words)}, {}});
            } else {
                in::eachObject(content, [&](od::object& one) { part(one, result.content); });
            }
        }
        return result;
    }

    static Thinking thinking(od::object& block, bool isRedacted) {
        Thinking made;
        made.text = in::text(block, "thinking");
        made.seal = in::text(block, isRedacted ? "data" : "signature");
        made.isRedacted = isRedacted;
        if (auto carried = unpackReasoning(made.seal)) {
            made.dialect = carried->dialect;
            made.model = std::move(carried->model);
            made.isRedacted = carried->id == carriedRedactedId;
            made.id = std::move(carried->id);
            made.seal = std::move(carried->seal);
        }
        return made;
    }

    Notes& m_notes;
    NeutralRequest m_request;
    std::vector<Part> m_leading; ///< system messages before the first of another role
    std::set<std::string> m_foundTools;
    bool m_searchesTools = false; ///< the provider itself
    in::Dropped m_dropped;
};

} // namespace

Result<NeutralRequest> readMessages(std::string_view body, Notes& notes) {
    return MessagesReader(notes).read(body);
}

} // namespace tierdeck::gateway::wire
