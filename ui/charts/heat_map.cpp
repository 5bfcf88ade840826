#include "ui/charts/heat_map.h"

#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

namespace {

constexpr int rows = 7;
constexpr double gap = 2;
constexpr double mostUnequal = 1.4;

QColor between(const QColor& from, const QColor& to, double part) {
    const auto mix = [part](int a, int b) { return static_cast<int>(a + (b - a) * part); };
    return QColor(mix(from.red(), to.red()), mix(from.green(), to.green()), mix(from.blue(), to.blue()));
}

} // namespace

HeatMap::HeatMap(const Theme& theme, QWidget* parent)
    : KeyedChart(parent)
    , m_theme(theme) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Spending by day"));
    connect(&theme, &Theme::changed, this, [this] { update(); });
    describe();
}

void HeatMap::setDays(const QList<HeatDay>& days) {
    if (days == m_days)
        return;
    const QDate chosen = m_chosen >= 0 ? m_days.at(m_chosen).date : QDate();
    m_days = days;
    m_chosen = -1;
    QList<std::int64_t> spent;
    for (qsizetype i = 0; i < days.size(); ++i) {
        if (days.at(i).amount > 0)
            spent.append(days.at(i).amount);
        if (days.at(i).date == chosen)
            m_chosen = i;
    }
    std::sort(spent.begin(), spent.end());
    m_bounds.clear();
    for (int shade = 0; shade < shades && !spent.isEmpty(); ++shade)
        m_bounds.append(spent.at(spent.size() * shade / shades));
    describe();
    update();
}

int HeatMap::shadeOf(qsizetype day) const {
    const std::int64_t amount = m_days.at(day).amount;
    if (amount <= 0)
        return 0;
    const auto above = std::upper_bound(m_bounds.begin(), m_bounds.end(), amount);
    return std::max(1, static_cast<int>(above - m_bounds.begin()));
}

QColor HeatMap::colourOf(int shade) const {
    const QColor ground =
        between(m_theme.colour(Theme::Role::Surface), m_theme.colour(Theme::Role::Text), 0.06);
    if (shade == 0)
        return ground;
    return between(m_theme.colour(Theme::Role::Surface), m_theme.colour(Theme::Role::Accent),
                   0.2 + 0.8 * shade / shades);
}

double HeatMap::left() const {
    const QFontMetricsF metrics(Theme::smallFont());
    double widest = 0;
    for (const int day : {1, 3, 5, 7})
        widest = std::max(widest, metrics.horizontalAdvance(QLocale().dayName(day, QLocale::ShortFormat)));
    return Theme::padding + widest + Theme::paddingSmall;
}

double HeatMap::top() const {
    return QFontMetricsF(Theme::smallFont()).height() + Theme::paddingSmall;
}

/// As large as there is room for, and at most so much wider or higher than the other way.
QSizeF HeatMap::cell() const {
    const auto weeks = static_cast<double>(std::max<qsizetype>(1, (m_days.size() + rows - 1) / rows));
    const double legend = QFontMetricsF(Theme::smallFont()).height() + Theme::padding;
    const double across = (width() - left() - Theme::padding) / weeks;
    const double down = (height() - top() - legend) / rows;
    return {std::max(4.0, std::floor(std::min(across, down * mostUnequal))),
            std::max(4.0, std::floor(std::min(down, across * mostUnequal)))};
}

QRectF HeatMap::dayRect(qsizetype day) const {
    const QSizeF size = cell();
    // The first day is a Monday: the worker begins with a week.
    return {left() + static_cast<double>(day / rows) * size.width(),
            top() + static_cast<double>(day % rows) * size.height(), size.width() - gap, size.height() - gap};
}

qsizetype HeatMap::dayAt(const QPointF& at) const {
    const QSizeF size = cell();
    const auto column = static_cast<qsizetype>(std::floor((at.x() - left()) / size.width()));
    const auto row = static_cast<qsizetype>(std::floor((at.y() - top()) / size.height()));
    const qsizetype day = column * rows + row;
    return column < 0 || row < 0 || row >= rows || day >= m_days.size() ? -1 : day;
}

QList<HeatMonth> HeatMap::months() const {
    const QFontMetricsF metrics(Theme::smallFont());
    const QLocale locale;
    QList<HeatMonth> months;
    double free = 0;
    for (qsizetype i = 0; i < m_days.size(); i += rows) { // over the first week that begins in it
        const QDate monday = m_days.at(i).date;
        const double from = dayRect(i).left();
        if (monday.day() > rows || from < free)
            continue;
        const QString name = locale.standaloneMonthName(monday.month(), QLocale::ShortFormat);
        const double wide = metrics.horizontalAdvance(name) + 2;
        months.append({QDate(monday.year(), monday.month(), 1), name, QRectF(from, 0, wide, top())});
        free = from + wide + Theme::paddingSmall;
    }
    return months;
}

QDate HeatMap::monthAt(const QPointF& at) const {
    for (const HeatMonth& month : months())
        if (month.rect.contains(at))
            return month.first;
    return {};
}

void HeatMap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LeftToRight); // as time goes, whatever way the words go
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont font = Theme::smallFont();
    const QFontMetricsF metrics(font);
    const QLocale locale;
    painter.setFont(font);
    const QColor quiet = m_theme.colour(Theme::Role::SecondaryText);
    const double size = cell().height();
    painter.setPen(quiet);
    const int everyRow = size >= metrics.height() - 2 ? 1 : size * 2 >= metrics.height() - 2 ? 2 : 3;
    for (int row = 0; row < rows; row += everyRow)
        painter.drawText(QRectF(0, top() + (row + 0.5) * size - metrics.height() / 2,
                                left() - Theme::paddingSmall, metrics.height()),
                         static_cast<int>(Qt::AlignVCenter) | Qt::AlignRight,
                         locale.dayName(row + 1, QLocale::ShortFormat));
    for (const HeatMonth& month : months()) {
        QFont name = font;
        name.setUnderline(month.first == m_hovered);
        painter.setFont(name);
        painter.setPen(m_theme.colour(Theme::Role::Accent)); // as all links
        painter.drawText(month.rect, static_cast<int>(Qt::AlignVCenter) | Qt::AlignLeft, month.name);
    }
    painter.setFont(font);
    for (qsizetype i = 0; i < m_days.size(); ++i) {
        const HeatDay& day = m_days.at(i);
        const QRectF box = dayRect(i);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colourOf(shadeOf(i)));
        painter.drawRoundedRect(box, 2, 2);
        if (day.amount == 0 && day.requests > 0) { // something happened, of which nothing is known or paid
            painter.setPen(quiet);
            painter.drawPoint(box.center());
            painter.drawEllipse(box.center(), 1, 1);
        }
        if (i == m_chosen) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(hasFocus() ? m_theme.colour(Theme::Role::Text) : quiet, 1.6));
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 3, 3);
        }
    }
    // The shades, with what they begin at.
    const double y = top() + rows * size + Theme::grid;
    double x = left();
    for (int shade = 1; shade <= m_bounds.size(); ++shade) {
        const QString from = text::money(NanoUsd(m_bounds.at(shade - 1)));
        const double textWidth = metrics.horizontalAdvance(from);
        if (x + 12 + textWidth > width())
            break;
        painter.setPen(Qt::NoPen);
        painter.setBrush(colourOf(shade));
        painter.drawRoundedRect(QRectF(x, y + metrics.height() / 2 - 5, 10, 10), 2, 2);
        painter.setPen(quiet);
        painter.drawText(QRectF(x + 14, y, textWidth + 2, metrics.height()),
                         static_cast<int>(Qt::AlignVCenter) | Qt::AlignLeft, from);
        x += 14 + textWidth + Theme::padding;
    }
}

QString HeatMap::tipOf(qsizetype day) const {
    if (day < 0 || day >= m_days.size())
        return {};
    const HeatDay& one = m_days.at(day);
    const QString date = text::date(one.date, text::DateForm::Weekday);
    if (one.requests == 0)
        return tr("%1: nothing").arg(date);
    QString tip = tr("%1: %2 in %n request(s)", nullptr, static_cast<int>(one.requests))
                      .arg(date, text::money(NanoUsd(one.amount)));
    if (one.unpriced > 0)
        tip += QStringLiteral(", ") + tr("%n of them unpriced", nullptr, static_cast<int>(one.unpriced));
    return tip;
}

QString HeatMap::tipOfMonth(const QDate& first) const {
    const QDate next = first.addMonths(1);
    std::int64_t amount = 0;
    for (const HeatDay& day : m_days)
        amount += day.date >= first && day.date < next ? day.amount : 0;
    const QString name = text::date(first, text::DateForm::Month);
    if (first < m_days.constFirst().date) // whole or not at all
        return tr("Show %1").arg(name);
    return tr("%1: %2. Press to show this month.").arg(name, text::money(NanoUsd(amount)));
}

void HeatMap::choose(qsizetype day) {
    m_chosen = std::clamp<qsizetype>(day, 0, m_days.size() - 1);
    describe();
    update();
}

void HeatMap::describe() {
    QString words = tr("%n day(s), a column for each week.", nullptr, static_cast<int>(m_days.size()));
    words += u' ' + tr("Press Enter for the requests of a day, M for its month.");
    if (m_chosen >= 0)
        words += u' ' + tipOf(m_chosen);
    setAccessibleDescription(words);
}

QString HeatMap::tipAt(const QPointF& place) const {
    const QDate month = monthAt(place);
    return month.isValid() ? tipOfMonth(month) : tipOf(dayAt(place));
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
    const QDate month = monthAt(event->position());
    if (event->button() == Qt::LeftButton && month.isValid())
        Q_EMIT monthActivated(month);
    else
        KeyedChart::mousePressEvent(event);
}

void HeatMap::mouseMoveEvent(QMouseEvent* event) {
    hover(monthAt(event->position()));
    KeyedChart::mouseMoveEvent(event);
}

void HeatMap::leaveEvent(QEvent* event) {
    hover({});
    KeyedChart::leaveEvent(event);
}

void HeatMap::hover(const QDate& month) {
    if (month == m_hovered)
        return;
    m_hovered = month;
    if (month.isValid())
        setCursor(Qt::PointingHandCursor);
    else
        unsetCursor();
    update();
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_M && event->modifiers() == Qt::NoModifier && m_chosen >= 0) {
        const QDate date = m_days.at(m_chosen).date;
        Q_EMIT monthActivated(QDate(date.year(), date.month(), 1));
        return;
    }
    KeyedChart::keyPressEvent(event);
}

bool HeatMap::hasMarks() const {
    return !m_days.isEmpty();
}

bool HeatMap::chooseAt(const QPointF& place) {
    const qsizetype day = dayAt(place);
    if (day < 0)
        return false;
    choose(day);
    return true;
}

void HeatMap::openChosen() {
    if (m_chosen >= 0 && m_days.at(m_chosen).requests > 0)
        Q_EMIT activated(m_chosen);
}

bool HeatMap::chooseByKey(int key) {
    const qsizetype from = m_chosen < 0 ? m_days.size() - 1 : m_chosen;
    switch (key) {
    case Qt::Key_Left:
        choose(from - rows);
        return true;
    case Qt::Key_Right:
        choose(from + rows);
        return true;
    case Qt::Key_Up:
        choose(from - 1);
        return true;
    case Qt::Key_Down:
        choose(m_chosen < 0 ? from : from + 1);
        return true;
    case Qt::Key_Home:
        choose(0);
        return true;
    case Qt::Key_End:
        choose(m_days.size() - 1);
        return true;
    default:
        return false;
    }
}

QSize HeatMap::sizeHint() const {
    return {480, minimumSizeHint().height()};
}

QSize HeatMap::minimumSizeHint() const {
    const int text = QFontMetrics(Theme::smallFont()).height();
    return {220, static_cast<int>(top()) + rows * std::max(16, text) + text + Theme::padding};
}

} // namespace tierdeck::ui
