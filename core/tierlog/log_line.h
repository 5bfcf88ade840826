// The grammar of one tier log line: ours, GolemCore's, and anything else as it is. Pure; any thread.
#pragma once

#include "core/foundation/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::tierlog {

enum class Level : std::uint8_t { None, Debug, Info, Warn, Error };
enum class Kind : std::uint8_t {
    Other,
    Assignment,
    Upgrade,
    Fallback,
    Complete,
    Mismatch,
    Budget,
    Availability,
    Preferences,
    Window
};

struct LogField {
    std::string_view key;
    std::string_view value; ///< quotes taken off, escapes left as they stand: see unescaped()
};

/// Views into the line.
struct LogLine {
    std::optional<UtcTime> time;
    bool timeIsLocal =
        false; ///< the line names no zone: `time` holds what the writer's clock on the wall showed
    Level level = Level::None;
    Kind kind = Kind::Other;
    std::string_view message; ///< after time and level
    std::string_view tier;    ///< assigned, or the one climbed to
    std::string_view session;
    std::optional<int> turn;
    std::optional<std::int64_t> request;

    /// The value of `key=value` behind the sentence; quotes taken off; "" when absent. Only the unbroken run
    /// of `key=value` words at the end of the message counts, and of a key that stands twice the last: what a
    /// client or a skill is called cannot pass for a field.
    [[nodiscard]] std::string_view field(std::string_view key) const;
    /// All of them, in the order of the line.
    [[nodiscard]] std::vector<LogField> fields() const;
    /// The message without its fields.
    [[nodiscard]] std::string_view sentence() const;
};

/// What can be told from a line without looking at its fields one by one.
struct LineGist {
    Level level = Level::None;
    Kind kind = Kind::Other;
    std::string_view tier;
};

[[nodiscard]] LogLine parseLogLine(std::string_view line);
/// The same level, kind and tier as parseLogLine() finds, quickly: for the index of a million lines.
[[nodiscard]] LineGist gistOf(std::string_view line);
/// A quoted field's value as it was before it was written: `\"` is a quote, `\\` a backslash, `\n` and `\t`
/// white space.
[[nodiscard]] std::string unescaped(std::string_view value);
[[nodiscard]] std::string_view toString(Level level);
/// "assignment", "upgrade", "fallback" …; "" for Other.
[[nodiscard]] std::string_view toString(Kind kind);

} // namespace tierdeck::tierlog
