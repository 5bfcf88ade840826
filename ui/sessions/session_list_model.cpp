#include "ui/sessions/session_list_model.h"

#include "ui/shell/row_sync.h"
#include "ui/shell/text_format.h"

#include <unordered_set>
#include <utility>

namespace tierdeck::ui {

namespace {

/// Whether a list shows them alike.
bool looksLike(const sessions::SessionRow& a, const sessions::SessionRow& b) {
    return a.firstTime == b.firstTime && a.lastTime == b.lastTime && a.totals == b.totals &&
           a.tiers == b.tiers && a.title == b.title && a.project == b.project && a.client == b.client;
}

} // namespace

struct SessionListModel::Steps : PlainSteps<SessionListModel> {
    void update(int row, sessions::SessionRow&& wanted) {
        sessions::SessionRow& here = model.m_rows.at(static_cast<std::size_t>(row));
        const bool same = looksLike(here, wanted);
        here = std::move(wanted);
        if (same)
            return;
        const QModelIndex index = model.index(row);
        Q_EMIT model.dataChanged(index, index);
    }
};

SessionListModel::SessionListModel(const Clock& clock, QObject* parent)
    : QAbstractListModel(parent)
    , m_clock(clock) {}

int SessionListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant SessionListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const sessions::SessionRow& session = row(index.row());
    const auto turns = [&session] {
        return tr("%n turn(s)", nullptr, static_cast<int>(session.totals.turns));
    };
    switch (role) {
    case Qt::DisplayRole:
        return titleOf(session, now());
    case Qt::ToolTipRole:
        return QStringList{titleOf(session, now()),
                           text::timeSpan(session.firstTime, session.lastTime, now()),
                           turns(),
                           tr("%n request(s)", nullptr, static_cast<int>(session.totals.requests)),
                           text::cost(session.totals),
                           tr("Session %1").arg(QString::fromStdString(session.session))}
            .join(u'\n');
    case Qt::AccessibleTextRole: {
        QStringList tiers;
        for (const sessions::TierShare& share : session.tiers)
            tiers.append(text::tierName(QString::fromStdString(share.tier)));
        return QStringList{titleOf(session, now()),
                           QString::fromStdString(session.project),
                           QString::fromStdString(session.client),
                           turns(),
                           text::cost(session.totals),
                           tr("tiers: %1").arg(tiers.join(QStringLiteral(", ")))}
            .join(QStringLiteral(", "));
    }
    case KeyRole:
        return QString::fromStdString(session.session);
    case RowRole:
        return QVariant::fromValue(&session);
    default:
        return {};
    }
}

bool SessionListModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && !m_next.empty() && !m_waiting;
}

void SessionListModel::fetchMore(const QModelIndex& parent) {
    if (!canFetchMore(parent))
        return;
    m_waiting = true;
    Q_EMIT moreWanted();
}

void SessionListModel::reset(sessions::Page<sessions::SessionRow> page) {
    beginResetModel();
    m_rows = std::move(page.rows);
    m_next = std::move(page.next);
    m_waiting = false;
    endResetModel();
}

void SessionListModel::refresh(sessions::Page<sessions::SessionRow> page) {
    m_waiting = false;
    std::unordered_set<std::string> newest;
    for (const sessions::SessionRow& row : page.rows)
        newest.insert(row.session);
    // Rows past the refreshed ones stay, unless the snapshot says that there are none.
    const bool more = !page.next.empty() && m_rows.size() > page.rows.size();
    if (more)
        for (const sessions::SessionRow& row : m_rows)
            if (newest.count(row.session) == 0)
                page.rows.push_back(row);
    if (!more)
        m_next = std::move(page.next);
    Steps steps{*this};
    const auto key = [](const sessions::SessionRow& row) { return row.session; };
    syncRows(
        m_rows, std::move(page.rows), key, key, [](sessions::SessionRow&& row) { return std::move(row); },
        steps);
}

void SessionListModel::append(sessions::Page<sessions::SessionRow> page) {
    m_waiting = false;
    m_next = std::move(page.next);
    std::unordered_set<std::string> here;
    for (const sessions::SessionRow& row : m_rows)
        here.insert(row.session);
    std::erase_if(page.rows,
                  [&here](const sessions::SessionRow& row) { return here.count(row.session) > 0; });
    if (page.rows.empty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(page.rows.size()) - 1);
    std::move(page.rows.begin(), page.rows.end(), std::back_inserter(m_rows));
    endInsertRows();
}

QModelIndex SessionListModel::indexOf(const std::string& session) const {
    for (int row = 0; row < rowCount(); ++row)
        if (m_rows.at(static_cast<std::size_t>(row)).session == session)
            return index(row);
    return {};
}

QString SessionListModel::titleOf(const sessions::SessionRow& row, UtcTime now) {
    return text::sessionTitle(row, now);
}

} // namespace tierdeck::ui
