// What replies that were translated for Responses clients consist of, item by item: some clients send an
// item's id back alone, as if whoever made it kept it, and no provider does. Only the latest are known, and
// only until the gateway ends: what models say is not written down. Thread-safe; owned by Services.
#pragma once

#include "core/gateway/wire/reply_items.h"

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

class TranslatedItems {
public:
    static constexpr std::size_t mostBytes = 16u << 20;

    void remember(std::vector<wire::ReplyItem> items);
    /// The item's JSON; "" for one that is not known (any more), and for an id that two items were given.
    [[nodiscard]] std::string find(std::string_view id) const;

private:
    void forgetOldest(); ///< with m_mutex held

    mutable std::mutex m_mutex;
    std::map<std::string, std::string, std::less<>> m_items; ///< by id; "" where there are two
    std::deque<std::string> m_order;                         ///< oldest first
    std::size_t m_bytes = 0;
};

} // namespace tierdeck::gateway
