// Which command lines of the cascade's gates a person confirmed. Any thread; implemented by preferences,
// which keeps them in the workspace.
#pragma once

#include <string>
#include <vector>

namespace tierdeck::routing {

class CommandTrust {
public:
    virtual ~CommandTrust() = default;
    /// Program and arguments, exactly as they stand in the gate. A stat at most.
    [[nodiscard]] virtual bool isTrusted(const std::vector<std::string>& run) = 0;
};

} // namespace tierdeck::routing
