// A conversation put into the order that every provider takes: an assistant's calls in one turn, their
// results right behind it, each call with a result and each result with a call, ids that all accept. One
// request, one thread; the messages must outlive it.
#pragma once

#include "core/gateway/wire/neutral_request.h"
#include "core/gateway/wire/request_translation.h"

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

class Conversation {
public:
    struct Piece {
        const neutral::Part* part = nullptr;
        std::string id; ///< of a call or a result, as it is to be written
    };

    /// Results come first in a user's turn.
    struct Turn {
        neutral::Role role = neutral::Role::User;
        std::vector<Piece> pieces;
    };

    Conversation(const std::vector<neutral::Message>& messages, Notes& notes);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    [[nodiscard]] const std::vector<Turn>& turns() const { return m_turns; }

private:
    struct Call {
        std::string_view id; ///< as the client wrote it
        std::string written;
    };

    void addAssistant(const neutral::Message& message);
    void addOther(const neutral::Message& message);
    /// The results of all calls that are open, wherever in the conversation they stand.
    void answerCalls();
    [[nodiscard]] std::string idFor(std::string_view id);

    Notes& m_notes;
    std::vector<Turn> m_turns;
    std::vector<Call> m_open;
    std::map<std::string_view, std::deque<const neutral::Part*>> m_results;
    std::set<const neutral::Part*> m_written;
    std::set<std::string, std::less<>> m_ids;
    std::deque<neutral::Part> m_made; ///< in place of what is missing
};

/// A tool's name as a provider takes it, and how the client calls it.
class ToolNames {
public:
    /// With `keepsFreeform` the provider knows freeform tools itself.
    ToolNames(const NeutralRequest& request, bool keepsFreeform, TranslationContext& context, Notes& notes);

    [[nodiscard]] std::string nameOf(std::string_view nameSpace, std::string_view name) const;

private:
    std::map<std::pair<std::string, std::string>, std::string> m_names; ///< (namespace, name) → written
};

/// What a model must know of a freeform tool that it meets as a function.
[[nodiscard]] std::string freeformDescription(const neutral::Tool& tool);
/// The one-argument schema of such a function.
[[nodiscard]] std::string_view freeformSchema();
/// `{"input": "…"}`
[[nodiscard]] std::string freeformArguments(std::string_view text);
/// A call's arguments as a JSON object, whatever the client kept of them.
[[nodiscard]] std::string argumentsObject(const neutral::ToolCall& call, Notes& notes);

/// The texts of some parts, one below the other.
[[nodiscard]] std::string joinedText(const std::vector<neutral::Part>& parts, std::string_view separator);
/// System text as a user's message can carry it, so that it is not taken for a person's words.
[[nodiscard]] std::string systemReminder(std::string_view text);
[[nodiscard]] bool isBlank(std::string_view text);
/// The text by which a result says that it failed, where the dialect has no other word for it.
[[nodiscard]] std::string resultText(const neutral::ToolResult& result);

} // namespace tierdeck::gateway::wire
