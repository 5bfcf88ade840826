// A titled table of the Spend page, with room for a choice and buttons beside the title. Columns share the
// width; bars, tier chips and links are drawn by delegates. GUI thread.
#pragma once

#include "ui/spend/spend_table_model.h"

#include <QWidget>

#include <optional>
#include <string>

class QHBoxLayout;
class QLabel;
class QModelIndex;
class QPoint;
class QTableView;

namespace tierdeck::ui {

class Theme;

class TablePanel final : public QWidget {
    Q_OBJECT
public:
    /// `name` is that of the table, for tests; `accessible` what a screen reader calls it.
    TablePanel(const Theme& theme, const QString& name, const QString& accessible, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    /// Beside the title, from the left; after the stretch from the right.
    void addLeading(QWidget* widget);
    void addTrailing(QWidget* widget);
    void setTable(SpendTable table);
    /// Which columns show tier chips, and which shares.
    void setChipColumn(int column);
    void setShareColumn(int column);
    /// The column whose cells are links: a click or Enter on one of them emits linkActivated().
    void setLinkColumn(int column);
    /// As high as its rows, up to so many; 0: as high as there is room.
    void setMostRows(int rows);

    [[nodiscard]] SpendTableModel& model() { return *m_model; }

    [[nodiscard]] QTableView& view() { return *m_view; }

    /// The chosen row's key; nullopt for none.
    [[nodiscard]] std::optional<std::string> chosenKey() const;

Q_SIGNALS:
    /// Enter or a double click outside the links.
    void activated(const QString& key);
    void linkActivated(const QString& key);
    void chosenChanged();

private:
    bool eventFilter(QObject* watched, QEvent* event) override;
    [[nodiscard]] bool isLink(const QModelIndex& index) const;
    void followCursor(const QPoint& at);
    void fitColumns();
    [[nodiscard]] int headerWidth(int column) const;
    [[nodiscard]] int widestOf(std::size_t column) const;
    void fitHeight();

    QWidget* m_header = nullptr;
    QLabel* m_title = nullptr;
    QHBoxLayout* m_leading = nullptr;
    QHBoxLayout* m_trailing = nullptr;
    QTableView* m_view = nullptr;
    SpendTableModel* m_model = nullptr;
    const Theme& m_theme;
    int m_mostRows = 0;
    int m_shareColumn = -1;
    int m_linkColumn = -1;
};

} // namespace tierdeck::ui
