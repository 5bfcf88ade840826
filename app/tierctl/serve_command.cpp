#include "app/serving.h"
#include "app/tierctl/command.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_writer.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdlib>
#include <memory>

namespace tierdeck::app {
namespace {

/// Signals that steer the server. Blocked before any thread starts, so that only the wait below takes them.
class SteeringSignals {
public:
    SteeringSignals() {
        sigemptyset(&m_set);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
            sigaddset(&m_set, signal);
        }
        pthread_sigmask(SIG_BLOCK, &m_set, nullptr);
        std::signal(SIGPIPE, SIG_IGN); // a reader of ours that goes away is no reason to stop serving
    }

    [[nodiscard]] int wait() const {
        int signal = 0;
        while (sigwait(&m_set, &signal) != 0) {
        }
        return signal;
    }

private:
    sigset_t m_set{};
};

void sayAddress(const Invocation& invocation, const std::string& address) {
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.member("address", address);
        json.member("workspace", invocation.workspace.root().string());
        json.endObject();
        invocation.out << std::endl;
    } else {
        invocation.out << "Gateway at " << address << " for the workspace "
                       << invocation.workspace.root().string() << std::endl;
    }
}

Exit run(const Invocation& invocation, const ServeSettings& given) {
    const SteeringSignals signals;
    ServeSettings settings = given;
    settings.onStoreTrouble = [&invocation](const std::string& trouble) {
        invocation.err << (trouble.empty() ? "tierctl: requests are recorded again.\n"
                                           : "tierctl: " + trouble + "\n");
    };
    const auto serving = Serving::start(invocation.workspace, settings, invocation.secrets, invocation.clock);
    if (!serving) {
        return fail(invocation,
                    serving.error().code == ErrorCode::InvalidInput ? Exit::WrongUsage : Exit::ProviderFailed,
                    serving.error());
    }
    sayAddress(invocation, (*serving)->address());
    if (stampOf(invocation.workspace.modelRouterFile()).size < 0) {
        invocation.err
            << "tierctl: this workspace has no model-router.json yet; `tierctl init` makes one, and the "
               "gateway takes it up at once.\n";
    }
    while (signals.wait() == SIGHUP) {
        (*serving)->reloadPreferences();
        invocation.err << "tierctl: the preferences are read again.\n";
    }
    invocation.err << "tierctl: stopping; requests that are under way may end first.\n";
    return Exit::Done;
}

bool isLoopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

} // namespace

void addServe(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand(
        "serve", "Run the gateway; SIGTERM drains it, SIGHUP reads the preferences again");
    const auto settings = std::make_shared<ServeSettings>();
    command->add_option("--port", settings->port, "0 takes a free one and prints it")->capture_default_str();
    command->add_option("--host", settings->host, "Where to listen; other than loopback needs a token")
        ->capture_default_str();
    command->add_option("--token", settings->token, "What clients must show as their key")
        ->envname("TIERDECK_TOKEN");
    command->callback([&chosen, settings] {
        if (!isLoopback(settings->host) && settings->token.empty()) {
            throw CLI::ValidationError("--host",
                                       "anyone could reach " + settings->host + "; give a --token as well");
        }
        chosen = [settings](const Invocation& invocation) { return run(invocation, *settings); };
    });
}

} // namespace tierdeck::app
