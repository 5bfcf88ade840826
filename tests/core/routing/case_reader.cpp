#include "tests/core/routing/case_reader.h"

#include "core/routing/model_list.h"
#include "core/routing/provider_wishes.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace tierdeck::routing::cases {

namespace {

std::string_view view(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? std::string_view() : std::string_view(found->get_ref<const std::string&>());
}

ModelId model(const Json& json) {
    auto id = ModelId::parse(json.get<std::string>());
    if (!id)
        throw std::runtime_error("no model: " + json.dump());
    return *id;
}

FallbackMap readFallbacks(const Json& json) {
    FallbackMap map;
    for (const auto& [key, list] : json.items()) {
        for (const Json& entry : list) {
            const std::string text = entry.get<std::string>();
            if (text.starts_with("tier/"))
                map[key].push_back({std::nullopt, text.substr(5)});
            else
                map[key].push_back({model(entry), {}});
        }
    }
    return map;
}

Rule readRule(const Json& json) {
    Rule rule;
    rule.name = json.at("name");
    rule.tier = json.at("tier");
    for (const auto& [key, value] : json.at("when").items()) {
        if (key == "keywords")
            rule.when.keywords = value.get<std::vector<std::string>>();
        else if (key == "taskType")
            rule.when.taskType = value.get<std::string>();
        else if (key == "client")
            rule.when.client = value.get<std::string>();
        else if (key == "project")
            rule.when.project = value.get<std::string>();
        else if (key == "header")
            rule.when.headers = value.get<std::map<std::string, std::string>>();
        else if (key == "minInputTokens")
            rule.when.minInputTokens = value.get<std::int64_t>();
        else if (key == "hasImages")
            rule.when.hasImages = value.get<bool>();
        else if (key == "subagent")
            rule.when.subagent = value.get<bool>();
        else if (key == "background")
            rule.when.background = value.get<bool>();
        else
            throw std::runtime_error("no condition: " + key);
    }
    return rule;
}

void readTier(TierSettings& tier, const Json& json) {
    if (json.contains("model"))
        tier.model = model(json["model"]);
    tier.rank = json.value("rank", tier.rank);
    tier.reasoning = json.value("reasoning", std::string());
    if (json.contains("temperature"))
        tier.temperature = json["temperature"].get<double>();
}

ProviderSettings readProvider(const std::string& name, const Json& json) {
    ProviderSettings provider;
    provider.name = name;
    provider.apiType = apiTypeFrom(json.value("apiType", "openai-chat")).value();
    provider.baseUrl = json.value("baseUrl", std::string());
    provider.local = json.value("local", false);
    provider.fixedTemperature = json.value("fixedTemperature", false);
    if (json.contains("quota")) {
        provider.quota = ProviderQuota{json["quota"].at("name"), {}};
        if (json["quota"].contains("percentUsed"))
            provider.quota->percentUsed = json["quota"]["percentUsed"].get<double>();
    }
    for (const Json& entry : json.value("models", Json::array())) {
        ProviderModel listed;
        listed.id = entry.is_string() ? entry.get<std::string>() : entry.at("id").get<std::string>();
        if (entry.is_object()) {
            listed.fixedTemperature = entry.value("fixedTemperature", false);
            if (entry.contains("contextWindow"))
                listed.contextWindow = entry["contextWindow"].get<std::int64_t>();
            if (entry.contains("sameAs"))
                listed.sameAs = model(entry["sameAs"]);
        }
        provider.models.push_back(std::move(listed));
    }
    return provider;
}

NanoUsd usd(const Json& json) {
    return NanoUsd(std::llround(json.get<double>() * 1e9));
}

Budget readBudget(const Json& json) {
    Budget budget;
    budget.name = json.at("name");
    budget.period = budgetPeriodFrom(json.value("period", "month")).value();
    budget.limit = usd(json.at("limitUsd"));
    budget.onExceeded = onExceededFrom(json.value("onExceeded", "alert")).value();
    const Json scope = json.value("scope", Json::object());
    budget.scope = {scope.value("provider", ""), scope.value("model", ""),  scope.value("tier", ""),
                    scope.value("project", ""),  scope.value("client", ""), scope.value("token", "")};
    return budget;
}

DegradationBand readBand(const Json& json) {
    DegradationBand band;
    band.fromPercent = json.at("fromPercent");
    band.label = json.value("label", "");
    band.exclude = json.value("exclude", std::vector<std::string>());
    if (json.contains("only"))
        band.only = json["only"].get<std::vector<std::string>>();
    return band;
}

ProviderPolicy readProviderPolicy(const Json& json) {
    using Sort = ProviderPolicy::Sort;
    ProviderPolicy wanted;
    const std::string sort = json.value("sort", "order");
    wanted.sort = sort == "price" ? Sort::Price : sort == "latency" ? Sort::Latency : Sort::Order;
    wanted.order = json.value("order", std::vector<std::string>());
    wanted.only = json.value("only", std::vector<std::string>());
    wanted.allowFallbacks = json.value("allowFallbacks", true);
    const Json most = json.value("maxPrice", Json::object());
    const auto price = [&](const char* key) {
        return most.contains(key)
                   ? std::optional(PicoUsdPerToken(std::llround(most[key].get<double>() * 1e6)))
                   : std::nullopt;
    };
    wanted.maxPromptPrice = price("prompt");
    wanted.maxCompletionPrice = price("completion");
    return wanted;
}

CascadeSettings readCascade(const Json& json) {
    CascadeSettings cascade;
    cascade.enabled = json.value("enabled", cascade.enabled);
    cascade.ladder = json.value("ladder", cascade.ladder);
    cascade.maxClimbs = json.value("maxClimbs", cascade.maxClimbs);
    for (const Json& entry : json.value("gates", Json::array())) {
        Gate gate;
        gate.kind = gateKindFrom(entry.at("kind").get<std::string>()).value();
        cascade.gates.push_back(std::move(gate));
    }
    return cascade;
}

ProviderWishes readWishes(const Json& request) {
    return readProviderWishes(request.value("provider", Json::object()).dump()).value();
}

} // namespace

Policy readPolicy(const Json& json) {
    Policy policy = Policy::withDefaults();
    policy.fingerprint = "0123456789abcdef";
    policy.prices = pricing::PriceTable::parse(pricing::shippedCatalogue()).value();
    for (const auto& [key, value] : json.items()) {
        if (key == "routingModel") {
            policy.routingModel = model(value);
        } else if (key.ends_with("Model")) {
            policy.tiers[key.substr(0, key.size() - 5)].model = model(value);
        } else if (key == "dynamicTierEnabled") {
            policy.dynamicTierEnabled = value;
        } else if (key == "temperature") {
            policy.temperature = value.get<double>();
        } else if (key == "tiers") {
            for (const auto& [tier, settings] : value.items())
                readTier(policy.tiers[tier], settings);
        } else if (key == "fallbacks") {
            policy.fallbacks = readFallbacks(value);
        } else if (key == "contextWindowFallbacks") {
            policy.contextWindowFallbacks = readFallbacks(value);
        } else if (key == "contentPolicyFallbacks") {
            policy.contentPolicyFallbacks = readFallbacks(value);
        } else if (key == "taskTypes") {
            for (const auto& [task, tier] : value.items()) {
                if (tier.is_null())
                    policy.taskTypes.erase(task);
                else
                    policy.taskTypes[task] = tier.get<std::string>();
            }
        } else if (key == "rules") {
            for (const Json& rule : value)
                policy.rules.push_back(readRule(rule));
        } else if (key == "aliases") {
            for (const auto& [pattern, target] : value.items())
                policy.aliases.push_back({pattern, target.get<std::string>()});
        } else if (key == "classifier") {
            const std::string kind = value.value("kind", "heuristic");
            policy.classifier.kind = kind == "off"      ? ClassifierKind::Off
                                     : kind == "model"  ? ClassifierKind::Model
                                     : kind == "hybrid" ? ClassifierKind::Hybrid
                                                        : ClassifierKind::Heuristic;
            const Json thresholds = value.value("thresholds", Json::object());
            policy.classifier.smartThreshold = thresholds.value("smart", policy.classifier.smartThreshold);
            policy.classifier.deepThreshold = thresholds.value("deep", policy.classifier.deepThreshold);
            policy.classifier.codingThreshold = thresholds.value("coding", policy.classifier.codingThreshold);
            policy.classifier.hybridBand = value.value("hybridBand", policy.classifier.hybridBand);
        } else if (key == "prices") {
            policy.prices = pricing::PriceTable::parse(pricing::shippedCatalogue(), value.dump()).value();
        } else if (key == "budgets") {
            for (const Json& budget : value)
                policy.budgets.push_back(readBudget(budget));
        } else if (key == "degradation") {
            for (const Json& band : value)
                policy.degradation.push_back(readBand(band));
        } else if (key == "providerPolicy") {
            policy.providerPolicy = readProviderPolicy(value);
        } else if (key == "sticky") {
            policy.sticky = {value.value("enabled", true), value.value("idleSeconds", 600)};
        } else if (key == "promotion") {
            policy.promotion.breakEvenTurns = value.at("breakEvenTurns");
        } else if (key == "cascade") {
            policy.cascade = readCascade(value);
        } else if (key == "providers") {
            for (const auto& [name, provider] : value.items()) {
                policy.providers[name] = readProvider(name, provider);
                policy.providerOrder.push_back(name);
            }
        } else if (key == "skills") {
            for (const auto& [skill, tier] : value.items())
                policy.skillTiers[skill] = tier.get<std::string>();
        } else {
            throw std::runtime_error("no such key of a policy: " + key);
        }
    }
    return policy;
}

RouteRequest readRequest(const Json& json) {
    RouteRequest request;
    request.declaredModel = view(json, "model");
    request.userText = view(json, "text");
    request.hosts = readWishes(json).hosts;
    request.userOverride.tier = view(json, "userTier");
    request.userOverride.model = view(json, "userModel");
    request.skill = view(json, "skill");
    request.skillTier = view(json, "skillTier");
    request.taskType = view(json, "task");
    request.client = view(json, "client");
    request.project = view(json, "project");
    request.token = view(json, "token");
    if (const auto said = json.find("classifierSays"); said != json.end())
        request.classifierAnswer = {ClassifierAnswer::Kind::Tier, view(json, "classifierSays"), {}};
    if (json.contains("classifierFails"))
        request.classifierAnswer = {ClassifierAnswer::Kind::Failed, {}, view(json, "classifierFails")};
    if (const auto headers = json.find("headers"); headers != json.end()) {
        for (const auto& header : headers->items())
            request.headers.emplace_back(header.key(), header.value().get_ref<const std::string&>());
    }
    request.inputTokens = json.value("inputTokens", std::int64_t(0));
    request.toolsOffered = json.value("tools", 0);
    request.messages = json.value("messages", 1);
    request.hasImages = json.value("images", false);
    request.hasTemperature = json.value("hasTemperature", false);
    request.reasoning = json.value("reasoning", false);
    request.planMode = json.value("planMode", false);
    request.subagent = json.value("subagent", false);
    request.background = json.value("background", false);
    return request;
}

SessionState readSession(const Json& json) {
    SessionState session;
    session.turn = json.value("turn", 1);
    session.firstOfTurn = json.value("firstOfTurn", true);
    session.turnOverride.tier = json.value("tier", std::string());
    session.turnOverride.model = json.value("model", std::string());
    session.promotedTier = json.value("promoted", std::string());
    if (json.contains("stickyHost"))
        session.warm = WarmPrefix{model(json["stickyHost"]), json.value("warmTokens", std::int64_t(0)),
                                  json.value("idleSeconds", std::int64_t(0))};
    session.usualTurn.requests = json.value("requestsATurn", session.usualTurn.requests);
    session.usualTurn.outputTokens = json.value("outputTokensATurn", session.usualTurn.outputTokens);
    return session;
}

Conditions readConditions(const Json& json) {
    Conditions conditions;
    const Json unavailable = json.value("unavailable", Json::object());
    for (const auto& [id, reason] : unavailable.items())
        conditions.unavailable[id] = {reason.get<std::string>()};
    const Json excluded = json.value("excluded", Json::object());
    for (const auto& [id, reason] : excluded.items())
        conditions.excluded[id] = reason.get<std::string>();
    const Json used = json.value("budgetUsedUsd", Json::object());
    for (const auto& [name, amount] : used.items())
        conditions.budgetUsed[name] = usd(amount);
    conditions.quotaPercentUsed =
        json.value("quotaPercentUsed", std::map<std::string, double, std::less<>>());
    conditions.latencyMs = json.value("latencyMs", std::map<std::string, double, std::less<>>());
    if (json.contains("usagePercent"))
        conditions.usagePercent = json["usagePercent"].get<double>();
    return conditions;
}

RouteResult decide(const Case& given) {
    const Policy policy = readPolicy(given.policy);
    const RouteRequest request = readRequest(given.request);
    const SessionState session = readSession(given.session);
    const Conditions conditions = readConditions(given.conditions);
    const auto names = given.request.find("models");
    RouteResult result =
        names == given.request.end()
            ? resolve(request, policy, session, conditions)
            : resolveList(request, names->get<std::vector<std::string>>(), policy, session, conditions);
    if (!result)
        return result;
    return narrow(std::move(*result), readWishes(given.request), policy);
}

FallbackPlan decideAfterRefusal(const Case& given, const RouteDecision& decision) {
    const Json& refused = given.refused;
    const std::string kind = refused.at("kind");
    if (kind != "contextWindow" && kind != "contentPolicy")
        throw std::runtime_error("no kind of refusal: " + kind);
    std::vector<ModelId> tried;
    for (const Json& id : refused.value("tried", Json::array()))
        tried.push_back(model(id));
    const Policy policy = readPolicy(given.policy);
    FallbackPlan plan = fallbacksForError(
        kind == "contextWindow" ? ErrorFallback::ContextWindow : ErrorFallback::ContentPolicy,
        model(refused.at("by")), tried, decision, readRequest(given.request), policy,
        readConditions(given.conditions));
    narrow(plan, readWishes(given.request), policy);
    return plan;
}

std::optional<Climb> decideClimb(const Case& given, const RouteDecision& decision) {
    const Json& failed = given.climb;
    std::vector<ModelId> answered;
    for (const Json& id : failed.value("answered", Json::array()))
        answered.push_back(model(id));
    return nextClimb(failed.value("tier", decision.tier.value_or("")), failed.value("climbs", 0),
                     failed.value("gate", "nonEmpty"), answered, decision, readRequest(given.request),
                     readPolicy(given.policy), readSession(given.session), readConditions(given.conditions));
}

std::vector<Case> readCases(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json" && entry.path().filename() != "prompts.json")
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Case> result;
    for (const auto& path : files) {
        std::ifstream stream(path);
        const Json document = Json::parse(stream);
        for (const Json& entry : document.at("cases")) {
            Case one;
            one.file = path.filename().string();
            one.name = entry.at("name");
            one.policy = document.at("policies").at(entry.value("policy", "sample"));
            if (entry.contains("with")) // whole keys: a merge would put new aliases behind old ones
                for (const auto& [key, value] : entry["with"].items())
                    one.policy[key] = value;
            for (const Json& key : entry.value("without", Json::array()))
                one.policy.erase(key.get<std::string>());
            one.request = entry.value("request", Json::object());
            one.session = entry.value("session", Json::object());
            one.conditions = entry.value("conditions", Json::object());
            one.refused = entry.value("refused", Json());
            one.climb = entry.value("climb", Json());
            one.expect = entry.at("expect");
            result.push_back(std::move(one));
        }
    }
    return result;
}

} // namespace tierdeck::routing::cases
