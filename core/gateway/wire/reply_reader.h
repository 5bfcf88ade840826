// Reads a provider's reply, whole or streamed, into neutral events. Pure state machines; one reply, one
// thread at a time.
#pragma once

#include "core/gateway/wire/dialect.h"
#include "core/gateway/wire/neutral_reply.h"
#include "core/gateway/wire/sse.h"

#include <memory>
#include <string_view>

namespace tierdeck::gateway::wire {

class ReplyReader {
public:
    ReplyReader() = default;
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;
    virtual ~ReplyReader() = default;

    /// One event of a stream. Nothing is read behind the end or an event that is none of this dialect.
    void read(const SseEvent& event, ReplySink& sink);

    /// The stream's bytes have ended: says that the reply is finished where the provider had said so much
    /// that only the formal end is missing.
    void end(ReplySink& sink);

    /// A whole reply, as the events that its stream would have been. false for what is none; the sink may
    /// have got events by then. `body` needs bodyPadding.
    [[nodiscard]] bool readWhole(std::string_view body, ReplySink& sink);

    /// The provider said that it is done, in so many words.
    [[nodiscard]] bool isDone() const { return m_done; }

    /// An event that is none of this dialect: the stream cannot be trusted any further.
    [[nodiscard]] bool isBroken() const { return m_broken; }

protected:
    virtual void readEvent(const SseEvent& event, ReplySink& sink) = 0;
    virtual void readEnd(ReplySink& sink) = 0;
    [[nodiscard]] virtual bool readBody(std::string_view body, ReplySink& sink) = 0;

    bool m_done = false;
    bool m_broken = false;
};

[[nodiscard]] std::unique_ptr<ReplyReader> makeReplyReader(Dialect dialect);

} // namespace tierdeck::gateway::wire
