// Local days of an IANA time zone, from the system's time zone database. A plain value that may be copied and
// shared between threads; LocalDays remembers where it looked last and belongs to one thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace tierdeck::sessions {

/// A calendar day of some zone; std::chrono::year_month_day tells its date.
using LocalDay = std::chrono::local_days;

class TimeZone {
public:
    /// InvalidInput for a name that the system's database does not know. "UTC" is always known.
    [[nodiscard]] static Result<TimeZone> find(std::string_view name);
    /// What the machine is set to: $TZ, /etc/localtime, /etc/timezone, else "UTC".
    [[nodiscard]] static std::string nameOfMachine();

    [[nodiscard]] const std::string& name() const { return m_name; }

    /// The first moment of a day; where the clock skips midnight, the moment after the gap.
    [[nodiscard]] UtcTime startOf(LocalDay day) const;
    /// How far the zone's clock is ahead of UTC.
    [[nodiscard]] std::chrono::milliseconds offsetAt(UtcTime time) const;
    /// Whether both zones show the same clock at every moment of [from, until).
    [[nodiscard]] bool agreesWith(const TimeZone& other, UtcTime from, UtcTime until) const;
    /// Whether its clock is ahead of UTC by whole steps at every moment of [from, until), and is only set
    /// between two of them: then its days and hours begin there, too.
    [[nodiscard]] bool keepsSteps(std::chrono::milliseconds step, UtcTime from, UtcTime until) const;

private:
    friend class LocalDays;

    struct Span {
        std::int64_t beginMs; ///< the offset holds in [beginMs, endMs)
        std::int64_t endMs;
        std::int64_t offsetMs;
    };

    [[nodiscard]] Span spanAt(std::int64_t utcMs) const;

    std::string m_name;
    const date::time_zone* m_zone = nullptr; ///< null: UTC
};

class LocalDays {
public:
    explicit LocalDays(TimeZone zone)
        : m_zone(std::move(zone)) {}

    [[nodiscard]] const TimeZone& zone() const { return m_zone; }

    [[nodiscard]] LocalDay dayOf(UtcTime time);
    /// When the hour that the zone's clock shows began; where the clock was set, when it was.
    [[nodiscard]] UtcTime startOfHour(UtcTime time);

private:
    /// Makes m_span the one that holds `ms`.
    void moveTo(std::int64_t ms);

    TimeZone m_zone;
    TimeZone::Span m_span{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
                          0};
};

/// "2026-11-21"
[[nodiscard]] std::string isoDate(LocalDay day);
/// "2026-W47": ISO 8601, weeks from Monday; the first holds the year's first Thursday.
[[nodiscard]] std::string isoWeek(LocalDay day);
/// "2026-11"
[[nodiscard]] std::string isoMonth(LocalDay day);

} // namespace tierdeck::sessions
