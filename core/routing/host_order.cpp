#include "core/routing/host_order.h"

#include <algorithm>
#include <limits>

namespace tierdeck::routing {

namespace {

constexpr double unknown = std::numeric_limits<double>::infinity();

/// What this request would cost there, in pico-dollars.
double priceOf(const ModelId& model, const RouteRequest& request, const Policy& policy,
               const SessionState& session, const Conditions& conditions) {
    const auto rates =
        policy.prices.rates(model.provider(), model.name(), conditions.time, request.inputTokens);
    if (!rates)
        return unknown;
    return static_cast<double>(rates->input.value) * static_cast<double>(request.inputTokens) +
           static_cast<double>(rates->output.value) * session.usualTurn.outputTokens;
}

double latencyOf(const ModelId& model, const Conditions& conditions) {
    const auto known = conditions.latencyMs.find(model.text());
    return known == conditions.latencyMs.end() ? unknown : known->second;
}

} // namespace

std::vector<ModelId> otherHostsOf(const ModelId& model, const Policy& policy) {
    const ModelId& original = policy.originalOf(model);
    std::vector<ModelId> hosts;
    if (original != model && policy.findProvider(original.provider()))
        hosts.push_back(original);
    // Most models are to be had at one place alone, which needs no look at the others one by one.
    const auto hasIt = [&original](const auto& provider) {
        return std::ranges::any_of(provider.second.models, [&original](const ProviderModel& listed) {
            return listed.sameAs && *listed.sameAs == original;
        });
    };
    if (std::ranges::none_of(policy.providers, hasIt))
        return hosts;
    for (const std::string& name : policy.providerOrder) {
        const ProviderSettings* provider = policy.findProvider(name);
        if (!provider)
            continue;
        for (const ProviderModel& listed : provider->models) {
            if (!listed.sameAs || *listed.sameAs != original)
                continue;
            auto id = ModelId::parse(name + "/" + listed.id);
            if (id && *id != model && std::find(hosts.begin(), hosts.end(), *id) == hosts.end())
                hosts.push_back(std::move(*id));
        }
    }
    return hosts;
}

std::vector<Host> hostsInOrder(const ModelId& decided, const std::optional<ModelId>& sticky,
                               const RouteRequest& request, const Policy& policy, const SessionState& session,
                               const Conditions& conditions) {
    using Sort = ProviderPolicy::Sort;
    const ProviderPolicy& wanted = policy.providerPolicy;
    const Sort sort = request.hosts.sort == HostWishes::Sort::Price     ? Sort::Price
                      : request.hosts.sort == HostWishes::Sort::Latency ? Sort::Latency
                                                                        : wanted.sort;

    std::vector<ModelId> others = otherHostsOf(decided, policy);
    const auto placeInOrder = [&wanted](const ModelId& model) {
        return static_cast<std::size_t>(
            std::find(wanted.order.begin(), wanted.order.end(), model.provider()) - wanted.order.begin());
    };
    if (others.empty()) {
        std::vector<Host> only(1);
        only.front().model = decided;
        only.front().isOrdered = placeInOrder(decided) < wanted.order.size();
        return only;
    }

    struct Place {
        ModelId model;
        bool isDecided = false;
        bool isSticky = false;
        std::size_t inOrder = 0; ///< the list's size where `order` does not name it
        double measure = 0;      ///< price or latency
    };

    std::vector<Place> places;
    const auto add = [&](ModelId model, bool isDecided) {
        Place place{std::move(model), isDecided};
        place.isSticky = sticky && place.model == *sticky;
        place.inOrder = placeInOrder(place.model);
        places.push_back(std::move(place));
    };
    add(decided, true);
    for (ModelId& host : others)
        add(std::move(host), false);
    for (Place& place : places) {
        if (sort == Sort::Price)
            place.measure = priceOf(place.model, request, policy, session, conditions);
        else if (sort == Sort::Latency)
            place.measure = latencyOf(place.model, conditions);
    }
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
        if (a.isSticky != b.isSticky)
            return a.isSticky;
        return a.inOrder != b.inOrder ? a.inOrder < b.inOrder : a.measure < b.measure;
    });

    std::vector<Host> hosts;
    hosts.reserve(places.size());
    bool isBeforeDecided = true;
    for (Place& place : places) {
        Host host;
        host.isOrdered = place.inOrder < wanted.order.size();
        const std::string_view provider = place.model.provider();
        if (place.isDecided)
            isBeforeDecided = false;
        else if (place.isSticky)
            host.reason = {Phrase::HoldsCache, {decided.text()}};
        else if (!isBeforeDecided || (!host.isOrdered && sort == Sort::Order))
            host.reason = {Phrase::SameModel, {provider}};
        else if (host.isOrdered)
            host.reason = {Phrase::OrderedFirst, {provider}};
        else
            host.reason = {sort == Sort::Price ? Phrase::CheaperHost : Phrase::QuickerHost, {provider}};
        host.model = std::move(place.model);
        hosts.push_back(std::move(host));
    }
    return hosts;
}

} // namespace tierdeck::routing
