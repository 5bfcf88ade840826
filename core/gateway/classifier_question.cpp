#include "core/gateway/classifier_question.h"

#include "core/routing/classifier_rubric.h"

namespace tierdeck::gateway {

namespace {

// Of a long prompt its two ends say what is asked; what is pasted between them says little.
constexpr std::size_t openingBytes = 6000;
constexpr std::size_t closingBytes = 2000;

/// `at` moved forward to where a UTF-8 sequence begins.
std::size_t sequenceAt(std::string_view text, std::size_t at) {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
        ++at;
    return at;
}

std::string shortened(std::string_view prompt) {
    if (prompt.size() <= openingBytes + closingBytes)
        return std::string(prompt);
    const auto opening = sequenceAt(prompt, openingBytes);
    const auto closing = sequenceAt(prompt, prompt.size() - closingBytes);
    return std::string(prompt.substr(0, opening)) + "\n[…]\n" + std::string(prompt.substr(closing));
}

} // namespace

OwnQuestion::Settings classifierQuestion(const routing::Policy& policy, std::string_view prompt) {
    OwnQuestion::Settings settings;
    settings.model = policy.routingModel.value_or(routing::ModelId());
    settings.agent = "classifier";
    settings.maxTokens = policy.classifier.maxTokens;
    settings.timeout = std::chrono::milliseconds(policy.classifier.timeoutMs);
    settings.instructions = routing::classifierRubric();
    settings.text = shortened(prompt);
    return settings;
}

} // namespace tierdeck::gateway
