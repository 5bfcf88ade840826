// Builds the desktop app's objects, connects them, and takes them down in order. The only place that knows
// every part; it decides nothing. GUI thread; owned by main.
#pragma once

#include "app/secrets.h"
#include "core/foundation/clock.h"
#include "core/foundation/workspace.h"
#include "ui/shell/theme.h"

#include <QSettings>
#include <QString>

#include <filesystem>
#include <memory>
#include <optional>

namespace tierdeck::preferences {
class LivePreferences;
}

namespace tierdeck::ui {
class GatewayController;
class LogPage;
class LogWorker;
class MainWindow;
class PreferencesWorker;
class SessionsPage;
class SpendPage;
class StoreWorker;
class SystemAppearance;
} // namespace tierdeck::ui

namespace tierdeck::app {

struct AppOptions {
    Workspace workspace = Workspace::standard();
    std::optional<std::filesystem::path> logFile; ///< to look at, instead of the workspace's
    bool pictures = false;                        ///< nothing is started, no choice is read or kept
};

class CompositionRoot {
public:
    explicit CompositionRoot(const AppOptions& options);
    ~CompositionRoot(); ///< stops our gateway and waits for it

    [[nodiscard]] ui::MainWindow& window() { return *m_window; }

    [[nodiscard]] ui::Theme& theme() { return m_theme; }

    /// Attaches to the workspace's gateway, or starts one unless the user had stopped it the last time.
    void startGateway();

private:
    void addPages();
    void keepChoices();

    AppOptions m_options;
    SystemClock m_clock;
    SystemSecrets m_secrets;
    std::unique_ptr<QSettings> m_settings;
    ui::Theme m_theme;
    std::unique_ptr<ui::SystemAppearance> m_appearance;
    std::unique_ptr<ui::GatewayController> m_gateway;
    std::unique_ptr<preferences::LivePreferences> m_policy; ///< in force, for what the store's thread adds up
    std::unique_ptr<ui::StoreWorker> m_store;
    std::unique_ptr<ui::LogWorker> m_log;
    std::unique_ptr<ui::PreferencesWorker> m_preferences;
    std::unique_ptr<ui::MainWindow> m_window;
    ui::SessionsPage* m_sessions = nullptr; ///< the window's
    ui::SpendPage* m_spend = nullptr;       ///< the window's
};

} // namespace tierdeck::app
