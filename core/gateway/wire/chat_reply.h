// What the gateway needs to know of a Chat Completions reply, whole or streamed, while its bytes are relayed.
// Pure state machines: bytes in, bytes out, at any split point. One thread at a time.
#pragma once

#include "core/gateway/wire/sse.h"
#include "core/pricing/token_usage.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

struct ReplyFacts {
    std::string id;
    std::string model; ///< as the provider named it
    std::optional<pricing::TokenUsage> usage;
    std::string finishReason;
    std::string errorCode;        ///< of an error inside a reply; "" for none
    std::int64_t outputBytes = 0; ///< of text and arguments, to estimate by where the provider does not say
    bool hasContent = false;      ///< something that a client would show or act on
};

/// nullopt for what is no Chat Completions reply (nor an error in its shape). `body` needs bodyPadding.
[[nodiscard]] std::optional<ReplyFacts> readChatReply(std::string_view body);

/// Relays a stream event by event; hides the usage that the client did not ask for; holds back the end.
class ChatStream {
public:
    explicit ChatStream(bool clientWantsUsage)
        : m_clientWantsUsage(clientWantsUsage) {}

    /// Appends to `out` what the client gets of these bytes.
    void feed(std::string_view bytes, std::string& out);

    [[nodiscard]] const ReplyFacts& facts() const { return m_facts; }

    /// The provider said that it is done; no more is to be fed.
    [[nodiscard]] bool isDone() const { return m_done; }

    /// An event that is no Chat chunk: the stream cannot be trusted any further.
    [[nodiscard]] bool isBroken() const { return m_broken; }

    /// What ends the stream for the client, to be sent once the request is recorded.
    [[nodiscard]] static std::string_view tail() { return "data: [DONE]\n\n"; }

private:
    void event(const SseEvent& event, std::string& out);

    SseReader m_reader;
    ReplyFacts m_facts;
    bool m_clientWantsUsage;
    bool m_done = false;
    bool m_broken = false;
};

/// The provider's words for "the conversation does not fit" or "not allowed", found in an error body.
enum class ErrorKind { Other, ContextWindow, ContentPolicy };
[[nodiscard]] ErrorKind classifyError(std::string_view body);

/// `{"error": {…}}` as OpenAI's clients read it.
[[nodiscard]] std::string chatError(std::string_view message, std::string_view type, std::string_view code);
/// The same as an event inside a stream.
[[nodiscard]] std::string chatErrorEvent(std::string_view message, std::string_view type,
                                         std::string_view code);

/// A reply of our own in the client's shape: what `/status` answers.
struct OwnReply {
    std::string_view id;
    std::string_view model;
    std::int64_t createdSeconds = 0;
    std::string_view text;
};

[[nodiscard]] std::string chatCompletion(const OwnReply& reply);
[[nodiscard]] std::string chatCompletionStream(const OwnReply& reply, bool withUsage); ///< without tail()

} // namespace tierdeck::gateway::wire
