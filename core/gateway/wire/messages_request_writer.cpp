#include "core/foundation/json_text.h"
#include "core/gateway/wire/conversation.h"
#include "core/gateway/wire/request_writing.h"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;

constexpr std::int64_t usualOutputTokens = 32000; ///< where neither the client nor the model's name says
constexpr std::int64_t leastBudget = 1024;        ///< the API takes no smaller one
constexpr std::size_t mostCacheMarks = 4;
constexpr std::string_view ownCacheMark = R"({"type":"ephemeral"})";
constexpr std::array<std::string_view, 4> imageTypes{"image/png", "image/jpeg", "image/gif", "image/webp"};

class MessagesWriter {
public:
    MessagesWriter(const NeutralRequest& request, const WriteOptions& options, Notes& notes)
        : m_request(request)
        , m_options(options)
        , m_notes(notes)
        , m_traits(traitsOf(options.model))
        , m_written(startedWriting(request, options))
        , m_names(request, false, m_written.context, notes)
        , m_json(m_written.body)
        , m_conversation(request.messages, notes) {}

    WrittenRequest write() {
        collectSystem();
        collectMessages();
        placeCacheMarks();
        m_json.beginObject();
        m_json.text("model", m_options.model);
        const auto limit = maxTokens();
        m_json.number("max_tokens", limit);
        if (m_request.stream)
            m_json.flag("stream", true);
        settings(limit);
        if (!m_tools.empty())
            tools();
        if (!m_system.empty()) {
            m_json.beginArray("system");
            for (const auto& block : m_system)
                writeBlock(block);
            m_json.endArray();
        }
        m_json.beginArray("messages");
        for (const auto& message : m_messages) {
            m_json.beginObject();
            m_json.text("role", message.isAssistant ? "assistant" : "user");
            m_json.beginArray("content");
            for (const auto& block : message.blocks)
                writeBlock(block);
            m_json.endArray();
            m_json.endObject();
        }
        m_json.endArray();
        m_json.endObject();
        return std::move(m_written);
    }

private:
    struct Block {
        const Part* part = nullptr;
        std::string id;
        std::string mark;
    };

    struct MessageBlocks {
        bool isAssistant = false;
        std::vector<Block> blocks;
    };

    // What is written, before it is written.

    void collectSystem() {
        for (const auto& part : m_request.system) {
            const auto* text = std::get_if<Text>(&part.content);
            if (text && !isBlank(text->text))
                m_system.push_back({&part, {}, part.cacheMark});
        }
        const auto& output = m_request.output;
        const bool wantsJson = output.kind == OutputFormat::Kind::JsonObject;
        m_writesSchema =
            output.kind == OutputFormat::Kind::JsonSchema && !output.schema.empty() && m_traits.takesSchema;
        if (wantsJson) {
            m_notes.add("The wish for JSON is told in words: the provider knows only schemas.");
            addSystem("Answer with one JSON object and nothing else.");
        } else if (output.kind == OutputFormat::Kind::JsonSchema && !m_writesSchema) {
            m_notes.add("The output schema is told in words: the model takes none.");
            addSystem("Answer with JSON that fits this schema, and nothing else:\n" + output.schema);
        }
        const auto offered = offeredTools(m_request, m_notes);
        m_choice = toolChoiceAmong(offered, m_request, m_notes);
        for (const auto* tool : offered)
            m_tools.push_back({tool, tool->cacheMark});
    }

    void addSystem(std::string text) {
        m_made.push_back({Text{std::move(text)}, {}});
        m_system.push_back({&m_made.back(), {}, {}});
    }

    void collectMessages() {
        for (const auto& turn : m_conversation.turns()) {
            const bool isAssistant = turn.role == Role::Assistant;
            std::vector<Block> blocks;
            for (const auto& piece : turn.pieces)
                collect(turn.role, piece, blocks);
            if (blocks.empty())
                continue;
            if (m_messages.empty() || m_messages.back().isAssistant != isAssistant)
                m_messages.push_back({isAssistant, {}});
            auto& all = m_messages.back().blocks;
            std::move(blocks.begin(), blocks.end(), std::back_inserter(all));
        }
        if (m_messages.empty() || m_messages.front().isAssistant) {
            m_notes.add(
                "The conversation begins with a word of the user's, since the provider asks for one.");
            m_messages.insert(m_messages.begin(), {false, {textBlock("Begin.")}});
        }
        if (!m_messages.back().isAssistant)
            return;
        if (m_traits.thinking == ThinkingForm::Adaptive) {
            m_notes.add("The conversation ends with a word of the user's, since the model asks for one.");
            m_messages.push_back({false, {textBlock("Continue.")}});
        } else if (const auto* last = std::get_if<Text>(&m_messages.back().blocks.back().part->content)) {
            // What the assistant's answer begins with may not end in white space.
            const auto end = last->text.find_last_not_of(" \t\r\n");
            if (end + 1 < last->text.size())
                m_messages.back().blocks.back() = textBlock(last->text.substr(0, end + 1));
        }
    }

    Block textBlock(std::string text) {
        m_made.push_back({Text{std::move(text)}, {}});
        return {&m_made.back(), {}, {}};
    }

    /// Empty texts are refused; what cannot be said is left out or said in words.
    void collect(Role role, const Conversation::Piece& piece, std::vector<Block>& blocks) {
        const auto& part = *piece.part;
        if (const auto* text = std::get_if<Text>(&part.content)) {
            if (isBlank(text->text))
                return;
            if (role == Role::System) {
                m_notes.add("System text in the middle of the conversation is told in a user's message.");
                blocks.push_back(textBlock(systemReminder(text->text)));
                blocks.back().mark = part.cacheMark;
                return;
            }
        } else if (const auto* refusal = std::get_if<Refusal>(&part.content)) {
            if (!isBlank(refusal->text))
                blocks.push_back(textBlock(refusal->text));
            return;
        } else if (const auto* thinking = std::get_if<Thinking>(&part.content)) {
            if (!isOwn(*thinking)) {
                m_notes.add("Earlier thinking is not carried: only its maker can read it.");
                return;
            }
        } else if (const auto* image = std::get_if<Image>(&part.content)) {
            if (role == Role::Assistant || !isReadable(*image)) {
                m_notes.add("An image of a kind that the provider does not read is not carried.");
                blocks.push_back(textBlock("(an image that cannot be shown)"));
                return;
            }
        } else if (const auto* document = std::get_if<Document>(&part.content)) {
            if (role == Role::Assistant || !isReadable(*document)) {
                blocks.push_back(textBlock(documentText(*document, m_notes)));
                return;
            }
        }
        blocks.push_back({&part, piece.id, part.cacheMark});
    }

    [[nodiscard]] bool isOwn(const Thinking& thinking) const {
        return thinking.dialect == Dialect::Messages && !thinking.seal.empty() && !thinking.model.empty() &&
               thinking.model == m_options.servingModel;
    }

    static bool isReadable(const Image& image) {
        return !image.url.empty() ||
               std::find(imageTypes.begin(), imageTypes.end(), image.mediaType) != imageTypes.end();
    }

    static bool isReadable(const Document& document) {
        return !document.url.empty() || !document.text.empty() || document.mediaType.empty() ||
               document.mediaType == "application/pdf";
    }

    /// The provider caches only what is marked, and takes few marks: the client's last ones, or our own where
    /// it has none and the conversation goes on.
    void placeCacheMarks() {
        std::vector<std::string*> marks;
        const auto take = [&](std::string& mark) {
            if (!mark.empty())
                marks.push_back(&mark);
        };
        for (auto& tool : m_tools)
            take(tool.mark);
        for (auto& block : m_system)
            take(block.mark);
        for (auto& message : m_messages) {
            for (auto& block : message.blocks)
                take(block.mark);
        }
        if (marks.size() > mostCacheMarks) {
            m_notes.add("Only the last four cache marks are carried.");
            for (std::size_t at = 0; at + mostCacheMarks < marks.size(); ++at)
                marks[at]->clear();
        }
        const bool goesOn = !m_tools.empty() || m_messages.size() > 1;
        if (!marks.empty() || !goesOn)
            return;
        m_notes.add("Cache marks are set, since the provider caches nothing without them.");
        if (!m_system.empty())
            m_system.back().mark = ownCacheMark;
        else if (!m_tools.empty())
            m_tools.back().mark = ownCacheMark;
        int users = 0;
        for (auto message = m_messages.rbegin(); message != m_messages.rend() && users < 2; ++message) {
            if (message->isAssistant)
                continue;
            message->blocks.back().mark = ownCacheMark;
            ++users;
        }
    }

    // The members.

    std::int64_t maxTokens() {
        if (const auto limit = outputLimit(m_request, m_options, m_traits, m_notes))
            return std::max<std::int64_t>(*limit, 1);
        const auto known = knownLimit(m_options, m_traits);
        const auto limit = known > 0 ? known : usualOutputTokens;
        m_notes.add("The request sets no output limit: " + std::to_string(limit) + " tokens are allowed.");
        return limit;
    }

    void settings(std::int64_t limit) {
        const auto effort = wantedEffort(m_request, m_options, m_traits, m_notes);
        const bool thinks = thinking(effort, limit);
        if (thinks) {
            if (m_request.temperature || m_request.topP)
                m_notes.add("Temperature and top_p are not carried: the model thinks.");
        } else {
            writeSampling(m_json, Dialect::Messages, m_request, m_options, m_traits, m_notes);
        }
        const bool saysEffort = m_traits.thinking == ThinkingForm::Adaptive && !effort.empty();
        if (saysEffort || m_writesSchema) {
            m_json.beginObject("output_config");
            if (saysEffort)
                m_json.text("effort", effort);
            if (m_writesSchema) {
                m_json.beginObject("format");
                m_json.text("type", "json_schema");
                m_json.raw("schema", m_request.output.schema);
                m_json.endObject();
            }
            m_json.endObject();
        }
        stopSequences();
        if (!m_request.user.empty()) {
            m_json.beginObject("metadata");
            m_json.text("user_id", m_request.user);
            m_json.endObject();
        }
    }

    void stopSequences() {
        bool hasAny = false;
        for (const auto& stop : m_request.stop) {
            if (isBlank(stop)) {
                m_notes.add("Stop sequences of white space are not carried: the provider refuses them.");
                continue;
            }
            if (!std::exchange(hasAny, true))
                m_json.beginArray("stop_sequences");
            m_json.text(stop);
        }
        if (hasAny)
            m_json.endArray();
    }

    /// Whether the model is told to think, which bears no forced call.
    bool thinking(const std::string& effort, std::int64_t limit) {
        const auto& wish = m_request.reasoning;
        const bool isWished = wish.kind == Reasoning::Kind::On || wish.kind == Reasoning::Kind::Budget ||
                              (wish.kind == Reasoning::Kind::Unset && !effort.empty());
        if (!isWished || m_traits.thinking == ThinkingForm::None)
            return false;
        const auto choice = m_choice.kind;
        if (!m_tools.empty() && (choice == ToolChoice::Kind::Any || choice == ToolChoice::Kind::Named)) {
            m_notes.add("The model does not think where it must call a tool: the provider allows no both.");
            return false;
        }
        if (m_traits.thinking == ThinkingForm::Adaptive) {
            m_json.raw("thinking", m_request.reasoning.summary.empty()
                                       ? R"({"type":"adaptive"})"
                                       : R"({"type":"adaptive","display":"summarized"})");
            return true;
        }
        if (inToolLoopWithoutThoughts()) {
            m_notes.add("The model does not think in the middle of a tool loop that began without.");
            return false;
        }
        const auto wanted = wish.kind == Reasoning::Kind::Budget
                                ? wish.budgetTokens
                                : budgetOf(effort.empty() ? "medium" : effort);
        const auto budget = std::min(wanted, limit / 2);
        if (budget < leastBudget) {
            m_notes.add("The model does not think: the output limit leaves no room for it.");
            return false;
        }
        m_json.beginObject("thinking");
        m_json.text("type", "enabled");
        m_json.number("budget_tokens", budget);
        m_json.endObject();
        return true;
    }

    /// With a fixed budget the assistant's message that made the calls must begin with a thought.
    [[nodiscard]] bool inToolLoopWithoutThoughts() const {
        if (m_messages.size() < 2)
            return false;
        const auto& last = m_messages.back();
        const bool hasResults =
            !last.isAssistant && std::holds_alternative<ToolResult>(last.blocks.front().part->content);
        const auto& before = m_messages[m_messages.size() - 2];
        return hasResults && !std::holds_alternative<Thinking>(before.blocks.front().part->content);
    }

    void tools() {
        m_json.beginArray("tools");
        for (const auto& [tool, mark] : m_tools) {
            m_json.beginObject();
            m_json.text("name", m_names.nameOf(tool->nameSpace, tool->name));
            const auto description = tool->isFreeform ? freeformDescription(*tool) : tool->description;
            m_json.textIfAny("description", description);
            m_json.raw("input_schema", objectSchema(functionSchema(*tool)));
            m_json.rawIfAny("cache_control", mark);
            m_json.endObject();
        }
        m_json.endArray();
        const auto& choice = m_choice;
        const bool isSingle = m_request.parallelToolCalls && !*m_request.parallelToolCalls;
        if (choice.kind == ToolChoice::Kind::Unset && !isSingle)
            return;
        m_json.beginObject("tool_choice");
        switch (choice.kind) {
        case ToolChoice::Kind::None:
            m_json.text("type", "none");
            break;
        case ToolChoice::Kind::Any:
            m_json.text("type", "any");
            break;
        case ToolChoice::Kind::Named:
            m_json.text("type", "tool");
            m_json.text("name", m_names.nameOf(choice.nameSpace, choice.name));
            break;
        default:
            m_json.text("type", "auto");
        }
        if (isSingle && choice.kind != ToolChoice::Kind::None)
            m_json.flag("disable_parallel_tool_use", true);
        m_json.endObject();
    }

    /// The provider asks that a schema says of itself that it is an object's.
    static std::string objectSchema(std::string schema) {
        const auto json = JsonText::parse(schema);
        if (json && json->find("/type"))
            return schema;
        const auto brace = schema.find('{');
        if (!json || brace == std::string::npos)
            return R"({"type":"object"})";
        const bool isEmpty = json->keys("").empty();
        return schema.insert(brace + 1, isEmpty ? R"("type":"object")" : R"("type":"object",)");
    }

    // The blocks.

    void writeBlock(const Block& block) {
        const auto& content = block.part->content;
        m_json.beginObject();
        if (const auto* text = std::get_if<Text>(&content)) {
            m_json.text("type", "text");
            m_json.text("text", text->text);
        } else if (const auto* image = std::get_if<Image>(&content)) {
            this->image(*image);
        } else if (const auto* document = std::get_if<Document>(&content)) {
            this->document(*document);
        } else if (const auto* thinking = std::get_if<Thinking>(&content)) {
            if (thinking->isRedacted) {
                m_json.text("type", "redacted_thinking");
                m_json.text("data", thinking->seal);
            } else {
                m_json.text("type", "thinking");
                m_json.text("thinking", thinking->text);
                m_json.text("signature", thinking->seal);
            }
        } else if (const auto* call = std::get_if<ToolCall>(&content)) {
            m_json.text("type", "tool_use");
            m_json.text("id", block.id);
            m_json.text("name", m_names.nameOf(call->nameSpace, call->name));
            m_json.raw("input", argumentsObject(*call, m_notes));
        } else if (const auto* result = std::get_if<ToolResult>(&content)) {
            m_json.text("type", "tool_result");
            m_json.text("tool_use_id", block.id);
            resultContent(*result);
            if (result->isError)
                m_json.flag("is_error", true);
        }
        m_json.rawIfAny("cache_control", block.mark);
        m_json.endObject();
    }

    void resultContent(const ToolResult& result) {
        std::vector<Block> blocks;
        for (const auto& part : result.content)
            collect(Role::User, {&part, {}}, blocks);
        if (blocks.empty())
            return;
        if (const auto* only = std::get_if<Text>(&blocks.front().part->content); only && blocks.size() == 1) {
            m_json.text("content", only->text);
            return;
        }
        m_json.beginArray("content");
        for (auto& block : blocks) {
            block.mark.clear(); // the result as a whole has its mark
            writeBlock(block);
        }
        m_json.endArray();
    }

    void image(const Image& image) {
        m_json.text("type", "image");
        m_json.beginObject("source");
        if (!image.url.empty()) {
            m_json.text("type", "url");
            m_json.text("url", image.url);
        } else {
            m_json.text("type", "base64");
            m_json.text("media_type", image.mediaType);
            m_json.text("data", image.data);
        }
        m_json.endObject();
    }

    void document(const Document& document) {
        m_json.text("type", "document");
        m_json.beginObject("source");
        if (!document.text.empty()) {
            m_json.text("type", "text");
            m_json.text("media_type", "text/plain");
            m_json.text("data", document.text);
        } else if (!document.data.empty()) {
            m_json.text("type", "base64");
            m_json.text("media_type", "application/pdf");
            m_json.text("data", document.data);
        } else {
            m_json.text("type", "url");
            m_json.text("url", document.url);
        }
        m_json.endObject();
        m_json.textIfAny("title", document.name);
    }

    struct MarkedTool {
        const Tool* tool = nullptr;
        std::string mark;
    };

    const NeutralRequest& m_request;
    const WriteOptions& m_options;
    Notes& m_notes;
    ModelTraits m_traits;
    WrittenRequest m_written;
    ToolNames m_names;
    JsonWriter m_json;
    Conversation m_conversation;
    std::deque<Part> m_made;
    std::vector<MarkedTool> m_tools;
    ToolChoice m_choice;
    std::vector<Block> m_system;
    std::vector<MessageBlocks> m_messages;
    bool m_writesSchema = false;
};

} // namespace

WrittenRequest writeMessages(const NeutralRequest& request, const WriteOptions& options, Notes& notes) {
    return MessagesWriter(request, options, notes).write();
}

} // namespace tierdeck::gateway::wire
