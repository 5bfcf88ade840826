#include "core/gateway/wire/part_sequencer.h"

#include <algorithm>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

/// No honest reply has so many parts at once.
constexpr std::size_t maxWaiting = 1000;

/// Calls `visit` with each view of the event.
template <class Event, class Visit>
void forEachText(Event& event, const Visit& visit) {
    std::visit(Overloaded{
                   [&](reply::ToolCall& call) {
                       visit(call.id);
                       visit(call.name);
                       visit(call.nameSpace);
                   },
                   [&](reply::Seal& seal) {
                       visit(seal.data);
                       visit(seal.id);
                   },
                   [&](reply::Citation& citation) {
                       visit(citation.url);
                       visit(citation.title);
                   },
                   [](reply::PartEnd&) {},
                   [&](auto& delta) {
                       if constexpr (requires { delta.text; })
                           visit(delta.text);
                   },
               },
               event);
}

/// The text of a delta that goes on where `last` stopped.
Escaped* continued(reply::Event& last, const reply::Event& event) {
    if (last.index() != event.index())
        return nullptr;
    if (auto* text = std::get_if<reply::Text>(&last))
        return &text->text;
    if (auto* refusal = std::get_if<reply::Refusal>(&last))
        return &refusal->text;
    if (auto* arguments = std::get_if<reply::Arguments>(&last))
        return &arguments->text;
    if (auto* reasoning = std::get_if<reply::Reasoning>(&last))
        return reasoning->section == std::get<reply::Reasoning>(event).section ? &reasoning->text : nullptr;
    return nullptr;
}

Escaped textOf(const reply::Event& event) {
    return std::visit(
        [](const auto& delta) {
            if constexpr (requires { delta.text; })
                return delta.text;
            else
                return Escaped();
        },
        event);
}

} // namespace

void PartSequencer::take(const reply::Event& event) {
    const auto part = partNumberOf(event);
    const bool ends = std::holds_alternative<reply::PartEnd>(event);
    if (part < 0) {
        while (std::holds_alternative<reply::Finished>(event) && m_open >= 0) {
            end(m_open);
            release();
        }
        m_next.take(event);
        return;
    }
    if (static_cast<std::size_t>(part) < m_hasEnded.size() && m_hasEnded[static_cast<std::size_t>(part)])
        return; // it came too late
    if (part == m_open) {
        if (ends) {
            end(part);
            release();
        } else {
            m_next.take(event);
        }
        return;
    }
    if (m_open < 0) {
        if (ends)
            return; // nothing ever stood in it
        m_open = part;
        m_next.take(event);
        return;
    }
    auto waiting = std::find_if(m_waiting.begin(), m_waiting.end(),
                                [&](const Waiting& one) { return one.part == part; });
    if (waiting == m_waiting.end()) {
        if (ends)
            return;
        if (m_waiting.size() == maxWaiting) {
            end(m_open);
            release();
            take(event);
            return;
        }
        m_waiting.emplace_back().part = part;
        waiting = std::prev(m_waiting.end());
    }
    keep(*waiting, event);
}

void PartSequencer::keep(Waiting& waiting, const reply::Event& event) {
    if (waiting.ended || std::holds_alternative<reply::PartEnd>(event)) {
        waiting.ended = true;
        return;
    }
    if (!waiting.events.empty()) {
        if (auto* text = continued(waiting.events.back(), event)) {
            // The last text kept is the one of the last delta.
            auto& kept = waiting.texts.back();
            kept += textOf(event).json;
            text->json = kept;
            return;
        }
    }
    auto copy = event;
    forEachText(copy, [&](Escaped& text) { text.json = waiting.texts.emplace_back(text.json); });
    waiting.events.push_back(copy);
}

void PartSequencer::end(int part) {
    const auto place = static_cast<std::size_t>(part);
    if (m_hasEnded.size() <= place)
        m_hasEnded.resize(place + 1);
    m_hasEnded[place] = true;
    m_open = -1;
    m_next.take(reply::PartEnd{part});
}

void PartSequencer::release() {
    while (m_open < 0 && !m_waiting.empty()) {
        const auto waiting = std::move(m_waiting.front());
        m_waiting.pop_front();
        m_open = waiting.part;
        for (const auto& event : waiting.events)
            m_next.take(event);
        if (waiting.ended)
            end(waiting.part);
    }
}

} // namespace tierdeck::gateway::wire
