// Two sessions measure by measure: what each has, and how they differ. Filled with snapshots; GUI thread;
// owned by the comparison.
#pragma once

#include "ui/backend/store_worker.h"

#include <QAbstractTableModel>
#include <QString>

#include <vector>

namespace tierdeck::ui {

struct CompareSide {
    QString title;
    sessions::SessionRow session;
    std::vector<TurnSnapshot> turns;
};

class CompareModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Measure, First, Second, Difference, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void setSides(const CompareSide& first, const CompareSide& second);

private:
    struct Row {
        QString measure;
        QString first;
        QString second;
        QString difference;
        bool operator==(const Row&) const = default;
    };

    QString m_firstTitle;
    QString m_secondTitle;
    std::vector<Row> m_rows;
};

} // namespace tierdeck::ui
