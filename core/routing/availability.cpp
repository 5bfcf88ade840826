#include "core/routing/availability.h"

#include "core/foundation/glob.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 3> sourceNames{"command", "headers", "error body"};

bool hasPassed(const std::optional<UtcTime>& until, UtcTime now) {
    return until && *until <= now;
}

/// Whether `a` ends after `b`; without an end comes last of all.
bool lastsLonger(const Exhaustion& a, const Exhaustion& b) {
    return b.until && (!a.until || *a.until > *b.until);
}

std::string withoutZeros(UtcTime time) {
    std::string text = toRfc3339(time);
    if (text.ends_with(".000Z"))
        text.replace(text.size() - 5, 5, "Z");
    return text;
}

/// A window that is full and says when it will be empty again.
std::optional<Exhaustion> exhaustionOf(const QuotaWindow& window, const QuotaReading& reading, UtcTime now) {
    constexpr double full = 100;
    if (window.percentUsed < full || !window.resetsAt || *window.resetsAt <= now)
        return std::nullopt;
    return Exhaustion{reading.quota, window.resetsAt, "quota '" + reading.quota + "' is used up",
                      Exhaustion::Source::Headers, reading.time};
}

bool isOvertaken(const QuotaReading& reading, const ProviderQuota& quota) {
    return quota.percentUsed && quota.percentUsed != reading.configuredPercent;
}

} // namespace

std::string_view toString(Exhaustion::Source source) {
    return sourceNames[static_cast<std::size_t>(source)];
}

std::optional<Exhaustion::Source> exhaustionSourceFrom(std::string_view text) {
    const auto found = std::find(sourceNames.begin(), sourceNames.end(), text);
    if (found == sourceNames.end())
        return std::nullopt;
    return static_cast<Exhaustion::Source>(found - sourceNames.begin());
}

// -------------------------------------------------------------------------------------------------
// AvailabilityState

void AvailabilityState::add(Exhaustion exhaustion) {
    const auto same = std::find_if(exhausted.begin(), exhausted.end(), [&](const Exhaustion& other) {
        return other.target == exhaustion.target && other.source == exhaustion.source;
    });
    if (same == exhausted.end())
        exhausted.push_back(std::move(exhaustion));
    else
        *same = std::move(exhaustion);
}

void AvailabilityState::add(QuotaReading reading) {
    const auto same = std::find_if(quotas.begin(), quotas.end(),
                                   [&](const QuotaReading& other) { return other.quota == reading.quota; });
    if (same == quotas.end()) {
        quotas.push_back(std::move(reading));
        return;
    }
    for (const QuotaWindow& window : same->windows) {
        const bool isSaidAgain = std::any_of(reading.windows.begin(), reading.windows.end(),
                                             [&](const auto& other) { return other.name == window.name; });
        if (!isSaidAgain)
            reading.windows.push_back(window);
    }
    *same = std::move(reading);
}

bool AvailabilityState::clear(std::string_view target) {
    const auto gone = std::erase_if(exhausted, [&](const Exhaustion& one) { return one.target == target; });
    // Who says that a quota is free again knows better than its last headers.
    const auto emptied = std::erase_if(quotas, [&](const QuotaReading& one) { return one.quota == target; });
    return gone + emptied > 0;
}

bool AvailabilityState::dropPassed(UtcTime now) {
    const auto gone =
        std::erase_if(exhausted, [&](const Exhaustion& one) { return hasPassed(one.until, now); });
    // Their windows stay: that one has run out says that nothing of it is used.
    return gone > 0;
}

std::optional<QuotaWindow> AvailabilityState::fullestWindow(const ProviderQuota& quota, UtcTime now) const {
    const auto reading = std::find_if(quotas.begin(), quotas.end(),
                                      [&](const QuotaReading& one) { return one.quota == quota.name; });
    if (reading == quotas.end() || isOvertaken(*reading, quota))
        return std::nullopt;
    std::optional<QuotaWindow> fullest;
    for (QuotaWindow window : reading->windows) {
        if (hasPassed(window.resetsAt, now)) {
            window.percentUsed = 0;
            window.resetsAt.reset();
        }
        if (!fullest || window.percentUsed > fullest->percentUsed)
            fullest = std::move(window);
    }
    return fullest;
}

std::optional<Exhaustion> AvailabilityState::whyNot(const ModelId& model, const Policy& policy,
                                                    UtcTime now) const {
    std::optional<Exhaustion> found;
    const auto consider = [&found](const Exhaustion& one) {
        if (!found || lastsLonger(one, *found))
            found = one;
    };
    for (const Exhaustion& one : exhausted) {
        if (!hasPassed(one.until, now) && isAimedAt(one.target, model, policy))
            consider(one);
    }
    if (const ProviderSettings* provider = policy.findProvider(model.provider())) {
        const ProviderQuota quota = quotaOf(*provider);
        for (const QuotaReading& reading : quotas) {
            if (reading.quota != quota.name || isOvertaken(reading, quota))
                continue;
            for (const QuotaWindow& window : reading.windows) {
                if (const auto one = exhaustionOf(window, reading, now))
                    consider(*one);
            }
        }
    }
    return found;
}

void AvailabilityState::addTo(Conditions& conditions, const Policy& policy, UtcTime now) const {
    std::vector<Exhaustion> holding;
    for (const Exhaustion& one : exhausted) {
        if (!hasPassed(one.until, now))
            holding.push_back(one);
    }
    for (const auto& [name, provider] : policy.providers) {
        const ProviderQuota quota = quotaOf(provider);
        if (const auto fullest = fullestWindow(quota, now))
            conditions.quotaPercentUsed[quota.name] = fullest->percentUsed;
        for (const QuotaReading& reading : quotas) {
            if (reading.quota != quota.name || isOvertaken(reading, quota))
                continue;
            for (const QuotaWindow& window : reading.windows) {
                if (auto one = exhaustionOf(window, reading, now))
                    holding.push_back(std::move(*one));
            }
        }
    }
    // The one that lasts longest is the first that is found.
    std::stable_sort(holding.begin(), holding.end(), lastsLonger);
    for (const Exhaustion& one : holding) {
        const auto add = [&](std::string pattern) {
            conditions.unavailablePatterns.push_back({std::move(pattern), {sentence(one)}});
        };
        if (one.target.find('/') != std::string::npos) {
            add(one.target);
            continue;
        }
        for (const auto& [name, provider] : policy.providers) {
            if (name == one.target || quotaOf(provider).name == one.target)
                add(name + "/*");
        }
    }
}

// -------------------------------------------------------------------------------------------------

ProviderQuota quotaOf(const ProviderSettings& provider) {
    return provider.quota ? *provider.quota : ProviderQuota{provider.name, std::nullopt};
}

bool isAimedAt(std::string_view target, const ModelId& model, const Policy& policy) {
    if (target.find('/') != std::string_view::npos)
        return matchesGlob(target, model.text());
    if (target == model.provider())
        return true;
    const ProviderSettings* provider = policy.findProvider(model.provider());
    return provider && quotaOf(*provider).name == target;
}

std::string sentence(const Exhaustion& exhaustion) {
    std::string text = exhaustion.until ? "exhausted until " + withoutZeros(*exhaustion.until)
                                        : std::string("exhausted until it is cleared");
    if (!exhaustion.reason.empty())
        text += " (" + exhaustion.reason + ")";
    return text;
}

const Conditions::Unavailable* whyUnavailable(const Conditions& conditions, const ModelId& model) {
    if (const auto exact = conditions.unavailable.find(model.text()); exact != conditions.unavailable.end())
        return &exact->second;
    for (const auto& [pattern, why] : conditions.unavailablePatterns) {
        if (matchesGlob(pattern, model.text()))
            return &why;
    }
    return nullptr;
}

} // namespace tierdeck::routing
