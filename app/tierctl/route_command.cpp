#include "app/tierctl/command.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/foundation/json_writer.h"
#include "core/gateway/classifier_run.h"
#include "core/gateway/tier_log_writer.h"
#include "core/gateway/wire/scanned_request.h"
#include "core/preferences/live_availability.h"
#include "core/preferences/live_preferences.h"
#include "core/preferences/skills.h"
#include "core/routing/decision_json.h"
#include "core/routing/model_list.h"
#include "core/routing/provider_wishes.h"
#include "core/routing/tier_resolver.h"
#include "core/sessions/budget_meter.h"
#include "core/sessions/session_store.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

namespace tierdeck::app {
namespace {

using routing::RouteFailure;

struct RouteOptions {
    std::string prompt;
    std::string requestFile;
    std::string model;
    std::string task;
    std::string skill;
    std::string skillTier;
    std::string userTier;
    std::string userModel;
    std::string client;
    std::string project;
    std::vector<std::string> headers; ///< "Name: value"
    bool subagent = false;
    bool background = false;
    std::optional<double> usagePercent;
    bool asksModel = false;
};

Exit failRoute(const Invocation& invocation, Exit exit, std::string_view code, const std::string& message,
               const std::vector<std::string>& near = {}) {
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key("error"), json.beginObject();
        json.member("code", code);
        json.member("message", message);
        json.key("near"), json.texts(near);
        json.endObject();
        json.endObject();
        invocation.out << '\n';
        return exit;
    }
    fail(invocation, exit, message);
    for (const std::string& name : near) {
        invocation.err << "  perhaps " << name << '\n';
    }
    return exit;
}

Exit exitFor(RouteFailure::Code code) {
    const bool nameDoesNotExist =
        code == RouteFailure::Code::ModelNotFound || code == RouteFailure::Code::UnknownTier;
    return nameDoesNotExist ? Exit::WrongUsage : Exit::PreferencesInvalid;
}

std::string allOf(std::istream& in) {
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The request of the file, or a Chat body whose only message is the prompt. What the gateway would have
/// received, so that it is read by the gateway's own reader.
Result<std::string> requestBody(const Invocation& invocation, const RouteOptions& options) {
    if (options.requestFile == "-") {
        return allOf(invocation.in);
    }
    if (!options.requestFile.empty()) {
        return readFile(options.requestFile);
    }
    const std::string prompt = options.prompt == "-" ? allOf(invocation.in) : options.prompt;
    return R"({"messages":[{"role":"user","content":)" + jsonQuoted(prompt) + "}]}";
}

/// Names of the skills that are there, with a tier or without one.
std::vector<std::string> skillNames(const Workspace& workspace) {
    const auto router = readFile(workspace.modelRouterFile());
    const auto folders = preferences::skillFolders(workspace, router ? *router : std::string());
    std::vector<std::string> names;
    for (const auto& skill : preferences::readSkills(folders).skills) {
        names.push_back(skill.name);
    }
    return names;
}

/// What the workspace says of the moment: what is exhausted, how full quotas are, what budgets have left. A
/// budget of a session has all of it: no session is asked for.
routing::Conditions conditionsNow(const Invocation& invocation, const routing::Policy& policy,
                                  const RouteOptions& options) {
    routing::Conditions conditions;
    conditions.time = invocation.clock.now();
    preferences::LiveAvailability availability(invocation.workspace, invocation.clock);
    availability.current()->addTo(conditions, policy, conditions.time);
    conditions.usagePercent = options.usagePercent;
    if (policy.budgets.empty()) {
        return conditions;
    }
    const auto uses = sessions::budgetUses(invocation.workspace.storeFile(), policy, conditions.time);
    if (!uses) {
        invocation.err << "tierctl: budgets count as unspent: " << uses.error().message << '\n';
        return conditions;
    }
    for (const sessions::BudgetUse& use : *uses) {
        if (use.period) {
            conditions.budgetUsed[use.budget->name] = use.used;
        }
    }
    return conditions;
}

std::vector<std::string> tierNames(const routing::Policy& policy) {
    std::vector<std::string> names;
    for (const auto& [name, settings] : policy.tiers) {
        names.push_back(name);
    }
    return names;
}

void applyOptions(routing::RouteRequest& request, const RouteOptions& options) {
    if (!options.model.empty()) {
        request.declaredModel = options.model;
    }
    if (!options.task.empty()) {
        request.taskType = options.task;
    }
    if (!options.userTier.empty() || !options.userModel.empty()) {
        request.userOverride = {options.userTier, options.userModel};
    }
    if (!options.skill.empty()) {
        request.skill = options.skill;
    }
    request.skillTier = options.skillTier;
    request.client = options.client;
    request.project = options.project;
    request.subagent = request.subagent || options.subagent;
    request.background = options.background;
    for (const std::string_view header : options.headers) {
        const auto colon = header.find(':');
        request.headers.emplace_back(header.substr(0, colon), header.substr(colon + 1));
    }
}

/// "Name: value", as a check of CLI11's: empty where it is one.
std::string headerProblem(const std::string& header) {
    const auto colon = header.find(':');
    return colon == std::string::npos || colon == 0 ? "'" + header + "' is no header; write 'X-Team: ops'"
                                                    : std::string();
}

/// By the members that only one of the dialects has. Of Chat and Messages, which both have `messages`:
/// Messages has its system text at the top, counts its budget as `thinking`, and describes tools by
/// `input_schema`.
gateway::wire::Dialect dialectOf(std::string_view body) {
    using gateway::wire::Dialect;
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) {
        return Dialect::Chat; // whose reader says what is wrong
    }
    if (json.contains("input") && !json.contains("messages")) {
        return Dialect::Responses;
    }
    const auto tools = json.find("tools");
    const bool hasMessagesTools = tools != json.end() && tools->is_array() && !tools->empty() &&
                                  tools->front().is_object() && tools->front().contains("input_schema");
    return json.contains("system") || json.contains("thinking") || hasMessagesTools ? Dialect::Messages
                                                                                    : Dialect::Chat;
}

routing::RouteRequest requestFrom(const gateway::wire::ScannedRequest& scanned) {
    routing::RouteRequest request;
    request.declaredModel = scanned.model;
    request.userText = scanned.userText;
    request.skill = scanned.skill;
    request.subagent = scanned.isMarkedSubagent;
    request.taskType = scanned.taskType;
    request.inputTokens = scanned.estimatedTokens;
    request.toolsOffered = scanned.tools;
    request.messages = scanned.messages;
    request.hasImages = scanned.hasImages;
    request.hasTemperature = scanned.hasTemperature;
    request.reasoning = scanned.hasReasoning;
    if (scanned.command && scanned.command->kind == routing::UserCommand::Kind::Tier) {
        request.userOverride.tier = scanned.command->argument;
    } else if (scanned.command && scanned.command->kind == routing::UserCommand::Kind::Model) {
        request.userOverride.model = scanned.command->argument;
    }
    return request;
}

/// The policy as `--classify model` wants it.
std::shared_ptr<const routing::Policy> askingModel(std::shared_ptr<const routing::Policy> policy) {
    auto asking = std::make_shared<routing::Policy>(*policy);
    asking->classifier.kind = routing::ClassifierKind::Model;
    return asking;
}

/// The routing model's word on a prompt, asked for and recorded as the gateway would.
Result<std::string> askModel(const Invocation& invocation, preferences::LivePreferences& live,
                             const routing::Policy& policy, std::string_view prompt) {
    const Workspace& workspace = invocation.workspace;
    sessions::StoreOptions storeOptions;
    storeOptions.file = workspace.storeFile();
    storeOptions.unsavedFile = workspace.unsavedFile();
    auto store = sessions::SessionStore::open(std::move(storeOptions));
    if (!store) {
        return tl::unexpected<Error>(std::move(store.error()));
    }
    preferences::LiveAvailability availability(workspace, invocation.clock);
    const auto log = gateway::TierLogWriter::toNowhere();
    gateway::GatewayOptions options;
    options.workspace = workspace.root();
    options.proxies = gateway::http::ProxyRules::fromEnvironment([&](const char* name) {
        auto value = invocation.secrets.fromEnvironment(name);
        return value ? std::move(*value) : std::string();
    });
    return gateway::runClassifier(
        options, {live, **store, invocation.secrets, invocation.clock, *log, &availability, nullptr}, policy,
        prompt);
}

Exit run(const Invocation& invocation, const RouteOptions& options) {
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    auto policy = live.current().policy;
    if (policy && options.asksModel) {
        policy = askingModel(policy);
    }
    if (!policy) {
        sayErrors(invocation, live.problems());
        return failRoute(invocation, Exit::PreferencesInvalid, "preferences_invalid",
                         "The preferences have errors; `tierctl check` lists them with their fixes.");
    }
    if (options.usagePercent && policy->degradation.empty()) {
        invocation.err << "tierctl: model-router.json has no degradation bands, so --usage-percent changes "
                          "nothing.\n";
    }
    if (!options.skillTier.empty() && !policy->isTier(options.skillTier)) {
        return failRoute(invocation, Exit::WrongUsage, "unknown_tier",
                         "There is no tier '" + options.skillTier + "'.", tierNames(*policy));
    }
    if (!options.skill.empty() && options.skillTier.empty()) {
        const auto names = skillNames(invocation.workspace);
        if (std::ranges::find(names, options.skill) == names.end()) {
            return failRoute(invocation, Exit::WrongUsage, "skill_not_found",
                             "There is no skill '" + options.skill + "' in " +
                                 invocation.workspace.skillsFolder().string() +
                                 " or the skillDirectories; name one that is there, or give --skill-tier.",
                             names);
        }
    }
    auto body = requestBody(invocation, options);
    if (!body) {
        return fail(invocation, Exit::WrongUsage, body.error());
    }
    body->reserve(body->size() + gateway::wire::bodyPadding);
    const auto dialect = options.requestFile.empty() ? gateway::wire::Dialect::Chat : dialectOf(*body);
    const auto scanned = gateway::wire::scanRequest(dialect, *body);
    if (!scanned) {
        return fail(invocation, Exit::WrongUsage, scanned.error());
    }
    routing::RouteRequest request = requestFrom(*scanned);
    applyOptions(request, options);

    routing::ProviderWishes wishes;
    if (!scanned->providerJson.empty()) {
        auto read = routing::readProviderWishes(scanned->providerJson);
        if (!read) {
            return fail(invocation, Exit::WrongUsage, read.error());
        }
        wishes = std::move(*read);
        request.hosts = wishes.hosts;
    }

    const routing::Conditions conditions = conditionsNow(invocation, *policy, options);
    const auto resolve = [&] {
        return scanned->models.empty() || !options.model.empty()
                   ? routing::resolve(request, *policy, {}, conditions)
                   : routing::resolveList(request, scanned->models, *policy, {}, conditions);
    };
    routing::RouteResult result = resolve();
    Exit exit = Exit::Done;
    std::string said;
    if (result && result->asksClassifier && options.asksModel) {
        using Kind = routing::ClassifierAnswer::Kind;
        if (auto answer = askModel(invocation, live, *policy, request.userText)) {
            said = std::move(*answer);
            request.classifierAnswer = {Kind::Tier, said, {}};
        } else {
            exit = fail(invocation, Exit::ProviderFailed, answer.error());
            said = std::move(answer.error().message);
            request.classifierAnswer = {Kind::Failed, {}, said};
        }
        result = resolve();
    }
    if (result && !wishes.empty()) {
        result = routing::narrow(std::move(*result), wishes, *policy);
    }
    if (!result) {
        const RouteFailure& failure = result.error();
        return failRoute(invocation, exitFor(failure.code), toString(failure.code), failure.message,
                         failure.near);
    }
    if (invocation.json) {
        invocation.out << routing::toJson(*result) << '\n';
        return exit;
    }
    const char* indent = "";
    for (const std::string& sentence : routing::explainFully(*result)) {
        invocation.out << indent << sentence << '\n';
        indent = "  "; // all behind the first explain it
    }
    return exit;
}

} // namespace

void addRoute(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand(
        "route",
        "Say which tier and model a request would get, and why; calls no one but for --classify model");
    const auto options = std::make_shared<RouteOptions>();
    CLI::Option* prompt = command->add_option("--prompt", options->prompt,
                                              "The last user message, commands included; - reads stdin");
    command
        ->add_option("--request", options->requestFile,
                     "A body of Chat Completions, Responses or Messages; - reads stdin")
        ->excludes(prompt);
    command->add_option("--model", options->model,
                        "The model as a client names it: auto, tier-coding, openai/gpt-5.2");
    command->add_option("--task", options->task, "The task type");
    command->add_option("--skill", options->skill, "The active skill's name");
    command->add_option("--skill-tier", options->skillTier, "The tier that the active skill asks for");
    command->add_option("--user-tier", options->userTier, "As /tier would");
    command->add_option("--user-model", options->userModel, "As /model would");
    command->add_option("--client", options->client, "Who asks, for rules");
    command->add_option("--project", options->project, "For which project, for rules");
    command->add_option("--header", options->headers, "A header of the request, for rules; may be repeated")
        ->type_name("'NAME: VALUE'")
        ->allow_extra_args(false)
        ->check(headerProblem);
    command->add_flag("--subagent", options->subagent, "As a sub-agent asks, for rules");
    command->add_flag("--background", options->background, "As background work, for rules");
    command
        ->add_option("--usage-percent", options->usagePercent,
                     "Every model's used percent, for degradation bands")
        ->check(CLI::Range(0.0, 1000.0));
    command
        ->add_option_function<std::string>(
            "--classify", [options](const std::string&) { options->asksModel = true; },
            "model: ask routingModel which tier the prompt is for; that call is recorded and costs what it "
            "costs")
        ->type_name("KIND")
        ->check(CLI::IsMember({"model"}));
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
