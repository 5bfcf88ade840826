#include "core/gateway/wire/reply_errors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace tierdeck::gateway::wire {

namespace {

using Json = nlohmann::json;

constexpr std::size_t maxLookedAt = 64u << 10;

bool containsIgnoringCase(std::string_view text, std::string_view lowerNeedle) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::search(text.begin(), text.end(), lowerNeedle.begin(), lowerNeedle.end(),
                       [&](char a, char b) { return lower(a) == b; }) != text.end();
}

/// What an error means to whoever must act on it.
enum class Meaning {
    Invalid,
    Authentication,
    Quota,
    Permission,
    NotFound,
    TooLarge,
    RateLimit,
    Timeout,
    Overloaded,
    Server,
    ContextWindow,
    ContentPolicy,
};

struct Words {
    Meaning meaning;
    std::string_view messagesType;
    std::string_view openAiType;
    std::string_view openAiCode;
};

constexpr std::array<Words, 12> vocabulary{{
    {Meaning::Invalid, "invalid_request_error", "invalid_request_error", "invalid_request"},
    {Meaning::Authentication, "authentication_error", "invalid_request_error", "invalid_api_key"},
    {Meaning::Quota, "billing_error", "insufficient_quota", "insufficient_quota"},
    {Meaning::Permission, "permission_error", "invalid_request_error", "permission_denied"},
    {Meaning::NotFound, "not_found_error", "invalid_request_error", "model_not_found"},
    {Meaning::TooLarge, "request_too_large", "invalid_request_error", "request_too_large"},
    {Meaning::RateLimit, "rate_limit_error", "rate_limit_error", "rate_limit_exceeded"},
    {Meaning::Timeout, "timeout_error", "server_error", "timeout"},
    {Meaning::Overloaded, "overloaded_error", "server_error", "server_is_overloaded"},
    {Meaning::Server, "api_error", "server_error", "server_error"},
    {Meaning::ContextWindow, "invalid_request_error", "invalid_request_error", "context_length_exceeded"},
    {Meaning::ContentPolicy, "invalid_request_error", "invalid_request_error", "content_policy_violation"},
}};

const Words& wordsOf(Meaning meaning) {
    return vocabulary[static_cast<std::size_t>(meaning)];
}

std::optional<Meaning> meaningOfWord(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, Meaning>, 12> others{{
        {"usage_limit_reached", Meaning::Quota},
        {"usage_not_included", Meaning::Quota},
        {"billing_hard_limit_reached", Meaning::Quota},
        {"not_enough_credits", Meaning::Quota},
        {"rate_limited", Meaning::RateLimit},
        {"too_many_requests", Meaning::RateLimit},
        {"overloaded", Meaning::Overloaded},
        {"slow_down", Meaning::Overloaded},
        {"engine_overloaded", Meaning::Overloaded},
        {"service_unavailable", Meaning::Overloaded},
        {"internal_server_error", Meaning::Server},
        {"internal_error", Meaning::Server},
    }};
    for (const auto& [known, meaning] : others) {
        if (word == known)
            return meaning;
    }
    for (const auto& words : vocabulary) {
        // A type that says no more than "your request" leaves it to the code and the status.
        if (word == words.openAiCode || (word == words.messagesType && words.meaning != Meaning::Invalid))
            return word == "invalid_request_error" ? std::nullopt : std::optional(words.meaning);
    }
    return std::nullopt;
}

Meaning meaningOf(const ReplyError& error) {
    // A server's trouble is not the conversation's, whatever words it uses.
    switch (error.status >= 500 ? ErrorKind::Other : classifyError(error.code + ' ' + error.message)) {
    case ErrorKind::ContextWindow:
        return Meaning::ContextWindow;
    case ErrorKind::ContentPolicy:
        return Meaning::ContentPolicy;
    case ErrorKind::Other:
        break;
    }
    if (const auto meaning = meaningOfWord(error.code))
        return *meaning;
    // Nor does one that says no more than "our fault", if there is a status.
    if (const auto meaning = meaningOfWord(error.type);
        meaning && (*meaning != Meaning::Server || error.status == 0))
        return *meaning;
    switch (error.status) {
    case 401:
        return Meaning::Authentication;
    case 402:
        return Meaning::Quota;
    case 403:
        return Meaning::Permission;
    case 404:
        return Meaning::NotFound;
    case 408:
    case 504:
        return Meaning::Timeout;
    case 413:
        return Meaning::TooLarge;
    case 429:
        return Meaning::RateLimit;
    case 503:
    case 529:
        return Meaning::Overloaded;
    default:
        break;
    }
    const bool isClients =
        error.status >= 400 ? error.status < 500 : error.type == wordsOf(Meaning::Invalid).messagesType;
    return isClients ? Meaning::Invalid : Meaning::Server;
}

bool isNumber(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string textAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end())
        return {};
    if (found->is_string())
        return found->get<std::string>();
    return found->is_number_integer() ? std::to_string(found->get<std::int64_t>()) : std::string();
}

} // namespace

ErrorKind classifyError(std::string_view body) {
    body = body.substr(0, maxLookedAt);
    for (const auto needle :
         {"context_length_exceeded", "maximum context length", "prompt is too long", "context window",
          "input is too long", "exceeds the context", "context_window_exceeded", "context limit",
          "input length and `max_tokens` exceed", "input token count", "too many tokens",
          "reduce the length of the messages", "maximum prompt length",
          "exceeds the maximum number of tokens", "exceed_context_size", "larger than the model's context"}) {
        if (containsIgnoringCase(body, needle))
            return ErrorKind::ContextWindow;
    }
    for (const auto needle :
         {"content_policy_violation", "content_filter", "responsibleaipolicyviolation", "content policy",
          "content management policy", "usage policies", "safety system",
          "output blocked by content filtering", "flagged by moderation", "requires moderation",
          "data_inspection_failed", "prohibited_content", "invalid_prompt", "cyber_policy"}) {
        if (containsIgnoringCase(body, needle))
            return ErrorKind::ContentPolicy;
    }
    return ErrorKind::Other;
}

std::optional<ReplyError> readError(std::string_view body, int status) {
    auto json = Json::parse(body, nullptr, false);
    if (json.is_array() && !json.empty()) // Gemini's
        json = Json(json.front());
    if (!json.is_object())
        return std::nullopt;
    ReplyError error;
    error.status = status;
    auto inside = json.find("error");
    const Json& object = inside != json.end() && inside->is_object() ? *inside : json;
    error.message = textAt(object, "message");
    error.code = textAt(object, "code");
    error.type = textAt(object, "type");
    if (error.code.empty())
        error.code = textAt(object, "status"); // Gemini's word
    if (&object == &json && error.type == "error")
        error.type.clear();
    if (error.message.empty() && inside != json.end() && inside->is_string())
        error.message = inside->get<std::string>();
    if (error.message.empty())
        error.message = textAt(json, "detail");
    if (error.message.empty() && error.code.empty() && error.type.empty())
        return std::nullopt;
    return error;
}

ReplyError errorFor(Dialect dialect, const ReplyError& error) {
    const auto meaning = meaningOf(error);
    const auto& words = wordsOf(meaning);
    auto own = error;
    own.status = statusFor(dialect, error.status);
    if (own.message.empty())
        own.message = "The provider failed without saying why.";
    if (dialect == Dialect::Messages) {
        own.type = words.messagesType;
        own.code.clear();
        // The words by which Claude Code knows that it must compact the conversation.
        if (meaning == Meaning::ContextWindow && !containsIgnoringCase(own.message, "prompt is too long"))
            own.message = "prompt is too long: " + own.message;
        return own;
    }
    const bool hasCode = !error.code.empty() && !isNumber(error.code);
    if (!hasCode || meaning == Meaning::ContextWindow)
        own.code = words.openAiCode;
    if (!hasCode || error.type.empty())
        own.type = words.openAiType;
    return own;
}

int statusFor(Dialect dialect, int status) {
    return status == 529 && dialect != Dialect::Messages ? 503 : status;
}

std::string errorBody(Dialect dialect, const ReplyError& error, std::string_view requestId) {
    const auto own = errorFor(dialect, error);
    if (dialect == Dialect::Messages) {
        Json body{{"type", "error"}, {"error", {{"type", own.type}, {"message", own.message}}}};
        if (!requestId.empty())
            body["request_id"] = requestId;
        return dumped(body);
    }
    return dumped(
        {{"error", {{"message", own.message}, {"type", own.type}, {"param", nullptr}, {"code", own.code}}}});
}

std::string errorEvent(Dialect dialect, const ReplyError& error) {
    switch (dialect) {
    case Dialect::Messages:
        return "event: error\ndata: " + errorBody(dialect, error) + "\n\n";
    case Dialect::Responses: {
        const auto own = errorFor(dialect, error);
        return "event: error\ndata: " +
               dumped({{"type", "error"}, {"code", own.code}, {"message", own.message}, {"param", nullptr}}) +
               "\n\n";
    }
    case Dialect::Chat:
        break;
    }
    return "data: " + errorBody(dialect, error) + "\n\n";
}

} // namespace tierdeck::gateway::wire
