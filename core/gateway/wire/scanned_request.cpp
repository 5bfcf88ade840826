#include "core/gateway/wire/scanned_request.h"

#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/messages_request.h"
#include "core/gateway/wire/responses_request.h"

namespace tierdeck::gateway::wire {

Result<ScannedRequest> scanRequest(Dialect dialect, std::string_view body) {
    switch (dialect) {
    case Dialect::Chat:
        return scanChatRequest(body);
    case Dialect::Responses:
        return scanResponsesRequest(body);
    case Dialect::Messages:
        break;
    }
    return scanMessagesRequest(body);
}

std::vector<Splice> requestSplices(const ScannedRequest& scanned, const BodyChanges& changes) {
    switch (scanned.dialect) {
    case Dialect::Chat:
        return chatSplices(scanned, changes);
    case Dialect::Responses:
        return responsesSplices(scanned, changes);
    case Dialect::Messages:
        break;
    }
    return messagesSplices(scanned, changes);
}

SplicedBody spliced(std::string_view body, const std::vector<Splice>& splices) {
    SplicedBody result;
    result.pieces.reserve(splices.size() * 2 + 1);
    const auto add = [&](std::string_view piece) {
        if (piece.empty())
            return;
        result.pieces.push_back(piece);
        result.size += piece.size();
    };
    std::size_t at = 0;
    for (const auto& splice : splices) {
        add(body.substr(at, splice.begin - at));
        add(splice.text);
        at = splice.end;
    }
    add(body.substr(at));
    return result;
}

std::string splicedText(std::string_view body, const std::vector<Splice>& splices) {
    const auto made = spliced(body, splices);
    std::string text;
    text.reserve(made.size + bodyPadding);
    for (const auto piece : made.pieces)
        text += piece;
    return text;
}

} // namespace tierdeck::gateway::wire
