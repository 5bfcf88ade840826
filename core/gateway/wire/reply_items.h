// The items of a reply of OpenAI Responses, for clients that send an item's id back where others send the
// item. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

struct ReplyItem {
    std::string id;
    std::string json;
};

/// Of a whole reply, or of what ends a stream; none where it is neither.
[[nodiscard]] std::vector<ReplyItem> replyItems(std::string_view reply);

} // namespace tierdeck::gateway::wire
