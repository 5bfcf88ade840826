#include "ui/shell/tier_chip.h"

#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"

#include <QApplication>
#include <QPainter>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int gap = 4;

QFont letterFont(const QFont& font) {
    QFont letter = font;
    letter.setPointSizeF(std::max(6.5, font.pointSizeF() - 1));
    letter.setBold(true);
    return letter;
}

int chipHeight(const QFont& font) {
    return QFontMetrics(letterFont(font)).height() + 2;
}

int letterWidth(const TierChipData& chip, const QFont& font) {
    return std::max(
        chipHeight(font),
        QFontMetrics(letterFont(font)).horizontalAdvance(text::tierLetter(chip.tier, chip.label)) + 8);
}

QString countText(const TierChipData& chip) {
    return chip.count > 1 ? text::count(chip.count) : QString();
}

int countWidth(const TierChipData& chip, const QFont& font) {
    const QString count = countText(chip);
    return count.isEmpty() ? 0 : QFontMetrics(font).horizontalAdvance(count) + 3;
}

} // namespace

QSize tierChipsSize(const QList<TierChipData>& chips, const QFont& font) {
    int width = 0;
    for (const TierChipData& chip : chips)
        width += letterWidth(chip, font) + countWidth(chip, font) + (width > 0 ? gap : 0);
    return {width, chipHeight(font)};
}

QString describeTierChips(const QList<TierChipData>& chips) {
    QStringList words;
    for (const TierChipData& chip : chips) {
        QString word = text::tierName(chip.tier);
        if (chip.count > 1)
            word += u' ' + text::count(chip.count);
        words.append(word);
    }
    return words.join(QStringLiteral(", "));
}

int paintTierChips(QPainter& painter, const QRect& rect, const QList<TierChipData>& chips, const Theme& theme,
                   const QFont& font, Qt::LayoutDirection direction, bool enabled) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const int height = chipHeight(font);
    const int top = rect.top() + (rect.height() - height) / 2;
    const QFont bold = letterFont(font);
    int used = 0;
    const auto placed = [&](int width) {
        const int x = direction == Qt::RightToLeft ? rect.right() + 1 - used - width : rect.left() + used;
        return QRect(x, top, width, height);
    };
    for (qsizetype i = 0; i < chips.size(); ++i) {
        const TierChipData& chip = chips.at(i);
        const int letter = letterWidth(chip, font);
        const int number = countWidth(chip, font);
        const QString rest = QStringLiteral("+%1").arg(chips.size() - i);
        const bool last = i + 1 == chips.size();
        const int restWidth = last ? 0 : gap + QFontMetrics(font).horizontalAdvance(rest);
        if (used > 0 && used + gap + letter + number + restWidth > rect.width()) {
            used += gap;
            painter.setFont(font);
            painter.setPen(theme.colour(Theme::Role::SecondaryText));
            const int width = QFontMetrics(font).horizontalAdvance(rest);
            painter.drawText(placed(width), Qt::AlignCenter, rest);
            used += width;
            break;
        }
        if (used > 0)
            used += gap;
        QColor fill = theme.tier(chip.tier);
        if (!enabled)
            fill.setAlphaF(0.45F);
        const QRect box = placed(letter);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawRoundedRect(box, 4, 4);
        painter.setFont(bold);
        painter.setPen(Theme::textOn(theme.tier(chip.tier)));
        painter.drawText(box, Qt::AlignCenter, text::tierLetter(chip.tier, chip.label));
        used += letter;
        if (number > 0) {
            painter.setFont(font);
            painter.setPen(theme.colour(enabled ? Theme::Role::SecondaryText : Theme::Role::DisabledText));
            const int side = direction == Qt::RightToLeft ? Qt::AlignLeft : Qt::AlignRight;
            painter.drawText(placed(number), Qt::AlignVCenter | side, countText(chip));
            used += number;
        }
    }
    painter.restore();
    return used;
}

TierChip::TierChip(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

TierChip::TierChip(const Theme& theme, const QString& tier, QWidget* parent)
    : TierChip(theme, parent) {
    setTier(tier);
}

void TierChip::setTier(const QString& tier, const QString& label) {
    setChips({TierChipData{tier, label, 0}});
}

void TierChip::setChips(const QList<TierChipData>& chips) {
    if (m_chips == chips)
        return;
    m_chips = chips;
    setAccessibleName(tr("Tier: %1").arg(describeTierChips(chips)));
    setToolTip(describeTierChips(chips));
    updateGeometry();
    update();
}

QSize TierChip::sizeHint() const {
    return tierChipsSize(m_chips, font());
}

QSize TierChip::minimumSizeHint() const {
    if (m_chips.size() < 2)
        return sizeHint();
    const QSize first = tierChipsSize({m_chips.constFirst()}, font());
    return {first.width() + gap + fontMetrics().horizontalAdvance(QStringLiteral("+%1").arg(m_chips.size())),
            first.height()};
}

void TierChip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paintTierChips(painter, rect(), m_chips, m_theme, font(), layoutDirection(), isEnabled());
}

TierChipDelegate::TierChipDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme) {}

void TierChipDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const {
    QStyleOptionViewItem frame = option;
    initStyleOption(&frame, index);
    frame.text.clear();
    const QStyle* style = frame.widget != nullptr ? frame.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &frame, painter, frame.widget);
    const auto chips = index.data(ChipsRole).value<QList<TierChipData>>();
    paintTierChips(*painter, option.rect.adjusted(6, 0, -4, 0), chips, m_theme, option.font, option.direction,
                   option.state.testFlag(QStyle::State_Enabled));
}

QSize TierChipDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QSize chips = tierChipsSize(index.data(ChipsRole).value<QList<TierChipData>>(), option.font);
    return {chips.width() + 12, std::max(chips.height() + 4, Theme::rowHeight(true))};
}

} // namespace tierdeck::ui
