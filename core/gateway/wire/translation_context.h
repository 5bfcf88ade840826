// What the translation of a request leaves for the translation of its reply: how the tools that the provider
// names are called by the client, and what the client asked of its stream. The request's translation fills
// it, the reply's reads it. A plain value; one request owns it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// A tool as the client knows it.
struct ClientTool {
    std::string name;
    std::string nameSpace; ///< of a Responses tool inside a namespace; "" for none
    /// The client's tool takes free text (a Responses `custom` tool). The provider was offered a function
    /// with the one string argument `freeformArgument`.
    bool isFreeform = false;
};

struct TranslationContext {
    /// The argument that carries a freeform tool's text.
    static constexpr std::string_view freeformArgument = "input";

    /// Tools that the client does not know in the way the provider does, by the name the provider was given:
    /// freeform tools, and those whose names were shortened or cleaned.
    std::map<std::string, ClientTool, std::less<>> tools;

    /// A tool that stands for structured output where the provider has none: its arguments are the reply's
    /// text, and to call it is to stop. "" for none.
    std::string structuredOutputTool;

    /// Chat: `stream_options.include_usage`. The other dialects always tell.
    bool clientWantsUsage = false;

    /// Input tokens to tell where a dialect tells them first and the provider only at its end.
    std::int64_t estimatedInputTokens = 0;

    /// The model as the client asked for it, for replies that do not name theirs.
    std::string requestedModel;

    /// Who thinks, by the full name `provider/model`: sealed reasoning that travels through a client of
    /// another dialect says whose it is. "" lets seals go.
    std::string servingModel;

    /// For replies that have no id.
    std::string replyId;

    /// For what needs a time of its own (a provider's reply that does not say when it was made).
    std::int64_t nowSeconds = 0;

    [[nodiscard]] const ClientTool* findTool(std::string_view providerName) const {
        const auto found = tools.find(providerName);
        return found == tools.end() ? nullptr : &found->second;
    }
};

} // namespace tierdeck::gateway::wire
