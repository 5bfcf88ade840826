#include "core/gateway/wire/client_tools.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace tierdeck::gateway::wire {

namespace {

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr std::string_view replacement = "\\ufffd";

bool isHexDigit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Whether \uXXXX is half of a pair; `which` are the letters its second digit may be.
bool isSurrogate(std::string_view escape, std::string_view which) {
    return escape.size() == 6 && (escape[2] == 'd' || escape[2] == 'D') &&
           which.find(escape[3]) != std::string_view::npos;
}

/// The first half of a surrogate pair whose other half is in the next piece.
std::string_view halfAtEnd(std::string_view text) {
    if (text.size() < 6 || text[text.size() - 6] != '\\')
        return {};
    const auto half = text.substr(text.size() - 6);
    const auto before = text.substr(0, text.size() - 6);
    const auto slashes = before.size() - (before.find_last_not_of('\\') + 1);
    return half[1] == 'u' && slashes % 2 == 0 && isSurrogate(half, "89abAB") ? half : std::string_view();
}

} // namespace

void FreeformUnpacker::feed(std::string_view json, std::string& out) {
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (m_state == State::InText) {
            if (m_escape.empty()) {
                const auto begin = at;
                while (at < json.size() && json[at] != '"' && json[at] != '\\' &&
                       static_cast<unsigned char>(json[at]) >= 0x20)
                    ++at;
                out.append(json.substr(begin, at - begin));
                if (at == json.size())
                    return;
            }
            inText(json[at], out);
            continue;
        }
        if (m_state == State::Behind)
            continue; // other members, the closing brace
        m_seen += c;
        switch (m_state) {
        case State::Start:
            if (c == '{')
                m_state = State::Key;
            else if (!isSpace(c))
                m_state = State::Odd;
            break;
        case State::Key:
            if (c == '"')
                m_state = State::InKey;
            else if (!isSpace(c))
                m_state = State::Odd;
            break;
        case State::InKey:
            if (c == '"')
                m_state = m_key == TranslationContext::freeformArgument ? State::Colon : State::Odd;
            else
                m_key += c;
            break;
        case State::Colon:
            if (c == ':')
                m_state = State::Value;
            else if (!isSpace(c))
                m_state = State::Odd;
            break;
        case State::Value:
            if (c == '"') {
                m_state = State::InText;
                m_seen.clear();
            } else if (!isSpace(c)) {
                m_state = State::Odd;
            }
            break;
        default:
            break;
        }
    }
}

void FreeformUnpacker::inText(char c, std::string& out) {
    if (!m_escape.empty() && m_escape.size() < 6) {
        const bool isUnit = m_escape.size() >= 2;
        if (!isUnit) {
            m_escape += c;
            if (c != 'u')
                endEscape(out);
            return;
        }
        if (isHexDigit(c)) {
            m_escape += c;
            if (m_escape.size() == 6 && !isSurrogate(m_escape, "89abAB"))
                endEscape(out);
            return;
        }
        endEscape(out);
    }
    if (!m_escape.empty()) { // a whole high surrogate, and what follows it
        const auto low = std::string_view(m_escape).substr(6);
        const auto at = low.size();
        if (at < 2 ? c == "\\u"[at] : isHexDigit(c)) {
            m_escape += c;
            if (m_escape.size() == 12)
                endPair(out);
            return;
        }
        // It stands alone. What came behind it is an escape of its own.
        const auto begun = m_escape.substr(6);
        out += replacement;
        m_escape.clear();
        for (const char again : begun)
            inText(again, out);
        inText(c, out);
        return;
    }
    if (c == '"')
        m_state = State::Behind;
    else if (c == '\\')
        m_escape = c;
    else if (static_cast<unsigned char>(c) < 0x20)
        out += escapedOf({&c, 1}); // models forget to escape these
    else
        out += c;
}

/// An escape that JSON does not know is a backslash that was meant; half of a pair is no character.
void FreeformUnpacker::endEscape(std::string& out) {
    const auto escape = std::exchange(m_escape, {});
    if (isSurrogate(escape, "89abABcdefCDEF")) {
        out += replacement;
        return;
    }
    if (!hasSoundEscapes(escape))
        out += '\\';
    out += escape;
}

/// Two units in a row, the first of which wants the second.
void FreeformUnpacker::endPair(std::string& out) {
    const auto pair = std::exchange(m_escape, {});
    if (isSurrogate(std::string_view(pair).substr(6), "cdefCDEF")) {
        out += pair;
        return;
    }
    out += replacement;
    m_escape = pair.substr(6);
    if (!isSurrogate(m_escape, "89abAB"))
        endEscape(out);
}

std::string FreeformUnpacker::rest() const {
    switch (m_state) {
    case State::InText:
        return m_escape.size() >= 6 ? std::string(replacement) : std::string();
    case State::Behind:
        return {};
    default:
        break;
    }
    const auto json = nlohmann::json::parse(m_seen, nullptr, false);
    if (json.is_object()) {
        const auto text = json.find(TranslationContext::freeformArgument);
        if (text != json.end() && text->is_string())
            return escapedOf(text->get<std::string>());
    }
    return escapedOf(m_seen);
}

void ClientTools::take(const reply::Event& event) {
    std::visit(Overloaded{
                   [&](const reply::Started& started) {
                       m_replyId = started.id.json;
                       m_next.take(event);
                   },
                   [&](const reply::Refusal&) {
                       m_refused = true;
                       m_next.take(event);
                   },
                   [&](const reply::ToolCall& call) { started(call); },
                   [&](const reply::Arguments& piece) { arguments(piece); },
                   [&](const reply::PartEnd& end) { ended(end); },
                   [&](const reply::Finished& end) { finished(end); },
                   [&](const auto&) { m_next.take(event); },
               },
               event);
}

void ClientTools::started(const reply::ToolCall& call) {
    const auto providerName = plainOf(call.name);
    m_hasArguments = false;
    m_isFunction = !call.isFreeform;
    if (!m_context.structuredOutputTool.empty() && providerName == m_context.structuredOutputTool) {
        m_call = Call::AsText;
        ++m_structured;
        return;
    }
    auto own = call;
    std::string name;
    std::string nameSpace;
    m_call = Call::AsIs;
    if (const auto* tool = m_context.findTool(providerName)) {
        name = escapedOf(tool->name);
        nameSpace = escapedOf(tool->nameSpace);
        own.name = {name};
        own.nameSpace = {nameSpace};
        if (tool->isFreeform && !call.isFreeform) {
            m_call = Call::Unpacked;
            m_unpacker = {};
            m_half.clear();
            own.isFreeform = true;
        }
    }
    ++m_calls;
    std::string id;
    if (own.id.empty()) {
        id = "call_" + (m_replyId.empty() ? escapedOf(m_context.replyId) : m_replyId) + "_" +
             std::to_string(m_calls);
        own.id = {id};
    }
    m_next.take(own);
}

void ClientTools::arguments(const reply::Arguments& arguments) {
    switch (m_call) {
    case Call::AsIs:
        m_hasArguments = m_hasArguments || arguments.text.json.find_first_not_of(' ') != std::string::npos;
        m_next.take(arguments);
        break;
    case Call::AsText:
        m_next.take(reply::Text{arguments.part, arguments.text});
        break;
    case Call::Unpacked: {
        std::string json;
        std::string text;
        auto piece = std::exchange(m_half, {});
        piece += arguments.text.json;
        m_half = halfAtEnd(piece);
        piece.resize(piece.size() - m_half.size());
        appendUnquotedOnce(json, {piece});
        m_unpacker.feed(json, text);
        if (!text.empty())
            m_next.take(reply::Arguments{arguments.part, {text}});
        break;
    }
    case Call::None:
        break;
    }
}

void ClientTools::ended(const reply::PartEnd& end) {
    if (m_call == Call::AsIs && m_isFunction && !m_hasArguments)
        m_next.take(reply::Arguments{end.part, {"{}"}});
    if (m_call == Call::Unpacked) {
        if (const auto rest = m_unpacker.rest(); !rest.empty())
            m_next.take(reply::Arguments{end.part, {rest}});
    }
    m_call = Call::None;
    m_next.take(end);
}

void ClientTools::finished(const reply::Finished& finished) {
    auto own = finished;
    // Providers say `stop` beside tool calls, and the other way round; clients act on what is said.
    if (own.reason == StopReason::Stop && m_calls > 0)
        own.reason = StopReason::ToolCalls;
    else if (own.reason == StopReason::ToolCalls && m_calls == 0)
        own.reason = StopReason::Stop;
    if (own.reason == StopReason::Stop && m_refused)
        own.reason = StopReason::Refusal;
    m_next.take(own);
}

} // namespace tierdeck::gateway::wire
