#include "core/gateway/wire/request_translation.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

using namespace neutral;

// In hundredths of a token, so that many short texts do not round each other away.
constexpr std::int64_t perMessage = 400;
constexpr std::int64_t perTool = 1200;
constexpr std::int64_t forTools = 35000; ///< the provider's own words on how tools are called
constexpr std::int64_t perImage = 150000;
constexpr std::int64_t mostPerImage = 160000;
constexpr std::int64_t documentBytesPerToken = 40;

enum class Kind { Letter, Digit, Space, Sign, Latin, Wide, Rare };

/// `size` is the character's length in bytes.
Kind kindOf(unsigned char lead, std::size_t& size) {
    size = 1;
    if ((lead >= 'a' && lead <= 'z') || (lead >= 'A' && lead <= 'Z'))
        return Kind::Letter;
    if (lead >= '0' && lead <= '9')
        return Kind::Digit;
    if (lead <= ' ')
        return Kind::Space;
    if (lead < 0x80)
        return Kind::Sign;
    size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return lead < 0xe0 ? Kind::Latin : lead < 0xf0 ? Kind::Wide : Kind::Rare;
}

/// A word costs one token and more where it is long, digits go in threes, signs mostly alone, a run of one
/// sign or of white space little; Chinese or Japanese about one a character.
std::int64_t costOf(std::string_view text) {
    std::int64_t cost = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t size = 0;
        const auto first = text[at];
        const auto kind = kindOf(static_cast<unsigned char>(first), size);
        std::int64_t run = 0;
        std::size_t next = 0;
        do {
            at += size;
            ++run;
        } while (at < text.size() && kindOf(static_cast<unsigned char>(text[at]), next) == kind &&
                 (kind != Kind::Sign || text[at] == first) && (size = next) > 0);
        switch (kind) {
        case Kind::Letter:
            cost += 100 + std::max<std::int64_t>(run - 6, 0) * 22;
            break;
        case Kind::Digit:
            cost += (run + 2) / 3 * 100;
            break;
        case Kind::Space:
            cost += run == 1 ? (first == '\n' ? 60 : 0) : 100;
            break;
        case Kind::Sign:
            cost += run == 1 ? 70 : 100 + run * 6;
            break;
        case Kind::Latin:
            cost += run * 60;
            break;
        case Kind::Wide:
            cost += run * 110;
            break;
        case Kind::Rare:
            cost += run * 200;
            break;
        }
    }
    return cost;
}

std::int64_t costOf(const std::vector<Part>& parts);

std::int64_t costOf(const Part& part) {
    if (const auto* text = std::get_if<Text>(&part.content))
        return costOf(text->text);
    if (const auto* thinking = std::get_if<Thinking>(&part.content))
        return costOf(thinking->text);
    if (const auto* call = std::get_if<ToolCall>(&part.content))
        return perMessage + costOf(call->name) + costOf(call->arguments);
    if (const auto* result = std::get_if<ToolResult>(&part.content))
        return perMessage + costOf(result->content);
    if (const auto* image = std::get_if<Image>(&part.content))
        // Small pictures cost less: a packed one is seldom less than a byte for ten points.
        return image->data.empty() ? perImage
                                   : std::min<std::int64_t>(
                                         mostPerImage, 8500 + static_cast<std::int64_t>(image->data.size()));
    if (const auto* document = std::get_if<Document>(&part.content))
        return costOf(document->text) +
               static_cast<std::int64_t>(document->data.size()) * 100 / documentBytesPerToken;
    return 0;
}

std::int64_t costOf(const std::vector<Part>& parts) {
    std::int64_t cost = 0;
    for (const auto& part : parts)
        cost += costOf(part);
    return cost;
}

} // namespace

Result<std::int64_t> estimateInputTokens(std::string_view messagesBody) {
    Notes ignored;
    const auto request = readMessages(messagesBody, ignored);
    if (!request)
        return tl::unexpected(request.error());
    std::int64_t cost = costOf(request->system);
    for (const auto& message : request->messages)
        cost += perMessage + costOf(message.parts);
    for (const auto& tool : request->tools)
        cost += perTool + costOf(tool.name) + costOf(tool.description) + costOf(tool.schema);
    if (!request->tools.empty())
        cost += forTools;
    return std::max<std::int64_t>(1, (cost + 99) / 100);
}

} // namespace tierdeck::gateway::wire
