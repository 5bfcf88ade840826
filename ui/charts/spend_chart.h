// Spending over time: a stack of bars for each period, the running sum against a budget with its forecast, or
// the shares of each period. Painted by itself, since a year has more bars than Qt Charts bears. The page's
// table has the same numbers; T goes there. GUI thread.
#pragma once

#include "ui/charts/keyed_chart.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>

class QFontMetrics;

namespace tierdeck::ui {

class Theme;

/// Amounts are whole numbers of one unit (nano-dollars or tokens), so that sums stay exact.
struct SpendChartData {
    enum class Measure { Cost, Tokens };

    struct Series {
        QString key;
        QString name;
        QString tier;        ///< whose colour and letter it has; "" for the rest
        bool isTier = false; ///< `tier` is meant, not only its colour
        bool isRest = false; ///< all that have no series of their own
        bool operator==(const Series&) const = default;
    };

    struct Column {
        QString title;               ///< "Fri 20 Nov 2026"
        QString label;               ///< under the axis: "20 Nov"
        QList<std::int64_t> amounts; ///< one for each series
        std::int64_t requests = 0;
        std::int64_t unpriced = 0;
        QList<std::int64_t> unpricedParts; ///< of it, one for each series; {} for none
        bool isAhead = false;              ///< has not begun
        bool operator==(const Column&) const = default;

        [[nodiscard]] std::int64_t total() const;
    };

    struct Outlook {
        qsizetype column = 0;
        std::int64_t expected = 0;
        std::int64_t low = 0;
        std::int64_t high = 0;
        bool operator==(const Outlook&) const = default;
    };

    Measure measure = Measure::Cost;
    QList<Series> series; ///< from the axis up
    QList<Column> columns;
    QList<Outlook> outlook; ///< of the running sum
    std::optional<std::int64_t> limit;
    QString limitName; ///< "Budget Monthly"
    QString note;      ///< why it is not cost that is drawn
    bool operator==(const SpendChartData&) const = default;

    [[nodiscard]] std::int64_t unpriced() const; ///< requests of all columns

    /// The running sum at the end of a column.
    [[nodiscard]] std::int64_t sumUpTo(qsizetype column) const;
};

class SpendChart final : public KeyedChart {
    Q_OBJECT
public:
    enum class View { Amounts, Cumulative, Shares };

    explicit SpendChart(const Theme& theme, QWidget* parent = nullptr);
    ~SpendChart() override;

    /// What is chosen stays chosen where the columns are the same.
    void setData(const SpendChartData& values);

    [[nodiscard]] const SpendChartData& values() const { return m_data; }

    void setView(View view);

    [[nodiscard]] View view() const { return m_view; }

    /// Fills the bars with patterns besides colours.
    void setPatterns(bool patterns);

    [[nodiscard]] qsizetype chosenColumn() const { return m_column; }

    void setChosen(qsizetype column, qsizetype series);
    /// Where a bar's part is, in this widget; empty for nothing. For tests and tool tips.
    [[nodiscard]] QRectF partRect(qsizetype column, qsizetype series) const;
    [[nodiscard]] QRectF columnRect(qsizetype column) const;
    [[nodiscard]] QString tipOf(qsizetype column) const;
    /// In the legend: how many requests are in no amount, since they have no price; "" where all have one.
    [[nodiscard]] QString unpricedNote() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// Enter or a click: what is behind it is wanted. `series` is -1 for the whole column.
    void activated(qsizetype column, qsizetype series);

private:
    struct LegendEntry {
        enum class Mark { None, Line, Chip, Swatch };
        QString words{};
        Mark mark = Mark::None;
        QColor colour{};
        Qt::PenStyle line = Qt::SolidLine;
        QString tier{}; ///< of a chip
        QRect place{};  ///< mark and words
    };

    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    [[nodiscard]] QString tipAt(const QPointF& place) const override;
    [[nodiscard]] bool hasMarks() const override;
    bool chooseAt(const QPointF& place) override;
    bool chooseByKey(int key) override;
    void openChosen() override;

    [[nodiscard]] QRectF plotRect() const;
    [[nodiscard]] int legendHeight() const;
    [[nodiscard]] double greatest() const; ///< of what is drawn, in the unit's smallest
    [[nodiscard]] double yOf(double amount) const;
    [[nodiscard]] qsizetype columnAt(const QPointF& at) const;
    [[nodiscard]] qsizetype seriesAt(qsizetype column, const QPointF& at) const;
    [[nodiscard]] QColor colourOf(qsizetype series) const;
    [[nodiscard]] QString amountText(std::int64_t amount) const;
    [[nodiscard]] QStringList legendNames(const QFontMetrics& metrics, int room) const;
    [[nodiscard]] QList<LegendEntry> legendEntries(const QFontMetrics& metrics, int room) const;
    void layOutLegend();
    [[nodiscard]] static int markWidth(const LegendEntry& entry);
    void drawLegend(QPainter& painter) const;
    void drawAxes(QPainter& painter) const;
    void drawBars(QPainter& painter) const;
    void drawCumulative(QPainter& painter) const;
    void drawChosen(QPainter& painter) const;
    void refit();
    void describe();

    const Theme& m_theme;
    SpendChartData m_data;
    View m_view = View::Amounts;
    bool m_patterns = false;
    qsizetype m_column = -1;
    qsizetype m_series = -1;
    qsizetype m_hovered = -1;
    double m_top = 1;  ///< of the axis, in units
    double m_step = 1; ///< between its lines
    int m_decimals = 0;
    double m_unit = 1; ///< amounts are divided by it for the axis
    QString m_unitSuffix;
    QList<LegendEntry> m_legend; ///< in as many lines as it needs
};

} // namespace tierdeck::ui
