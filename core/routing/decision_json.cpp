#include "core/routing/decision_json.h"

#include "core/foundation/utf8.h"

#include <array>
#include <charconv>

namespace tierdeck::routing {

namespace {

// Written by hand: in the contract's order, and without what is empty beyond the keys that the contract
// names.
class Writer {
public:
    [[nodiscard]] std::string take() { return std::move(m_text); }

    void open(char bracket) {
        separate();
        m_text += bracket;
        m_first = true;
    }

    void close(char bracket) {
        m_text += bracket;
        m_first = false;
    }

    void key(std::string_view name) {
        separate();
        m_text.append(1, '"').append(name).append("\":");
        m_first = true;
    }

    void text(std::string_view value) {
        separate();
        quote(value);
    }

    void number(double value) {
        separate();
        std::array<char, 32> buffer;
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
        m_text.append(buffer.data(), end.ptr);
    }

    void boolean(bool value) {
        separate();
        m_text += value ? "true" : "false";
    }

    void null() {
        separate();
        m_text += "null";
    }

    void member(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }

    void memberOrNull(std::string_view name, std::string_view value) {
        key(name);
        value.empty() ? null() : text(value);
    }

    void member(std::string_view name, double value) {
        key(name);
        number(value);
    }

    void memberUnlessEmpty(std::string_view name, std::string_view value) {
        if (!value.empty())
            member(name, value);
    }

private:
    void separate() {
        if (!m_first)
            m_text += ',';
        m_first = false;
    }

    void quote(std::string_view value) {
        static constexpr std::string_view hex = "0123456789abcdef";
        m_text += '"';
        for (std::size_t i = 0; i < value.size();) {
            const char c = value[i];
            if (c == '"' || c == '\\') {
                m_text.append(1, '\\').append(1, c);
                ++i;
            } else if (c == '\n') {
                m_text += "\\n";
                ++i;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                m_text.append("\\u00")
                    .append(1, hex[static_cast<unsigned char>(c) >> 4])
                    .append(1, hex[c & 0xF]);
                ++i;
            } else if (const std::size_t length = utf8SequenceLength(value.substr(i))) {
                m_text.append(value.substr(i, length));
                i += length;
            } else { // names come from outside; the document must be valid whatever they hold
                m_text += "\xEF\xBF\xBD";
                ++i;
            }
        }
        m_text += '"';
    }

    std::string m_text;
    bool m_first = true;
};

} // namespace

std::string toJson(const RouteDecision& decision) {
    Writer json;
    json.open('{');
    json.memberOrNull("tier", decision.tier.value_or(std::string()));
    json.member("model", decision.model.text());
    json.member("provider", decision.model.provider());
    json.member("source", toString(decision.source));
    json.memberUnlessEmpty("sourceDetail", sourceDetail(decision));
    json.memberOrNull("startingTier", decision.startingTier);
    json.member("score", decision.score);
    json.member("codeScore", decision.codeScore);
    for (const auto& [name, value] :
         {std::pair{"threshold", &decision.threshold}, {"margin", &decision.margin}}) {
        json.key(name);
        *value ? json.number(**value) : json.null();
    }
    json.memberOrNull("flip", render(decision.flip));
    json.key("asksClassifier");
    json.boolean(decision.asksClassifier);
    json.key("features");
    json.open('[');
    for (const FeatureContribution& feature : decision.features) {
        json.open('{');
        json.member("name", feature.name.text());
        json.member("value", feature.value);
        json.member("contribution", feature.contribution);
        if (feature.codeContribution != 0)
            json.member("codeContribution", feature.codeContribution);
        json.close('}');
    }
    json.close(']');
    json.key("attempts");
    json.open('[');
    for (const PlannedAttempt& attempt : decision.attempts) {
        json.open('{');
        json.member("model", attempt.model.text());
        json.member("reason", render(attempt.reason));
        if (attempt.kind != PlannedAttempt::Kind::Decided)
            json.member("kind", toString(attempt.kind));
        if (attempt.temperature)
            json.member("temperature", *attempt.temperature);
        json.close('}');
    }
    json.close(']');
    json.key("excluded");
    json.open('[');
    for (const Exclusion& exclusion : decision.excluded) {
        json.open('{');
        json.member("model", nameOf(exclusion));
        json.member("reason", render(exclusion.reason));
        json.close('}');
    }
    json.close(']');
    json.key("ladder");
    json.open('[');
    for (const LadderStep& step : decision.ladder) {
        json.open('{');
        json.member("source", toString(step.source));
        json.memberOrNull("tier", step.tier);
        json.member("outcome", toString(step.outcome));
        json.member("reason", sentence(step, decision.source));
        json.close('}');
    }
    json.close(']');
    if (!decision.notes.empty()) {
        json.key("notes");
        json.open('[');
        for (const Reason& note : decision.notes)
            json.text(render(note) + ".");
        json.close(']');
    }
    json.member("policy", decision.policy);
    if (decision.temperature)
        json.member("temperature", *decision.temperature);
    json.memberUnlessEmpty("reasoning", decision.reasoning);
    json.memberUnlessEmpty("unsetWanted", decision.unsetWanted);
    json.close('}');
    return json.take();
}

} // namespace tierdeck::routing
