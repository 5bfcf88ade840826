#include "core/preferences/policy_reader.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/preferences/checks.h"
#include "core/routing/complexity_head.h"
#include "core/routing/user_head.h"

#include <algorithm>
#include <array>

namespace tierdeck::preferences {

using routing::Policy;

namespace {

constexpr std::string_view routerName = "model-router.json";
constexpr std::string_view llmName = "llm.json";
constexpr std::string_view pricesName = "prices.json";
constexpr std::string_view skillsName = "skills";
constexpr std::string_view userHeadName = "complexity-head.bin";

/// An absent file is an empty object. nullopt where there is no reading it.
std::optional<Json> parseFile(const std::optional<std::string>& text, Findings& findings,
                              std::vector<Problem>& problems) {
    if (!text)
        return Json::object();
    if (const auto checked = JsonText::parse(*text); !checked) {
        problems.push_back(
            {findings.file(), "", Severity::Error, checked.error().message, checked.error().detail, {}});
        return std::nullopt;
    }
    try {
        return Json::parse(*text);
    } catch (const Json::exception&) { // valid JSON all the same: a number beyond every double
        findings.error("", "A number in " + findings.file() + " is too large to be read.");
        return std::nullopt;
    }
}

/// The catalogue, what providers say about their own models, and the user's file over both: views of texts
/// that must outlive this.
class PriceLayers {
public:
    PriceLayers(const Policy& policy, const LlmReading& llm, const std::string* prices) {
        m_layers.push_back({"the price catalogue", pricing::shippedCatalogue()});
        m_pointers.emplace_back();
        for (const ProviderUse& use : llm.providers) {
            const routing::ProviderSettings* const provider = policy.findProvider(use.name);
            const bool isFree =
                provider && (provider->local || provider->apiType == routing::ApiType::Simulated);
            if (!provider || (provider->pricesJson.empty() && !isFree))
                continue;
            m_layers.push_back({llmName, provider->pricesJson, provider->name, isFree});
            m_pointers.push_back(use.pointer + "/prices");
        }
        if (prices) {
            m_layers.push_back({pricesName, *prices});
            m_pointers.emplace_back();
        }
    }

    [[nodiscard]] pricing::PriceTable table(Findings& llm, Findings& prices) const {
        auto table = pricing::PriceTable::fromLayers(m_layers);
        if (table)
            return std::move(*table);
        // Which layer is wrong is found by adding one after the other; what was right before it still counts.
        pricing::PriceTable best;
        for (std::size_t count = 1; count <= m_layers.size(); ++count) {
            const auto last = m_layers.begin() + static_cast<std::ptrdiff_t>(count);
            auto partial = pricing::PriceTable::fromLayers({m_layers.begin(), last});
            if (partial) {
                best = std::move(*partial);
                continue;
            }
            const std::string& detail = partial.error().detail;
            const std::string pointer =
                m_pointers[count - 1] + (detail.starts_with('/') ? detail : std::string());
            (m_layers[count - 1].name == llmName ? llm : prices).error(pointer, partial.error().message);
            break;
        }
        return best;
    }

private:
    std::vector<pricing::PriceLayer> m_layers;
    std::vector<std::string> m_pointers;
};

std::string fingerprint(const PreferencesTexts& texts,
                        const std::map<std::string, std::string, std::less<>>& skillTiers) {
    std::string all;
    for (const auto* text : {&texts.modelRouter, &texts.llm, &texts.prices, &texts.userHead}) {
        if (text == &texts.userHead && !*text)
            continue;
        all += *text ? std::to_string((*text)->size()) + ":" + **text : "-";
        all += '\0';
    }
    for (const auto& [skill, tier] : skillTiers)
        all.append(skill).append(1, '\0').append(tier).append(1, '\0');
    return fingerprintOf(all).text();
}

std::size_t fileOrder(const Problem& problem) {
    constexpr std::array<std::string_view, 5> order{routerName, llmName, pricesName, skillsName,
                                                    userHeadName};
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), problem.file) - order.begin());
}

/// Null where there is none, where it is not worth using, or where it cannot be read, which is a warning.
std::shared_ptr<const routing::ComplexityHead> readUserHead(const std::optional<std::string>& bytes,
                                                            std::vector<Problem>& problems) {
    if (!bytes)
        return nullptr;
    auto head = routing::ComplexityHead::parse(*bytes);
    if (!head) {
        problems.push_back(
            {std::string(userHeadName),
             "",
             Severity::Warning,
             "What your labels taught the complexity score cannot be read, so it is not used; run "
             "`tierctl train`.",
             head.error().detail,
             {}});
        return nullptr;
    }
    if (!routing::isWorthUsing(head->origin()))
        return nullptr;
    return std::make_shared<const routing::ComplexityHead>(std::move(*head));
}

std::optional<std::string> setPointer(const JsonText& document, std::string pointer) {
    const auto value = document.value(pointer);
    return value && *value != "null" ? std::optional(std::move(pointer)) : std::nullopt;
}

} // namespace

PolicyReading readPolicy(const PreferencesTexts& texts,
                         const std::map<std::string, std::string, std::less<>>& skillTiers,
                         const SecretSource* secrets, UtcTime now,
                         const std::vector<TrustedCommand>* trusted) {
    PolicyReading reading;
    std::vector<Problem>& problems = reading.problems;
    Findings routerFindings{std::string(routerName), problems};
    Findings llmFindings{std::string(llmName), problems};
    Findings pricesFindings{std::string(pricesName), problems};
    Findings skillFindings{std::string(skillsName), problems};

    auto policy = std::make_shared<Policy>(Policy::withDefaults());
    policy->skillTiers = skillTiers;
    policy->userHead = readUserHead(texts.userHead, problems);
    policy->fingerprint = fingerprint(texts, skillTiers);
    const auto routerJson = parseFile(texts.modelRouter, routerFindings, problems);
    const auto llmJson = parseFile(texts.llm, llmFindings, problems);
    const auto pricesJson = parseFile(texts.prices, pricesFindings, problems);

    const RouterReading router =
        routerJson ? readModelRouter(*routerJson, routerFindings, *policy) : RouterReading{};
    const LlmReading llm = llmJson ? readLlm(*llmJson, llmFindings, *policy) : LlmReading{};
    const PriceLayers layers(*policy, llm, pricesJson && texts.prices ? &*texts.prices : nullptr);
    policy->prices = layers.table(llmFindings, pricesFindings);
    if (pricesJson && pricesJson->is_object())
        warnOfUnknownPrices(JsonSection(*pricesJson, "", pricesFindings));
    // Without one of the two files every model would seem to lack its provider.
    if (routerJson && llmJson)
        checkPreferences({*policy, router, llm, secrets, now, trusted},
                         {routerFindings, llmFindings, skillFindings});

    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        if (a.severity != b.severity)
            return a.severity == Severity::Error;
        return fileOrder(a) < fileOrder(b);
    });
    if (!hasErrors(problems))
        reading.policy = std::move(policy);
    return reading;
}

std::optional<std::string> findKey(std::string_view fileText, std::string_view key) {
    const auto document = JsonText::parse(std::string(fileText));
    if (!document)
        return std::nullopt;
    const std::string_view wrapper = key == "providers" ? "/llm" : "/modelRouter";
    const std::string root(document->find(wrapper) ? wrapper : std::string_view());
    if (auto found = setPointer(*document, root + "/" + escapePointerToken(key)))
        return found;
    if (key == "routingModel")
        return setPointer(*document, root + "/routing/model");
    for (const std::string_view tier : routing::tiers::four) {
        if (key == std::string(tier) + "Model")
            return setPointer(*document, root + "/tiers/" + std::string(tier) + "/model");
    }
    return std::nullopt;
}

} // namespace tierdeck::preferences
