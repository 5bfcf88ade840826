#include "app/tierctl/time_zone.h"

#include <date/tz.h>

#include <charconv>
#include <optional>
#include <sstream>

namespace tierdeck::app {
namespace {

const date::time_zone& zoneOf(const void* zone) {
    return *static_cast<const date::time_zone*>(zone);
}

std::optional<date::local_days> parseDate(std::string_view text) {
    if (text.size() != 10) {
        return std::nullopt;
    }
    std::istringstream in{std::string(text)};
    date::local_days day;
    in >> date::parse("%F", day);
    return in ? std::optional(day) : std::nullopt;
}

std::optional<std::chrono::hours> parseSpan(std::string_view text) {
    if (text.size() < 2 || (text.back() != 'h' && text.back() != 'd')) {
        return std::nullopt;
    }
    int count = 0;
    const char* end = text.data() + text.size() - 1;
    const auto [stop, problem] = std::from_chars(text.data(), end, count);
    if (problem != std::errc() || stop != end || count < 0 || count > 100'000) {
        return std::nullopt;
    }
    return std::chrono::hours(text.back() == 'd' ? count * 24 : count);
}

} // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    try {
        const date::time_zone* zone =
            name.empty() ? date::current_zone() : date::locate_zone(std::string(name));
        return TimeZone(zone, zone->name());
    } catch (const std::runtime_error&) {
        return failure(ErrorCode::InvalidInput,
                       "There is no time zone '" + std::string(name) +
                           "'; name one as the tz database does, such as Europe/Berlin or UTC.");
    }
}

std::string TimeZone::text(UtcTime time) const {
    return date::format("%F %T", zoneOf(m_zone).to_local(date::floor<std::chrono::seconds>(time)));
}

Result<UtcTime> TimeZone::parseMoment(std::string_view text, UtcTime now) const {
    if (const auto span = parseSpan(text)) {
        return now - *span;
    }
    if (const auto day = parseDate(text)) {
        // Where a day starts twice or not at all, its first moment is meant.
        return zoneOf(m_zone).to_sys(*day, date::choose::earliest);
    }
    auto moment = parseRfc3339(text);
    if (!moment) {
        return failure(ErrorCode::InvalidInput, "'" + std::string(text) +
                                                    "' is no time; write a date (2026-11-21), RFC 3339 "
                                                    "(2026-11-21T14:00:00Z), or a span before now (3h, 7d).");
    }
    return moment;
}

Result<UtcTime> TimeZone::parseFuture(std::string_view text, UtcTime now) const {
    const auto span = parseSpan(text);
    auto moment = span ? Result<UtcTime>(now + *span) : parseMoment(text, now);
    if (!moment) {
        return failure(ErrorCode::InvalidInput, "'" + std::string(text) +
                                                    "' is no time; write a date (2026-11-24), RFC 3339 "
                                                    "(2026-11-24T14:00:00Z), or a span from now (3h, 2d).");
    }
    if (*moment <= now) {
        return failure(ErrorCode::InvalidInput,
                       "'" + std::string(text) + "' has passed already; name a time to come.");
    }
    return moment;
}

} // namespace tierdeck::app
