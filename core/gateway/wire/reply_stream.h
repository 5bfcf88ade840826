// A provider's stream on its way to the client, whatever the two speak: relayed byte for byte where they
// speak the same, else translated. What the record needs is learned on the way, and the end is held back,
// since the request is recorded before the last byte leaves. Pure state machines; one reply, one thread at a
// time.
#pragma once

#include "core/gateway/wire/dialect.h"
#include "core/gateway/wire/reply_errors.h"
#include "core/gateway/wire/reply_facts.h"
#include "core/gateway/wire/translation_context.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

class ReplyStream {
public:
    ReplyStream() = default;
    ReplyStream(const ReplyStream&) = delete;
    ReplyStream& operator=(const ReplyStream&) = delete;
    virtual ~ReplyStream() = default;

    /// Appends to `out` what the client gets of these bytes.
    virtual void feed(std::string_view bytes, std::string& out) = 0;

    /// The provider's bytes have ended. Where it had said that it is finished and only the formal end is
    /// missing, this makes up for it; else facts() still has no finishReason, and the reply is cut off.
    virtual void end(std::string& out) = 0;

    /// The reply cannot go on: an error of our own for the client, in its shape. What ends the stream is then
    /// in tail().
    virtual void breakOff(const ReplyError& error, std::string& out) = 0;

    [[nodiscard]] virtual const ReplyFacts& facts() const = 0;

    /// The provider said that it is done; no more is to be fed.
    [[nodiscard]] virtual bool isDone() const = 0;

    /// An event that is none of the provider's dialect: the stream cannot be trusted any further.
    [[nodiscard]] virtual bool isBroken() const = 0;

    /// What ends the stream for the client, to be sent once the request is recorded.
    [[nodiscard]] virtual std::string_view tail() const = 0;

    /// What could not be carried over into the client's dialect, in plain words, each once.
    [[nodiscard]] virtual std::vector<std::string> dropped() const { return {}; }
};

/// `context` must outlive the stream.
[[nodiscard]] std::unique_ptr<ReplyStream> makeReplyStream(Dialect provider, Dialect client,
                                                           const TranslationContext& context);

/// What is known of a whole reply; nullopt for what is no reply of this dialect, nor an error in its shape.
/// The body needs bodyPadding.
[[nodiscard]] std::optional<ReplyFacts> readReplyFacts(Dialect dialect, std::string_view body);

/// A whole reply in the client's terms.
struct TranslatedReply {
    ReplyFacts facts;
    std::string body;                 ///< "" where the reply is an error
    std::optional<ReplyError> error;  ///< that the provider put into its reply
    std::vector<std::string> dropped; ///< in plain words, each once
};

/// nullopt for what is no reply of the provider's dialect. The body needs bodyPadding.
[[nodiscard]] std::optional<TranslatedReply>
translateReply(Dialect provider, Dialect client, std::string_view body, const TranslationContext& context);

/// For a provider that answers a request for a stream with a whole reply: the stream it would have been,
/// without its tail, and for one that streams unasked: the whole reply.
struct StreamedReply {
    ReplyFacts facts;
    std::string events;
    std::string tail;
    std::vector<std::string> dropped;
};

[[nodiscard]] std::optional<StreamedReply>
streamOfWhole(Dialect provider, Dialect client, std::string_view body, const TranslationContext& context);

/// Gathers a provider's stream for a client that wants one whole reply.
class WholeOfStream {
public:
    WholeOfStream(Dialect provider, Dialect client, const TranslationContext& context);
    ~WholeOfStream();

    void feed(std::string_view bytes);
    void end();

    [[nodiscard]] bool isDone() const;
    [[nodiscard]] bool isBroken() const;
    [[nodiscard]] const ReplyFacts& facts() const;

    /// Once it is done: the reply, or the error that came instead. nullopt where the stream was cut off.
    [[nodiscard]] std::optional<TranslatedReply> take() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace tierdeck::gateway::wire
