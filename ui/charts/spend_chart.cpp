#include "ui/charts/spend_chart.h"

#include "ui/charts/turn_bins.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>

namespace tierdeck::ui {

namespace {

constexpr double widestBar = 36;
constexpr double emptyTop = 1;
constexpr int lineInLegend = 18;

constexpr std::array patternStyles{Qt::SolidPattern, Qt::BDiagPattern,  Qt::HorPattern,
                                   Qt::VerPattern,   Qt::Dense6Pattern, Qt::CrossPattern};

} // namespace

std::int64_t SpendChartData::Column::total() const {
    std::int64_t sum = 0;
    for (const std::int64_t amount : amounts)
        sum += amount;
    return sum;
}

std::int64_t SpendChartData::unpriced() const {
    std::int64_t sum = 0;
    for (const Column& column : columns)
        sum += column.unpriced;
    return sum;
}

std::int64_t SpendChartData::sumUpTo(qsizetype column) const {
    std::int64_t sum = 0;
    for (qsizetype i = 0; i <= column && i < columns.size(); ++i)
        sum += columns.at(i).total();
    return sum;
}

SpendChart::SpendChart(const Theme& theme, QWidget* parent)
    : KeyedChart(parent)
    , m_theme(theme) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&theme, &Theme::changed, this, [this] {
        layOutLegend();
        update();
    });
    refit();
}

SpendChart::~SpendChart() = default;

void SpendChart::setData(const SpendChartData& values) {
    if (values == m_data)
        return;
    const bool sameColumns = values.columns.size() == m_data.columns.size() &&
                             (values.columns.isEmpty() ||
                              (values.columns.constFirst().title == m_data.columns.constFirst().title &&
                               values.columns.constLast().title == m_data.columns.constLast().title));
    m_data = values;
    if (!sameColumns)
        m_column = -1;
    m_series = -1;
    m_hovered = -1;
    refit();
}

void SpendChart::setView(View view) {
    if (view == m_view)
        return;
    m_view = view;
    refit();
}

void SpendChart::setPatterns(bool patterns) {
    m_patterns = patterns;
    update();
}

void SpendChart::setChosen(qsizetype column, qsizetype series) {
    m_column = std::clamp<qsizetype>(column, -1, m_data.columns.size() - 1);
    m_series = std::clamp<qsizetype>(series, -1, m_data.series.size() - 1);
    describe();
    update();
}

double SpendChart::greatest() const {
    double most = 0;
    if (m_view == View::Shares)
        return 100;
    if (m_view == View::Cumulative) {
        most = static_cast<double>(m_data.sumUpTo(m_data.columns.size() - 1));
        for (const SpendChartData::Outlook& point : m_data.outlook)
            most = std::max(most, static_cast<double>(point.high));
        // A budget far above the line would flatten it: then it is said, not drawn.
        if (m_data.limit && static_cast<double>(*m_data.limit) < most * 3)
            most = std::max(most, static_cast<double>(*m_data.limit) * 1.02);
        return most;
    }
    for (const SpendChartData::Column& column : m_data.columns)
        most = std::max(most, static_cast<double>(column.total()));
    return most;
}

void SpendChart::refit() {
    const double most = greatest();
    m_unit = 1;
    m_unitSuffix.clear();
    if (m_view == View::Shares) {
        m_unitSuffix = QStringLiteral(" %");
    } else if (m_data.measure == SpendChartData::Measure::Cost) {
        m_unit = 1e9;
    } else if (most >= 1e6) {
        m_unit = 1e6;
        m_unitSuffix = QStringLiteral("M");
    } else if (most >= 1e3) {
        m_unit = 1e3;
        m_unitSuffix = QStringLiteral("k");
    }
    const Scale scale = niceScale(most / m_unit);
    m_top = scale.top > 0 ? scale.top : emptyTop;
    m_step = scale.step;
    m_decimals =
        m_data.measure == SpendChartData::Measure::Cost && scale.decimals > 0 && m_view != View::Shares
            ? std::max(2, scale.decimals)
            : scale.decimals;
    layOutLegend();
    describe();
    update();
}

QString SpendChart::amountText(std::int64_t amount) const {
    return m_data.measure == SpendChartData::Measure::Cost ? text::money(NanoUsd(amount))
                                                           : text::tokens(amount);
}

QColor SpendChart::colourOf(qsizetype series) const {
    const SpendChartData::Series& one = m_data.series.at(series);
    return m_theme.tier(one.isRest ? QStringView() : QStringView(one.tier));
}

// --- Where things are ---

int SpendChart::legendHeight() const {
    return m_legend.isEmpty() ? QFontMetrics(Theme::smallFont()).height() + Theme::paddingSmall
                              : m_legend.constLast().place.bottom() + 1;
}

QRectF SpendChart::plotRect() const {
    const QFontMetricsF metrics(Theme::smallFont());
    const QLocale locale;
    const QString widest =
        (m_data.measure == SpendChartData::Measure::Cost && m_view != View::Shares ? QStringLiteral(" $")
                                                                                   : QString()) +
        locale.toString(m_top, 'f', m_decimals) + m_unitSuffix;
    return QRectF(rect()).adjusted(metrics.horizontalAdvance(widest) + Theme::padding + Theme::grid,
                                   legendHeight() + Theme::paddingSmall, -Theme::padding,
                                   -metrics.height() - Theme::paddingSmall);
}

QRectF SpendChart::columnRect(qsizetype column) const {
    if (column < 0 || column >= m_data.columns.size())
        return {};
    const QRectF plot = plotRect();
    const double slot = plot.width() / static_cast<double>(m_data.columns.size());
    return {plot.left() + slot * static_cast<double>(column), plot.top(), slot, plot.height()};
}

double SpendChart::yOf(double amount) const {
    const QRectF plot = plotRect();
    return plot.bottom() - plot.height() * std::min(1.0, amount / m_unit / m_top);
}

QRectF SpendChart::partRect(qsizetype column, qsizetype series) const {
    const QRectF slot = columnRect(column);
    if (slot.isEmpty() || series < 0 || series >= m_data.series.size() || m_view == View::Cumulative)
        return {};
    const SpendChartData::Column& values = m_data.columns.at(column);
    const auto total = static_cast<double>(values.total());
    double below = 0;
    for (qsizetype i = 0; i < series; ++i)
        below += static_cast<double>(values.amounts.at(i));
    auto amount = static_cast<double>(values.amounts.at(series));
    if (m_view == View::Shares) {
        if (total <= 0)
            return {};
        below *= 100 / total;
        amount *= 100 / total;
    }
    const double width = std::min(widestBar, slot.width() < 8 ? slot.width() : slot.width() * 0.76);
    const double top = yOf(below + amount);
    return {slot.center().x() - width / 2, top, width, yOf(below) - top};
}

qsizetype SpendChart::columnAt(const QPointF& at) const {
    const QRectF plot = plotRect();
    if (m_data.columns.isEmpty() || !plot.adjusted(0, 0, 1, 20).contains(at))
        return -1;
    const double slot = plot.width() / static_cast<double>(m_data.columns.size());
    return std::clamp<qsizetype>(static_cast<qsizetype>((at.x() - plot.left()) / slot), 0,
                                 m_data.columns.size() - 1);
}

qsizetype SpendChart::seriesAt(qsizetype column, const QPointF& at) const {
    for (qsizetype i = 0; i < m_data.series.size(); ++i) {
        const QRectF part = partRect(column, i);
        if (!part.isEmpty() && at.y() >= part.top() && at.y() < part.bottom())
            return i;
    }
    return -1;
}

// --- Drawing ---

void SpendChart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LeftToRight); // as time goes, whatever way the words go
    painter.setRenderHint(QPainter::Antialiasing);
    drawLegend(painter);
    drawAxes(painter);
    if (m_view == View::Cumulative)
        drawCumulative(painter);
    else
        drawBars(painter);
    drawChosen(painter);
}

QString SpendChart::unpricedNote() const {
    const auto count = static_cast<int>(m_data.unpriced());
    if (count == 0 || m_data.measure != SpendChartData::Measure::Cost)
        return {};
    switch (m_view) {
    case View::Amounts:
        return tr("? %Ln unpriced", nullptr, count); // the sign that stands over the bars
    case View::Cumulative:
        return tr("%Ln unpriced, not in the sum", nullptr, count);
    case View::Shares:
        break;
    }
    return tr("%Ln unpriced, in no share", nullptr, count);
}

/// With what each has cost in all, where there is room for it.
QStringList SpendChart::legendNames(const QFontMetrics& metrics, int room) const {
    QStringList names;
    QStringList withAmounts;
    int width = 0;
    for (qsizetype i = 0; i < m_data.series.size(); ++i) {
        std::int64_t amount = 0;
        for (const SpendChartData::Column& column : m_data.columns)
            amount += column.amounts.at(i);
        names.append(m_data.series.at(i).name);
        withAmounts.append(names.constLast() + u' ' + amountText(amount));
        width += metrics.horizontalAdvance(withAmounts.constLast()) + Theme::paddingLarge + metrics.height() +
                 2 * Theme::grid;
    }
    width += metrics.horizontalAdvance(unpricedNote()) + Theme::paddingLarge;
    return width <= room ? withAmounts : names;
}

QList<SpendChart::LegendEntry> SpendChart::legendEntries(const QFontMetrics& metrics, int room) const {
    using Mark = LegendEntry::Mark;
    QList<LegendEntry> entries;
    if (!m_data.note.isEmpty())
        entries.append({m_data.note});
    if (m_view == View::Cumulative) {
        const QColor text = m_theme.colour(Theme::Role::Text);
        entries.append({tr("spent"), Mark::Line, text, Qt::SolidLine});
        if (!m_data.outlook.isEmpty())
            entries.append({tr("forecast, and where it falls 4 times of 5"), Mark::Line, text, Qt::DotLine});
        if (m_data.limit)
            entries.append({tr("%1: %2").arg(m_data.limitName, amountText(*m_data.limit)), Mark::Line,
                            m_theme.status(Theme::Status::Attention), Qt::DashLine});
    } else {
        const QStringList names = legendNames(metrics, room);
        for (qsizetype i = 0; i < m_data.series.size(); ++i) {
            const SpendChartData::Series& one = m_data.series.at(i);
            entries.append({names.at(i), one.isTier ? Mark::Chip : Mark::Swatch, colourOf(i), Qt::SolidLine,
                            one.isRest ? QString() : one.key});
        }
    }
    if (const QString note = unpricedNote(); !note.isEmpty())
        entries.append({note});
    return entries;
}

void SpendChart::layOutLegend() {
    const QFont font = Theme::smallFont();
    const QFontMetrics metrics(font);
    const int room = std::max(1, width() - 2 * Theme::padding);
    m_legend = legendEntries(metrics, room);
    int x = 0;
    int y = 0;
    for (LegendEntry& entry : m_legend) {
        int wide = metrics.horizontalAdvance(entry.words) + 2; // advances are rounded
        if (entry.mark != LegendEntry::Mark::None)
            wide += markWidth(entry) + Theme::grid;
        wide = std::min(wide, room);
        if (x > 0 && x + wide > room) {
            x = 0;
            y += metrics.height() + Theme::paddingSmall;
        }
        entry.place = QRect(Theme::padding + x, y, wide, metrics.height() + Theme::paddingSmall);
        x += wide + Theme::paddingLarge;
    }
}

int SpendChart::markWidth(const LegendEntry& entry) {
    const QFont font = Theme::smallFont();
    switch (entry.mark) {
    case LegendEntry::Mark::None:
        return 0;
    case LegendEntry::Mark::Line:
        return lineInLegend;
    case LegendEntry::Mark::Chip:
        return tierChipsSize({{entry.tier, {}, 0}}, font).width();
    case LegendEntry::Mark::Swatch:
        return QFontMetrics(font).height() - Theme::grid;
    }
    return 0;
}

void SpendChart::drawLegend(QPainter& painter) const {
    const QFont font = Theme::smallFont();
    const QFontMetrics metrics(font);
    painter.setFont(font);
    for (const LegendEntry& entry : m_legend) {
        const int mark = markWidth(entry);
        const QPointF middle(entry.place.left(), QRectF(entry.place).center().y());
        QRect words = entry.place;
        if (mark > 0)
            words.setLeft(words.left() + mark + Theme::grid);
        switch (entry.mark) {
        case LegendEntry::Mark::Line:
            painter.setPen(QPen(entry.colour, 2, entry.line));
            painter.drawLine(middle, middle + QPointF(mark, 0));
            break;
        case LegendEntry::Mark::Chip:
            paintTierChips(painter, QRect(entry.place.topLeft(), QSize(mark, entry.place.height())),
                           {{entry.tier, {}, 0}}, m_theme, font);
            break;
        case LegendEntry::Mark::Swatch:
            painter.setPen(Qt::NoPen);
            painter.setBrush(entry.colour);
            painter.drawRoundedRect(QRectF(middle.x(), middle.y() - mark / 2.0, mark, mark), 2, 2);
            break;
        case LegendEntry::Mark::None:
            break;
        }
        painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
        painter.drawText(words, static_cast<int>(Qt::AlignVCenter) | Qt::AlignLeft,
                         metrics.elidedText(entry.words, Qt::ElideRight, words.width()));
    }
}

void SpendChart::resizeEvent(QResizeEvent* event) {
    KeyedChart::resizeEvent(event);
    layOutLegend();
}

void SpendChart::changeEvent(QEvent* event) {
    KeyedChart::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        layOutLegend();
}

void SpendChart::drawAxes(QPainter& painter) const {
    const QFont font = Theme::smallFont();
    const QFontMetricsF metrics(font);
    const QRectF plot = plotRect();
    const QLocale locale;
    painter.setFont(font);
    const bool money = m_data.measure == SpendChartData::Measure::Cost && m_view != View::Shares;
    for (double value = 0; value <= m_top + m_step / 2; value += m_step) {
        const double y = std::round(plot.bottom() - plot.height() * value / m_top) + 0.5;
        painter.setPen(QPen(m_theme.colour(Theme::Role::Hairline), 1));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
        QString label = value < m_step / 2 ? locale.toString(0) : locale.toString(value, 'f', m_decimals);
        if (money)
            label = text::moneyOnAxis(value, m_decimals);
        else if (value >= m_step / 2)
            label += m_unitSuffix;
        painter.drawText(
            QRectF(0, y - metrics.height() / 2, plot.left() - Theme::paddingSmall, metrics.height()),
            static_cast<int>(Qt::AlignVCenter) | Qt::AlignRight, label);
    }
    if (m_data.columns.isEmpty())
        return;
    double widest = 0;
    for (const SpendChartData::Column& column : m_data.columns)
        widest = std::max(widest, metrics.horizontalAdvance(column.label));
    const double slot = columnRect(0).width();
    const auto every = std::max<qsizetype>(1, static_cast<qsizetype>(std::ceil((widest + 14) / slot)));
    painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
    for (qsizetype i = 0; i < m_data.columns.size(); i += every) {
        const QString& label = m_data.columns.at(i).label;
        const double labelWidth = metrics.horizontalAdvance(label);
        const double middle = columnRect(i).center().x();
        if (middle + labelWidth / 2 > width())
            continue;
        // The first does not reach under the amount at its left, which is half as deep.
        const double left = std::max(middle - labelWidth / 2, plot.left());
        painter.drawText(QRectF(left, plot.bottom() + Theme::grid, labelWidth + 2, metrics.height()),
                         static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter), label);
    }
}

void SpendChart::drawBars(QPainter& painter) const {
    const bool wide = m_data.columns.isEmpty() || columnRect(0).width() >= 5;
    for (qsizetype i = 0; i < m_data.columns.size(); ++i) {
        for (qsizetype j = 0; j < m_data.series.size(); ++j) {
            QRectF part = partRect(i, j);
            if (part.isEmpty())
                continue;
            if (wide && part.height() > 3)
                part.adjust(0, 0.6, 0, 0); // parts stay apart
            const QColor colour = colourOf(j);
            painter.fillRect(part, colour);
            if (m_patterns && j > 0) {
                QColor lines = Theme::textOn(colour);
                lines.setAlphaF(0.55F);
                painter.fillRect(part, QBrush(lines, patternStyles.at(static_cast<std::size_t>(j) %
                                                                      patternStyles.size())));
            }
        }
        // What has no price stands over its bar, so that a low bar does not pass for a cheap day.
        const SpendChartData::Column& column = m_data.columns.at(i);
        if (column.unpriced > 0 && m_view == View::Amounts && columnRect(i).width() >= 9 &&
            m_data.measure == SpendChartData::Measure::Cost) {
            const QFont font = Theme::smallFont();
            const QFontMetricsF metrics(font);
            const double top = yOf(static_cast<double>(column.total()));
            painter.setFont(font);
            painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
            painter.drawText(
                QRectF(columnRect(i).left(), top - metrics.height(), columnRect(i).width(), metrics.height()),
                Qt::AlignCenter, QStringLiteral("?"));
        }
    }
}

void SpendChart::drawCumulative(QPainter& painter) const {
    const QRectF plot = plotRect();
    const QColor text = m_theme.colour(Theme::Role::Text);
    QPainterPath line;
    line.moveTo(plot.left(), plot.bottom());
    QPointF last(plot.left(), plot.bottom());
    std::int64_t sum = 0;
    for (qsizetype i = 0; i < m_data.columns.size(); ++i) {
        if (m_data.columns.at(i).isAhead)
            break;
        sum += m_data.columns.at(i).total();
        last = {columnRect(i).right(), yOf(static_cast<double>(sum))};
        line.lineTo(last);
    }
    QPainterPath area = line;
    area.lineTo(last.x(), plot.bottom());
    area.closeSubpath();
    QColor fill = m_theme.colour(Theme::Role::Accent);
    fill.setAlphaF(0.10F);
    painter.fillPath(area, fill);

    if (!m_data.outlook.isEmpty()) {
        QPainterPath expected(last);
        QPolygonF band{last};
        for (const SpendChartData::Outlook& point : m_data.outlook) {
            const double x = columnRect(point.column).right();
            if (x <= last.x())
                continue;
            expected.lineTo(x, yOf(static_cast<double>(point.expected)));
            band.append({x, yOf(static_cast<double>(point.high))});
        }
        for (auto point = m_data.outlook.crbegin(); point != m_data.outlook.crend(); ++point) {
            if (columnRect(point->column).right() > last.x())
                band.append({columnRect(point->column).right(), yOf(static_cast<double>(point->low))});
        }
        QColor between = text;
        between.setAlphaF(0.10F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(between);
        painter.drawPolygon(band);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(text, 1.6, Qt::DotLine));
        painter.drawPath(expected);
    }
    if (m_data.limit && static_cast<double>(*m_data.limit) / m_unit <= m_top) {
        const double y = yOf(static_cast<double>(*m_data.limit));
        painter.setPen(QPen(m_theme.status(Theme::Status::Attention), 1.6, Qt::DashLine));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(text, 2));
    painter.drawPath(line);
    painter.setPen(Qt::NoPen);
    painter.setBrush(text);
    painter.drawEllipse(last, 3, 3);
}

void SpendChart::drawChosen(QPainter& painter) const {
    if (m_hovered >= 0 && m_hovered != m_column) {
        QColor hover = m_theme.colour(Theme::Role::Text);
        hover.setAlphaF(0.05F);
        painter.fillRect(columnRect(m_hovered), hover);
    }
    if (m_column < 0)
        return;
    const QRectF column = columnRect(m_column);
    painter.fillRect(QRectF(column.left(), column.bottom() + 1, column.width(), 2.5),
                     m_theme.colour(Theme::Role::Accent));
    if (!hasFocus())
        return;
    const QRectF part = m_series >= 0 ? partRect(m_column, m_series) : QRectF();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_theme.colour(Theme::Role::Accent), 2));
    painter.drawRect(part.isEmpty() ? column.adjusted(1, 1, -1, 0) : part.adjusted(-1, -1, 1, 1));
}

// --- Asking and telling ---

QString SpendChart::tipOf(qsizetype column) const {
    if (column < 0 || column >= m_data.columns.size())
        return {};
    const SpendChartData::Column& values = m_data.columns.at(column);
    QString tip = QStringLiteral("<b>%1</b>").arg(values.title.toHtmlEscaped());
    if (values.isAhead) {
        for (const SpendChartData::Outlook& point : m_data.outlook) {
            if (point.column == column)
                tip += QStringLiteral("<br>") +
                       tr("By then %1, between %2 and %3")
                           .arg(amountText(point.expected), amountText(point.low), amountText(point.high));
        }
        return tip;
    }
    const auto total = static_cast<double>(values.total());
    tip +=
        QStringLiteral("<br>") +
        tr("%1 in %n request(s)", nullptr, static_cast<int>(values.requests)).arg(amountText(values.total()));
    if (values.unpriced > 0)
        tip += QStringLiteral("<br>") + tr("%n of them unpriced", nullptr, static_cast<int>(values.unpriced));
    tip += QStringLiteral("<br>") + tr("%1 up to here").arg(amountText(m_data.sumUpTo(column)));
    for (qsizetype i = m_data.series.size() - 1; i >= 0; --i) {
        const std::int64_t amount = values.amounts.at(i);
        const std::int64_t unpriced = values.unpricedParts.value(i);
        if (amount != 0 || unpriced > 0)
            tip += QStringLiteral("<br>") +
                   tr("%1: %2 (%3)")
                       .arg(m_data.series.at(i).name.toHtmlEscaped(),
                            m_data.measure == SpendChartData::Measure::Cost
                                ? text::cost(NanoUsd(amount), unpriced)
                                : amountText(amount),
                            text::percent(total > 0 ? static_cast<double>(amount) / total : 0));
    }
    return tip + QStringLiteral("<br><i>") + tr("Click or press Enter for the requests") +
           QStringLiteral("</i>");
}

void SpendChart::describe() {
    setAccessibleName(m_view == View::Cumulative ? tr("Spending, summed up")
                      : m_view == View::Shares   ? tr("Shares of spending over time")
                                                 : tr("Spending over time"));
    QString words = tr("%n period(s), %1 in all.", nullptr, static_cast<int>(m_data.columns.size()))
                        .arg(amountText(m_data.sumUpTo(m_data.columns.size() - 1)));
    if (const auto unpriced = static_cast<int>(m_data.unpriced()); unpriced > 0)
        words += u' ' + tr("%n request(s) of it have no price.", nullptr, unpriced);
    qsizetype most = -1;
    for (qsizetype i = 0; i < m_data.columns.size(); ++i) {
        if (m_data.columns.at(i).total() > (most < 0 ? 0 : m_data.columns.at(most).total()))
            most = i;
    }
    if (most >= 0)
        words += u' ' + tr("The greatest is %1 with %2.")
                            .arg(m_data.columns.at(most).title, amountText(m_data.columns.at(most).total()));
    if (m_column >= 0 && m_column < m_data.columns.size()) {
        const SpendChartData::Column& column = m_data.columns.at(m_column);
        words += u' ' + tr("Chosen: %1, %2.").arg(column.title, amountText(column.total()));
        if (m_series >= 0)
            words += u' ' + tr("%1 %2.").arg(m_data.series.at(m_series).name,
                                             amountText(column.amounts.at(m_series)));
    }
    setAccessibleDescription(words + u' ' + tr("Press T for the same numbers as a table."));
}

QString SpendChart::tipAt(const QPointF& place) const {
    return tipOf(columnAt(place));
}

bool SpendChart::hasMarks() const {
    return !m_data.columns.isEmpty();
}

void SpendChart::mouseMoveEvent(QMouseEvent* event) {
    const qsizetype column = columnAt(event->position());
    if (column == m_hovered)
        return;
    m_hovered = column;
    setCursor(column >= 0 && !m_data.columns.at(column).isAhead ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

bool SpendChart::chooseAt(const QPointF& place) {
    const qsizetype column = columnAt(place);
    if (column < 0)
        return false;
    setChosen(column, seriesAt(column, place));
    return true;
}

void SpendChart::openChosen() {
    if (m_column >= 0 && m_data.columns.at(m_column).requests > 0)
        Q_EMIT activated(m_column, m_series);
}

void SpendChart::leaveEvent(QEvent*) {
    m_hovered = -1;
    update();
}

bool SpendChart::chooseByKey(int key) {
    const qsizetype count = m_data.columns.size();
    const qsizetype page = std::max<qsizetype>(1, count / 10);
    // Up and down go through the parts of the bar that are there.
    const auto step = [this](int by) {
        qsizetype series = m_series;
        do {
            series += by;
        } while (series >= 0 && series < m_data.series.size() && m_column >= 0 &&
                 m_data.columns.at(m_column).amounts.at(series) == 0);
        return series >= m_data.series.size() ? m_series : std::max<qsizetype>(series, -1);
    };
    switch (key) {
    case Qt::Key_Left:
        setChosen(m_column < 0 ? count - 1 : std::max<qsizetype>(0, m_column - 1), -1);
        return true;
    case Qt::Key_Right:
        setChosen(m_column < 0 ? 0 : std::min(count - 1, m_column + 1), -1);
        return true;
    case Qt::Key_PageUp:
        setChosen(std::max<qsizetype>(0, m_column - page), -1);
        return true;
    case Qt::Key_PageDown:
        setChosen(std::min(count - 1, m_column + page), -1);
        return true;
    case Qt::Key_Home:
        setChosen(0, -1);
        return true;
    case Qt::Key_End:
        setChosen(count - 1, -1);
        return true;
    case Qt::Key_Up:
        setChosen(m_column, step(1));
        return true;
    case Qt::Key_Down:
        setChosen(m_column, step(-1));
        return true;
    default:
        return false;
    }
}

QSize SpendChart::sizeHint() const {
    return {640, QFontMetrics(font()).height() * 14};
}

QSize SpendChart::minimumSizeHint() const {
    return {240, QFontMetrics(font()).height() * 11};
}

} // namespace tierdeck::ui
