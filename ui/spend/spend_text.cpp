#include "ui/spend/spend_text.h"

#include "ui/shell/text_format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace tierdeck::ui::spend {

namespace {

using sessions::Dimension;
using sessions::Period;
using sessions::RangeKind;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Spend)
};

QDateTime local(UtcTime time, const QTimeZone& zone) {
    return text::local(time, zone);
}

/// The day before a period's end, which is a midnight.
QDate lastDate(const sessions::NamedPeriod& span, const QTimeZone& zone) {
    return local(span.until - std::chrono::milliseconds(1), zone).date();
}

} // namespace

QString dimensionName(Dimension dimension) {
    switch (dimension) {
    case Dimension::Source:
        return Words::tr("Source");
    case Dimension::Tier:
        return Words::tr("Tier");
    case Dimension::Model:
        return Words::tr("Model");
    case Dimension::Provider:
        return Words::tr("Provider");
    case Dimension::Project:
        return Words::tr("Project");
    case Dimension::Client:
        return Words::tr("Client");
    case Dimension::TaskType:
        return Words::tr("Task type");
    }
    return {};
}

QString valueName(Dimension dimension, const std::string& value) {
    if (dimension == Dimension::Tier)
        return text::tierName(QString::fromStdString(value));
    if (!value.empty())
        return QString::fromStdString(value);
    switch (dimension) {
    case Dimension::Model:
        return Words::tr("no model");
    case Dimension::Provider:
        return Words::tr("no provider");
    case Dimension::Project:
        return Words::tr("no project");
    case Dimension::Client:
        return Words::tr("unknown client");
    case Dimension::TaskType:
        return Words::tr("no task type");
    case Dimension::Source:
    case Dimension::Tier:
        break;
    }
    return Words::tr("unknown");
}

QString rangeName(RangeKind range) {
    switch (range) {
    case RangeKind::Today:
        return Words::tr("Today");
    case RangeKind::Last7Days:
        return Words::tr("Last 7 days");
    case RangeKind::Last30Days:
        return Words::tr("Last 30 days");
    case RangeKind::Last90Days:
        return Words::tr("Last 90 days");
    case RangeKind::ThisMonth:
        return Words::tr("This month");
    case RangeKind::LastMonth:
        return Words::tr("Last month");
    case RangeKind::All:
        return Words::tr("All time");
    case RangeKind::Custom:
        return Words::tr("Own days");
    }
    return {};
}

QString periodName(Period period) {
    switch (period) {
    case Period::None:
        return {};
    case Period::Hour:
        return Words::tr("hour");
    case Period::Day:
        return Words::tr("day");
    case Period::Week:
        return Words::tr("week");
    case Period::Month:
        return Words::tr("month");
    }
    return {};
}

QString periodTitle(Period period, const sessions::NamedPeriod& span, const QTimeZone& zone) {
    const QLocale locale;
    const QDateTime from = local(span.from, zone);
    switch (period) {
    case Period::None:
    case Period::Day:
        return text::date(from.date(), text::DateForm::Weekday, locale);
    case Period::Hour:
        return text::date(from.date(), text::DateForm::Weekday, locale) +
               locale.toString(from, QStringLiteral(", HH:mm")) + u'–' +
               locale.toString(local(span.until, zone), QStringLiteral("HH:mm"));
    case Period::Week:
        return Words::tr("Week %1: %2 to %3")
            .arg(QString::fromStdString(span.text.substr(span.text.find('W') + 1)),
                 text::date(from.date(), text::DateForm::DayMonth, locale),
                 text::date(lastDate(span, zone), text::DateForm::DayMonthYear, locale));
    case Period::Month:
        return locale.standaloneMonthName(from.date().month()) + u' ' + QString::number(from.date().year());
    }
    return {};
}

QString periodLabel(Period period, const sessions::NamedPeriod& span, const QTimeZone& zone) {
    const QLocale locale;
    const QDateTime from = local(span.from, zone);
    switch (period) {
    case Period::None:
        return {};
    case Period::Hour:
        return locale.toString(from, QStringLiteral("HH:mm"));
    case Period::Day:
    case Period::Week:
        return text::date(from.date(), text::DateForm::DayMonth, locale);
    case Period::Month:
        return text::date(from.date(), text::DateForm::ShortMonth, locale);
    }
    return {};
}

QTimeZone zoneOf(const std::string& name) {
    const QTimeZone zone(QByteArray::fromStdString(name));
    return zone.isValid() ? zone : QTimeZone::systemTimeZone();
}

QDate dateOf(sessions::LocalDay day) {
    return QDate(1970, 1, 1).addDays(day.time_since_epoch().count());
}

sessions::LocalDay dayOf(const QDate& date) {
    return sessions::LocalDay(std::chrono::days(static_cast<int>(QDate(1970, 1, 1).daysTo(date))));
}

} // namespace tierdeck::ui::spend
