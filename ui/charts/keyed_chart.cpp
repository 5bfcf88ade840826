#include "ui/charts/keyed_chart.h"

#include <QFocusEvent>

namespace tierdeck::ui {

void KeyedChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void KeyedChart::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

} // namespace tierdeck::ui
