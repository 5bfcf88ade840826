// The words of the Spend page: names of dimensions, their values, periods and ranges. Pure functions; any
// thread.
#pragma once

#include "core/sessions/spend_range.h"
#include "core/sessions/store_reader.h"

#include <QDate>
#include <QString>
#include <QTimeZone>

#include <array>
#include <string>

namespace tierdeck::ui::spend {

inline constexpr std::array dimensions{sessions::Dimension::Tier,     sessions::Dimension::Model,
                                       sessions::Dimension::Provider, sessions::Dimension::Project,
                                       sessions::Dimension::Client,   sessions::Dimension::TaskType,
                                       sessions::Dimension::Source};
inline constexpr std::array ranges{sessions::RangeKind::Today,      sessions::RangeKind::Last7Days,
                                   sessions::RangeKind::Last30Days, sessions::RangeKind::Last90Days,
                                   sessions::RangeKind::ThisMonth,  sessions::RangeKind::LastMonth,
                                   sessions::RangeKind::All,        sessions::RangeKind::Custom};

/// "Tier", "Task type".
[[nodiscard]] QString dimensionName(sessions::Dimension dimension);
/// The value as people say it: "no project" for "".
[[nodiscard]] QString valueName(sessions::Dimension dimension, const std::string& value);
[[nodiscard]] QString rangeName(sessions::RangeKind range);
/// "hour", "day" …, as in "per day".
[[nodiscard]] QString periodName(sessions::Period period);
/// "Fri 20 Nov 2026", "14:00–15:00", "Week 47 · 16–22 Nov", "November 2026".
[[nodiscard]] QString periodTitle(sessions::Period period, const sessions::NamedPeriod& span,
                                  const QTimeZone& zone);
/// Under an axis: "20 Nov", "14:00", "W47", "Nov".
[[nodiscard]] QString periodLabel(sessions::Period period, const sessions::NamedPeriod& span,
                                  const QTimeZone& zone);
[[nodiscard]] QTimeZone zoneOf(const std::string& name);
[[nodiscard]] QDate dateOf(sessions::LocalDay day);
[[nodiscard]] sessions::LocalDay dayOf(const QDate& date);

} // namespace tierdeck::ui::spend
