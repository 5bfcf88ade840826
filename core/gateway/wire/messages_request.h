// Anthropic Messages requests: their scan and the splices for a provider that speaks the same. Pure; any
// thread.
#pragma once

#include "core/gateway/wire/scanned_request.h"

namespace tierdeck::gateway::wire {

[[nodiscard]] Result<ScannedRequest> scanMessagesRequest(std::string_view body);
[[nodiscard]] std::vector<Splice> messagesSplices(const ScannedRequest& scanned, const BodyChanges& changes);

} // namespace tierdeck::gateway::wire
