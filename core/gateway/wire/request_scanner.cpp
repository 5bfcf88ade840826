#include "core/gateway/wire/request_scanner.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/gateway/wire/carried_reasoning.h"
#include "core/gateway/wire/json_chars.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

constexpr std::int64_t bytesPerToken = 4;
constexpr std::int64_t documentBytesPerToken = 40; ///< a packed document is mostly not its text
constexpr std::string_view attributionMark = "x-anthropic-billing-header:";
constexpr std::string_view skillMark = "Base directory for this skill: ";
// OpenCode, before a picture that a tool gave: Chat Completions has no place for it in the result itself.
constexpr std::string_view toolMediaMark = "Attached media from tool result:";
constexpr std::size_t usualPieces = 16;
constexpr std::string_view endOfText("\0", 1); ///< between the texts of a conversation's root

std::optional<unsigned> hexUnit(std::string_view text) {
    unsigned unit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), unit, 16);
    return text.size() == 4 && error == std::errc() && end == text.data() + 4 ? std::optional(unit)
                                                                              : std::nullopt;
}

void appendUtf8(std::string& out, unsigned point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | (point >> 6));
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | (point >> 12));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (point >> 18));
        out += static_cast<char>(0x80 | ((point >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    }
}

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool isImage(std::string_view kind) {
    return kind == "image_url" || kind == "input_image" || kind == "image";
}

bool isDocument(std::string_view kind) {
    return kind == "document" || kind == "input_file" || kind == "file";
}

bool isText(std::string_view kind) {
    return kind == "text" || kind == "input_text" || kind == "output_text";
}

std::size_t sizeOf(std::span<const std::string_view> pieces) {
    return std::accumulate(pieces.begin(), pieces.end(), std::size_t(0),
                           [](std::size_t sum, std::string_view piece) { return sum + piece.size(); });
}

std::string joined(std::span<const std::string_view> first, std::span<const std::string_view> second = {}) {
    std::string text;
    text.reserve(sizeOf(first) + sizeOf(second));
    for (const auto pieces : {first, second}) {
        for (const auto piece : pieces)
            text.append(piece);
    }
    return text;
}

std::uint64_t hashOf(std::span<const std::string_view> pieces) {
    return fingerprintOf(pieces.size() == 1 ? pieces.front() : joined(pieces)).hash;
}

/// "/home/dev/.claude/skills/refactor\n…" → "refactor"
std::string skillName(std::string_view text) {
    auto path = text.substr(skillMark.size());
    path = path.substr(0, path.find_first_of("\r\n"));
    while (!path.empty() && (isSpace(path.back()) || path.back() == '/' || path.back() == '\\'))
        path.remove_suffix(1);
    const auto slash = path.find_last_of("/\\");
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

} // namespace

tl::unexpected<Error> invalidBody(std::string message) {
    return failure(ErrorCode::InvalidInput, std::move(message));
}

std::optional<std::string> unescapedLeniently(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size();) {
        if (raw[at] != '\\') {
            out += raw[at++];
            continue;
        }
        if (at + 1 == raw.size())
            return std::nullopt;
        constexpr std::string_view escapes = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (const auto escape = escapes.find(raw[at + 1]); escape != std::string_view::npos) {
            out += meanings[escape];
            at += 2;
            continue;
        }
        const auto unit = raw[at + 1] == 'u' ? hexUnit(raw.substr(at + 2, 4)) : std::nullopt;
        if (!unit)
            return std::nullopt;
        at += 6;
        const bool isHigh = *unit >= 0xd800 && *unit < 0xdc00;
        const bool isLow = *unit >= 0xdc00 && *unit < 0xe000;
        const auto next =
            isHigh && raw.substr(at).starts_with("\\u") ? hexUnit(raw.substr(at + 2, 4)) : std::nullopt;
        if (next && *next >= 0xdc00 && *next < 0xe000) {
            appendUtf8(out, 0x10000 + ((*unit - 0xd800) << 10) + (*next - 0xdc00));
            at += 6;
        } else {
            appendUtf8(out, isHigh || isLow ? 0xfffd : *unit);
        }
    }
    return out;
}

// ----------------------------------------------------------------------------------------------------
// the body

Result<void> RequestScanner::run() {
    // One parser a thread keeps its buffers warm from request to request.
    thread_local od::parser parser;
    const simdjson::padded_string_view padded(m_body.data(), m_body.size(), m_body.size() + bodyPadding);
    if (parser.iterate(padded).get(m_document))
        return invalidBody("The body is not valid JSON.");
    od::object object;
    if (m_document.get_object().get(object))
        return invalidBody("The body must be a JSON object.");
    m_out.firstMember = m_body.find('{') + 1;
    m_pieces.reserve(usualPieces);
    for (auto member : object) {
        std::string_view key;
        Value value;
        if (member.error())
            return invalidBody("The body is not valid JSON.");
        m_memberBegin = static_cast<std::size_t>(member.key().value_unsafe().raw() - m_body.data()) - 1;
        if (member.unescaped_key().get(key) || member.value().get(value))
            return invalidBody("The body is not valid JSON.");
        m_out.hasMembers = true;
        if (auto done = readMember(key, value); !done)
            return done;
        // Members that go one behind the other are one run.
        for (auto& [splices, cut] : m_memberCuts) {
            if (cut.end <= m_memberBegin)
                cut.close(m_memberBegin, *splices);
        }
    }
    const char* rest = nullptr;
    if (m_document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS)
        return invalidBody("The body is not valid JSON: it goes on behind its last brace.");
    finish();
    return {};
}

void RequestScanner::finish() {
    for (auto& [splices, cut] : m_memberCuts) {
        if (cut.isOpen())
            splices->push_back({commaBefore(cut.from), cut.end, {}});
    }
    m_out.rootHash = fingerprintOf(joined(m_system, pieces({0, m_rootEnd}))).hash;
    if (m_userMessages > 0)
        finishUserText();
    m_out.estimatedTokens = std::max<std::int64_t>(
        1,
        (static_cast<std::int64_t>(m_body.size()) - m_attachmentBytes) / bytesPerToken + m_attachmentTokens);
}

void RequestScanner::finishUserText() {
    const auto hashed = std::min(m_userMessages, hashedUserMessages);
    m_out.userHashes.reserve(hashed);
    for (auto number = m_userMessages - hashed; number < m_userMessages; ++number)
        m_out.userHashes.push_back(hashOf(pieces(m_userTexts[number % hashedUserMessages])));
    m_out.userHash = m_out.userHashes.back();
    auto& text = m_out.userText;
    text = joined(pieces(m_userTexts[(m_userMessages - 1) % hashedUserMessages]));
    m_out.userTokens = static_cast<std::int64_t>(text.size()) / bytesPerToken + 1;
    if (m_out.command) {
        text.erase(0, m_out.command->length);
        if (text.starts_with('\n')) // what joined the command's part to the next
            text.erase(0, 1);
    }
}

void RequestScanner::cutMember(std::size_t end, std::vector<Splice>& splices) {
    auto known = std::find_if(m_memberCuts.begin(), m_memberCuts.end(),
                              [&](const auto& entry) { return entry.first == &splices; });
    if (known == m_memberCuts.end())
        known = m_memberCuts.insert(known, {&splices, {}});
    known->second.extend(m_memberBegin, end);
}

Result<void> RequestScanner::readModel(Value& value) {
    if (m_out.modelValue)
        return invalidBody("The body names its model twice. Send `model` once.");
    m_out.modelValue = tokenSpan(value);
    if (isNull(value))
        return {};
    std::string_view text;
    if (value.get_string().get(text))
        return invalidBody("`model` must be a string.");
    m_out.model = text;
    return {};
}

Result<void> RequestScanner::readMetadata(Value& value) {
    Object object;
    if (value.get_object().get(object))
        return {};
    for (auto member : object) {
        std::string_view key;
        Value inner;
        if (member.unescaped_key().get(key) || member.value().get(inner))
            return invalidBody("`metadata` is not valid JSON.");
        if (key == "task_type")
            m_out.taskType = textOf(inner);
        else if (key == "user_id")
            m_out.metadataUserId = textOf(inner);
        else if (key == "session_id")
            m_out.metadataSession = textOf(inner);
    }
    return {};
}

void RequestScanner::countTools(Value& value) {
    Array tools;
    std::size_t count = 0;
    if (!value.get_array().get(tools) && !tools.count_elements().get(count))
        m_out.tools = static_cast<int>(count);
}

void RequestScanner::readTemperature(Value& value) {
    m_out.nullTemperature = spanIfNull(value);
    m_out.hasTemperature = !m_out.nullTemperature;
}

void RequestScanner::readMaxTokens(Value& value) {
    std::int64_t tokens = 0;
    if (!value.get_int64().get(tokens) && tokens > 0)
        m_out.maxOutputTokens = tokens;
}

// ----------------------------------------------------------------------------------------------------
// the conversation

Result<void> RequestScanner::readConversation(Value& value, std::string_view member) {
    const auto named = [&](std::string_view before, std::string_view after) {
        std::string sentence(before);
        sentence += '`';
        sentence += member;
        sentence += '`';
        return invalidBody(sentence + std::string(after));
    };
    if (std::exchange(m_hasConversation, true))
        return named("The body has its messages twice. Send ", " once.");
    Array elements;
    if (value.get_array().get(elements))
        return named("", " must be an array.");
    bool removeNextAssistant = false;
    Cut thinking;
    Cut carried;
    for (auto element : elements) {
        Value item;
        Object message;
        if (element.get(item))
            return named("", " is not valid JSON.");
        const auto begin = tokenSpan(item).begin;
        if (item.get_object().get(message))
            return named("Each of ", " must be an object.");
        auto speaker = speakerOf(message);
        if (!speaker)
            return tl::unexpected(speaker.error());
        if (m_removeFrom && !(removeNextAssistant && *speaker == Speaker::Assistant)) {
            m_out.commandSplices.push_back({*m_removeFrom, begin, {}});
            m_removeFrom.reset();
        }
        removeNextAssistant = false;
        // Thinking at the very end stays: no next element tells where it ends, and nothing followed from it.
        thinking.close(begin, m_out.reasoningSplices);
        carried.close(begin, m_out.carriedSplices);
        switch (*speaker) {
        case Speaker::User:
        case Speaker::System: {
            const bool isUser = *speaker == Speaker::User;
            beginElement();
            Value content;
            if (find(message, "content", content)) {
                if (auto done = readContent(content, isUser); !done)
                    return done;
            }
            // What holds nothing but a client's own words, or what its tools found, no person typed.
            const bool isTyped = !isTextEmpty() || m_sawOtherParts || !(m_sawWrapper || m_sawToolResult);
            if (isUser && isTyped)
                endUserMessage(begin, removeNextAssistant);
            else if (isUser && !m_messageSkill.empty())
                m_out.skill = m_messageSkill;
            else if (!isUser && m_out.userPosition < 0)
                addToRoot();
            break;
        }
        case Speaker::Assistant: {
            const auto found = readAssistant(message);
            if (found.isAll)
                thinking.extend(begin, begin);
            if (found.isAllCarried)
                carried.extend(begin, begin);
            break;
        }
        case Speaker::Tool:
            countAttachments(message, m_out.dialect == Dialect::Responses ? "output" : "content");
            break;
        case Speaker::Thinking:
            thinking.extend(begin, begin);
            if (isCarried(message))
                carried.extend(begin, begin);
            break;
        case Speaker::Other:
            break;
        }
        ++m_out.messages;
    }
    return {};
}

void RequestScanner::beginElement() {
    m_pieces.resize(m_textBegin);
    m_messageSkill.clear();
    m_command.reset();
    m_commandAlone = false;
    m_sawWrapper = m_sawCommandName = m_sawToolResult = m_sawToolMedia = m_sawOtherParts = false;
}

Result<void> RequestScanner::readSoleText(Value& value) {
    m_hasConversation = true;
    beginElement();
    if (auto done = readText(value, true); !done)
        return done;
    bool removeNextAssistant = false;
    endUserMessage(tokenSpan(value).begin, removeNextAssistant);
    m_removeFrom.reset();
    ++m_out.messages;
    return {};
}

Result<void> RequestScanner::readSystem(Value& value) {
    od::json_type type{};
    if (value.type().get(type))
        return invalidBody("The system text is not valid JSON.");
    if (type == od::json_type::string) {
        const auto words = wordsOf(value);
        if (!words)
            return tl::unexpected(words.error());
        m_system = {*words};
    } else if (type == od::json_type::array) {
        Array parts;
        if (value.get_array().get(parts))
            return invalidBody("The system text is not valid JSON.");
        std::optional<std::size_t> attribution;
        std::size_t attributionEnd = 0;
        bool isFirst = true;
        for (auto element : parts) {
            Value item;
            Object part;
            if (element.get(item))
                return invalidBody("The system text is not valid JSON.");
            const auto begin = tokenSpan(item).begin;
            if (attribution)
                m_out.attributionSplices.push_back({*std::exchange(attribution, std::nullopt), begin, {}});
            if (item.get_object().get(part)) {
                isFirst = false;
                continue;
            }
            Value text;
            std::string_view said;
            if (find(part, "text", text)) {
                const auto words = wordsOf(text);
                if (!words)
                    return tl::unexpected(words.error());
                said = *words;
            }
            if (isFirst && said.starts_with(attributionMark)) {
                // Some versions turn it over with every request: it is no part of the conversation's root.
                m_out.isMarkedSubagent = said.find("cc_is_subagent=true") != std::string_view::npos;
                if (const auto whole = wholeOf(part)) {
                    attribution = begin;
                    attributionEnd = whole->end;
                }
            } else {
                m_system.push_back(said);
            }
            isFirst = false;
        }
        if (attribution)
            m_out.attributionSplices.push_back({*attribution, attributionEnd, {}});
    }
    m_system.push_back(endOfText);
    return {};
}

void RequestScanner::addToRoot() {
    m_pieces.push_back(endOfText);
    m_rootEnd = m_textBegin = m_pieces.size();
}

void RequestScanner::endUserMessage(std::size_t begin, bool& removeNextAssistant) {
    m_userTexts[m_userMessages++ % hashedUserMessages] = {m_textBegin, m_pieces.size()};
    m_textBegin = m_pieces.size();
    if (m_out.userPosition < 0)
        addToRoot();
    m_out.userPosition = m_out.messages;
    m_out.skill = m_messageSkill;
    m_out.command = m_command;
    m_out.commandAlone = m_commandAlone;
    if (m_commandAlone) {
        // The command and what the gateway answered to it are nothing to the provider.
        m_removeFrom = begin;
        removeNextAssistant = true;
    } else if (m_commandSplice) {
        m_out.commandSplices.push_back(std::move(*m_commandSplice));
    }
    m_commandSplice.reset();
}

Result<void> RequestScanner::readContent(Value& content, bool isUser) {
    od::json_type type{};
    if (content.type().get(type))
        return invalidBody("A message's `content` is not valid JSON.");
    if (type == od::json_type::string)
        return readText(content, isUser);
    if (type != od::json_type::array)
        return {};
    Array parts;
    if (content.get_array().get(parts))
        return invalidBody("A message's `content` is not valid JSON.");
    m_onlyCommand = true;
    m_emptied = {};
    for (auto element : parts) {
        Value item;
        if (element.get(item))
            continue;
        const auto begin = tokenSpan(item).begin;
        if (m_emptied.begin > 0)
            m_commandSplice = Splice{std::exchange(m_emptied.begin, 0), begin, {}};
        Object part;
        if (item.get_object().get(part)) {
            m_sawOtherParts = true;
            continue;
        }
        if (auto done = readPart(part, begin, isUser); !done)
            return done;
    }
    m_commandAlone = m_commandAlone && m_onlyCommand;
    if (m_emptied.begin > 0) { // it is the last one
        const auto comma = commaBefore(m_emptied.begin);
        if (comma < m_emptied.begin)
            m_commandSplice = Splice{comma, m_emptied.end, {}};
    }
    return {};
}

Result<void> RequestScanner::readPart(Object& part, std::size_t begin, bool isUser) {
    const auto type = textIn(part, "type");
    if (!type)
        return {};
    const std::string_view kind = *type;
    if (isText(kind)) {
        Value text;
        const bool isBehindText = !isTextEmpty();
        const auto before = m_pieces.size();
        const bool hadCommand = m_commandSplice.has_value();
        if (find(part, "text", text)) {
            if (auto done = readText(text, isUser); !done)
                return done;
        }
        if (isBehindText && m_pieces.size() > before)
            m_onlyCommand = false;
        if (!hadCommand && m_commandSplice && m_commandSplice->text == R"("")") {
            if (const auto whole = wholeOf(part))
                m_emptied = Span{begin, whole->end};
        }
        return {};
    }
    m_onlyCommand = false;
    if (kind == "tool_result") {
        m_sawToolResult = true;
        countAttachments(part, "content");
        return {};
    }
    m_sawOtherParts = m_sawOtherParts || !m_sawToolMedia;
    if (isImage(kind) || isDocument(kind)) {
        m_out.hasImages = m_out.hasImages || isImage(kind);
        const bool isPacked = isDocument(kind);
        if (const auto whole = wholeOf(part)) {
            const auto size = static_cast<std::int64_t>(whole->end - whole->begin);
            m_attachmentBytes += size;
            if (isPacked)
                m_attachmentTokens += size / documentBytesPerToken;
        }
    }
    return {};
}

Result<void> RequestScanner::readText(Value& value, bool isUser) {
    const auto words = wordsOf(value);
    if (!words)
        return tl::unexpected(words.error());
    const auto text = *words;
    if (!isUser) {
        add(text);
        return {};
    }
    if (text == toolMediaMark) {
        m_sawToolResult = m_sawToolMedia = true;
        return {};
    }
    auto typed = routing::skipWrappers(text);
    if (typed.empty()) {
        m_sawWrapper = m_sawWrapper || !text.empty();
        m_sawCommandName = m_sawCommandName || text.find("<command-name>") != std::string_view::npos;
        return {};
    }
    if (typed.starts_with(skillMark)) {
        m_messageSkill = skillName(typed);
        // A person called it by name, or else the model did.
        if (!m_sawCommandName) {
            m_sawWrapper = true;
            return {};
        }
        const auto line = typed.find('\n');
        typed =
            line == std::string_view::npos ? std::string_view() : routing::skipWrappers(typed.substr(line));
    }
    if (isTextEmpty()) {
        m_command = routing::parseUserCommand(typed);
        if (m_command) {
            m_commandAlone = m_command->alone;
            std::string rest(text.substr(0, static_cast<std::size_t>(typed.data() - text.data())));
            rest.append(text, static_cast<std::size_t>(typed.data() - text.data()) + m_command->length);
            const auto token = tokenSpan(value);
            m_commandSplice = Splice{token.begin, token.end, jsonQuoted(rest)};
        }
    } else {
        add("\n");
    }
    add(typed);
    return {};
}

Result<std::string_view> RequestScanner::wordsOf(Value& value) {
    // Most are long and without escapes: they need not be copied.
    const auto token = value.raw_json_token();
    if (const auto plain = plainIn(token))
        return *plain;
    std::string_view text;
    const auto error = value.get_string().get(text);
    if (!error)
        return text;
    if (error == simdjson::STRING_ERROR) {
        if (auto mended = unescapedLeniently(token.substr(1, token.rfind('"') - 1)))
            return m_mended.emplace_front(std::move(*mended));
    }
    return invalidBody("A message's text is not a valid string.");
}

// ----------------------------------------------------------------------------------------------------
// what was thought and attached before

RequestScanner::Thinking RequestScanner::readAssistant(Object& message) {
    Value content;
    Array parts;
    if (m_out.dialect != Dialect::Messages || !find(message, "content", content) ||
        content.get_array().get(parts))
        return {};
    const auto firstThinking = m_out.reasoningSplices.size();
    const auto firstCarried = m_out.carriedSplices.size();
    Cut all;
    Cut carried;
    int count = 0;
    int thoughts = 0;
    int carriedThoughts = 0;
    for (auto element : parts) {
        Value item;
        Object part;
        if (element.get(item))
            break;
        const auto begin = tokenSpan(item).begin;
        ++count;
        const auto kind = item.get_object().get(part) ? std::nullopt : textIn(part, "type");
        const bool isThinking = kind == "thinking" || kind == "redacted_thinking";
        if (!isThinking) {
            all.close(begin, m_out.reasoningSplices);
            carried.close(begin, m_out.carriedSplices);
            continue;
        }
        ++thoughts;
        const bool isForeign = isCarried(part);
        const auto whole = wholeOf(part);
        if (!whole)
            break;
        const auto end = whole->end;
        all.extend(begin, end);
        if (isForeign) {
            ++carriedThoughts;
            carried.extend(begin, end);
        } else {
            carried.close(begin, m_out.carriedSplices);
        }
    }
    // The last parts go with the comma before them, unless nothing stays: then the whole message goes.
    const Thinking found{count > 0 && thoughts == count, count > 0 && carriedThoughts == count};
    if (found.isAll)
        m_out.reasoningSplices.resize(firstThinking);
    else if (all.isOpen())
        m_out.reasoningSplices.push_back({commaBefore(all.from), all.end, {}});
    if (found.isAllCarried)
        m_out.carriedSplices.resize(firstCarried);
    else if (carried.isOpen())
        m_out.carriedSplices.push_back({commaBefore(carried.from), carried.end, {}});
    return found;
}

bool RequestScanner::isCarried(Object& element) {
    for (const auto* member : {"signature", "data", "encrypted_content"}) {
        Value value;
        if (find(element, member, value) &&
            value.raw_json_token().substr(1).starts_with(carriedReasoningMark))
            return true;
    }
    return false;
}

void RequestScanner::countAttachments(Object& element, std::string_view member) {
    Value content;
    Array parts;
    if (find(element, member, content) && !content.get_array().get(parts))
        countAttachments(parts);
}

void RequestScanner::countAttachments(Array& parts) {
    for (auto element : parts) {
        Object part;
        if (element.get_object().get(part))
            continue;
        const auto kind = textOf(part, "type");
        if (!isImage(kind) && !isDocument(kind))
            continue;
        if (const auto whole = wholeOf(part))
            m_attachmentBytes += static_cast<std::int64_t>(whole->end - whole->begin);
    }
}

// ----------------------------------------------------------------------------------------------------
// values and places

bool RequestScanner::isNull(Value& value) {
    bool null = false;
    return !value.is_null().get(null) && null;
}

std::string_view RequestScanner::textOf(Value& value) {
    std::string_view text;
    return value.get_string().get(text) ? std::string_view() : text;
}

bool RequestScanner::find(Object& object, std::string_view member, Value& out) {
    return m_document.is_alive() && !object.find_field_unordered(member).get(out);
}

bool RequestScanner::find(Object& object, std::string_view member, Object& out) {
    Value value;
    return find(object, member, value) && !value.get_object().get(out);
}

std::optional<std::string_view> RequestScanner::textIn(Object& object, std::string_view member) {
    Value value;
    std::string_view text;
    if (!find(object, member, value) || value.get_string().get(text))
        return std::nullopt;
    return text;
}

std::string_view RequestScanner::textOf(Object& object, std::string_view member) {
    return textIn(object, member).value_or(std::string_view());
}

Span RequestScanner::spanOf(std::string_view raw) const {
    const auto begin = static_cast<std::size_t>(raw.data() - m_body.data());
    while (!raw.empty() && isSpace(raw.back()))
        raw.remove_suffix(1);
    return {begin, begin + raw.size()};
}

std::optional<Span> RequestScanner::spanIfNull(Value& value) const {
    return isNull(value) ? std::optional(tokenSpan(value)) : std::nullopt;
}

/// Where the comma before the element at `at` stands; `at` where there is none.
std::size_t RequestScanner::commaBefore(std::size_t at) const {
    auto before = at;
    while (before > 0 && isSpace(m_body[before - 1]))
        --before;
    return before > 0 && m_body[before - 1] == ',' ? before - 1 : at;
}

// ----------------------------------------------------------------------------------------------------
// splices

std::string shortestNumber(double number) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    return error == std::errc() ? std::string(digits, end) : "0";
}

void SpliceBuilder::add(std::string_view key, std::string_view json) {
    m_members += '"';
    m_members += key;
    m_members += "\":";
    m_members += json;
    m_members += ',';
}

void SpliceBuilder::replace(Span span, std::string json) {
    m_splices.push_back({span.begin, span.end, std::move(json)});
}

void SpliceBuilder::addOrReplace(std::string_view key, std::string json, const std::optional<Span>& null) {
    if (null)
        replace(*null, std::move(json));
    else
        add(key, json);
}

void SpliceBuilder::set(std::string_view outer, std::string_view key, std::string_view json,
                        const ObjectPlace& place) {
    if (place.member) {
        replace(*place.member, std::string(json));
        return;
    }
    std::string member = "\"" + std::string(key) + "\":" + std::string(json);
    if (place.inside)
        m_splices.push_back({*place.inside, *place.inside, place.isEmpty ? std::move(member) : member + ","});
    else
        addOrReplace(outer, "{" + member + "}", place.nullValue);
}

void SpliceBuilder::append(const std::vector<Splice>& splices) {
    m_splices.insert(m_splices.end(), splices.begin(), splices.end());
}

std::vector<Splice> SpliceBuilder::finish(std::string_view model) {
    if (m_scanned.modelValue)
        replace(*m_scanned.modelValue, jsonQuoted(model));
    else
        m_members.insert(0, "\"model\":" + jsonQuoted(model) + ",");
    if (!m_members.empty()) {
        if (!m_scanned.hasMembers)
            m_members.pop_back();
        m_splices.insert(m_splices.begin(), {m_scanned.firstMember, m_scanned.firstMember, m_members});
    }
    const auto isBefore = [](const Splice& a, const Splice& b) { return a.begin < b.begin; };
    if (!std::is_sorted(m_splices.begin(), m_splices.end(), isBefore))
        std::stable_sort(m_splices.begin(), m_splices.end(), isBefore);
    std::size_t end = 0;
    std::erase_if(m_splices, [&](const Splice& splice) {
        if (splice.begin < end)
            return true;
        end = splice.end;
        return false;
    });
    return std::move(m_splices);
}

} // namespace tierdeck::gateway::wire
