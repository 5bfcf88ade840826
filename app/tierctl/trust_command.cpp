#include "app/tierctl/command.h"
#include "app/tierctl/text_table.h"
#include "core/foundation/json_writer.h"
#include "core/preferences/live_preferences.h"
#include "core/preferences/trusted_commands.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace tierdeck::app {
namespace {

using preferences::TrustedCommand;
using CommandLine = std::vector<std::string>;

struct Options {
    CommandLine run;
    bool revoke = false;
};

/// One command line, and what is known of it.
struct Row {
    CommandLine run;
    bool isTrusted = false;
    bool isUsed = false; ///< by a gate of the cascade
    std::optional<UtcTime> confirmed;
};

Exit show(const Invocation& invocation) {
    const auto trusted = preferences::readTrustedCommands(invocation.workspace);
    if (!trusted) {
        return fail(invocation, Exit::CheckFailed, trusted.error());
    }
    std::vector<Row> rows;
    for (const TrustedCommand& command : *trusted) {
        rows.push_back({command.run, true, false, command.confirmed});
    }
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    if (const auto policy = live.current().policy) {
        for (const routing::Gate& gate : policy->cascade.gates) {
            if (gate.kind != routing::Gate::Kind::Command) {
                continue;
            }
            const auto known = std::ranges::find(rows, gate.run, &Row::run);
            if (known == rows.end()) {
                rows.push_back({gate.run, false, true, std::nullopt});
            } else {
                known->isUsed = true;
            }
        }
    }
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key("commands"), json.beginArray();
        for (const Row& row : rows) {
            json.beginObject();
            json.key("run"), json.texts(row.run);
            json.key("trusted"), json.boolean(row.isTrusted);
            json.key("used"), json.boolean(row.isUsed);
            json.memberOrNull("confirmed", row.confirmed ? toRfc3339(*row.confirmed) : "");
            json.endObject();
        }
        json.endArray();
        json.endObject();
        invocation.out << '\n';
        return Exit::Done;
    }
    if (rows.empty()) {
        invocation.out << "No gate of the cascade runs a command, and none is trusted.\n";
        return Exit::Done;
    }
    TextTable table;
    table.column("command");
    table.column("may run");
    table.column("a gate runs it");
    for (const Row& row : rows) {
        table.row({preferences::asTyped(row.run), row.isTrusted ? "yes" : "no", row.isUsed ? "yes" : "no"});
    }
    table.print(invocation.out);
    const auto waiting = std::ranges::find_if(rows, [](const Row& row) { return !row.isTrusted; });
    if (waiting != rows.end()) {
        invocation.out << "\nTo let it run: tierctl trust -- " << preferences::asTyped(waiting->run) << '\n';
    }
    return Exit::Done;
}

Exit run(const Invocation& invocation, const Options& options) {
    if (options.run.empty()) {
        return options.revoke ? fail(invocation, Exit::WrongUsage, "Name the command behind `--`.")
                              : show(invocation);
    }
    const auto done =
        options.revoke ? preferences::revokeCommand(invocation.workspace, options.run)
                       : preferences::trustCommand(invocation.workspace, options.run, invocation.clock.now());
    if (!done) {
        return fail(invocation, Exit::CheckFailed, done.error());
    }
    if (options.revoke && !*done) {
        return fail(invocation, Exit::WrongUsage,
                    "This exact command line is not trusted; `tierctl trust` lists those that are.");
    }
    return show(invocation);
}

} // namespace

void addTrust(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand(
        "trust",
        "The commands that the cascade's gates may run; `trust -- COMMAND ARGUMENT…` confirms one exactly");
    const auto options = std::make_shared<Options>();
    command->add_option("COMMAND", options->run,
                        "Program and arguments, exactly as the gate has them, behind `--`");
    command->add_flag("--revoke", options->revoke, "Take it back");
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
