#include "ui/shell/navigation_button.h"

#include "ui/shell/theme.h"

#include <QPainter>

namespace tierdeck::ui {

NavigationButton::NavigationButton(const Theme& theme, const QString& name, const QString& iconName,
                                   QWidget* parent)
    : QToolButton(parent)
    , m_theme(theme) {
    setText(name);
    setIcon(theme.icon(iconName));
    setAccessibleName(name);
    setFocusPolicy(Qt::TabFocus);
    setAutoRaise(true);
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize NavigationButton::sizeHint() const {
    const int icon = fontMetrics().height();
    return {icon + fontMetrics().horizontalAdvance(text()) + 3 * Theme::padding + 2, Theme::rowHeight() + 4};
}

void NavigationButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool rightToLeft = layoutDirection() == Qt::RightToLeft;
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(Qt::NoPen);
    if (isChecked())
        painter.setBrush(m_theme.colour(Theme::Role::Selection));
    else if (underMouse() || isDown())
        painter.setBrush(m_theme.colour(Theme::Role::Hover));
    else
        painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box, Theme::radius, Theme::radius);
    if (isChecked()) {
        const double x = rightToLeft ? box.right() - 3 : box.left();
        painter.setBrush(m_theme.colour(Theme::Role::Accent));
        painter.drawRoundedRect(QRectF(x, box.top() + 7, 3, box.height() - 14), 1.5, 1.5);
    }
    const int size = fontMetrics().height();
    const int gap = Theme::padding;
    const QRect iconRect(rightToLeft ? width() - gap - size : gap, (height() - size) / 2, size, size);
    icon().paint(&painter, iconRect, Qt::AlignCenter, isChecked() ? QIcon::Selected : QIcon::Normal);
    QRect words = rect().adjusted(gap + size + Theme::paddingSmall, 0, -Theme::grid, 0);
    if (rightToLeft)
        words.moveLeft(Theme::grid);
    QFont font = this->font();
    if (isChecked())
        font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(m_theme.colour(Theme::Role::Text));
    const int side = rightToLeft ? Qt::AlignRight : Qt::AlignLeft;
    painter.drawText(words, Qt::AlignVCenter | side,
                     QFontMetrics(font).elidedText(text(), Qt::ElideRight, words.width()));
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_theme.colour(Theme::Role::Accent), 1.6));
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius, Theme::radius);
    }
}

} // namespace tierdeck::ui
