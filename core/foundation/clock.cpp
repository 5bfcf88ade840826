#include "core/foundation/clock.h"

#include <algorithm>
#include <optional>

namespace tierdeck {

namespace {

constexpr std::string_view howToWriteATime =
    "Write the time like 2026-11-21T05:47:12Z or as a date like 2026-11-21.";

tl::unexpected<Error> notATime(std::string_view text) {
    return failure(ErrorCode::ParseFailed, std::string(howToWriteATime),
                   "not a time: " + std::string(text.substr(0, 64)));
}

/// Takes fixed numbers of digits from the front of a text.
class DigitReader {
public:
    explicit DigitReader(std::string_view text)
        : m_rest(text) {}

    std::optional<int> number(std::size_t digits) {
        if (m_rest.size() < digits)
            return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (!isDigit(m_rest[i]))
                return std::nullopt;
            value = value * 10 + (m_rest[i] - '0');
        }
        m_rest.remove_prefix(digits);
        return value;
    }

    bool take(std::string_view anyOf) {
        if (m_rest.empty() || anyOf.find(m_rest.front()) == std::string_view::npos)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }

    /// Any number of decimals, cut to milliseconds. nullopt where there is none.
    std::optional<int> decimals() {
        if (m_rest.empty() || !isDigit(m_rest.front()))
            return std::nullopt;
        int milliseconds = 0;
        int weight = 100;
        while (!m_rest.empty() && isDigit(m_rest.front())) {
            milliseconds += (m_rest.front() - '0') * weight;
            weight /= 10;
            m_rest.remove_prefix(1);
        }
        return milliseconds;
    }

    [[nodiscard]] bool atEnd() const { return m_rest.empty(); }

    [[nodiscard]] char front() const { return m_rest.empty() ? '\0' : m_rest.front(); }

private:
    static bool isDigit(char c) { return c >= '0' && c <= '9'; }

    std::string_view m_rest;
};

void putDigits(char* end, std::size_t digits, unsigned value) {
    for (std::size_t i = 0; i < digits; ++i) {
        *--end = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

} // namespace

UtcTime SystemClock::now() const {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steadyNow() const {
    return std::chrono::steady_clock::now();
}

std::string toRfc3339(UtcTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    // The format has four digits for the year; what lies outside is shown as its edge.
    const int year = std::min(std::max(static_cast<int>(date.year()), 0), 9999);

    std::string text = "0000-00-00T00:00:00.000Z";
    char* const at = text.data();
    putDigits(at + 4, 4, static_cast<unsigned>(year));
    putDigits(at + 7, 2, static_cast<unsigned>(date.month()));
    putDigits(at + 10, 2, static_cast<unsigned>(date.day()));
    putDigits(at + 13, 2, static_cast<unsigned>(clock.hours().count()));
    putDigits(at + 16, 2, static_cast<unsigned>(clock.minutes().count()));
    putDigits(at + 19, 2, static_cast<unsigned>(clock.seconds().count()));
    putDigits(at + 23, 3, static_cast<unsigned>(clock.subseconds().count()));
    return text;
}

Result<UtcTime> parseRfc3339(std::string_view text) {
    using namespace std::chrono;
    DigitReader reader(text);
    const auto yearNumber = reader.number(4);
    if (!yearNumber || !reader.take("-"))
        return notATime(text);
    const auto monthNumber = reader.number(2);
    if (!monthNumber || !reader.take("-"))
        return notATime(text);
    const auto dayNumber = reader.number(2);
    if (!dayNumber)
        return notATime(text);
    const year_month_day date{year{*yearNumber}, month{static_cast<unsigned>(*monthNumber)},
                              day{static_cast<unsigned>(*dayNumber)}};
    if (!date.ok())
        return notATime(text);
    UtcTime time = sys_days{date};
    if (reader.atEnd())
        return time;

    if (!reader.take("Tt "))
        return notATime(text);
    const auto hourNumber = reader.number(2);
    if (!hourNumber || *hourNumber > 23 || !reader.take(":"))
        return notATime(text);
    const auto minuteNumber = reader.number(2);
    if (!minuteNumber || *minuteNumber > 59 || !reader.take(":"))
        return notATime(text);
    const auto secondNumber = reader.number(2);
    if (!secondNumber || *secondNumber > 60) // 60 is a leap second, which system time counts as the next one
        return notATime(text);
    time += hours{*hourNumber} + minutes{*minuteNumber} + seconds{*secondNumber};
    if (reader.take(".")) {
        const auto fraction = reader.decimals();
        if (!fraction)
            return notATime(text);
        time += milliseconds{*fraction};
    }

    if (reader.take("Zz"))
        return reader.atEnd() ? Result<UtcTime>(time) : notATime(text);
    const bool isEast = reader.front() == '+';
    if (!reader.take("+-"))
        return notATime(text);
    const auto offsetHours = reader.number(2);
    if (!offsetHours || *offsetHours > 23 || !reader.take(":"))
        return notATime(text);
    const auto offsetMinutes = reader.number(2);
    if (!offsetMinutes || *offsetMinutes > 59 || !reader.atEnd())
        return notATime(text);
    const minutes offset = hours{*offsetHours} + minutes{*offsetMinutes};
    return isEast ? time - offset : time + offset;
}

} // namespace tierdeck
