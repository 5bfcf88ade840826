#include "app/tierctl/command.h"
#include "app/tierctl/provider_key.h"
#include "core/foundation/json_writer.h"
#include "core/gateway/gateway_lease.h"
#include "core/gateway/smoke_run.h"
#include "core/preferences/live_preferences.h"
#include "core/routing/tier_resolver.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>

namespace tierdeck::app {
namespace {

using gateway::SmokeRecord;
using gateway::SmokeTarget;
using routing::ModelId;
using routing::Policy;
using routing::ProviderSettings;

struct SmokeOptions {
    std::string model;
    std::string tier;
    std::string provider;
    std::string baseUrl;
};

/// Why there is nothing to call, and how the command ends for it.
struct Refused {
    Exit exit = Exit::WrongUsage;
    std::string sentence;
};

template <typename T>
using Found = tl::expected<T, Refused>;

tl::unexpected<Refused> refused(Exit exit, std::string sentence) {
    return tl::unexpected<Refused>({exit, std::move(sentence)});
}

/// The model to ask for, and where it is to be had.
struct Chosen {
    std::string model;                          ///< as it is sent
    const ProviderSettings* provider = nullptr; ///< nullptr: whoever listens at --base-url
};

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

std::optional<std::string> environment(const Invocation& invocation, const char* variable) {
    auto value = invocation.secrets.fromEnvironment(variable);
    return value ? std::optional(std::move(*value)) : std::nullopt;
}

Found<ModelId> modelOfTier(const Policy& policy, const std::string& tier) {
    if (!policy.isTier(tier)) {
        std::vector<std::string> names;
        for (const auto& [name, settings] : policy.tiers) {
            names.push_back(name);
        }
        return refused(Exit::WrongUsage, "There is no tier '" + tier + "'. There are " + listed(names) + ".");
    }
    auto serving = routing::servingModel(policy, tier);
    if (!serving) {
        return refused(Exit::PreferencesInvalid, "No model serves the tier '" + tier +
                                                     "'. Give it one in model-router.json, or name a "
                                                     "model with --model.");
    }
    return std::move(serving->model);
}

/// Everything a client may call a model, as the gateway reads it.
Found<ModelId> modelNamed(const Policy& policy, const std::string& name) {
    routing::RouteRequest request;
    request.declaredModel = name;
    auto decided = routing::resolve(request, policy, {}, {});
    if (!decided) {
        const auto& failure = decided.error();
        return refused(Exit::WrongUsage,
                       failure.message +
                           (failure.near.empty() ? std::string() : " Perhaps " + listed(failure.near) + "?"));
    }
    return std::move(decided->model);
}

Found<Chosen> chooseFrom(const ProviderSettings& provider, const Policy& policy,
                         const SmokeOptions& options) {
    if (!options.model.empty()) {
        const std::string prefix = provider.name + "/";
        return Chosen{options.model.starts_with(prefix) ? options.model.substr(prefix.size()) : options.model,
                      &provider};
    }
    const auto ofTier = modelOfTier(policy, options.tier.empty() ? "balanced" : options.tier);
    if (ofTier && ofTier->provider() == provider.name) {
        return Chosen{std::string(ofTier->name()), &provider};
    }
    if (!options.tier.empty()) {
        return ofTier ? refused(Exit::WrongUsage, "The tier '" + options.tier + "' is served by " +
                                                      ofTier->text() + ", not by " + provider.name + ".")
                      : tl::unexpected(ofTier.error());
    }
    if (provider.models.empty()) {
        return refused(Exit::WrongUsage, "Name one of the models of " + provider.name + " with --model.");
    }
    return Chosen{provider.models.front().id, &provider};
}

Found<Chosen> choose(const Policy* policy, const SmokeOptions& options, bool isOwnGateway) {
    if (!policy) {
        return Chosen{options.model, nullptr};
    }
    if (!options.provider.empty()) {
        const auto* provider = policy->findProvider(options.provider);
        if (!provider) {
            return refused(Exit::WrongUsage, "There is no provider '" + options.provider + "' in llm.json." +
                                                 (policy->providerOrder.empty()
                                                      ? std::string()
                                                      : " There are " + listed(policy->providerOrder) + "."));
        }
        return chooseFrom(*provider, *policy, options);
    }
    if (!options.model.empty() && !options.baseUrl.empty()) {
        const auto id = ModelId::parse(options.model);
        const auto* provider = id && !isOwnGateway ? policy->findProvider(id->provider()) : nullptr;
        return provider ? Chosen{std::string(id->name()), provider} : Chosen{options.model, nullptr};
    }
    const auto model = options.model.empty()
                           ? modelOfTier(*policy, options.tier.empty() ? "balanced" : options.tier)
                           : modelNamed(*policy, options.model);
    if (!model) {
        return tl::unexpected(model.error());
    }
    if (isOwnGateway) {
        return Chosen{model->text(), nullptr};
    }
    const auto* provider = policy->findProvider(model->provider());
    if (!provider) {
        return refused(Exit::PreferencesInvalid,
                       "The provider of " + model->text() + " does not stand in llm.json.");
    }
    return Chosen{std::string(model->name()), provider};
}

/// Fills in what the provider's settings say. A key goes to its provider's host, or to this machine.
Found<SmokeTarget> targetOf(const ProviderSettings& provider, const std::string& model,
                            const std::optional<gateway::http::Url>& baseUrl, const SecretSource& secrets) {
    if (provider.apiType == routing::ApiType::Simulated) {
        return refused(Exit::WrongUsage,
                       "The simulated provider answers to every name, so there is nothing to test. Name a "
                       "real provider's model with --model, or a server with --base-url.");
    }
    const auto own = gateway::http::parseUrl(provider.baseUrl);
    if (!own && !baseUrl) {
        return refused(Exit::PreferencesInvalid,
                       "The baseUrl of " + provider.name + " in llm.json is no http or https address.");
    }
    auto key = keyOf(provider, secrets);
    if (!key) {
        return refused(Exit::ProviderFailed, key.error().message);
    }
    SmokeTarget target;
    target.url = baseUrl.value_or(own.value_or(gateway::http::Url()));
    const bool mayHaveSecrets =
        gateway::http::isLoopbackName(target.url.origin.host) || (own && own->origin == target.url.origin);
    if (!mayHaveSecrets && (!key->empty() || !provider.headers.empty())) {
        return refused(Exit::WrongUsage, "The key and the headers of " + provider.name +
                                             " go to its own host only. If it has moved, set its baseUrl in "
                                             "llm.json.");
    }
    target.dialect = provider.apiType == routing::ApiType::Anthropic ? gateway::wire::Dialect::Messages
                                                                     : gateway::wire::Dialect::Chat;
    target.model = model;
    if (const auto* known = provider.findModel(model); known && known->sameAs) {
        target.sameAs = known->sameAs->name();
    }
    target.key = std::move(*key);
    target.headers = provider.headers;
    target.connectTimeout = std::chrono::seconds(provider.connectTimeoutSeconds);
    target.patience =
        std::min(target.patience, std::chrono::milliseconds(provider.idleTimeoutSeconds * 1000LL));
    return target;
}

/// Whether a gateway of this workspace listens there.
bool isOwnGateway(const Invocation& invocation, const gateway::http::Url& url) {
    const auto running = gateway::GatewayLease::findRunning(invocation.workspace);
    const auto address = running ? gateway::http::parseUrl(running->address) : std::nullopt;
    return address && address->origin.port == url.origin.port &&
           (address->origin == url.origin || (gateway::http::isLoopbackName(address->origin.host) &&
                                              gateway::http::isLoopbackName(url.origin.host)));
}

Found<SmokeTarget> findTarget(const Invocation& invocation, const SmokeOptions& options) {
    std::optional<gateway::http::Url> baseUrl;
    if (!options.baseUrl.empty()) {
        baseUrl = gateway::http::parseUrl(options.baseUrl);
        if (!baseUrl) {
            return refused(Exit::WrongUsage, "--base-url is no http or https address: " + options.baseUrl);
        }
    }
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    const auto policy = live.current().policy;
    const bool needsPolicy = !baseUrl || options.model.empty() || !options.provider.empty();
    if (!policy && needsPolicy) {
        sayErrors(invocation, live.problems());
        return refused(Exit::PreferencesInvalid,
                       "The preferences have errors; `tierctl check` lists them with their fixes.");
    }
    const auto chosen = choose(policy.get(), options, baseUrl && isOwnGateway(invocation, *baseUrl));
    if (!chosen) {
        return tl::unexpected(chosen.error());
    }
    if (chosen->provider) {
        return targetOf(*chosen->provider, chosen->model, baseUrl, invocation.secrets);
    }
    SmokeTarget target;
    target.url = *baseUrl;
    target.model = chosen->model;
    if (gateway::http::isLoopbackName(target.url.origin.host)) {
        target.key = environment(invocation, "TIERDECK_TOKEN").value_or("");
    }
    return target;
}

void writeJson(std::ostream& out, const SmokeRecord& record) {
    JsonWriter json(out);
    const auto status = [&json](const std::optional<int>& number) {
        number ? json.integer(*number) : json.null();
    };
    json.beginObject();
    json.member("date_utc", toRfc3339(record.date));
    json.member("gateway_host", record.gatewayHost);
    json.member("model_requested", record.modelRequested);
    json.memberOrNull("model_returned", record.modelReturned);
    json.key("http_status"), status(record.httpStatus);
    json.key("choices_count"), json.integer(record.choicesCount);
    json.key("error_path_status"), status(record.errorPathStatus);
    json.key("pass"), json.boolean(record.pass);
    json.member("notes", record.notes);
    json.endObject();
    out << '\n';
}

void writeText(std::ostream& out, const SmokeRecord& record) {
    const auto status = [](const std::optional<int>& number) {
        return number ? std::to_string(*number) : std::string("none");
    };
    out << "date_utc: " << toRfc3339(record.date) << "\ngateway_host: " << record.gatewayHost
        << "\nmodel_requested: " << record.modelRequested
        << "\nmodel_returned: " << (record.modelReturned.empty() ? "none" : record.modelReturned)
        << "\nhttp_status: " << status(record.httpStatus) << "\nchoices_count: " << record.choicesCount
        << "\nerror_path_status: " << status(record.errorPathStatus)
        << "\npass: " << (record.pass ? "true" : "false") << "\nnotes: " << record.notes << '\n';
}

Exit run(const Invocation& invocation, const SmokeOptions& options) {
    auto target = findTarget(invocation, options);
    if (!target) {
        return fail(invocation, target.error().exit, target.error().sentence);
    }
    target->proxies = gateway::http::ProxyRules::fromEnvironment(
        [&](const char* name) { return environment(invocation, name).value_or(""); });
    for (const std::string& problem : target->proxies.problems()) {
        invocation.err << "tierctl: " << problem << '\n';
    }
    const SmokeRecord record = gateway::runSmoke(*target, invocation.clock);
    if (invocation.json) {
        writeJson(invocation.out, record);
    } else {
        writeText(invocation.out, record);
    }
    if (!record.isAnswered()) {
        return fail(invocation, Exit::ProviderFailed,
                    record.gatewayHost +
                        " could not be asked. Check the address, the network and its proxy.");
    }
    return record.pass ? Exit::Done : Exit::CheckFailed;
}

} // namespace

void addSmoke(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand(
        "smoke", "Ask a provider twice: a model that must answer as itself, and a name that must be refused");
    const auto options = std::make_shared<SmokeOptions>();
    CLI::Option* model =
        command->add_option("--model", options->model, "The model to ask for (default: that of balanced)");
    command->add_option("--tier", options->tier, "The tier whose model to ask for")->excludes(model);
    command->add_option("--provider", options->provider, "A provider of llm.json");
    command->add_option("--base-url", options->baseUrl,
                        "Where to ask, instead of the provider's own address (http://127.0.0.1:4141/v1)");
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
