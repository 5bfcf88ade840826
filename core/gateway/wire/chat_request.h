// What the gateway needs to know of an OpenAI Chat Completions request, found in one pass over its bytes
// without building a tree, and the splices that turn them into what the provider gets. Pure; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/route_request.h"
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

struct ScannedRequest {
    std::string model; ///< as the client wrote it; "" when absent
    std::optional<Span> modelValue;
    std::optional<std::size_t> streamOptionsInside; ///< just behind the object's opening brace
    bool streamOptionsEmpty = true;
    std::optional<Span> includeUsageValue;
    std::optional<Span> nullStreamOptions; ///< a value that says nothing, but stands there, as are the next
    std::optional<Span> nullTemperature;
    std::optional<Span> nullReasoningEffort;
    std::size_t firstMember = 0; ///< just behind the opening brace
    bool hasMembers = false;
    bool stream = false;
    bool includeUsage = false; ///< the client asked for usage in its stream
    bool hasTemperature = false;
    bool hasReasoning = false; ///< the body says something about reasoning or thinking
    bool hasImages = false;
    int tools = 0;
    int messages = 0;
    std::int64_t estimatedTokens = 0;
    std::string userText;                  ///< last message that a person typed, without wrappers and command
    int userPosition = -1;                 ///< its place among the messages; -1 for none
    std::uint64_t userHash = 0;            ///< of the text a person typed, command included
    std::vector<std::uint64_t> userHashes; ///< of every user message, in order
    std::int64_t userTokens = 0;           ///< of the last user message, estimated
    std::uint64_t rootHash = 0;            ///< of system text and first user message: the conversation's root
    std::optional<routing::UserCommand> command; ///< at the start of the last user message
    bool commandAlone = false;
    std::vector<Splice> commandSplices; ///< take commands out of every user message; rising, disjoint
    std::string taskType;               ///< metadata.task_type
    std::string metadataUserId;         ///< metadata.user_id
    std::string promptCacheKey;
};

/// `body` must have bodyPadding allocated bytes behind it. InvalidInput with a sentence for what is no such
/// request.
[[nodiscard]] Result<ScannedRequest> scanChatRequest(std::string_view body);

/// What the router sets in a body that is passed on in its own dialect.
struct BodyChanges {
    std::string_view model; ///< as the provider knows it
    std::optional<double> temperature;
    std::string_view reasoning; ///< "" for none
    bool requestUsage = false;  ///< ask for usage in the stream
};

/// Rising and disjoint.
[[nodiscard]] std::vector<Splice> chatSplices(const ScannedRequest& scanned, const BodyChanges& changes);

/// The pieces of a body with its splices made, as views into `body` and `splices`; and their size in all.
struct SplicedBody {
    std::vector<std::string_view> pieces;
    std::size_t size = 0;
};

[[nodiscard]] SplicedBody spliced(std::string_view body, const std::vector<Splice>& splices);

} // namespace tierdeck::gateway::wire
