#include "core/preferences/model_router_reader.h"

#include "core/foundation/json_text.h"

#include <algorithm>
#include <array>
#include <cmath>
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
constexpr auto knownCascadeKeys =
    std::to_array<std::string_view>({"enabled", "ladder", "maxClimbs", "gates"});
constexpr auto knownStickyKeys = std::to_array<std::string_view>({"enabled", "idleSeconds"});
constexpr auto knownPromotionKeys = std::to_array<std::string_view>({"breakEvenTurns"});
constexpr auto knownProviderPolicyKeys =
    std::to_array<std::string_view>({"sort", "order", "only", "allowFallbacks", "maxPrice"});
constexpr auto knownMaxPriceKeys = std::to_array<std::string_view>({"prompt", "completion"});
constexpr auto knownBandKeys = std::to_array<std::string_view>({"fromPercent", "label", "exclude", "only"});
constexpr auto knownBudgetKeys = std::to_array<std::string_view>(
    {"name", "period", "limitUsd", "scope", "alertAtPercent", "onExceeded", "burst"});
constexpr auto knownScopeKeys =
    std::to_array<std::string_view>({"provider", "model", "tier", "project", "client", "token"});
constexpr auto knownBurstKeys = std::to_array<std::string_view>({"usd", "minutes"});
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
        cascade();
        sticky();
        promotion();
        providerPolicy();
        // The skills themselves are read before the policy: see skillFolders().
        m_policy.skillDirectories = m_section.texts("skillDirectories");
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

    /// The entries of a list that are objects, with their pointers.
    template <typename Read>
    void eachObject(std::string_view key, const JsonSection& section, Read read) {
        const Json* const entries = section.array(key);
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            const std::string pointer = section.pointerTo(key) + "/" + std::to_string(i);
            if ((*entries)[i].is_object())
                read(JsonSection((*entries)[i], pointer, m_findings), i);
            else
                section.wrongType(pointer, (*entries)[i], "an object");
        }
    }

    /// One of a few words; nullopt, with a word about it, for any other.
    template <typename Parse>
    auto word(const JsonSection& section, std::string_view key, Parse parse, std::string_view words)
        -> decltype(parse(std::string_view())) {
        const auto text = section.text(key);
        auto value = text ? parse(std::string_view(*text)) : std::nullopt;
        if (text && !value)
            m_findings.error(section.pointerTo(key), "'" + *text + "' is no " + std::string(key) +
                                                         "; it is " + std::string(words) + ".");
        return value;
    }

    void cascade() {
        const auto section = m_section.object("cascade");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownCascadeKeys);
        routing::CascadeSettings& cascade = m_policy.cascade;
        cascade.enabled = section->flag("enabled").value_or(cascade.enabled);
        assign(cascade.maxClimbs, section->integer("maxClimbs", 0, 20));
        if (section->find("ladder")) {
            cascade.ladder = section->texts("ladder");
            const Json* const rungs = section->array("ladder");
            for (std::size_t i = 0; rungs && i < rungs->size(); ++i) {
                if ((*rungs)[i].is_string())
                    m_reading.tiers.push_back({(*rungs)[i].get<std::string>(),
                                               section->pointerTo("ladder") + "/" + std::to_string(i),
                                               cascade.enabled});
            }
        }
        eachObject("gates", *section, [&](const JsonSection& entry, std::size_t) {
            auto gate = this->gate(entry);
            if (!gate)
                return;
            if (gate->kind == routing::Gate::Kind::Command)
                m_reading.commands.push_back({gate->run, entry.pointer()});
            cascade.gates.push_back(std::move(*gate));
        });
    }

    /// nullopt where it cannot be held: an error says why, since an answer must not pass for checked.
    std::optional<routing::Gate> gate(const JsonSection& section) {
        using Kind = routing::Gate::Kind;
        if (!section.find("kind")) {
            m_findings.error(section.pointer(), "This gate has no kind, such as nonEmpty.");
            return std::nullopt;
        }
        const auto kind = word(section, "kind", routing::gateKindFrom,
                               "nonEmpty, minLength, jsonSchema, pattern, confidence, command or judge");
        if (!kind)
            return std::nullopt;
        routing::Gate gate;
        gate.kind = *kind;
        std::string_view missing;
        switch (*kind) {
        case Kind::NonEmpty:
            break;
        case Kind::MinLength:
            gate.chars = section.integer("chars", 0).value_or(-1);
            missing = gate.chars < 0 ? "chars" : "";
            break;
        case Kind::JsonSchema:
            if (const auto schema = section.object("schema"))
                gate.schemaJson = schema->json().dump();
            missing = gate.schemaJson.empty() ? "schema" : "";
            break;
        case Kind::Pattern:
            gate.forbid = section.text("forbid").value_or("");
            gate.require = section.text("require").value_or("");
            missing = gate.forbid.empty() && gate.require.empty() ? "forbid" : "";
            break;
        case Kind::Confidence: {
            const auto least = section.number("minMeanLogprob", {-1000, 0});
            gate.minMeanLogprob = least.value_or(0);
            missing = least ? "" : "minMeanLogprob";
            break;
        }
        case Kind::Command:
            gate.run = section.texts("run");
            missing = gate.run.empty() || gate.run.front().empty() ? "run" : "";
            break;
        case Kind::Judge:
            if (const Json* const judge = section.find("model"))
                gate.judge = model(*judge, section.pointerTo("model"), "the judge of a gate");
            gate.minScore = section.number("minScore", fractions).value_or(0.5);
            missing = section.find("model") ? "" : "model";
            break;
        }
        if (missing.empty())
            return gate;
        if (!section.find(missing))
            m_findings.error(section.pointer(), "A gate of kind " + std::string(routing::toString(*kind)) +
                                                    " needs '" + std::string(missing) + "'.");
        return std::nullopt;
    }

    void sticky() {
        const auto section = m_section.object("sticky");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownStickyKeys);
        m_policy.sticky.enabled = section->flag("enabled").value_or(m_policy.sticky.enabled);
        assign(m_policy.sticky.idleSeconds, section->integer("idleSeconds", 0, 1'000'000));
    }

    void promotion() {
        const auto section = m_section.object("promotion");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownPromotionKeys);
        m_policy.promotion.breakEvenTurns =
            section->number("breakEvenTurns", {0, 100'000}).value_or(m_policy.promotion.breakEvenTurns);
    }

    std::vector<std::string> names(const JsonSection& section, std::string_view key,
                                   std::vector<NameUse>& uses) {
        const Json* const entries = section.array(key);
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            if ((*entries)[i].is_string())
                uses.push_back(
                    {(*entries)[i].get<std::string>(), section.pointerTo(key) + "/" + std::to_string(i)});
        }
        return section.texts(key);
    }

    void providerPolicy() {
        const auto section = m_section.object("providerPolicy");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownProviderPolicyKeys);
        routing::ProviderPolicy& settings = m_policy.providerPolicy;
        using Sort = routing::ProviderPolicy::Sort;
        const auto sort = word(
            *section, "sort",
            [](std::string_view text) {
                return text == "order"     ? std::optional(Sort::Order)
                       : text == "price"   ? std::optional(Sort::Price)
                       : text == "latency" ? std::optional(Sort::Latency)
                                           : std::nullopt;
            },
            "order, price or latency");
        settings.sort = sort.value_or(settings.sort);
        settings.order = names(*section, "order", m_reading.providers);
        settings.only = names(*section, "only", m_reading.providers);
        settings.allowFallbacks = section->flag("allowFallbacks").value_or(settings.allowFallbacks);
        if (const auto most = section->object("maxPrice")) {
            most->warnOfUnknownKeys(knownMaxPriceKeys);
            settings.maxPromptPrice = price(*most, "prompt");
            settings.maxCompletionPrice = price(*most, "completion");
        }
    }

    /// USD per million tokens.
    static std::optional<PicoUsdPerToken> price(const JsonSection& section, std::string_view key) {
        const auto usd = section.number(key, {0, 1'000'000});
        return usd ? std::optional(PicoUsdPerToken(std::llround(*usd * 1e6))) : std::nullopt;
    }

    void bands() {
        double former = -1;
        eachObject("degradation", m_section, [&](const JsonSection& section, std::size_t) {
            section.warnOfUnknownKeys(knownBandKeys);
            routing::DegradationBand band;
            band.label = section.text("label").value_or("");
            band.exclude = names(section, "exclude", m_reading.patterns);
            if (section.find("only"))
                band.only = names(section, "only", m_reading.patterns);
            const auto from = section.number("fromPercent", {0, 1000});
            if (!from) {
                if (!section.find("fromPercent"))
                    m_findings.warning(section.pointer(), "This band has no fromPercent, so it never holds.");
                return;
            }
            if (*from <= former)
                m_findings.error(section.pointerTo("fromPercent"),
                                 "The percents of 'degradation' must rise from one "
                                 "entry to the next.");
            former = *from;
            band.fromPercent = *from;
            m_policy.degradation.push_back(std::move(band));
        });
    }

    /// More than 0 USD; nullopt where the budget cannot be used.
    std::optional<NanoUsd> dollars(const JsonSection& section, std::string_view key, std::string_view what) {
        const Json* const value = section.find(key);
        constexpr double most = 1e9;
        if (!value) {
            m_findings.warning(section.pointer(),
                               std::string(what) + " has no " + std::string(key) + ", so it is not used.");
        } else if (!value->is_number()) {
            section.wrongType(section.pointerTo(key), *value, "a number");
        } else if (const auto usd = value->get<double>(); usd <= 0 || usd > most) {
            m_findings.error(section.pointerTo(key),
                             std::string(usd <= 0 ? "The limit of a budget must be more "
                                                    "than 0 USD."
                                                  : "The limit of a budget must be at "
                                                    "most 1,000,000,000 USD."));
        } else {
            return NanoUsd(std::max<std::int64_t>(1, std::llround(usd * 1e9)));
        }
        return std::nullopt;
    }

    void budgets() {
        std::set<std::string> taken;
        eachObject("budgets", m_section, [&](const JsonSection& section, std::size_t i) {
            section.warnOfUnknownKeys(knownBudgetKeys);
            routing::Budget budget;
            budget.name = section.text("name").value_or("");
            if (budget.name.empty())
                budget.name = "Budget " + std::to_string(i + 1);
            if (!taken.insert(budget.name).second) {
                const std::string given = budget.name;
                for (int n = 2; !taken.insert(budget.name).second; ++n)
                    budget.name = given + " " + std::to_string(n);
                m_findings.warning(section.pointerTo("name"), "Two budgets are named '" + given +
                                                                  "'; this one counts as '" + budget.name +
                                                                  "'.");
            }
            budget.period = word(section, "period", routing::budgetPeriodFrom, "session, day, week or month")
                                .value_or(budget.period);
            budget.onExceeded =
                word(section, "onExceeded", routing::onExceededFrom, "alert, degrade or block")
                    .value_or(budget.onExceeded);
            budget.alertAtPercent = percents(section, "alertAtPercent");
            if (const auto scope = section.object("scope"))
                budget.scope = this->scope(*scope);
            const auto limit = dollars(section, "limitUsd", "The budget '" + budget.name + "'");
            if (const auto burst = section.object("burst")) {
                burst->warnOfUnknownKeys(knownBurstKeys);
                const auto minutes = burst->integer("minutes", 1, 1'000'000);
                const auto usd = dollars(*burst, "usd", "This burst");
                if (usd && minutes)
                    budget.burst = routing::BudgetBurst{*usd, static_cast<int>(*minutes)};
                else if (!burst->find("minutes"))
                    m_findings.warning(burst->pointer(), "This burst has no minutes, so it is not used.");
            }
            if (!limit)
                return;
            budget.limit = *limit;
            m_policy.budgets.push_back(std::move(budget));
        });
    }

    std::vector<double> percents(const JsonSection& section, std::string_view key) {
        std::vector<double> percents;
        const Json* const entries = section.array(key);
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            const std::string pointer = section.pointerTo(key) + "/" + std::to_string(i);
            if (!(*entries)[i].is_number())
                section.wrongType(pointer, (*entries)[i], "a number");
            else if (const auto percent = (*entries)[i].get<double>(); percent <= 0 || percent > 1000)
                m_findings.error(pointer, "A percent to alert at must lie between 0 and 1000.");
            else
                percents.push_back(percent);
        }
        std::sort(percents.begin(), percents.end());
        percents.erase(std::unique(percents.begin(), percents.end()), percents.end());
        return percents;
    }

    routing::BudgetScope scope(const JsonSection& section) {
        section.warnOfUnknownKeys(knownScopeKeys);
        routing::BudgetScope scope;
        scope.provider = section.text("provider").value_or("");
        scope.model = section.text("model").value_or("");
        scope.tier = section.text("tier").value_or("");
        scope.project = section.text("project").value_or("");
        scope.client = section.text("client").value_or("");
        scope.token = section.text("token").value_or("");
        if (!scope.provider.empty())
            m_reading.providers.push_back({scope.provider, section.pointerTo("provider")});
        if (!scope.model.empty())
            m_reading.patterns.push_back({scope.model, section.pointerTo("model")});
        if (!scope.tier.empty())
            m_reading.tiers.push_back({scope.tier, section.pointerTo("tier"), false});
        if (!scope.token.empty())
            m_reading.tokens.push_back({scope.token, section.pointerTo("token")});
        return scope;
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
