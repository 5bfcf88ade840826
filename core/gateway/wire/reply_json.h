// What the readers of replies share: simdjson with the leniency that replies need. For their .cpp files
// alone.
#pragma once

#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/json_chars.h"
#include "core/gateway/wire/neutral_reply.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tierdeck::gateway::wire::json {

namespace od = simdjson::ondemand;

/// Beyond every count that is meant; sums of them stay far from overflow.
constexpr std::int64_t maxCount = 1'000'000'000'000;

/// A count that must not be negative; nullopt for what is none.
inline std::optional<std::int64_t> count(od::object& object, std::string_view key) {
    std::int64_t value = 0;
    if (object.find_field_unordered(key).get_int64().get(value))
        return std::nullopt;
    return std::clamp<std::int64_t>(value, 0, maxCount);
}

inline std::int64_t countOrZero(od::object& object, std::string_view key) {
    return count(object, key).value_or(0);
}

inline bool isNull(od::value& value) {
    bool null = false;
    return !value.is_null().get(null) && null;
}

/// What stands between a string's quotes; nullopt for another value.
inline std::optional<Escaped> text(od::value& value) {
    od::json_type type{};
    if (value.type().get(type) || type != od::json_type::string)
        return std::nullopt;
    const auto token = value.raw_json_token();
    const auto quote = token.rfind('"');
    if (quote == 0 || quote == std::string_view::npos)
        return std::nullopt;
    return Escaped{token.substr(1, quote - 1)};
}

/// "" for what is no string or not there.
inline Escaped text(od::object& object, std::string_view key) {
    od::value value;
    if (object.find_field_unordered(key).get(value))
        return {};
    return text(value).value_or(Escaped());
}

inline std::int64_t number(od::object& object, std::string_view key, std::int64_t otherwise) {
    std::int64_t value = 0;
    return object.find_field_unordered(key).get_int64().get(value) ? otherwise : value;
}

inline bool find(od::object& object, std::string_view key, od::object& out) {
    return !object.find_field_unordered(key).get_object().get(out);
}

/// One a thread keeps its buffers warm from event to event.
inline od::parser& parser() {
    thread_local od::parser one;
    return one;
}

/// What gets through is sound all over, so that every look into it succeeds or finds something else there.
inline bool parse(std::string_view json, od::document& document, od::object& object) {
    if (!isSoundJson(json))
        return false;
    const simdjson::padded_string_view padded(json.data(), json.size(), json.size() + bodyPadding);
    return !parser().iterate(padded).get(document) && !document.get_object().get(object);
}

/// Tells of an error object, a text or whatever else a provider puts there.
inline void tellError(od::value& value, ReplySink& sink) {
    reply::Failed failed;
    od::object object;
    std::string status;
    if (!value.get_object().get(object)) {
        failed.code = text(object, "code");
        if (std::int64_t code = 0; !object.find_field_unordered("code").get_int64().get(code)) {
            status = std::to_string(code);
            failed.code = {status};
            failed.status = code >= 100 && code < 600 ? static_cast<int>(code) : 0;
        }
        failed.type = text(object, "type");
        failed.message = text(object, "message");
    } else if (const auto words = text(value)) {
        failed.message = *words;
    }
    sink.take(failed);
}

} // namespace tierdeck::gateway::wire::json
