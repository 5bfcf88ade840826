// The desktop app's command line. It opens a workspace, making it on the first start, and shows the window.
#include "app/composition_root.h"
#include "app/end_signals.h"
#include "app/local_runtimes.h"
#include "app/picture_taker.h"
#include "core/preferences/first_setup.h"
#include "ui/shell/banner.h"
#include "ui/shell/language.h"
#include "ui/shell/main_window.h"

#include <QApplication>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace tierdeck;

struct Line {
    std::string workspace;
    std::string page;
    std::string log;
    std::string pictures;
    bool hidden = false;
};

/// The exit code where there is nothing more to do: help, or wrong usage.
std::optional<int> parse(int argc, char** argv, Line& line) {
    CLI::App app("Tierdeck, a desktop control deck for model routing", "tierdeck");
    app.set_version_flag("--version", TIERDECK_VERSION);
    app.add_option("--workspace", line.workspace,
                   "The workspace folder (default: $TIERDECK_WORKSPACE, else the user's)")
        ->type_name("DIR");
    app.add_option("--page", line.page, "The page to open")
        ->check(CLI::IsMember({"sessions", "spend", "tier-log", "model-router"}));
    app.add_option("--log", line.log, "Another tier log to look at")->type_name("FILE");
    app.add_flag("--hidden", line.hidden, "Start minimised");
    app.add_option("--pictures", line.pictures,
                   "Render every page into this folder, without a display, and exit")
        ->type_name("DIR");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == 0)
            return app.exit(problem, std::cout, std::cerr);
        std::cerr << "tierdeck: " << problem.what() << ". Run `tierdeck --help` for what there is.\n";
        return 2;
    }
    return std::nullopt;
}

/// On the first start; "" when the workspace stands.
QString makeWorkspace(const Workspace& workspace) {
    std::error_code ignored;
    if (std::filesystem::exists(workspace.modelRouterFile(), ignored))
        return {};
    const app::SystemSecrets secrets;
    const auto made = preferences::initialiseWorkspace(workspace, secrets, app::findLocalRuntimes(secrets));
    return made ? QString() : QString::fromStdString(made.error().message);
}

} // namespace

int main(int argc, char** argv) {
    Line line;
    if (const std::optional<int> done = parse(argc, argv, line))
        return *done;
    if (!line.pictures.empty())
        qputenv("QT_QPA_PLATFORM", "offscreen");

    QApplication application(argc, argv);
    QCoreApplication::setOrganizationName(QStringLiteral("tierdeck"));
    QCoreApplication::setApplicationName(QStringLiteral("tierdeck"));
    QCoreApplication::setApplicationVersion(QStringLiteral(TIERDECK_VERSION));
    QGuiApplication::setApplicationDisplayName(QString());
    QGuiApplication::setDesktopFileName(QStringLiteral("tierdeck"));

    ui::installLanguage(application);
    const app::EndSignals endSignals(application);

    app::AppOptions options;
    if (!line.workspace.empty())
        options.workspace = Workspace(std::filesystem::absolute(line.workspace));
    if (!line.log.empty())
        options.logFile = std::filesystem::absolute(line.log);
    options.pictures = !line.pictures.empty();
    const QString trouble = options.pictures ? QString() : makeWorkspace(options.workspace);

    app::CompositionRoot root(options);
    ui::MainWindow& window = root.window();
    if (!trouble.isEmpty())
        window.banner().tell(ui::Banner::Severity::Error, trouble);
    if (!line.page.empty())
        window.showPage(QString::fromStdString(line.page));
    root.startGateway();

    if (options.pictures) {
        app::PictureTaker pictures(window, root.theme(), QDir(QString::fromStdString(line.pictures)));
        QObject::connect(&pictures, &app::PictureTaker::finished, &application, &QCoreApplication::exit,
                         Qt::QueuedConnection);
        QMetaObject::invokeMethod(&pictures, &app::PictureTaker::start, Qt::QueuedConnection);
        return QApplication::exec();
    }
    if (line.hidden)
        window.showMinimized();
    else
        window.show();
    return QApplication::exec();
}
