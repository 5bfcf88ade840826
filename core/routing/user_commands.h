// The words by which a person routes from inside a chat: `/tier T`, `/model P/M`, `/status`, also with `@`.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::routing {

struct UserCommand {
    enum class Kind { Tier, Model, Status };
    Kind kind = Kind::Status;
    std::string argument; ///< "" asks for what is in force
    std::size_t length =
        0;              ///< bytes from the message's start to the end of the command and the space after it
    bool alone = false; ///< nothing but the command stands in the message
};

/// The command at the start of a message (after white space), if there is one. Words that only begin like one
/// ("/tiered", "@model-builder") are none, and `/status` is one only where it stands alone.
[[nodiscard]] std::optional<UserCommand> parseUserCommand(std::string_view message);

/// `message` without the wrappers that clients put around what a person typed, leading and trailing, and
/// without white space at its ends: `<system-reminder>…</system-reminder>`, `<environment_context>…`. A view
/// into it.
[[nodiscard]] std::string_view skipWrappers(std::string_view message);

} // namespace tierdeck::routing
