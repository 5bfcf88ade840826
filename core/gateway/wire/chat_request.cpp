#include "core/gateway/wire/chat_request.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

constexpr std::int64_t bytesPerToken = 4;

tl::unexpected<Error> invalid(std::string message) {
    return failure(ErrorCode::InvalidInput, std::move(message));
}

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

/// The inside of a JSON string in which halves of surrogate pairs may stand alone, as clients in JavaScript
/// write text that was cut in the middle of a character; simdjson takes none of these. nullopt for other
/// errors.
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

class Scanner {
public:
    Scanner(std::string_view body, ScannedRequest& out)
        : m_body(body)
        , m_out(out) {}

    Result<void> run() {
        // One parser a thread keeps its buffers warm from request to request.
        thread_local od::parser parser;
        od::document document;
        const simdjson::padded_string_view padded(m_body.data(), m_body.size(), m_body.size() + bodyPadding);
        if (parser.iterate(padded).get(document))
            return invalid("The body is not valid JSON.");
        od::object object;
        if (document.get_object().get(object))
            return invalid("The body must be a JSON object.");
        m_out.firstMember = m_body.find('{') + 1;
        for (auto member : object) {
            std::string_view key;
            od::value value;
            if (member.unescaped_key().get(key) || member.value().get(value))
                return invalid("The body is not valid JSON.");
            m_out.hasMembers = true;
            if (auto done = readMember(key, value); !done)
                return done;
        }
        const char* rest = nullptr;
        if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS)
            return invalid("The body is not valid JSON: it goes on behind its last brace.");
        finish();
        return {};
    }

private:
    Result<void> readMember(std::string_view key, od::value& value) {
        if (key == "model")
            return readModel(value);
        if (key == "messages") {
            if (std::exchange(m_hasMessages, true))
                return invalid("The body has its messages twice. Send `messages` once.");
            return readMessages(value);
        }
        if (key == "stream") {
            bool stream = false;
            m_out.stream = !value.get_bool().get(stream) && stream;
        } else if (key == "stream_options") {
            return readStreamOptions(value);
        } else if (key == "temperature") {
            m_out.nullTemperature = spanIfNull(value);
            m_out.hasTemperature = !m_out.nullTemperature;
        } else if (key == "reasoning_effort") {
            m_out.nullReasoningEffort = spanIfNull(value);
            m_out.hasReasoning = m_out.hasReasoning || !m_out.nullReasoningEffort;
        } else if (key == "reasoning" || key == "thinking") {
            m_out.hasReasoning = m_out.hasReasoning || !isNull(value);
        } else if (key == "tools") {
            od::array tools;
            std::size_t count = 0;
            if (!value.get_array().get(tools) && !tools.count_elements().get(count))
                m_out.tools = static_cast<int>(count);
        } else if (key == "metadata") {
            return readMetadata(value);
        } else if (key == "prompt_cache_key") {
            std::string_view text;
            if (!value.get_string().get(text))
                m_out.promptCacheKey = text;
        }
        return {};
    }

    Result<void> readModel(od::value& value) {
        if (m_out.modelValue)
            return invalid("The body names its model twice. Send `model` once.");
        m_out.modelValue = tokenSpan(value);
        if (isNull(value))
            return {};
        std::string_view text;
        if (value.get_string().get(text))
            return invalid("`model` must be a string.");
        m_out.model = text;
        return {};
    }

    Result<void> readStreamOptions(od::value& value) {
        m_out.includeUsageValue.reset();
        m_out.includeUsage = false;
        m_out.streamOptionsInside.reset();
        m_out.streamOptionsEmpty = true;
        m_out.nullStreamOptions = spanIfNull(value);
        if (m_out.nullStreamOptions)
            return {};
        const auto begin = tokenSpan(value).begin;
        od::object object;
        if (value.get_object().get(object))
            return invalid("`stream_options` must be an object.");
        m_out.streamOptionsInside = begin + 1;
        for (auto member : object) {
            std::string_view key;
            od::value inner;
            if (member.unescaped_key().get(key) || member.value().get(inner))
                return invalid("`stream_options` is not valid JSON.");
            m_out.streamOptionsEmpty = false;
            if (key == "include_usage") {
                m_out.includeUsageValue = tokenSpan(inner);
                bool include = false;
                m_out.includeUsage = !inner.get_bool().get(include) && include;
            }
        }
        return {};
    }

    Result<void> readMetadata(od::value& value) {
        od::object object;
        if (value.get_object().get(object))
            return {};
        for (auto member : object) {
            std::string_view key;
            std::string_view text;
            od::value inner;
            if (member.unescaped_key().get(key) || member.value().get(inner))
                return invalid("`metadata` is not valid JSON.");
            if (key == "task_type" && !inner.get_string().get(text))
                m_out.taskType = text;
            else if (key == "user_id" && !inner.get_string().get(text))
                m_out.metadataUserId = text;
        }
        return {};
    }

    Result<void> readMessages(od::value& value) {
        od::array messages;
        if (value.get_array().get(messages))
            return invalid("`messages` must be an array.");
        bool removeNextAssistant = false;
        for (auto element : messages) {
            od::value item;
            od::object message;
            if (element.get(item))
                return invalid("`messages` is not valid JSON.");
            const auto begin = tokenSpan(item).begin;
            if (item.get_object().get(message))
                return invalid("Each of `messages` must be an object.");
            if (m_removeFrom && !(removeNextAssistant && isAssistant(message))) {
                m_out.commandSplices.push_back({*m_removeFrom, begin, {}});
                m_removeFrom.reset();
            }
            removeNextAssistant = false;
            std::string_view role;
            if (message.find_field_unordered("role").get_string().get(role))
                return invalid("A message has no `role`.");
            const bool isUser = role == "user";
            const bool isSystem = role == "system" || role == "developer";
            if (isUser || isSystem) {
                od::value content;
                m_typed.clear();
                m_command.reset();
                m_commandAlone = false;
                m_sawWrapper = m_sawOtherParts = false;
                if (!message.find_field_unordered("content").get(content)) {
                    if (auto done = readContent(content, isUser); !done)
                        return done;
                }
                // What holds nothing but a client's own words about its surroundings, no person typed.
                const bool isTyped = !m_typed.empty() || !m_sawWrapper || m_sawOtherParts;
                if (isUser && isTyped)
                    endUserMessage(begin, removeNextAssistant);
                else if (isSystem && m_out.userPosition < 0)
                    addToRoot();
            }
            ++m_out.messages;
        }
        return {};
    }

    static bool isAssistant(od::object& message) {
        std::string_view role;
        const bool is = !message.find_field_unordered("role").get_string().get(role) && role == "assistant";
        return !message.reset().error() && is;
    }

    void addToRoot() {
        m_rootText += m_typed;
        m_rootText.push_back('\0');
    }

    void endUserMessage(std::size_t begin, bool& removeNextAssistant) {
        if (m_out.userPosition < 0)
            addToRoot();
        m_out.userPosition = m_out.messages;
        m_out.userHash = fingerprintOf(m_typed).hash;
        m_out.userHashes.push_back(m_out.userHash);
        m_out.userTokens = static_cast<std::int64_t>(m_typed.size()) / bytesPerToken + 1;
        m_out.command = m_command;
        m_out.commandAlone = m_commandAlone;
        m_out.userText.assign(m_typed, m_command ? std::min(m_command->length, m_typed.size()) : 0);
        if (m_command && m_out.userText.starts_with('\n')) // what joined the command's part to the next
            m_out.userText.erase(0, 1);
        if (m_commandAlone) {
            // The command and what the gateway answered to it are nothing to the provider.
            m_removeFrom = begin;
            removeNextAssistant = true;
        } else if (m_commandSplice) {
            m_out.commandSplices.push_back(std::move(*m_commandSplice));
        }
        m_commandSplice.reset();
    }

    Result<void> readContent(od::value& content, bool isUser) {
        od::json_type type{};
        if (content.type().get(type))
            return invalid("A message's `content` is not valid JSON.");
        if (type == od::json_type::string)
            return readText(content, isUser);
        if (type != od::json_type::array)
            return {};
        od::array parts;
        if (content.get_array().get(parts))
            return invalid("A message's `content` is not valid JSON.");
        bool onlyCommand = true;
        Span emptied; // the part that the command's removal leaves without text; at 0 there is none
        for (auto element : parts) {
            od::value item;
            if (element.get(item))
                continue;
            const auto begin = tokenSpan(item).begin;
            if (emptied.begin > 0)
                m_commandSplice = Splice{std::exchange(emptied.begin, 0), begin, {}};
            od::object part;
            if (item.get_object().get(part)) {
                m_sawOtherParts = true;
                continue;
            }
            std::string_view kind;
            if (part.find_field_unordered("type").get_string().get(kind))
                continue;
            if (kind == "text") {
                od::value text;
                const auto before = m_typed.size();
                const bool hadCommand = m_commandSplice.has_value();
                if (!part.find_field_unordered("text").get(text)) {
                    if (auto done = readText(text, isUser); !done)
                        return done;
                }
                if (before > 0 && m_typed.size() > before)
                    onlyCommand = false;
                std::string_view raw;
                if (!hadCommand && m_commandSplice && m_commandSplice->text == R"("")" &&
                    !part.reset().error() && !part.raw_json().get(raw))
                    emptied = Span{begin, spanOf(raw).end};
            } else {
                onlyCommand = false;
                m_sawOtherParts = true;
                if (kind == "image_url" || kind == "input_image" || kind == "image") {
                    m_out.hasImages = true;
                    std::string_view raw;
                    if (!part.reset().error() && !part.raw_json().get(raw))
                        m_imageBytes += static_cast<std::int64_t>(raw.size());
                }
            }
        }
        m_commandAlone = m_commandAlone && onlyCommand;
        if (emptied.begin > 0) { // it is the last one
            auto begin = emptied.begin;
            while (isSpace(m_body[begin - 1]))
                --begin;
            if (m_body[begin - 1] == ',')
                m_commandSplice = Splice{begin - 1, emptied.end, {}};
        }
        return {};
    }

    Result<void> readText(od::value& value, bool isUser) {
        const auto token = tokenSpan(value);
        std::string_view text;
        std::optional<std::string> mended;
        if (const auto error = value.get_string().get(text)) {
            if (error == simdjson::STRING_ERROR)
                mended = unescapedLeniently(m_body.substr(token.begin + 1, token.end - token.begin - 2));
            if (!mended)
                return invalid("A message's text is not a valid string.");
            text = *mended;
        }
        if (!isUser) {
            m_typed.append(text);
            return {};
        }
        const auto typed = routing::skipWrappers(text);
        if (typed.empty()) {
            m_sawWrapper = m_sawWrapper || text.find('<') != std::string_view::npos;
            return {};
        }
        if (m_typed.empty()) {
            m_command = routing::parseUserCommand(typed);
            if (m_command) {
                m_commandAlone = m_command->alone;
                std::string rest(text.substr(0, static_cast<std::size_t>(typed.data() - text.data())));
                rest.append(text, static_cast<std::size_t>(typed.data() - text.data()) + m_command->length);
                m_commandSplice = Splice{token.begin, token.end, jsonQuoted(rest)};
            }
        } else {
            m_typed.push_back('\n');
        }
        m_typed.append(typed);
        return {};
    }

    void finish() {
        m_out.rootHash = fingerprintOf(m_rootText).hash;
        m_out.estimatedTokens = std::max<std::int64_t>(
            1, (static_cast<std::int64_t>(m_body.size()) - m_imageBytes) / bytesPerToken);
    }

    static bool isNull(od::value& value) {
        bool null = false;
        return !value.is_null().get(null) && null;
    }

    static bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    [[nodiscard]] std::optional<Span> spanIfNull(od::value& value) const {
        return isNull(value) ? std::optional(tokenSpan(value)) : std::nullopt;
    }

    [[nodiscard]] Span spanOf(std::string_view raw) const {
        const auto begin = static_cast<std::size_t>(raw.data() - m_body.data());
        while (!raw.empty() && isSpace(raw.back()))
            raw.remove_suffix(1);
        return {begin, begin + raw.size()};
    }

    [[nodiscard]] Span tokenSpan(od::value& value) const { return spanOf(value.raw_json_token()); }

    std::string_view m_body;
    ScannedRequest& m_out;
    std::string m_typed; ///< of the message at hand
    std::string m_rootText;
    std::optional<routing::UserCommand> m_command;
    std::optional<Splice> m_commandSplice;
    bool m_commandAlone = false;
    bool m_sawWrapper = false;    ///< in the message at hand, as is the next
    bool m_sawOtherParts = false; ///< than texts
    bool m_hasMessages = false;
    std::optional<std::size_t> m_removeFrom; ///< messages from here to the next one are to go
    std::int64_t m_imageBytes = 0;
};

std::string shortest(double number) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    return error == std::errc() ? std::string(digits, end) : "0";
}

} // namespace

Result<ScannedRequest> scanChatRequest(std::string_view body) {
    ScannedRequest scanned;
    if (auto done = Scanner(body, scanned).run(); !done)
        return tl::unexpected(done.error());
    if (scanned.messages == 0)
        return invalid("`messages` is missing or empty.");
    return scanned;
}

std::vector<Splice> chatSplices(const ScannedRequest& scanned, const BodyChanges& changes) {
    std::vector<Splice> splices;
    std::string members;
    const auto add = [&](std::string_view key, std::string_view json) {
        members += '"';
        members += key;
        members += "\":";
        members += json;
        members += ',';
    };
    if (!scanned.modelValue)
        add("model", jsonQuoted(changes.model));
    // A null says nothing, but a second member of its name would be said twice: it is replaced where it
    // stands.
    const auto addOrReplace = [&](std::string_view key, std::string json, const std::optional<Span>& null) {
        if (null)
            splices.push_back({null->begin, null->end, std::move(json)});
        else
            add(key, json);
    };
    if (changes.temperature && !scanned.hasTemperature)
        addOrReplace("temperature", shortest(*changes.temperature), scanned.nullTemperature);
    if (!changes.reasoning.empty() && !scanned.hasReasoning)
        addOrReplace("reasoning_effort", jsonQuoted(changes.reasoning), scanned.nullReasoningEffort);
    const bool addUsage = changes.requestUsage && scanned.stream && !scanned.includeUsage;
    if (addUsage && scanned.includeUsageValue)
        splices.push_back({scanned.includeUsageValue->begin, scanned.includeUsageValue->end, "true"});
    else if (addUsage && scanned.streamOptionsInside)
        splices.push_back(
            {*scanned.streamOptionsInside, *scanned.streamOptionsInside,
             scanned.streamOptionsEmpty ? R"("include_usage":true)" : R"("include_usage":true,)"});
    else if (addUsage)
        addOrReplace("stream_options", R"({"include_usage":true})", scanned.nullStreamOptions);
    if (!members.empty()) {
        if (!scanned.hasMembers)
            members.pop_back();
        splices.push_back({scanned.firstMember, scanned.firstMember, std::move(members)});
    }
    if (scanned.modelValue)
        splices.push_back({scanned.modelValue->begin, scanned.modelValue->end, jsonQuoted(changes.model)});
    splices.insert(splices.end(), scanned.commandSplices.begin(), scanned.commandSplices.end());
    std::stable_sort(splices.begin(), splices.end(),
                     [](const Splice& a, const Splice& b) { return a.begin < b.begin; });
    return splices;
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

} // namespace tierdeck::gateway::wire
