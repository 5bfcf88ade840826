// What the gateway needs to know of a Chat Completions reply, whole or streamed, while its bytes are relayed.
// Pure state machines: bytes in, bytes out, at any split point. One thread at a time.
#pragma once

#include "core/gateway/wire/reply_errors.h"
#include "core/gateway/wire/reply_facts.h"
#include "core/gateway/wire/reply_stream.h"
#include "core/gateway/wire/sse.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// nullopt for what is no Chat Completions reply (nor an error in its shape). `body` needs bodyPadding.
[[nodiscard]] std::optional<ReplyFacts> readChatReply(std::string_view body);

/// What ends every stream.
inline constexpr std::string_view chatTail = "data: [DONE]\n\n";

/// Relays a stream event by event; hides the usage that the client did not ask for; holds back the end.
class ChatStream final : public ReplyStream {
public:
    explicit ChatStream(bool clientWantsUsage)
        : m_clientWantsUsage(clientWantsUsage) {}

    void feed(std::string_view bytes, std::string& out) override;

    void end(std::string&) override {} // a chunk had said why it ended, or nothing is known

    void breakOff(const ReplyError& error, std::string& out) override;

    [[nodiscard]] const ReplyFacts& facts() const override { return m_facts; }

    [[nodiscard]] bool isDone() const override { return m_done; }

    [[nodiscard]] bool isBroken() const override { return m_broken; }

    /// None behind an error: a mark of the end would say that all is well.
    [[nodiscard]] std::string_view tail() const override {
        return m_brokenOff ? std::string_view() : chatTail;
    }

private:
    void event(const SseEvent& event, std::string& out);

    SseReader m_reader;
    ReplyFacts m_facts;
    bool m_clientWantsUsage;
    bool m_done = false;
    bool m_broken = false;
    bool m_brokenOff = false;
};

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
