// The Sessions page: the list of sessions, and of the chosen one the chart of its turns, the table of turns
// and their requests, and why the chosen request was served as it was. Choosing anywhere chooses everywhere;
// what is new appears without moving what is looked at. GUI thread; made by the composition root.
#pragma once

#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"
#include "ui/sessions/compare_model.h"
#include "ui/sessions/turn_table_model.h"
#include "ui/shell/page.h"

#include <QTimer>

#include <bitset>
#include <deque>
#include <optional>
#include <string>

class QAction;
class QComboBox;
class QLineEdit;
class QListView;
class QMenu;
class QModelIndex;
class QPushButton;
class QSettings;
class QSplitter;
class QStackedLayout;
class QToolButton;
class QTreeView;

namespace tierdeck::ui {

class CompareView;
class ElidedLabel;
class FilterBar;
class RequestDetail;
class SessionExporter;
class SessionListModel;
class TierChip;
class TurnChart;

class SessionsPage final : public Page {
    Q_OBJECT
public:
    SessionsPage(Theme& theme, StoreWorker& store, GatewayController& gateway, const Clock& clock,
                 QWidget* parent = nullptr);
    ~SessionsPage() override;

    void focusContent() override;
    bool closeInnermost() override;
    /// "request:4711" shows that request, "turn:12:KEY" that turn, "session:KEY" that session,
    /// "dearest:KEY" its dearest turn.
    void reveal(const QString& what) override;
    void setPatterns(bool patterns);
    void saveLayout(QSettings& settings) const;
    void restoreLayout(QSettings& settings);

private:
    // The list
    [[nodiscard]] SessionsQuestion question() const;
    void askList();
    void refreshList();
    void askMore();
    void showList(const Result<sessions::Page<sessions::SessionRow>>& page, bool anew);
    void showNothing();
    void showFailure(const Error& error);
    // The chosen session
    void choose(const std::string& session);
    void askSession();
    void showSession(const Result<SessionSnapshot>& snapshot);
    void showHeader();
    // The chosen turn and request
    void wantRequests(int turn);
    void askRequests();
    void currentChanged(const QModelIndex& index);
    void chooseTurn(int row, bool scroll);
    void showDetail();
    void askAboutRequest(const routing::RequestRecord& request);
    void setLabel(RequestId request, const QString& tier);
    void askTiers();
    void revealIn(const std::string& session);
    void open(const std::string& session);
    void revealNow();
    void copyRow();
    void toggleChartTable();
    void onNews();

    [[nodiscard]] QWidget* makeContent();
    void makeHeaderTools();
    [[nodiscard]] QWidget* makeListTools();
    [[nodiscard]] QWidget* makeSessionHeader();
    void makeTable();
    void takeTypedTerms();
    void clearFilters();
    [[nodiscard]] bool isFiltered() const;
    void fillColumnMenu();
    void makeSessionMenus();
    [[nodiscard]] int dearestTurn() const;
    void showFirstTurn();
    enum class TakesFocus { No, Yes };
    /// At its dearest request.
    void showDearestTurn(TakesFocus takesFocus);
    // Comparison
    void toggleComparison();
    void endComparison();
    void showComparison();
    [[nodiscard]] CompareSide shownSide() const;
    void fitColumns();
    void fitHeader();
    bool eventFilter(QObject* watched, QEvent* event) override;

    StoreWorker& m_store;
    GatewayController& m_gateway;
    const Clock& m_clock;

    QLineEdit* m_filter = nullptr;
    QComboBox* m_range = nullptr;
    QComboBox* m_order = nullptr;
    QTimer m_filterDelay;
    QTimer m_listRest;
    QTimer m_newsRest;
    bool m_newsWaiting = false;
    FilterBar* m_filterBar = nullptr;
    QPushButton* m_addFilter = nullptr;
    QMenu* m_columnMenu = nullptr;
    SessionExporter* m_exporter = nullptr;
    QMenu* m_sessionMenu = nullptr;
    QToolButton* m_exportButton = nullptr;
    QStackedLayout* m_sessionStack = nullptr;
    CompareView* m_compareView = nullptr;

    QSplitter* m_columns = nullptr;
    QSplitter* m_rows = nullptr;
    QListView* m_list = nullptr;
    QTreeView* m_table = nullptr;
    TurnChart* m_chart = nullptr;
    RequestDetail* m_detail = nullptr;
    PageState* m_sessionState = nullptr;
    ElidedLabel* m_sessionTitle = nullptr;
    ElidedLabel* m_sessionFacts = nullptr;
    TierChip* m_sessionTiers = nullptr;
    SessionListModel* m_sessions = nullptr;
    TurnTableModel* m_turns = nullptr;

    StoreAsker m_choicesAsker;
    StoreAsker m_tiersAsker;
    StoreAsker m_ratesAsker;
    StoreAsker m_compareAsker;
    StoreAsker m_labelAsker;
    StoreAsker m_listAsker;
    StoreAsker m_moreAsker;
    StoreAsker m_sessionAsker;
    StoreAsker m_requestAsker;
    StoreAsker m_revealAsker;
    std::bitset<TurnTableModel::ColumnCount> m_columnsShown; ///< where there is room for them
    bool m_columnsChosen = false; ///< by the user: they are shown even where there is none
    bool m_columnsKept = false;   ///< the user has set the table's columns; they are no longer fitted
    bool m_listDirty = false;
    bool m_listFailed = false; ///< as the banner says
    bool m_fromTop = false;    ///< the list is shown in another order
    bool m_tiersAsked = false;
    bool m_sessionDirty = false;

    std::string m_session;   ///< chosen; "" for none
    std::string m_dearestOf; ///< a session to be opened at its dearest turn
    bool m_sessionShown = false;
    std::optional<sessions::SessionRow> m_sessionRow;
    std::deque<TurnKey> m_wanted; ///< turns whose requests are still to be asked for

    struct Revealed {
        TurnKey turn;
        RequestId request;      ///< 0: the turn itself
        bool isDearest = false; ///< or that request of the turn which cost most
        TakesFocus takesFocus = TakesFocus::Yes;
    };

    std::optional<CompareSide> m_compared; ///< what the chosen session is compared with
    std::optional<Revealed> m_reveal;      ///< to be chosen when its session has arrived
};

} // namespace tierdeck::ui
