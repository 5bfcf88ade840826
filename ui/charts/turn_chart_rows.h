// The rows under the bars of a session, on the bars' own axis: the share of the prompts that came from the
// provider's cache, and a lane for each sub-agent. Made anew for each set of bins; GUI thread.
#pragma once

#include "ui/charts/turn_bins.h"

#include <QRectF>

#include <functional>

class QPainter;

namespace tierdeck::ui {

class Theme;

class TurnChartRows {
public:
    static constexpr int mostLanes = 3; ///< one more holds the rest together

    explicit TurnChartRows(const QList<TurnBin>& bins);

    [[nodiscard]] bool isEmpty() const { return m_rows.isEmpty(); }

    /// Leaves away lanes, the last first, until what is drawn is not higher than that; the cache's row stays.
    void fit(int height);
    /// Of the rows that are drawn, by the font of the moment.
    [[nodiscard]] int height() const;
    /// What the names need at the left.
    [[nodiscard]] int nameWidth() const;
    /// `column` is where a bin's bar stands from left to right; rows begin at `top`.
    void paint(QPainter& painter, const Theme& theme, double top, const QRectF& plot,
               const std::function<QRectF(qsizetype)>& column) const;

private:
    struct Row {
        QString name;
        bool isCache = false;
        QList<double> shares; ///< one a bin; below 0: nothing to show
    };

    QList<Row> m_rows;
    qsizetype m_drawn = 0;
};

} // namespace tierdeck::ui
