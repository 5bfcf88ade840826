// A table of ready cells: the breakdowns, periods, sessions and requests of the Spend page. New rows of the
// same columns are matched by key, so that what is chosen and scrolled to stays. GUI thread; owned by its
// view.
#pragma once

#include "ui/shell/tier_chip.h"

#include <QAbstractTableModel>
#include <QString>

#include <string>
#include <vector>

namespace tierdeck::ui {

struct SpendCell {
    QString text;
    QString exact; ///< for CSV and screen readers; "" = text
    QList<TierChipData> chips;
    double share = -1; ///< 0 to 1: drawn as a bar; -1 for none
    bool isQuiet = false;
    QString tip;
    bool operator==(const SpendCell&) const = default;
};

struct SpendTable {
    struct Column {
        QString title;
        bool isNumber = false;
        int characters = 8; ///< what it needs
        bool stretches = false;
        QString tip;
        bool operator==(const Column&) const = default;
    };

    struct Row {
        std::string key;
        std::vector<SpendCell> cells;
        bool operator==(const Row&) const = default;
    };

    std::vector<Column> columns;
    std::vector<Row> rows;

    /// RFC 4180, with a header line, UTF-8.
    [[nodiscard]] QByteArray csv() const;
};

template <typename Model>
struct PlainSteps;

class SpendTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    /// ShareRole: double from 0 to 1; absent where there is no bar.
    enum Role { KeyRole = Qt::UserRole + 1, ShareRole };

    explicit SpendTableModel(QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    /// Emits moreWanted().
    void fetchMore(const QModelIndex& parent) override;

    void setTable(SpendTable table);
    /// More rows of the same table.
    void append(std::vector<SpendTable::Row> rows);
    /// Whether there are rows beyond these.
    void setMore(bool more);

    [[nodiscard]] const SpendTable& table() const { return m_table; }

    [[nodiscard]] const std::string& keyAt(int row) const {
        return m_table.rows.at(static_cast<std::size_t>(row)).key;
    }

Q_SIGNALS:
    void moreWanted();

private:
    struct Steps;
    friend struct PlainSteps<SpendTableModel>;
    SpendTable m_table;
    bool m_more = false;
    bool m_waiting = false;
};

} // namespace tierdeck::ui
