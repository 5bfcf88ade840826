// The Tier Log page: the lines of the log as a table that can be followed or held still, filtered by text,
// level and tier, with all that one line says below it. Reads through LogWorker only. GUI thread; owned by
// the main window.
#pragma once

#include "core/foundation/clock.h"
#include "core/tierlog/growing_file.h"
#include "ui/shell/page.h"

#include <QString>
#include <QStringList>
#include <QTimer>

#include <cstdint>

class QComboBox;
class QLabel;
class QLineEdit;
class QModelIndex;
class QTableView;
class QToolButton;

namespace tierdeck::ui {

class LogDetail;
class LogModel;
class LogWorker;

class LogPage final : public Page {
    Q_OBJECT
public:
    /// `clock` says what day it is; it must outlive the page, as must the worker.
    LogPage(Theme& theme, LogWorker& worker, const Clock& clock, QWidget* parent = nullptr);

    void focusFilter() override;
    void focusContent() override;
    bool closeInnermost() override;
    /// "text:…" filters by that text.
    void reveal(const QString& what) override;

Q_SIGNALS:
    /// The user wants to see the turn that a line belongs to. Turns count per session and agent; "" is the
    /// main one.
    void openTurnRequested(const QString& session, int turn, const QString& agent);

private:
    void build();
    void connectParts();
    void sizeColumns();
    void stretchMessage();
    void applyFilter();
    void clearFilter();
    void filterBySession(const QString& session);
    [[nodiscard]] bool isFiltered() const;
    void showState();
    void takeUpdate(bool restarted);
    void rememberPlace();
    void restorePlace();
    void refreshTiers();
    void refreshStrip();
    void setFollowing(bool following);
    void scrollToNewest();
    void currentChanged(const QModelIndex& current);
    void showDetail(int row);
    void openCurrentTurn();
    void copySelection();
    void showMenu(const QPoint& at);
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

    LogWorker& m_worker;
    const Clock& m_clock;
    LogModel* m_model = nullptr;
    QLineEdit* m_filter = nullptr;
    QComboBox* m_level = nullptr;
    QComboBox* m_tier = nullptr;
    QTableView* m_table = nullptr;
    PageState* m_tableState = nullptr; ///< the table, or that nothing matches
    QLabel* m_count = nullptr;
    QToolButton* m_follow = nullptr;
    LogDetail* m_detail = nullptr;
    QTimer m_filterDelay;

    tierlog::GrowingFile::Query m_query;
    QStringList m_shownTiers;
    QString m_restartedAt; ///< when the file began anew while it was looked at
    bool m_hasUpdate = false;
    bool m_waitsForQuery = false;
    bool m_following = true;
    bool m_placing = false;         ///< the selection is being moved by us
    std::uint64_t m_fileNumber = 0; ///< of the numbering shown
    std::int64_t m_rowsSeen = 0;    ///< when following was paused
    std::int64_t m_rowsSeenLine = 0;
    std::int64_t m_chosenLine = -1; ///< kept while the rows are numbered anew
    std::int64_t m_topLine = 0;
};

} // namespace tierdeck::ui
