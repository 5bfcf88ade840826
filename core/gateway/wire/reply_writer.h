// Writes neutral events as the stream of a client's dialect, and whole replies as its body. The events' parts
// must come one behind the other (PartSequencer) and in the client's terms (ClientTools). One reply, one
// thread at a time; the context is the caller's and outlives the writer.
#pragma once

#include "core/gateway/wire/dialect.h"
#include "core/gateway/wire/neutral_reply.h"
#include "core/gateway/wire/translation_context.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

class ReplyWriter : public ReplySink {
public:
    explicit ReplyWriter(const TranslationContext& context)
        : m_context(context) {}

    /// Where take() appends to, from now on.
    void into(std::string& out) { m_out = &out; }

    void take(const reply::Event& event) final;

    /// What ends the stream for the client; "" until then.
    [[nodiscard]] const std::string& tail() const { return m_tail; }

    /// What could not be carried over, in plain words, each once.
    [[nodiscard]] const std::vector<std::string>& dropped() const { return m_dropped; }

    /// Says to the client that its stream lives.
    void keepAlive();

protected:
    virtual void writeKeepAlive() = 0;
    /// The reply has begun, if only in that its first part came.
    virtual void start(const reply::Started& started) = 0;
    /// `event` opens its part.
    virtual void open(const reply::Event& event) = 0;
    /// Of the open part.
    virtual void go(const reply::Event& event) = 0;
    virtual void close() = 0;
    virtual void finish(const reply::Finished& finished) = 0;
    virtual void fail(const reply::Failed& failed) = 0;

    void drop(std::string_view what);

    const TranslationContext& m_context;
    std::string* m_out = nullptr;
    std::string m_tail;
    pricing::TokenUsage m_usage;
    bool m_hasUsage = false;
    std::int64_t m_outputBytes = 0;

private:
    std::vector<std::string> m_dropped;
    int m_part = -1;
    ReplyPart::Kind m_kind = ReplyPart::Kind::Text; ///< of the open part
    bool m_started = false;
    bool m_ended = false;
};

[[nodiscard]] std::unique_ptr<ReplyWriter> makeReplyWriter(Dialect dialect,
                                                           const TranslationContext& context);

/// The whole body of a reply.
[[nodiscard]] std::string writeReply(Dialect dialect, const WholeReply& reply,
                                     const TranslationContext& context);

/// A seal as a client of `dialect` keeps it: as it is where its maker speaks the same, else packed with the
/// maker's name; "" where nobody could be named. Escaped.
[[nodiscard]] std::string sealFor(Dialect dialect, const reply::Seal& seal,
                                  const TranslationContext& context);

} // namespace tierdeck::gateway::wire
