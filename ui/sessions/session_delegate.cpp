#include "ui/sessions/session_delegate.h"

#include "ui/sessions/session_list_model.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int between = 3;

int barHeight(const QFont& font) {
    return tierChipsSize({TierChipData{}}, font).height();
}

/// The session's requests as one bar, each tier its share, lettered where there is room.
void paintShares(QPainter& painter, const QRect& rect, const std::vector<sessions::TierShare>& tiers,
                 const Theme& theme, bool rightToLeft) {
    std::int64_t all = 0;
    for (const sessions::TierShare& share : tiers)
        all += share.requests;
    if (all <= 0)
        return;
    QFont font = Theme::smallFont();
    font.setBold(true);
    const QFontMetrics metrics(font);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(rect, 3, 3);
    painter.setClipPath(outline);
    painter.setFont(font);
    std::int64_t before = 0;
    for (const sessions::TierShare& share : tiers) {
        const auto at = [&](std::int64_t requests) {
            return static_cast<int>(static_cast<double>(rect.width()) * static_cast<double>(requests) /
                                    static_cast<double>(all));
        };
        const int begin = at(before);
        before += share.requests;
        const int end = at(before);
        const QRect part(rightToLeft ? rect.right() + 1 - end : rect.left() + begin, rect.top(), end - begin,
                         rect.height());
        const QString tier = QString::fromStdString(share.tier);
        painter.fillRect(part.adjusted(0, 0, before < all ? -1 : 0, 0), theme.tier(tier));
        const QString letter = text::tierLetter(tier);
        if (part.width() < metrics.horizontalAdvance(letter) + 8)
            continue;
        painter.setPen(Theme::textOn(theme.tier(tier)));
        painter.drawText(part.adjusted(4, 0, -3, 0),
                         static_cast<int>(Qt::AlignVCenter) | (rightToLeft ? Qt::AlignRight : Qt::AlignLeft),
                         letter);
    }
    painter.restore();
}

} // namespace

SessionDelegate::SessionDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme) {}

void SessionDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const auto* row = index.data(SessionListModel::RowRole).value<const sessions::SessionRow*>();
    if (row == nullptr)
        return;
    const auto* model = qobject_cast<const SessionListModel*>(index.model());
    const UtcTime now = model != nullptr ? model->now() : row->lastTime;
    const bool chosen = option.state.testFlag(QStyle::State_Selected);
    const bool rightToLeft = option.direction == Qt::RightToLeft;
    painter->save();
    if (chosen)
        painter->fillRect(option.rect, m_theme.colour(Theme::Role::Selection));
    else if (option.state.testFlag(QStyle::State_MouseOver))
        painter->fillRect(option.rect, m_theme.colour(Theme::Role::Hover));
    painter->setPen(m_theme.colour(Theme::Role::Hairline));
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    if (chosen) {
        const int x = rightToLeft ? option.rect.right() - 2 : option.rect.left();
        painter->fillRect(QRect(x, option.rect.top(), 3, option.rect.height()),
                          m_theme.colour(Theme::Role::Accent));
    }

    const QRect inner =
        option.rect.adjusted(Theme::padding, Theme::paddingSmall, -Theme::padding, -Theme::paddingSmall);
    QFont titleFont = option.font;
    titleFont.setWeight(QFont::DemiBold);
    const QFont small = Theme::smallFont();
    const int titleHeight = QFontMetrics(titleFont).height();
    const int smallHeight = QFontMetrics(small).height();
    /// A line with something at its start, which gives way, and something at its end.
    const auto line = [&](int top, int height, const QFont& startFont, const QColor& startColour,
                          const QString& start, const QFont& endFont, const QColor& endColour,
                          const QString& end) {
        const int endWidth = QFontMetrics(endFont).horizontalAdvance(end);
        const int startWidth = inner.width() - endWidth - Theme::paddingSmall;
        QRect startRect(inner.left(), top, startWidth, height);
        QRect endRect(inner.right() + 1 - endWidth, top, endWidth, height);
        if (rightToLeft) {
            startRect.moveRight(inner.right());
            endRect.moveLeft(inner.left());
        }
        painter->setFont(endFont);
        painter->setPen(endColour);
        painter->drawText(endRect, Qt::AlignVCenter, end);
        painter->setFont(startFont);
        painter->setPen(startColour);
        painter->drawText(startRect,
                          static_cast<int>(Qt::AlignVCenter) | (rightToLeft ? Qt::AlignRight : Qt::AlignLeft),
                          QFontMetrics(startFont).elidedText(start, Qt::ElideRight, startWidth));
    };
    const QColor strong = m_theme.colour(Theme::Role::Text);
    const QColor quiet = m_theme.colour(Theme::Role::SecondaryText);
    const QString cost = text::cost(row->totals);
    const bool money = !text::isCostWord(row->totals);
    int top = inner.top();
    line(top, titleHeight, titleFont, strong, SessionListModel::titleOf(*row, now), option.font,
         money ? strong : quiet, cost);
    top += titleHeight + between;
    QStringList about;
    for (const std::string& word : {row->project, row->client})
        if (!word.empty())
            about.append(QString::fromStdString(word));
    about.append(text::day(row->lastTime, now) + u' ' + text::timeOfDay(row->lastTime));
    line(top, smallHeight, small, quiet, about.join(QStringLiteral(" · ")), small, quiet,
         SessionListModel::tr("%n turn(s)", nullptr, static_cast<int>(row->totals.turns)));
    top += smallHeight + between + 1;
    paintShares(*painter, QRect(inner.left(), top, inner.width(), barHeight(small)), row->tiers, m_theme,
                rightToLeft);
    if (option.state.testFlag(QStyle::State_HasFocus) &&
        option.state.testFlag(QStyle::State_KeyboardFocusChange)) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(m_theme.colour(Theme::Role::Accent), 1.6));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -2), Theme::radius - 2,
                                 Theme::radius - 2);
    }
    painter->restore();
}

QSize SessionDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    const QFont small = Theme::smallFont();
    return {240, 2 * Theme::paddingSmall + QFontMetrics(option.font).height() + QFontMetrics(small).height() +
                     barHeight(small) + 2 * between + 2};
}

} // namespace tierdeck::ui
