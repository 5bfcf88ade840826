// A chart whose marks are pressed and are chosen by key, and open what is behind them. What a mark is, is
// the chart's own; when a tip is shown, a mark chosen or opened is the same everywhere. What is chosen is
// drawn only while the keyboard is here, so the chart is drawn anew when it comes and goes. GUI thread.
#pragma once

#include <QString>
#include <QWidget>

class QFocusEvent;
class QKeyEvent;
class QMouseEvent;
class QPointF;

namespace tierdeck::ui {

class KeyedChart : public QWidget {
public:
    using QWidget::QWidget;

protected:
    /// "" where there is no mark.
    [[nodiscard]] virtual QString tipAt(const QPointF& place) const = 0;
    /// Whether there is a mark that could be chosen.
    [[nodiscard]] virtual bool hasMarks() const = 0;
    /// Chooses the mark at `place`; false where there is none.
    virtual bool chooseAt(const QPointF& place) = 0;
    /// Chooses another mark, as that key says; false for a key that chooses none.
    virtual bool chooseByKey(int key) = 0;
    /// Asks for what is behind the chosen mark, if there is one with something behind it.
    virtual void openChosen() = 0;

    bool event(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
};

} // namespace tierdeck::ui
