// What a decision was made from beyond the prompt: the facts of a request that another policy must be shown
// to decide the same request again, and that a classifier learns from. Never the prompt. Plain values; any
// thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tierdeck::routing {

struct RequestFacts {
    std::string declaredModel; ///< as the client wrote it; "" when absent
    UserOverride userOverride; ///< in force, whether this request said it or an earlier one of the turn
    std::string skill;
    std::string skillTier;
    std::string rule;           ///< the name of the rule that matched, whether or not its rung won
    std::string classifierTier; ///< what the model that was asked answered; "" where none was
    std::string token;          ///< the name of the client's token, for budgets
    int toolsOffered = 0;
    bool hasImages = false;
    bool reasoning = false;
    bool planMode = false;
    bool subagent = false;
    bool background = false;
    // These differ from request to request of a turn; pack() leaves them to whoever keeps the rest.
    std::int64_t inputTokens = 0; ///< the estimate that the decision saw
    int messages = 0;
    int score = 0;     ///< difficulty, in ten-thousandths
    int codeScore = 0; ///< likewise

    bool operator==(const RequestFacts&) const = default;
};

/// `session`: as the decision saw it.
[[nodiscard]] RequestFacts factsOf(const RouteRequest& request, const SessionState& session,
                                   const RouteDecision& decision);
/// What the router would look at, with an empty prompt. Its views are into `facts`.
[[nodiscard]] RouteRequest requestFrom(const RequestFacts& facts);

/// Printable where the names in it are; requests of one turn mostly give the same text.
[[nodiscard]] std::string pack(const RequestFacts& facts);
/// Reads what pack() wrote; what only a later version writes is skipped.
[[nodiscard]] Result<RequestFacts> unpackFacts(std::string_view packed);

} // namespace tierdeck::routing
