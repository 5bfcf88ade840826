#include "core/gateway/wire/reply_reader.h"

#include "core/gateway/wire/reply_dialects.h"

namespace tierdeck::gateway::wire {

void ReplyReader::read(const SseEvent& event, ReplySink& sink) {
    if (!m_done && !m_broken && event.hasData)
        readEvent(event, sink);
}

void ReplyReader::end(ReplySink& sink) {
    if (!m_done && !m_broken)
        readEnd(sink);
}

bool ReplyReader::readWhole(std::string_view body, ReplySink& sink) {
    return readBody(body, sink) && !m_broken;
}

std::unique_ptr<ReplyReader> makeReplyReader(Dialect dialect) {
    switch (dialect) {
    case Dialect::Responses:
        return makeResponsesReader();
    case Dialect::Messages:
        return makeMessagesReader();
    case Dialect::Chat:
        break;
    }
    return makeChatReader();
}

} // namespace tierdeck::gateway::wire
