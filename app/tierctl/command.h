// What every command of tierctl shares: where it works, where it writes, how it ends. One thread; owned by
// main.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"
#include "core/foundation/workspace.h"
#include "core/preferences/problem.h"

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tierdeck {
class JsonWriter;
}

namespace tierdeck::routing {
struct Policy;
}

namespace tierdeck::app {

/// The exit codes of the contract.
enum class Exit { Done = 0, CheckFailed = 1, WrongUsage = 2, PreferencesInvalid = 3, ProviderFailed = 4 };

struct Invocation {
    Workspace workspace;
    bool json = false;
    std::istream& in;
    std::ostream& out; ///< the document or the text that was asked for, nothing else
    std::ostream& err; ///< everything that is said about it
    const SecretSource& secrets;
    const Clock& clock;
};

using Command = std::function<Exit(const Invocation&)>;

/// A command adds itself to the line's grammar and, when it is the one that was called, puts itself into
/// `chosen`.
void addInit(CLI::App& line, Command& chosen);
void addShow(CLI::App& line, Command& chosen);
void addRoute(CLI::App& line, Command& chosen);
void addServe(CLI::App& line, Command& chosen);
void addReport(CLI::App& line, Command& chosen);
void addGetSetUnset(CLI::App& line, Command& chosen);
void addCheck(CLI::App& line, Command& chosen);
void addSmoke(CLI::App& line, Command& chosen);
void addAvailability(CLI::App& line, Command& chosen);
void addUsage(CLI::App& line, Command& chosen);
void addReplay(CLI::App& line, Command& chosen);
void addTrust(CLI::App& line, Command& chosen);
void addModels(CLI::App& line, Command& chosen);
void addScore(CLI::App& line, Command& chosen);
void addLabel(CLI::App& line, Command& chosen);
void addTrain(CLI::App& line, Command& chosen);

/// Says the error's sentence on stderr.
Exit fail(const Invocation& invocation, Exit exit, const Error& error);
Exit fail(const Invocation& invocation, Exit exit, const std::string& sentence);
/// The policy in force; where the preferences have errors, says them and how the command ends.
[[nodiscard]] tl::expected<std::shared_ptr<const routing::Policy>, Exit>
usablePolicy(const Invocation& invocation);
/// Says those problems that keep the preferences from being used.
void sayErrors(const Invocation& invocation, const std::vector<preferences::Problem>& problems);
/// The `problems` of `check` and `show`.
void writeProblems(JsonWriter& json, const std::vector<preferences::Problem>& problems);

} // namespace tierdeck::app
