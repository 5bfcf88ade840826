// The bars of a session: one a turn, stacked by the tiers of its requests, with the running sum as a line.
// Beyond 100 turns a bar is a run of whole turns and opens into them; wheel, drag and keys zoom and pan.
// Below stand the cache's share and a lane for each sub-agent. The same numbers stand in the turn table; T
// goes there. The only place that knows Qt Charts is this folder. GUI thread.
#pragma once

#include "ui/charts/turn_bins.h"
#include "ui/charts/turn_window.h"

#include <QWidget>

#include <functional>

namespace tierdeck::ui {

class Theme;

struct TurnChartData {
    enum class Measure { Cost, Tokens };
    Measure measure = Measure::Cost;
    QList<TurnBar> turns;
    QString note; ///< why it is not cost that is drawn, and what else must be said; may be empty
    bool operator==(const TurnChartData&) const = default;
};

class TurnChart final : public QWidget {
    Q_OBJECT
public:
    static constexpr int maxBars = 100;

    explicit TurnChart(const Theme& theme, QWidget* parent = nullptr);
    ~TurnChart() override;

    /// New numbers of the same session keep what is looked at: the turns that are shown and the chosen one.
    void setData(const TurnChartData& values, bool sameSession);
    /// -1 for none. Opens nothing: a turn inside a bin marks the bin; one that is not shown is panned to.
    void setChosenTurn(qsizetype index);
    [[nodiscard]] qsizetype chosenTurn() const;
    /// Every number of a turn (by index) as rich text, for its tool tip.
    void setTips(std::function<QString(qsizetype)> tips);
    /// Fills the bars with patterns besides colours.
    void setPatterns(bool patterns);

    /// True while only a part of the turns is shown.
    [[nodiscard]] bool isZoomed() const { return !m_window.isAll(); }

    void openBin(qsizetype bin);
    void showAll();
    /// `factor` times as many turns, around the one at `anchor` (0 to 1 of the width).
    void zoom(double factor, double anchor);
    /// To later turns; to earlier ones where negative.
    void pan(qsizetype turns);

    [[nodiscard]] const TurnWindow& shownTurns() const { return m_window; }

    [[nodiscard]] const QList<TurnBin>& bins() const;
    /// What stands in the chart's own series for that bar and stack place, in dollars or tokens: for tests.
    [[nodiscard]] double drawnAmount(qsizetype bin, int tierIndex) const;
    [[nodiscard]] double drawnCumulative(qsizetype bin) const;
    /// Where that bar is, in this widget: for tests and tool tips.
    [[nodiscard]] QRect barRect(qsizetype bin) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// By mouse or keys.
    void turnChosen(qsizetype index);
    /// Enter on a turn: show it in the table.
    void turnActivated(qsizetype index);

private:
    class View;
    class Legend;
    void rebuild();
    void describe();

    const Theme& m_theme;
    TurnChartData m_data;
    QList<TurnBin> m_bins;
    TurnWindow m_window{maxBars};
    qsizetype m_chosen = -1;
    bool m_patterns = false;
    std::function<QString(qsizetype)> m_tips;
    Legend* m_legend = nullptr;
    View* m_view = nullptr;
};

} // namespace tierdeck::ui
