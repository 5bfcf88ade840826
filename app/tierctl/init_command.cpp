#include "app/local_runtimes.h"
#include "app/tierctl/command.h"
#include "app/tierctl/json_writer.h"
#include "core/preferences/first_setup.h"

#include <CLI/CLI.hpp>

namespace tierdeck::app {
namespace {

Exit run(const Invocation& invocation) {
    const auto setup = preferences::initialiseWorkspace(invocation.workspace, invocation.secrets,
                                                        findLocalRuntimes(invocation.secrets));
    if (!setup) {
        return fail(invocation, Exit::CheckFailed, setup.error());
    }
    const std::string root = invocation.workspace.root().string();
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.member("workspace", root);
        json.key("providers"), json.texts(setup->providers);
        json.key("written"), json.texts(setup->written);
        json.endObject();
        invocation.out << '\n';
        return Exit::Done;
    }
    if (setup->written.empty()) {
        invocation.out << "The workspace " << root << " stands already; nothing was changed.\n";
        return Exit::Done;
    }
    invocation.out << "The workspace " << root << " is ready.\n";
    for (const std::string& path : setup->written) {
        invocation.out << "  made " << path << '\n';
    }
    std::string providers;
    for (const std::string& name : setup->providers) {
        providers += (providers.empty() ? "" : ", ") + name;
    }
    invocation.out << "Providers: " << providers
                   << ".\nNext: `tierctl serve` starts the gateway, `tierctl show` says "
                      "which tier gets which model.\n";
    return Exit::Done;
}

} // namespace

void addInit(CLI::App& line, Command& chosen) {
    line.add_subcommand("init", "Make a workspace that works at once; never overwrites")->callback([&chosen] {
        chosen = run;
    });
}

} // namespace tierdeck::app
