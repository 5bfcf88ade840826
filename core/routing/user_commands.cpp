#include "core/routing/user_commands.h"

#include "core/routing/text_scan.h"

#include <algorithm>
#include <array>

namespace tierdeck::routing {

namespace {

// What clients put around a person's words: Claude Code, its editor extensions, Codex, Cline.
constexpr std::array<std::string_view, 30> wrapperNames{
    "system-reminder",       "environment_context",
    "environment_details",   "user_instructions",
    "command-name",          "command-message",
    "command-args",          "command-contents",
    "local-command-stdout",  "local-command-stderr",
    "local-command-caveat",  "user-prompt-submit-hook",
    "user-memory-input",     "ide_opened_file",
    "ide_selection",         "ide_diagnostics",
    "subagent_notification", "turn_aborted",
    "INSTRUCTIONS",          "post-tool-use-hook",
    "user_shell_command",    "skill",
    "recommended_plugins",   "codex_internal_context",
    "collaboration_mode",    "user_action",
    "task-notification",     "bash-input",
    "bash-stdout",           "bash-stderr",
};

constexpr std::string_view agentsHeading = "# AGENTS.md instructions";
constexpr std::string_view editorHeading = "# Context from my IDE setup:";
constexpr std::string_view editorRequest = "## My request for Codex:";

/// The name of the wrapper that opens at the start of `text` ("<name>" or "<name attribute…>"); "" where none
/// does.
std::string_view openingWrapper(std::string_view text) {
    if (!text.starts_with('<'))
        return {};
    for (const std::string_view name : wrapperNames) {
        if (text.substr(1).starts_with(name) && text.size() > name.size() + 1 &&
            (text[name.size() + 1] == '>' || isSpace(text[name.size() + 1])))
            return name;
    }
    return {};
}

/// "</name>" at `at`.
bool closesAt(std::string_view text, std::size_t at, std::string_view name) {
    return text.substr(at).starts_with("</") && text.substr(at + 2).starts_with(name) &&
           text.substr(at + 2 + name.size()).starts_with('>');
}

std::size_t findClosing(std::string_view text, std::string_view name) {
    for (std::size_t at = text.find("</"); at != std::string_view::npos; at = text.find("</", at + 2)) {
        if (closesAt(text, at, name))
            return at + name.size() + 3;
    }
    return std::string_view::npos;
}

/// Where the wrapper that closes at the end of `text` opens; npos where none does.
std::size_t findOpening(std::string_view text) {
    const std::size_t close = text.ends_with('>') ? text.rfind("</") : std::string_view::npos;
    if (close == std::string_view::npos)
        return close;
    const std::string_view name = text.substr(close + 2, text.size() - close - 3);
    if (std::find(wrapperNames.begin(), wrapperNames.end(), name) == wrapperNames.end())
        return std::string_view::npos;
    for (std::size_t at = text.rfind('<', close - (close > 0)); at != std::string_view::npos && at < close;) {
        if (openingWrapper(text.substr(at)) == name)
            return at;
        if (at == 0)
            break;
        at = text.rfind('<', at - 1);
    }
    return std::string_view::npos;
}

/// Codex puts a heading of its own before the project's instructions, and its editor extensions what the
/// editor shows before what was asked.
std::string_view skipHeading(std::string_view text) {
    if (text.starts_with(agentsHeading)) {
        const std::size_t line = std::min(text.find('\n'), text.size());
        const std::string_view rest = trimmed(text.substr(line));
        if (rest.empty() || openingWrapper(rest) == "INSTRUCTIONS")
            return rest;
    } else if (text.starts_with(editorHeading)) {
        const std::size_t request = text.rfind(editorRequest);
        if (request != std::string_view::npos)
            return trimmed(text.substr(request + editorRequest.size()));
    }
    return text;
}

} // namespace

std::optional<UserCommand> parseUserCommand(std::string_view message) {
    std::size_t at = 0;
    const auto skipSpace = [&](bool lineOnly) {
        while (at < message.size() && isSpace(message[at]) && !(lineOnly && message[at] == '\n'))
            ++at;
    };
    const auto takeWord = [&] {
        const std::size_t from = at;
        while (at < message.size() && !isSpace(message[at]))
            ++at;
        return message.substr(from, at - from);
    };

    skipSpace(false);
    if (at == message.size() || (message[at] != '/' && message[at] != '@'))
        return std::nullopt;
    ++at;
    const std::string_view word = takeWord();
    UserCommand command;
    if (word == "tier")
        command.kind = UserCommand::Kind::Tier;
    else if (word == "model")
        command.kind = UserCommand::Kind::Model;
    else if (word == "status")
        command.kind = UserCommand::Kind::Status;
    else
        return std::nullopt;

    if (command.kind != UserCommand::Kind::Status) {
        skipSpace(true);
        std::string_view argument = takeWord();
        while (!argument.empty() &&
               (argument.back() == ',' || argument.back() == ';' || argument.back() == ':'))
            argument.remove_suffix(1);
        command.argument = std::string(argument);
    }
    skipSpace(false);
    command.length = at;
    command.alone = at == message.size();
    // "/status of my order?" is a question, not a command.
    if (command.kind == UserCommand::Kind::Status && !command.alone)
        return std::nullopt;
    return command;
}

std::string_view skipWrappers(std::string_view message) {
    std::string_view text = skipHeading(trimmed(message));
    for (std::string_view name = openingWrapper(text); !name.empty(); name = openingWrapper(text)) {
        const std::size_t end = findClosing(text, name);
        if (end == std::string_view::npos)
            break;
        text = skipHeading(trimmed(text.substr(end)));
    }
    for (std::size_t begin = findOpening(text); begin != std::string_view::npos; begin = findOpening(text))
        text = trimmed(text.substr(0, begin));
    return text;
}

} // namespace tierdeck::routing
