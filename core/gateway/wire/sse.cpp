#include "core/gateway/wire/sse.h"

#include "core/gateway/wire/chat_request.h"

namespace tierdeck::gateway::wire {

void SseReader::feed(std::string_view bytes, const std::function<void(const SseEvent&)>& onEvent) {
    if (m_broken)
        return;
    m_pending.reserve(m_pending.size() + bytes.size() + bodyPadding);
    m_pending.append(bytes);
    std::size_t begin = 0;
    while (true) {
        const auto newline = m_pending.find('\n', m_scanned);
        if (newline == std::string::npos) {
            m_scanned = m_pending.size();
            break;
        }
        const bool emptyLine =
            newline == m_lineStart || (newline == m_lineStart + 1 && m_pending[m_lineStart] == '\r');
        m_scanned = m_lineStart = newline + 1;
        if (emptyLine) {
            emit(begin, newline + 1, onEvent);
            begin = newline + 1;
        }
    }
    m_pending.erase(0, begin);
    m_scanned -= begin;
    m_lineStart -= begin;
    m_broken = m_pending.size() > maxEventBytes;
}

void SseReader::emit(std::size_t begin, std::size_t end,
                     const std::function<void(const SseEvent&)>& onEvent) {
    const std::string_view all = m_pending;
    SseEvent event;
    event.bytes = all.substr(begin, end - begin);
    int dataLines = 0;
    for (std::size_t at = begin; at < end;) {
        const auto newline = all.find('\n', at);
        auto line = all.substr(at, newline - at);
        at = newline + 1;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        const auto colon = line.find(':');
        const auto field = line.substr(0, colon);
        auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        if (value.starts_with(' '))
            value.remove_prefix(1);
        if (field == "event") {
            event.name = value;
        } else if (field == "data") {
            if (++dataLines == 1) {
                event.data = value;
            } else {
                if (dataLines == 2)
                    m_joined.assign(event.data);
                m_joined.push_back('\n');
                m_joined.append(value);
            }
        }
    }
    event.hasData = dataLines > 0;
    if (dataLines > 1) {
        m_joined.reserve(m_joined.size() + bodyPadding);
        event.data = m_joined;
    }
    if (!event.bytes.empty())
        onEvent(event);
}

} // namespace tierdeck::gateway::wire
