#include "core/gateway/http/retry_after.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace tierdeck::gateway::http {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds longest = std::chrono::days(31);
constexpr milliseconds betweenLooksForCredit = std::chrono::hours(1);

milliseconds clamped(double ms) {
    return milliseconds(static_cast<std::int64_t>(std::clamp(ms, 0.0, static_cast<double>(longest.count()))));
}

std::optional<milliseconds> untilThen(double epochSeconds, UtcTime now) {
    return clamped(epochSeconds * 1000 - static_cast<double>(now.time_since_epoch().count()));
}

/// "Wed, 21 Oct 2026 07:28:00 GMT" (RFC 9110 §5.6.7).
std::optional<UtcTime> dateIn(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT") || text[3] != ',')
        return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) {
        const auto read = numberIn(text.substr(at, size));
        return read ? static_cast<int>(*read) : -1;
    };
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const std::chrono::year_month_day day(
        std::chrono::year(number(12, 4)),
        std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(std::max(number(5, 2), 0))));
    const int hour = number(17, 2);
    const int minute = number(20, 2);
    const int second = number(23, 2);
    if (month == months.end() || !day.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return std::nullopt;
    return UtcTime(std::chrono::sys_days(day).time_since_epoch() + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + seconds(second));
}

/// OpenAI's and Anthropic's: what is used up, and when it is there again.
std::optional<milliseconds> fromRateLimits(const Head& head, UtcTime now) {
    std::optional<milliseconds> wait;
    const auto note = [&wait](std::optional<milliseconds> more) {
        if (more && (!wait || *more > *wait))
            wait = more;
    };
    for (const std::string what : {"requests", "tokens"}) {
        if (head.find("x-ratelimit-remaining-" + what) == "0")
            note(timeSpanIn(head.find("x-ratelimit-reset-" + what)));
    }
    for (const std::string what : {"requests", "tokens", "input-tokens", "output-tokens"}) {
        if (head.find("anthropic-ratelimit-" + what + "-remaining") != "0")
            continue;
        if (const auto then = parseRfc3339(head.find("anthropic-ratelimit-" + what + "-reset")))
            note(clamped(static_cast<double>((*then - now).count())));
    }
    for (const std::string what : {"primary", "secondary"}) {
        const auto used = numberIn(head.find("x-codex-" + what + "-used-percent"));
        if (!used || *used < 100)
            continue;
        if (const auto left = numberIn(head.find("x-codex-" + what + "-reset-after-seconds")))
            note(clamped(*left * 1000));
        else if (const auto then = numberIn(head.find("x-codex-" + what + "-reset-at")))
            note(untilThen(*then, now));
    }
    return wait;
}

/// `resets_at` (seconds since 1970) and `resets_in_seconds` of "usage_limit_reached".
std::optional<milliseconds> fromBody(std::string_view body, UtcTime now) {
    if (body.find("resets_") == std::string_view::npos)
        return std::nullopt;
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    const auto inner = json.find("error");
    const auto& error = inner != json.end() && inner->is_object() ? *inner : json;
    const auto number = [&error](const char* key) -> std::optional<double> {
        const auto found = error.find(key);
        if (found == error.end() || !found->is_number())
            return std::nullopt;
        return std::clamp(found->get<double>(), 0.0, 1e12);
    };
    if (const auto left = number("resets_in_seconds"))
        return clamped(*left * 1000);
    if (const auto then = number("resets_at"))
        return untilThen(*then, now);
    return std::nullopt;
}

} // namespace

std::optional<double> numberIn(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || !(number >= 0) ||
        number > 1e12)
        return std::nullopt;
    return number;
}

bool isOutOfCredit(std::string_view body) {
    return body.find("\"insufficient_quota\"") != std::string_view::npos;
}

std::optional<milliseconds> timeSpanIn(std::string_view text) {
    double ms = 0;
    if (text.empty())
        return std::nullopt;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
        const auto number = numberIn(text.substr(0, digits));
        text.remove_prefix(digits);
        const auto letters = std::min(text.find_first_of("0123456789."), text.size());
        const auto unit = text.substr(0, letters);
        text.remove_prefix(letters);
        const double factor = unit == "ms"  ? 1
                              : unit == "s" ? 1e3
                              : unit == "m" ? 60e3
                              : unit == "h" ? 3600e3
                              : unit == "d" ? 86400e3
                                            : 0;
        if (!number || factor == 0)
            return std::nullopt;
        ms += *number * factor;
    }
    return clamped(ms);
}

std::optional<milliseconds> retryAfter(const Head& head, std::string_view body, UtcTime now) {
    if (const auto ms = numberIn(head.find("retry-after-ms")))
        return clamped(*ms);
    const auto asked = head.find("retry-after");
    if (const auto left = numberIn(asked))
        return clamped(*left * 1000);
    if (const auto then = dateIn(asked))
        return clamped(static_cast<double>((*then - now).count()));
    if (const auto wait = fromBody(body, now))
        return wait;
    if (head.status != 429)
        return std::nullopt;
    if (const auto wait = fromRateLimits(head, now))
        return wait;
    return isOutOfCredit(body) ? std::optional<milliseconds>(betweenLooksForCredit) : std::nullopt;
}

} // namespace tierdeck::gateway::http
