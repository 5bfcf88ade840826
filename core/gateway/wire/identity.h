// Who is asking: session, agent, client, project, from the headers and fields that real clients send. The
// first hit wins, and which one it was is kept. Pure; any thread.
#pragma once

#include "core/gateway/http/head.h"
#include "core/gateway/wire/chat_request.h"

#include <string>

namespace tierdeck::gateway::wire {

struct Identity {
    std::string session;
    std::string sessionSource; ///< "X-Tierdeck-Session", "prompt_cache_key", "conversation" …
    std::string agent;         ///< "" for the main one
    std::string parentAgent;
    std::string client;
    std::string project;

    [[nodiscard]] bool isSubagent() const { return !agent.empty(); }
};

[[nodiscard]] Identity identify(const http::Head& head, const ScannedRequest& scanned);

} // namespace tierdeck::gateway::wire
