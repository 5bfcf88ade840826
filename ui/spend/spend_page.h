// The Spend page: what was spent in a range, on what, against which budget, and what it would have cost
// otherwise. Every number opens the requests behind it. It follows the store without moving what is looked
// at. GUI thread; made by the composition root.
#pragma once

#include "ui/backend/gateway_controller.h"
#include "ui/backend/spend_snapshot.h"
#include "ui/backend/store_worker.h"
#include "ui/shell/page.h"

#include <QTimer>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

class QBoxLayout;
class QButtonGroup;
class QComboBox;
class QDate;
class QDateEdit;
class QGridLayout;
class QScrollArea;
class QSettings;
class QStackedWidget;
class QToolButton;

namespace tierdeck::ui {

class FlowLayout;
class HeatMap;
class NumberCard;
class RequestsPanel;
class SpendChart;
class TablePanel;

class SpendPage final : public Page {
    Q_OBJECT
public:
    /// `policy` is called in the store's thread.
    SpendPage(Theme& theme, StoreWorker& store, GatewayController& gateway, const Clock& clock,
              SpendQuestion::PolicyNow policy, QWidget* parent = nullptr);
    ~SpendPage() override;

    void focusContent() override;
    void focusFilter() override; ///< the range
    bool closeInnermost() override;
    void setPatterns(bool patterns);
    void saveLayout(QSettings& settings) const;
    void restoreLayout(QSettings& settings);
    /// Asked for a file's path; "" for none. The default shows a dialog. A seam for tests.
    void setAskPath(std::function<QString(const QString& suggested)> ask);

    /// What is shown; null before the first answer.
    [[nodiscard]] const SpendSnapshot* snapshot() const { return m_snapshot.get(); }

private:
    enum Card { Spent, Forecast, Saved, Cache, CardCount };

    // Asking
    [[nodiscard]] SpendQuestion question() const;
    void askAgain();
    void onNews();
    void showAnswer(const Result<SpendSnapshot>& answer);
    void showFailure(const Error& error);
    void showNothing(bool storeIsEmpty);
    // Showing
    void showSnapshot();
    void showCards();
    void showNotes();
    void showPeriods();
    void showFilters();
    [[nodiscard]] QString rangeWords() const;
    // Opening what is behind
    [[nodiscard]] sessions::Filter filterNow() const;
    void openRequests(const QString& title, const sessions::Filter& filter);
    void openColumn(qsizetype column, qsizetype series);
    void openDay(qsizetype day);
    void openKey(sessions::Dimension dimension, const std::string& key);
    void filterBy(sessions::Dimension dimension, const std::string& key);
    void chooseBaseline();
    void showMonth();
    void showCalendarMonth(const QDate& first);
    void closeRequests();
    // Exporting
    void exportTable(const struct SpendTable& table, const QString& name);
    void exportPicture();
    [[nodiscard]] QString pathFor(const QString& name, const QString& suffix);

    void makeHeaderTools();
    [[nodiscard]] QWidget* makeContent();
    [[nodiscard]] QWidget* makeChartPanel();
    [[nodiscard]] QWidget* makeBreakdown(std::size_t which);
    [[nodiscard]] QWidget* framed(QWidget* content);
    void toggleChartTable();
    void arrange();
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;

    StoreWorker& m_store;
    GatewayController& m_gateway;
    const Clock& m_clock;
    SpendQuestion::PolicyNow m_policy;
    std::function<QString(const QString&)> m_askPath;

    StoreAsker m_asker;
    QTimer m_newsDelay;
    bool m_dirty = false;
    std::unique_ptr<SpendSnapshot> m_snapshot;
    sessions::Dimension m_shownBy = sessions::Dimension::Tier; ///< of m_snapshot
    std::array<sessions::Dimension, 2> m_shownBreakdowns{};    ///< of m_snapshot
    std::vector<std::pair<sessions::Dimension, std::string>> m_only;
    std::string m_baseline;
    std::string m_storeZone;

    QComboBox* m_range = nullptr;
    QDateEdit* m_first = nullptr;
    QDateEdit* m_last = nullptr;
    QComboBox* m_zone = nullptr;
    QWidget* m_filters = nullptr;
    FlowLayout* m_filterRow = nullptr;
    QStackedWidget* m_stack = nullptr; ///< the page, and the requests behind a number
    QScrollArea* m_scroll = nullptr;
    QGridLayout* m_cardGrid = nullptr;
    std::array<NumberCard*, CardCount> m_cards{};
    QWidget* m_notes = nullptr;
    FlowLayout* m_noteRow = nullptr;
    QComboBox* m_stackBy = nullptr;
    QComboBox* m_period = nullptr;
    QButtonGroup* m_views = nullptr;
    QToolButton* m_asTable = nullptr;
    QToolButton* m_export = nullptr;
    QBoxLayout* m_chartHeader = nullptr;
    QStackedWidget* m_chartStack = nullptr;
    SpendChart* m_chart = nullptr;
    TablePanel* m_periods = nullptr;
    QGridLayout* m_grid = nullptr;
    std::array<QWidget*, 4> m_panels{}; ///< two breakdowns, the calendar, the sessions
    std::array<QComboBox*, 2> m_breakdownBy{};
    std::array<TablePanel*, 2> m_breakdowns{};
    HeatMap* m_heat = nullptr;
    TablePanel* m_sessions = nullptr;
    RequestsPanel* m_requests = nullptr;
};

} // namespace tierdeck::ui
