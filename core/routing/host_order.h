// The places where one model is to be had (`sameAs`), in the order in which policy wants them tried. Internal
// to routing; pure; any thread.
#pragma once

#include "core/routing/policy.h"
#include "core/routing/reason.h"
#include "core/routing/route_request.h"

#include <optional>
#include <vector>

namespace tierdeck::routing {

struct Host {
    ModelId model;
    Reason reason; ///< empty for the decided one
    /// `providerPolicy.order` names its provider.
    bool isOrdered = false;
};

/// The ids under which `model` is to be had elsewhere, as llm.json lists them.
[[nodiscard]] std::vector<ModelId> otherHostsOf(const ModelId& model, const Policy& policy);

/// `decided` and its other hosts: `sticky` first, where it is one of them, then as `providerPolicy` says.
[[nodiscard]] std::vector<Host> hostsInOrder(const ModelId& decided, const std::optional<ModelId>& sticky,
                                             const RouteRequest& request, const Policy& policy,
                                             const SessionState& session, const Conditions& conditions);

} // namespace tierdeck::routing
