#include "core/gateway/wire/own_reply.h"

#include "core/gateway/wire/reply_writer.h"

namespace tierdeck::gateway::wire {

std::string ownReply(Dialect dialect, const OwnReply& reply) {
    if (dialect == Dialect::Chat)
        return chatCompletion(reply);
    WholeReply whole;
    whole.id = escapedOf(reply.id);
    whole.model = escapedOf(reply.model);
    whole.createdSeconds = reply.createdSeconds;
    whole.parts.emplace_back().text() = escapedOf(reply.text);
    whole.usage.emplace();
    whole.stop = StopReason::Stop;
    return writeReply(dialect, whole, {});
}

OwnStream ownReplyStream(Dialect dialect, const OwnReply& reply, bool withUsage) {
    if (dialect == Dialect::Chat)
        return {chatCompletionStream(reply, withUsage), std::string(chatTail)};
    const TranslationContext context;
    const auto writer = makeReplyWriter(dialect, context);
    const auto id = escapedOf(reply.id);
    const auto model = escapedOf(reply.model);
    const auto text = escapedOf(reply.text);
    OwnStream stream;
    writer->into(stream.events);
    writer->take(reply::Usage{});
    writer->take(reply::Started{{id}, {model}, reply.createdSeconds});
    writer->take(reply::Text{0, {text}});
    writer->take(reply::Finished{});
    stream.tail = writer->tail();
    return stream;
}

} // namespace tierdeck::gateway::wire
