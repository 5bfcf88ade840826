// Time zones for reports: what a person means by a day, and moments as that person reads them. Plain values;
// any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"

#include <string>
#include <string_view>

namespace tierdeck::app {

class TimeZone {
public:
    /// By IANA name ("Europe/Berlin", "UTC"); "" is the machine's.
    [[nodiscard]] static Result<TimeZone> find(std::string_view name);

    [[nodiscard]] const std::string& name() const { return m_name; }

    /// "2026-11-21 14:05:09"
    [[nodiscard]] std::string text(UtcTime time) const;
    /// RFC 3339, a date (its first moment here), or a span before `now`: "3h", "2d".
    [[nodiscard]] Result<UtcTime> parseMoment(std::string_view text, UtcTime now) const;
    /// The same with a span after `now`; InvalidInput for what has passed.
    [[nodiscard]] Result<UtcTime> parseFuture(std::string_view text, UtcTime now) const;

private:
    TimeZone(const void* zone, std::string name)
        : m_zone(zone)
        , m_name(std::move(name)) {}

    const void* m_zone; ///< lives as long as the program
    std::string m_name;
};

} // namespace tierdeck::app
