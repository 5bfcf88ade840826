// Which model made which reply, for Responses clients that go on with one by its id instead of sending the
// conversation again. Only the latest are known. Thread-safe; owned by Services.
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

    void remember(const std::string& response, const routing::ModelId& maker);
    /// nullopt for a reply that is not known (any more).
    [[nodiscard]] std::optional<routing::ModelId> find(std::string_view response) const;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, routing::ModelId, std::less<>> m_makers;
    std::deque<std::string> m_order; ///< oldest first
};

} // namespace tierdeck::gateway
