// What the router may look at, as values: the request without its bytes, the session's state, the conditions
// of the moment. The views in RouteRequest must outlive the call. Any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/strong_type.h"
#include "core/routing/model_id.h"
#include "core/routing/tier.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::routing {

/// What a person said about routing: by `/tier deep` or `@model openai/gpt-5.2`, or by a header. "" = nothing
/// said.
struct UserOverride {
    std::string tier;
    std::string model;

    [[nodiscard]] bool empty() const { return tier.empty() && model.empty(); }

    bool operator==(const UserOverride&) const = default;
};

struct PromptReading; // complexity.h

/// What the routing model said where the classifier is `model` or `hybrid`. Routing is pure: resolve() gives
/// a decision that stands without it and, where the answer could change it, sets `asksClassifier`. The caller
/// then asks and calls resolve() again with the same values and the answer; that decision asks no more.
struct ClassifierAnswer {
    enum class Kind {
        NotAsked,
        Tier,   ///< `tier` is the one word of the answer, as it came
        Failed, ///< time-out, error, or an answer that is no word of the rubric: nothing is promoted
    };
    Kind kind = Kind::NotAsked;
    std::string_view tier;
    std::string_view problem; ///< why it failed: "no answer within 5000 ms"
};

/// What a request itself wishes of the places where a model is to be had, within what policy allows.
struct HostWishes {
    enum class Sort { None, Price, Latency };
    Sort sort = Sort::None;                        ///< in the place of policy's
    std::optional<PicoUsdPerToken> maxPromptPrice; ///< a model that costs more is left out
    std::optional<PicoUsdPerToken> maxCompletionPrice;

    bool operator==(const HostWishes&) const = default;
};

/// What the classifier gave a request when it was there.
struct KnownScores {
    double difficulty = 0;
    double code = 0;
};

struct RouteRequest {
    std::string_view declaredModel; ///< as the client wrote it; "" when absent
    std::string_view
        userText; ///< last user message that is not only tool results; wrappers and commands skipped
    const PromptReading* reading = nullptr; ///< of userText, where it was read before
    std::optional<KnownScores> scores;      ///< where there is no text any more: replay
    /// Where there is no text any more: the rule that matched, whose keywords and headers are taken to hold.
    std::string_view ruleThen;
    UserOverride userOverride;  ///< from this request's text or headers
    std::string_view skill;     ///< the active skill's name; "" for none
    std::string_view skillTier; ///< its tier where the caller says so; else it is looked up in the policy
    std::string_view taskType;
    std::string_view client;
    std::string_view project;
    std::string_view token; ///< the name of the client's token, for budgets; "" for none
    ClassifierAnswer classifierAnswer;
    HostWishes hosts;
    std::vector<std::pair<std::string_view, std::string_view>> headers; ///< for rules; names in lower case
    std::int64_t inputTokens = 0;                                       ///< an estimate
    int toolsOffered = 0;
    int messages = 0;
    bool hasImages = false;
    bool hasTemperature = false;
    bool reasoning = false; ///< thinking or reasoning is on
    bool planMode = false;
    bool subagent = false;
    bool background = false;
};

/// The prompt cache that this session filled with its last answered request.
struct WarmPrefix {
    ModelId host; ///< provider+model that holds it
    std::int64_t tokens =
        0; ///< of the prompt, as the reply's usage said: read from the cache or written to it
    std::int64_t idleSeconds = 0; ///< since that reply; the caller sets it before a decision
};

/// What a turn of this session takes, on average of those that ended; a guess before the first.
struct UsualTurn {
    double requests = 1;
    double outputTokens = 1000;
};

/// What earlier requests of the same session (and agent) left behind.
struct SessionState {
    int turn = 1;                   ///< the turn that this request belongs to, from 1
    bool firstOfTurn = true;        ///< the dynamic rung promotes only upwards after a turn's first request
    UserOverride turnOverride;      ///< said at this turn's first request, or alone before it
    std::string promotedTier;       ///< by the dynamic rung, earlier in this turn; "" for none
    std::optional<WarmPrefix> warm; ///< nullopt: there is no prompt cache, or nobody knows
    UsualTurn usualTurn;
};

/// What the world looks like now, beyond the user's wishes.
struct Conditions {
    struct Unavailable {
        std::string reason; ///< "exhausted until 2026-11-24T00:00:00Z", "3 failures, next try in 12 s"
    };

    std::map<std::string, Unavailable, std::less<>> unavailable; ///< by model id text
    /// By provider/model with `*` as the wildcard: what AvailabilityState says.
    std::vector<std::pair<std::string, Unavailable>> unavailablePatterns;
    std::map<std::string, std::string, std::less<>>
        excluded;   ///< by model id text: left out by the caller; the reason
    UtcTime time{}; ///< for prices that change with it
    /// Spent by budget name, of all requests in its scope within the open period; for a budget of a session:
    /// by this session. A budget that is not named here has nothing spent.
    std::map<std::string, NanoUsd, std::less<>> budgetUsed;
    /// Percent used by the name of a quota, where providers said so later than llm.json did. A quota that is
    /// not named here stands as llm.json says.
    std::map<std::string, double, std::less<>> quotaPercentUsed;
    /// Takes the place of every model's percent (`--usage-percent`): for bands; budgets have their effects
    /// from what was spent.
    std::optional<double> usagePercent;
    /// Usual time to the first byte by model id text, for `sort: latency`; those unknown come last.
    std::map<std::string, double, std::less<>> latencyMs;
};

} // namespace tierdeck::routing
