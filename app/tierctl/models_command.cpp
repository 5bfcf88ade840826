#include "app/tierctl/command.h"
#include "app/tierctl/provider_key.h"
#include "app/tierctl/text_table.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_writer.h"
#include "core/gateway/model_query.h"
#include "core/routing/policy.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace tierdeck::app {
namespace {

using gateway::OfferedModel;
using routing::Policy;
using routing::ProviderSettings;
using Json = nlohmann::ordered_json;

constexpr auto right = TextTable::Align::Right;
constexpr int picoPerMillionTokens =
    6; ///< decimals: a pico-dollar a token is a millionth of a dollar per million

struct Options {
    std::string provider;
    bool refresh = false;
};

/// What a provider said when it was asked last.
struct Answer {
    UtcTime time{};
    std::vector<OfferedModel> models;
};

using Answers = std::map<std::string, Answer>;

struct Row {
    std::string model;
    std::string provider;
    std::optional<std::int64_t> contextWindow;
    std::optional<pricing::Rates> price;
    std::string source;
};

/// A file that cannot be read is as good as none: it is written anew with the next answer.
Answers readAnswers(const Workspace& workspace) {
    Answers answers;
    const auto text = readFile(workspace.offeredModelsFile());
    if (!text) {
        return answers;
    }
    const Json document = Json::parse(*text, nullptr, false);
    try {
        for (const auto& [name, entry] : document.at("providers").items()) {
            Answer& answer = answers[name];
            answer.time = parseRfc3339(entry.at("time").get<std::string>()).value_or(UtcTime());
            for (const Json& model : entry.at("models")) {
                const Json& window = model.at("contextWindow");
                answer.models.push_back(
                    {model.at("id").get<std::string>(),
                     window.is_null() ? std::nullopt : std::optional(window.get<std::int64_t>())});
            }
        }
    } catch (const nlohmann::json::exception&) {
        answers.clear();
    }
    return answers;
}

Result<void> writeAnswers(const Workspace& workspace, const Answers& answers) {
    Json providers = Json::object();
    for (const auto& [name, answer] : answers) {
        Json models = Json::array();
        for (const OfferedModel& model : answer.models) {
            models.push_back(
                {{"id", model.id},
                 {"contextWindow", model.contextWindow ? Json(*model.contextWindow) : Json(nullptr)}});
        }
        providers[name] = {{"time", toRfc3339(answer.time)}, {"models", std::move(models)}};
    }
    return writeFileAtomically(workspace.offeredModelsFile(),
                               Json{{"providers", std::move(providers)}}.dump(1) + '\n');
}

Result<std::vector<OfferedModel>> ask(const Invocation& invocation, const ProviderSettings& provider) {
    if (provider.apiType == routing::ApiType::Simulated) {
        return failure(ErrorCode::Unsupported,
                       provider.name + " is simulated: it answers to every name, and lists none.");
    }
    const auto url = gateway::http::parseUrl(provider.baseUrl);
    if (!url) {
        return failure(ErrorCode::InvalidInput,
                       "The baseUrl of " + provider.name + " in llm.json is no http or https address.");
    }
    auto key = keyOf(provider, invocation.secrets);
    if (!key) {
        return tl::unexpected<Error>(std::move(key.error()));
    }
    gateway::ModelQuery query;
    query.url = *url;
    query.isAnthropic = provider.apiType == routing::ApiType::Anthropic;
    query.key = std::move(*key);
    query.headers = provider.headers;
    query.connectTimeout = std::chrono::seconds(provider.connectTimeoutSeconds);
    query.proxies = gateway::http::ProxyRules::fromEnvironment([&](const char* name) {
        auto value = invocation.secrets.fromEnvironment(name);
        return value ? std::move(*value) : std::string();
    });
    return gateway::askForModels(query);
}

Row rowOf(const Policy& policy, const std::string& provider, const std::string& id, const char* source,
          UtcTime now) {
    Row row{provider + "/" + id, provider, std::nullopt, policy.prices.rates(provider, id, now), source};
    const auto* settings = policy.findProvider(provider);
    if (const auto* listed = settings ? settings->findModel(id) : nullptr) {
        row.contextWindow = listed->contextWindow;
    }
    if (!row.contextWindow) {
        row.contextWindow = policy.prices.contextWindow(provider, id);
    }
    return row;
}

/// What the provider said last; where it never did, what llm.json and the catalogue know.
void addRows(std::vector<Row>& rows, const Policy& policy, const ProviderSettings& provider,
             const Answers& answers, UtcTime now) {
    if (const auto answer = answers.find(provider.name); answer != answers.end()) {
        for (const OfferedModel& model : answer->second.models) {
            Row row = rowOf(policy, provider.name, model.id, "provider", now);
            row.contextWindow = model.contextWindow ? model.contextWindow : row.contextWindow;
            rows.push_back(std::move(row));
        }
        return;
    }
    for (const routing::ProviderModel& model : provider.models) {
        rows.push_back(rowOf(policy, provider.name, model.id, "llm.json", now));
    }
    if (provider.models.empty()) {
        for (const std::string& id : policy.prices.ids(provider.name)) {
            rows.push_back(
                rowOf(policy, provider.name, id.substr(provider.name.size() + 1), "catalogue", now));
        }
    }
}

void writeJson(const Invocation& invocation, const std::vector<Row>& rows, const Answers& answers,
               const std::vector<std::string>& providers) {
    JsonWriter json(invocation.out);
    json.beginObject();
    json.key("models"), json.beginArray();
    for (const Row& row : rows) {
        json.beginObject();
        json.member("model", row.model);
        json.member("provider", row.provider);
        json.key("contextWindow");
        row.contextWindow ? json.integer(*row.contextWindow) : json.null();
        json.key("price");
        if (row.price) {
            json.beginObject();
            json.key("input"), json.raw(decimalText(row.price->input.value, picoPerMillionTokens));
            json.key("output"), json.raw(decimalText(row.price->output.value, picoPerMillionTokens));
            json.endObject();
        } else {
            json.null();
        }
        json.member("source", row.source);
        json.endObject();
    }
    json.endArray();
    json.key("asked"), json.beginArray();
    for (const std::string& name : providers) {
        if (const auto answer = answers.find(name); answer != answers.end()) {
            json.beginObject();
            json.member("provider", name);
            json.member("time", toRfc3339(answer->second.time));
            json.key("models"), json.integer(static_cast<std::int64_t>(answer->second.models.size()));
            json.endObject();
        }
    }
    json.endArray();
    json.endObject();
    invocation.out << '\n';
}

void writeText(const Invocation& invocation, const std::vector<Row>& rows) {
    if (rows.empty()) {
        invocation.out << "No models are known; `tierctl models --refresh` asks the providers.\n";
        return;
    }
    TextTable table;
    table.column("model");
    table.column("$/M in", right);
    table.column("$/M out", right);
    table.column("window", right);
    table.column("said by");
    for (const Row& row : rows) {
        table.row({row.model,
                   row.price ? decimalText(row.price->input.value, picoPerMillionTokens) : "unpriced",
                   row.price ? decimalText(row.price->output.value, picoPerMillionTokens) : "unpriced",
                   row.contextWindow ? groupedText(*row.contextWindow) : "unknown", row.source});
    }
    table.print(invocation.out);
}

Exit run(const Invocation& invocation, const Options& options) {
    const auto usable = usablePolicy(invocation);
    if (!usable) {
        return usable.error();
    }
    const auto& policy = *usable;
    std::vector<std::string> providers = policy->providerOrder;
    if (!options.provider.empty()) {
        if (!policy->findProvider(options.provider)) {
            return fail(invocation, Exit::WrongUsage,
                        "There is no provider '" + options.provider + "' in llm.json.");
        }
        providers = {options.provider};
    }
    const UtcTime now = invocation.clock.now();
    Answers answers = readAnswers(invocation.workspace);
    Exit exit = Exit::Done;
    bool changed = false;
    for (const std::string& name : providers) {
        const auto& provider = *policy->findProvider(name);
        const bool isWanted =
            options.refresh && (provider.apiType != routing::ApiType::Simulated || !options.provider.empty());
        if (!isWanted) {
            continue;
        }
        if (auto offered = ask(invocation, provider)) {
            answers[name] = {now, std::move(*offered)};
            changed = true;
        } else {
            exit = fail(invocation, Exit::ProviderFailed, offered.error());
        }
    }
    if (changed) {
        if (auto done = writeAnswers(invocation.workspace, answers); !done) {
            invocation.err << "tierctl: " << done.error().message
                           << '\n'; // what was answered is shown all the same
        }
    }
    std::vector<Row> rows;
    for (const std::string& name : providers) {
        addRows(rows, *policy, *policy->findProvider(name), answers, now);
    }
    if (invocation.json) {
        writeJson(invocation, rows, answers, providers);
    } else {
        writeText(invocation, rows);
    }
    return exit;
}

} // namespace

void addModels(CLI::App& line, Command& chosen) {
    CLI::App* command =
        line.add_subcommand("models", "What providers offer, with prices and windows where they are known");
    const auto options = std::make_shared<Options>();
    command->add_option("PROVIDER", options->provider, "One provider of llm.json (default: all)");
    command->add_flag("--refresh", options->refresh, "Ask the provider now, and remember what it says");
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
