// The turns of one session, each opening into its requests, which are asked for when it is opened. Rows come
// in as snapshots and are matched by turn, so that what is open and chosen stays so. GUI thread;
// owned by the Sessions page, which asks the store.
#pragma once

#include "core/routing/request_record.h"
#include "ui/backend/store_worker.h"

#include <QAbstractItemModel>
#include <QString>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck::ui {

/// Names a turn within a session.
struct TurnKey {
    int turn = 0;
    bool operator==(const TurnKey&) const = default;
};

class TurnTableModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column {
        Number,
        Time,
        Tier,
        Source,
        Model,
        Input,
        Cached,
        CacheShare,
        Output,
        Cost,
        Requests,
        Latency,
        Reason,
        ColumnCount
    };

    /// QuietRole: said in secondary text. StatusRole: Theme::Status as int, where the row needs a sign.
    enum Role { QuietRole = Qt::UserRole + 1, StatusRole };

    explicit TurnTableModel(QObject* parent = nullptr);
    ~TurnTableModel() override;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    using QObject::parent;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    /// Emits requestsWanted().
    void fetchMore(const QModelIndex& parent) override;

    /// Another session: everything anew.
    void reset(std::vector<TurnSnapshot> turns);
    /// The same session, later: all its turns, or those that began at `since` or later. Turns whose requests
    /// were loaded and have changed ask for them again.
    void refresh(std::vector<TurnSnapshot> turns, std::optional<UtcTime> since = {});
    /// What need not be asked for again; nullopt while that is not worth it.
    [[nodiscard]] std::optional<KnownTurns> known() const;
    void setRequests(const TurnKey& key, std::vector<routing::RequestRecord> requests);

    [[nodiscard]] int turnCount() const { return rowCount(); }

    [[nodiscard]] const TurnSnapshot& turn(int row) const;
    /// All of them, until the next change.
    [[nodiscard]] std::vector<const TurnSnapshot*> turns() const;
    [[nodiscard]] TurnKey keyOf(int row) const;
    [[nodiscard]] QModelIndex indexOf(const TurnKey& key) const;
    [[nodiscard]] QModelIndex indexOf(RequestId request) const;
    /// The request that cost most of a turn, with most tokens where none cost anything; the turn itself where
    /// it has no other, or none is loaded.
    [[nodiscard]] QModelIndex indexOfDearest(const TurnKey& key) const;

    /// In the first column, of the requests that were loaded.
    [[nodiscard]] const QString& longestNumber() const { return m_longestNumber; }

    /// The row of the turn that an index (of a turn, a request or an attempt) belongs to; -1 for none.
    [[nodiscard]] int turnRowOf(const QModelIndex& index) const;
    /// The request of an index; for a turn its first, where loaded.
    [[nodiscard]] const routing::RequestRecord* requestOf(const QModelIndex& index) const;
    /// Its row in its turn.
    [[nodiscard]] int requestRowOf(const QModelIndex& index) const;
    [[nodiscard]] bool isLoaded(int row) const;

Q_SIGNALS:
    void requestsWanted(int turn);

private:
    struct Item;
    struct Steps;

    /// What an index of a request points to, and one of an attempt; one of a turn points to nothing.
    struct Owner {
        Item* item = nullptr;
        int request = -1; ///< whose attempts are meant; -1: the turn's requests
    };

    [[nodiscard]] static const Owner* ownerOf(const QModelIndex& index);
    [[nodiscard]] const Item* itemOf(const QModelIndex& turn) const;
    [[nodiscard]] QVariant turnData(const Item& item, int column, int role) const;
    [[nodiscard]] QVariant requestData(const routing::RequestRecord& request, int column, int role) const;
    [[nodiscard]] static QVariant attemptData(const routing::AttemptRecord& attempt, int row, int column,
                                              int role);
    static void own(Item& item);
    void renumber();
    void fitCostDecimals();
    void want(Item& item);

    std::vector<std::unique_ptr<Item>> m_items;
    QString m_longestNumber;
    int m_costDecimals = 2;
};

} // namespace tierdeck::ui
