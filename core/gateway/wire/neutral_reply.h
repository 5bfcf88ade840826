// A reply in the form that stands between the dialects: a sequence of events, each a plain value. Readers
// make them of a provider's bytes, writers make a client's bytes of them. The texts are views that live until
// the sink returns. One reply, one thread at a time.
//
// A reply consists of parts (a text, some reasoning, a tool call …). Readers number them in the order of
// their first appearance and may interleave them; PartSequencer puts them one behind the other for the
// writers.
#pragma once

#include "core/gateway/wire/dialect.h"
#include "core/gateway/wire/json_chars.h"
#include "core/gateway/wire/reply_facts.h"
#include "core/pricing/token_usage.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tierdeck::gateway::wire {

/// What vouches for reasoning when the client sends it back; only its maker can read it.
enum class SealKind {
    Signature, ///< of a Messages thinking block
    Redacted,  ///< a Messages redacted_thinking block, whole
    Encrypted, ///< `encrypted_content` of a Responses reasoning item
};

namespace reply {

struct Started {
    Escaped id;
    Escaped model;
    std::int64_t createdSeconds = 0; ///< 0 where the provider does not say
};

struct Text {
    int part = 0;
    Escaped text;
};

struct Refusal {
    int part = 0;
    Escaped text;
};

struct Reasoning {
    int part = 0;
    Escaped text;
    int section = 0;    ///< of a summary in several sections, rising
    bool isRaw = false; ///< a Responses provider's own thoughts rather than what it means to be shown
};

struct Seal {
    int part = 0;
    SealKind kind = SealKind::Signature;
    Escaped data;
    Escaped id; ///< of the Responses item that it belongs to
    Dialect maker = Dialect::Messages;
};

struct ToolCall {
    int part = 0;
    Escaped id; ///< by which its result is sent back; "" where the provider gives none
    Escaped name;
    Escaped nameSpace;
    bool isFreeform = false; ///< its input is text rather than JSON
};

/// A piece of a call's JSON, or of a freeform call's text.
struct Arguments {
    int part = 0;
    Escaped text;
};

/// A page that a text rests on.
struct Citation {
    int part = 0;
    Escaped url;
    Escaped title;
    std::int64_t begin = 0; ///< characters of the text; both 0 where not said
    std::int64_t end = 0;
};

struct PartEnd {
    int part = 0;
};

/// The last one counts.
struct Usage {
    pricing::TokenUsage usage;
};

/// Something that only the provider's dialect has.
struct Dropped {
    std::string_view what; ///< plain words
};

struct Finished {
    StopReason reason = StopReason::Stop;
    Escaped stopSequence;
    Escaped providersWord;
};

struct Failed {
    Escaped code;
    Escaped type;
    Escaped message;
    int status = 0; ///< 0 where not said
};

using Event = std::variant<Started, Text, Refusal, Reasoning, Seal, ToolCall, Arguments, Citation, PartEnd,
                           Usage, Dropped, Finished, Failed>;

} // namespace reply

class ReplySink {
public:
    ReplySink() = default;
    ReplySink(const ReplySink&) = delete;
    ReplySink& operator=(const ReplySink&) = delete;
    virtual ~ReplySink() = default;

    virtual void take(const reply::Event& event) = 0;
};

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

/// What is recorded of a reply, gathered from its events.
class FactsCollector final : public ReplySink {
public:
    void take(const reply::Event& event) override;

    [[nodiscard]] const ReplyFacts& facts() const { return m_facts; }

private:
    ReplyFacts m_facts;
};

/// One part of a whole reply. Texts are escaped, as in Escaped.
struct ReplyPart {
    enum class Kind { Text, Refusal, Reasoning, ToolCall, FreeformCall };
    Kind kind = Kind::Text;
    std::vector<std::string> texts; ///< sections of reasoning; one for the others
    bool isRawReasoning = false;
    std::optional<SealKind> sealKind;
    Dialect sealMaker = Dialect::Messages;
    std::string seal;
    std::string id; ///< of a call or of what is sealed
    std::string name;
    std::string nameSpace;

    struct Citation {
        std::string url;
        std::string title;
        std::int64_t begin = 0;
        std::int64_t end = 0;
    };

    std::vector<Citation> citations;

    [[nodiscard]] std::string& text() { return texts.empty() ? texts.emplace_back() : texts.back(); }

    /// All sections, with an empty line between them.
    [[nodiscard]] std::string allText() const;

    [[nodiscard]] bool isCall() const { return kind == Kind::ToolCall || kind == Kind::FreeformCall; }
};

/// A reply as a value. Texts are escaped, as in Escaped.
struct WholeReply {
    std::string id;
    std::string model;
    std::int64_t createdSeconds = 0;
    std::vector<ReplyPart> parts;
    std::optional<pricing::TokenUsage> usage;
    StopReason stop = StopReason::Unknown;
    std::string stopSequence;
};

/// Whether an event goes on with a part of this kind. Bad providers put a piece of one kind into a part of
/// another, which then becomes a part of its own.
[[nodiscard]] bool fits(ReplyPart::Kind kind, const reply::Event& event);

/// The first event of a part makes it; others go on with it.
[[nodiscard]] ReplyPart partOf(const reply::Event& event);
void continuePart(ReplyPart& part, const reply::Event& event);

/// Gathers a whole reply from events whose parts come one behind the other.
class ReplyAssembler final : public ReplySink {
public:
    void take(const reply::Event& event) override;

    [[nodiscard]] const WholeReply& reply() const { return m_reply; }

    [[nodiscard]] WholeReply& reply() { return m_reply; }

private:
    WholeReply m_reply;
    int m_part = -1;
};

/// The number of the part that an event belongs to; -1 for those of the reply itself.
[[nodiscard]] int partNumberOf(const reply::Event& event);

} // namespace tierdeck::gateway::wire
