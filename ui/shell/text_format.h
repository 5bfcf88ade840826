// How values become text, in one place for all models and pages: money, tokens, durations, local times, names
// of tiers and sources. Pure functions; any thread. Numbers go through QLocale.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/strong_type.h"

#include <QLocale>
#include <QString>
#include <QTimeZone>

#include <cstdint>
#include <optional>

namespace tierdeck::sessions {
struct SessionRow;
struct Totals;
} // namespace tierdeck::sessions

namespace tierdeck::ui::text {

/// Dollars with enough digits to be true: $0.0004, $0.37, $128.40; two significant digits below ten cents.
[[nodiscard]] QString money(NanoUsd amount, const QLocale& locale = {});
/// "unpriced" for nullopt.
[[nodiscard]] QString money(std::optional<NanoUsd> amount, const QLocale& locale = {});
/// The same without the sign, for columns whose header says the unit. `decimals` is what the column needs
/// (see moneyDecimals): shorter numbers are padded with figure spaces so that the points stand under each
/// other.
[[nodiscard]] QString moneyInColumn(std::optional<NanoUsd> amount, int decimals, const QLocale& locale = {});
/// A round amount, as an axis has them: with so many decimals, none for nought.
[[nodiscard]] QString moneyOnAxis(double dollars, int decimals, const QLocale& locale = {});
/// How many decimals money() shows for it; at least 2.
[[nodiscard]] int moneyDecimals(NanoUsd amount);
/// Every digit: $0.012345678.
[[nodiscard]] QString moneyExact(NanoUsd amount, const QLocale& locale = {});
[[nodiscard]] QString unpriced();
/// What some requests cost in all: "$2.81", "$2.81 + 3 unpriced", "unpriced", "simulated".
[[nodiscard]] QString cost(const sessions::Totals& totals, const QLocale& locale = {});
/// The same of amounts that are summed up already.
[[nodiscard]] QString cost(NanoUsd priced, std::int64_t unpricedRequests, const QLocale& locale = {});
/// True where cost() is a word alone: nothing was paid, and there is something to say about why.
[[nodiscard]] bool isCostWord(const sessions::Totals& totals);

/// 840, 12.1k, 3.4M.
[[nodiscard]] QString tokens(std::int64_t count, const QLocale& locale = {});
/// 12,104.
[[nodiscard]] QString count(std::int64_t number, const QLocale& locale = {});
/// 0 % to 100 %, whole percents; "<1 %" for what is not nothing. `share` is 0 to 1.
[[nodiscard]] QString percent(double share, const QLocale& locale = {});
/// 480 ms, 5.6 s, 1 min 12 s, 2 h 05 min.
[[nodiscard]] QString duration(std::int64_t milliseconds, const QLocale& locale = {});
/// In seconds with one decimal, for columns in seconds: 0.5, 5.6, 72.0.
[[nodiscard]] QString secondsInColumn(std::int64_t milliseconds, const QLocale& locale = {});

[[nodiscard]] QDateTime local(UtcTime time, const QTimeZone& zone = QTimeZone::systemTimeZone());
/// 14:31 or 14:31:07.
[[nodiscard]] QString timeOfDay(UtcTime time, bool seconds = false,
                                const QTimeZone& zone = QTimeZone::systemTimeZone(),
                                const QLocale& locale = {});
/// Today, Yesterday, Wed 18 Nov, 18 Nov 2025: as short as it can be and still say which day, seen from `now`.
[[nodiscard]] QString day(UtcTime time, UtcTime now, const QTimeZone& zone = QTimeZone::systemTimeZone(),
                          const QLocale& locale = {});
/// 20 Nov; 20 Nov 2026; Fri 20 Nov 2026; Nov 2026; November 2026.
enum class DateForm { DayMonth, DayMonthYear, Weekday, ShortMonth, Month };
[[nodiscard]] QString date(const QDate& date, DateForm form, const QLocale& locale = {});
/// Fri 20 Nov 2026, 14:31:07.
[[nodiscard]] QString dateTime(UtcTime time, const QTimeZone& zone = QTimeZone::systemTimeZone(),
                               const QLocale& locale = {});
/// 14:02–15:37; only one time where both are the same minute; with days where they differ.
[[nodiscard]] QString timeSpan(UtcTime first, UtcTime last, UtcTime now,
                               const QTimeZone& zone = QTimeZone::systemTimeZone(),
                               const QLocale& locale = {});
/// CET (UTC+1): said once on a page that shows times.
[[nodiscard]] QString zoneName(UtcTime at, const QTimeZone& zone = QTimeZone::systemTimeZone());

/// B S C D b; a custom tier its label's (else name's) first letter; – for an explicit model (""). Never
/// empty.
[[nodiscard]] QString tierLetter(const QString& tier, const QString& label = {});
/// The tier's name, or "explicit model" for "".
[[nodiscard]] QString tierName(const QString& tier);
/// user, skill, dynamic, declared, rule, task type, default; "" stays "".
[[nodiscard]] QString tierSource(const QString& source);
/// "OK", "failed", "cancelled", "gate failed" for a record's status.
[[nodiscard]] QString requestStatus(const QString& status);

/// Its title, else its project or client and when it began.
[[nodiscard]] QString sessionTitle(const sessions::SessionRow& session, UtcTime now);

[[nodiscard]] QString fromUtf8(std::string_view text);

} // namespace tierdeck::ui::text
