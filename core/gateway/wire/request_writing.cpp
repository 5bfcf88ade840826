#include "core/gateway/wire/request_writing.h"

#include "core/gateway/wire/conversation.h"
#include "core/gateway/wire/request_scanner.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;

constexpr std::size_t longestUser = 64; ///< OpenAI takes no longer one
constexpr std::size_t longestMetadata = 512;

std::size_t sizeOf(const std::vector<Part>& parts) {
    std::size_t size = 0;
    for (const auto& part : parts) {
        if (const auto* text = std::get_if<Text>(&part.content))
            size += text->text.size();
        else if (const auto* image = std::get_if<Image>(&part.content))
            size += image->data.size();
        else if (const auto* document = std::get_if<Document>(&part.content))
            size += document->data.size() + document->text.size();
        else if (const auto* call = std::get_if<ToolCall>(&part.content))
            size += call->arguments.size();
        else if (const auto* result = std::get_if<ToolResult>(&part.content))
            size += sizeOf(result->content);
    }
    return size;
}

} // namespace

WrittenRequest startedWriting(const NeutralRequest& request, const WriteOptions& options) {
    std::size_t size = sizeOf(request.system);
    for (const auto& message : request.messages)
        size += sizeOf(message.parts) + 64;
    for (const auto& tool : request.tools)
        size += tool.description.size() + tool.schema.size() + 64;
    WrittenRequest written;
    written.body.reserve(size + size / 8 + 1024);
    written.context.requestedModel = request.model;
    written.context.servingModel = options.servingModel;
    written.context.clientWantsUsage = request.includeUsage;
    return written;
}

std::int64_t knownLimit(const WriteOptions& options, const ModelTraits& traits) {
    return options.maxOutputTokens > 0 ? options.maxOutputTokens : traits.maxOutputTokens;
}

std::optional<std::int64_t> outputLimit(const NeutralRequest& request, const WriteOptions& options,
                                        const ModelTraits& traits, Notes& notes) {
    if (!request.maxTokens)
        return std::nullopt;
    const auto most = knownLimit(options, traits);
    if (most == 0 || *request.maxTokens <= most)
        return request.maxTokens;
    notes.add("The output limit is lowered to the " + std::to_string(most) + " tokens that the model takes.");
    return most;
}

void writeSampling(JsonWriter& json, Dialect to, const NeutralRequest& request, const WriteOptions& options,
                   const ModelTraits& traits, Notes& notes) {
    // Anthropic's scale is shorter than OpenAI's, and its newer models take one of the two.
    const bool takesOneOnly = to == Dialect::Messages;
    const double hottest = to == Dialect::Messages ? 1.0 : 2.0;
    const auto temperature = request.temperature ? request.temperature : options.temperature;
    if (!traits.takesSampling) {
        if (request.temperature || request.topP)
            notes.add("Temperature and top_p are not carried: the model refuses them.");
        return;
    }
    if (temperature) {
        if (*temperature > hottest)
            notes.add("The temperature is lowered to the highest that the provider takes.");
        json.raw("temperature", shortestNumber(std::clamp(*temperature, 0.0, hottest)));
    }
    if (!request.topP)
        return;
    if (temperature && takesOneOnly)
        notes.add("Of temperature and top_p only the first is carried: the provider takes one.");
    else
        json.raw("top_p", shortestNumber(*request.topP));
}

std::string wantedEffort(const NeutralRequest& request, const WriteOptions& options,
                         const ModelTraits& traits, Notes& notes) {
    const auto& wish = request.reasoning;
    std::string wanted = wish.effort;
    bool isNamed = !wanted.empty();
    if (wish.kind == Reasoning::Kind::Off) {
        wanted = "none";
        isNamed = false; // not to think is what a model does that cannot
    } else if (wanted.empty() && wish.kind == Reasoning::Kind::Budget) {
        wanted = effortOf(wish.budgetTokens);
        isNamed = true;
    } else if (wanted.empty() && wish.kind == Reasoning::Kind::Unset) {
        wanted = options.reasoning;
    }
    if (wanted.empty())
        return {};
    auto effort = effortFor(options.model, wanted);
    if (effort.empty() && isNamed && traits.thinking == ThinkingForm::None)
        notes.add("How much to think is not carried: the model is not known to take it.");
    return effort;
}

std::vector<const Tool*> offeredTools(const NeutralRequest& request, Notes& notes) {
    std::vector<const Tool*> tools;
    std::set<std::pair<std::string_view, std::string_view>> names;
    for (const auto& tool : request.tools) {
        if (!tool.name.empty() && names.emplace(tool.nameSpace, tool.name).second)
            tools.push_back(&tool);
        else
            notes.add("A tool without a name, or with one that is taken, is not offered.");
    }
    return tools;
}

ToolChoice toolChoiceAmong(const std::vector<const Tool*>& tools, const NeutralRequest& request,
                           Notes& notes) {
    const auto& choice = request.toolChoice;
    const bool isOffered = choice.kind != ToolChoice::Kind::Named ||
                           std::any_of(tools.begin(), tools.end(), [&](const Tool* tool) {
                               return tool->name == choice.name && tool->nameSpace == choice.nameSpace;
                           });
    if (isOffered)
        return choice;
    notes.add("The choice of a tool that is not offered is not carried.");
    return {};
}

std::string_view openAiWord(ToolChoice::Kind kind) {
    switch (kind) {
    case ToolChoice::Kind::Auto:
        return "auto";
    case ToolChoice::Kind::None:
        return "none";
    case ToolChoice::Kind::Any:
        return "required";
    case ToolChoice::Kind::Unset:
    case ToolChoice::Kind::Named:
        break;
    }
    return {};
}

void writeOpenAiMembers(JsonWriter& json, const NeutralRequest& request, const WriteOptions& options) {
    if (!options.isOpenAi)
        return;
    json.textIfAny("prompt_cache_key", request.promptCacheKey);
    json.textIfAny("service_tier", request.serviceTier);
    if (request.user.size() <= longestUser)
        json.textIfAny("safety_identifier", request.user);
    if (request.metadata.empty())
        return;
    json.beginObject("metadata");
    for (const auto& [name, value] : request.metadata) {
        if (value.size() <= longestMetadata)
            json.text(name, value);
    }
    json.endObject();
}

std::string functionSchema(const Tool& tool) {
    if (tool.isFreeform)
        return std::string(freeformSchema());
    return tool.schema.empty() ? R"({"type":"object","properties":{}})" : tool.schema;
}

std::string imageUrl(const Image& image) {
    if (!image.url.empty())
        return image.url;
    return "data:" + (image.mediaType.empty() ? std::string("image/png") : image.mediaType) + ";base64," +
           image.data;
}

std::string documentUrl(const Document& document) {
    return "data:" + (document.mediaType.empty() ? std::string("application/pdf") : document.mediaType) +
           ";base64," + document.data;
}

std::string documentText(const Document& document, Notes& notes) {
    std::string text;
    if (!document.name.empty())
        text = "Document: " + document.name + "\n";
    if (!document.text.empty())
        return text + document.text;
    if (!document.url.empty()) {
        notes.add("A file is carried as its address only.");
        return text + document.url;
    }
    notes.add("A file of a kind that the provider does not read is not carried.");
    return text + "(not attached)";
}

} // namespace tierdeck::gateway::wire
