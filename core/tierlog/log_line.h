// The grammar of one tier log line: ours, GolemCore's, and anything else as it is. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/foundation/clock.h"

namespace tierdeck::tierlog {

enum class Level : std::uint8_t { None, Debug, Info, Warn, Error };
enum class Kind : std::uint8_t { Other, Assignment, Upgrade, Fallback, Complete, Mismatch, Budget, Availability, Preferences };

/// Views into the line.
struct LogLine {
    std::optional<UtcTime> time;
    Level level = Level::None;
    Kind kind = Kind::Other;
    std::string_view message; ///< after time and level
    std::string_view tier;    ///< assigned, or the one climbed to
    std::string_view session;
    std::optional<int> turn;
    std::optional<std::int64_t> request;

    /// The value of `key=value` in the message; quotes taken off; "" when absent.
    [[nodiscard]] std::string_view field(std::string_view key) const;
};

[[nodiscard]] LogLine parseLogLine(std::string_view line);
[[nodiscard]] std::string_view toString(Level level);

} // namespace tierdeck::tierlog
