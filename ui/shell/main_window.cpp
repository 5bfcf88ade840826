#include "ui/shell/main_window.h"

#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"
#include "ui/shell/banner.h"
#include "ui/shell/icons.h"
#include "ui/shell/navigation_button.h"
#include "ui/shell/page.h"
#include "ui/shell/shortcuts_dialog.h"
#include "ui/shell/status_strip.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QFrame>
#include <QKeyEvent>
#include <QMenu>
#include <QMessageBox>
#include <QSettings>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr QSize firstSize{1280, 800};

} // namespace

MainWindow::MainWindow(Theme& theme, StoreWorker& store, GatewayController& gateway, QSettings& settings,
                       const QString& workspaceName, QWidget* parent)
    : QMainWindow(parent)
    , m_theme(theme)
    , m_store(store)
    , m_gateway(gateway)
    , m_settings(settings)
    , m_navigation(new QWidget(this))
    , m_navigationColumn(new QVBoxLayout(m_navigation))
    , m_menuButton(new NavigationButton(theme, tr("Menu"), QStringLiteral("menu"), m_navigation))
    , m_menu(new QMenu(this))
    , m_stack(new QStackedWidget(this))
    , m_banner(new Banner(theme, this))
    , m_status(new StatusStrip(theme, store, gateway, this)) {
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Tierdeck — %1").arg(workspaceName));
    setWindowIcon(icons::application());
    setMinimumSize(720, 480);
    resize(firstSize);

    m_navigation->setObjectName(QStringLiteral("navigation"));
    m_navigation->setAccessibleName(tr("Pages"));
    m_navigationColumn->setContentsMargins(Theme::paddingSmall, Theme::padding, 0, Theme::paddingSmall);
    m_navigationColumn->setSpacing(2);
    m_navigationColumn->addStretch(1);
    m_menuButton->setObjectName(QStringLiteral("menuButton"));
    m_navigationColumn->addWidget(m_menuButton);

    auto* right = new QVBoxLayout;
    right->setContentsMargins(0, 0, 0, 0);
    right->setSpacing(0);
    auto* bannerRow = new QVBoxLayout;
    bannerRow->setContentsMargins(Theme::paddingLarge, Theme::paddingSmall, Theme::paddingLarge, 0);
    bannerRow->addWidget(m_banner);
    right->addLayout(bannerRow);
    right->addWidget(m_stack, 1);
    auto* across = new QHBoxLayout;
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(0);
    across->addWidget(m_navigation);
    across->addLayout(right, 1);
    auto* centre = new QWidget(this);
    auto* down = new QVBoxLayout(centre);
    down->setContentsMargins(0, 0, 0, 0);
    down->setSpacing(0);
    down->addLayout(across, 1);
    down->addWidget(m_status);
    setCentralWidget(centre);

    makeActions();
    makeMenu();
    connect(&m_gateway, &GatewayController::changed, this, &MainWindow::showGatewayState);
    connect(m_status, &StatusStrip::todayWanted, this, [this] {
        if (!showPage(QStringLiteral("spend")))
            showPage(QStringLiteral("sessions"));
    });
}

MainWindow::~MainWindow() = default;

void MainWindow::addPage(Page* page, ActionId action, bool apart) {
    if (apart) {
        auto* line = new QFrame(m_navigation);
        line->setFrameShape(QFrame::HLine);
        line->setForegroundRole(QPalette::Mid);
        m_navigationColumn->insertWidget(m_navigationColumn->count() - 2, line);
    }
    auto* button = new NavigationButton(m_theme, page->title(), page->iconName(), m_navigation);
    button->setObjectName(QStringLiteral("navigate-") + page->id());
    button->setCheckable(true);
    button->setToolTip(actions::tip(action));
    button->installEventFilter(this);
    m_navigationColumn->insertWidget(m_navigationColumn->count() - 2, button);
    const int index = static_cast<int>(m_pages.size());
    m_pages.append(page);
    m_buttons.append(button);
    m_stack->addWidget(page);
    connect(button, &QToolButton::clicked, this, [this, index] { choosePage(index); });
    connect(actions::make(action, this), &QAction::triggered, this, [this, index] {
        choosePage(index);
        m_pages.at(index)->focusContent();
    });
    connect(page, &Page::pageWanted, this,
            [this](const QString& pageId, const QString& what) { showPage(pageId, what); });
    if (index == 0)
        choosePage(0);
}

Page* MainWindow::currentPage() const {
    return m_stack->currentIndex() < 0 ? nullptr : m_pages.at(m_stack->currentIndex());
}

bool MainWindow::showPage(const QString& id, const QString& what) {
    const auto found =
        std::find_if(m_pages.begin(), m_pages.end(), [&id](const Page* page) { return page->id() == id; });
    if (found == m_pages.end())
        return false;
    choosePage(static_cast<int>(found - m_pages.begin()));
    (*found)->focusContent();
    if (!what.isEmpty())
        (*found)->reveal(what);
    return true;
}

void MainWindow::choosePage(int index) {
    m_stack->setCurrentIndex(index);
    for (int i = 0; i < m_buttons.size(); ++i)
        m_buttons.at(i)->setChecked(i == index);
}

void MainWindow::makeActions() {
    const auto on = [this](ActionId id, auto&& run) {
        connect(actions::make(id, this), &QAction::triggered, this, std::forward<decltype(run)>(run));
    };
    on(ActionId::FocusFilter, [this] {
        if (Page* page = currentPage())
            page->focusFilter();
    });
    on(ActionId::BackToContent, [this] { backToContent(); });
    on(ActionId::ShowShortcuts, [this] { showShortcuts(); });
    on(ActionId::ToggleGateway, [this] {
        if (m_gateway.state() == GatewayController::State::RunningHere)
            m_gateway.stop();
        else
            m_gateway.start();
    });
    on(ActionId::CopyGatewayAddress, [this] { m_status->copyAddress(); });
    on(ActionId::Quit, [this] { close(); });
}

void MainWindow::makeMenu() {
    m_menu->setObjectName(QStringLiteral("mainMenu"));
    auto* themes = new QActionGroup(this);
    const auto choice = [&](const QString& words, Theme::Choice which, const char* name) {
        QAction* action = m_menu->addAction(words);
        action->setObjectName(QLatin1StringView(name));
        action->setCheckable(true);
        action->setData(static_cast<int>(which));
        themes->addAction(action);
        connect(action, &QAction::triggered, this, [this, which] {
            m_theme.setChoice(which);
            m_settings.setValue(QStringLiteral("theme"), static_cast<int>(which));
        });
    };
    m_menu->addSection(tr("Appearance"));
    choice(tr("Like the &desktop"), Theme::Choice::System, "themeSystem");
    choice(tr("&Light"), Theme::Choice::Light, "themeLight");
    choice(tr("Dar&k"), Theme::Choice::Dark, "themeDark");
    connect(m_menu, &QMenu::aboutToShow, this, [this, themes] {
        for (QAction* action : themes->actions())
            action->setChecked(action->data().toInt() == static_cast<int>(m_theme.choice()));
    });
    m_afterAppearance = m_menu->addSeparator();
    const auto add = [this](ActionId id) {
        m_menu->addAction(findChild<QAction*>(actions::info(id).objectName, Qt::FindDirectChildrenOnly));
    };
    add(ActionId::ToggleGateway);
    add(ActionId::ShowShortcuts);
    m_menu->addSeparator();
    add(ActionId::Quit);
    m_menuButton->setMenu(m_menu);
    m_menuButton->setPopupMode(QToolButton::InstantPopup);
}

QAction* MainWindow::addAppearance(const QString& words, const QString& objectName) {
    auto* action = new QAction(words, m_menu);
    action->setObjectName(objectName);
    action->setCheckable(true);
    m_menu->insertAction(m_afterAppearance, action);
    return action;
}

void MainWindow::backToContent() {
    if (m_banner->isTelling() && m_banner->isAncestorOf(QApplication::focusWidget())) {
        m_banner->dismiss();
        return;
    }
    Page* page = currentPage();
    if (page != nullptr && !page->closeInnermost())
        page->focusContent();
}

void MainWindow::showShortcuts() {
    auto* dialog = new ShortcutsDialog(m_theme, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::showGatewayState() {
    QString problem;
    Banner::Severity severity = Banner::Severity::Error;
    QList<Banner::Action> next;
    if (m_gateway.state() == GatewayController::State::Failed) {
        problem = m_gateway.problem();
        next = {
            {tr("Try again"), QStringLiteral("gatewayRetry"), [this] { m_gateway.start(); }},
            {tr("Use a free port"), QStringLiteral("gatewayAnyPort"), [this] { m_gateway.startAnywhere(); }}};
    } else if (!m_gateway.storeTrouble().isEmpty()) {
        problem = m_gateway.storeTrouble();
        severity = Banner::Severity::Attention;
    }
    if (problem == m_toldProblem)
        return;
    m_toldProblem = problem;
    if (problem.isEmpty())
        m_banner->dismiss();
    else
        m_banner->tell(severity, problem, next);
}

void MainWindow::setConfirmClose(std::function<bool(const QString&)> confirm) {
    m_confirmClose = std::move(confirm);
}

void MainWindow::saveLayout() {
    m_settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    if (const Page* page = currentPage())
        m_settings.setValue(QStringLiteral("window/page"), page->id());
}

void MainWindow::restoreLayout() {
    restoreGeometry(m_settings.value(QStringLiteral("window/geometry")).toByteArray());
    showPage(m_settings.value(QStringLiteral("window/page")).toString());
}

void MainWindow::closeEvent(QCloseEvent* event) {
    for (Page* page : std::as_const(m_pages)) {
        const QString loss = page->unsavedWork();
        if (loss.isEmpty())
            continue;
        showPage(page->id());
        const bool close = m_confirmClose
                               ? m_confirmClose(loss)
                               : QMessageBox::question(this, tr("Close without saving?"), loss,
                                                       QMessageBox::Discard | QMessageBox::Cancel,
                                                       QMessageBox::Cancel) == QMessageBox::Discard;
        if (!close) {
            event->ignore();
            return;
        }
    }
    saveLayout();
    Q_EMIT closing();
    QMainWindow::closeEvent(event);
}

void MainWindow::showEvent(QShowEvent* event) {
    QMainWindow::showEvent(event);
    tellVisibility();
}

void MainWindow::hideEvent(QHideEvent* event) {
    QMainWindow::hideEvent(event);
    tellVisibility();
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::WindowStateChange)
        tellVisibility();
}

void MainWindow::tellVisibility() {
    m_store.setVisible(isVisible() && !isMinimized());
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
    // The navigation is one list for the keyboard: up and down go through it.
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const auto at = m_buttons.indexOf(qobject_cast<QToolButton*>(watched));
        if (at >= 0 && (key == Qt::Key_Down || key == Qt::Key_Up)) {
            const auto next =
                std::clamp<qsizetype>(at + (key == Qt::Key_Down ? 1 : -1), 0, m_buttons.size() - 1);
            m_buttons.at(next)->setFocus(Qt::TabFocusReason);
            choosePage(static_cast<int>(next));
            return true;
        }
    }
    return QMainWindow::eventFilter(watched, event);
}

} // namespace tierdeck::ui
