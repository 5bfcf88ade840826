#include "ui/spend/spend_table_model.h"

#include "ui/shell/row_sync.h"

#include <QColor>
#include <QGuiApplication>
#include <QPalette>

#include <utility>

namespace tierdeck::ui {

namespace {

constexpr Qt::Alignment atTheRight = Qt::AlignRight | Qt::AlignAbsolute; // digits go one way in all languages

QByteArray quoted(const QString& text) {
    QByteArray bytes = text.toUtf8();
    if (!bytes.contains('"') && !bytes.contains(',') && !bytes.contains('\n') && !bytes.contains('\r'))
        return bytes;
    bytes.replace("\"", "\"\"");
    return '"' + bytes + '"';
}

} // namespace

QByteArray SpendTable::csv() const {
    QByteArray bytes;
    const auto line = [&bytes](const QByteArrayList& cells) { bytes += cells.join(',') + "\r\n"; };
    QByteArrayList titles;
    for (const Column& column : columns)
        titles.append(quoted(column.title));
    line(titles);
    for (const Row& row : rows) {
        QByteArrayList cells;
        for (const SpendCell& cell : row.cells)
            cells.append(quoted((cell.exact.isEmpty() ? cell.text : cell.exact).trimmed()));
        line(cells);
    }
    return bytes;
}

struct SpendTableModel::Steps : PlainSteps<SpendTableModel> {
    void update(int row, SpendTable::Row&& wanted) {
        SpendTable::Row& here = model.m_table.rows.at(static_cast<std::size_t>(row));
        if (here == wanted)
            return;
        here = std::move(wanted);
        Q_EMIT model.dataChanged(model.index(row, 0), model.index(row, model.columnCount() - 1));
    }
};

SpendTableModel::SpendTableModel(QObject* parent)
    : QAbstractTableModel(parent) {}

int SpendTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_table.rows.size());
}

int SpendTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_table.columns.size());
}

QVariant SpendTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const SpendTable::Row& row = m_table.rows.at(static_cast<std::size_t>(index.row()));
    const SpendCell& cell = row.cells.at(static_cast<std::size_t>(index.column()));
    const SpendTable::Column& column = m_table.columns.at(static_cast<std::size_t>(index.column()));
    switch (role) {
    case Qt::DisplayRole:
        return cell.text;
    case Qt::AccessibleTextRole:
        return column.title + QStringLiteral(": ") +
               (cell.exact.isEmpty() ? cell.text.trimmed() : cell.exact);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((column.isNumber ? atTheRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case Qt::ToolTipRole:
    case Qt::AccessibleDescriptionRole:
        return cell.tip.isEmpty() ? QVariant() : QVariant(cell.tip);
    case Qt::ForegroundRole:
        return cell.isQuiet ? QVariant(QGuiApplication::palette().color(QPalette::PlaceholderText))
                            : QVariant();
    case KeyRole:
        return QString::fromStdString(row.key);
    case ShareRole:
        return cell.share < 0 ? QVariant() : QVariant(cell.share);
    case TierChipDelegate::ChipsRole:
        return cell.chips.isEmpty() ? QVariant() : QVariant::fromValue(cell.chips);
    default:
        return {};
    }
}

QVariant SpendTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const SpendTable::Column& column = m_table.columns.at(static_cast<std::size_t>(section));
    switch (role) {
    case Qt::DisplayRole:
        return column.title;
    case Qt::ToolTipRole:
        return column.tip.isEmpty() ? QVariant() : QVariant(column.tip);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((column.isNumber ? atTheRight : Qt::AlignLeft) | Qt::AlignVCenter));
    default:
        return {};
    }
}

bool SpendTableModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && m_more && !m_waiting;
}

void SpendTableModel::fetchMore(const QModelIndex& parent) {
    if (!canFetchMore(parent))
        return;
    m_waiting = true;
    Q_EMIT moreWanted();
}

void SpendTableModel::setTable(SpendTable table) {
    if (table.columns != m_table.columns) {
        beginResetModel();
        m_table = std::move(table);
        endResetModel();
        return;
    }
    const auto keyOf = [](const SpendTable::Row& row) { return row.key; };
    Steps steps{*this};
    syncRows(
        m_table.rows, std::move(table.rows), keyOf, keyOf,
        [](SpendTable::Row&& row) { return std::move(row); }, steps);
}

void SpendTableModel::append(std::vector<SpendTable::Row> rows) {
    m_waiting = false;
    if (rows.empty())
        return;
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(rows.size()) - 1);
    for (SpendTable::Row& row : rows)
        m_table.rows.push_back(std::move(row));
    endInsertRows();
}

void SpendTableModel::setMore(bool more) {
    m_more = more;
    m_waiting = false;
}

} // namespace tierdeck::ui
