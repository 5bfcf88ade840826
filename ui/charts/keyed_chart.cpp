#include "ui/charts/keyed_chart.h"

#include <QFocusEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

namespace tierdeck::ui {

bool KeyedChart::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QString tip = tipAt(help->pos());
    if (tip.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), tip, this);
    return true;
}

void KeyedChart::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && chooseAt(event->position()))
        openChosen();
}

void KeyedChart::keyPressEvent(QKeyEvent* event) {
    const int key = event->key();
    if (hasMarks() && (key == Qt::Key_Return || key == Qt::Key_Enter))
        openChosen();
    else if (!hasMarks() || !chooseByKey(key))
        QWidget::keyPressEvent(event);
}

void KeyedChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void KeyedChart::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

} // namespace tierdeck::ui
