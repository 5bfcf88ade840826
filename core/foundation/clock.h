// Time as it is given to everything that needs it, so that tests can set it. Any thread.
#pragma once

#include "core/foundation/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace tierdeck {

/// A moment in UTC, to the millisecond: how times are stored and exchanged.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual UtcTime now() const = 0;
    [[nodiscard]] virtual SteadyTime steadyNow() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override;
    [[nodiscard]] SteadyTime steadyNow() const override;
};

/// "2026-11-21T05:47:12.123Z" (RFC 3339, UTC, always three decimals).
[[nodiscard]] std::string toRfc3339(UtcTime time);
/// Reads RFC 3339 with any number of decimals and any offset; a bare date is 00:00 UTC of that day.
[[nodiscard]] Result<UtcTime> parseRfc3339(std::string_view text);

} // namespace tierdeck
