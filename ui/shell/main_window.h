// The window: navigation, pages, the day at a glance, and the actions that hold everywhere. It places what it
// is given and decides nothing. GUI thread; made by the composition root.
#pragma once

#include "ui/shell/actions.h"
#include "ui/shell/theme.h"

#include <QMainWindow>

#include <functional>

class QAction;
class QMenu;
class QSettings;
class QStackedWidget;
class QToolButton;
class QVBoxLayout;

namespace tierdeck::ui {

class Banner;
class GatewayController;
class Page;
class StatusStrip;
class StoreWorker;

class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    /// All must outlive the window. `settings` keeps geometry and choices.
    MainWindow(Theme& theme, StoreWorker& store, GatewayController& gateway, QSettings& settings,
               const QString& workspaceName, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Takes the page over; pages stand in the order of these calls. `apart` draws a line above its entry.
    void addPage(Page* page, ActionId action, bool apart = false);

    [[nodiscard]] const QList<Page*>& pages() const { return m_pages; }

    [[nodiscard]] Page* currentPage() const;
    /// False when there is no such page. `what` is for the page: what to show there.
    bool showPage(const QString& id, const QString& what = {});

    /// Above every page: what concerns the whole program.
    [[nodiscard]] Banner& banner() { return *m_banner; }

    [[nodiscard]] StatusStrip& statusStrip() { return *m_status; }

    /// A choice about how things look, in the program's menu: a checkable action.
    [[nodiscard]] QAction* addAppearance(const QString& words, const QString& objectName);

    void saveLayout();
    void restoreLayout();
    /// Asked before closing loses work; true closes. The default shows a dialog. A seam for tests.
    void setConfirmClose(std::function<bool(const QString& sentence)> confirm);

Q_SIGNALS:
    /// When the window is about to go, so that pages' owners can keep their layout.
    void closing();

protected:
    void closeEvent(QCloseEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void makeActions();
    void makeMenu();
    void choosePage(int index);
    void backToContent();
    void showShortcuts();
    void showGatewayState();
    void tellVisibility();
    [[nodiscard]] QList<QToolButton*> navigationButtons() const;
    bool eventFilter(QObject* watched, QEvent* event) override;

    Theme& m_theme;
    StoreWorker& m_store;
    GatewayController& m_gateway;
    QSettings& m_settings;
    QList<Page*> m_pages;
    QList<QToolButton*> m_buttons;
    QWidget* m_navigation = nullptr;
    QVBoxLayout* m_navigationColumn = nullptr;
    QToolButton* m_menuButton = nullptr;
    QMenu* m_menu = nullptr;
    QAction* m_afterAppearance = nullptr;
    QStackedWidget* m_stack = nullptr;
    Banner* m_banner = nullptr;
    StatusStrip* m_status = nullptr;
    std::function<bool(const QString&)> m_confirmClose;
    QString m_toldProblem;
};

} // namespace tierdeck::ui
