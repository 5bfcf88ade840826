// The running sums of two sessions over each other, turn by turn: which got dearer, and when. The same
// numbers stand in the comparison's table. GUI thread.
#pragma once

#include "ui/charts/turn_chart.h"

#include <QWidget>

namespace tierdeck::ui {

class Theme;

struct CompareLine {
    QString name;
    QList<std::int64_t> sums; ///< after each turn, in nano-dollars or tokens
    bool operator==(const CompareLine&) const = default;
};

class CompareChart final : public QWidget {
    Q_OBJECT
public:
    static constexpr qsizetype mostPoints = 1000; ///< of a line; of more turns only some are drawn

    explicit CompareChart(const Theme& theme, QWidget* parent = nullptr);

    void setLines(const CompareLine& first, const CompareLine& second, TurnChartData::Measure measure);
    /// Where the sum after a turn (from 0) is drawn: for tests.
    [[nodiscard]] QPointF pointOf(int line, qsizetype turn) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

private:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    [[nodiscard]] QRectF plot() const;
    [[nodiscard]] qsizetype mostTurns() const;
    [[nodiscard]] qsizetype turnAt(double x) const;
    [[nodiscard]] QString amount(std::int64_t sum) const;
    [[nodiscard]] QString label(double value) const;
    [[nodiscard]] QPen penOf(int line) const;
    void setHovered(qsizetype turn);

    const Theme& m_theme;
    CompareLine m_lines[2];
    TurnChartData::Measure m_measure = TurnChartData::Measure::Cost;
    Scale m_scale; ///< in dollars or tokens
    qsizetype m_hovered = -1;
};

} // namespace tierdeck::ui
