#include "core/routing/decision_json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace tierdeck::routing {

namespace {

using Json = nlohmann::json;

// Written by hand, since a decision is written for every request: in the contract's order, and without what
// is empty beyond the keys that the contract names.
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

    /// The length of the well-formed UTF-8 sequence at `at`; 0 where there is none.
    static std::size_t sequenceAt(std::string_view value, std::size_t at) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(value[at + i]); };
        const unsigned lead = byte(0);
        const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (length == 1)
            return 1;
        if (lead < 0xC2 || lead > 0xF4 || at + length > value.size())
            return 0;
        for (std::size_t i = 1; i < length; ++i) {
            if ((byte(i) & 0xC0) != 0x80)
                return 0;
        }
        const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
        const bool beyond = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
        return overlong || beyond ? 0 : length;
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
            } else if (const std::size_t length = sequenceAt(value, i)) {
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

std::string textOf(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double numberOf(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<double>() : 0.0;
}

std::optional<double> optionalNumberOf(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

const Json& listOf(const Json& json, const char* key) {
    static const Json none = Json::array();
    const auto found = json.find(key);
    return found != json.end() && found->is_array() ? *found : none;
}

template <typename Enum>
Enum enumOf(std::string_view text, Enum last, Enum otherwise) {
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        if (toString(static_cast<Enum>(i)) == text)
            return static_cast<Enum>(i);
    }
    return otherwise;
}

} // namespace

std::string toJson(const RouteDecision& decision) {
    Writer json;
    json.open('{');
    json.memberOrNull("tier", decision.tier.value_or(std::string()));
    json.member("model", decision.model.text());
    json.member("provider", decision.model.provider());
    json.member("source", toString(decision.source));
    json.memberUnlessEmpty("sourceDetail", decision.sourceDetail);
    json.memberOrNull("startingTier", decision.startingTier);
    json.member("score", decision.score);
    json.member("codeScore", decision.codeScore);
    for (const auto& [name, value] :
         {std::pair{"threshold", &decision.threshold}, {"margin", &decision.margin}}) {
        json.key(name);
        *value ? json.number(**value) : json.null();
    }
    json.memberOrNull("flip", decision.flip);
    json.key("features");
    json.open('[');
    for (const FeatureContribution& feature : decision.features) {
        json.open('{');
        json.member("name", feature.name);
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
        json.member("reason", attempt.reason);
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
        json.member("model", exclusion.model.text());
        json.member("reason", exclusion.reason);
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
        json.member("reason", step.reason);
        json.close('}');
    }
    json.close(']');
    json.member("policy", decision.policy);
    if (decision.temperature)
        json.member("temperature", *decision.temperature);
    json.memberUnlessEmpty("reasoning", decision.reasoning);
    json.memberUnlessEmpty("unsetWanted", decision.unsetWanted);
    json.close('}');
    return json.take();
}

Result<RouteDecision> decisionFromJson(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        return failure(ErrorCode::ParseFailed, "This is no decision: it is not a JSON object.");
    RouteDecision decision;
    if (std::string tier = textOf(json, "tier"); !tier.empty())
        decision.tier = std::move(tier);
    decision.model = ModelId::parse(textOf(json, "model")).value_or(ModelId());
    decision.source = tierSourceFrom(textOf(json, "source")).value_or(TierSource::Default);
    decision.sourceDetail = textOf(json, "sourceDetail");
    decision.startingTier = textOf(json, "startingTier");
    decision.score = numberOf(json, "score");
    decision.codeScore = numberOf(json, "codeScore");
    decision.threshold = optionalNumberOf(json, "threshold");
    decision.margin = optionalNumberOf(json, "margin");
    decision.flip = textOf(json, "flip");
    for (const Json& feature : listOf(json, "features"))
        decision.features.push_back({textOf(feature, "name"), numberOf(feature, "value"),
                                     numberOf(feature, "contribution"),
                                     numberOf(feature, "codeContribution")});
    using Kind = PlannedAttempt::Kind;
    for (const Json& attempt : listOf(json, "attempts")) {
        if (auto model = ModelId::parse(textOf(attempt, "model")))
            decision.attempts.push_back({std::move(*model), textOf(attempt, "reason"),
                                         enumOf(textOf(attempt, "kind"), Kind::LastResort, Kind::Decided),
                                         optionalNumberOf(attempt, "temperature")});
    }
    for (const Json& exclusion : listOf(json, "excluded")) {
        if (auto model = ModelId::parse(textOf(exclusion, "model")))
            decision.excluded.push_back({std::move(*model), textOf(exclusion, "reason")});
    }
    using Outcome = LadderStep::Outcome;
    for (const Json& step : listOf(json, "ladder")) {
        if (const auto source = tierSourceFrom(textOf(step, "source"))) {
            const auto outcome = enumOf(textOf(step, "outcome"), Outcome::Passed, Outcome::Passed);
            decision.ladder.push_back({*source, textOf(step, "tier"), outcome, textOf(step, "reason")});
        }
    }
    decision.policy = textOf(json, "policy");
    decision.temperature = optionalNumberOf(json, "temperature");
    decision.reasoning = textOf(json, "reasoning");
    decision.unsetWanted = textOf(json, "unsetWanted");
    return decision;
}

} // namespace tierdeck::routing
