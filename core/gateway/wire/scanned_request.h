// What the gateway needs to know of a request in any of the three dialects, found in one pass over its bytes
// without building a tree, and the splices that turn those bytes into what a provider of the same dialect
// gets. Plain values and pure functions; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/wire/dialect.h"
#include "core/routing/user_commands.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

/// The padding that a body's buffer must have allocated behind its last byte.
inline constexpr std::size_t bodyPadding = 64;

/// Of how many user messages, from the last one back, a hash is kept to know a conversation again by.
inline constexpr std::size_t hashedUserMessages = 16;

struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// [begin, end) of the body becomes `text`.
struct Splice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

/// A member whose object may have to be added to: where it stands and what it says already.
struct ObjectPlace {
    std::optional<std::size_t> inside; ///< just behind the object's opening brace; none where it is absent
    bool isEmpty = true;
    std::optional<Span> nullValue; ///< a null says nothing, but stands there
    std::optional<Span> member;    ///< the value of the member that may be set
};

/// To an item of an earlier reply, in place of the item.
struct ItemReference {
    std::string id;
    Span span;
};

struct ScannedRequest {
    Dialect dialect = Dialect::Chat;

    // What the request says, in any dialect.
    std::string model; ///< as the client wrote it; "" when absent
    bool stream = false;
    bool hasTemperature = false;
    bool hasReasoning = false; ///< the body says something about reasoning or thinking
    bool hasImages = false;    ///< in what a person sent
    bool asksForSchema = false;
    int tools = 0;
    int messages = 0; ///< messages, or items of a Responses input
    std::optional<std::int64_t> maxOutputTokens;
    std::int64_t estimatedTokens = 0;
    std::string userText;                  ///< last message that a person typed, without wrappers and command
    int userPosition = -1;                 ///< its place among the messages; -1 for none
    std::uint64_t userHash = 0;            ///< of the text a person typed, command included
    std::vector<std::uint64_t> userHashes; ///< of the last hashedUserMessages, in order
    std::int64_t userTokens = 0;           ///< of the last user message, estimated
    std::uint64_t rootHash = 0;            ///< of system text and first user message: the conversation's root
    std::optional<routing::UserCommand> command; ///< at the start of the last user message
    bool commandAlone = false;
    std::string skill; ///< that the client has made active since the last user message; "" for none

    // Who asks, and for what.
    std::string taskType;        ///< metadata.task_type
    std::string metadataUserId;  ///< metadata.user_id
    std::string metadataSession; ///< metadata.session_id
    std::string clientSession;   ///< client_metadata.session_id
    std::string clientThread;    ///< client_metadata.thread_id
    std::string clientParent;    ///< client_metadata.x-codex-parent-thread-id
    std::string clientSubagent;  ///< client_metadata.x-openai-subagent
    std::string clientTurn;      ///< client_metadata.x-codex-turn-metadata
    std::string promptCacheKey;
    std::string previousResponse;          ///< previous_response_id
    std::vector<ItemReference> references; ///< Responses: rising, disjoint
    bool keepsReply = true;                ///< Responses: what is made may be referred to later
    bool isMarkedSubagent = false;         ///< by the first system text of Claude Code
    bool forcesTool = false;               ///< Messages: tool_choice asks for a call

    // OpenRouter's wishes in a Chat request.
    std::vector<std::string> models;
    std::string providerJson; ///< the object as it was written; "" for none

    // Chat
    bool includeUsage = false; ///< the client asked for usage in its stream
    bool hasLogprobs = false;  ///< it says whether it wants the probabilities of the answer's tokens

    // Where things stand.
    std::optional<Span> modelValue;
    ObjectPlace streamOptions;           ///< Chat: stream_options.include_usage
    ObjectPlace reasoning;               ///< Responses: reasoning.effort; Messages: output_config.effort
    std::optional<Span> nullTemperature; ///< a value that says nothing, but stands there, as is the next
    std::optional<Span> nullReasoning;   ///< Chat: reasoning_effort; Messages: thinking
    std::optional<Span> nullLogprobs;    ///< Chat
    std::optional<Span> enabledThinking; ///< Messages: the value of a thinking that has a fixed budget
    std::size_t firstMember = 0;         ///< just behind the opening brace
    bool hasMembers = false;
    std::vector<Splice> commandSplices;     ///< take commands out of every user message; rising, disjoint
    std::vector<Splice> openRouterSplices;  ///< take `models` and `provider` out; rising, disjoint
    std::vector<Splice> attributionSplices; ///< take Claude Code's attribution block out
    std::vector<Splice> reasoningSplices;   ///< take earlier thinking out; rising, disjoint
    std::vector<Splice> carriedSplices;     ///< of these, what another dialect's provider thought
};

/// Behind `body` stand bodyPadding bytes, NUL first as in a std::string: by a comma simdjson would go on
/// there. InvalidInput with a sentence for what is no such request.
[[nodiscard]] Result<ScannedRequest> scanRequest(Dialect dialect, std::string_view body);

/// What the router sets in a body that is passed on in its own dialect.
struct BodyChanges {
    std::string_view model; ///< as the provider knows it
    std::optional<double> temperature;
    std::string_view reasoning;     ///< an effort; "" for none
    bool requestUsage = false;      ///< Chat: ask for usage in the stream
    bool requestLogprobs = false;   ///< Chat: ask for the probabilities of the answer's tokens
    bool removeOpenRouter = false;  ///< Chat: the provider is not OpenRouter
    bool removeAttribution = false; ///< Messages: the provider is not Anthropic
    bool removeReasoning = false; ///< another provider thought before: what it signed is nothing to this one
};

/// Rising and disjoint.
[[nodiscard]] std::vector<Splice> requestSplices(const ScannedRequest& scanned, const BodyChanges& changes);

/// The pieces of a body with its splices made, as views into `body` and `splices`; and their size in all.
struct SplicedBody {
    std::vector<std::string_view> pieces;
    std::size_t size = 0;
};

[[nodiscard]] SplicedBody spliced(std::string_view body, const std::vector<Splice>& splices);

/// The same as one text, with bodyPadding behind it.
[[nodiscard]] std::string splicedText(std::string_view body, const std::vector<Splice>& splices);

} // namespace tierdeck::gateway::wire
