#include "ui/shell/text_format.h"

#include "core/sessions/store_reader.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace tierdeck::ui::text {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(TextFormat)
};

constexpr std::int64_t nanoPerUsd = 1'000'000'000;

std::int64_t powerOfTen(int exponent) {
    std::int64_t power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

/// Half up at `decimals`, in units of 10^-decimals dollars; exact, and safe for the greatest amounts.
std::int64_t rounded(std::int64_t nano, int decimals) {
    const std::int64_t step = powerOfTen(9 - decimals);
    const std::int64_t whole = nano / step;
    const std::int64_t rest = nano % step;
    return rest * 2 >= step ? whole + 1 : whole;
}

/// "1,234.50" in the locale's digits and separators, from integers alone.
QString decimalText(std::int64_t units, int decimals, const QLocale& locale) {
    const std::int64_t power = powerOfTen(decimals);
    QString text = locale.toString(static_cast<qlonglong>(units / power));
    if (decimals == 0)
        return text;
    const QString digits = QString::number(units % power).rightJustified(decimals, u'0');
    const QString zero = locale.zeroDigit();
    text += locale.decimalPoint();
    for (const QChar digit : digits)
        text += QChar(static_cast<char16_t>(zero.at(0).unicode() + digit.digitValue()));
    return text;
}

/// Puts the dollar sign and a minus where the locale puts them.
QString withSign(const QString& number, bool negative, const QLocale& locale) {
    if (locale.language() == QLocale::C) // writes the sign last, as no one reads it
        return (negative ? locale.negativeSign() : QString()) + u'$' + number;
    const QString pattern = locale.toCurrencyString(static_cast<qlonglong>(1), QStringLiteral("$"));
    const QString one = locale.toString(1);
    // Some locales write "1 $" (and with decimals); replace the digits, keep sign and spaces.
    const qsizetype begin = pattern.indexOf(one.at(0));
    qsizetype end = begin;
    while (end < pattern.size() &&
           (pattern.at(end).isDigit() || pattern.at(end) == locale.decimalPoint().at(0)))
        ++end;
    QString text = begin < 0 ? u'$' + number : pattern.left(begin) + number + pattern.mid(end);
    return negative ? locale.negativeSign() + text : text;
}

QString scaled(double value, const char* unit, const QLocale& locale) {
    return locale.toString(value, 'f', value < 99.95 ? 1 : 0) + QLatin1StringView(unit);
}

} // namespace

int moneyDecimals(NanoUsd amount) {
    const std::int64_t nano = std::abs(amount.value);
    if (nano == 0 || nano >= nanoPerUsd / 10)
        return 2;
    int leading = 0; // zeros after the point
    while (nano * powerOfTen(leading + 1) < nanoPerUsd)
        ++leading;
    int decimals = std::min(9, leading + 2);
    std::int64_t units = rounded(nano, decimals);
    while (decimals > 2 && units % 10 == 0) {
        units /= 10;
        --decimals;
    }
    return decimals;
}

QString money(NanoUsd amount, const QLocale& locale) {
    const int decimals = moneyDecimals(amount);
    const std::int64_t nano = std::abs(amount.value);
    return withSign(decimalText(rounded(nano, decimals), decimals, locale), amount.value < 0, locale);
}

QString money(std::optional<NanoUsd> amount, const QLocale& locale) {
    return amount ? money(*amount, locale) : unpriced();
}

QString moneyOnAxis(double dollars, int decimals, const QLocale& locale) {
    const std::int64_t units = std::llround(std::abs(dollars) * static_cast<double>(powerOfTen(decimals)));
    if (units == 0)
        return withSign(locale.toString(0), false, locale);
    return withSign(decimalText(units, decimals, locale), dollars < 0, locale);
}

QString moneyInColumn(std::optional<NanoUsd> amount, int decimals, const QLocale& locale) {
    if (!amount)
        return unpriced();
    const int own = moneyDecimals(*amount);
    const std::int64_t nano = std::abs(amount->value);
    QString text = decimalText(rounded(nano, own), own, locale);
    if (amount->value < 0)
        text.prepend(locale.negativeSign());
    return text + QString(std::max(0, decimals - own), QChar(0x2007));
}

QString moneyExact(NanoUsd amount, const QLocale& locale) {
    std::int64_t units = std::abs(amount.value);
    int decimals = 9;
    while (decimals > 2 && units % 10 == 0) {
        units /= 10;
        --decimals;
    }
    return withSign(decimalText(units, decimals, locale), amount.value < 0, locale);
}

QString unpriced() {
    return Words::tr("unpriced");
}

QString cost(const sessions::Totals& totals, const QLocale& locale) {
    if (isCostWord(totals))
        return totals.unpricedRequests > 0 ? unpriced() : Words::tr("simulated");
    return cost(totals.cost, totals.unpricedRequests, locale);
}

QString cost(NanoUsd priced, std::int64_t unpricedRequests, const QLocale& locale) {
    if (unpricedRequests == 0)
        return money(priced, locale);
    if (priced == NanoUsd(0))
        return unpriced();
    return Words::tr("%1 + %n unpriced", nullptr, static_cast<int>(unpricedRequests))
        .arg(money(priced, locale));
}

bool isCostWord(const sessions::Totals& totals) {
    return totals.cost == NanoUsd(0) && (totals.unpricedRequests > 0 || totals.simulatedRequests > 0);
}

QString tokens(std::int64_t number, const QLocale& locale) {
    const double value = static_cast<double>(number);
    if (std::abs(number) < 1000)
        return locale.toString(static_cast<qlonglong>(number));
    if (std::abs(value) < 999'500)
        return scaled(value / 1e3, "k", locale);
    if (std::abs(value) < 999'500'000)
        return scaled(value / 1e6, "M", locale);
    return scaled(value / 1e9, "G", locale);
}

QString count(std::int64_t number, const QLocale& locale) {
    return locale.toString(static_cast<qlonglong>(number));
}

QString percent(double share, const QLocale& locale) {
    const double value = share * 100;
    if (value > 0 && value < 1)
        return Words::tr("<%1 %").arg(locale.toString(1));
    // Not all is said to be all.
    const double whole = value < 100 ? std::min(std::round(value), 99.0) : std::round(value);
    return Words::tr("%1 %").arg(locale.toString(static_cast<int>(whole)));
}

QString duration(std::int64_t milliseconds, const QLocale& locale) {
    if (milliseconds < 1000)
        return Words::tr("%1 ms").arg(locale.toString(static_cast<qlonglong>(milliseconds)));
    if (milliseconds < 59'950)
        return Words::tr("%1 s").arg(locale.toString(static_cast<double>(milliseconds) / 1000, 'f', 1));
    const std::int64_t seconds = (milliseconds + 500) / 1000;
    const auto twoDigits = [&locale](std::int64_t number) {
        const QString text = locale.toString(static_cast<qlonglong>(number));
        return text.size() < 2 ? locale.zeroDigit() + text : text;
    };
    if (seconds < 3600)
        return Words::tr("%1 min %2 s")
            .arg(locale.toString(static_cast<qlonglong>(seconds / 60)), twoDigits(seconds % 60));
    return Words::tr("%1 h %2 min")
        .arg(locale.toString(static_cast<qlonglong>(seconds / 3600)), twoDigits(seconds / 60 % 60));
}

QString secondsInColumn(std::int64_t milliseconds, const QLocale& locale) {
    return locale.toString(static_cast<double>(milliseconds) / 1000, 'f', 1);
}

QDateTime local(UtcTime time, const QTimeZone& zone) {
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), zone);
}

QString timeOfDay(UtcTime time, bool seconds, const QTimeZone& zone, const QLocale& locale) {
    return locale.toString(local(time, zone).time(),
                           seconds ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm"));
}

QString day(UtcTime time, UtcTime now, const QTimeZone& zone, const QLocale& locale) {
    const QDate date = local(time, zone).date();
    const QDate today = local(now, zone).date();
    if (date == today)
        return Words::tr("Today");
    if (date.addDays(1) == today)
        return Words::tr("Yesterday");
    //: A day of this year; see QDate::toString
    if (date.year() == today.year())
        return locale.toString(date, Words::tr("ddd d MMM"));
    return text::date(date, DateForm::DayMonthYear, locale);
}

QString date(const QDate& date, DateForm form, const QLocale& locale) {
    switch (form) {
    case DateForm::DayMonth:
        //: A day whose year is known; see QDate::toString
        return locale.toString(date, Words::tr("d MMM"));
    case DateForm::DayMonthYear:
        //: A day of another year
        return locale.toString(date, Words::tr("d MMM yyyy"));
    case DateForm::Weekday:
        return locale.toString(date, Words::tr("ddd d MMM yyyy"));
    case DateForm::ShortMonth:
        return locale.toString(date, Words::tr("MMM yyyy"));
    case DateForm::Month:
        return locale.toString(date, Words::tr("MMMM yyyy"));
    }
    return {};
}

QString dateTime(UtcTime time, const QTimeZone& zone, const QLocale& locale) {
    const QDateTime moment = local(time, zone);
    //: A day with its year
    return text::date(moment.date(), DateForm::Weekday, locale) + QStringLiteral(", ") +
           locale.toString(moment.time(), QStringLiteral("HH:mm:ss"));
}

QString timeSpan(UtcTime first, UtcTime last, UtcTime now, const QTimeZone& zone, const QLocale& locale) {
    const QString from = timeOfDay(first, false, zone, locale);
    const QString to = timeOfDay(last, false, zone, locale);
    const QString firstDay = day(first, now, zone, locale);
    const QString lastDay = day(last, now, zone, locale);
    if (firstDay != lastDay)
        return Words::tr("%1 %2 – %3 %4").arg(firstDay, from, lastDay, to);
    const QString times = from == to ? from : from + QChar(0x2013) + to;
    return Words::tr("%1 %2").arg(firstDay, times);
}

QString zoneName(UtcTime at, const QTimeZone& zone) {
    const QDateTime moment = local(at, zone);
    const int minutes = moment.offsetFromUtc() / 60;
    if (minutes == 0)
        return QStringLiteral("UTC");
    QString offset =
        QStringLiteral("UTC%1%2").arg(minutes < 0 ? QChar(0x2212) : QChar(u'+')).arg(std::abs(minutes) / 60);
    if (minutes % 60 != 0)
        offset += QStringLiteral(":%1").arg(std::abs(minutes) % 60, 2, 10, QChar(u'0'));
    const QString name = moment.timeZoneAbbreviation();
    if (name.isEmpty() || name.startsWith(QLatin1StringView("UTC")) || name.at(0) == u'+' ||
        name.at(0) == u'-')
        return offset;
    return QStringLiteral("%1 (%2)").arg(name, offset);
}

QString tierLetter(const QString& tier, const QString& label) {
    if (tier.isEmpty())
        return QStringLiteral("–");
    if (tier == u"background")
        return QStringLiteral("b");
    const QString source = label.trimmed().isEmpty() ? tier : label.trimmed();
    const qsizetype size = source.at(0).isHighSurrogate() && source.size() > 1 ? 2 : 1;
    return source.left(size).toUpper();
}

QString tierName(const QString& tier) {
    return tier.isEmpty() ? Words::tr("explicit model") : tier;
}

QString tierSource(const QString& source) {
    if (source == u"taskType")
        return Words::tr("task type");
    if (source == u"user")
        return Words::tr("user");
    if (source == u"skill")
        return Words::tr("skill");
    if (source == u"dynamic")
        return Words::tr("dynamic");
    if (source == u"declared")
        return Words::tr("declared");
    if (source == u"rule")
        return Words::tr("rule");
    if (source == u"default")
        return Words::tr("default");
    return source;
}

QString requestStatus(const QString& status) {
    if (status == u"ok")
        return Words::tr("OK");
    if (status == u"error")
        return Words::tr("failed");
    if (status == u"cancelled")
        return Words::tr("cancelled");
    if (status == u"gate_failed")
        return Words::tr("gate failed");
    return status;
}

QString sessionTitle(const sessions::SessionRow& session, UtcTime now) {
    if (!session.title.empty())
        return fromUtf8(session.title);
    const QString when = day(session.firstTime, now) + u' ' + timeOfDay(session.firstTime);
    const std::string& of = session.project.empty() ? session.client : session.project;
    return of.empty() ? when : Words::tr("%1, %2").arg(fromUtf8(of), when);
}

QString fromUtf8(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace tierdeck::ui::text
