// What the router may look at, as values: the request without its bytes, the session's state, the conditions
// of the moment. The views in RouteRequest must outlive the call. Any thread.
#pragma once

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
};

struct PromptReading; // complexity.h

struct RouteRequest {
    std::string_view declaredModel; ///< as the client wrote it; "" when absent
    std::string_view
        userText; ///< last user message that is not only tool results; wrappers and commands skipped
    const PromptReading* reading = nullptr; ///< of userText, where it was read before
    UserOverride userOverride;              ///< from this request's text or headers
    std::string_view skill;                 ///< the active skill's name; "" for none
    std::string_view skillTier; ///< its tier where the caller says so; else it is looked up in the policy
    std::string_view taskType;
    std::string_view client;
    std::string_view project;
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

/// What earlier requests of the same session (and agent) left behind.
struct SessionState {
    int turn = 1;              ///< the turn that this request belongs to, from 1
    bool firstOfTurn = true;   ///< the dynamic rung promotes only upwards after a turn's first request
    UserOverride turnOverride; ///< said at this turn's first request, or alone before it
    std::string promotedTier;  ///< by the dynamic rung, earlier in this turn; "" for none
    std::optional<ModelId> stickyHost; ///< where the prompt cache of this session lives
};

/// What the world looks like now, beyond the user's wishes.
struct Conditions {
    struct Unavailable {
        std::string reason; ///< "exhausted until 2026-11-24T00:00:00Z", "3 failures, next try in 12 s"
    };

    std::map<std::string, Unavailable, std::less<>> unavailable; ///< by model id text
    std::map<std::string, std::string, std::less<>>
        excluded; ///< by model id text: budgets, bands; the reason
};

} // namespace tierdeck::routing
