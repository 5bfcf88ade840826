#include "ui/sessions/turn_cell_delegate.h"

#include "ui/sessions/turn_table_model.h"
#include "ui/shell/theme.h"

namespace tierdeck::ui {

TurnCellDelegate::TurnCellDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme) {}

QSize TurnCellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    return {QStyledItemDelegate::sizeHint(option, index).width(), Theme::rowHeight(true)};
}

void TurnCellDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
    QStyledItemDelegate::initStyleOption(option, index);
    if (index.data(TurnTableModel::QuietRole).toBool()) {
        const QColor quiet = m_theme.colour(Theme::Role::SecondaryText);
        option->palette.setColor(QPalette::Text, quiet);
        option->palette.setColor(QPalette::HighlightedText, quiet);
    }
    const QVariant status = index.data(TurnTableModel::StatusRole);
    if (status.isValid()) {
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->icon = m_theme.statusIcon(static_cast<Theme::Status>(status.toInt()));
        const int size = option->fontMetrics.height() - 2;
        option->decorationSize = {size, size};
    }
}

} // namespace tierdeck::ui
