#include "core/gateway/provider_limits.h"

#include "core/gateway/http/retry_after.h"
#include "core/gateway/quota_headers.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::gateway {

namespace {

/// Whether it says what is known already: every reply tells its quota, and few tell anything new.
bool isTheSame(const std::vector<routing::QuotaWindow>& a, const std::vector<routing::QuotaWindow>& b) {
    constexpr std::chrono::seconds soon{60};
    return std::ranges::equal(a, b, [&](const auto& one, const auto& other) {
        const bool sameEnd = one.resetsAt.has_value() == other.resetsAt.has_value() &&
                             (!one.resetsAt || std::chrono::abs(*one.resetsAt - *other.resetsAt) < soon);
        return one.name == other.name && std::floor(one.percentUsed) == std::floor(other.percentUsed) &&
               sameEnd;
    });
}

} // namespace

void ProviderLimits::takeQuota(const routing::ProviderSettings& provider, const http::Head& reply,
                               UtcTime now) {
    // A server on this machine has no quota, whatever it says, unless a person gave it one.
    if (!m_source || (provider.local && !provider.quota))
        return;
    auto windows = quotaWindows(reply, now);
    if (windows.empty())
        return;
    auto quota = routing::quotaOf(provider);
    // Held until it is reported: an older reading must not come after a newer one.
    const std::lock_guard lock(m_mutex);
    auto& reported = m_reported[quota.name];
    if (isTheSame(windows, reported))
        return;
    reported = windows;
    routing::QuotaReading reading;
    reading.quota = std::move(quota.name);
    reading.windows = std::move(windows);
    reading.time = now;
    reading.configuredPercent = quota.percentUsed;
    m_source->report(std::move(reading));
}

bool ProviderLimits::exhausted(const routing::ModelId& model, const routing::ProviderSettings& provider,
                               std::chrono::milliseconds time, std::string_view body, UtcTime now) {
    if (!m_source)
        return false;
    routing::Exhaustion exhaustion;
    // A subscription's limit is that of everything that it pays for.
    const bool ofPlan = body.find("usage_limit_reached") != std::string_view::npos;
    // So is an account without credit.
    const bool ofAccount = !ofPlan && http::isOutOfCredit(body);
    exhaustion.target = ofPlan || ofAccount ? routing::quotaOf(provider).name : model.text();
    exhaustion.until = std::chrono::ceil<std::chrono::seconds>(now + time);
    exhaustion.reason = ofPlan      ? "the usage limit is reached"
                        : ofAccount ? "the account has no credit left"
                                    : "its provider asked to wait";
    exhaustion.source = ofAccount || body.find("resets_") != std::string_view::npos
                            ? routing::Exhaustion::Source::ErrorBody
                            : routing::Exhaustion::Source::Headers;
    exhaustion.since = now;
    m_log.warning(now, "Availability: " + exhaustion.target + ' ' + routing::sentence(exhaustion));
    m_source->report(std::move(exhaustion));
    return true;
}

void ProviderLimits::addTo(routing::Conditions& conditions, const routing::Policy& policy,
                           UtcTime now) const {
    if (m_source)
        m_source->current()->addTo(conditions, policy, now);
}

} // namespace tierdeck::gateway
