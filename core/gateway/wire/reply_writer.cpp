#include "core/gateway/wire/reply_writer.h"

#include "core/gateway/wire/carried_reasoning.h"
#include "core/gateway/wire/reply_dialects.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

void ReplyWriter::take(const reply::Event& event) {
    if (m_ended)
        return;
    if (const auto* usage = std::get_if<reply::Usage>(&event)) {
        m_usage = usage->usage;
        m_hasUsage = true;
        return;
    }
    if (const auto* dropped = std::get_if<reply::Dropped>(&event)) {
        drop(dropped->what);
        return;
    }
    if (!m_started) {
        m_started = true;
        const auto* told = std::get_if<reply::Started>(&event);
        auto started = told ? *told : reply::Started();
        const auto id = escapedOf(m_context.replyId.empty() ? "reply" : m_context.replyId);
        const auto model = escapedOf(m_context.requestedModel);
        if (started.id.empty())
            started.id = {id};
        if (started.model.empty())
            started.model = {model};
        if (started.createdSeconds == 0)
            started.createdSeconds = m_context.nowSeconds;
        start(started);
    }
    const auto part = partNumberOf(event);
    if (part >= 0) {
        const bool goesOn = part == m_part && fits(m_kind, event);
        if (m_part >= 0 && !goesOn) {
            close();
            m_part = -1;
        }
        if (!goesOn) {
            if (std::holds_alternative<reply::PartEnd>(event) ||
                std::holds_alternative<reply::Arguments>(event)) // of no call
                return;
            m_part = part;
            m_kind = partOf(event).kind;
            open(event);
        }
        go(event);
    } else if (const auto* finished = std::get_if<reply::Finished>(&event)) {
        if (m_part >= 0)
            close();
        m_ended = true;
        finish(*finished);
    } else if (const auto* failed = std::get_if<reply::Failed>(&event)) {
        m_ended = true;
        fail(*failed);
    }
}

void ReplyWriter::keepAlive() {
    if (m_started && !m_ended)
        writeKeepAlive();
}

void ReplyWriter::drop(std::string_view what) {
    if (std::find(m_dropped.begin(), m_dropped.end(), what) == m_dropped.end())
        m_dropped.emplace_back(what);
}

std::string sealFor(Dialect dialect, const reply::Seal& seal, const TranslationContext& context) {
    if (seal.maker == dialect)
        return std::string(seal.data.json);
    if (context.servingModel.empty() || seal.data.empty())
        return {};
    CarriedReasoning carried;
    carried.dialect = seal.maker;
    carried.model = context.servingModel;
    carried.id = seal.kind == SealKind::Redacted ? std::string(carriedRedactedId) : plainOf(seal.id);
    carried.seal = plainOf(seal.data);
    return escapedOf(packReasoning(carried));
}

std::unique_ptr<ReplyWriter> makeReplyWriter(Dialect dialect, const TranslationContext& context) {
    switch (dialect) {
    case Dialect::Responses:
        return makeResponsesWriter(context);
    case Dialect::Messages:
        return makeMessagesWriter(context);
    case Dialect::Chat:
        break;
    }
    return makeChatWriter(context);
}

std::string writeReply(Dialect dialect, const WholeReply& reply, const TranslationContext& context) {
    switch (dialect) {
    case Dialect::Responses:
        return writeResponsesReply(reply, context);
    case Dialect::Messages:
        return writeMessagesReply(reply, context);
    case Dialect::Chat:
        break;
    }
    return writeChatReply(reply, context);
}

} // namespace tierdeck::gateway::wire
