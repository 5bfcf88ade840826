#include "core/gateway/wire/request_json.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/request_scanner.h"

#include <algorithm>
#include <utility>

namespace tierdeck::gateway::wire::in {

namespace {

constexpr std::size_t longestMemberName = 40;

/// The same JSON without the white space around its values.
std::string compact(std::string_view json) {
    std::string text;
    text.reserve(json.size());
    bool isInString = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (!isInString && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
            continue;
        if (isInString && c == '\\')
            text += json[at++];
        else if (c == '"')
            isInString = !isInString;
        text += json[at];
    }
    return text;
}

bool isUnit(std::string_view escape, char first, char last) {
    const auto isHex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    const auto second = escape.size() < 6 ? '\0' : static_cast<char>(escape[3] | 0x20);
    return escape.size() >= 6 && escape[0] == '\\' && escape[1] == 'u' && (escape[2] | 0x20) == 'd' &&
           second >= first && second <= last && isHex(escape[4]) && isHex(escape[5]);
}

/// Clients in JavaScript cut text in the middle of a character and send half of a surrogate pair: each
/// becomes U+FFFD, which is as long.
std::string withoutHalfPairs(std::string_view body) {
    std::string text;
    text.reserve(body.size() + bodyPadding);
    text = body;
    for (auto at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
        const auto escape = std::string_view(text).substr(at, 12);
        const bool isHigh = isUnit(escape, '8', 'b');
        if (isHigh && isUnit(escape.substr(6), 'c', 'f')) {
            at += 12;
        } else if (isHigh || isUnit(escape, 'c', 'f')) {
            text.replace(at, 6, "\\ufffd");
            at += 6;
        } else {
            at += 2;
        }
    }
    return text;
}

} // namespace

bool isNull(od::value& value) {
    bool null = false;
    return !value.is_null().get(null) && null;
}

std::optional<std::string> text(od::value& value) {
    od::json_type type{};
    if (value.type().get(type) || type != od::json_type::string)
        return std::nullopt;
    const auto token = value.raw_json_token();
    std::string_view plain;
    const auto error = value.get_string().get(plain);
    if (!error)
        return std::string(plain);
    const auto quote = token.rfind('"');
    if (error != simdjson::STRING_ERROR || quote == 0 || quote == std::string_view::npos)
        return std::nullopt;
    return unescapedLeniently(token.substr(1, quote - 1));
}

std::string textOr(od::value& value, std::string_view otherwise) {
    auto found = text(value);
    return found ? std::move(*found) : std::string(otherwise);
}

bool find(od::object& object, std::string_view key, od::value& out) {
    return !object.find_field_unordered(key).get(out) && !isNull(out);
}

bool find(od::object& object, std::string_view key, od::object& out) {
    od::value value;
    return find(object, key, value) && !value.get_object().get(out);
}

bool find(od::object& object, std::string_view key, od::array& out) {
    od::value value;
    return find(object, key, value) && !value.get_array().get(out);
}

std::string text(od::object& object, std::string_view key) {
    od::value value;
    return find(object, key, value) ? textOr(value) : std::string();
}

std::optional<bool> flag(od::value& value) {
    bool is = false;
    return value.get_bool().get(is) ? std::nullopt : std::optional(is);
}

std::optional<bool> flag(od::object& object, std::string_view key) {
    od::value value;
    return find(object, key, value) ? flag(value) : std::nullopt;
}

std::optional<std::int64_t> count(od::value& value) {
    std::int64_t number = 0;
    return value.get_int64().get(number) || number < 0 ? std::nullopt : std::optional(number);
}

std::optional<std::int64_t> count(od::object& object, std::string_view key) {
    od::value value;
    return find(object, key, value) ? count(value) : std::nullopt;
}

std::optional<double> number(od::value& value) {
    double number = 0;
    return value.get_double().get(number) ? std::nullopt : std::optional(number);
}

std::string raw(od::value& value) {
    if (isNull(value))
        return {};
    od::object object;
    od::array array;
    std::string_view json;
    if (!value.get_object().get(object))
        return object.raw_json().get(json) ? std::string() : compact(json);
    if (!value.get_array().get(array))
        return array.raw_json().get(json) ? std::string() : compact(json);
    return compact(value.raw_json_token());
}

std::string raw(od::object& object, std::string_view key) {
    od::value value;
    return find(object, key, value) ? raw(value) : std::string();
}

std::string rawObject(od::object& object, std::string_view key) {
    auto json = raw(object, key);
    return json.starts_with('{') ? json : std::string();
}

std::vector<std::string> texts(od::value& value) {
    std::vector<std::string> found;
    if (auto one = text(value)) {
        found.push_back(std::move(*one));
        return found;
    }
    od::array array;
    if (value.get_array().get(array))
        return found;
    for (auto element : array) {
        od::value item;
        if (element.get(item))
            break;
        if (auto one = text(item))
            found.push_back(std::move(*one));
    }
    return found;
}

std::vector<std::pair<std::string, std::string>> textMembers(od::value& value) {
    std::vector<std::pair<std::string, std::string>> found;
    od::object object;
    if (value.get_object().get(object))
        return found;
    for (auto member : object) {
        std::string_view key;
        od::value inner;
        if (member.unescaped_key().get(key) || member.value().get(inner))
            break;
        std::string name(key);
        if (auto one = text(inner))
            found.emplace_back(std::move(name), std::move(*one));
    }
    return found;
}

void Dropped::member(std::string_view name) {
    // The names are a client's to choose: only what looks like one is repeated.
    const bool isName = name.size() <= longestMemberName && std::all_of(name.begin(), name.end(), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                        });
    const std::string shown = isName ? std::string(name) : "a member of another name";
    if ((", " + m_names + ", ").find(", " + shown + ", ") == std::string::npos)
        m_names += (m_names.empty() ? "" : ", ") + shown;
}

void Dropped::tellIn(Notes& notes) const {
    if (!m_names.empty())
        notes.add("Not carried to another dialect: " + m_names + ".");
}

void takeDataUrl(std::string_view url, std::string& mediaType, std::string& data) {
    const auto comma = url.find(',');
    auto head = url.substr(5, comma == std::string_view::npos ? comma : comma - 5);
    mediaType = head.substr(0, head.find(';'));
    data = comma == std::string_view::npos ? std::string_view() : url.substr(comma + 1);
}

neutral::Image imageFrom(std::string url) {
    neutral::Image image;
    if (url.starts_with("data:"))
        takeDataUrl(url, image.mediaType, image.data);
    else
        image.url = std::move(url);
    return image;
}

neutral::ToolChoice::Kind openAiToolChoice(std::string_view word) {
    using Kind = neutral::ToolChoice::Kind;
    return word == "none" ? Kind::None : word == "required" ? Kind::Any : Kind::Auto;
}

tl::unexpected<Error> invalid(std::string sentence) {
    return failure(ErrorCode::InvalidInput, std::move(sentence));
}

tl::unexpected<Error> unsupported(std::string sentence) {
    return failure(ErrorCode::Unsupported, std::move(sentence));
}

Result<void> parsed(std::string_view body, std::string& mended, od::document& document, od::object& object) {
    // simdjson checks only what it visits, and may not be asked any further once it has met what is no JSON.
    if (!isJson(body)) {
        mended = withoutHalfPairs(body);
        if (mended == body || !isJson(mended))
            return invalid("The body is not valid JSON.");
        body = mended;
    }
    thread_local od::parser parser;
    const simdjson::padded_string_view padded(body.data(), body.size(), body.size() + bodyPadding);
    if (parser.iterate(padded).get(document))
        return invalid("The body is not valid JSON.");
    if (document.get_object().get(object))
        return invalid("The body must be a JSON object.");
    return {};
}

Result<void> ended(od::document& document) {
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS)
        return invalid("The body is not valid JSON: it goes on behind its last brace.");
    return {};
}

} // namespace tierdeck::gateway::wire::in
