#include "core/preferences/first_setup.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/recommended_models.h"
#include "core/routing/policy.h"

#include <algorithm>

namespace tierdeck::preferences {

namespace {

constexpr std::string_view simulatedName = "sim";

struct Vendor {
    std::string_view name;
    std::string_view variable;
};

constexpr Vendor openAi{"openai", "OPENAI_API_KEY"};
constexpr Vendor anthropic{"anthropic", "ANTHROPIC_API_KEY"};

/// llm.json with the providers at hand, the best one first, the simulated one last.
class ProvidersDocument {
public:
    void addVendor(const Vendor& vendor, std::string_view apiType) {
        add(vendor.name, "{\"apiType\": " + jsonQuoted(apiType) +
                             ", \"apiKey\": {\"env\": " + jsonQuoted(vendor.variable) + "}}");
    }

    void addLocal(const FoundLocal& local) {
        std::string models;
        for (const std::string& model : local.models)
            models.append(models.empty() ? "" : ", ").append(jsonQuoted(model));
        add(local.name, "{\"apiType\": \"openai-chat\", \"baseUrl\": " + jsonQuoted(local.baseUrl) +
                            ", \"local\": true, \"models\": [" + models + "]}");
    }

    void addSimulated() { add(simulatedName, "{\"apiType\": \"simulated\"}"); }

    [[nodiscard]] std::string text() const {
        return "{\n  \"llm\": {\n    \"providers\": {\n" + m_members + "\n    }\n  }\n}\n";
    }

private:
    void add(std::string_view name, const std::string& json) {
        m_members.append(m_members.empty() ? "" : ",\n")
            .append("      ")
            .append(jsonQuoted(name))
            .append(": ");
        m_members.append(json);
    }

    std::string m_members;
};

std::string routerText(const RecommendedModels& models) {
    const auto member = [](std::string_view key, const std::string& json) {
        return "    " + jsonQuoted(key) + ": " + json;
    };
    return "{\n  \"modelRouter\": {\n" + member("routingModel", jsonQuoted(models.balanced)) + ",\n" +
           member("balancedModel", jsonQuoted(models.balanced)) + ",\n" +
           member("codingModel", jsonQuoted(models.coding)) + ",\n" + member("dynamicTierEnabled", "true") +
           "\n  }\n}\n";
}

std::string providersFound(const SecretSource& secrets, const std::vector<FoundLocal>& local) {
    ProvidersDocument document;
    if (secrets.fromEnvironment(std::string(openAi.variable)))
        document.addVendor(openAi, "openai");
    if (secrets.fromEnvironment(std::string(anthropic.variable)))
        document.addVendor(anthropic, "anthropic");
    for (const FoundLocal& runtime : local)
        document.addLocal(runtime);
    document.addSimulated();
    return document.text();
}

bool canBeCalled(const routing::ProviderSettings& provider, const SecretSource& secrets) {
    using Kind = routing::KeySource::Kind;
    switch (provider.key.kind) {
    case Kind::Environment:
        return secrets.fromEnvironment(provider.key.name).has_value();
    case Kind::Keychain:
        return secrets.fromKeychain(provider.key.name).has_value();
    case Kind::File:
        return secrets.fromFile(provider.key.name).has_value();
    case Kind::None:
        return provider.local;
    case Kind::Client:
    case Kind::Plain:
        return true;
    }
    return false;
}

/// The provider at hand first: one whose key is there, then the simulated ones, then the rest.
std::vector<std::string> byUse(const routing::Policy& policy, const SecretSource& secrets) {
    const auto rank = [&](const std::string& name) {
        const routing::ProviderSettings& provider = *policy.findProvider(name);
        if (provider.apiType == routing::ApiType::Simulated)
            return 1;
        return canBeCalled(provider, secrets) && recommendedModels(provider, policy.prices) ? 0 : 2;
    };
    std::vector<std::string> names = policy.providerOrder;
    std::stable_sort(names.begin(), names.end(),
                     [&rank](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
    return names;
}

Result<std::optional<std::string>> textIfThere(const std::filesystem::path& path) {
    auto text = readFile(path);
    if (text)
        return std::optional(std::move(*text));
    if (text.error().code == ErrorCode::NotFound)
        return std::optional<std::string>();
    return tl::unexpected(text.error());
}

} // namespace

Result<FirstSetup> initialiseWorkspace(const Workspace& workspace, const SecretSource& secrets,
                                       const std::vector<FoundLocal>& local) {
    FirstSetup setup;
    const auto write = [&setup](const std::filesystem::path& path, const std::string& text) {
        auto written = writeFileAtomically(path, text);
        if (written)
            setup.written.push_back(path.string());
        return written;
    };

    auto llm = textIfThere(workspace.llmFile());
    if (!llm)
        return tl::unexpected(llm.error());
    const auto router = textIfThere(workspace.modelRouterFile());
    if (!router)
        return tl::unexpected(router.error());

    const bool llmStood = llm->has_value();
    if (!llmStood)
        *llm = providersFound(secrets, local);
    const PolicyReading reading = readPolicy({std::nullopt, *llm, std::nullopt}, {}, nullptr);
    if (!reading.policy) {
        return failure(ErrorCode::ParseFailed,
                       "llm.json stands already and has errors; mend it first (`tierctl check` lists them).",
                       reading.problems.front().message);
    }
    const routing::Policy& policy = *reading.policy;
    setup.providers = byUse(policy, secrets);

    // The providers come first: a router without them would name models that nobody can call.
    if (!llmStood) {
        if (auto written = write(workspace.llmFile(), **llm); !written)
            return tl::unexpected(written.error());
    }
    if (!*router) {
        std::optional<RecommendedModels> models;
        for (const std::string& name : setup.providers) {
            models = recommendedModels(*policy.findProvider(name), policy.prices);
            if (models)
                break;
        }
        const std::string text = models ? routerText(*models)
                                        : "{\n  \"modelRouter\": {\n    \"dynamicTierEnabled\": "
                                          "true\n  }\n}\n";
        if (auto written = write(workspace.modelRouterFile(), text); !written)
            return tl::unexpected(written.error());
    }
    return setup;
}

} // namespace tierdeck::preferences
