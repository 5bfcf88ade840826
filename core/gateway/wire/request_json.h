// What the readers of requests share: simdjson's values as the types of the neutral form, with the leniency
// that real clients need. For their .cpp files alone.
#pragma once

#include "core/gateway/wire/neutral_request.h"
#include "core/gateway/wire/request_translation.h"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire::in {

namespace od = simdjson::ondemand;

[[nodiscard]] bool isNull(od::value& value);

/// nullopt for what is no string. Halves of surrogate pairs become U+FFFD.
[[nodiscard]] std::optional<std::string> text(od::value& value);
[[nodiscard]] std::string textOr(od::value& value, std::string_view otherwise = {});
/// "" for what is no string or not there.
[[nodiscard]] std::string text(od::object& object, std::string_view key);
[[nodiscard]] bool find(od::object& object, std::string_view key, od::value& out);
[[nodiscard]] bool find(od::object& object, std::string_view key, od::object& out);
[[nodiscard]] bool find(od::object& object, std::string_view key, od::array& out);
[[nodiscard]] std::optional<bool> flag(od::value& value);
[[nodiscard]] std::optional<bool> flag(od::object& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> count(od::value& value);
[[nodiscard]] std::optional<std::int64_t> count(od::object& object, std::string_view key);
[[nodiscard]] std::optional<double> number(od::value& value);
/// The value as it was written, but for white space; "" for null.
[[nodiscard]] std::string raw(od::value& value);
[[nodiscard]] std::string raw(od::object& object, std::string_view key);
/// Likewise, for an object only.
[[nodiscard]] std::string rawObject(od::object& object, std::string_view key);
/// The texts of an array, or a text alone.
[[nodiscard]] std::vector<std::string> texts(od::value& value);
/// The string members of an object.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> textMembers(od::value& value);

/// Calls `read(key, value)` for each member of the body's object.
template <typename Read>
Result<void> eachMember(std::string_view body, Read&& read);

/// The same for the elements of `value` that are objects; false where it is no array or no valid JSON.
template <typename Read>
bool eachObject(od::value& value, Read&& read);

/// Members that mean nothing to the other dialect are told of in one note.
class Dropped {
public:
    void member(std::string_view name);
    void tellIn(Notes& notes) const;

private:
    std::string m_names;
};

/// "data:image/png;base64,AAAA" → media type and data; an address otherwise.
[[nodiscard]] neutral::Image imageFrom(std::string url);
void takeDataUrl(std::string_view url, std::string& mediaType, std::string& data);

/// "none", "auto" and "required" of Chat and Responses; anything else leaves it to the model.
[[nodiscard]] neutral::ToolChoice::Kind openAiToolChoice(std::string_view word);

[[nodiscard]] tl::unexpected<Error> invalid(std::string sentence);
[[nodiscard]] tl::unexpected<Error> unsupported(std::string sentence);

// ----------------------------------------------------------------------------------------------------

/// `mended` holds the body where it had to be changed to be read.
[[nodiscard]] Result<void> parsed(std::string_view body, std::string& mended, od::document& document,
                                  od::object& object);
[[nodiscard]] Result<void> ended(od::document& document);

template <typename Read>
Result<void> eachMember(std::string_view body, Read&& read) {
    std::string mended;
    od::document document;
    od::object object;
    if (auto done = parsed(body, mended, document, object); !done)
        return done;
    for (auto member : object) {
        std::string_view key;
        od::value value;
        if (member.unescaped_key().get(key) || member.value().get(value))
            return invalid("The body is not valid JSON.");
        if (Result<void> done = read(key, value); !done)
            return done;
    }
    return ended(document);
}

template <typename Read>
bool eachObject(od::value& value, Read&& read) {
    od::array array;
    if (value.get_array().get(array))
        return false;
    for (auto element : array) {
        od::value item;
        od::object object;
        if (element.get(item))
            return false;
        if (!item.get_object().get(object))
            read(object);
    }
    return true;
}

} // namespace tierdeck::gateway::wire::in
