#include "tests/fuzz/json_text_fuzz.h"

#include "core/foundation/json_text.h"
#include "core/foundation/json_validator.h"
#include "core/foundation/utf8.h"
#include "tests/fuzz/require.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck {

namespace {

using Json = nlohmann::json;

/// nullopt for what nlohmann does not take.
std::optional<Json> treeOf(std::string_view text) {
    auto tree = Json::parse(text, nullptr, false);
    return tree.is_discarded() ? std::nullopt : std::optional(std::move(tree));
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8SequenceLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

/// A pointer's tokens as nlohmann reads them; nullopt for what is no pointer.
std::optional<std::vector<std::string>> tokensOf(const std::string& pointer) {
    try {
        std::vector<std::string> tokens;
        for (auto rest = Json::json_pointer(pointer); !rest.empty(); rest.pop_back())
            tokens.push_back(rest.back());
        std::reverse(tokens.begin(), tokens.end());
        return tokens;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

/// Where `token` leads from `parent`; nullptr where that is nowhere.
Json* childOf(Json& parent, const std::string& token) {
    if (parent.is_object()) {
        const auto found = parent.find(token);
        return found == parent.end() ? nullptr : &*found;
    }
    if (!parent.is_array())
        return nullptr;
    for (std::size_t i = 0; i < parent.size(); ++i) {
        if (std::to_string(i) == token)
            return &parent[i];
    }
    return nullptr;
}

struct Place {
    Json* deepest = nullptr; ///< that exists
    std::size_t reached = 0; ///< tokens that lead to it
};

Place follow(Json& tree, const std::vector<std::string>& tokens) {
    Place place{&tree, 0};
    while (place.reached < tokens.size()) {
        auto* const next = childOf(*place.deepest, tokens[place.reached]);
        if (!next)
            break;
        place.deepest = next;
        ++place.reached;
    }
    return place;
}

/// The tree with `value` where the tokens lead; false where nothing can be put there.
bool put(Json& tree, const std::vector<std::string>& tokens, Json value) {
    const auto place = follow(tree, tokens);
    if (place.reached == tokens.size()) {
        *place.deepest = std::move(value);
        return true;
    }
    for (auto missing = tokens.size() - 1; missing > place.reached; --missing) {
        if (tokens[missing] == "-") {
            auto parent = Json::array();
            parent.push_back(std::move(value));
            value = std::move(parent);
        } else {
            auto parent = Json::object();
            parent[tokens[missing]] = std::move(value);
            value = std::move(parent);
        }
    }
    const auto& token = tokens[place.reached];
    if (place.deepest->is_object()) {
        (*place.deepest)[token] = std::move(value);
        return true;
    }
    if (!place.deepest->is_array() || (token != "-" && token != std::to_string(place.deepest->size())))
        return false;
    place.deepest->push_back(std::move(value));
    return true;
}

bool erase(Json& tree, std::vector<std::string> tokens) {
    if (tokens.empty() || follow(tree, tokens).reached < tokens.size())
        return false;
    const auto last = std::move(tokens.back());
    tokens.pop_back();
    auto& parent = *follow(tree, tokens).deepest;
    if (parent.is_object())
        parent.erase(last);
    else
        parent.erase(static_cast<std::size_t>(std::stoul(last)));
    return true;
}

std::string replaced(std::string text, const TextEdit& edit) {
    require(text.compare(edit.offset, edit.removed.size(), edit.removed) == 0,
            "an edit removes what was not there", text);
    return text.replace(edit.offset, edit.removed.size(), edit.inserted);
}

/// What holds for every edit that was made of `before`.
void checkEdit(const std::string& before, JsonText& edited, const TextEdit& edit, std::string_view bytes) {
    const auto after = edited.text();
    require(replaced(before, edit) == after, "an edit is not what was done", bytes);
    require(JsonText::parse(after).has_value(), "an edit leaves what is no JSON", bytes);
    const auto shortest = editBetween(before, after);
    require(replaced(before, shortest) == after && shortest.inserted.size() <= edit.inserted.size(),
            "the smallest edit is another one", bytes);
    require(edited.apply(edit.inverse()) && edited.text() == before, "an edit cannot be undone", bytes);
    require(edited.apply(edit) && edited.text() == after, "an edit cannot be done again", bytes);
}

void checkReading(const JsonText& document, Json& tree, const std::string& pointer,
                  const std::optional<std::vector<std::string>>& tokens, std::string_view bytes) {
    const auto value = document.value(pointer);
    const auto place = tokens ? follow(tree, *tokens) : Place();
    const bool exists = tokens && place.reached == tokens->size();
    require(value.has_value() == exists, "a place is found or not", bytes);
    require(!document.whereIs(pointer).empty(), "a place is nowhere", bytes);
    auto keys = document.keys(pointer);
    std::sort(keys.begin(), keys.end());
    std::vector<std::string> expected;
    if (exists && place.deepest->is_object()) {
        for (const auto& [key, member] : place.deepest->items())
            expected.push_back(key);
    }
    require(keys == expected, "an object has other keys", bytes);
    if (!exists)
        return;
    require(treeOf(*value) == *place.deepest, "a place holds another value", bytes);
    auto same = document;
    const auto edit = same.set(pointer, *value);
    require(edit && same.text() == document.text(), "the value that is there changes bytes", bytes);
}

void checkSetting(const std::string& text, const Json& tree, const std::string& pointer,
                  const std::optional<std::vector<std::string>>& tokens, std::string_view value,
                  std::string_view bytes) {
    auto document = JsonText::parse(text).value();
    const auto edit = document.set(pointer, value);
    const auto check = checkJson(value);
    const bool mayBeSet =
        tokens && isUtf8(pointer) && !check.fault && tokens->size() + check.depth <= deepestJson;
    if (!mayBeSet) {
        require(!edit && document.text() == text, "what is no value or no place was set", bytes);
        return;
    }
    const auto newTree = treeOf(value);
    if (!newTree) { // a number that no double holds
        if (edit)
            checkEdit(text, document, *edit, bytes);
        return;
    }
    auto expected = tree;
    const bool isPossible = put(expected, *tokens, *newTree);
    require(edit.has_value() == isPossible, "a value can be set or not", bytes);
    if (!edit) {
        require(document.text() == text, "a refused edit changes bytes", bytes);
        return;
    }
    const auto after = document.text();
    require(treeOf(after) == expected, "another place was changed too", bytes);
    checkEdit(text, document, *edit, bytes);

    auto before = tree;
    const auto place = follow(before, *tokens);
    if (tokens->empty() || place.reached + 1 != tokens->size())
        return; // replaced, or parents came with it
    auto added = pointer;
    if (place.deepest->is_array())
        added = pointer.substr(0, pointer.rfind('/') + 1) + std::to_string(place.deepest->size());
    auto elsewhere = JsonText::parse(after).value(); // which knows nothing but the text
    const auto removed = elsewhere.remove(added);
    require(removed && elsewhere.text() == text, "what was added does not go without a trace", bytes);
}

void checkRemoving(const std::string& text, const Json& tree, const std::string& pointer,
                   const std::optional<std::vector<std::string>>& tokens, std::string_view bytes) {
    auto document = JsonText::parse(text).value();
    const auto edit = document.remove(pointer);
    auto expected = tree;
    const bool isPossible = tokens && erase(expected, *tokens);
    require(edit.has_value() == isPossible, "a place can be removed or not", bytes);
    if (!edit) {
        require(document.text() == text, "a refused removal changes bytes", bytes);
        return;
    }
    require(treeOf(document.text()) == expected, "another place was removed too", bytes);
    checkEdit(text, document, *edit, bytes);
}

} // namespace

void fuzzJsonText(std::string_view bytes) {
    const auto lineEnd = std::min(bytes.find('\n'), bytes.size());
    const std::string pointer(bytes.substr(0, lineEnd));
    const auto rest = bytes.substr(std::min(lineEnd + 1, bytes.size()));
    const auto valueEnd = std::min(rest.find('\n'), rest.size());
    const auto value = rest.substr(0, valueEnd);
    const std::string text(rest.substr(std::min(valueEnd + 1, rest.size())));

    const auto document = JsonText::parse(text);
    auto tree = treeOf(text);
    require(isJson(value) || !JsonText::parse(std::string(value)) || value.starts_with("\xEF\xBB\xBF"),
            "a value is JSON or not", value);
    if (!document) {
        // nlohmann takes a NUL for the end of the text, and knows no limit of depth.
        require(!tree || text.find('\0') != std::string::npos ||
                    std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; }) >
                        static_cast<std::ptrdiff_t>(deepestJson),
                "a document is refused", bytes);
        return;
    }
    require(document->text() == text, "a document that nobody edited is another one", bytes);
    if (!tree) {
        require(text.find_first_of("123456789") != std::string::npos, "what is no JSON is taken", bytes);
        auto edited = *document; // a number that no double holds
        if (const auto edit = edited.set(pointer, value))
            checkEdit(text, edited, *edit, bytes);
        edited = *document;
        if (const auto edit = edited.remove(pointer))
            checkEdit(text, edited, *edit, bytes);
        return;
    }
    const auto tokens = tokensOf(pointer);
    checkReading(*document, *tree, pointer, tokens, bytes);
    checkSetting(text, *tree, pointer, tokens, value, bytes);
    checkRemoving(text, *tree, pointer, tokens, bytes);
}

} // namespace tierdeck
