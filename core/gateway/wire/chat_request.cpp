#include "core/gateway/wire/chat_request.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

constexpr std::int64_t bytesPerToken = 4;

tl::unexpected<Error> invalid(std::string message) {
    return failure(ErrorCode::InvalidInput, std::move(message));
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
        if (key == "messages")
            return readMessages(value);
        if (key == "stream") {
            bool stream = false;
            m_out.stream = !value.get_bool().get(stream) && stream;
        } else if (key == "stream_options") {
            return readStreamOptions(value);
        } else if (key == "temperature") {
            m_out.hasTemperature = !isNull(value);
        } else if (key == "reasoning_effort" || key == "reasoning" || key == "thinking") {
            m_out.hasReasoning = !isNull(value);
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
        od::object object;
        if (value.get_object().get(object))
            return {};
        std::string_view raw;
        for (auto member : object) {
            std::string_view key;
            od::value inner;
            if (member.unescaped_key().get(key) || member.value().get(inner))
                return invalid("`stream_options` is not valid JSON.");
            if (key == "include_usage") {
                m_out.includeUsageValue = tokenSpan(inner);
                bool include = false;
                m_out.includeUsage = !inner.get_bool().get(include) && include;
            }
        }
        if (!object.reset().error() && !object.raw_json().get(raw))
            m_out.streamOptions = spanOf(raw);
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
                if (!message.find_field_unordered("content").get(content)) {
                    if (auto done = readContent(content, isUser); !done)
                        return done;
                }
                if (isUser)
                    endUserMessage(begin, removeNextAssistant);
                else if (m_out.userPosition < 0)
                    m_rootText += m_typed;
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

    void endUserMessage(std::size_t begin, bool& removeNextAssistant) {
        if (m_out.userPosition < 0)
            m_rootText += m_typed;
        m_out.userPosition = m_out.messages;
        m_out.userHash = fingerprintOf(m_typed).hash;
        m_out.userHashes.push_back(m_out.userHash);
        m_out.userTokens = static_cast<std::int64_t>(m_typed.size()) / bytesPerToken + 1;
        m_out.command = m_command;
        m_out.commandAlone = m_commandAlone;
        m_out.userText.assign(m_typed, m_command ? std::min(m_command->length, m_typed.size()) : 0);
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
        for (auto element : parts) {
            od::object part;
            if (element.get_object().get(part))
                continue;
            std::string_view kind;
            if (part.find_field_unordered("type").get_string().get(kind))
                continue;
            if (kind == "text") {
                od::value text;
                const auto before = m_typed.size();
                if (!part.find_field_unordered("text").get(text)) {
                    if (auto done = readText(text, isUser); !done)
                        return done;
                }
                if (before > 0 && m_typed.size() > before)
                    onlyCommand = false;
            } else {
                onlyCommand = false;
                if (kind == "image_url" || kind == "input_image" || kind == "image") {
                    m_out.hasImages = true;
                    std::string_view raw;
                    if (!part.reset().error() && !part.raw_json().get(raw))
                        m_imageBytes += static_cast<std::int64_t>(raw.size());
                }
            }
        }
        m_commandAlone = m_commandAlone && onlyCommand;
        return {};
    }

    Result<void> readText(od::value& value, bool isUser) {
        const auto token = tokenSpan(value);
        std::string_view text;
        if (value.get_string().get(text))
            return invalid("A message's text is not a valid string.");
        if (!isUser) {
            m_typed.append(text);
            return {};
        }
        const auto typed = routing::skipWrappers(text);
        if (typed.empty())
            return {};
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

    [[nodiscard]] Span spanOf(std::string_view raw) const {
        const auto begin = static_cast<std::size_t>(raw.data() - m_body.data());
        while (!raw.empty() &&
               (raw.back() == ' ' || raw.back() == '\n' || raw.back() == '\r' || raw.back() == '\t'))
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
    if (changes.temperature && !scanned.hasTemperature)
        add("temperature", shortest(*changes.temperature));
    if (!changes.reasoning.empty() && !scanned.hasReasoning)
        add("reasoning_effort", jsonQuoted(changes.reasoning));
    const bool addUsage = changes.requestUsage && scanned.stream && !scanned.includeUsage;
    if (addUsage && !scanned.streamOptions)
        add("stream_options", R"({"include_usage":true})");
    if (!members.empty()) {
        if (!scanned.hasMembers)
            members.pop_back();
        splices.push_back({scanned.firstMember, scanned.firstMember, std::move(members)});
    }
    if (scanned.modelValue)
        splices.push_back({scanned.modelValue->begin, scanned.modelValue->end, jsonQuoted(changes.model)});
    if (addUsage && scanned.includeUsageValue)
        splices.push_back({scanned.includeUsageValue->begin, scanned.includeUsageValue->end, "true"});
    else if (addUsage && scanned.streamOptions)
        splices.push_back(
            {scanned.streamOptions->begin, scanned.streamOptions->end, R"({"include_usage":true})"});
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
