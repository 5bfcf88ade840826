// How long a provider that refuses for now asks to be left alone: Retry-After in both its forms, and what
// quota headers and error bodies say of the vendors that do not send it. Pure; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/gateway/http/head.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace tierdeck::gateway::http {

/// A body that says so speaks of an account without credit: no wait that a provider could name ends that, a
/// person does.
[[nodiscard]] bool isOutOfCredit(std::string_view body);

/// Of a refusal with the status 429 or 5xx. nullopt where it does not say, never negative, at most 31 days.
/// An account without credit is asked again once an hour.
[[nodiscard]] std::optional<std::chrono::milliseconds> retryAfter(const Head& head, std::string_view body,
                                                                  UtcTime now);

/// A number of a header: not negative, and nothing else beside it.
[[nodiscard]] std::optional<double> numberIn(std::string_view text);

/// "1m30s", "6ms", "0.5s", "2h", as vendors write until when a limit is reset.
[[nodiscard]] std::optional<std::chrono::milliseconds> timeSpanIn(std::string_view text);

} // namespace tierdeck::gateway::http
