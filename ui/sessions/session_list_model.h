// The list of sessions, paged from the store by key: rows come in as snapshots and are matched by session, so
// that what is chosen stays chosen. GUI thread; owned by the Sessions page, which asks the store.
#pragma once

#include "core/sessions/store_reader.h"

#include <QAbstractListModel>
#include <QString>

#include <string>
#include <vector>

namespace tierdeck::ui {

template <typename Model>
struct PlainSteps;

class SessionListModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { KeyRole = Qt::UserRole + 1, RowRole };

    explicit SessionListModel(const Clock& clock, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    /// Emits moreWanted().
    void fetchMore(const QModelIndex& parent) override;

    /// A new question's first page: another data set.
    void reset(sessions::Page<sessions::SessionRow> page);
    /// The same question's newest first rows; what follows them stays.
    void refresh(sessions::Page<sessions::SessionRow> page);
    void append(sessions::Page<sessions::SessionRow> page);

    [[nodiscard]] const sessions::SessionRow& row(int row) const {
        return m_rows.at(static_cast<std::size_t>(row));
    }

    [[nodiscard]] QModelIndex indexOf(const std::string& session) const;

    [[nodiscard]] const std::string& next() const { return m_next; }

    [[nodiscard]] UtcTime now() const { return m_clock.now(); }

    /// The session's title, else its project and start, else its key.
    [[nodiscard]] static QString titleOf(const sessions::SessionRow& row, UtcTime now);

Q_SIGNALS:
    /// The view has come to the end of what is here.
    void moreWanted();

private:
    struct Steps;
    friend struct PlainSteps<SessionListModel>;
    const Clock& m_clock;
    std::vector<sessions::SessionRow> m_rows;
    std::string m_next;
    bool m_waiting = false;
};

} // namespace tierdeck::ui

Q_DECLARE_METATYPE(const tierdeck::sessions::SessionRow*)
