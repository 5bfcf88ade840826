// The three forms in which clients and providers speak. A plain value; any thread.
#pragma once

namespace tierdeck::gateway::wire {

enum class Dialect {
    Chat,      ///< OpenAI Chat Completions
    Responses, ///< OpenAI Responses
    Messages,  ///< Anthropic Messages
};

} // namespace tierdeck::gateway::wire
