#include "core/routing/model_names.h"

#include "core/foundation/glob.h"
#include "core/routing/reason.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace tierdeck::routing {

namespace {

constexpr std::string_view autoName = "auto";

/// The tier that `name` spells, whether there is one of that name or not; "" where it is no tier's spelling.
std::string_view tierSpelt(std::string_view name) {
    for (const std::string_view prefix : {"claude-tier-", "tier-", "tier/"}) {
        if (name.starts_with(prefix))
            return name.substr(prefix.size());
    }
    return {};
}

NamedTarget tierTarget(std::string_view tier, const Alias* alias = nullptr) {
    NamedTarget target;
    target.kind = NamedTarget::Kind::Tier;
    target.tier = std::string(tier);
    target.alias = alias;
    return target;
}

NamedTarget unknown(std::string problem, const Alias* alias = nullptr) {
    NamedTarget target;
    target.kind = NamedTarget::Kind::Unknown;
    target.problem = std::move(problem);
    target.alias = alias;
    return target;
}

NamedTarget modelTarget(ModelId model, const Policy& policy, const Alias* alias) {
    if (!policy.findProvider(model.provider()))
        return unknown("No provider " + quoted(model.provider()) + " is set up in llm.json, so " +
                           quoted(model.text()) +
                           " cannot be asked; set it up, or name a model of one that is.",
                       alias);
    NamedTarget target;
    target.kind = NamedTarget::Kind::Model;
    target.model = std::move(model);
    target.alias = alias;
    return target;
}

NamedTarget aliasTarget(const Alias& alias, const Policy& policy) {
    const std::string_view target = alias.target;
    if (target == autoName) {
        NamedTarget result;
        result.alias = &alias;
        return result;
    }
    if (policy.isTier(target))
        return tierTarget(target, &alias);
    if (const std::string_view tier = tierSpelt(target); policy.isTier(tier))
        return tierTarget(tier, &alias);
    if (auto model = ModelId::parse(target))
        return modelTarget(std::move(*model), policy, &alias);
    return unknown("The alias " + quoted(alias.pattern) + " stands for " + quoted(target) +
                       ", which is no tier and no provider/model; mend it in model-router.json.",
                   &alias);
}

std::size_t editDistance(std::string_view a, std::string_view b, std::size_t limit) {
    if (a.size() > b.size())
        std::swap(a, b);
    if (b.size() - a.size() > limit)
        return limit + 1;
    std::vector<std::size_t> row(a.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t j = 1; j <= b.size(); ++j) {
        std::size_t diagonal = row[0];
        row[0] = j;
        for (std::size_t i = 1; i <= a.size(); ++i) {
            const std::size_t above = row[i];
            row[i] = std::min({above + 1, row[i - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[a.size()];
}

std::string lowerCase(std::string_view text) {
    std::string result(text.substr(0, 80));
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return result;
}

/// The nearest candidates; one that equals the name but for its provider counts as nearest of all.
std::vector<std::string> nearest(std::string_view name, const std::set<std::string>& candidates) {
    const std::string wanted = lowerCase(name);
    const std::size_t limit = std::max<std::size_t>(2, wanted.size() / 3);
    const std::size_t wantedSlash = wanted.find('/');
    std::vector<std::pair<std::size_t, const std::string*>> found;
    for (const std::string& candidate : candidates) {
        const std::string whole = lowerCase(candidate);
        std::size_t distance = editDistance(wanted, whole, limit);
        if (const std::size_t slash = whole.find('/'); slash != std::string::npos) {
            const std::string_view bare = std::string_view(whole).substr(slash + 1);
            distance = std::min(distance, editDistance(wanted, bare, limit));
            if (wantedSlash != std::string::npos)
                distance =
                    std::min(distance,
                             editDistance(std::string_view(wanted).substr(wantedSlash + 1), bare, limit) + 1);
        }
        if (distance <= limit)
            found.emplace_back(distance, &candidate);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, *a.second) < std::tie(b.first, *b.second);
    });
    std::vector<std::string> result;
    for (std::size_t i = 0; i < found.size() && i < 4; ++i)
        result.push_back(*found[i].second);
    return result;
}

std::string noSuchTier(std::string_view name, const Policy& policy) {
    std::string tiers;
    for (const auto& [tier, settings] : policy.tiers)
        tiers.append(tiers.empty() ? "" : ", ").append(clipped(tier));
    return "There is no tier " + quoted(name) + "; there are " + tiers + ".";
}

} // namespace

NamedTarget interpretName(std::string_view name, const Policy& policy) {
    if (name.empty() || name == autoName)
        return {};
    // A tier's own names come before the aliases: `claude-*` must not swallow `claude-tier-coding`.
    if (policy.isTier(name))
        return tierTarget(name);
    const std::string_view spelt = tierSpelt(name);
    if (policy.isTier(spelt))
        return tierTarget(spelt);
    if (spelt == autoName)
        return {};

    auto model = ModelId::parse(name);
    const bool usable = model && policy.findProvider(model->provider());
    for (const Alias& alias : policy.aliases) {
        // A model of a provider that is set up is used as it is, unless an alias speaks of such ids: `*` or
        // `gpt-*` are meant for the bare names that clients come with.
        if (usable && alias.pattern.find('/') == std::string::npos)
            continue;
        if (matchesGlob(alias.pattern, name))
            return aliasTarget(alias, policy);
    }
    if (!spelt.empty())
        return unknown(noSuchTier(spelt, policy));
    if (model)
        return modelTarget(std::move(*model), policy, nullptr);
    return unknown(
        "There is no model " + quoted(name) +
        " here; ask for a tier (tier-coding), for auto, for provider/model, or give the name an alias.");
}

std::vector<std::string> nearNames(std::string_view name, const Policy& policy) {
    std::set<std::string> candidates;
    const auto add = [&](const std::optional<ModelId>& model) {
        if (model)
            candidates.insert(model->text());
    };
    for (const auto& [tier, settings] : policy.tiers) {
        candidates.insert(tier);
        candidates.insert("tier-" + tier);
        add(settings.model);
    }
    add(policy.routingModel);
    for (const FallbackMap* map :
         {&policy.fallbacks, &policy.contextWindowFallbacks, &policy.contentPolicyFallbacks}) {
        for (const auto& [key, targets] : *map) {
            for (const FallbackTarget& target : targets)
                add(target.model);
        }
    }
    for (const auto& [provider, settings] : policy.providers) {
        for (const ProviderModel& model : settings.models)
            candidates.insert(provider + "/" + model.id);
        const std::vector<std::string> known = policy.prices.ids(provider);
        candidates.insert(known.begin(), known.end());
    }
    return nearest(name, candidates);
}

std::vector<std::string> nearTiers(std::string_view name, const Policy& policy) {
    std::set<std::string> tiers;
    for (const auto& [tier, settings] : policy.tiers)
        tiers.insert(tier);
    std::vector<std::string> result = nearest(name, tiers);
    if (result.empty())
        result.assign(tiers.begin(), tiers.end());
    return result;
}

std::string quoted(std::string_view name) {
    return "'" + clipped(name) + "'";
}

} // namespace tierdeck::routing
