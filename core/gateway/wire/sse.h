// Server-sent events out of bytes that come in any pieces. A pure state machine; one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

struct SseEvent {
    std::string_view bytes; ///< the whole event with the empty line that ends it
    std::string_view name;  ///< of its `event:` line
    std::string_view data;  ///< its `data:` lines joined by \n; readable bodyPadding bytes beyond its end
    bool hasData = false;   ///< else it is a comment or a ping
};

class SseReader {
public:
    static constexpr std::size_t maxEventBytes = 16u << 20;

    /// Calls `onEvent` for each event that these bytes complete. The views live until it returns.
    void feed(std::string_view bytes, const std::function<void(const SseEvent&)>& onEvent);

    /// An event grew beyond all measure.
    [[nodiscard]] bool isBroken() const { return m_broken; }

    /// Bytes of an event that has not ended.
    [[nodiscard]] std::size_t pendingBytes() const { return m_pending.size(); }

private:
    void emit(std::size_t begin, std::size_t end, const std::function<void(const SseEvent&)>& onEvent);

    std::string m_pending;
    std::size_t m_scanned = 0;   ///< how far lines were looked for
    std::size_t m_lineStart = 0; ///< of the line that is being looked at
    std::string m_joined;
    bool m_broken = false;
};

} // namespace tierdeck::gateway::wire
