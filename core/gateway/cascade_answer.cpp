#include "core/gateway/cascade_answer.h"

#include "core/gateway/wire/reply_stream.h"
#include "core/gateway/wire/scanned_request.h"
#include "core/gateway/wire/sse.h"
#include "core/gateway/wire/translation_context.h"

#include <nlohmann/json.hpp>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;
using wire::Dialect;

struct Logprobs {
    double sum = 0;
    int count = 0;

    /// Those of the tokens that were chosen, wherever the dialect puts them; not those of the others.
    void take(const Json& value) {
        if (value.is_array()) {
            for (const auto& element : value)
                take(element);
        } else if (value.is_object()) {
            for (const auto& [key, member] : value.items()) {
                if (key == "logprob" && member.is_number()) {
                    sum += member.get<double>();
                    ++count;
                } else if (key != "top_logprobs") {
                    take(member);
                }
            }
        }
    }
};

std::optional<double> meanLogprob(std::string_view body, bool isStream) {
    Logprobs found;
    if (body.find("\"logprob\"") == std::string_view::npos)
        return std::nullopt;
    if (!isStream) {
        found.take(Json::parse(body, nullptr, false));
    } else {
        wire::SseReader reader;
        reader.feed(
            body, [&](const wire::SseEvent& event) { found.take(Json::parse(event.data, nullptr, false)); });
    }
    return found.count > 0 ? std::optional(found.sum / found.count) : std::nullopt;
}

/// The reply in the one form that is read here.
std::optional<std::string> asWholeChat(Dialect dialect, std::string_view body, bool isStream) {
    const wire::TranslationContext context;
    std::optional<wire::TranslatedReply> whole;
    if (isStream) {
        wire::WholeOfStream gathered(dialect, Dialect::Chat, context);
        gathered.feed(body);
        gathered.end();
        if (gathered.isBroken())
            return std::nullopt;
        whole = gathered.take();
    } else if (dialect == Dialect::Chat) {
        return std::string(body);
    } else {
        std::string padded(body);
        padded.reserve(body.size() + wire::bodyPadding);
        whole = wire::translateReply(dialect, Dialect::Chat, padded, context);
    }
    if (!whole || whole->error)
        return std::nullopt;
    return std::move(whole->body);
}

} // namespace

std::optional<CascadeAnswer> readCascadeAnswer(Dialect dialect, std::string_view body, bool isStream) {
    const auto chat = asWholeChat(dialect, body, isStream);
    const auto json = chat ? Json::parse(*chat, nullptr, false) : Json();
    const Json::json_pointer place("/choices/0/message");
    if (!json.is_object() || !json.contains(place) || !json.at(place).is_object())
        return std::nullopt;
    const auto& message = json.at(place);
    CascadeAnswer answer;
    if (const auto content = message.find("content"); content != message.end() && content->is_string())
        answer.text = *content;
    if (const auto refusal = message.find("refusal");
        answer.text.empty() && refusal != message.end() && refusal->is_string())
        answer.text = *refusal;
    const auto calls = message.find("tool_calls");
    answer.callsTools = calls != message.end() && calls->is_array() && !calls->empty();
    answer.meanLogprob = meanLogprob(body, isStream);
    return answer;
}

} // namespace tierdeck::gateway
