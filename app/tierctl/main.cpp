#include "app/secrets.h"
#include "app/tierctl/command.h"
#include "app/tierctl/narrow_copies.h"
#include "core/sessions/session_store.h"

#include <QtCore/QCoreApplication>

#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>

namespace {

/// A gateway commits within milliseconds what it has answered; under a steady load there is always something.
constexpr std::chrono::milliseconds commitPatience{250};

using namespace tierdeck;

/// What Qt has to say (about locales, buses) is no answer to a command.
void keepQuiet(QtMsgType, const QMessageLogContext&, const QString&) {}

Workspace workspaceFrom(const std::string& folder) {
    if (folder.empty()) {
        return Workspace::standard();
    }
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(folder, ignored);
    return Workspace(ignored ? std::filesystem::path(folder) : absolute.lexically_normal());
}

int run(int argc, char** argv) {
    CLI::App line("Routes turns to tiers, and says why and what they cost.\n"
                  "Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 preferences invalid, 4 provider or "
                  "network failed.",
                  "tierctl");
    std::string folder;
    bool json = false;
    line.add_option("--workspace", folder,
                    "The workspace folder (default: $TIERDECK_WORKSPACE, else ~/.local/share/tierdeck)")
        ->type_name("DIR");
    line.add_flag("--json", json, "One JSON document on stdout, messages on stderr");
    line.set_version_flag("--version", "tierctl " TIERDECK_VERSION);
    line.require_subcommand(1);
    line.fallthrough();

    app::Command chosen;
    app::addInit(line, chosen);
    app::addShow(line, chosen);
    app::addRoute(line, chosen);
    app::addServe(line, chosen);
    app::addReport(line, chosen);
    app::addGetSetUnset(line, chosen);
    app::addCheck(line, chosen);
    app::addSmoke(line, chosen);
    app::addAvailability(line, chosen);
    app::addUsage(line, chosen);
    app::addReplay(line, chosen);
    app::addTrust(line, chosen);
    app::addModels(line, chosen);
    app::addScore(line, chosen);
    app::addLabel(line, chosen);
    app::addTrain(line, chosen);

    try {
        line.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            return line.exit(problem, std::cout, std::cerr); // help or version
        }
        std::cerr << "tierctl: " << problem.what() << ". Run `tierctl --help` for what there is.\n";
        return static_cast<int>(app::Exit::WrongUsage);
    }

    if (line.got_subcommand("serve"))
        app::preferNarrowCopies(argv);
    const app::SystemSecrets secrets;
    const SystemClock clock;
    const app::Invocation invocation{
        workspaceFrom(folder), json, std::cin, std::cout, std::cerr, secrets, clock};
    if (auto takenIn = sessions::SessionStore::takeInLeftBehind(
            sessions::StoreOptions::in(invocation.workspace), commitPatience);
        !takenIn) {
        std::cerr << "tierctl: the last requests of a gateway that was killed are not counted yet: "
                  << takenIn.error().message << '\n';
    }
    const app::Exit exit = chosen(invocation);
    if (!std::cout.flush()) {
        std::cerr << "tierctl: the output could not be written in full.\n";
        return static_cast<int>(exit == app::Exit::Done ? app::Exit::CheckFailed : exit);
    }
    return static_cast<int>(exit);
}

} // namespace

int main(int argc, char** argv) {
    qInstallMessageHandler(keepQuiet);
    const QCoreApplication application(argc, argv); // the secret service is asked through it
    try {
        return run(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << "tierctl: something went wrong that should not: " << bug.what() << '\n';
        return static_cast<int>(app::Exit::CheckFailed);
    }
}
