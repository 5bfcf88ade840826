#include "core/gateway/smoke.h"

#include "core/foundation/utf8.h"
#include "core/gateway/wire/model_names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;
using wire::Dialect;

constexpr int maxTokens = 1024; // Messages wants a limit; enough for a model that cannot help thinking
constexpr std::size_t maxModelBytes = 200;

/// What a reply shows of an answer.
struct Answer {
    bool isJson = false;
    bool isError = false; ///< it says that something is wrong, whatever its status
    int choices = 0;
    bool hasText = false;
    std::string model;
};

const Json& member(const Json& value, const char* key) {
    static const Json absent;
    if (!value.is_object())
        return absent;
    const auto found = value.find(key);
    return found == value.end() ? absent : *found;
}

bool isText(const Json& value) {
    return value.is_string() &&
           value.get_ref<const std::string&>().find_first_not_of(" \t\r\n") != std::string::npos;
}

/// A text, or parts of which one is a text.
bool hasText(const Json& content) {
    return isText(content) ||
           (content.is_array() && std::any_of(content.begin(), content.end(),
                                              [](const Json& part) { return isText(member(part, "text")); }));
}

/// On one line, and no longer than a name is.
std::string nameIn(const Json& value) {
    if (!value.is_string())
        return {};
    std::string name = value.get<std::string>();
    if (name.size() > maxModelBytes) {
        std::size_t end = maxModelBytes;
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
            --end;
        name.resize(end);
    }
    std::replace_if(name.begin(), name.end(), isControl, '?');
    return name;
}

Answer read(Dialect dialect, const SmokeReply& reply) {
    Answer answer;
    const auto json = Json::parse(reply.body, nullptr, false);
    answer.isJson = json.is_object();
    answer.isError = !member(json, "error").is_null();
    answer.model = nameIn(member(json, "model"));
    if (dialect == Dialect::Messages) {
        const auto& content = member(json, "content");
        answer.choices = content.is_array() && !content.empty() ? 1 : 0;
        answer.hasText = hasText(content);
        return answer;
    }
    const auto& choices = member(json, "choices");
    if (choices.is_array() && !choices.empty()) {
        answer.choices = static_cast<int>(choices.size());
        answer.hasText = hasText(member(member(choices.front(), "message"), "content"));
    }
    return answer;
}

std::string_view adviceFor(int status) {
    switch (status) {
    case 401:
    case 403:
        return " Check the provider's key.";
    case 402:
        return " Its account has no credit.";
    case 404:
        return " Check the model's name and the base URL.";
    case 429:
        return " Wait until its limit lets requests through.";
    default:
        return status >= 300 && status < 400 ? " It redirects: set its base URL to where it is." : "";
    }
}

std::string happyNotes(const SmokeQuestion& question, const SmokeReply& reply, const Answer& answer) {
    if (reply.status == 0)
        return "No reply came (" + reply.failure + ").";
    if (reply.status != 200)
        return "The request was answered with HTTP " + std::to_string(reply.status) + " instead of 200." +
               std::string(adviceFor(reply.status));
    if (!reply.failure.empty())
        return "The reply broke off (" + reply.failure + ").";
    if (!answer.isJson)
        return "The reply is not a JSON object.";
    std::string notes;
    if (answer.isError)
        notes += " The reply is an error with status 200.";
    if (answer.choices == 0)
        notes += question.dialect == Dialect::Messages ? " The reply has no content."
                                                       : " The reply has no choices.";
    else if (!answer.hasText)
        notes += " The reply has no text.";
    const bool isAsked = wire::isSameModel(question.model, answer.model) ||
                         (!question.sameAs.empty() && wire::isSameModel(question.sameAs, answer.model));
    if (answer.model.empty())
        notes += " The reply does not say which model answered.";
    else if (!isAsked)
        notes += " " + question.model + " was asked, and " + answer.model + " answered.";
    return notes;
}

std::string errorNotes(const SmokeReply& reply, const Answer& answer) {
    constexpr std::string_view about = "A model that cannot exist was asked for";
    if (reply.status == 0)
        return std::string(about) + ", and no reply came (" + reply.failure + ").";
    constexpr std::array refusals{400, 403, 404, 422};
    if (std::find(refusals.begin(), refusals.end(), reply.status) != refusals.end())
        return {};
    const auto status = std::to_string(reply.status);
    if (reply.status / 100 != 2)
        return std::string(about) + ", and HTTP " + status +
               " came, which does not refuse the name (400, 403, 404 or 422 would).";
    if (answer.isError || answer.choices == 0)
        return std::string(about) + ", and was refused with HTTP " + status + " instead of an error status.";
    return std::string(about) + ", and " + (answer.model.empty() ? "some model" : answer.model) +
           " answered: names that are not known get a default without a word.";
}

} // namespace

std::string smokeBody(Dialect dialect, std::string_view model) {
    Json body{{"model", model},
              {"messages", {{{"role", "user"}, {"content", "Reply with the one word: ready"}}}},
              {"stream", false}};
    if (dialect == Dialect::Messages)
        body["max_tokens"] = maxTokens;
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

SmokeRecord judgeSmoke(const SmokeQuestion& question, UtcTime date, const SmokeReply& happyPath,
                       const std::optional<SmokeReply>& errorPath) {
    SmokeRecord record;
    record.date = date;
    record.gatewayHost = question.host;
    record.modelRequested = question.model;
    const auto answer = read(question.dialect, happyPath);
    if (happyPath.status != 0)
        record.httpStatus = happyPath.status;
    record.modelReturned = answer.model;
    record.choicesCount = answer.choices;
    record.notes = happyNotes(question, happyPath, answer);
    if (errorPath) {
        if (errorPath->status != 0)
            record.errorPathStatus = errorPath->status;
        const auto notes = errorNotes(*errorPath, read(question.dialect, *errorPath));
        if (!notes.empty())
            record.notes += ' ' + notes;
    }
    if (record.notes.starts_with(' '))
        record.notes.erase(0, 1);
    record.pass = record.isAnswered() && record.notes.empty();
    return record;
}

} // namespace tierdeck::gateway
