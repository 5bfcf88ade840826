// Replies of the gateway's own in the client's dialect: what `/status` answers. Pure; any thread.
#pragma once

#include "core/gateway/wire/chat_reply.h"
#include "core/gateway/wire/dialect.h"

#include <string>

namespace tierdeck::gateway::wire {

[[nodiscard]] std::string ownReply(Dialect dialect, const OwnReply& reply);

/// The events of a stream and what ends it.
struct OwnStream {
    std::string events;
    std::string tail;
};

[[nodiscard]] OwnStream ownReplyStream(Dialect dialect, const OwnReply& reply, bool withUsage);

} // namespace tierdeck::gateway::wire
