#include "core/gateway/wire/messages_request.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/model_traits.h"
#include "core/gateway/wire/request_scanner.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

constexpr std::int64_t leastBudget = 1024; ///< the API takes no smaller one

class MessagesScanner : public RequestScanner {
public:
    MessagesScanner(std::string_view body, ScannedRequest& out)
        : RequestScanner(Dialect::Messages, body, out) {}

private:
    Result<void> readMember(std::string_view key, Value& value) override {
        if (key == "model")
            return readModel(value);
        if (key == "messages")
            return readConversation(value, key);
        if (key == "system")
            return isNull(value) ? Result<void>() : readSystem(value);
        if (key == "stream") {
            bool stream = false;
            m_out.stream = !value.get_bool().get(stream) && stream;
        } else if (key == "temperature") {
            readTemperature(value);
        } else if (key == "thinking") {
            readThinking(value);
        } else if (key == "output_config") {
            auto done = readPlace(value, m_out.reasoning, "effort", [&](auto name, Value& inner) {
                m_hasEffort = m_hasEffort || (name == "effort" && !isNull(inner));
                if (name == "format")
                    readFormat(inner);
            });
            if (!done)
                return invalidBody("`output_config` must be an object.");
            m_out.hasReasoning = m_out.hasReasoning || m_hasEffort;
        } else if (key == "output_format") {
            readFormat(value);
        } else if (key == "max_tokens") {
            readMaxTokens(value);
        } else if (key == "tools") {
            countTools(value);
        } else if (key == "tool_choice") {
            Object choice;
            if (!value.get_object().get(choice)) {
                const auto kind = textOf(choice, "type");
                m_out.forcesTool = kind == "any" || kind == "tool";
            }
        } else if (key == "metadata") {
            return readMetadata(value);
        }
        return {};
    }

    void readThinking(Value& value) {
        m_out.nullReasoning = spanIfNull(value);
        if (m_out.nullReasoning)
            return;
        m_out.hasReasoning = true;
        Object thinking;
        if (!value.get_object().get(thinking) && textOf(thinking, "type") == "enabled")
            m_out.enabledThinking = wholeOf(thinking);
    }

    void readFormat(Value& value) {
        Object format;
        m_out.asksForSchema = m_out.asksForSchema ||
                              (!value.get_object().get(format) && textOf(format, "type") == "json_schema");
    }

    Result<Speaker> speakerOf(Object& message) override {
        const auto role = textIn(message, "role");
        if (!role)
            return invalidBody("A message has no `role`.");
        if (role == "user")
            return Speaker::User;
        return role == "assistant" ? Speaker::Assistant : role == "system" ? Speaker::System : Speaker::Other;
    }

    bool m_hasEffort = false;
};

/// Asks a model to think that was not asked to, in the form that it takes; not at all where the rest of the
/// body would then be refused.
void setThinking(SpliceBuilder& builder, const ScannedRequest& scanned, const BodyChanges& changes) {
    const auto effort = effortFor(changes.model, changes.reasoning);
    if (effort.empty())
        return;
    // Thinking bears no temperature and no forced call.
    const bool mayThink = !scanned.hasTemperature && !scanned.forcesTool;
    if (traitsOf(changes.model).thinking == ThinkingForm::Adaptive) {
        if (mayThink)
            builder.addOrReplace("thinking", R"({"type":"adaptive"})", scanned.nullReasoning);
        builder.set("output_config", "effort", jsonQuoted(effort), scanned.reasoning);
        return;
    }
    // In the middle of a tool loop the assistant's last message would have to begin with a thought.
    if (!mayThink || scanned.userPosition + 1 != scanned.messages || !scanned.maxOutputTokens)
        return;
    const auto budget = std::min(budgetOf(effort), *scanned.maxOutputTokens / 2);
    if (budget >= leastBudget)
        builder.addOrReplace("thinking",
                             R"({"type":"enabled","budget_tokens":)" + std::to_string(budget) + "}",
                             scanned.nullReasoning);
}

} // namespace

Result<ScannedRequest> scanMessagesRequest(std::string_view body) {
    Result<ScannedRequest> scanned;
    auto done = MessagesScanner(body, *scanned).run();
    if (done && scanned->messages == 0)
        done = invalidBody("`messages` is missing or empty.");
    if (!done)
        scanned = tl::unexpected(std::move(done.error()));
    return scanned;
}

std::vector<Splice> messagesSplices(const ScannedRequest& scanned, const BodyChanges& changes) {
    SpliceBuilder builder(scanned);
    const bool setsThinking = !changes.reasoning.empty() && !scanned.hasReasoning;
    if (setsThinking)
        setThinking(builder, scanned, changes);
    if (changes.temperature && !scanned.hasTemperature && !scanned.hasReasoning && !setsThinking &&
        traitsOf(changes.model).takesSampling)
        builder.addOrReplace("temperature", shortestNumber(std::clamp(*changes.temperature, 0.0, 1.0)),
                             scanned.nullTemperature);
    if (changes.removeAttribution)
        builder.append(scanned.attributionSplices);
    const auto& thoughts = changes.removeReasoning ? scanned.reasoningSplices : scanned.carriedSplices;
    builder.append(thoughts);
    // With a fixed budget a tool loop must begin with the thought that has just gone.
    const bool inToolLoop = scanned.userPosition + 1 != scanned.messages;
    if (!thoughts.empty() && inToolLoop && scanned.enabledThinking)
        builder.replace(*scanned.enabledThinking, R"({"type":"disabled"})");
    builder.append(scanned.commandSplices);
    return builder.finish(changes.model);
}

} // namespace tierdeck::gateway::wire
