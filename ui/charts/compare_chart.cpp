#include "ui/charts/compare_chart.h"

#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

namespace {

double unitsOf(std::int64_t sum, TurnChartData::Measure measure) {
    return measure == TurnChartData::Measure::Cost ? static_cast<double>(sum) / 1e9
                                                   : static_cast<double>(sum);
}

} // namespace

CompareChart::CompareChart(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    setObjectName(QStringLiteral("compareChart"));
    setMouseTracking(true);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CompareChart::setLines(const CompareLine& first, const CompareLine& second,
                            TurnChartData::Measure measure) {
    m_lines[0] = first;
    m_lines[1] = second;
    m_measure = measure;
    std::int64_t greatest = 0;
    for (const CompareLine& line : m_lines)
        if (!line.sums.isEmpty())
            greatest = std::max(greatest, line.sums.constLast());
    m_scale = niceScale(unitsOf(greatest, measure));
    QStringList words;
    for (const CompareLine& line : m_lines)
        if (!line.sums.isEmpty())
            words.append(tr("%1: %n turn(s), %2 in all.", nullptr, static_cast<int>(line.sums.size()))
                             .arg(line.name, amount(line.sums.constLast())));
    setAccessibleName(tr("Running sums of both sessions"));
    setAccessibleDescription(words.join(u' '));
    update();
}

QString CompareChart::amount(std::int64_t sum) const {
    return m_measure == TurnChartData::Measure::Cost ? text::money(NanoUsd(sum)) : text::tokens(sum);
}

QString CompareChart::label(double value) const {
    if (m_measure == TurnChartData::Measure::Tokens)
        return text::tokens(std::llround(value));
    const int decimals =
        value < m_scale.step / 2 || m_scale.decimals == 0 ? 0 : std::max(2, m_scale.decimals);
    return text::moneyOnAxis(value, decimals);
}

qsizetype CompareChart::mostTurns() const {
    return std::max({m_lines[0].sums.size(), m_lines[1].sums.size(), qsizetype(1)});
}

QRectF CompareChart::plot() const {
    const QFontMetrics metrics(Theme::smallFont());
    int labels = 0;
    for (double value = 0; value <= m_scale.top + m_scale.step / 2; value += m_scale.step)
        labels = std::max(labels, metrics.horizontalAdvance(label(value)));
    return QRectF(rect()).adjusted(labels + 2 * Theme::paddingSmall, metrics.height() + Theme::paddingSmall,
                                   -Theme::paddingLarge, -metrics.height() - Theme::paddingSmall);
}

QPointF CompareChart::pointOf(int line, qsizetype turn) const {
    const QRectF area = plot();
    const double x =
        area.left() + area.width() * static_cast<double>(turn + 1) / static_cast<double>(mostTurns());
    const double y = unitsOf(m_lines[line].sums.at(turn), m_measure) / m_scale.top;
    return {x, area.bottom() - area.height() * y};
}

qsizetype CompareChart::turnAt(double x) const {
    const QRectF area = plot();
    if (x < area.left() || x > area.right())
        return -1;
    return std::clamp<qsizetype>(
        std::llround((x - area.left()) / area.width() * static_cast<double>(mostTurns())) - 1, 0,
        mostTurns() - 1);
}

QPen CompareChart::penOf(int line) const {
    if (line == 0)
        return {m_theme.colour(Theme::Role::Accent), 2};
    return {m_theme.colour(Theme::Role::Text), 2, Qt::DashLine}; // not by colour alone
}

void CompareChart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LeftToRight); // as time goes, whatever way the words go
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont font = Theme::smallFont();
    const QFontMetricsF metrics(font);
    const QRectF area = plot();
    painter.setFont(font);
    for (double value = 0; value <= m_scale.top + m_scale.step / 2; value += m_scale.step) {
        const double y = area.bottom() - area.height() * value / m_scale.top;
        painter.setPen(QPen(m_theme.colour(Theme::Role::Hairline), 1));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
        painter.drawText(
            QRectF(0, y - metrics.height() / 2, area.left() - Theme::paddingSmall, metrics.height()),
            static_cast<int>(Qt::AlignVCenter | Qt::AlignAbsolute) | Qt::AlignRight, label(value));
    }
    painter.drawText(QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height()), Qt::AlignRight,
                     tr("turn %1").arg(text::count(mostTurns())));
    // The legend, with a piece of each line.
    double x = area.left();
    for (int line = 0; line < 2; ++line) {
        if (m_lines[line].sums.isEmpty())
            continue;
        painter.setPen(penOf(line));
        const double middle = metrics.height() / 2;
        painter.drawLine(QPointF(x, middle), QPointF(x + 24, middle));
        x += 24 + Theme::grid;
        const QString words = m_lines[line].name + u' ' + amount(m_lines[line].sums.constLast());
        const double room = std::min(metrics.horizontalAdvance(words) + 2, area.width() / 2 - 40);
        painter.setPen(m_theme.colour(Theme::Role::Text));
        painter.drawText(QRectF(x, 0, room, metrics.height()), Qt::AlignVCenter,
                         metrics.elidedText(words, Qt::ElideMiddle, room));
        x += room + Theme::paddingLarge;
    }
    for (int line = 1; line >= 0; --line) {
        const qsizetype turns = m_lines[line].sums.size();
        if (turns == 0)
            continue;
        QPainterPath path(QPointF(area.left(), area.bottom()));
        const qsizetype step = std::max<qsizetype>(1, turns / mostPoints);
        for (qsizetype turn = 0; turn < turns; turn += step)
            path.lineTo(pointOf(line, turn));
        path.lineTo(pointOf(line, turns - 1));
        painter.setPen(penOf(line));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(path);
        painter.setPen(Qt::NoPen);
        painter.setBrush(penOf(line).color());
        painter.drawEllipse(pointOf(line, turns - 1), 3, 3);
    }
    if (m_hovered < 0)
        return;
    for (int line = 0; line < 2; ++line) {
        if (m_hovered >= m_lines[line].sums.size())
            continue;
        const QPointF point = pointOf(line, m_hovered);
        painter.setPen(QPen(m_theme.colour(Theme::Role::Hairline), 1));
        painter.drawLine(QPointF(point.x(), area.top()), QPointF(point.x(), area.bottom()));
        painter.setPen(penOf(line).color());
        painter.setBrush(m_theme.colour(Theme::Role::Surface));
        painter.drawEllipse(point, 3.5, 3.5);
    }
}

bool CompareChart::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const qsizetype turn = turnAt(help->pos().x());
    if (turn < 0) {
        QToolTip::hideText();
        return true;
    }
    QStringList lines{tr("After turn %1").arg(turn + 1)};
    for (const CompareLine& line : m_lines)
        if (!line.sums.isEmpty())
            lines.append(
                tr("%1: %2").arg(line.name, amount(line.sums.at(std::min(turn, line.sums.size() - 1)))));
    QToolTip::showText(help->globalPos(), lines.join(u'\n'), this);
    return true;
}

void CompareChart::setHovered(qsizetype turn) {
    if (turn == m_hovered)
        return;
    m_hovered = turn;
    update();
}

void CompareChart::mouseMoveEvent(QMouseEvent* event) {
    setHovered(turnAt(event->position().x()));
}

void CompareChart::leaveEvent(QEvent* event) {
    setHovered(-1);
    QWidget::leaveEvent(event);
}

QSize CompareChart::sizeHint() const {
    return {640, QFontMetrics(font()).height() * 14};
}

QSize CompareChart::minimumSizeHint() const {
    return {240, QFontMetrics(font()).height() * 8};
}

} // namespace tierdeck::ui
