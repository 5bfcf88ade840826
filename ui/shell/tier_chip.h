// The little letter chips that name a tier: never by colour alone. paintTierChips() for delegates and charts,
// TierChip as a widget, TierChipDelegate for a table column whose TierChipsRole holds the tiers. GUI thread.
#pragma once

#include <QList>
#include <QString>
#include <QStyledItemDelegate>
#include <QWidget>

namespace tierdeck::ui {

class Theme;

/// One chip: a tier ("" = explicit model), its label in the preferences (for custom tiers), and how many
/// requests it stands for (shown from 2 on, 0 for no number).
struct TierChipData {
    QString tier;
    QString label;
    int count = 0;
    bool operator==(const TierChipData&) const = default;
};

/// Paints chips from the leading edge of `rect`, centred in its height; those that do not fit become "+2".
/// Returns the width used.
int paintTierChips(QPainter& painter, const QRect& rect, const QList<TierChipData>& chips, const Theme& theme,
                   const QFont& font, Qt::LayoutDirection direction = Qt::LeftToRight, bool enabled = true);
[[nodiscard]] QSize tierChipsSize(const QList<TierChipData>& chips, const QFont& font);
/// "coding 3, balanced": what a screen reader says.
[[nodiscard]] QString describeTierChips(const QList<TierChipData>& chips);

class TierChip final : public QWidget {
    Q_OBJECT
public:
    explicit TierChip(const Theme& theme, QWidget* parent = nullptr);
    TierChip(const Theme& theme, const QString& tier, QWidget* parent = nullptr);
    void setTier(const QString& tier, const QString& label = {});
    void setChips(const QList<TierChipData>& chips);
    [[nodiscard]] QSize sizeHint() const override;

    /// Where there is less room than for all, the first is shown and how many more.
    [[nodiscard]] QSize minimumSizeHint() const override;

private:
    void paintEvent(QPaintEvent* event) override;

    const Theme& m_theme;
    QList<TierChipData> m_chips;
};

class TierChipDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    /// Role under which a model gives QVariant::fromValue(QList<TierChipData>).
    static constexpr int ChipsRole = Qt::UserRole + 901;

    explicit TierChipDelegate(const Theme& theme, QObject* parent = nullptr);
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    const Theme& m_theme;
};

} // namespace tierdeck::ui

Q_DECLARE_METATYPE(tierdeck::ui::TierChipData)
