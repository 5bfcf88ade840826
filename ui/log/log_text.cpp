#include "ui/log/log_text.h"

#include "ui/shell/text_format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QStringList>

#include <algorithm>
#include <array>
#include <string_view>

namespace tierdeck::ui::text {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(LogText)
};

QString unquoted(std::string_view value) {
    return fromUtf8(tierlog::unescaped(value));
}

std::optional<std::int64_t> number(std::string_view value) {
    bool isNumber = false;
    const qlonglong read = fromUtf8(value).toLongLong(&isNumber);
    return isNumber ? std::optional<std::int64_t>(read) : std::nullopt;
}

/// "0.012345" dollars; nullopt for what is no amount ("unpriced", "-").
std::optional<NanoUsd> amount(std::string_view value) {
    bool isNumber = false;
    const double dollars = fromUtf8(value).toDouble(&isNumber);
    if (!isNumber)
        return std::nullopt;
    return NanoUsd(static_cast<std::int64_t>(std::llround(dollars * 1e9)));
}

QString finishedRequest(const tierlog::LogLine& line, const QLocale& locale) {
    QStringList parts;
    const QString status = unquoted(line.field("status"));
    const auto http = number(line.field("http"));
    if (!status.isEmpty() && status != QLatin1String("ok"))
        parts << (http.value_or(0) > 0 ? Words::tr("%1 (HTTP %2)").arg(requestStatus(status)).arg(*http)
                                       : requestStatus(status));
    if (const QString model = unquoted(line.field("model")); !model.isEmpty())
        parts << model;
    QStringList counts;
    if (const auto input = number(line.field("input")))
        counts << Words::tr("%1 in").arg(tokens(*input, locale));
    if (const auto cached = number(line.field("cached")); cached.value_or(0) > 0)
        counts << Words::tr("%1 cached").arg(tokens(*cached, locale));
    if (const auto written = number(line.field("cache_write")); written.value_or(0) > 0)
        counts << Words::tr("%1 to cache").arg(tokens(*written, locale));
    if (const auto output = number(line.field("output")))
        counts << Words::tr("%1 out").arg(tokens(*output, locale));
    if (!counts.isEmpty())
        parts << counts.join(QStringLiteral(" · "));
    if (line.field("simulated") == "1")
        parts << Words::tr("simulated");
    else if (const std::string_view cost = line.field("cost_usd"); !cost.empty())
        parts << money(amount(cost), locale);
    if (const auto latency = number(line.field("latency_ms")))
        parts << duration(*latency, locale);
    return parts.join(QStringLiteral(" · "));
}

QDateTime asLocal(UtcTime time, bool isLocal, const QTimeZone& zone) {
    return isLocal ? QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC)
                   : local(time, zone);
}

} // namespace

QString logKind(tierlog::Kind kind) {
    switch (kind) {
    case tierlog::Kind::Other:
        return {};
    case tierlog::Kind::Assignment:
        return Words::tr("assignment");
    case tierlog::Kind::Upgrade:
        return Words::tr("upgrade");
    case tierlog::Kind::Fallback:
        return Words::tr("fallback");
    case tierlog::Kind::Complete:
        return Words::tr("complete");
    case tierlog::Kind::Mismatch:
        return Words::tr("mismatch");
    case tierlog::Kind::Budget:
        return Words::tr("budget");
    case tierlog::Kind::Availability:
        return Words::tr("availability");
    case tierlog::Kind::Preferences:
        return Words::tr("preferences");
    case tierlog::Kind::Window:
        return Words::tr("window");
    }
    return {};
}

QString logLevel(tierlog::Level level) {
    switch (level) {
    case tierlog::Level::None:
        return {};
    case tierlog::Level::Debug:
        return Words::tr("debug");
    case tierlog::Level::Info:
        return Words::tr("info");
    case tierlog::Level::Warn:
        return Words::tr("warning");
    case tierlog::Level::Error:
        return Words::tr("error");
    }
    return {};
}

QString logTime(UtcTime time, bool isLocal, UtcTime now, const QTimeZone& zone, const QLocale& locale) {
    const QDateTime shown = asLocal(time, isLocal, zone);
    const QString clock = locale.toString(shown.time(), QStringLiteral("HH:mm:ss.zzz"));
    const QDate today = local(now, zone).date();
    if (shown.date() == today)
        return clock;
    const QString day =
        locale.toString(shown.date(), shown.date().year() == today.year() ? QStringLiteral("d MMM")
                                                                          : QStringLiteral("d MMM yyyy"));
    return QStringLiteral("%1  %2").arg(day, clock);
}

QString logTimeInFull(UtcTime time, bool isLocal, const QTimeZone& zone, const QLocale& locale) {
    const QDateTime shown = asLocal(time, isLocal, zone);
    return locale.toString(shown, QStringLiteral("ddd d MMM yyyy, HH:mm:ss.zzz"));
}

QString logMessage(const QString& line, const QLocale& locale) {
    const std::string bytes = line.toStdString();
    const tierlog::LogLine parsed = tierlog::parseLogLine(bytes);
    if (parsed.kind == tierlog::Kind::Complete) {
        const QString summary = finishedRequest(parsed, locale);
        if (!summary.isEmpty())
            return summary;
    }
    QString sentence = fromUtf8(parsed.sentence());
    // The first words say what the kind column says already.
    if (parsed.kind != tierlog::Kind::Other && !sentence.startsWith(u'[')) {
        const qsizetype colon = sentence.indexOf(u':');
        if (colon > 0)
            sentence = sentence.mid(colon + 1).trimmed();
    }
    sentence.replace(QStringLiteral(" -> "), QStringLiteral(" → "));
    static constexpr std::array<std::string_view, 5> shownElsewhere{"tier", "tier_source", "session", "turn",
                                                                    "request"};
    static constexpr std::array<std::string_view, 3> speakForThemselves{"model", "client", "project"};
    const auto isAmong = [](const auto& keys, std::string_view key) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    QStringList parts;
    if (!sentence.isEmpty())
        parts << sentence;
    for (const tierlog::LogField& field : parsed.fields()) {
        if (parsed.kind == tierlog::Kind::Other)
            parts << QStringLiteral("%1=%2").arg(fromUtf8(field.key), unquoted(field.value));
        else if (isAmong(speakForThemselves, field.key))
            parts << unquoted(field.value);
        else if (!isAmong(shownElsewhere, field.key))
            parts << QStringLiteral("%1 %2").arg(fromUtf8(field.key), unquoted(field.value));
    }
    return parts.join(parsed.kind == tierlog::Kind::Other ? QStringLiteral(" ") : QStringLiteral(" · "));
}

QString tierOfLog(const QString& tier) {
    return tier == QLatin1String("-") ? QString() : tier;
}

} // namespace tierdeck::ui::text
