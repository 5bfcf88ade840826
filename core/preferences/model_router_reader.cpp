#include "core/preferences/model_router_reader.h"

#include "core/foundation/json_text.h"

#include <algorithm>
#include <array>
#include <set>

namespace tierdeck::preferences {

using routing::FallbackMap;
using routing::FallbackTarget;
using routing::ModelId;
using routing::Policy;
using routing::TierSettings;

namespace {

constexpr Range temperatures{0, 2};
constexpr Range fractions{0, 1};

constexpr auto knownKeys = std::to_array<std::string_view>(
    {"routingModel", "balancedModel", "smartModel", "codingModel", "deepModel", "dynamicTierEnabled",
     "temperature",
     // extensions
     "tiers", "fallbacks", "contextWindowFallbacks", "contentPolicyFallbacks", "retries", "cooldown",
     "taskTypes", "rules", "aliases", "classifier", "cascade", "sticky", "promotion", "providerPolicy",
     "degradation", "budgets", "skillDirectories",
     // other runtimes'
     "routing", "routingModelReasoning", "balancedModelReasoning", "smartModelReasoning",
     "codingModelReasoning", "deepModelReasoning", "$schema", "version"});
constexpr auto knownTierKeys = std::to_array<std::string_view>(
    {"model", "label", "rank", "reasoning", "temperature", "note", "fallbacks", "fallbackMode"});
constexpr auto knownRoutingKeys =
    std::to_array<std::string_view>({"model", "reasoning", "temperature", "fallbacks", "fallbackMode"});
constexpr auto knownRetryKeys = std::to_array<std::string_view>({"attempts", "baseDelayMs", "maxDelayMs"});
constexpr auto knownCooldownKeys = std::to_array<std::string_view>({"failures", "seconds"});
constexpr auto knownClassifierKeys =
    std::to_array<std::string_view>({"kind", "timeoutMs", "maxTokens", "hybridBand", "thresholds"});
constexpr auto knownThresholdKeys = std::to_array<std::string_view>({"smart", "deep", "coding"});
constexpr auto knownRuleKeys = std::to_array<std::string_view>({"name", "when", "tier"});
constexpr auto knownConditionKeys =
    std::to_array<std::string_view>({"keywords", "taskType", "client", "project", "header", "minInputTokens",
                                     "hasImages", "subagent", "background"});
constexpr auto objectKeys =
    std::to_array<std::string_view>({"cascade", "sticky", "promotion", "providerPolicy"});
constexpr std::string_view tierPrefix = "tier/";

bool isKnown(std::string_view key, std::span<const std::string_view> known) {
    return std::find(known.begin(), known.end(), key) != known.end();
}

class Reader {
public:
    Reader(const JsonSection& section, Policy& policy, RouterReading& reading)
        : m_section(section)
        , m_findings(section.findings())
        , m_policy(policy)
        , m_reading(reading) {}

    void run() {
        m_section.warnOfUnknownKeys(knownKeys);
        tiers();
        tierModels();
        routingModel();
        m_policy.dynamicTierEnabled = m_section.flag("dynamicTierEnabled").value_or(false);
        m_policy.temperature = m_section.number("temperature", temperatures);
        m_policy.fallbacks = fallbackMap("fallbacks", std::move(m_policy.fallbacks));
        m_policy.contextWindowFallbacks = fallbackMap("contextWindowFallbacks", {});
        m_policy.contentPolicyFallbacks = fallbackMap("contentPolicyFallbacks", {});
        retries();
        cooldown();
        taskTypes();
        rules();
        aliases();
        classifier();
        bands();
        budgets();
        for (const std::string_view key : objectKeys)
            (void)m_section.object(key);           // only its type is looked at yet
        (void)m_section.texts("skillDirectories"); // skills are read before the policy: see skillFolders()
    }

private:
    /// `"openai/gpt-5.2"`, or another runtime's `{"provider": "openai", "id": "gpt-5.2"}`. An empty text is
    /// unset.
    std::optional<ModelId> model(const Json& value, const std::string& pointer, const std::string& purpose) {
        std::string text;
        if (value.is_string()) {
            text = value.get<std::string>();
        } else if (value.is_object()) {
            const JsonSection parts(value, pointer, m_findings);
            const auto provider = parts.text("provider");
            const auto id = parts.text("id");
            if (!provider || !id) {
                m_findings.error(pointer,
                                 "A model is written as \"provider/model\" or as an object with 'provider' "
                                 "and 'id'.");
                return std::nullopt;
            }
            text = *provider + "/" + *id;
        } else {
            m_section.wrongType(pointer, value, "a model such as \"openai/gpt-5.2\"");
            return std::nullopt;
        }
        if (text.empty())
            return std::nullopt;
        auto id = ModelId::parse(text);
        if (id)
            m_reading.models.push_back({*id, pointer, purpose});
        else
            m_reading.bareModels.push_back({text, pointer});
        return id;
    }

    void tiers() {
        const auto all = m_section.object("tiers");
        if (!all)
            return;
        for (const auto& [name, value] : all->json().items()) {
            const auto one = all->object(name); // null leaves a built-in tier as it is, and another one away
            if (!one)
                continue;
            if (name.empty() || name.find_first_of("/* ") != std::string::npos || name == "auto") {
                m_findings.error(one->pointer(), "A tier cannot be named '" + name + "'; use a plain word.");
                continue;
            }
            one->warnOfUnknownKeys(knownTierKeys);
            TierSettings& tier = m_policy.tiers[name];
            if (const Json* const model = one->find("model")) {
                tier.model = this->model(*model, one->pointerTo("model"), "the model of " + name);
                if (tier.model)
                    m_reading.tierModelPointers[name] = one->pointerTo("model");
            }
            tier.label = one->text("label").value_or("");
            tier.note = one->text("note").value_or("");
            tier.reasoning = one->text("reasoning").value_or("");
            tier.temperature = one->number("temperature", temperatures);
            if (const auto rank = one->integer("rank", -1000, 1000))
                tier.rank = static_cast<int>(*rank);
            tierFallbacks(name, *one);
        }
    }

    /// Another runtime's place for them; `fallbacks` wins.
    void tierFallbacks(const std::string& tier, const JsonSection& section) {
        const Json* const entries = section.array("fallbacks");
        if (!entries)
            return;
        const std::string pointer = section.pointerTo("fallbacks");
        const Json* const others = m_section.find("fallbacks");
        if (others && others->is_object() && others->contains(tier)) {
            m_findings.warning(pointer,
                               "The fallbacks of " + tier + " stand twice; those under 'fallbacks' count.",
                               Fix{"Remove these", pointer, std::nullopt});
            return;
        }
        m_policy.fallbacks[tier] = fallbackList("fallbacks", tier, *entries, pointer);
    }

    void tierModels() {
        for (const std::string_view name : routing::tiers::four) {
            TierSettings& tier = m_policy.tiers[std::string(name)];
            const std::string key = std::string(name) + "Model";
            if (const Json* const value = m_section.find(key)) {
                if (const auto model = this->model(*value, m_section.pointerTo(key), key)) {
                    if (const auto other = m_reading.tierModelPointers.find(name);
                        other != m_reading.tierModelPointers.end()) {
                        m_findings.warning(other->second,
                                           "The model of " + std::string(name) + " stands twice; " + key +
                                               " counts.",
                                           Fix{"Remove this one", other->second, std::nullopt});
                    }
                    tier.model = model;
                    m_reading.tierModelPointers[std::string(name)] = m_section.pointerTo(key);
                }
            }
            // In the runtime that writes this key, "none" means that nothing is sent.
            if (const auto reasoning = m_section.text(key + "Reasoning"); reasoning && !reasoning->empty())
                tier.reasoning = *reasoning == "none" ? "" : *reasoning;
        }
    }

    void routingModel() {
        std::string other;
        if (const auto routing = m_section.object("routing")) {
            routing->warnOfUnknownKeys(knownRoutingKeys);
            if (const Json* const value = routing->find("model")) {
                other = routing->pointerTo("model");
                m_policy.routingModel = model(*value, other, "the routing model");
            }
        }
        if (const Json* const value = m_section.find("routingModel")) {
            if (const auto model = this->model(*value, m_section.pointerTo("routingModel"), "routingModel")) {
                if (m_policy.routingModel) {
                    m_findings.warning(other, "The routing model stands twice; routingModel counts.",
                                       Fix{"Remove this one", other, std::nullopt});
                }
                m_policy.routingModel = model;
            }
        }
    }

    std::vector<FallbackTarget> fallbackList(std::string_view list, const std::string& key,
                                             const Json& entries, const std::string& pointer) {
        std::vector<FallbackTarget> targets;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const std::string at = pointer + "/" + std::to_string(i);
            const Json* entry = &entries[i];
            std::string entryAt = at;
            if (entry->is_object() &&
                entry->contains("model")) { // another runtime's, with settings beside it
                entry = &(*entry)["model"];
                entryAt += "/model";
            }
            FallbackTarget target;
            if (entry->is_string() && entry->get_ref<const std::string&>().starts_with(tierPrefix)) {
                target.tier = entry->get_ref<const std::string&>().substr(tierPrefix.size());
                m_reading.tiers.push_back({target.tier, entryAt, true, std::string(tierPrefix)});
            } else if (auto id = model(*entry, entryAt, "a fallback of " + key)) {
                target.model = std::move(id);
            } else {
                continue;
            }
            m_reading.fallbacks.push_back({std::string(list), key, at, target});
            targets.push_back(std::move(target));
        }
        return targets;
    }

    FallbackMap fallbackMap(std::string_view name, FallbackMap map) {
        const auto section = m_section.object(name);
        if (!section)
            return map;
        for (const auto& [key, value] : section->json().items()) {
            if (value.is_null()) {
                map.erase(key);
                continue;
            }
            const Json* const entries = section->array(key);
            if (!entries)
                continue;
            const std::string pointer = section->pointerTo(key);
            if (key != "*") {
                if (const auto id = ModelId::parse(key))
                    m_reading.models.push_back({*id, pointer, "a key of " + std::string(name)});
                else
                    m_reading.tiers.push_back({key, pointer, false});
            }
            map[key] = fallbackList(name, key, *entries, pointer);
        }
        return map;
    }

    void retries() {
        const auto section = m_section.object("retries");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownRetryKeys);
        routing::RetrySettings& retries = m_policy.retries;
        assign(retries.attempts, section->integer("attempts", 1, 20));
        assign(retries.baseDelayMs, section->integer("baseDelayMs", 0, 600'000));
        assign(retries.maxDelayMs, section->integer("maxDelayMs", 0, 600'000));
    }

    void cooldown() {
        const auto section = m_section.object("cooldown");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownCooldownKeys);
        assign(m_policy.cooldown.failures, section->integer("failures", 1, 1'000'000));
        assign(m_policy.cooldown.seconds, section->integer("seconds", 0, 1'000'000));
    }

    void taskTypes() {
        const auto section = m_section.object("taskTypes");
        if (section) {
            for (const auto& [type, value] : section->json().items()) {
                if (value.is_null()) {
                    m_policy.taskTypes.erase(type);
                    continue;
                }
                if (auto tier = section->text(type)) {
                    m_reading.tiers.push_back({*tier, section->pointerTo(type)});
                    m_policy.taskTypes[type] = std::move(*tier);
                }
            }
        }
    }

    void rules() {
        const Json* const entries = m_section.array("rules");
        std::set<std::string> names;
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            const std::string pointer = m_section.pointerTo("rules") + "/" + std::to_string(i);
            if (!(*entries)[i].is_object()) {
                m_section.wrongType(pointer, (*entries)[i], "an object");
                continue;
            }
            const JsonSection section((*entries)[i], pointer, m_findings);
            section.warnOfUnknownKeys(knownRuleKeys);
            routing::Rule rule;
            rule.name = section.text("name").value_or("Rule " + std::to_string(i + 1));
            if (!names.insert(rule.name).second) {
                m_findings.error(section.pointerTo("name"),
                                 "Two rules are named '" + rule.name + "'; give each a name of its own.");
            }
            const auto tier = section.text("tier");
            if (!tier) {
                if (!section.find("tier"))
                    m_findings.error(pointer, "The rule '" + rule.name + "' says no tier.");
                continue;
            }
            rule.tier = *tier;
            const bool canHold = conditions(section, rule);
            m_reading.tiers.push_back({rule.tier, section.pointerTo("tier"), canHold});
            if (canHold)
                m_policy.rules.push_back(std::move(rule));
        }
    }

    /// False where a condition is not understood: without it the rule would match more than was meant.
    bool conditions(const JsonSection& section, routing::Rule& rule) {
        const auto when = section.object("when");
        if (!when || when->json().empty()) {
            if (!section.find("when") || when)
                m_findings.warning(section.pointer(), "The rule '" + rule.name +
                                                          "' has no condition, so it always "
                                                          "matches.");
            return when || !section.find("when");
        }
        routing::RuleCondition& condition = rule.when;
        condition.keywords = when->texts("keywords");
        condition.taskType = when->text("taskType");
        condition.client = when->text("client");
        condition.project = when->text("project");
        condition.headers = when->textMap("header");
        condition.minInputTokens = when->integer("minInputTokens", 0);
        condition.hasImages = when->flag("hasImages");
        condition.subagent = when->flag("subagent");
        condition.background = when->flag("background");
        bool canHold = true;
        for (const auto& [key, value] : when->json().items()) {
            if (isKnown(key, knownConditionKeys))
                continue;
            canHold = false;
            m_findings.warning(when->pointerTo(key),
                               "'" + key + "' is not a condition that Tierdeck knows, so the rule '" +
                                   rule.name + "' is not used.");
        }
        return canHold;
    }

    void aliases() {
        const auto section = m_section.object("aliases");
        if (!section)
            return;
        for (const auto& [pattern, value] : section->json().items()) {
            auto target = section->text(pattern);
            if (!target)
                continue;
            const std::string pointer = section->pointerTo(pattern);
            if (target->starts_with(tierPrefix)) {
                target->erase(0, tierPrefix.size());
                m_reading.tiers.push_back({*target, pointer});
            } else if (target->find('/') != std::string::npos) {
                (void)model(value, pointer, "the alias '" + pattern + "'");
            } else if (*target != "auto") {
                m_reading.tiers.push_back({*target, pointer});
            }
            m_policy.aliases.push_back({pattern, std::move(*target)});
        }
    }

    void classifier() {
        const auto section = m_section.object("classifier");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownClassifierKeys);
        routing::ClassifierSettings& settings = m_policy.classifier;
        if (const auto kind = section->text("kind")) {
            constexpr std::array<std::string_view, 4> kinds{"heuristic", "model", "hybrid",
                                                            "off"}; // as in the enum
            const auto found = std::find(kinds.begin(), kinds.end(), *kind);
            if (found == kinds.end()) {
                m_findings.error(section->pointerTo("kind"),
                                 "'" + *kind +
                                     "' is no classifier; it is heuristic, model, "
                                     "hybrid or off.");
            } else {
                settings.kind = static_cast<routing::ClassifierKind>(found - kinds.begin());
            }
        }
        assign(settings.timeoutMs, section->integer("timeoutMs", 1, 600'000));
        assign(settings.maxTokens, section->integer("maxTokens", 1, 1'000'000));
        settings.hybridBand = section->number("hybridBand", fractions).value_or(settings.hybridBand);
        if (const auto thresholds = section->object("thresholds")) {
            thresholds->warnOfUnknownKeys(knownThresholdKeys);
            settings.smartThreshold =
                thresholds->number("smart", fractions).value_or(settings.smartThreshold);
            settings.deepThreshold = thresholds->number("deep", fractions).value_or(settings.deepThreshold);
            settings.codingThreshold =
                thresholds->number("coding", fractions).value_or(settings.codingThreshold);
        }
    }

    void bands() {
        const Json* const entries = m_section.array("degradation");
        double former = -1;
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            const std::string pointer = m_section.pointerTo("degradation") + "/" + std::to_string(i);
            if (!(*entries)[i].is_object()) {
                m_section.wrongType(pointer, (*entries)[i], "an object");
                continue;
            }
            const JsonSection section((*entries)[i], pointer, m_findings);
            const auto from = section.number("fromPercent", {0, 1000});
            if (!from)
                continue;
            if (*from <= former)
                m_findings.error(section.pointerTo("fromPercent"),
                                 "The percents of 'degradation' must rise from one "
                                 "entry to the next.");
            former = *from;
        }
    }

    void budgets() {
        const Json* const entries = m_section.array("budgets");
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            const std::string pointer = m_section.pointerTo("budgets") + "/" + std::to_string(i);
            if (!(*entries)[i].is_object()) {
                m_section.wrongType(pointer, (*entries)[i], "an object");
                continue;
            }
            const JsonSection section((*entries)[i], pointer, m_findings);
            const Json* const limit = section.find("limitUsd");
            if (limit && !limit->is_number())
                section.wrongType(section.pointerTo("limitUsd"), *limit, "a number");
            else if (limit && limit->get<double>() <= 0)
                m_findings.error(section.pointerTo("limitUsd"),
                                 "The limit of a budget must be more than 0 USD.");
        }
    }

    static void assign(int& setting, std::optional<std::int64_t> value) {
        if (value)
            setting = static_cast<int>(*value);
    }

    const JsonSection& m_section;
    Findings& m_findings;
    Policy& m_policy;
    RouterReading& m_reading;
};

} // namespace

RouterReading readModelRouter(const Json& document, Findings& findings, Policy& policy) {
    RouterReading reading;
    const JsonSection whole(document, "", findings);
    if (!document.is_object()) {
        findings.error("", "model-router.json must be an object.");
        return reading;
    }
    if (document.empty())
        return reading;
    if (!document.contains("modelRouter")) {
        reading.root.clear();
        Reader(whole, policy, reading).run();
    } else if (const auto section = whole.object("modelRouter")) {
        Reader(*section, policy, reading).run();
    }
    return reading;
}

} // namespace tierdeck::preferences
