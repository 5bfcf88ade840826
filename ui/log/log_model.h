// The rows of the Tier Log page: numbers of lines, and the text of those that are looked at, fetched from the
// worker in blocks and kept in a small cache. GUI thread; never touches the file.
#pragma once

#include "core/foundation/clock.h"
#include "ui/backend/log_worker.h"

#include <QAbstractTableModel>
#include <QStringList>
#include <QTimer>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace tierdeck::ui {

class Theme;

class LogModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        TimeColumn,
        LevelColumn,
        TierColumn,
        KindColumn,
        SessionColumn,
        TurnColumn,
        MessageColumn,
        ColumnCount
    };

    LogModel(const Theme& theme, LogWorker& worker, const Clock& clock, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

    /// nullptr while its text is on the way.
    [[nodiscard]] const LogRow* row(int row) const;
    [[nodiscard]] std::int64_t lineOf(int row) const;
    /// The first row whose line is `line` or a later one; rowCount() when there is none.
    [[nodiscard]] int rowAtOrAfter(std::int64_t line) const;

    [[nodiscard]] LogNumbering numbering() const { return m_numbering; }

    /// In the file, whether they match or not.
    [[nodiscard]] std::int64_t lines() const { return m_lines; }

    [[nodiscard]] const QStringList& tiers() const { return m_tiers; }

    /// 0 to 1: how much of the file is read.
    [[nodiscard]] double progress() const { return m_progress; }

Q_SIGNALS:
    /// After each update, when the rows are in place.
    void updated(bool restarted);

private:
    static constexpr int blockRows = 128;
    static constexpr std::size_t keptBlocks = 64;

    struct Block {
        std::vector<std::optional<LogRow>> rows{static_cast<std::size_t>(blockRows)};
        std::uint64_t lastUse = 0;
    };

    void take(const LogUpdate& update);
    void takeRows(LogNumbering numbering, const std::vector<LogRow>& rows);
    void keep(int row, const LogRow& value);
    void askFor(int row) const;
    void sendQuestions();
    void forgetOldBlocks();

    const Theme& m_theme;
    LogWorker& m_worker;
    const Clock& m_clock;
    LogNumbering m_numbering;
    bool m_everyLine = true;
    std::vector<std::int64_t> m_matching; ///< empty while m_everyLine
    int m_rows = 0;
    std::int64_t m_lines = 0;
    QStringList m_tiers;
    double m_progress = 0;
    mutable std::unordered_map<int, Block> m_blocks;
    mutable std::uint64_t m_use = 0;
    mutable std::vector<int> m_wanted; ///< blocks to be asked for when control returns, oldest first
    std::set<int> m_asked;
    mutable QTimer m_questions;
};

} // namespace tierdeck::ui
