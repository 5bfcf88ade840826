#include "core/routing/route_decision.h"

#include <array>

namespace tierdeck::routing {

namespace {
constexpr std::array<std::string_view, 3> outcomeNames{"won", "lost", "passed"};
constexpr std::array<std::string_view, 4> failureNames{"model_not_found", "unknown_tier", "tier_unset",
                                                       "nothing_left"};
} // namespace

std::string_view toString(LadderStep::Outcome outcome) {
    return outcomeNames[static_cast<std::size_t>(outcome)];
}

std::string_view toString(RouteFailure::Code code) {
    return failureNames[static_cast<std::size_t>(code)];
}

} // namespace tierdeck::routing
