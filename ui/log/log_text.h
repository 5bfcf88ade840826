// How a line of the tier log is said in words: its kind, its level, its time, and what of it a row shows.
// Pure functions; GUI thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/tierlog/log_line.h"

#include <QLocale>
#include <QString>
#include <QTimeZone>

#include <optional>

namespace tierdeck::ui::text {

/// "assignment", "fallback", "complete" …; "" for a line of no kind.
[[nodiscard]] QString logKind(tierlog::Kind kind);
/// "info", "warning", "error"; "" for none.
[[nodiscard]] QString logLevel(tierlog::Level level);

/// 05:47:12.123, with the day before it where that is not the day of `now`. A time without a zone is shown as
/// it was written.
[[nodiscard]] QString logTime(UtcTime time, bool isLocal, UtcTime now,
                              const QTimeZone& zone = QTimeZone::systemTimeZone(),
                              const QLocale& locale = {});
/// The same with the day in full: for one line alone.
[[nodiscard]] QString logTimeInFull(UtcTime time, bool isLocal,
                                    const QTimeZone& zone = QTimeZone::systemTimeZone(),
                                    const QLocale& locale = {});

/// What the row of a line says: a finished request as model, tokens, cost and time; else the sentence, and
/// behind it what its fields say that no column does.
[[nodiscard]] QString logMessage(const QString& line, const QLocale& locale = {});

/// A tier as logs name it: "-" is an explicit model, which the rest of the app knows as "".
[[nodiscard]] QString tierOfLog(const QString& tier);

} // namespace tierdeck::ui::text
