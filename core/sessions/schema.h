// The shape of the store's file: numbered migrations that only go forward, and how the file is opened. Used
// by the writer, by readers and by tests; the calling thread does the work.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/time_zone.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tierdeck::sessions::schema {

/// What makes a file of version `version` from one of version − 1. Never changed once it has been published.
struct Migration {
    int version = 0;
    std::string_view sql;
};

[[nodiscard]] std::span<const Migration> migrations();
[[nodiscard]] int currentVersion();

/// The eight sums and six token classes that turns, sessions and days keep, in the order in which they are
/// selected.
inline constexpr std::string_view sums = "requests, turns, unpriced, simulated, failed, latency_ms, input, "
                                         "cached_input, cache_write_5m, cache_write_1h, "
                                         "output, reasoning, web_searches, cost";
inline constexpr int sumCount = 14;

/// How many things the roll-up tells apart in a day: source, tier, model, provider, project, client, task
/// type.
inline constexpr int dimensionCount = 7;

/// Those of them that session_part has, too, with their places from 1.
inline constexpr std::array<std::pair<int, std::string_view>, 5> partDimensions{
    {{1, "source"}, {2, "tier"}, {3, "model"}, {5, "project"}, {6, "client"}}};

/// past_quarter's, which are counted since 1970 in UTC: the clocks of all zones differ by some of them.
inline constexpr std::int64_t msOfQuarter = 15 * 60 * 1000;

[[nodiscard]] constexpr std::int64_t quarterOf(std::int64_t ms) {
    return ms / msOfQuarter - (ms % msOfQuarter < 0 ? 1 : 0);
}

/// Of the session that is called `s`: pricing::TokenUsage::total().
inline constexpr std::string_view sessionTokens =
    "(s.input+s.cached_input+s.cache_write_5m+s.cache_write_1h+s.output)";

/// As the index request_text_unset has it, on the table `x`.
inline constexpr std::string_view wantedUnset = "x.decision GLOB '1[G-Vm-z_-]*'";

/// Days before this one (a number; of the store's zone) are summed up: in past_sum, past_month, past_quarter
/// and past_dearest; and sessions without a request since are in past_session and past_part.
inline constexpr std::string_view summedUntil = "SELECT value FROM meta WHERE name='summed_until'";
inline constexpr std::int64_t neverSummed = -1'000'000'000;

/// Brings the file to the version of the last step, each step in a transaction of its own; `timeZone` is kept
/// in a file that is only made now. Unsupported when the file is newer; ParseFailed when it is somebody
/// else's.
[[nodiscard]] Result<void> migrate(sqlite::Connection& connection, std::span<const Migration> steps,
                                   const std::string& timeZone);

/// Makes the file and its folder if need be, and migrates it. "" as zone is the machine's.
[[nodiscard]] Result<sqlite::Connection> openForWriting(const std::filesystem::path& file, int busyTimeoutMs,
                                                        const std::string& timeZone);
/// NotFound when there is no store. A store of an earlier version is migrated first.
[[nodiscard]] Result<sqlite::Connection> openForReading(const std::filesystem::path& file, int busyTimeoutMs);

/// The zone whose days the roll-up has.
[[nodiscard]] Result<TimeZone> timeZoneOf(sqlite::Connection& connection);

} // namespace tierdeck::sessions::schema
