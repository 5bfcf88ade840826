#include "core/preferences/llm_reader.h"

#include "core/foundation/json_text.h"
#include "core/pricing/catalogue_keys.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tierdeck::preferences {

using routing::ApiType;
using routing::KeySource;
using routing::ModelId;
using routing::Policy;
using routing::ProviderModel;
using routing::ProviderSettings;

namespace {

constexpr auto knownKeys = std::to_array<std::string_view>({"providers", "tokens", "$schema"});
constexpr auto knownProviderKeys =
    std::to_array<std::string_view>({"apiType", "baseUrl", "apiKey", "headers", "timeoutSeconds", "models",
                                     "quota", "prices", "fixedTemperature", "local",
                                     // other runtimes'
                                     "requestTimeoutSeconds", "legacyApi", "name"});
constexpr auto knownModelKeys =
    std::to_array<std::string_view>({"id", "sameAs", "contextWindow", "fixedTemperature"});

constexpr auto knownQuotaKeys = std::to_array<std::string_view>({"name", "percentUsed"});
constexpr auto knownTokenKeys = std::to_array<std::string_view>({"name", "env"});

constexpr std::string_view openAiUrl = "https://api.openai.com/v1";
constexpr std::string_view anthropicUrl = "https://api.anthropic.com";

/// Where a file says none: other runtimes know the vendor by the provider's name.
ApiType usualApiType(std::string_view provider) {
    if (provider == "openai")
        return ApiType::OpenAi;
    if (provider == "anthropic")
        return ApiType::Anthropic;
    return ApiType::OpenAiChat;
}

/// "azure-gpt" → "AZURE_GPT_API_KEY".
std::string usualVariable(std::string_view provider) {
    std::string variable;
    for (const char c : provider)
        variable += std::isalnum(static_cast<unsigned char>(c))
                        ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                        : '_';
    return variable + "_API_KEY";
}

class ProviderReader {
public:
    ProviderReader(std::string name, const JsonSection& section)
        : m_section(section)
        , m_findings(section.findings()) {
        m_provider.name = std::move(name);
    }

    ProviderSettings read() {
        m_section.warnOfUnknownKeys(knownProviderKeys);
        apiType();
        m_provider.local = m_section.flag("local").value_or(false);
        baseUrl();
        key();
        m_provider.headers = m_section.textMap("headers");
        auto seconds = m_section.integer("timeoutSeconds", 1, 86'400);
        if (!seconds)
            seconds = m_section.integer("requestTimeoutSeconds", 1, 86'400);
        if (seconds)
            m_provider.idleTimeoutSeconds = static_cast<int>(*seconds);
        m_provider.fixedTemperature = m_section.flag("fixedTemperature").value_or(false);
        models();
        quota();
        prices();
        return std::move(m_provider);
    }

private:
    void prices() {
        const auto prices = m_section.object("prices");
        if (!prices)
            return;
        m_provider.pricesJson = prices->json().dump();
        warnOfUnknownPrices(*prices);
    }

    void apiType() {
        m_provider.apiType = usualApiType(m_provider.name);
        const auto text = m_section.text("apiType");
        if (!text)
            return;
        if (const auto type = routing::apiTypeFrom(*text)) {
            m_provider.apiType = *type;
            return;
        }
        m_findings.error(m_section.pointerTo("apiType"),
                         "'" + *text +
                             "' is no apiType; it is openai, openai-chat, "
                             "anthropic or simulated.",
                         Fix{"Use openai-chat", m_section.pointerTo("apiType"), "\"openai-chat\""});
    }

    void baseUrl() {
        auto url = m_section.text("baseUrl").value_or("");
        while (url.ends_with('/'))
            url.pop_back();
        if (!url.empty()) {
            if (!url.starts_with("http://") && !url.starts_with("https://"))
                m_findings.error(m_section.pointerTo("baseUrl"),
                                 "A baseUrl begins with http:// or https://.");
            m_provider.baseUrl = std::move(url);
            return;
        }
        switch (m_provider.apiType) {
        case ApiType::OpenAi:
            m_provider.baseUrl = openAiUrl;
            break;
        case ApiType::Anthropic:
            m_provider.baseUrl = anthropicUrl;
            break;
        case ApiType::OpenAiChat:
            m_findings.error(m_section.pointer(), "The provider '" + m_provider.name +
                                                      "' needs a baseUrl, such as "
                                                      "http://127.0.0.1:11434/v1.");
            break;
        case ApiType::Simulated:
            break;
        }
    }

    void key() {
        const Json* const value = m_section.find("apiKey");
        if (!value)
            return;
        const std::string pointer = m_section.pointerTo("apiKey");
        if (value->is_string()) {
            plainKey(value->get<std::string>(), pointer);
            return;
        }
        if (!value->is_object()) {
            m_section.wrongType(pointer, *value, "an object such as {\"env\": \"OPENAI_API_KEY\"}");
            return;
        }
        const JsonSection form(*value, pointer, m_findings);
        KeySource& key = m_provider.key;
        int forms = 0;
        const auto take = [&](const char* name, KeySource::Kind kind) {
            if (const auto text = form.text(name); text && !text->empty()) {
                key = {kind, *text};
                ++forms;
            }
        };
        take("env", KeySource::Kind::Environment);
        take("keychain", KeySource::Kind::Keychain);
        take("file", KeySource::Kind::File);
        if (form.flag("client").value_or(false)) {
            key = {KeySource::Kind::Client, {}};
            ++forms;
        }
        if (const auto text = form.text("value"); text && !text->empty()) { // another runtime's
            plainKey(*text, form.pointerTo("value"));
            ++forms;
        }
        if (forms != 1)
            m_findings.error(pointer,
                             "An apiKey is exactly one of {\"env\": …}, {\"keychain\": …}, {\"file\": …} or "
                             "{\"client\": true}.");
    }

    void plainKey(std::string text, const std::string& pointer) {
        if (text.empty())
            return;
        m_provider.key = {KeySource::Kind::Plain, std::move(text)};
        const std::string variable = usualVariable(m_provider.name);
        m_findings.warning(pointer,
                           "The key of '" + m_provider.name +
                               "' stands here in plain text; keep it in the keychain or "
                               "in an environment variable.",
                           Fix{"Read it from " + variable + " instead (set that first)",
                               m_section.pointerTo("apiKey"), "{\"env\": " + jsonQuoted(variable) + "}"});
    }

    void models() {
        const Json* const entries = m_section.array("models");
        for (std::size_t i = 0; entries && i < entries->size(); ++i) {
            const Json& entry = (*entries)[i];
            const std::string pointer = m_section.pointerTo("models") + "/" + std::to_string(i);
            ProviderModel model;
            if (entry.is_string()) {
                model.id = entry.get<std::string>();
            } else if (entry.is_object()) {
                const JsonSection section(entry, pointer, m_findings);
                section.warnOfUnknownKeys(knownModelKeys);
                model.id = section.text("id").value_or("");
                model.contextWindow = section.integer("contextWindow", 1);
                model.fixedTemperature = section.flag("fixedTemperature").value_or(false);
                if (const auto same = section.text("sameAs")) {
                    model.sameAs = ModelId::parse(*same);
                    if (!model.sameAs)
                        m_findings.error(section.pointerTo("sameAs"),
                                         "A sameAs is written as provider/model, such as "
                                         "openai/gpt-5.2.");
                }
            } else {
                m_section.wrongType(pointer, entry, "a model's id or an object with 'id'");
                continue;
            }
            if (model.id.empty())
                m_findings.error(pointer, "This model has no id.");
            else if (m_provider.findModel(model.id))
                m_findings.warning(pointer,
                                   "The model '" + model.id + "' stands here twice; the first one counts.",
                                   Fix{"Remove this one", pointer, std::nullopt});
            else
                m_provider.models.push_back(std::move(model));
        }
    }

    void quota() {
        const auto section = m_section.object("quota");
        if (!section)
            return;
        section->warnOfUnknownKeys(knownQuotaKeys);
        const auto name = section->text("name");
        const auto percent = section->number("percentUsed", {0, 1000});
        if (name && !name->empty())
            m_provider.quota = routing::ProviderQuota{*name, percent};
        else
            m_findings.warning(section->pointer(),
                               "The quota of '" + m_provider.name + "' has no name, so it is not used.");
    }

    const JsonSection& m_section;
    Findings& m_findings;
    ProviderSettings m_provider;
};

void readTokens(const JsonSection& section, Policy& policy) {
    const Json* const entries = section.array("tokens");
    for (std::size_t i = 0; entries && i < entries->size(); ++i) {
        const std::string pointer = section.pointerTo("tokens") + "/" + std::to_string(i);
        if (!(*entries)[i].is_object()) {
            section.wrongType(pointer, (*entries)[i], "an object with 'name' and 'env'");
            continue;
        }
        const JsonSection token((*entries)[i], pointer, section.findings());
        token.warnOfUnknownKeys(knownTokenKeys);
        const auto name = token.text("name");
        const auto variable = token.text("env");
        const bool isNew = std::none_of(policy.clientTokens.begin(), policy.clientTokens.end(),
                                        [&](const auto& other) { return name && other.name == *name; });
        if (!name || name->empty() || !variable || variable->empty())
            section.findings().warning(pointer, "A client token needs a 'name' and the 'env' variable that "
                                                "holds it, so this one is not used.");
        else if (!isNew)
            section.findings().warning(pointer,
                                       "The token '" + *name + "' stands here twice; the first one counts.");
        else
            policy.clientTokens.push_back({*name, *variable});
    }
}

void readSection(const JsonSection& section, Policy& policy, LlmReading& reading) {
    section.warnOfUnknownKeys(knownKeys);
    readTokens(section, policy);
    const auto providers = section.object("providers");
    if (!providers)
        return;
    for (const auto& [name, value] : providers->json().items()) {
        const auto provider = providers->object(name);
        if (!provider)
            continue;
        if (name.empty() || name.find('/') != std::string::npos || name == "tier") {
            provider->findings().error(provider->pointer(), "A provider cannot be named '" + name +
                                                                "', since no model could name it.");
            continue;
        }
        policy.providers[name] = ProviderReader(name, *provider).read();
        policy.providerOrder.push_back(name);
        reading.providers.push_back({name, provider->pointer()});
    }
}

} // namespace

void warnOfUnknownPrices(const JsonSection& prices) {
    // A misspelt class is billed as another, and nothing else would say so. What is no price is an error of
    // the table's.
    for (const auto& [model, price] : prices.json().items()) {
        if (model != "_meta" && price.is_object())
            prices.object(model)->warnOfUnknownKeys(pricing::catalogueKeys());
    }
}

LlmReading readLlm(const Json& document, Findings& findings, Policy& policy) {
    LlmReading reading;
    const JsonSection whole(document, "", findings);
    if (!document.is_object()) {
        findings.error("", "llm.json must be an object.");
        return reading;
    }
    if (document.empty())
        return reading;
    if (!document.contains("llm")) {
        reading.root.clear();
        readSection(whole, policy, reading);
    } else if (const auto section = whole.object("llm")) {
        readSection(*section, policy, reading);
    }
    return reading;
}

} // namespace tierdeck::preferences
