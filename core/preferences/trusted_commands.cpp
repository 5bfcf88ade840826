#include "core/preferences/trusted_commands.h"

#include "core/foundation/atomic_file.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string_view>
#include <utility>

namespace tierdeck::preferences {

namespace {

using Json = nlohmann::ordered_json;

Result<void> checkMode(const std::filesystem::path& path) {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0)
        return {}; // there is none, or reading it says why
    const bool othersWrite = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (!othersWrite && status.st_uid == ::geteuid())
        return {};
    return failure(
        ErrorCode::Conflict,
        "Others may write state/trusted-commands.json, so nothing in it counts. Remove it and confirm "
        "the commands again.",
        path.string());
}

Result<void> write(const Workspace& workspace, const std::vector<TrustedCommand>& commands) {
    Json list = Json::array();
    for (const TrustedCommand& command : commands)
        list.push_back({{"run", command.run}, {"confirmed", toRfc3339(command.confirmed)}});
    const auto path = workspace.trustedCommandsFile();
    auto done = writeFileAtomically(path, Json{{"commands", std::move(list)}}.dump(2) + '\n');
    if (done && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
        return failure(ErrorCode::IoFailed, "The mode of state/trusted-commands.json could not be set.");
    return done;
}

auto findIn(std::vector<TrustedCommand>& commands, const std::vector<std::string>& run) {
    return std::find_if(commands.begin(), commands.end(), [&](const auto& one) { return one.run == run; });
}

} // namespace

Result<std::vector<TrustedCommand>> readTrustedCommands(const Workspace& workspace) {
    const auto path = workspace.trustedCommandsFile();
    if (auto fine = checkMode(path); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    const auto text = readFile(path);
    std::vector<TrustedCommand> commands;
    if (!text) {
        if (text.error().code == ErrorCode::NotFound)
            return commands;
        return tl::unexpected<Error>(text.error());
    }
    try {
        const Json document = Json::parse(*text);
        for (const Json& entry : document.at("commands")) {
            const auto confirmed = parseRfc3339(entry.at("confirmed").get_ref<const std::string&>());
            commands.push_back(
                {entry.at("run").get<std::vector<std::string>>(), confirmed.value_or(UtcTime())});
        }
    } catch (const std::exception& reason) {
        return failure(
            ErrorCode::ParseFailed,
            "state/trusted-commands.json cannot be read; remove it and confirm the commands again.",
            reason.what());
    }
    return commands;
}

std::string asTyped(const std::vector<std::string>& run) {
    std::string text;
    for (const std::string& word : run) {
        const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
        });
        text += text.empty() ? "" : " ";
        if (plain) {
            text += word;
            continue;
        }
        text += '\'';
        for (const char c : word)
            text += c == '\'' ? std::string("'\\''") : std::string(1, c);
        text += '\'';
    }
    return text;
}

Result<bool> trustCommand(const Workspace& workspace, const std::vector<std::string>& run, UtcTime now) {
    if (run.empty() || run.front().empty())
        return failure(ErrorCode::InvalidInput, "Name the command with all of its arguments.");
    auto commands = readTrustedCommands(workspace);
    if (!commands)
        return tl::unexpected<Error>(std::move(commands.error()));
    if (findIn(*commands, run) != commands->end())
        return false;
    commands->push_back({run, now});
    if (auto done = write(workspace, *commands); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    return true;
}

Result<bool> revokeCommand(const Workspace& workspace, const std::vector<std::string>& run) {
    auto commands = readTrustedCommands(workspace);
    if (!commands)
        return tl::unexpected<Error>(std::move(commands.error()));
    const auto found = findIn(*commands, run);
    if (found == commands->end())
        return false;
    commands->erase(found);
    if (auto done = write(workspace, *commands); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    return true;
}

// ------------------------------------------------------------------------------------------------------

struct LiveCommandTrust::State {
    explicit State(Workspace place)
        : workspace(std::move(place)) {}

    const Workspace workspace;
    std::mutex mutex;
    bool everRead = false;
    FileStamp stamp;
    std::vector<TrustedCommand> commands;
};

LiveCommandTrust::LiveCommandTrust(Workspace workspace)
    : m_state(std::make_unique<State>(std::move(workspace))) {}

LiveCommandTrust::~LiveCommandTrust() = default;

bool LiveCommandTrust::isTrusted(const std::vector<std::string>& run) {
    State& state = *m_state;
    // A command is about to be started: a look at the file, and the mode with it, costs nothing beside that.
    const FileStamp stamp = stampOf(state.workspace.trustedCommandsFile());
    const bool isSafe = checkMode(state.workspace.trustedCommandsFile()).has_value();
    bool isKnown = false;
    {
        const std::lock_guard lock(state.mutex);
        isKnown = state.everRead && stamp == state.stamp;
    }
    if (!isKnown) {
        auto commands = readTrustedCommands(state.workspace);
        const std::lock_guard lock(state.mutex);
        state.commands = commands ? std::move(*commands) : std::vector<TrustedCommand>();
        state.stamp = stamp;
        state.everRead = true;
    }
    const std::lock_guard lock(state.mutex);
    return isSafe && findIn(state.commands, run) != state.commands.end();
}

} // namespace tierdeck::preferences
