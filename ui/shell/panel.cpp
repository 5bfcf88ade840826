#include "ui/shell/panel.h"

#include "ui/shell/theme.h"

#include <QPainter>
#include <QVBoxLayout>

namespace tierdeck::ui {

Panel::Panel(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(1, Theme::grid, 1, Theme::grid); // corners stay the panel's
    column->setSpacing(0);
}

void Panel::setContent(QWidget* content) {
    layout()->addWidget(content);
}

void Panel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(m_theme.colour(Theme::Role::Hairline));
    painter.setBrush(m_theme.colour(Theme::Role::Surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius, Theme::radius);
}

} // namespace tierdeck::ui
