// What the gateway records of a reply, whatever dialect it came in. A plain value; any thread.
#pragma once

#include "core/pricing/token_usage.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tierdeck::gateway::wire {

/// Why a reply ended, in words that all dialects share.
enum class StopReason {
    Unknown, ///< not yet, or not said
    Stop,
    Length,        ///< of the reply or of the context window
    ToolCalls,     ///< the client is to run tools
    ContentFilter, ///< the provider cut the reply off
    Refusal,       ///< the model or its provider declined
    Pause,         ///< a long turn of the provider's own tools; the client sends it back to go on
    StopSequence,  ///< one of the request's
};

struct ReplyFacts {
    std::string id;
    std::string model; ///< as the provider named it
    std::optional<pricing::TokenUsage> usage;
    std::string finishReason; ///< in the provider's words
    StopReason stop = StopReason::Unknown;
    std::string errorCode;        ///< of an error inside a reply; "" for none
    std::int64_t outputBytes = 0; ///< of text and arguments, to estimate by where the provider does not say
    bool hasContent = false;      ///< something that a client would show or act on
};

} // namespace tierdeck::gateway::wire
