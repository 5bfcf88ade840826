#include "core/foundation/workspace.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace tierdeck {

namespace {

std::filesystem::path fromEnvironment(const char* variable) {
    const char* const value = std::getenv(variable);
    return value ? std::filesystem::path(value) : std::filesystem::path();
}

std::filesystem::path homeFolder() {
    auto home = fromEnvironment("HOME");
    if (!home.empty())
        return home;
    const passwd* const entry = getpwuid(getuid());
    return entry && entry->pw_dir ? std::filesystem::path(entry->pw_dir) : std::filesystem::path("/");
}

} // namespace

Workspace Workspace::standard() {
    if (const auto chosen = fromEnvironment("TIERDECK_WORKSPACE"); !chosen.empty()) {
        std::error_code ignored;
        const auto absolute = std::filesystem::absolute(chosen, ignored);
        return Workspace(ignored ? chosen : absolute);
    }
    // The XDG base directory specification says to ignore a path that is not absolute.
    if (const auto data = fromEnvironment("XDG_DATA_HOME"); data.is_absolute())
        return Workspace(data / "tierdeck");
    return Workspace(homeFolder() / ".local" / "share" / "tierdeck");
}

} // namespace tierdeck
