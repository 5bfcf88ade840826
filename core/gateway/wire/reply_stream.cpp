#include "core/gateway/wire/reply_stream.h"

#include "core/gateway/wire/chat_reply.h"
#include "core/gateway/wire/client_tools.h"
#include "core/gateway/wire/part_sequencer.h"
#include "core/gateway/wire/reply_dialects.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

/// Hands every event to two.
class Both final : public ReplySink {
public:
    Both(ReplySink& first, ReplySink& second)
        : m_first(first)
        , m_second(second) {}

    void take(const reply::Event& event) override {
        m_first.take(event);
        m_second.take(event);
    }

private:
    ReplySink& m_first;
    ReplySink& m_second;
};

/// Passes a stream's bytes on as they are, all but the last event.
class RelayingStream final : public ReplyStream {
public:
    explicit RelayingStream(Dialect dialect)
        : m_dialect(dialect)
        , m_reader(makeReplyReader(dialect)) {}

    void feed(std::string_view bytes, std::string& out) override {
        m_sse.feed(bytes, [&](const SseEvent& event) { take(event, out); });
    }

    void end(std::string&) override {
        m_reader->end(m_facts);
        if (m_reader->isDone() && m_tail.empty() && m_dialect == Dialect::Messages)
            m_tail = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    void breakOff(const ReplyError& error, std::string& out) override {
        if (m_dialect == Dialect::Responses)
            m_tail = responsesFailedEvent(facts(), m_events, error);
        else
            out += errorEvent(m_dialect, error);
    }

    [[nodiscard]] const ReplyFacts& facts() const override { return m_facts.facts(); }

    [[nodiscard]] bool isDone() const override { return m_reader->isDone(); }

    [[nodiscard]] bool isBroken() const override { return m_reader->isBroken() || m_sse.isBroken(); }

    [[nodiscard]] std::string_view tail() const override { return m_tail; }

private:
    void take(const SseEvent& event, std::string& out) {
        if (m_reader->isDone() || m_reader->isBroken())
            return;
        m_reader->read(event, m_facts);
        if (m_reader->isBroken())
            return;
        m_events += event.hasData ? 1 : 0;
        (m_reader->isDone() ? m_tail : out).append(event.bytes);
    }

    Dialect m_dialect;
    SseReader m_sse;
    std::unique_ptr<ReplyReader> m_reader;
    FactsCollector m_facts;
    std::int64_t m_events = 0; ///< Responses numbers its events from 0
    std::string m_tail;
};

class TranslatingStream final : public ReplyStream {
public:
    TranslatingStream(Dialect provider, Dialect client, const TranslationContext& context)
        : m_reader(makeReplyReader(provider))
        , m_writer(makeReplyWriter(client, context))
        , m_tools(context, *m_writer)
        , m_sequencer(m_tools)
        , m_both(m_facts, m_sequencer) {}

    void feed(std::string_view bytes, std::string& out) override {
        m_writer->into(out);
        m_sse.feed(bytes, [&](const SseEvent& event) { take(event); });
    }

    void end(std::string& out) override {
        m_writer->into(out);
        m_reader->end(m_both);
    }

    void breakOff(const ReplyError& error, std::string& out) override {
        m_writer->into(out);
        const auto code = escapedOf(error.code);
        const auto type = escapedOf(error.type);
        const auto message = escapedOf(error.message);
        m_writer->take(reply::Failed{{code}, {type}, {message}, error.status});
    }

    [[nodiscard]] const ReplyFacts& facts() const override { return m_facts.facts(); }

    [[nodiscard]] bool isDone() const override { return m_reader->isDone(); }

    [[nodiscard]] bool isBroken() const override { return m_reader->isBroken() || m_sse.isBroken(); }

    [[nodiscard]] std::string_view tail() const override { return m_writer->tail(); }

    [[nodiscard]] std::vector<std::string> dropped() const override { return m_writer->dropped(); }

private:
    void take(const SseEvent& event) {
        if (m_reader->isDone() || m_reader->isBroken())
            return;
        if (event.name == "ping" || event.bytes.starts_with(':'))
            m_writer->keepAlive();
        m_reader->read(event, m_both);
    }

    SseReader m_sse;
    std::unique_ptr<ReplyReader> m_reader;
    std::unique_ptr<ReplyWriter> m_writer;
    ClientTools m_tools;
    PartSequencer m_sequencer;
    FactsCollector m_facts;
    Both m_both;
};

/// Gathers a whole reply, with what a value of it cannot hold.
class Gatherer final : public ReplySink {
public:
    Gatherer(Dialect client, const TranslationContext& context)
        : m_client(client)
        , m_context(context)
        , m_tools(context, m_assembler)
        , m_sequencer(m_tools) {}

    void take(const reply::Event& event) override {
        m_facts.take(event);
        if (const auto* failed = std::get_if<reply::Failed>(&event))
            m_error = {failed->status, plainOf(failed->type), plainOf(failed->code),
                       plainOf(failed->message)};
        else if (const auto* dropped = std::get_if<reply::Dropped>(&event))
            drop(dropped->what);
        else if (const auto* seal = std::get_if<reply::Seal>(&event))
            noteSeal(*seal);
        else if (std::holds_alternative<reply::Citation>(event) && m_client == Dialect::Messages)
            drop("citations");
        if (std::holds_alternative<reply::Finished>(event))
            m_finished = true;
        m_sequencer.take(event);
    }

    [[nodiscard]] const ReplyFacts& facts() const { return m_facts.facts(); }

    [[nodiscard]] std::optional<TranslatedReply> result() {
        if (!m_finished && !m_error)
            return std::nullopt;
        TranslatedReply translated{facts(), {}, m_error, m_dropped};
        if (m_error)
            return translated;
        auto whole = m_assembler.reply();
        if (whole.id.empty())
            whole.id = escapedOf(m_context.replyId.empty() ? "reply" : m_context.replyId);
        if (whole.model.empty())
            whole.model = escapedOf(m_context.requestedModel);
        if (whole.createdSeconds == 0)
            whole.createdSeconds = m_context.nowSeconds;
        translated.body = writeReply(m_client, whole, m_context);
        return translated;
    }

private:
    void noteSeal(const reply::Seal& seal) {
        if (m_client == Dialect::Chat || sealFor(m_client, seal, m_context).empty())
            drop("what seals the reasoning");
    }

    void drop(std::string_view what) {
        if (std::find(m_dropped.begin(), m_dropped.end(), what) == m_dropped.end())
            m_dropped.emplace_back(what);
    }

    Dialect m_client;
    const TranslationContext& m_context;
    FactsCollector m_facts;
    ReplyAssembler m_assembler;
    ClientTools m_tools;
    PartSequencer m_sequencer;
    bool m_finished = false;
    std::optional<ReplyError> m_error;
    std::vector<std::string> m_dropped;
};

} // namespace

std::unique_ptr<ReplyStream> makeReplyStream(Dialect provider, Dialect client,
                                             const TranslationContext& context) {
    if (provider != client)
        return std::make_unique<TranslatingStream>(provider, client, context);
    if (provider == Dialect::Chat)
        return std::make_unique<ChatStream>(context.clientWantsUsage);
    return std::make_unique<RelayingStream>(provider);
}

std::optional<ReplyFacts> readReplyFacts(Dialect dialect, std::string_view body) {
    if (dialect == Dialect::Chat)
        return readChatReply(body);
    FactsCollector facts;
    if (!makeReplyReader(dialect)->readWhole(body, facts))
        return std::nullopt;
    return facts.facts();
}

std::optional<TranslatedReply> translateReply(Dialect provider, Dialect client, std::string_view body,
                                              const TranslationContext& context) {
    Gatherer gatherer(client, context);
    if (!makeReplyReader(provider)->readWhole(body, gatherer))
        return std::nullopt;
    return gatherer.result();
}

std::optional<StreamedReply> streamOfWhole(Dialect provider, Dialect client, std::string_view body,
                                           const TranslationContext& context) {
    StreamedReply streamed;
    const auto writer = makeReplyWriter(client, context);
    ClientTools tools(context, *writer);
    PartSequencer sequencer(tools);
    FactsCollector facts;
    Both both(facts, sequencer);
    writer->into(streamed.events);
    if (!makeReplyReader(provider)->readWhole(body, both))
        return std::nullopt;
    streamed.facts = facts.facts();
    streamed.tail = writer->tail();
    streamed.dropped = writer->dropped();
    return streamed;
}

struct WholeOfStream::State {
    State(Dialect provider, Dialect client, const TranslationContext& context)
        : reader(makeReplyReader(provider))
        , gatherer(client, context) {}

    SseReader sse;
    std::unique_ptr<ReplyReader> reader;
    Gatherer gatherer;
};

WholeOfStream::WholeOfStream(Dialect provider, Dialect client, const TranslationContext& context)
    : m_state(std::make_unique<State>(provider, client, context)) {}

WholeOfStream::~WholeOfStream() = default;

void WholeOfStream::feed(std::string_view bytes) {
    auto& state = *m_state;
    state.sse.feed(bytes, [&](const SseEvent& event) { state.reader->read(event, state.gatherer); });
}

void WholeOfStream::end() {
    m_state->reader->end(m_state->gatherer);
}

bool WholeOfStream::isDone() const {
    return m_state->reader->isDone();
}

bool WholeOfStream::isBroken() const {
    return m_state->reader->isBroken() || m_state->sse.isBroken();
}

const ReplyFacts& WholeOfStream::facts() const {
    return m_state->gatherer.facts();
}

std::optional<TranslatedReply> WholeOfStream::take() const {
    return isBroken() ? std::nullopt : m_state->gatherer.result();
}

} // namespace tierdeck::gateway::wire
