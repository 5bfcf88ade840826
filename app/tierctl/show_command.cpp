#include "app/tierctl/command.h"
#include "app/tierctl/report_table.h"
#include "app/tierctl/standing.h"
#include "app/tierctl/text_table.h"
#include "core/foundation/json_writer.h"
#include "core/gateway/gateway_lease.h"
#include "core/preferences/live_preferences.h"
#include "core/routing/policy.h"
#include "core/routing/tier_resolver.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace tierdeck::app {
namespace {

using routing::KeySource;
using routing::Policy;

struct ProviderFacts {
    std::string name;
    std::string apiType;
    bool keyPresent = false; ///< or none is needed
    bool local = false;
    std::vector<std::string> models;
};

struct TierFacts {
    std::string tier;
    std::string label;
    std::string model;          ///< as it is set; "" for unset
    std::string effectiveModel; ///< what serves it; "" for none
    std::string reason;
    std::optional<pricing::Rates> price;
    std::optional<std::int64_t> contextWindow;
    bool available = false;
    std::optional<UtcTime> until; ///< exhausted, and when that ends
};

struct Shown {
    std::string policy; ///< fingerprint; "" when the preferences are invalid
    std::vector<TierFacts> tiers;
    std::vector<ProviderFacts> providers;
    std::optional<gateway::RunningGateway> gateway;
    std::vector<preferences::Problem> problems;
    std::shared_ptr<const Policy> inForce; ///< what `standing` points into
    Standing standing;
    std::string unknown; ///< why nothing is known of how things stand
};

bool hasKey(const routing::ProviderSettings& provider, const SecretSource& secrets) {
    switch (provider.key.kind) {
    case KeySource::Kind::Environment:
        return secrets.fromEnvironment(provider.key.name).has_value();
    case KeySource::Kind::Keychain:
        return secrets.fromKeychain(provider.key.name).has_value();
    case KeySource::Kind::File:
        return secrets.fromFile(provider.key.name).has_value();
    case KeySource::Kind::None:
        return provider.local || (provider.apiType != routing::ApiType::OpenAi &&
                                  provider.apiType != routing::ApiType::Anthropic);
    case KeySource::Kind::Client:
    case KeySource::Kind::Plain:
        return true;
    }
    return false;
}

ProviderFacts factsOf(const routing::ProviderSettings& provider, const Policy& policy,
                      const SecretSource& secrets) {
    ProviderFacts facts{provider.name,
                        std::string(toString(provider.apiType)),
                        hasKey(provider, secrets),
                        provider.local,
                        {}};
    for (const routing::ProviderModel& model : provider.models) {
        facts.models.push_back(provider.name + "/" + model.id);
    }
    if (facts.models.empty()) {
        facts.models = policy.prices.ids(provider.name);
    }
    return facts;
}

std::optional<std::int64_t> windowOf(const routing::ModelId& model, const Policy& policy) {
    const auto* provider = policy.findProvider(model.provider());
    const auto* listed = provider ? provider->findModel(model.name()) : nullptr;
    if (listed && listed->contextWindow) {
        return listed->contextWindow;
    }
    const auto facts = policy.prices.facts(model.provider(), model.name());
    return facts ? facts->contextWindow : std::nullopt;
}

/// What becomes of a request for a tier at this moment.
struct Service {
    bool byTheModel = false; ///< at one of its hosts
    std::string why;         ///< where it is not at the first: what stands against it, and who serves instead
};

/// By the router itself: exhaustion, budgets, bands, the provider policy and what is tried instead all count.
Service serviceOf(const std::string& tier, const routing::ModelId& model, const Policy& policy,
                  const routing::Conditions& conditions) {
    routing::RouteRequest request;
    request.userOverride.tier = tier;
    const auto decision = routing::resolve(request, policy, {}, conditions);
    const auto& excluded = decision ? decision->excluded : decision.error().excluded;
    const auto found = std::ranges::find(excluded, model, &routing::Exclusion::model);
    Service service;
    if (!decision) {
        service.why = (found == excluded.end() ? "" : routing::render(found->reason) + "; ") +
                      "nothing is left to serve it";
        return service;
    }
    const routing::PlannedAttempt& first = decision->attempts.front();
    service.byTheModel = policy.originalOf(first.model) == policy.originalOf(model);
    if (found != excluded.end()) {
        service.why = (service.byTheModel ? model.text() + " is left out: " : std::string()) +
                      routing::render(found->reason) + "; " + first.model.text() + " serves it";
    } else if (!service.byTheModel) {
        service.why = routing::render(first.reason) + ": " + first.model.text();
    }
    return service;
}

TierFacts factsOf(const std::string& tier, const routing::TierSettings& settings, const Policy& policy,
                  const std::map<std::string, bool>& keyPresent, const Standing& standing, UtcTime now) {
    TierFacts facts;
    facts.tier = tier;
    facts.label = settings.label.empty() ? tier : settings.label;
    facts.model = settings.model ? settings.model->text() : "";
    const auto serving = routing::servingModel(policy, tier);
    if (!serving) {
        facts.reason = "no model is set; set balancedModel";
        return facts;
    }
    const routing::ModelId& model = serving->model;
    facts.effectiveModel = model.text();
    facts.reason = routing::render(serving->reason);
    facts.price = policy.prices.rates(model.provider(), model.name(), now);
    facts.contextWindow = windowOf(model, policy);
    const auto key = keyPresent.find(std::string(model.provider()));
    facts.available = key != keyPresent.end() && key->second;
    if (!facts.available) {
        const std::string why = key == keyPresent.end()
                                    ? "there is no provider '" + std::string(model.provider()) + "'"
                                    : "the key of provider '" + key->first + "' is absent";
        facts.reason += (facts.reason.empty() ? "" : "; ") + why;
    }
    const Service service = serviceOf(tier, model, policy, standing.conditions);
    if (!service.byTheModel) {
        facts.available = false;
        if (const auto exhausted = standing.availability.whyNot(model, policy, now)) {
            facts.until = exhausted->until;
        }
    }
    if (!service.why.empty()) {
        facts.reason += (facts.reason.empty() ? "" : "; ") + service.why;
    }
    return facts;
}

/// The four and background first, then the user's own by name.
std::vector<std::string> tierOrder(const Policy& policy) {
    std::vector<std::string> order(routing::tiers::four.begin(), routing::tiers::four.end());
    order.emplace_back(routing::tiers::background);
    for (const auto& [name, settings] : policy.tiers) {
        if (std::ranges::find(order, name) == order.end()) {
            order.push_back(name);
        }
    }
    return order;
}

Shown look(const Invocation& invocation) {
    Shown shown;
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    const auto policy = live.current().policy;
    shown.problems = live.problems();
    shown.gateway = gateway::GatewayLease::findRunning(invocation.workspace);
    if (!policy) {
        return shown;
    }
    shown.policy = policy->fingerprint;
    shown.inForce = policy;
    if (auto standing = standingOf(invocation, *policy)) {
        shown.standing = std::move(*standing);
    } else {
        shown.unknown = standing.error().message;
    }
    std::map<std::string, bool> keyPresent;
    for (const std::string& name : policy->providerOrder) {
        if (const auto* provider = policy->findProvider(name)) {
            shown.providers.push_back(factsOf(*provider, *policy, invocation.secrets));
            keyPresent[name] = shown.providers.back().keyPresent;
        }
    }
    for (const std::string& tier : tierOrder(*policy)) {
        const auto settings = policy->tiers.find(tier);
        if (settings != policy->tiers.end()) {
            shown.tiers.push_back(
                factsOf(tier, settings->second, *policy, keyPresent, shown.standing, invocation.clock.now()));
        }
    }
    return shown;
}

constexpr int picoPerMillionTokens =
    6; ///< decimals: a pico-dollar a token is a millionth of a dollar per million

void writeTier(JsonWriter& json, const TierFacts& tier) {
    json.beginObject();
    json.member("tier", tier.tier);
    json.member("label", tier.label);
    json.memberOrNull("model", tier.model);
    json.memberOrNull("effectiveModel", tier.effectiveModel);
    json.member("reason", tier.reason);
    json.key("price");
    if (tier.price) {
        json.beginObject();
        json.key("input"), json.raw(decimalText(tier.price->input.value, picoPerMillionTokens));
        json.key("output"), json.raw(decimalText(tier.price->output.value, picoPerMillionTokens));
        json.endObject();
    } else {
        json.null();
    }
    json.key("contextWindow");
    if (tier.contextWindow) {
        json.integer(*tier.contextWindow);
    } else {
        json.null();
    }
    json.key("available"), json.boolean(tier.available);
    json.memberOrNull("until", tier.until ? toRfc3339(*tier.until) : "");
    json.endObject();
}

void writeJson(const Invocation& invocation, const Shown& shown) {
    JsonWriter json(invocation.out);
    json.beginObject();
    json.member("workspace", invocation.workspace.root().string());
    json.memberOrNull("policy", shown.policy);
    json.key("tiers"), json.beginArray();
    for (const TierFacts& tier : shown.tiers) {
        writeTier(json, tier);
    }
    json.endArray();
    json.key("providers"), json.beginArray();
    for (const ProviderFacts& provider : shown.providers) {
        json.beginObject();
        json.member("name", provider.name);
        json.member("apiType", provider.apiType);
        json.key("keyPresent"), json.boolean(provider.keyPresent);
        json.key("local"), json.boolean(provider.local);
        json.key("models"), json.texts(provider.models);
        json.endObject();
    }
    json.endArray();
    json.key("budgets"), writeBudgets(json, shown.standing);
    json.key("quotas"), writeQuotas(json, shown.standing);
    json.key("degradation"), writeDegradation(json, shown.standing);
    json.key("gateway"), json.beginObject();
    json.key("running"), json.boolean(shown.gateway.has_value());
    json.memberOrNull("address", shown.gateway ? shown.gateway->address : "");
    json.endObject();
    json.key("problems"), writeProblems(json, shown.problems);
    json.endObject();
    invocation.out << '\n';
}

std::string priceCell(const std::optional<pricing::Rates>& price, PicoUsdPerToken pricing::Rates::*rate) {
    return price ? decimalText(((*price).*rate).value, picoPerMillionTokens) : "unpriced";
}

void writeText(const Invocation& invocation, const Shown& shown) {
    std::ostream& out = invocation.out;
    out << "Workspace  " << invocation.workspace.root().string() << '\n';
    out << "Gateway    " << (shown.gateway ? "running at " + shown.gateway->address : "not running") << '\n';
    if (shown.policy.empty()) {
        return;
    }
    out << "Policy     " << shown.policy << "\n\n";
    TextTable tiers;
    tiers.column("tier");
    tiers.column("model");
    tiers.column("$/M in", TextTable::Align::Right);
    tiers.column("$/M out", TextTable::Align::Right);
    tiers.column("window", TextTable::Align::Right);
    tiers.column("state");
    for (const TierFacts& tier : shown.tiers) {
        std::string state = tier.available ? "available" : "not available";
        state += tier.reason.empty() ? "" : ": " + tier.reason;
        tiers.row({tier.label == tier.tier ? tier.tier : tier.tier + " (" + tier.label + ")",
                   tier.effectiveModel.empty() ? "–" : tier.effectiveModel,
                   priceCell(tier.price, &pricing::Rates::input),
                   priceCell(tier.price, &pricing::Rates::output),
                   tier.contextWindow ? groupedText(*tier.contextWindow) : "unknown", state});
    }
    tiers.print(out);
    out << '\n';
    TextTable providers;
    providers.column("provider");
    providers.column("type");
    providers.column("key");
    providers.column("models known", TextTable::Align::Right);
    for (const ProviderFacts& provider : shown.providers) {
        providers.row({provider.name + (provider.local ? " (local)" : ""), provider.apiType,
                       provider.keyPresent ? "present or not needed" : "absent",
                       groupedText(static_cast<std::int64_t>(provider.models.size()))});
    }
    if (providers.empty()) {
        out << "There are no providers yet; `tierctl init` makes a first set-up.\n";
    } else {
        providers.print(out);
    }
    for (const sessions::BudgetUse& use : shown.standing.budgets) {
        out << "\nBudget     '" << use.budget->name << "' at " << percentText(use.percent) << " % ("
            << moneyText(use.used) << " of " << moneyText(use.budget->limit) << " USD), "
            << stateOf(*use.budget, use.used);
    }
    for (const QuotaStanding& quota : shown.standing.quotas) {
        out << "\nQuota      '" << quota.name << "' at " << percentText(quota.percentUsed) << " %";
    }
    if (!shown.standing.budgets.empty() || !shown.standing.quotas.empty()) {
        out << "\nBand       " << (shown.standing.band.empty() ? "none" : shown.standing.band) << '\n';
    }
    const auto warnings =
        std::ranges::count(shown.problems, preferences::Severity::Warning, &preferences::Problem::severity);
    if (warnings > 0) {
        out << '\n' << warnings << (warnings == 1 ? " warning" : " warnings") << " by `tierctl check`.\n";
    }
}

Exit run(const Invocation& invocation) {
    const Shown shown = look(invocation);
    if (invocation.json) {
        writeJson(invocation, shown);
    } else {
        writeText(invocation, shown);
    }
    if (!shown.unknown.empty()) {
        invocation.err << "tierctl: " << shown.unknown << '\n';
    }
    if (shown.policy.empty()) {
        sayErrors(invocation, shown.problems);
        return fail(invocation, Exit::PreferencesInvalid,
                    "The preferences have errors; `tierctl check` lists them with their fixes.");
    }
    return Exit::Done;
}

} // namespace

void addShow(CLI::App& line, Command& chosen) {
    line.add_subcommand(
            "show",
            "Every tier with its model, price, window and provider; what a session should know at its start")
        ->callback([&chosen] { chosen = run; });
}

} // namespace tierdeck::app
