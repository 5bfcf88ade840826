// A chart whose marks are chosen by key: what is chosen is drawn only while the keyboard is here, so the
// chart is drawn anew when it comes and goes. GUI thread.
#pragma once

#include <QWidget>

class QFocusEvent;

namespace tierdeck::ui {

class KeyedChart : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
};

} // namespace tierdeck::ui
