#include "app/composition_root.h"

#include "app/serving.h"
#include "core/gateway/gateway_lease.h"
#include "core/preferences/live_preferences.h"
#include "core/sessions/session_store.h"
#include "ui/backend/gateway_controller.h"
#include "ui/backend/log_worker.h"
#include "ui/backend/preferences_worker.h"
#include "ui/backend/store_worker.h"
#include "ui/log/log_page.h"
#include "ui/sessions/sessions_page.h"
#include "ui/settings/router_page.h"
#include "ui/shell/main_window.h"
#include "ui/shell/system_appearance.h"
#include "ui/spend/spend_page.h"

#include <QAction>

#include <utility>

namespace tierdeck::app {

namespace {

const QString themeKey = QStringLiteral("theme");
const QString patternsKey = QStringLiteral("charts/patterns");
const QString gatewayKey = QStringLiteral("gateway/startWithApp");

class ServedHere final : public ui::GatewayHandle {
public:
    explicit ServedHere(std::unique_ptr<Serving> serving)
        : m_serving(std::move(serving)) {}

    [[nodiscard]] std::string address() const override { return m_serving->address(); }

private:
    std::unique_ptr<Serving> m_serving;
};

QString workspaceName(const Workspace& workspace) {
    const std::filesystem::path& root = workspace.root();
    const std::string name = (root.filename().empty() ? root.parent_path() : root).filename().string();
    return QString::fromStdString(name);
}

} // namespace

CompositionRoot::CompositionRoot(const AppOptions& options)
    : m_options(options)
    , m_settings(options.pictures ? nullptr : std::make_unique<QSettings>()) {
    if (!m_settings) // pictures look the same for everyone
        m_settings = std::make_unique<QSettings>(QStringLiteral("/dev/null"), QSettings::IniFormat);
    m_theme.setChoice(static_cast<ui::Theme::Choice>(m_settings->value(themeKey, 0).toInt()));
    m_theme.applyToApplication();
    if (!options.pictures)
        m_appearance = std::make_unique<ui::SystemAppearance>(m_theme);

    const Workspace& workspace = m_options.workspace;
    m_gateway = std::make_unique<ui::GatewayController>(
        [workspace, this](
            const ui::GatewayController::StartOptions& wanted) -> Result<std::unique_ptr<ui::GatewayHandle>> {
            ServeSettings settings;
            if (wanted.anyPort)
                settings.port = 0;
            settings.onStoreTrouble = wanted.onTrouble;
            auto serving = Serving::start(workspace, settings, m_secrets, m_clock);
            if (!serving)
                return tl::unexpected(serving.error());
            return std::make_unique<ServedHere>(std::move(*serving));
        },
        [workspace]() -> std::optional<std::string> {
            const auto running = gateway::GatewayLease::findRunning(workspace);
            return running ? std::optional(running->address) : std::nullopt;
        });
    m_policy = std::make_unique<preferences::LivePreferences>(workspace, m_clock, m_secrets);
    m_store = std::make_unique<ui::StoreWorker>(workspace.storeFile(), m_clock);
    m_store->setBeforeLooking([workspace] {
        // What fails now is tried again with the next look, and the store itself says what is wrong with it.
        (void)sessions::SessionStore::takeInLeftBehind(sessions::StoreOptions::in(workspace));
    });
    m_store->setPrices([this] {
        const auto policy = m_policy->current().policy;
        return policy ? policy->prices : pricing::PriceTable();
    });
    m_log = std::make_unique<ui::LogWorker>(m_options.logFile.value_or(workspace.tierLogFile()));
    m_preferences = std::make_unique<ui::PreferencesWorker>(workspace, &m_secrets, m_clock);
    m_window = std::make_unique<ui::MainWindow>(m_theme, *m_store, *m_gateway, *m_settings,
                                                workspaceName(workspace));
    addPages();
    if (!options.pictures)
        keepChoices();
}

CompositionRoot::~CompositionRoot() {
    m_window.reset(); // pages look at the workers until they are gone
}

void CompositionRoot::addPages() {
    m_sessions = new ui::SessionsPage(m_theme, *m_store, *m_gateway, m_clock);
    m_window->addPage(m_sessions, ui::ActionId::PageSessions);
    m_spend = new ui::SpendPage(m_theme, *m_store, *m_gateway, m_clock,
                                [this] { return m_policy->current().policy; });
    m_window->addPage(m_spend, ui::ActionId::PageSpend);
    auto* log = new ui::LogPage(m_theme, *m_log, m_clock);
    m_window->addPage(log, ui::ActionId::PageTierLog);
    QObject::connect(log, &ui::LogPage::openTurnRequested, m_window.get(),
                     [this](const QString& session, int turn) {
                         m_window->showPage(QStringLiteral("sessions"),
                                            QStringLiteral("turn:%1:%2").arg(turn).arg(session));
                     });
    auto* router = new ui::RouterPage(m_theme, *m_preferences, m_clock);
    router->setUnsavedWork([router] {
        return router->isModified()
                   ? ui::MainWindow::tr("Your changes to model-router.json are not saved yet.")
                   : QString();
    });
    m_window->addPage(router, ui::ActionId::PageModelRouter, true);
}

void CompositionRoot::keepChoices() {
    m_sessions->restoreLayout(*m_settings);
    m_spend->restoreLayout(*m_settings);
    m_window->restoreLayout();
    QObject::connect(m_window.get(), &ui::MainWindow::closing, m_sessions, [this] {
        m_sessions->saveLayout(*m_settings);
        m_spend->saveLayout(*m_settings);
    });

    QAction* patterns =
        m_window->addAppearance(ui::MainWindow::tr("&Patterns in charts"), QStringLiteral("chartPatterns"));
    QObject::connect(patterns, &QAction::toggled, m_sessions, [this](bool on) {
        m_sessions->setPatterns(on);
        m_spend->setPatterns(on);
        m_settings->setValue(patternsKey, on);
    });
    patterns->setChecked(m_settings->value(patternsKey, false).toBool());

    // Who stops the gateway wants it stopped the next time, too.
    QObject::connect(m_gateway.get(), &ui::GatewayController::changed, m_window.get(), [this] {
        using State = ui::GatewayController::State;
        if (m_gateway->state() == State::RunningHere)
            m_settings->setValue(gatewayKey, true);
        else if (m_gateway->state() == State::Stopping)
            m_settings->setValue(gatewayKey, false);
    });
}

void CompositionRoot::startGateway() {
    const bool onlyAttach = m_options.pictures || !m_settings->value(gatewayKey, true).toBool();
    m_gateway->start(onlyAttach);
}

} // namespace tierdeck::app
