#include "ui/charts/turn_chart.h"

#include "ui/charts/turn_chart_rows.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QApplication>
#include <QBarSet>
#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QLineSeries>
#include <QMouseEvent>
#include <QStackedBarSeries>
#include <QToolButton>
#include <QToolTip>
#include <QVBoxLayout>
#include <QValueAxis>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr int tierPlaces = 6; // the five built-in tiers and "other"
constexpr double widestBar = 30;
constexpr double narrowestLetterSlot = 9;
constexpr double zoomStep = 1.25; // a notch of the wheel

QString amountText(std::int64_t amount, TurnChartData::Measure measure) {
    return measure == TurnChartData::Measure::Cost ? text::money(NanoUsd(amount)) : text::tokens(amount);
}

/// Room for more turns at the right, so that a new one moves nothing until the room is used up.
int slotsFor(qsizetype bars) {
    for (const int slots : {12, 24, 36, 50, 75})
        if (bars <= slots)
            return slots;
    return TurnChart::maxBars;
}

/// What one unit of the axis is: amounts are divided by it, labels carry the suffix.
struct Unit {
    double divisor = 1;
    const char* suffix = "";
};

Unit unitFor(TurnChartData::Measure measure, std::int64_t greatest) {
    if (measure == TurnChartData::Measure::Cost)
        return {1e9};
    if (greatest >= 1'000'000)
        return {1e6, "M"};
    if (greatest >= 1'000)
        return {1e3, "k"};
    return {};
}

/// A tile that tells tiers apart without colour.
QBrush patternBrush(int place, const QColor& colour) {
    if (place == chartTierIndex(u"balanced"))
        return colour;
    QPixmap tile(8, 8);
    tile.fill(colour);
    QPainter painter(&tile);
    QColor line = Theme::textOn(colour);
    line.setAlphaF(0.55F);
    painter.setPen(QPen(line, 1));
    painter.setRenderHint(QPainter::Antialiasing, place < 3);
    switch (place) {
    case 0: // background: dots
        painter.fillRect(1, 1, 2, 2, line);
        painter.fillRect(5, 5, 2, 2, line);
        break;
    case 2: // smart: rising lines
        for (const int offset : {-8, 0, 8})
            painter.drawLine(offset, 8, offset + 8, 0);
        break;
    case 3: // coding: level lines
        painter.drawLine(0, 2, 8, 2);
        painter.drawLine(0, 6, 8, 6);
        break;
    case 4: // deep: upright lines
        painter.drawLine(2, 0, 2, 8);
        painter.drawLine(6, 0, 6, 8);
        break;
    default: // others: a grid
        painter.drawLine(0, 3, 8, 3);
        painter.drawLine(3, 0, 3, 8);
        break;
    }
    return QBrush(tile);
}

} // namespace

/// The strip above the bars: what is drawn, every colour named once, the running sum.
class TurnChart::Legend final : public QWidget {
public:
    Legend(const Theme& theme, QWidget* parent)
        : QWidget(parent)
        , m_theme(theme)
        , m_title(new QLabel(this))
        , m_tiers(new Strip(theme, this))
        , m_sum(new QLabel(this))
        , m_all(new QToolButton(this)) {
        auto* row = new QHBoxLayout(this);
        row->setContentsMargins(Theme::paddingSmall, 0, Theme::paddingSmall, 0);
        row->setSpacing(Theme::padding);
        m_title->setObjectName(QStringLiteral("turnChartTitle"));
        m_sum->setObjectName(QStringLiteral("turnChartSum"));
        m_all->setObjectName(QStringLiteral("turnChartAll"));
        m_all->setText(TurnChart::tr("All turns"));
        m_all->setToolTip(TurnChart::tr("Show all turns again (0 or Esc)"));
        m_all->setAccessibleName(TurnChart::tr("Show all turns again"));
        m_all->hide();
        row->addWidget(m_title);
        row->addWidget(m_all);
        row->addWidget(m_tiers, 1);
        row->addWidget(m_sum);
    }

    [[nodiscard]] QToolButton* allButton() const { return m_all; }

    /// `shortSum` where there is no room for `sum` and the tiers' chips.
    void tell(const QString& title, const QString& sum, const QString& shortSum, const QList<int>& places,
              const QStringList& marks, bool zoomed) {
        m_title->setText(title);
        m_sumWords = sum;
        m_shortSum = shortSum;
        m_all->setVisible(zoomed);
        m_tiers->setPlaces(places, marks);
        fitSum();
    }

private:
    void resizeEvent(QResizeEvent* event) override {
        QWidget::resizeEvent(event);
        fitSum();
    }

    void fitSum() {
        const int taken = m_title->sizeHint().width() +
                          (m_all->isHidden() ? 0 : m_all->sizeHint().width() + Theme::padding) +
                          m_tiers->widthOfChips() + 2 * Theme::padding + 2 * Theme::paddingSmall;
        const bool fits = taken + fontMetrics().horizontalAdvance(m_sumWords) <= width();
        m_sum->setText(fits ? m_sumWords : m_shortSum);
    }

    class Strip final : public QWidget {
    public:
        Strip(const Theme& theme, QWidget* parent)
            : QWidget(parent)
            , m_theme(theme) {}

        void setPlaces(const QList<int>& places, const QStringList& marks) {
            m_places = places;
            m_marks = marks;
            QStringList words;
            for (const int place : places)
                words.append(place < static_cast<int>(chartTiers.size())
                                 ? chartTiers.at(static_cast<std::size_t>(place)).toString()
                                 : TurnChart::tr("other: custom tiers and explicit models"));
            setToolTip((words + marks).join(u'\n'));
            update();
        }

        [[nodiscard]] QSize sizeHint() const override { return {60, fontMetrics().height() + 4}; }

        [[nodiscard]] int widthOfChips() const {
            int width = 0;
            for (qsizetype i = 0; i < m_places.size(); ++i)
                width +=
                    tierChipsSize({{QStringLiteral("–"), {}, 0}}, Theme::smallFont()).width() + Theme::grid;
            return width;
        }

    private:
        void paintEvent(QPaintEvent*) override {
            QPainter painter(this);
            const QFont small = Theme::smallFont();
            const QFontMetrics metrics(small);
            painter.setFont(small);
            const auto tierOf = [](int place) {
                return place < static_cast<int>(chartTiers.size())
                           ? chartTiers.at(static_cast<std::size_t>(place)).toString()
                           : QString();
            };
            const auto nameOf = [&tierOf](int place) {
                return tierOf(place).isEmpty() ? TurnChart::tr("other") : tierOf(place);
            };
            const auto chipOf = [&tierOf](int place) { return QList<TierChipData>{{tierOf(place), {}, 0}}; };
            int wanted = 0;
            for (const int place : m_places)
                wanted += tierChipsSize(chipOf(place), small).width() + Theme::grid +
                          metrics.horizontalAdvance(nameOf(place)) + Theme::padding;
            for (const QString& mark :
                 m_marks) // explained before tiers are named, which the chips do already
                wanted += metrics.horizontalAdvance(mark) + Theme::padding;
            const bool names = wanted <= width();
            int x = 0;
            for (const int place : m_places) {
                const int chipWidth = tierChipsSize(chipOf(place), small).width();
                if (x + chipWidth > width())
                    break;
                paintTierChips(painter, QRect(x, 0, chipWidth, height()), chipOf(place), m_theme, small);
                x += chipWidth + Theme::grid;
                if (!names)
                    continue;
                const QString name = nameOf(place);
                painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
                painter.drawText(QRect(x, 0, metrics.horizontalAdvance(name), height()), Qt::AlignVCenter,
                                 name);
                x += metrics.horizontalAdvance(name) + Theme::padding;
            }
            x += Theme::paddingSmall;
            painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
            for (const QString& mark : m_marks) {
                const int textWidth = metrics.horizontalAdvance(mark);
                if (x + textWidth > width())
                    break;
                painter.drawText(QRect(x, 0, textWidth, height()), Qt::AlignVCenter, mark);
                x += textWidth + Theme::padding;
            }
        }

        const Theme& m_theme;
        QList<int> m_places;
        QStringList m_marks;
    };

    const Theme& m_theme;
    QLabel* m_title;
    Strip* m_tiers;
    QLabel* m_sum;
    QToolButton* m_all;
    QString m_sumWords;
    QString m_shortSum;
};

/// Qt Charts draws bars, line and grid; letters, marks, the chosen and the hovered bar are drawn over and
/// under it.
class TurnChart::View final : public QChartView {
public:
    explicit View(TurnChart& owner)
        : QChartView(&owner)
        , m_owner(owner) {
        setObjectName(QStringLiteral("turnChartView"));
        setFrameShape(QFrame::NoFrame);
        setRenderHint(QPainter::Antialiasing);
        setMouseTracking(true);
        setFocusPolicy(Qt::StrongFocus);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        auto* chart = new QChart;
        chart->legend()->hide();
        chart->setBackgroundVisible(false);
        chart->setPlotAreaBackgroundVisible(false);
        chart->setAnimationOptions(QChart::NoAnimation);
        chart->setLocalizeNumbers(true);
        chart->layout()->setContentsMargins(0, 0, 0, 0);
        setChart(chart);
        m_x = new QValueAxis(chart);
        m_x->setLabelsVisible(false);
        m_x->setGridLineVisible(false);
        m_x->setLineVisible(false); // with its ticks; the baseline is a grid line of the other axis
        m_y = new QValueAxis(chart);
        m_y->setLineVisible(false);
        m_y->setLabelsVisible(false); // Qt Charts cuts them short when the font is large; drawn here
        m_sumAxis = new QValueAxis(chart);
        m_sumAxis->setVisible(false);
        chart->addAxis(m_x, Qt::AlignBottom);
        chart->addAxis(m_y, Qt::AlignLeft);
        chart->addAxis(m_sumAxis, Qt::AlignRight);
    }

    void rebuild() {
        const QList<TurnBin>& bins = m_owner.m_bins;
        const Theme& theme = m_owner.m_theme;
        chart()->removeAllSeries();
        m_bars = nullptr;
        m_sum = nullptr;
        m_sets.fill(nullptr);
        std::int64_t greatest = 0;
        for (const TurnBin& bin : bins)
            greatest = std::max(greatest, bin.total);
        m_unit = unitFor(m_owner.m_data.measure, greatest);
        const Scale scale = niceScale(static_cast<double>(greatest) / m_unit.divisor);
        m_y->setRange(0, scale.top);
        m_y->setTickCount(static_cast<int>(std::lround(scale.top / scale.step)) + 1);
        m_step = scale.step;
        m_decimals = m_owner.m_data.measure == TurnChartData::Measure::Cost && scale.decimals > 0
                         ? std::max(2, scale.decimals)
                         : scale.decimals;
        m_y->setGridLinePen(QPen(theme.colour(Theme::Role::Hairline), 1));
        m_slots = m_owner.isZoomed() ? static_cast<int>(bins.size()) : slotsFor(bins.size());
        m_rows = TurnChartRows(bins);
        m_x->setRange(-0.5, m_slots - 0.5);
        setBackgroundBrush(theme.colour(Theme::Role::Surface));
        placePlot();
        if (bins.isEmpty())
            return;

        m_bars = new QStackedBarSeries;
        for (int place = 0; place < tierPlaces; ++place) {
            QList<qreal> values(bins.size(), 0);
            bool used = false;
            for (qsizetype i = 0; i < bins.size(); ++i) {
                for (const TurnBar::Part& part : bins.at(i).parts) {
                    if (chartTierIndex(part.tier) != place)
                        continue;
                    values[i] += static_cast<double>(part.amount) / m_unit.divisor;
                    used = true;
                }
            }
            if (!used)
                continue;
            auto* set = new QBarSet(QString::number(place));
            set->append(values);
            const QColor colour = theme.tier(place < static_cast<int>(chartTiers.size())
                                                 ? chartTiers.at(static_cast<std::size_t>(place))
                                                 : QStringView());
            set->setBrush(m_owner.m_patterns ? patternBrush(place, colour) : QBrush(colour));
            set->setPen(QPen(theme.colour(Theme::Role::Surface), 0.6)); // parts and neighbours stay apart
            m_sets.at(static_cast<std::size_t>(place)) = set;
            m_bars->append(set);
        }
        chart()->addSeries(m_bars);
        m_bars->attachAxis(m_x);
        m_bars->attachAxis(m_y);

        m_sum = new QLineSeries;
        QList<QPointF> points;
        points.reserve(bins.size());
        for (qsizetype i = 0; i < bins.size(); ++i)
            points.append(
                {static_cast<double>(i), static_cast<double>(bins.at(i).cumulative) / m_unit.divisor});
        m_sum->replace(points);
        QColor line = theme.colour(Theme::Role::SecondaryText);
        m_sum->setPen(QPen(line, 1.5));
        chart()->addSeries(m_sum);
        m_sum->attachAxis(m_x);
        m_sum->attachAxis(m_sumAxis);
        const double last = points.constLast().y();
        m_sumAxis->setRange(0, last > 0 ? last * 1.08 : 1);
        placePlot();
        viewport()->update();
    }

    [[nodiscard]] QRectF slotRect(qsizetype bin) const {
        const QRectF plot = plotRect();
        const double slot = plot.width() / m_slots;
        return {plot.left() + slot * static_cast<double>(bin), plot.top(), slot, plot.height()};
    }

    [[nodiscard]] QRectF barRectF(qsizetype bin) const {
        const QRectF slot = slotRect(bin);
        const double width = slot.width() * (m_bars != nullptr ? m_bars->barWidth() : 0.7);
        const double height =
            slot.height() * static_cast<double>(m_owner.m_bins.at(bin).total) / m_unit.divisor / m_y->max();
        return {slot.center().x() - width / 2, slot.bottom() - height, width, height};
    }

    [[nodiscard]] double setValue(int place, qsizetype bin) const {
        const QBarSet* set = m_sets.at(static_cast<std::size_t>(place));
        return set != nullptr ? set->at(static_cast<int>(bin)) * scaleOfUnit() : 0;
    }

    [[nodiscard]] double sumValue(qsizetype bin) const {
        return m_sum != nullptr ? m_sum->at(static_cast<int>(bin)).y() * scaleOfUnit() : 0;
    }

protected:
    void drawBackground(QPainter* painter, const QRectF& rect) override {
        painter->fillRect(rect, m_owner.m_theme.colour(Theme::Role::Surface));
        const auto column = [&](qsizetype bin, Theme::Role role) {
            if (bin < 0 || bin >= m_owner.m_bins.size())
                return;
            const double less =
                std::max(0.0, 4 - slotRect(bin).width()) / 2; // thin bars keep a mark that is seen
            painter->fillRect(slotRect(bin).adjusted(-less, 0, less, 0), m_owner.m_theme.colour(role));
        };
        column(m_hovered, Theme::Role::Hover);
        column(chosenBin(), Theme::Role::Selection);
    }

    void drawForeground(QPainter* painter, const QRectF&) override {
        drawAxis(*painter);
        drawLetters(*painter);
        drawNumbers(*painter);
        drawChosen(*painter);
        drawSum(*painter);
        const QRectF plot = plotRect();
        const double numbers = QFontMetricsF(Theme::smallFont()).height() + Theme::grid;
        m_rows.paint(*painter, m_owner.m_theme, plot.bottom() + numbers, plot,
                     [this](qsizetype bin) { return barRectF(bin); });
        if (hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange)) {
            painter->setPen(QPen(m_owner.m_theme.colour(Theme::Role::Accent), 1.6));
            painter->setBrush(Qt::NoBrush);
            painter->drawRoundedRect(QRectF(viewport()->rect()).adjusted(1, 1, -1, -1), Theme::radius - 2,
                                     Theme::radius - 2);
        }
    }

    void resizeEvent(QResizeEvent* event) override {
        QChartView::resizeEvent(event);
        placePlot();
    }

    void mouseMoveEvent(QMouseEvent* event) override {
        if (m_pressed && m_owner.isZoomed()) {
            const double moved = event->position().x() - m_pressed->x();
            if (m_dragging || std::abs(moved) >= QApplication::startDragDistance())
                drag(moved);
            return;
        }
        setHovered(binAt(event->pos()));
        QChartView::mouseMoveEvent(event);
    }

    void leaveEvent(QEvent* event) override {
        setHovered(-1);
        QChartView::leaveEvent(event);
    }

    void mousePressEvent(QMouseEvent* event) override {
        if (event->button() != Qt::LeftButton || m_owner.m_bins.isEmpty())
            return;
        setFocus(Qt::MouseFocusReason);
        m_pressed = event->position();
        m_draggedFrom = m_owner.m_window.first();
    }

    void mouseReleaseEvent(QMouseEvent* event) override {
        if (event->button() != Qt::LeftButton || !m_pressed)
            return;
        const qsizetype bin = binAt(m_pressed->toPoint());
        m_pressed.reset();
        if (std::exchange(m_dragging, false)) {
            unsetCursor();
            return;
        }
        if (bin < 0)
            return;
        if (m_owner.m_bins.at(bin).turns() > 1)
            m_owner.openBin(bin);
        else
            choose(m_owner.m_bins.at(bin).first);
    }

    void mouseDoubleClickEvent(QMouseEvent* event) override {
        const qsizetype bin = binAt(event->pos());
        if (bin >= 0 && m_owner.m_bins.at(bin).turns() == 1)
            Q_EMIT m_owner.turnActivated(m_owner.m_bins.at(bin).first);
    }

    /// Up and down zoom around the pointer, sideways (or with Shift) pans.
    void wheelEvent(QWheelEvent* event) override {
        const QPoint turned = event->angleDelta();
        const bool sideways =
            std::abs(turned.x()) > std::abs(turned.y()) || event->modifiers().testFlag(Qt::ShiftModifier);
        const double notches = (turned.x() != 0 && sideways ? turned.x() : turned.y()) / 120.0;
        const bool nothingToDo = m_owner.m_window.total() <= TurnWindow::fewest ||
                                 (!m_owner.isZoomed() && (sideways || notches < 0));
        if (notches == 0 || nothingToDo) {
            event->ignore();
            return;
        }
        event->accept();
        if (sideways) {
            const double turns = -notches * static_cast<double>(m_owner.m_window.span()) / 8;
            m_owner.pan(static_cast<qsizetype>(turns < 0 ? std::floor(turns) : std::ceil(turns)));
        } else {
            const QRectF plot = plotRect();
            const double at = (mapToScene(event->position().toPoint()).x() - plot.left()) / plot.width();
            m_owner.zoom(std::pow(zoomStep, -notches), std::clamp(at, 0.0, 1.0));
        }
    }

    void keyPressEvent(QKeyEvent* event) override {
        const qsizetype bins = m_owner.m_bins.size();
        if (bins == 0) {
            event->ignore();
            return;
        }
        const TurnWindow& shown = m_owner.m_window;
        const bool panning = event->modifiers().testFlag(Qt::ShiftModifier);
        const qsizetype quarter = std::max<qsizetype>(1, shown.span() / 4);
        switch (event->key()) {
        case Qt::Key_Left:
            panning ? m_owner.pan(-quarter) : step(-1);
            break;
        case Qt::Key_Right:
            panning ? m_owner.pan(quarter) : step(1);
            break;
        case Qt::Key_PageUp:
            step(-10);
            break;
        case Qt::Key_PageDown:
            step(10);
            break;
        case Qt::Key_Home:
            choose(0);
            break;
        case Qt::Key_End:
            choose(shown.total() - 1);
            break;
        case Qt::Key_Plus:
        case Qt::Key_Equal: // the same key without Shift
            zoomAroundChosen(1 / (zoomStep * zoomStep));
            break;
        case Qt::Key_Minus:
            zoomAroundChosen(zoomStep * zoomStep);
            break;
        case Qt::Key_0:
            m_owner.showAll();
            break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Space: {
            const qsizetype now = chosenBin();
            if (now < 0)
                return;
            if (m_owner.m_bins.at(now).turns() > 1)
                m_owner.openBin(now);
            else
                Q_EMIT m_owner.turnActivated(m_owner.m_chosen);
            break;
        }
        default:
            event->ignore();
        }
    }

    bool viewportEvent(QEvent* event) override {
        if (event->type() != QEvent::ToolTip)
            return QChartView::viewportEvent(event);
        const auto* help = static_cast<QHelpEvent*>(event);
        const qsizetype bin = binAt(help->pos());
        if (bin < 0)
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), tipOf(bin), viewport(),
                               mapFromScene(slotRect(bin)).boundingRect());
        return true;
    }

private:
    [[nodiscard]] double scaleOfUnit() const {
        return m_owner.m_data.measure == TurnChartData::Measure::Cost ? 1 : m_unit.divisor;
    }

    /// Of the scene, as is everything that is painted here.
    [[nodiscard]] QRectF plotRect() const { return chart()->mapRectToScene(chart()->plotArea()); }

    [[nodiscard]] qsizetype binAt(const QPoint& position) const {
        const QRectF plot = plotRect();
        const QPointF point = mapToScene(position);
        if (!plot.contains(point))
            return -1;
        const auto bin = static_cast<qsizetype>((point.x() - plot.left()) / plot.width() * m_slots);
        return bin >= 0 && bin < m_owner.m_bins.size() ? bin : -1;
    }

    [[nodiscard]] qsizetype chosenBin() const {
        const QList<TurnBin>& bins = m_owner.m_bins;
        const auto found = std::find_if(bins.begin(), bins.end(), [this](const TurnBin& bin) {
            return bin.first <= m_owner.m_chosen && m_owner.m_chosen <= bin.last;
        });
        return found == bins.end() ? -1 : found - bins.begin();
    }

    void choose(qsizetype turn) {
        m_owner.setChosenTurn(turn);
        Q_EMIT m_owner.turnChosen(turn);
    }

    /// So many bars on; beyond the edge the view follows.
    void step(qsizetype by) {
        const TurnWindow& shown = m_owner.m_window;
        const QList<TurnBin>& bins = m_owner.m_bins;
        const qsizetype now = chosenBin();
        const qsizetype next = now >= 0 ? now + by : by > 0 ? 0 : bins.size() - 1;
        qsizetype turn = 0;
        if (next < 0)
            turn = shown.first() + next * shown.turnsABin();
        else if (next >= bins.size())
            turn = shown.last() + 1 + (next - bins.size()) * shown.turnsABin();
        else
            turn = bins.at(next).first;
        if (turn >= shown.total() && now >= 0 && bins.at(now).last == shown.total() - 1)
            return; // the last bar keeps its chosen turn
        choose(std::clamp<qsizetype>(turn, 0, shown.total() - 1));
    }

    /// As keys do: the chosen turn stays where it is, as far as whole bins allow.
    void zoomAroundChosen(double factor) {
        const TurnWindow& shown = m_owner.m_window;
        const bool chosen = shown.shows(m_owner.m_chosen);
        m_owner.zoom(factor, chosen ? (static_cast<double>(m_owner.m_chosen - shown.first()) + 0.5) /
                                          static_cast<double>(shown.span())
                                    : 0.5);
        if (chosen && !shown.shows(m_owner.m_chosen)) {
            m_owner.m_window.show(m_owner.m_chosen);
            m_owner.rebuild();
        }
    }

    void drag(double pixels) {
        if (!std::exchange(m_dragging, true))
            setCursor(Qt::ClosedHandCursor);
        const double turnWidth = slotRect(0).width() / static_cast<double>(m_owner.m_window.turnsABin());
        const auto turns = static_cast<qsizetype>(std::llround(-pixels / turnWidth));
        const qsizetype by = m_draggedFrom + turns - m_owner.m_window.first();
        if (std::abs(by) >= m_owner.m_window.turnsABin())
            m_owner.pan(by);
    }

    void setHovered(qsizetype bin) {
        if (m_hovered == bin)
            return;
        m_hovered = bin;
        viewport()->update();
    }

    /// Room for what is drawn around the bars, by the font of the moment.
    void placePlot() {
        const QFontMetrics metrics(Theme::smallFont());
        int labels = 0;
        for (double value = 0; value <= m_y->max() + m_step / 2; value += m_step)
            labels = std::max(labels, metrics.horizontalAdvance(axisLabel(value)));
        m_rows.fit(viewport()->height() * 35 / 100); // the bars keep the greater part
        labels = std::max(labels, m_rows.nameWidth());
        const QRectF all(QPointF(0, 0), QSizeF(viewport()->size()));
        const int below = metrics.height() + Theme::paddingSmall + m_rows.height();
        chart()->setPlotArea(all.adjusted(labels + 2 * Theme::paddingSmall, metrics.height() + Theme::grid,
                                          -Theme::padding, -below));
        if (m_bars == nullptr)
            return;
        const double slot = plotRect().width() / m_slots;
        m_bars->setBarWidth(slot > 0 ? std::min(slot < 10 ? 0.9 : 0.76, widestBar / slot) : 0.76);
    }

    [[nodiscard]] QString axisLabel(double value) const {
        if (m_owner.m_data.measure == TurnChartData::Measure::Cost)
            return text::moneyOnAxis(value, m_decimals);
        if (value < m_step / 2) // nought needs no decimals
            return QLocale().toString(0);
        return QLocale().toString(value, 'f', m_decimals) + QLatin1StringView(m_unit.suffix);
    }

    [[nodiscard]] QString tipOf(qsizetype index) const {
        const TurnBin& bin = m_owner.m_bins.at(index);
        const TurnBar& first = m_owner.m_data.turns.at(bin.first);
        if (bin.turns() == 1)
            return m_owner.m_tips ? m_owner.m_tips(bin.first) : QString();
        QString tip = QStringLiteral("<b>%1</b>")
                          .arg(TurnChart::tr("Turns %1 to %2")
                                   .arg(first.turn)
                                   .arg(m_owner.m_data.turns.at(bin.last).turn));
        tip += QStringLiteral("<br>") +
               TurnChart::tr("%1 in all").arg(amountText(bin.total, m_owner.m_data.measure));
        for (const TurnBar::Part& part : bin.parts)
            tip += QStringLiteral("<br>") +
                   TurnChart::tr("%1: %2 in %n request(s)", nullptr, static_cast<int>(part.requests))
                       .arg(text::tierName(part.tier).toHtmlEscaped(),
                            amountText(part.amount, m_owner.m_data.measure));
        if (bin.cachedInput > 0)
            tip += QStringLiteral("<br>") +
                   TurnChart::tr("%1 of the prompts from the cache")
                       .arg(text::percent(static_cast<double>(bin.cachedInput) /
                                          static_cast<double>(std::max<std::int64_t>(bin.prompt, 1))));
        for (const TurnBar::Agent& agent : bin.agents)
            tip += QStringLiteral("<br>") +
                   TurnChart::tr("agent %1: %n request(s)", nullptr, static_cast<int>(agent.requests))
                       .arg(agent.name.toHtmlEscaped());
        return tip + QStringLiteral("<br><i>") + TurnChart::tr("Click or press Enter to open them") +
               QStringLiteral("</i>");
    }

    /// The tier's letter inside each part that has room for it, else over the bar for its greatest part; and
    /// the marks over that.
    void drawLetters(QPainter& painter) const {
        QFont font = Theme::smallFont();
        font.setBold(true);
        const QFontMetricsF metrics(font);
        painter.setFont(font);
        double free = 0; // where the next mark may begin
        for (qsizetype i = 0; i < m_owner.m_bins.size(); ++i) {
            const double top = slotRect(i).width() < narrowestLetterSlot ? barRectF(i).top()
                                                                         : drawLettersOf(painter, metrics, i);
            free = drawMarks(painter, metrics, i, top, free);
        }
    }

    /// Returns the top of what stands there now.
    [[nodiscard]] double drawLettersOf(QPainter& painter, const QFontMetricsF& metrics, qsizetype i) const {
        const TurnBin& bin = m_owner.m_bins.at(i);
        const QRectF bar = barRectF(i);
        double bottom = bar.bottom();
        const TurnBar::Part* greatest = nullptr;
        bool lettered = false;
        for (const TurnBar::Part& part : bin.parts) {
            const double height = bin.total > 0 ? bar.height() * static_cast<double>(part.amount) /
                                                      static_cast<double>(bin.total)
                                                : 0;
            const QRectF box(bar.left(), bottom - height, bar.width(), height);
            bottom -= height;
            if (greatest == nullptr || part.amount > greatest->amount ||
                (part.amount == greatest->amount && part.requests > greatest->requests))
                greatest = &part;
            const QString letter = text::tierLetter(part.tier);
            if (box.height() < metrics.height() || box.width() < metrics.horizontalAdvance(letter) + 1)
                continue;
            painter.setPen(Theme::textOn(m_owner.m_theme.tier(part.tier)));
            painter.drawText(
                QRectF(box.left(), box.bottom() - metrics.height(), box.width(), metrics.height()),
                Qt::AlignCenter, letter);
            lettered = true;
        }
        if (lettered || greatest == nullptr)
            return bar.top();
        const double top = bar.top() - metrics.height();
        painter.setPen(m_owner.m_theme.colour(Theme::Role::SecondaryText));
        painter.drawText(QRectF(slotRect(i).left(), top, slotRect(i).width(), metrics.height()),
                         Qt::AlignCenter, text::tierLetter(greatest->tier));
        return top;
    }

    /// All marks of a bar where its column has room, else the weightiest, unless that would touch the one
    /// before it. Returns where the next may begin.
    [[nodiscard]] double drawMarks(QPainter& painter, const QFontMetricsF& metrics, qsizetype i, double top,
                                   double free) const {
        const TurnBin& bin = m_owner.m_bins.at(i);
        QString marks;
        if (bin.failed)
            marks += QChar(0x00D7);
        if (bin.escalated)
            marks += QChar(0x2934);
        if (bin.fallback)
            marks += QChar(0x21C4);
        if (bin.cold)
            marks += QChar(0x25CC);
        if (bin.unpriced)
            marks += u'?';
        if (marks.isEmpty())
            return free;
        if (metrics.horizontalAdvance(marks) > slotRect(i).width())
            marks.truncate(1);
        const double width = metrics.horizontalAdvance(marks);
        const double left = slotRect(i).center().x() - width / 2;
        if (left < free)
            return free;
        painter.setPen(m_owner.m_theme.colour(bin.failed ? Theme::Role::Text : Theme::Role::SecondaryText));
        painter.drawText(QRectF(left - 4, std::max(0.0, top - metrics.height()), width + 8, metrics.height()),
                         Qt::AlignCenter, marks);
        return left + width + 1;
    }

    void drawAxis(QPainter& painter) const {
        const QFont font = Theme::smallFont();
        const QFontMetricsF metrics(font);
        const QRectF plot = plotRect();
        painter.setFont(font);
        painter.setPen(m_owner.m_theme.colour(Theme::Role::SecondaryText));
        if (m_owner.m_bins.isEmpty())
            return;
        // Where the lines are too near each other, only the lowest and the highest are named.
        const bool near = plot.height() * m_step / m_y->max() < metrics.height();
        for (double value = 0; value <= m_y->max() + m_step / 2; value += near ? m_y->max() : m_step) {
            const double y = plot.bottom() - plot.height() * value / m_y->max();
            painter.drawText(
                QRectF(0, y - metrics.height() / 2, plot.left() - Theme::paddingSmall, metrics.height()),
                static_cast<int>(Qt::AlignVCenter | Qt::AlignAbsolute) | Qt::AlignRight, axisLabel(value));
        }
    }

    /// Turn numbers under the axis, as many as have room: the first, and round ones.
    void drawNumbers(QPainter& painter) const {
        const QList<TurnBin>& bins = m_owner.m_bins;
        if (bins.isEmpty())
            return;
        const QFont font = Theme::smallFont();
        const QFontMetricsF metrics(font);
        painter.setFont(font);
        painter.setPen(m_owner.m_theme.colour(Theme::Role::SecondaryText));
        const auto number = [this](qsizetype turn) {
            return text::count(m_owner.m_data.turns.at(turn).turn);
        };
        const double room = metrics.horizontalAdvance(number(bins.constLast().last)) + 12;
        const double turnWidth = slotRect(0).width() / static_cast<double>(bins.constFirst().turns());
        qsizetype step = 1;
        for (qsizetype power = 1; turnWidth * static_cast<double>(step) < room; power *= 10) {
            for (const int factor : {1, 2, 5}) {
                step = factor * power;
                if (turnWidth * static_cast<double>(step) >= room)
                    break;
            }
        }
        double free = -room;
        for (qsizetype i = 0; i < bins.size(); ++i) {
            const TurnBin& bin = bins.at(i);
            qsizetype round =
                (bin.first / step + 1) * step - 1; // the index of the round turn in or after the bin
            if (i == 0 && round > bin.last)
                round = bin.first;
            const QRectF column = slotRect(i);
            if (round > bin.last || column.center().x() - room / 2 < free)
                continue;
            free = column.center().x() + room / 2 - 6;
            const double left = std::min(column.center().x() - room / 2, viewport()->width() - room);
            painter.drawText(QRectF(left, column.bottom() + 3, room, metrics.height()), Qt::AlignCenter,
                             number(round));
        }
    }

    void drawChosen(QPainter& painter) const {
        const qsizetype bin = chosenBin();
        if (bin < 0)
            return;
        const QRectF column = slotRect(bin);
        painter.fillRect(QRectF(column.left(), column.bottom(), column.width(), 2.5),
                         m_owner.m_theme.colour(Theme::Role::Accent));
    }

    /// The last point of the running sum with its number: the line's own label.
    void drawSum(QPainter& painter) const {
        if (m_sum == nullptr || m_owner.m_bins.size() < 2)
            return;
        const QPointF last =
            chart()->mapToScene(chart()->mapToPosition(m_sum->at(m_sum->count() - 1), m_sum));
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_owner.m_theme.colour(Theme::Role::SecondaryText));
        painter.drawEllipse(last, 2.5, 2.5);
    }

    TurnChart& m_owner;
    QValueAxis* m_x = nullptr;
    QValueAxis* m_y = nullptr;
    QValueAxis* m_sumAxis = nullptr;
    QStackedBarSeries* m_bars = nullptr;
    QLineSeries* m_sum = nullptr;
    std::array<QBarSet*, tierPlaces> m_sets{};
    Unit m_unit;
    double m_step = 0.25;
    int m_decimals = 2;
    int m_slots = 1;
    TurnChartRows m_rows{{}};
    qsizetype m_hovered = -1;
    std::optional<QPointF> m_pressed;
    qsizetype m_draggedFrom = 0; ///< the first turn shown when the mouse was pressed
    bool m_dragging = false;
};

TurnChart::TurnChart(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_legend(new Legend(theme, this))
    , m_view(new View(*this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_legend);
    column->addWidget(m_view, 1);
    setFocusProxy(m_view);
    connect(m_legend->allButton(), &QToolButton::clicked, this, &TurnChart::showAll);
    connect(&m_theme, &Theme::changed, this, &TurnChart::rebuild);
    rebuild();
}

TurnChart::~TurnChart() = default;

void TurnChart::setData(const TurnChartData& values, bool sameSession) {
    if (sameSession && values == m_data)
        return;
    m_data = values;
    if (sameSession)
        m_window.grow(values.turns.size());
    else
        m_window.reset(values.turns.size());
    if (!sameSession || m_chosen >= values.turns.size())
        m_chosen = -1;
    rebuild();
}

void TurnChart::setChosenTurn(qsizetype index) {
    if (index == m_chosen)
        return;
    m_chosen = index;
    if (index >= 0 && !m_window.shows(index)) {
        m_window.show(index);
        rebuild();
        return;
    }
    describe();
    m_view->viewport()->update();
}

qsizetype TurnChart::chosenTurn() const {
    return m_chosen;
}

void TurnChart::setTips(std::function<QString(qsizetype)> tips) {
    m_tips = std::move(tips);
}

void TurnChart::setPatterns(bool patterns) {
    m_patterns = patterns;
    rebuild();
}

void TurnChart::openBin(qsizetype bin) {
    if (bin < 0 || bin >= m_bins.size() || m_bins.at(bin).turns() < 2)
        return;
    m_window.open(m_bins.at(bin).first, m_bins.at(bin).last);
    rebuild();
}

void TurnChart::showAll() {
    if (!isZoomed())
        return;
    m_window.showAll();
    rebuild();
}

void TurnChart::zoom(double factor, double anchor) {
    if (m_data.turns.isEmpty())
        return;
    m_window.zoom(factor, anchor);
    rebuild();
}

void TurnChart::pan(qsizetype turns) {
    if (!isZoomed())
        return;
    m_window.pan(turns);
    rebuild();
}

const QList<TurnBin>& TurnChart::bins() const {
    return m_bins;
}

double TurnChart::drawnAmount(qsizetype bin, int tierIndex) const {
    return m_view->setValue(tierIndex, bin);
}

double TurnChart::drawnCumulative(qsizetype bin) const {
    return m_view->sumValue(bin);
}

QRect TurnChart::barRect(qsizetype bin) const {
    return m_view->mapFromScene(m_view->barRectF(bin)).boundingRect().translated(m_view->pos());
}

QSize TurnChart::sizeHint() const {
    return {640, QFontMetrics(font()).height() * 12};
}

QSize TurnChart::minimumSizeHint() const {
    return {240, QFontMetrics(font()).height() * 10};
}

void TurnChart::rebuild() {
    m_bins = binTurns(m_data.turns, m_window.first(), m_window.last(), maxBars);
    m_view->rebuild();
    QList<int> places;
    bool escalated = false;
    bool fallback = false;
    bool cold = false;
    bool failed = false;
    bool unpriced = false;
    for (const TurnBin& bin : m_bins) {
        for (const TurnBar::Part& part : bin.parts)
            if (!places.contains(chartTierIndex(part.tier)))
                places.append(chartTierIndex(part.tier));
        escalated |= bin.escalated;
        fallback |= bin.fallback;
        cold |= bin.cold;
        failed |= bin.failed;
        unpriced |= bin.unpriced;
    }
    std::sort(places.begin(), places.end());
    QStringList marks;
    if (escalated)
        marks.append(tr("⤴ escalated"));
    if (fallback)
        marks.append(tr("⇄ fell back"));
    if (cold)
        marks.append(tr("◌ cold cache"));
    if (failed)
        marks.append(tr("× failed"));
    if (unpriced)
        marks.append(tr("? unpriced"));
    const bool cost = m_data.measure == TurnChartData::Measure::Cost;
    QString title = cost ? tr("$ per turn") : tr("Tokens per turn");
    const qsizetype turnsABar = m_bins.isEmpty() ? 1 : m_bins.constFirst().turns();
    if (turnsABar > 1)
        title = cost ? tr("$ per %n turn(s)", nullptr, static_cast<int>(turnsABar))
                     : tr("Tokens per %n turn(s)", nullptr, static_cast<int>(turnsABar));
    if (isZoomed() && !m_bins.isEmpty())
        title += QStringLiteral(" · ") + tr("%1–%2 of %3")
                                             .arg(text::count(m_data.turns.at(m_window.first()).turn),
                                                  text::count(m_data.turns.at(m_window.last()).turn),
                                                  text::count(m_data.turns.size()));
    if (!m_data.note.isEmpty())
        title += QStringLiteral(" · ") + m_data.note;
    QString sum;
    QString shortSum;
    if (!m_bins.isEmpty()) {
        const QString amount = amountText(m_bins.constLast().cumulative, m_data.measure);
        sum = tr("— cumulative %1").arg(amount);
        shortSum = tr("— %1").arg(amount);
    }
    m_legend->tell(title, sum, shortSum, places, marks, isZoomed());
    describe();
}

void TurnChart::describe() {
    const bool cost = m_data.measure == TurnChartData::Measure::Cost;
    m_view->setAccessibleName(cost ? tr("Cost per turn") : tr("Tokens per turn"));
    std::int64_t total = 0;
    std::int64_t greatest = -1;
    int greatestTurn = 0;
    for (const TurnBar& turn : m_data.turns) {
        std::int64_t amount = 0;
        for (const TurnBar::Part& part : turn.parts)
            amount += part.amount;
        total += amount;
        if (amount > greatest) {
            greatest = amount;
            greatestTurn = turn.turn;
        }
    }
    QString words = tr("%n turn(s), %1 in all.", nullptr, static_cast<int>(m_data.turns.size()))
                        .arg(amountText(total, m_data.measure));
    if (greatest > 0)
        words += u' ' + tr("The greatest is turn %1 with %2.")
                            .arg(greatestTurn)
                            .arg(amountText(greatest, m_data.measure));
    if (m_chosen >= 0 && m_chosen < m_data.turns.size()) {
        const TurnBar& turn = m_data.turns.at(m_chosen);
        QStringList parts;
        for (const TurnBar::Part& part : turn.parts)
            parts.append(tr("%1 %2").arg(text::tierName(part.tier), amountText(part.amount, m_data.measure)));
        words += u' ' + tr("Chosen: turn %1, %2.").arg(turn.turn).arg(parts.join(QStringLiteral(", ")));
    }
    if (isZoomed() && !m_bins.isEmpty())
        words += u' ' + tr("Shown: turns %1 to %2.")
                            .arg(m_data.turns.at(m_window.first()).turn)
                            .arg(m_data.turns.at(m_window.last()).turn);
    words += u' ' + tr("Plus and minus zoom, 0 shows all.");
    words += u' ' + tr("Press T for the same numbers as a table.");
    m_view->setAccessibleDescription(words);
}

} // namespace tierdeck::ui
