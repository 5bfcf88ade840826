// The one catalogue of shortcuts: what can be done by key, under which keys, where they hold. QActions are
// made from it, the F1 dialog shows it, a test looks for clashes. A page adds its rows to the table in
// actions.cpp. GUI thread.
#pragma once

#include <QKeySequence>
#include <QList>
#include <QString>

class QAction;
class QWidget;

namespace tierdeck::ui {

enum class ActionId {
    // Everywhere
    PageSessions,
    PageSpend,
    PageTierLog,
    PageModelRouter,
    FocusFilter,
    BackToContent,
    ShowShortcuts,
    ToggleGateway,
    CopyGatewayAddress,
    Quit,
    // Sessions
    AddFilter,
    ToggleChartTable,
    DearestTurn,
    ExportSession,
    CompareSession,
    CopySelection,
    // Spend
    ToggleSpendTable,
    ExportSpend,
    // Tier Log
    ToggleFollow,
    OpenTurn,
    // Model Router
    Undo,
    Redo,
    Save,
    Revert,
};

/// Where a shortcut holds. Two may share keys only in different pages.
enum class ActionPlace { Everywhere, Sessions, Spend, TierLog, ModelRouter };

struct ActionInfo {
    ActionId id;
    ActionPlace place;
    QString objectName; ///< "actionFocusFilter"
    QString text;       ///< translated, with a mnemonic
    QList<QKeySequence> keys;
};

namespace actions {

/// Every row, in the order of the dialog.
[[nodiscard]] QList<ActionInfo> catalogue();
[[nodiscard]] ActionInfo info(ActionId id);
[[nodiscard]] QString placeName(ActionPlace place);
/// A QAction with text, keys and name, added to `owner`. Everywhere: window-wide; a page's: while its page
/// has focus.
[[nodiscard]] QAction* make(ActionId id, QWidget* owner);
/// "Save (Ctrl+S)" for tool tips.
[[nodiscard]] QString tip(ActionId id);

} // namespace actions

} // namespace tierdeck::ui
