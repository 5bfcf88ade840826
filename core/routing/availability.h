// What cannot be used for a while, and how full quotas are: by a person's word, by a provider's headers, by
// its error bodies. Values without a clock of their own; AvailabilitySource is how whoever serves comes to
// the state in force and adds to it (any thread; implemented by preferences, which keeps it in the
// workspace).
#pragma once

#include "core/foundation/clock.h"
#include "core/routing/policy.h"
#include "core/routing/route_request.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// Something that is used up. Times decide by themselves when it no longer holds.
struct Exhaustion {
    enum class Source { Command, Headers, ErrorBody };

    std::string target; ///< a provider, provider/model with `*` as the wildcard, or the name of a quota
    std::optional<UtcTime> until; ///< nullopt: until a person clears it
    std::string reason; ///< one clause without "exhausted": "the weekly limit is reached"; may be ""
    Source source = Source::Command;
    UtcTime since{};

    bool operator==(const Exhaustion&) const = default;
};

/// "command", "headers", "error body".
[[nodiscard]] std::string_view toString(Exhaustion::Source source);
[[nodiscard]] std::optional<Exhaustion::Source> exhaustionSourceFrom(std::string_view text);

/// One limit of a quota: several may run beside each other (five hours, a week).
struct QuotaWindow {
    std::string name; ///< "primary", "requests" …
    double percentUsed = 0;
    std::optional<UtcTime> resetsAt; ///< from then on nothing of it is used

    bool operator==(const QuotaWindow&) const = default;
};

struct QuotaReading {
    std::string quota;
    std::vector<QuotaWindow> windows;
    UtcTime time{};
    /// What llm.json said when this was read; another value there is newer than this reading.
    std::optional<double> configuredPercent;

    bool operator==(const QuotaReading&) const = default;
};

struct AvailabilityState {
    std::vector<Exhaustion> exhausted;
    std::vector<QuotaReading> quotas;

    /// In the place of what the same source said of the same target.
    void add(Exhaustion exhaustion);
    /// Windows of the same name give way, others stay.
    void add(QuotaReading reading);
    /// Whether something was said of that target.
    bool clear(std::string_view target);
    /// Whether something went.
    bool dropPassed(UtcTime now);

    /// Highest of the windows that still run. nullopt where nothing is known, or llm.json was changed since.
    [[nodiscard]] std::optional<QuotaWindow> fullestWindow(const ProviderQuota& quota, UtcTime now) const;
    /// Why a model cannot be used now; of several reasons the one that lasts longest. Also for a quota that
    /// is full and says when it will not be.
    [[nodiscard]] std::optional<Exhaustion> whyNot(const ModelId& model, const Policy& policy,
                                                   UtcTime now) const;
    /// What holds now, for a decision.
    void addTo(Conditions& conditions, const Policy& policy, UtcTime now) const;

    bool operator==(const AvailabilityState&) const = default;
};

/// Of the provider: the one that llm.json names, else one called as the provider is.
[[nodiscard]] ProviderQuota quotaOf(const ProviderSettings& provider);
/// Whether what is said of `target` concerns this model.
[[nodiscard]] bool isAimedAt(std::string_view target, const ModelId& model, const Policy& policy);
/// "exhausted until 2026-11-24T00:00:00Z (the weekly limit is reached)"
[[nodiscard]] std::string sentence(const Exhaustion& exhaustion);
/// Why a model cannot be used under these conditions; null where it can. Internal to routing.
[[nodiscard]] const Conditions::Unavailable* whyUnavailable(const Conditions& conditions,
                                                            const ModelId& model);

class AvailabilitySource {
public:
    virtual ~AvailabilitySource() = default;
    /// As it is now, also where another program changed it. Called before every decision: a stat at most.
    [[nodiscard]] virtual std::shared_ptr<const AvailabilityState> current() = 0;
    /// In force with the next current(), on disk soon after. Never waits for the disk.
    virtual void report(Exhaustion exhaustion) = 0;
    virtual void report(QuotaReading reading) = 0;
};

} // namespace tierdeck::routing
