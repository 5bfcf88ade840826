// Which model made which reply and which item of it, for Responses clients that go on with them by their ids
// instead of sending the conversation again. Only the latest are known. Thread-safe; owned by Services.
#pragma once

#include "core/routing/model_id.h"

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway {

class ResponseMakers {
public:
    static constexpr std::size_t mostKnown = 20'000;

    /// `id`: the reply's or an item's.
    void remember(const std::string& id, const routing::ModelId& maker);
    /// nullopt for what is not known (any more).
    [[nodiscard]] std::optional<routing::ModelId> find(std::string_view id) const;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, routing::ModelId, std::less<>> m_makers;
    std::deque<std::string> m_order; ///< oldest first
};

} // namespace tierdeck::gateway
