#include "ui/charts/turn_window.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

qsizetype TurnWindow::binSizeOf(qsizetype span) const {
    return std::max<qsizetype>(1, (span + m_maxBars - 1) / m_maxBars);
}

void TurnWindow::set(qsizetype first, qsizetype span) {
    span = std::min(span, m_total);
    first = std::clamp<qsizetype>(first, 0, m_total - span);
    const qsizetype bin = binSizeOf(span);
    if (span < m_total && bin > 1) {
        if (first + span == m_total) // the last turn stays in it
            first += bin - 1;
        first -= first % bin;
        span = std::min((span + bin - 1) / bin * bin, m_total - first);
    }
    m_first = first;
    m_last = first + span - 1;
}

void TurnWindow::reset(qsizetype total) {
    m_total = total;
    showAll();
}

void TurnWindow::grow(qsizetype total) {
    const bool all = isAll() || m_last >= total;
    m_total = total;
    if (all)
        showAll();
}

void TurnWindow::zoom(double factor, double anchor) {
    const qsizetype least = std::min(fewest, m_total);
    auto wanted = static_cast<qsizetype>(std::llround(static_cast<double>(span()) * factor));
    if (wanted == span()) // a step is a step, also where rounding eats it
        wanted += factor < 1 ? -1 : 1;
    wanted = std::clamp(wanted, least, m_total);
    const double fixed = static_cast<double>(m_first) + anchor * static_cast<double>(span());
    set(static_cast<qsizetype>(std::llround(fixed - anchor * static_cast<double>(wanted))), wanted);
}

void TurnWindow::pan(qsizetype turns) {
    const qsizetype bin = turnsABin();
    if (turns > 0)
        turns = std::max(turns, bin);
    else if (turns < 0)
        turns = std::min(turns, -bin);
    set(m_first + turns, span());
}

void TurnWindow::show(qsizetype turn) {
    if (shows(turn) || turn < 0 || turn >= m_total)
        return;
    const qsizetype beside = span() / 10;
    set(turn < m_first ? turn - beside : turn + beside - span() + 1, span());
    if (!shows(turn)) // the beginning of the bins moved it out
        set(turn, span());
}

void TurnWindow::open(qsizetype first, qsizetype last) {
    m_first = std::clamp<qsizetype>(first, 0, m_total - 1);
    m_last = std::clamp(last, m_first, m_total - 1);
}

} // namespace tierdeck::ui
