// Paints one session of the list: title and cost, project, client, when and how many turns, and how its
// requests split over the tiers. Fixed height, so that the list stays virtual. GUI thread.
#pragma once

#include <QStyledItemDelegate>

namespace tierdeck::ui {

class Theme;

class SessionDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit SessionDelegate(const Theme& theme, QObject* parent = nullptr);
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    const Theme& m_theme;
};

} // namespace tierdeck::ui
