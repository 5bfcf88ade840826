// What the routing model is asked where the classifier is `model` or `hybrid`. Pure; any thread.
#pragma once

#include "core/gateway/own_question.h"
#include "core/routing/policy.h"

#include <string>
#include <string_view>

namespace tierdeck::gateway {

/// The policy must have a routing model.
[[nodiscard]] OwnQuestion::Settings classifierQuestion(const routing::Policy& policy,
                                                       std::string_view prompt);

} // namespace tierdeck::gateway
