#include "core/gateway/wire/conversation.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/gateway/wire/json_writer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;

constexpr std::size_t longestId = 64; ///< OpenAI takes no longer one, nor a longer name
constexpr std::size_t longestName = 64;
constexpr std::string_view noResult = "The call gave no result.";

bool isNameChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool isName(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), isNameChar);
}

std::string hexHash(std::string_view text, std::size_t digits) {
    std::array<char, 24> hex{};
    std::snprintf(hex.data(), hex.size(), "%016llx",
                  static_cast<unsigned long long>(fingerprintOf(text).hash));
    return std::string(hex.data(), digits);
}

/// Shortened and cleaned so that it is still recognised, and differs from any other.
std::string cleanedName(std::string_view name) {
    constexpr std::size_t hashDigits = 8;
    std::string clean(name.substr(0, longestName - hashDigits - 1));
    std::replace_if(
        clean.begin(), clean.end(), [](char c) { return !isNameChar(c); }, '_');
    return clean + "_" + hexHash(name, hashDigits);
}

} // namespace

void Notes::add(std::string sentence) {
    if (std::find(m_sentences.begin(), m_sentences.end(), sentence) == m_sentences.end())
        m_sentences.push_back(std::move(sentence));
}

// ----------------------------------------------------------------------------------------------------
// the conversation

Conversation::Conversation(const std::vector<Message>& messages, Notes& notes)
    : m_notes(notes) {
    for (const auto& message : messages) {
        for (const auto& part : message.parts) {
            if (const auto* result = std::get_if<ToolResult>(&part.content))
                m_results[result->callId].push_back(&part);
        }
    }
    for (const auto& message : messages) {
        if (message.role == Role::Assistant)
            addAssistant(message);
        else
            addOther(message);
    }
    answerCalls();
}

void Conversation::addAssistant(const Message& message) {
    const bool isEmpty = std::all_of(message.parts.begin(), message.parts.end(), [](const Part& part) {
        return std::holds_alternative<ToolResult>(part.content);
    });
    if (isEmpty)
        return;
    if (m_turns.empty() || m_turns.back().role != Role::Assistant)
        m_turns.push_back({Role::Assistant, {}});
    for (const auto& part : message.parts) {
        if (std::holds_alternative<ToolResult>(part.content))
            continue; // its call's answer, or no one's
        Piece piece{&part, {}};
        if (const auto* call = std::get_if<ToolCall>(&part.content)) {
            piece.id = idFor(call->id);
            m_open.push_back({call->id, piece.id});
        }
        m_turns.back().pieces.push_back(std::move(piece));
    }
}

void Conversation::addOther(const Message& message) {
    bool hasTurn = false;
    for (const auto& part : message.parts) {
        const auto* result = std::get_if<ToolResult>(&part.content);
        if (result && m_written.contains(&part))
            continue;
        if (std::holds_alternative<ToolCall>(part.content) ||
            std::holds_alternative<Thinking>(part.content)) {
            m_notes.add("What only an assistant says stands in another's message and is not carried.");
            continue;
        }
        if (!m_open.empty()) {
            answerCalls();
            hasTurn = message.role == Role::User;
            if (result && m_written.contains(&part))
                continue;
        }
        if (!std::exchange(hasTurn, true))
            m_turns.push_back({message.role, {}});
        if (!result) {
            m_turns.back().pieces.push_back({&part, {}});
            continue;
        }
        m_notes.add("A tool result without its call is told as text.");
        m_written.insert(&part);
        m_made.push_back({Text{"Result of an earlier tool call:\n" + joinedText(result->content, "\n")}, {}});
        m_turns.back().pieces.push_back({&m_made.back(), {}});
    }
}

void Conversation::answerCalls() {
    if (m_open.empty())
        return;
    Turn turn;
    for (auto& call : m_open) {
        auto& found = m_results[call.id];
        const Part* part = nullptr;
        if (!found.empty()) {
            part = found.front();
            found.pop_front();
            m_written.insert(part);
        } else {
            m_notes.add("A tool call without its result is answered in its place.");
            ToolResult missing;
            missing.callId = call.id;
            missing.content.push_back({Text{std::string(noResult)}, {}});
            missing.isError = true;
            m_made.push_back({std::move(missing), {}});
            part = &m_made.back();
        }
        turn.pieces.push_back({part, std::move(call.written)});
    }
    m_open.clear();
    m_turns.push_back(std::move(turn));
}

std::string Conversation::idFor(std::string_view id) {
    std::string written = isName(id, longestId) ? std::string(id) : "call_" + hexHash(id, 16);
    for (int again = 2; !m_ids.insert(written).second; ++again)
        written = "call_" + hexHash(std::string(id) + "#" + std::to_string(again), 16);
    return written;
}

// ----------------------------------------------------------------------------------------------------
// tools

ToolNames::ToolNames(const NeutralRequest& request, bool keepsFreeform, TranslationContext& context,
                     Notes& notes) {
    std::set<std::string, std::less<>> taken;
    const auto add = [&](const std::string& nameSpace, const std::string& name, bool isFreeform) {
        const auto [entry, isNew] = m_names.try_emplace({nameSpace, name});
        if (!isNew)
            return;
        auto full = nameSpace;
        if (!full.empty() && !full.ends_with("__"))
            full += "__";
        full += name;
        auto written = isName(full, longestName) ? full : cleanedName(full);
        if (taken.contains(written))
            written = cleanedName(full + "#" + std::to_string(taken.size()));
        if (written != full)
            notes.add("A tool's name is shortened or cleaned for the provider and given back as it was.");
        taken.insert(written);
        if (written != name || (isFreeform && !keepsFreeform))
            context.tools[written] = ClientTool{name, nameSpace, isFreeform};
        entry->second = std::move(written);
    };
    for (const auto& tool : request.tools) {
        if (!tool.name.empty())
            add(tool.nameSpace, tool.name, tool.isFreeform);
    }
    for (const auto& message : request.messages) {
        for (const auto& part : message.parts) {
            if (const auto* call = std::get_if<ToolCall>(&part.content))
                add(call->nameSpace, call->name, call->isFreeform);
        }
    }
    if (request.toolChoice.kind == ToolChoice::Kind::Named)
        add(request.toolChoice.nameSpace, request.toolChoice.name, false);
}

std::string ToolNames::nameOf(std::string_view nameSpace, std::string_view name) const {
    const auto found = m_names.find({std::string(nameSpace), std::string(name)});
    return found == m_names.end() ? std::string(name) : found->second;
}

std::string freeformDescription(const Tool& tool) {
    auto text = tool.description;
    text += text.empty() ? "" : "\n\n";
    text += "Here the tool is a function: give its whole text, as it is, as the one argument `" +
            std::string(TranslationContext::freeformArgument) + "`.";
    if (!tool.grammar.empty())
        text += "\nThe text follows this grammar (" +
                (tool.grammarSyntax.empty() ? std::string("lark") : tool.grammarSyntax) + "):\n" +
                tool.grammar;
    return text;
}

std::string_view freeformSchema() {
    static_assert(TranslationContext::freeformArgument == "input");
    return R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"],)"
           R"("additionalProperties":false})";
}

std::string freeformArguments(std::string_view text) {
    std::string json;
    JsonWriter writer(json);
    writer.beginObject();
    writer.text(TranslationContext::freeformArgument, text);
    writer.endObject();
    return json;
}

std::string argumentsObject(const ToolCall& call, Notes& notes) {
    if (call.isFreeform)
        return freeformArguments(call.arguments);
    if (isBlank(call.arguments))
        return "{}";
    const auto json = JsonText::parse(call.arguments);
    if (json && json->text().find_first_not_of(" \t\r\n") == json->text().find('{'))
        return call.arguments;
    notes.add("Arguments of an earlier tool call were no JSON object and are told as text.");
    return freeformArguments(call.arguments);
}

// ----------------------------------------------------------------------------------------------------
// texts

std::string joinedText(const std::vector<Part>& parts, std::string_view separator) {
    std::string all;
    for (const auto& part : parts) {
        const auto* text = std::get_if<Text>(&part.content);
        if (!text || text->text.empty())
            continue;
        if (!all.empty())
            all += separator;
        all += text->text;
    }
    return all;
}

std::string systemReminder(std::string_view text) {
    std::string reminder = "<system-reminder>\n";
    reminder += text;
    return reminder + "\n</system-reminder>";
}

bool isBlank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

std::string resultText(const ToolResult& result) {
    auto text = joinedText(result.content, "\n");
    const bool saysSo = text.starts_with("Error") || text.starts_with("error") ||
                        text.starts_with("<tool_use_error>") || text == noResult;
    return result.isError && !saysSo ? "Error: " + text : text;
}

} // namespace tierdeck::gateway::wire
