// The dialects' readers and writers, each in a file of its own. Use makeReplyReader() and makeReplyWriter().
#pragma once

#include "core/gateway/wire/reply_errors.h"
#include "core/gateway/wire/reply_reader.h"
#include "core/gateway/wire/reply_writer.h"

#include <memory>

namespace tierdeck::gateway::wire {

[[nodiscard]] std::unique_ptr<ReplyReader> makeChatReader();
[[nodiscard]] std::unique_ptr<ReplyReader> makeResponsesReader();
[[nodiscard]] std::unique_ptr<ReplyReader> makeMessagesReader();

[[nodiscard]] std::unique_ptr<ReplyWriter> makeChatWriter(const TranslationContext& context);
[[nodiscard]] std::unique_ptr<ReplyWriter> makeResponsesWriter(const TranslationContext& context);
[[nodiscard]] std::unique_ptr<ReplyWriter> makeMessagesWriter(const TranslationContext& context);

[[nodiscard]] std::string writeChatReply(const WholeReply& reply, const TranslationContext& context);
[[nodiscard]] std::string writeResponsesReply(const WholeReply& reply, const TranslationContext& context);
[[nodiscard]] std::string writeMessagesReply(const WholeReply& reply, const TranslationContext& context);

/// What a finish_reason means, in the spelling of whoever speaks Chat.
[[nodiscard]] StopReason chatStopReason(std::string_view word);

/// The event that ends a relayed Responses stream in an error of ours.
[[nodiscard]] std::string responsesFailedEvent(const ReplyFacts& facts, std::int64_t sequence,
                                               const ReplyError& error);

} // namespace tierdeck::gateway::wire
