#include "core/gateway/wire/request_translation.h"

#include <utility>

namespace tierdeck::gateway::wire {

Result<NeutralRequest> readRequest(Dialect dialect, std::string_view body, Notes& notes) {
    switch (dialect) {
    case Dialect::Chat:
        return readChat(body, notes);
    case Dialect::Responses:
        return readResponses(body, notes);
    case Dialect::Messages:
        break;
    }
    return readMessages(body, notes);
}

WrittenRequest writeRequest(Dialect dialect, const NeutralRequest& request, const WriteOptions& options,
                            Notes& notes) {
    switch (dialect) {
    case Dialect::Chat:
        return writeChat(request, options, notes);
    case Dialect::Responses:
        return writeResponses(request, options, notes);
    case Dialect::Messages:
        break;
    }
    return writeMessages(request, options, notes);
}

Result<WrittenRequest> translateRequest(const ScannedRequest& scanned, std::string_view body, Dialect to,
                                        const WriteOptions& options, Notes& notes) {
    std::string withoutCommands;
    if (!scanned.commandSplices.empty()) {
        withoutCommands = splicedText(body, scanned.commandSplices);
        body = withoutCommands;
    }
    auto request = readRequest(scanned.dialect, body, notes);
    if (!request)
        return tl::unexpected(std::move(request.error()));
    auto written = writeRequest(to, *request, options, notes);
    written.context.estimatedInputTokens = scanned.estimatedTokens;
    return written;
}

} // namespace tierdeck::gateway::wire
