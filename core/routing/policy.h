// Everything that the user decided about routing, as one immutable value made from model-router.json and
// llm.json by preferences (or by a test). Immutable after it is made; shared between threads as
// shared_ptr<const Policy>.
#pragma once

#include "core/pricing/price_table.h"
#include "core/routing/budget.h"
#include "core/routing/cascade.h"
#include "core/routing/model_id.h"
#include "core/routing/provider_settings.h"
#include "core/routing/reason.h"
#include "core/routing/tier.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

struct TierSettings {
    std::optional<ModelId> model; ///< unset: falls as the contract says (deep → smart → balanced …)
    std::string label;            ///< "" = the tier's own name
    int rank = 10;
    std::string reasoning; ///< "" = not set
    std::optional<double> temperature;
    std::string note;
};

class ComplexityHead; // complexity_head.h

/// A fallback: a model, or the model that serves a tier (`tier/smart`). One level: its own fallbacks are not
/// followed.
struct FallbackTarget {
    std::optional<ModelId> model;
    std::string tier;
};

/// Keyed by tier name, by model id, or "*".
using FallbackMap = std::map<std::string, std::vector<FallbackTarget>, std::less<>>;

struct RetrySettings {
    int attempts = 2; ///< tries of one model in all
    int baseDelayMs = 500;
    int maxDelayMs = 30000;
};

struct CooldownSettings {
    int failures = 3;
    int seconds = 30;
};

struct RuleCondition {
    std::vector<std::string> keywords; ///< whole words, case ignored, any of them
    std::optional<std::string> taskType;
    std::optional<std::string> client;
    std::optional<std::string> project;
    std::map<std::string, std::string> headers;
    std::optional<std::int64_t> minInputTokens;
    std::optional<bool> hasImages;
    std::optional<bool> subagent;
    std::optional<bool> background;
};

struct Rule {
    std::string name;
    RuleCondition when;
    std::string tier;
};

/// A client's model name → a tier, `auto` or a model. The order of the file; `*` is the only wildcard.
struct Alias {
    std::string pattern;
    std::string target;
};

enum class ClassifierKind { Heuristic, Model, Hybrid, Off };

struct ClassifierSettings {
    ClassifierKind kind = ClassifierKind::Heuristic;
    int timeoutMs = 5000;
    int maxTokens = 256;
    double hybridBand = 0.08;
    double smartThreshold = 0.52;
    double deepThreshold = 0.80;
    double codingThreshold = 0.50;
};

/// How the hosts of one model (`sameAs`) are used.
struct ProviderPolicy {
    enum class Sort {
        Order,  ///< as `order` and then llm.json list them
        Price,  ///< the cheapest first, after those that `order` names
        Latency ///< the quickest first, likewise, as far as it was measured
    };
    Sort sort = Sort::Order;
    std::vector<std::string> order; ///< providers; these first, in this order
    std::vector<std::string> only;  ///< no other provider serves; empty = any
    /// false: a model is tried at the hosts that `order` names, else at its first one alone.
    bool allowFallbacks = true;
    std::optional<PicoUsdPerToken> maxPromptPrice;
    std::optional<PicoUsdPerToken> maxCompletionPrice;
};

struct StickySettings {
    bool enabled = true;
    int idleSeconds = 600; ///< a prompt cache that was not used for longer is taken for gone
};

struct PromotionSettings {
    /// A promotion may throw away at most what this many turns cost on the model it leads to; 0 = never ask.
    double breakEvenTurns = 3;
};

/// A token that llm.json names, by which a client is known. Never the token itself.
struct ClientToken {
    std::string name;
    std::string environmentVariable; ///< where the token stands
};

struct Policy {
    std::optional<ModelId> routingModel;
    /// Always holds the four and `background`; custom tiers beside them.
    std::map<std::string, TierSettings, std::less<>> tiers;
    bool dynamicTierEnabled = false;
    std::optional<double> temperature;
    FallbackMap fallbacks;
    FallbackMap contextWindowFallbacks; ///< where a prompt does not fit
    FallbackMap contentPolicyFallbacks; ///< where the provider's content policy refuses it
    RetrySettings retries;
    CooldownSettings cooldown;
    std::map<std::string, std::string, std::less<>> taskTypes;
    std::vector<Rule> rules;
    std::vector<Alias> aliases;
    ClassifierSettings classifier;
    CascadeSettings cascade;
    StickySettings sticky;
    PromotionSettings promotion;
    ProviderPolicy providerPolicy;
    std::vector<DegradationBand> degradation; ///< ascending
    std::vector<Budget> budgets;
    std::vector<std::string> skillDirectories; ///< as written; read by preferences
    std::vector<ClientToken> clientTokens;
    std::map<std::string, ProviderSettings, std::less<>> providers;
    std::vector<std::string> providerOrder; ///< the names as llm.json lists them
    /// Skill name → tier, from front matter (read by preferences).
    std::map<std::string, std::string, std::less<>> skillTiers;
    /// What this user's own labels taught the complexity score, on top of the shipped head; null for nothing.
    std::shared_ptr<const ComplexityHead> userHead;
    pricing::PriceTable prices;
    std::string fingerprint; ///< of the bytes it was made from; 16 hexadecimal digits

    /// The contract's defaults: five tiers without models, the built-in task types, no aliases, no providers.
    [[nodiscard]] static Policy withDefaults();
    [[nodiscard]] const ProviderSettings* findProvider(std::string_view name) const;
    /// The model that this one is a host of: its `sameAs`, else itself. The reference lives as long as both.
    [[nodiscard]] const ModelId& originalOf(const ModelId& model) const;

    /// In tokens, as the provider lists it, else as the catalogue knows it or what it is the same as; nullopt
    /// where nobody says.
    [[nodiscard]] std::optional<std::int64_t> contextWindowOf(const ModelId& model) const;

    [[nodiscard]] bool isTier(std::string_view name) const { return tiers.find(name) != tiers.end(); }

    /// 10 for a name that is no tier.
    [[nodiscard]] int rankOf(std::string_view tier) const;
};

/// The first model that llm.json lists for the provider; where it lists none, the first one there that a tier
/// (lowest first) or a list of fallbacks names.
[[nodiscard]] std::optional<ModelId> firstModelOf(const Policy& policy, const ProviderSettings& provider);

/// A model that serves a tier, and how it came to that: nothing, or "deep is not set, so smart's model serves
/// it".
struct ServingModel {
    ModelId model;
    Reason reason;
};

/// nullopt when even balanced is unset (and, for background, there is no local provider).
[[nodiscard]] std::optional<ServingModel> servingModel(const Policy& policy, std::string_view tier);

/// The built-in tier one step under `tier`: deep → smart → balanced → background, coding → balanced; "" under
/// the lowest.
[[nodiscard]] std::string_view tierBelow(const Policy& policy, std::string_view tier);

/// Gives the policy in force. Called before every decision, so it must be quick (a stat at most). Any thread.
class PolicySource {
public:
    virtual ~PolicySource() = default;

    struct Current {
        std::shared_ptr<const Policy> policy; ///< the last good one; null when there never was one
        std::string problem;                  ///< why the file on disk is not in force; "" when it is
        std::string reloaded; ///< name of the file whose change came into force with this call, or ""
    };

    [[nodiscard]] virtual Current current() = 0;
};

} // namespace tierdeck::routing
