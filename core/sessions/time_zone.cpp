#include "core/sessions/time_zone.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace tierdeck::sessions {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t msOfDay = 86'400'000;
constexpr std::int64_t msOfHour = 3'600'000;
/// Years that no one means, beyond which the zone's arithmetic would overflow: the 1st of January 1 and
/// 10000.
constexpr std::int64_t earliestMs = -62'135'596'800'000;
constexpr std::int64_t latestMs = 253'402'300'800'000;

std::int64_t daysBefore(std::int64_t localMs) {
    const std::int64_t days = localMs / msOfDay;
    return localMs % msOfDay < 0 ? days - 1 : days;
}

bool isUtc(std::string_view name) {
    static constexpr std::array<std::string_view, 6> names{"UTC", "Etc/UTC", "Etc/UCT",
                                                           "UCT", "Zulu",    "Etc/Zulu"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// "/usr/share/zoneinfo/Europe/Berlin" → "Europe/Berlin".
std::string nameInPath(std::string_view path) {
    static constexpr std::string_view folder = "zoneinfo/";
    const auto at = path.rfind(folder);
    if (at == std::string_view::npos)
        return {};
    path.remove_prefix(at + folder.size());
    for (const std::string_view variant : {"posix/", "right/"}) {
        if (path.substr(0, variant.size()) == variant)
            path.remove_prefix(variant.size());
    }
    return std::string(path);
}

std::string print(const char* format, int first, unsigned second) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, first, second);
    return text.data();
}

} // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    TimeZone zone;
    zone.m_name = name;
    if (isUtc(name))
        return zone;
    try {
        zone.m_zone = date::locate_zone(std::string(name));
        (void)zone.spanAt(0); // the file is read only now
    } catch (const std::exception& reason) {
        return failure(ErrorCode::InvalidInput,
                       "The time zone '" + zone.m_name +
                           "' is not known here; give a name such as Europe/Berlin, or install tzdata.",
                       reason.what());
    }
    return zone;
}

std::string TimeZone::nameOfMachine() {
    const auto known = [](const std::string& name) { return !name.empty() && find(name).has_value(); };
    if (const char* const variable = std::getenv("TZ")) {
        std::string name = variable;
        if (name.empty())
            return "UTC"; // as POSIX says
        if (name.front() == ':')
            name.erase(0, 1);
        if (!name.empty() && name.front() == '/')
            name = nameInPath(name);
        if (known(name))
            return name;
    }
    std::error_code none;
    if (const auto name = nameInPath(std::filesystem::canonical("/etc/localtime", none).string());
        known(name)) {
        // The link's own target before what that points to: it carries the name that the user chose.
        const auto chosen = nameInPath(std::filesystem::read_symlink("/etc/localtime", none).string());
        return known(chosen) ? chosen : name;
    }
    std::ifstream file("/etc/timezone");
    std::string name;
    if (std::getline(file, name) && known(name))
        return name;
    return "UTC";
}

TimeZone::Span TimeZone::spanAt(std::int64_t utcMs) const {
    if (!m_zone)
        return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), 0};
    const auto at = std::chrono::floor<std::chrono::seconds>(
        UtcTime(milliseconds(std::clamp(utcMs, earliestMs, latestMs))));
    const date::sys_info info = m_zone->get_info(at);
    Span span{info.begin.time_since_epoch().count() * 1000, info.end.time_since_epoch().count() * 1000,
              info.offset.count() * 1000};
    // What the database leaves open at both ends has no time in milliseconds.
    if (info.begin.time_since_epoch().count() < earliestMs / 1000)
        span.beginMs = std::numeric_limits<std::int64_t>::min();
    if (info.end.time_since_epoch().count() > latestMs / 1000)
        span.endMs = std::numeric_limits<std::int64_t>::max();
    return span;
}

UtcTime TimeZone::startOf(LocalDay day) const {
    const std::int64_t localMs = std::int64_t{day.time_since_epoch().count()} * msOfDay;
    if (!m_zone)
        return UtcTime(milliseconds(localMs));
    const date::local_seconds local{std::chrono::seconds(std::clamp(localMs, earliestMs, latestMs) / 1000)};
    return m_zone->to_sys(local, date::choose::earliest);
}

bool TimeZone::agreesWith(const TimeZone& other, UtcTime from, UtcTime until) const {
    if (m_name == other.m_name)
        return true;
    const std::int64_t untilMs = until.time_since_epoch().count();
    for (std::int64_t ms = from.time_since_epoch().count(); ms < untilMs;) {
        const Span mine = spanAt(ms);
        const Span theirs = other.spanAt(ms);
        if (mine.offsetMs != theirs.offsetMs)
            return false;
        ms = std::min(mine.endMs, theirs.endMs);
    }
    return true;
}

bool TimeZone::keepsSteps(milliseconds step, UtcTime from, UtcTime until) const {
    const std::int64_t fromMs = from.time_since_epoch().count();
    const std::int64_t untilMs = until.time_since_epoch().count();
    for (std::int64_t ms = fromMs; ms < untilMs;) {
        const Span span = spanAt(ms);
        if (span.offsetMs % step.count() != 0 || (ms != fromMs && span.beginMs % step.count() != 0))
            return false;
        ms = span.endMs;
    }
    return true;
}

std::chrono::milliseconds TimeZone::offsetAt(UtcTime time) const {
    return milliseconds(spanAt(time.time_since_epoch().count()).offsetMs);
}

void LocalDays::moveTo(std::int64_t ms) {
    if (ms < m_span.beginMs || ms >= m_span.endMs)
        m_span = m_zone.spanAt(ms);
}

UtcTime LocalDays::startOfHour(UtcTime time) {
    const std::int64_t ms = std::clamp(time.time_since_epoch().count(), earliestMs, latestMs);
    moveTo(ms);
    const std::int64_t inHour = ((ms + m_span.offsetMs) % msOfHour + msOfHour) % msOfHour;
    return UtcTime(milliseconds(std::max(ms - inHour, m_span.beginMs)));
}

LocalDay LocalDays::dayOf(UtcTime time) {
    const std::int64_t ms = std::clamp(time.time_since_epoch().count(), earliestMs, latestMs);
    moveTo(ms);
    return LocalDay(std::chrono::days(daysBefore(ms + m_span.offsetMs)));
}

std::string isoDate(LocalDay day) {
    const std::chrono::year_month_day date(day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

std::string isoWeek(LocalDay day) {
    // A week belongs to the year of its Thursday.
    const auto weekday = std::chrono::weekday(day).iso_encoding();
    const LocalDay thursday = day + std::chrono::days(4 - static_cast<int>(weekday));
    const std::chrono::year year = std::chrono::year_month_day(thursday).year();
    const LocalDay first(year / std::chrono::January / 1);
    return print("%04d-W%02u", static_cast<int>(year),
                 static_cast<unsigned>((thursday - first).count() / 7 + 1));
}

std::string isoMonth(LocalDay day) {
    const std::chrono::year_month_day date(day);
    return print("%04d-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
}

} // namespace tierdeck::sessions
