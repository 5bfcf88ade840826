// Who is asking: session, agent, client, project, from the headers and fields that real clients send. The
// first hit wins, and which one it was is kept. Pure; any thread.
#pragma once

#include "core/gateway/http/head.h"
#include "core/gateway/wire/scanned_request.h"

#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// The sources are names that stand in the program: views that last.
struct Identity {
    std::string session;
    std::string_view sessionSource; ///< "X-Tierdeck-Session", "prompt_cache_key", "conversation" …
    std::string parentSession;      ///< of a sub-agent whose session is its own
    std::string agent;              ///< "" for the main one
    std::string_view agentSource;   ///< "" with it, as are the next two
    std::string parentAgent;
    std::string client;
    std::string_view clientSource;
    std::string project;
    std::string_view projectSource;
    bool isBackground = false; ///< a client's own errand that nobody waits for: a title, a topic, a probe

    [[nodiscard]] bool isSubagent() const { return !agent.empty(); }
};

[[nodiscard]] Identity identify(const http::Head& head, const ScannedRequest& scanned);

} // namespace tierdeck::gateway::wire
