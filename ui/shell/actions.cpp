#include "ui/shell/actions.h"

#include <QAction>
#include <QCoreApplication>
#include <QWidget>

#include <algorithm>

namespace tierdeck::ui::actions {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Actions)
};

} // namespace

QList<ActionInfo> catalogue() {
    using Place = ActionPlace;
    const auto row = [](ActionId id, Place place, const char* name, const QString& text,
                        std::initializer_list<const char*> keys) {
        QList<QKeySequence> sequences;
        for (const char* key : keys)
            sequences.append(QKeySequence(QLatin1StringView(key), QKeySequence::PortableText));
        return ActionInfo{id, place, QLatin1StringView(name), text, sequences};
    };
    return {
        row(ActionId::PageSessions, Place::Everywhere, "actionPageSessions", Words::tr("Go to &Sessions"),
            {"Ctrl+1"}),
        row(ActionId::PageSpend, Place::Everywhere, "actionPageSpend", Words::tr("Go to S&pend"), {"Ctrl+2"}),
        row(ActionId::PageTierLog, Place::Everywhere, "actionPageTierLog", Words::tr("Go to Tier &Log"),
            {"Ctrl+3"}),
        row(ActionId::PageModelRouter, Place::Everywhere, "actionPageModelRouter",
            Words::tr("Go to &Model Router"), {"Ctrl+4"}),
        row(ActionId::FocusFilter, Place::Everywhere, "actionFocusFilter", Words::tr("&Filter this page"),
            {"Ctrl+F", "/"}),
        row(ActionId::BackToContent, Place::Everywhere, "actionBackToContent",
            Words::tr("Back to the content"), {"Esc"}),
        row(ActionId::ShowShortcuts, Place::Everywhere, "actionShowShortcuts",
            Words::tr("&Keyboard shortcuts"), {"F1", "?"}),
        row(ActionId::ToggleGateway, Place::Everywhere, "actionToggleGateway",
            Words::tr("Start or stop the &gateway"), {"Ctrl+G"}),
        row(ActionId::CopyGatewayAddress, Place::Everywhere, "actionCopyGatewayAddress",
            Words::tr("&Copy the gateway's address"), {"Ctrl+Shift+C"}),
        row(ActionId::Quit, Place::Everywhere, "actionQuit", Words::tr("&Quit"), {"Ctrl+Q"}),
        row(ActionId::AddFilter, Place::Sessions, "actionAddFilter", Words::tr("&Add a filter"),
            {"Ctrl+Shift+F"}),
        row(ActionId::ToggleChartTable, Place::Sessions, "actionToggleChartTable",
            Words::tr("Between chart and &table"), {"T"}),
        row(ActionId::DearestTurn, Place::Sessions, "actionDearestTurn", Words::tr("Go to the &dearest turn"),
            {"D"}),
        row(ActionId::ExportSession, Place::Sessions, "actionExportSession", Words::tr("&Export"),
            {"Ctrl+E"}),
        row(ActionId::CompareSession, Place::Sessions, "actionCompareSession",
            Words::tr("Co&mpare with another session"), {"M"}),
        row(ActionId::CopySelection, Place::Sessions, "actionCopySelection",
            Words::tr("&Copy the chosen row"), {"Ctrl+C"}),
        row(ActionId::ToggleSpendTable, Place::Spend, "actionToggleSpendTable",
            Words::tr("Between chart and &table"), {"T"}),
        row(ActionId::ExportSpend, Place::Spend, "actionExportSpend", Words::tr("&Export"), {"Ctrl+E"}),
        row(ActionId::ToggleFollow, Place::TierLog, "actionToggleFollow", Words::tr("F&ollow new lines"),
            {"F"}),
        row(ActionId::OpenTurn, Place::TierLog, "actionOpenTurn",
            Words::tr("Open the &turn of the chosen line"), {"Return", "Enter"}),
        row(ActionId::Undo, Place::ModelRouter, "actionUndo", Words::tr("&Undo"), {"Ctrl+Z"}),
        row(ActionId::Redo, Place::ModelRouter, "actionRedo", Words::tr("&Redo"), {"Ctrl+Shift+Z", "Ctrl+Y"}),
        row(ActionId::Save, Place::ModelRouter, "actionSave", Words::tr("&Save"), {"Ctrl+S"}),
        row(ActionId::Revert, Place::ModelRouter, "actionRevert", Words::tr("Re&vert to the file"),
            {"Ctrl+R"}),
    };
}

ActionInfo info(ActionId id) {
    const QList<ActionInfo> rows = catalogue();
    const auto found =
        std::find_if(rows.begin(), rows.end(), [id](const ActionInfo& row) { return row.id == id; });
    Q_ASSERT(found != rows.end());
    return *found;
}

QString placeName(ActionPlace place) {
    switch (place) {
    case ActionPlace::Everywhere:
        return Words::tr("Everywhere");
    case ActionPlace::Sessions:
        return Words::tr("Sessions");
    case ActionPlace::Spend:
        return Words::tr("Spend");
    case ActionPlace::TierLog:
        return Words::tr("Tier Log");
    case ActionPlace::ModelRouter:
        return Words::tr("Model Router");
    }
    return {};
}

QAction* make(ActionId id, QWidget* owner) {
    const ActionInfo row = info(id);
    auto* action = new QAction(row.text, owner);
    action->setObjectName(row.objectName);
    action->setShortcuts(row.keys);
    action->setShortcutContext(row.place == ActionPlace::Everywhere ? Qt::WindowShortcut
                                                                    : Qt::WidgetWithChildrenShortcut);
    owner->addAction(action);
    return action;
}

QString tip(ActionId id) {
    const ActionInfo row = info(id);
    QString text = row.text;
    text.remove(u'&');
    if (row.keys.isEmpty())
        return text;
    return Words::tr("%1 (%2)").arg(text, row.keys.constFirst().toString(QKeySequence::NativeText));
}

} // namespace tierdeck::ui::actions
