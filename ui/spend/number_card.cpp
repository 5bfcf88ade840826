#include "ui/spend/number_card.h"

#include "ui/shell/theme.h"

#include <QPainter>

namespace tierdeck::ui {

namespace {

constexpr int mostLinesOfDetail = 2;

QFont valueFont() {
    QFont font = Theme::pageTitleFont();
    font.setPointSizeF(font.pointSizeF() + 2);
    return font;
}

} // namespace

NumberCard::NumberCard(const Theme& theme, QWidget* parent)
    : QAbstractButton(parent)
    , m_theme(theme) {
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void NumberCard::setText(const spend::CardText& words) {
    if (words == m_words)
        return;
    m_words = words;
    setToolTip(words.tip);
    setAccessibleName(words.caption + QStringLiteral(": ") + words.value);
    setAccessibleDescription(words.detail + QStringLiteral(". ") + words.tip);
    updateGeometry();
    update();
}

QSize NumberCard::sizeHint() const {
    const int small = QFontMetrics(Theme::smallFont()).height();
    return {fontMetrics().averageCharWidth() * 30,
            2 * small + QFontMetrics(valueFont()).height() + 2 * Theme::padding};
}

int NumberCard::linesOfDetail(int width) const {
    return QFontMetrics(Theme::smallFont()).horizontalAdvance(m_words.detail) <= width - 2 * Theme::padding
               ? 1
               : mostLinesOfDetail;
}

int NumberCard::heightForWidth(int width) const {
    return sizeHint().height() + (linesOfDetail(width) - 1) * QFontMetrics(Theme::smallFont()).height();
}

QSize NumberCard::minimumSizeHint() const {
    return {fontMetrics().averageCharWidth() * 18, sizeHint().height()};
}

void NumberCard::enterEvent(QEnterEvent*) {
    update();
}

void NumberCard::leaveEvent(QEvent*) {
    update();
}

void NumberCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(hasFocus() ? QPen(m_theme.colour(Theme::Role::Accent), 2)
                              : QPen(m_theme.colour(Theme::Role::Hairline), 1));
    painter.setBrush(isDown()       ? m_theme.colour(Theme::Role::Selection)
                     : underMouse() ? m_theme.colour(Theme::Role::Hover)
                                    : m_theme.colour(Theme::Role::Surface));
    painter.drawRoundedRect(hasFocus() ? box.adjusted(0.5, 0.5, -0.5, -0.5) : box, Theme::radius,
                            Theme::radius);

    const QRect inside = rect().adjusted(Theme::padding, Theme::padding, -Theme::padding, -Theme::padding);
    const auto flags =
        static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft) | Qt::AlignVCenter);
    int y = inside.top();
    const auto line = [&](const QString& text, const QFont& font, const QColor& colour) {
        const QFontMetrics metrics(font);
        painter.setFont(font);
        painter.setPen(colour);
        painter.drawText(QRect(inside.left(), y, inside.width(), metrics.height()), flags,
                         metrics.elidedText(text, Qt::ElideRight, inside.width()));
        y += metrics.height();
    };
    const QColor quiet = m_theme.colour(Theme::Role::SecondaryText);
    line(m_words.caption, Theme::smallFont(), quiet);
    line(m_words.value, valueFont(), m_theme.colour(Theme::Role::Text));
    const QColor colour = m_words.isAttention ? m_theme.status(Theme::Status::Attention) : quiet;
    if (linesOfDetail(width()) == 1) {
        line(m_words.detail, Theme::smallFont(), colour);
        return;
    }
    painter.setFont(Theme::smallFont());
    painter.setPen(colour);
    painter.drawText(
        QRect(inside.left(), y, inside.width(), inside.bottom() + 1 - y),
        static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft) | Qt::AlignTop) |
            Qt::TextWordWrap,
        m_words.detail);
}

} // namespace tierdeck::ui
