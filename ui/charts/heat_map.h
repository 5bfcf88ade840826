// A calendar of days, a column a week from Monday, the darker the more was spent. Each day tells its number
// on hover and by keys, and opens what is behind it; so does the name of a month. GUI thread.
#pragma once

#include "ui/charts/keyed_chart.h"

#include <QDate>
#include <QList>
#include <QRectF>
#include <QString>

#include <cstdint>

namespace tierdeck::ui {

class Theme;

struct HeatDay {
    QDate date;
    std::int64_t amount = 0; ///< nano-dollars
    std::int64_t requests = 0;
    std::int64_t unpriced = 0;
    bool operator==(const HeatDay&) const = default;
};

struct HeatMonth {
    QDate first;
    QString name;
    QRectF rect; ///< of the name
};

class HeatMap final : public KeyedChart {
    Q_OBJECT
public:
    static constexpr int shades = 5; ///< beside "nothing"

    explicit HeatMap(const Theme& theme, QWidget* parent = nullptr);

    /// Days in order, without a gap.
    void setDays(const QList<HeatDay>& days);

    [[nodiscard]] const QList<HeatDay>& days() const { return m_days; }

    /// 0 for nothing, else 1 to `shades`: a fifth of the days with spending each.
    [[nodiscard]] int shadeOf(qsizetype day) const;
    [[nodiscard]] QRectF dayRect(qsizetype day) const;
    [[nodiscard]] QString tipOf(qsizetype day) const;
    /// Those whose names have room, in order.
    [[nodiscard]] QList<HeatMonth> months() const;

    [[nodiscard]] qsizetype chosenDay() const { return m_chosen; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void activated(qsizetype day);
    void monthActivated(const QDate& first);

private:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    [[nodiscard]] QString tipAt(const QPointF& place) const override;
    [[nodiscard]] bool hasMarks() const override;
    bool chooseAt(const QPointF& place) override;
    bool chooseByKey(int key) override;
    void openChosen() override;

    [[nodiscard]] QSizeF cell() const;
    [[nodiscard]] double left() const;
    [[nodiscard]] double top() const;
    [[nodiscard]] qsizetype dayAt(const QPointF& at) const;
    [[nodiscard]] QDate monthAt(const QPointF& at) const; ///< its first day; null where no name is
    [[nodiscard]] QString tipOfMonth(const QDate& first) const;
    void hover(const QDate& month);
    [[nodiscard]] QColor colourOf(int shade) const;
    void choose(qsizetype day);
    void describe();

    const Theme& m_theme;
    QList<HeatDay> m_days;
    QList<std::int64_t> m_bounds; ///< the least amount of each shade
    qsizetype m_chosen = -1;
    QDate m_hovered; ///< the month whose name the mouse is on
};

} // namespace tierdeck::ui
