// Gives the tool calls of a reply back in the client's terms: its own names, the text of its freeform tools
// unpacked from the function that stood for them, structured output that was asked for as a tool turned back
// into text; and what every client relies on: ids, arguments that are JSON, a stop reason that fits the
// calls. Stands behind the PartSequencer. One reply, one thread at a time; sink and context are the caller's.
#pragma once

#include "core/gateway/wire/neutral_reply.h"
#include "core/gateway/wire/translation_context.h"

#include <string>

namespace tierdeck::gateway::wire {

/// Finds the one string of `{"input": "…"}` in JSON that comes in pieces, and hands it on as it comes: still
/// escaped, and never cut inside of an escape.
class FreeformUnpacker {
public:
    /// `json` is the next piece, plain. Appends to `out` what it brings of the text, escaped.
    void feed(std::string_view json, std::string& out);

    /// What is left when the JSON has ended: nothing, or the text of JSON that began in another way, or all
    /// of it where it has none. Escaped.
    [[nodiscard]] std::string rest() const;

private:
    enum class State { Start, Key, InKey, Colon, Value, InText, Behind, Odd };
    void inText(char c, std::string& out);
    void endEscape(std::string& out);
    void endPair(std::string& out);

    State m_state = State::Start;
    std::string m_seen; ///< all that came before the text began
    std::string m_key;
    std::string m_escape; ///< one that has not ended
};

class ClientTools final : public ReplySink {
public:
    ClientTools(const TranslationContext& context, ReplySink& next)
        : m_context(context)
        , m_next(next) {}

    void take(const reply::Event& event) override;

private:
    /// What becomes of the open call.
    enum class Call {
        None,
        AsIs,
        Unpacked, ///< a function's JSON becomes a freeform tool's text
        AsText,   ///< structured output
    };

    void started(const reply::ToolCall& call);
    void arguments(const reply::Arguments& arguments);
    void ended(const reply::PartEnd& end);
    void finished(const reply::Finished& finished);

    const TranslationContext& m_context;
    ReplySink& m_next;
    std::string m_replyId;
    Call m_call = Call::None;
    bool m_isFunction = false;
    bool m_hasArguments = false;
    FreeformUnpacker m_unpacker;
    std::string m_half; ///< of a surrogate pair, at the end of the last piece
    int m_calls = 0;
    int m_structured = 0;
    bool m_refused = false;
};

} // namespace tierdeck::gateway::wire
