#include "ui/settings/card.h"

#include "ui/shell/theme.h"

#include <QPainter>

namespace tierdeck::ui {

Card::Card(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {}

void Card::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(m_theme.colour(Theme::Role::Hairline));
    painter.setBrush(m_theme.colour(Theme::Role::Surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius, Theme::radius);
}

} // namespace tierdeck::ui
