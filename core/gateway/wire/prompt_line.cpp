#include "core/gateway/wire/prompt_line.h"

#include <simdjson.h>

namespace tierdeck::gateway::wire {

namespace {

namespace json = simdjson::ondemand;

static_assert(PromptLineReader::padding >= simdjson::SIMDJSON_PADDING);

PromptLine refused(std::string_view problem) {
    return {{}, {}, problem};
}

bool isTextOrNumber(json::value& value) {
    json::json_type type{};
    const bool isText = !value.type().get(type) && type == json::json_type::string;
    return isText ? !value.get_string().error() : !value.get_number().error();
}

} // namespace

struct PromptLineReader::Parser {
    json::parser parser;
};

PromptLineReader::PromptLineReader()
    : m_parser(std::make_unique<Parser>()) {}

PromptLineReader::~PromptLineReader() = default;

PromptLine PromptLineReader::read(std::string_view line, std::size_t readable) {
    json::document document;
    json::object object;
    if (m_parser->parser.iterate(line.data(), line.size(), readable).get(document) ||
        document.get_object().get(object))
        return refused("it is no JSON object");
    PromptLine read;
    bool hasPrompt = false;
    for (auto field : object) {
        std::string_view key;
        json::value value;
        if (field.unescaped_key().get(key) || field.value().get(value))
            return refused("it is no JSON object");
        if (key == "id") {
            read.id = value.raw_json_token();
            if (!isTextOrNumber(value))
                return refused("its \"id\" is neither text nor a number");
        } else if (key == "prompt") {
            if (value.get_string().get(read.prompt))
                return refused("its \"prompt\" is no text");
            hasPrompt = true;
        }
    }
    const char* behind = nullptr;
    if (!document.current_location().get(behind))
        return refused("something stands behind the JSON object");
    while (!read.id.empty() && (read.id.back() == ' ' || read.id.back() == '\t' || read.id.back() == '\r'))
        read.id.remove_suffix(1);
    if (read.id.empty() || !hasPrompt)
        return refused(read.id.empty() ? "it has no \"id\"" : "it has no \"prompt\"");
    return read;
}

} // namespace tierdeck::gateway::wire
