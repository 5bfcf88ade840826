// Paints a cell of the turn table: what is quiet in secondary text, a sign before what failed. GUI thread.
#pragma once

#include <QStyledItemDelegate>

namespace tierdeck::ui {

class Theme;

class TurnCellDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit TurnCellDelegate(const Theme& theme, QObject* parent = nullptr);
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

private:
    const Theme& m_theme;
};

} // namespace tierdeck::ui
