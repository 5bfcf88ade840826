// state/trusted-commands.json: the command lines that a person confirmed, so that preferences which somebody
// else wrote run nothing by themselves. The file counts only while no one but its owner may write it.
// Thread-safe; owned by whoever serves or by a command.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/workspace.h"

#include <memory>
#include <string>
#include <vector>

namespace tierdeck::preferences {

struct TrustedCommand {
    std::vector<std::string> run;
    UtcTime confirmed{};
};

/// Empty where there is no file. Conflict where others may write it; ParseFailed where it cannot be read.
[[nodiscard]] Result<std::vector<TrustedCommand>> readTrustedCommands(const Workspace& workspace);
/// The command line as a shell would need it, to be read and copied.
[[nodiscard]] std::string asTyped(const std::vector<std::string>& run);
/// Whether it was new.
[[nodiscard]] Result<bool> trustCommand(const Workspace& workspace, const std::vector<std::string>& run,
                                        UtcTime now);
/// Whether it was there.
[[nodiscard]] Result<bool> revokeCommand(const Workspace& workspace, const std::vector<std::string>& run);

/// The same for whoever runs commands: read again when the file changed.
class LiveCommandTrust {
public:
    explicit LiveCommandTrust(Workspace workspace);
    ~LiveCommandTrust();

    /// Program and arguments, exactly as they stand in the gate. A stat at most.
    [[nodiscard]] bool isTrusted(const std::vector<std::string>& run);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace tierdeck::preferences
