#include "app/tierctl/command.h"
#include "core/foundation/json_writer.h"
#include "core/preferences/live_preferences.h"

#include <CLI/CLI.hpp>

namespace tierdeck::app {
namespace {

void printText(const Invocation& invocation, const std::vector<preferences::Problem>& problems) {
    for (const preferences::Problem& problem : problems) {
        invocation.out << toString(problem.severity) << ": " << problem.file << problem.pointer;
        if (!problem.where.empty()) {
            invocation.out << " (" << problem.where << ")";
        }
        invocation.out << ": " << problem.message << '\n';
        if (problem.fix) {
            invocation.out << "  fix: " << problem.fix->label << '\n';
        }
    }
    if (problems.empty()) {
        invocation.out << "The preferences are in order.\n";
    }
}

Exit run(const Invocation& invocation) {
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    const std::vector<preferences::Problem> problems = live.problems();
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key("problems");
        writeProblems(json, problems);
        json.endObject();
        invocation.out << '\n';
    } else {
        printText(invocation, problems);
    }
    return preferences::hasErrors(problems) ? Exit::PreferencesInvalid : Exit::Done;
}

} // namespace

void writeProblems(JsonWriter& json, const std::vector<preferences::Problem>& problems) {
    json.beginArray();
    for (const preferences::Problem& problem : problems) {
        json.beginObject();
        json.member("file", problem.file);
        json.member("pointer", problem.pointer);
        json.member("severity", toString(problem.severity));
        json.member("message", problem.message);
        json.memberOrNull("where", problem.where);
        json.key("fix");
        if (problem.fix) {
            json.beginObject();
            json.member("label", problem.fix->label);
            json.member("pointer", problem.fix->pointer);
            json.member("action", problem.fix->json ? "set" : "unset");
            if (problem.fix->json) {
                json.key("value"), json.raw(*problem.fix->json);
            }
            json.endObject();
        } else {
            json.null();
        }
        json.endObject();
    }
    json.endArray();
}

void addCheck(CLI::App& line, Command& chosen) {
    line.add_subcommand("check", "Check the preferences; exit 3 on an error")->callback([&chosen] {
        chosen = run;
    });
}

} // namespace tierdeck::app
