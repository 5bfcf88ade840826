#include "app/local_runtimes.h"
#include "app/tierctl/command.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_writer.h"
#include "core/preferences/first_setup.h"
#include "core/preferences/preferences_file.h"
#include "core/preferences/presets.h"
#include "core/routing/policy.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>

namespace tierdeck::app {
namespace {

using preferences::Preset;
using preferences::PresetEdit;

struct InitOptions {
    std::string preset;
    std::string provider;
    bool apply = false;
};

/// A preset as the edits that it is, and whether they were made.
struct PresetOutcome {
    std::vector<PresetEdit> edits;
    bool isApplied = false;
};

std::string presetNames() {
    std::string names;
    for (const Preset preset : preferences::allPresets) {
        names.append(names.empty() ? "" : ", ").append(toString(preset));
    }
    return names;
}

Result<void> makeEdits(const Workspace& workspace, const std::vector<PresetEdit>& edits) {
    auto file = preferences::PreferencesFile::load(workspace.modelRouterFile(), workspace.historyFolder(),
                                                   "modelRouter");
    if (!file) {
        return tl::unexpected<Error>(std::move(file.error()));
    }
    for (const PresetEdit& edit : edits) {
        if (auto done = edit.json ? file->set(edit.pointer, *edit.json) : file->unset(edit.pointer); !done) {
            return tl::unexpected<Error>(std::move(done.error()));
        }
    }
    return file->save();
}

/// What stood before is only changed where the user says so: `isNew` is of the file, `--apply` of the user.
tl::expected<PresetOutcome, Exit> runPreset(const Invocation& invocation, const InitOptions& options,
                                            bool isNew) {
    const auto usable = usablePolicy(invocation);
    if (!usable) {
        return tl::unexpected(usable.error());
    }
    const auto& policy = *usable;
    if (!options.provider.empty() && !policy->findProvider(options.provider)) {
        return tl::unexpected(fail(invocation, Exit::WrongUsage,
                                   "There is no provider '" + options.provider + "' in llm.json."));
    }
    const auto text = readFile(invocation.workspace.modelRouterFile());
    auto edits =
        preferences::presetEdits(*preferences::presetFrom(options.preset), text ? *text : std::string(),
                                 *policy, options.provider, invocation.clock.now());
    if (!edits) {
        return tl::unexpected(fail(invocation, Exit::PreferencesInvalid, edits.error()));
    }
    PresetOutcome outcome{std::move(*edits), isNew || options.apply};
    if (outcome.isApplied && !outcome.edits.empty()) {
        if (const auto done = makeEdits(invocation.workspace, outcome.edits); !done) {
            return tl::unexpected(fail(invocation, Exit::CheckFailed, done.error()));
        }
    }
    return outcome;
}

void writeJson(const Invocation& invocation, const preferences::FirstSetup& setup, const InitOptions& options,
               const std::optional<PresetOutcome>& preset) {
    JsonWriter json(invocation.out);
    json.beginObject();
    json.member("workspace", invocation.workspace.root().string());
    json.key("providers"), json.texts(setup.providers);
    json.key("written"), json.texts(setup.written);
    if (preset) {
        json.key("preset"), json.beginObject();
        json.member("name", options.preset);
        json.key("applied"), json.boolean(preset->isApplied);
        json.key("edits"), json.beginArray();
        for (const PresetEdit& edit : preset->edits) {
            json.beginObject();
            json.member("pointer", edit.pointer);
            json.key("json");
            edit.json ? json.raw(*edit.json) : json.null();
            json.member("what", edit.what);
            json.endObject();
        }
        json.endArray();
        json.endObject();
    }
    json.endObject();
    invocation.out << '\n';
}

void writeText(const Invocation& invocation, const preferences::FirstSetup& setup, const InitOptions& options,
               const std::optional<PresetOutcome>& preset) {
    const std::string root = invocation.workspace.root().string();
    if (setup.written.empty() && !preset) {
        invocation.out << "The workspace " << root << " stands already; nothing was changed.\n";
        return;
    }
    if (!setup.written.empty()) {
        invocation.out << "The workspace " << root << " is ready.\n";
        for (const std::string& path : setup.written) {
            invocation.out << "  made " << path << '\n';
        }
        std::string providers;
        for (const std::string& name : setup.providers) {
            providers += (providers.empty() ? "" : ", ") + name;
        }
        invocation.out << "Providers: " << providers << ".\n";
    }
    if (preset && preset->edits.empty()) {
        invocation.out << "All is as the preset " << options.preset << " wants it.\n";
    } else if (preset) {
        invocation.out << "The preset " << options.preset
                       << (preset->isApplied ? " changed model-router.json:\n"
                                             : " would change model-router.json; --apply does it:\n");
        for (const PresetEdit& edit : preset->edits) {
            invocation.out << "  " << edit.what << " (" << edit.pointer << ")\n";
        }
    }
    if (!setup.written.empty()) {
        invocation.out << "Next: `tierctl serve` starts the gateway, `tierctl show` says "
                          "which tier gets which model.\n";
    }
}

Exit run(const Invocation& invocation, const InitOptions& options) {
    const bool isNew = stampOf(invocation.workspace.modelRouterFile()).size < 0;
    const auto setup = preferences::initialiseWorkspace(invocation.workspace, invocation.secrets,
                                                        findLocalRuntimes(invocation.secrets));
    if (!setup) {
        return fail(invocation, Exit::CheckFailed, setup.error());
    }
    std::optional<PresetOutcome> preset;
    if (!options.preset.empty()) {
        auto outcome = runPreset(invocation, options, isNew);
        if (!outcome) {
            return outcome.error();
        }
        preset = std::move(*outcome);
    }
    invocation.json ? writeJson(invocation, *setup, options, preset)
                    : writeText(invocation, *setup, options, preset);
    return Exit::Done;
}

} // namespace

void addInit(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand("init", "Make a workspace that works at once; never overwrites");
    const auto options = std::make_shared<InitOptions>();
    CLI::Option* preset = command->add_option_function<std::string>(
        "--preset",
        [options](const std::string& name) {
            if (!preferences::presetFrom(name)) {
                throw CLI::ValidationError("--preset",
                                           "there is no preset '" + name + "'; there are " + presetNames());
            }
            options->preset = name;
        },
        "A preset as the edits that it is: " + presetNames());
    preset->type_name("NAME");
    command->add_option("--provider", options->provider, "Whose models the preset takes (default: the first)")
        ->needs(preset);
    command->add_flag("--apply", options->apply, "Make the preset's edits in a workspace that stands already")
        ->needs(preset);
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
