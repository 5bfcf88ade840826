// From the model that was decided to the models that will be tried: at first, and after a refusal that
// another model may not share. Pure; any thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// Fills in attempts, excluded, model, temperature, reasoning and notes of a decision whose tier and source
/// stand. `servedAs`: the tier whose fallbacks, temperature and reasoning count, which a spent budget may
/// have made lower than the decision's; "" for an explicit model. Where nothing is left, or the prompt fits
/// no window, the plan is empty and the code says what that means. Internal to routing.
[[nodiscard]] std::optional<RouteFailure::Code>
planAttempts(RouteDecision& decision, const ServingModel& serving, std::string_view servedAs,
             const RouteRequest& request, const Policy& policy, const SessionState& session,
             const Conditions& conditions);

/// A refusal that policy keeps a list of fallbacks of its own for.
enum class ErrorFallback { ContextWindow, ContentPolicy };

struct FallbackPlan {
    std::vector<PlannedAttempt> attempts; ///< each model once
    std::vector<Exclusion> excluded;      ///< beside those of the decision
};

/// What to try after `failed` refused: the list of that model (else of another host of it), then that of the
/// tier that is served, then "*". Neither what was tried nor what the decision left out comes again. Empty
/// where policy has nothing for this kind: then the client gets the refusal.
[[nodiscard]] FallbackPlan fallbacksForError(ErrorFallback kind, const ModelId& failed,
                                             std::span<const ModelId> tried, const RouteDecision& decision,
                                             const RouteRequest& request, const Policy& policy,
                                             const Conditions& conditions);

/// The reason of a model that stands in the plan because the client's list names `name`. `own`: its reason
/// where it was asked for alone. Internal to routing.
[[nodiscard]] Reason listedReason(std::string_view name, const std::optional<std::string>& tier,
                                  const Reason& own);

/// A decision that nothing serves. `wanted`: its tier or model; `whatToDo`: a sentence. Internal to routing.
[[nodiscard]] RouteFailure nothingLeft(std::string_view wanted, RouteDecision decision,
                                       std::string_view whatToDo,
                                       RouteFailure::Code code = RouteFailure::Code::NothingLeft);

} // namespace tierdeck::routing
