#include "core/gateway/wire/neutral_reply.h"

#include <type_traits>

namespace tierdeck::gateway::wire {

void FactsCollector::take(const reply::Event& event) {
    auto& facts = m_facts;
    const auto count = [&](Escaped text) {
        facts.outputBytes += static_cast<std::int64_t>(text.json.size());
        facts.hasContent = true;
    };
    std::visit(Overloaded{
                   [&](const reply::Started& started) {
                       if (facts.id.empty())
                           facts.id = plainOf(started.id);
                       if (facts.model.empty())
                           facts.model = plainOf(started.model);
                   },
                   [&](const reply::Text& text) { count(text.text); },
                   [&](const reply::Refusal& refusal) { count(refusal.text); },
                   [&](const reply::Reasoning& reasoning) { count(reasoning.text); },
                   [&](const reply::ToolCall& call) { count(call.name); },
                   [&](const reply::Arguments& arguments) { count(arguments.text); },
                   [&](const reply::Seal& seal) {
                       facts.hasContent = facts.hasContent || seal.kind == SealKind::Redacted;
                   },
                   [&](const reply::Usage& usage) { facts.usage = usage.usage; },
                   [&](const reply::Finished& finished) {
                       facts.stop = finished.reason;
                       facts.finishReason = plainOf(finished.providersWord);
                   },
                   [&](const reply::Failed& failed) {
                       facts.errorCode = plainOf(failed.code.empty() ? failed.type : failed.code);
                       if (facts.errorCode.empty())
                           facts.errorCode = "error";
                   },
                   // The provider's own tools at work are something that a client of its dialect shows.
                   [&](const reply::Dropped&) { facts.hasContent = true; },
                   [](const auto&) {},
               },
               event);
}

std::string ReplyPart::allText() const {
    std::string all;
    for (const auto& text : texts) {
        if (!all.empty() && !text.empty())
            all += "\\n\\n";
        all += text;
    }
    return all;
}

int partNumberOf(const reply::Event& event) {
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { one.part; })
                return one.part;
            else
                return -1;
        },
        event);
}

bool fits(ReplyPart::Kind kind, const reply::Event& event) {
    switch (kind) {
    case ReplyPart::Kind::Text:
        return std::holds_alternative<reply::Text>(event) || std::holds_alternative<reply::Citation>(event);
    case ReplyPart::Kind::Refusal:
        return std::holds_alternative<reply::Refusal>(event);
    case ReplyPart::Kind::Reasoning:
        return std::holds_alternative<reply::Reasoning>(event) || std::holds_alternative<reply::Seal>(event);
    case ReplyPart::Kind::ToolCall:
    case ReplyPart::Kind::FreeformCall:
        return std::holds_alternative<reply::Arguments>(event);
    }
    return false;
}

ReplyPart partOf(const reply::Event& event) {
    ReplyPart part;
    if (std::holds_alternative<reply::Refusal>(event)) {
        part.kind = ReplyPart::Kind::Refusal;
    } else if (std::holds_alternative<reply::Reasoning>(event) ||
               std::holds_alternative<reply::Seal>(event)) {
        part.kind = ReplyPart::Kind::Reasoning;
    } else if (const auto* call = std::get_if<reply::ToolCall>(&event)) {
        part.kind = call->isFreeform ? ReplyPart::Kind::FreeformCall : ReplyPart::Kind::ToolCall;
        part.id = call->id.json;
        part.name = call->name.json;
        part.nameSpace = call->nameSpace.json;
    }
    return part;
}

void continuePart(ReplyPart& part, const reply::Event& event) {
    std::visit(Overloaded{
                   [&](const reply::Text& text) { part.text() += text.text.json; },
                   [&](const reply::Refusal& refusal) { part.text() += refusal.text.json; },
                   [&](const reply::Reasoning& reasoning) {
                       const auto sections = static_cast<std::size_t>(reasoning.section) + 1;
                       if (part.texts.size() < sections)
                           part.texts.resize(sections);
                       part.texts[sections - 1] += reasoning.text.json;
                       part.isRawReasoning = reasoning.isRaw;
                   },
                   [&](const reply::Arguments& arguments) { part.text() += arguments.text.json; },
                   [&](const reply::Seal& seal) {
                       part.sealKind = seal.kind;
                       part.sealMaker = seal.maker;
                       part.seal += seal.data.json;
                       part.id = seal.id.json;
                   },
                   [&](const reply::Citation& citation) {
                       part.citations.push_back({std::string(citation.url.json),
                                                 std::string(citation.title.json), citation.begin,
                                                 citation.end});
                   },
                   [](const auto&) {},
               },
               event);
}

void ReplyAssembler::take(const reply::Event& event) {
    if (const auto number = partNumberOf(event); number >= 0) {
        if (std::holds_alternative<reply::PartEnd>(event))
            return;
        if (number != m_part || !fits(m_reply.parts.back().kind, event)) {
            if (std::holds_alternative<reply::Arguments>(event))
                return; // of no call
            m_part = number;
            m_reply.parts.push_back(partOf(event));
        }
        continuePart(m_reply.parts.back(), event);
        return;
    }
    std::visit(Overloaded{
                   [&](const reply::Started& started) {
                       m_reply.id = started.id.json;
                       m_reply.model = started.model.json;
                       m_reply.createdSeconds = started.createdSeconds;
                   },
                   [&](const reply::Usage& usage) { m_reply.usage = usage.usage; },
                   [&](const reply::Finished& finished) {
                       m_reply.stop = finished.reason;
                       m_reply.stopSequence = finished.stopSequence.json;
                   },
                   [](const auto&) {},
               },
               event);
}

} // namespace tierdeck::gateway::wire
