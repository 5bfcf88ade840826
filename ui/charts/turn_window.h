// Which turns of a session a chart shows: all of them, or a run that is zoomed and panned. Beyond `maxBars`
// turns the run consists of whole bins that begin at multiples of their size, so that panning never cuts a
// bar in another place. A plain value; any thread.
#pragma once

#include <QtGlobal>

namespace tierdeck::ui {

class TurnWindow {
public:
    static constexpr qsizetype fewest = 8; ///< turns, where there are as many

    explicit TurnWindow(int maxBars)
        : m_maxBars(maxBars) {}

    [[nodiscard]] qsizetype first() const { return m_first; }

    [[nodiscard]] qsizetype last() const { return m_last; } ///< first() - 1 where there are no turns

    [[nodiscard]] qsizetype span() const { return m_last - m_first + 1; }

    [[nodiscard]] qsizetype total() const { return m_total; }

    [[nodiscard]] bool isAll() const { return span() == m_total; }

    [[nodiscard]] bool shows(qsizetype turn) const { return turn >= m_first && turn <= m_last; }

    [[nodiscard]] qsizetype turnsABin() const { return binSizeOf(span()); }

    void showAll() { set(0, m_total); }

    /// Of another session: all of it.
    void reset(qsizetype total);
    /// Of the same session, later: what was all stays all, else the run stays where it is.
    void grow(qsizetype total);
    /// Times `factor` as many turns; what is at `anchor` (0 to 1 of the width) stays there.
    void zoom(double factor, double anchor);
    /// By so many turns to the right; by a bin at least.
    void pan(qsizetype turns);
    /// Pans no further than needed to have that turn in it, with some turns beside it.
    void show(qsizetype turn);
    /// Exactly those turns.
    void open(qsizetype first, qsizetype last);

private:
    [[nodiscard]] qsizetype binSizeOf(qsizetype span) const;
    void set(qsizetype first, qsizetype span);

    int m_maxBars;
    qsizetype m_total = 0;
    qsizetype m_first = 0;
    qsizetype m_last = -1;
};

} // namespace tierdeck::ui
