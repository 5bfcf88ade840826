// get, set and unset: one value of a preferences file, by the pointer of the file as it stands.
#include "app/tierctl/command.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/foundation/json_writer.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/preferences_file.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace tierdeck::app {
namespace {

using preferences::PreferencesFile;
using preferences::Problem;

struct EditOptions {
    std::string pointer;
    std::string json;
    std::string file = "model-router";
    bool force = false;
};

bool isRouterFile(const EditOptions& options) {
    return options.file == "model-router";
}

Result<PreferencesFile> load(const Invocation& invocation, const EditOptions& options) {
    const Workspace& workspace = invocation.workspace;
    return isRouterFile(options)
               ? PreferencesFile::load(workspace.modelRouterFile(), workspace.historyFolder(), "modelRouter")
               : PreferencesFile::load(workspace.llmFile(), workspace.historyFolder(), "llm");
}

Exit failUnparsable(const Invocation& invocation, const PreferencesFile& file) {
    return fail(invocation, Exit::PreferencesInvalid, *file.parseError());
}

/// A JSON pointer is empty or starts with a slash; people forget that.
bool isPointer(const std::string& text) {
    return text.empty() || text.front() == '/';
}

Exit failPointer(const Invocation& invocation, const EditOptions& options) {
    return fail(invocation, Exit::WrongUsage,
                "'" + options.pointer +
                    "' is not a JSON pointer; one starts with a slash, such as /modelRouter/" +
                    options.pointer + ".");
}

std::optional<std::string> textOf(const std::filesystem::path& path) {
    auto text = readFile(path);
    return text ? std::optional(std::move(*text)) : std::nullopt;
}

std::vector<Problem> errorsWith(const Invocation& invocation, const EditOptions& options,
                                const std::string& text) {
    preferences::PreferencesTexts texts{textOf(invocation.workspace.modelRouterFile()),
                                        textOf(invocation.workspace.llmFile()),
                                        textOf(invocation.workspace.pricesFile())};
    std::optional<std::string>& edited = isRouterFile(options) ? texts.modelRouter : texts.llm;
    edited = text.empty() ? std::nullopt : std::optional(text);
    std::vector<Problem> problems = preferences::readPolicy(texts, {}, nullptr).problems;
    std::erase_if(problems,
                  [](const Problem& problem) { return problem.severity != preferences::Severity::Error; });
    return problems;
}

/// The errors that come with an edit; those that stood before are no reason to refuse one, least of all their
/// mending.
std::vector<Problem> errorsAdded(const Invocation& invocation, const EditOptions& options,
                                 const PreferencesFile& file) {
    const std::vector<Problem> before = errorsWith(invocation, options, file.savedText());
    std::vector<Problem> after = errorsWith(invocation, options, file.text());
    std::erase_if(after, [&before](const Problem& problem) {
        return std::ranges::any_of(before, [&problem](const Problem& old) {
            return old.file == problem.file && old.pointer == problem.pointer &&
                   old.message == problem.message;
        });
    });
    return after;
}

Exit saveAndSay(const Invocation& invocation, const EditOptions& options, PreferencesFile& file,
                const char* verb) {
    const bool changes = file.isModified();
    if (changes) {
        if (const auto added = errorsAdded(invocation, options, file); !added.empty() && !options.force) {
            sayErrors(invocation, added);
            return fail(
                invocation, Exit::PreferencesInvalid,
                "Nothing was written, because the preferences would be invalid; --force writes it anyway.");
        }
        if (const auto saved = file.save(); !saved) {
            return fail(invocation, Exit::CheckFailed, saved.error());
        }
    }
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.member("file", file.name());
        json.member("pointer", options.pointer);
        json.key("changed"), json.boolean(changes);
        json.endObject();
        invocation.out << '\n';
    } else if (changes) {
        invocation.out << verb << ' ' << options.pointer << " in " << file.path().string() << ".\n";
    } else {
        invocation.out << options.pointer << " in " << file.path().string() << " has that value already.\n";
    }
    return Exit::Done;
}

Exit runGet(const Invocation& invocation, const EditOptions& options) {
    if (!isPointer(options.pointer)) {
        return failPointer(invocation, options);
    }
    const auto file = load(invocation, options);
    if (!file) {
        return fail(invocation, Exit::CheckFailed, file.error());
    }
    if (!file->isEditable()) {
        return failUnparsable(invocation, *file);
    }
    const auto value = file->exists() ? file->value(options.pointer) : std::nullopt;
    if (!value) {
        return fail(invocation, Exit::CheckFailed,
                    options.pointer + " is not set in " + file->path().string() + ".");
    }
    invocation.out << *value << '\n';
    return Exit::Done;
}

Exit runSet(const Invocation& invocation, const EditOptions& options) {
    if (!isPointer(options.pointer)) {
        return failPointer(invocation, options);
    }
    if (const auto parsed = JsonText::parse(options.json); !parsed) {
        return fail(invocation, Exit::WrongUsage,
                    "The value is not JSON. A text needs its quotes: '" + jsonQuoted(options.json) + "'.");
    }
    auto file = load(invocation, options);
    if (!file) {
        return fail(invocation, Exit::CheckFailed, file.error());
    }
    if (!file->isEditable()) {
        return failUnparsable(invocation, *file);
    }
    if (const auto edit = file->set(options.pointer, options.json); !edit) {
        return fail(invocation, Exit::WrongUsage, edit.error());
    }
    return saveAndSay(invocation, options, *file, "Set");
}

Exit runUnset(const Invocation& invocation, const EditOptions& options) {
    if (!isPointer(options.pointer)) {
        return failPointer(invocation, options);
    }
    auto file = load(invocation, options);
    if (!file) {
        return fail(invocation, Exit::CheckFailed, file.error());
    }
    if (!file->isEditable()) {
        return failUnparsable(invocation, *file);
    }
    if (!file->exists() || !file->value(options.pointer)) {
        return fail(invocation, Exit::CheckFailed,
                    options.pointer + " is not set in " + file->path().string() + ".");
    }
    if (const auto edit = file->unset(options.pointer); !edit) {
        return fail(invocation, Exit::WrongUsage, edit.error());
    }
    return saveAndSay(invocation, options, *file, "Removed");
}

CLI::App* addEdit(CLI::App& line, const char* name, const char* help,
                  const std::shared_ptr<EditOptions>& options) {
    CLI::App* command = line.add_subcommand(name, help);
    command
        ->add_option("POINTER", options->pointer,
                     "JSON pointer of the file as it stands: /modelRouter/balancedModel")
        ->required();
    command->add_option("--file", options->file, "Which file of the preferences")
        ->check(CLI::IsMember({"model-router", "llm"}))
        ->capture_default_str();
    return command;
}

} // namespace

void addGetSetUnset(CLI::App& line, Command& chosen) {
    const auto choose = [&chosen](auto run, const std::shared_ptr<EditOptions>& options) {
        return [&chosen, run, options] {
            chosen = [run, options](const Invocation& invocation) { return run(invocation, *options); };
        };
    };

    const auto getOptions = std::make_shared<EditOptions>();
    addEdit(line, "get", "Print one value's own bytes; exit 1 where it is absent", getOptions)
        ->callback(choose(runGet, getOptions));

    const auto setOptions = std::make_shared<EditOptions>();
    CLI::App* set = addEdit(line, "set", "Set one value; nothing else in the file changes", setOptions);
    set->add_option("JSON", setOptions->json, "The value as JSON: '\"openai/gpt-5.2\"', true, 0.7")
        ->required();
    set->add_flag("--force", setOptions->force, "Write it even when the preferences become invalid");
    set->callback(choose(runSet, setOptions));

    const auto unsetOptions = std::make_shared<EditOptions>();
    CLI::App* unset = addEdit(line, "unset", "Remove one value; undoes a set to the byte", unsetOptions);
    unset->add_flag("--force", unsetOptions->force, "Write it even when the preferences become invalid");
    unset->callback(choose(runUnset, unsetOptions));
}

} // namespace tierdeck::app
