// Where provider keys come from. Core only knows this question; the answers (environment, file, the desktop's
// secret service) are given by app/. Implementations must be callable from any thread.
#pragma once

#include "core/foundation/result.h"

#include <string>

namespace tierdeck {

class SecretSource {
public:
    virtual ~SecretSource() = default;
    /// The value of an environment variable; NotFound when it is unset or empty.
    [[nodiscard]] virtual Result<std::string> fromEnvironment(const std::string& variable) const = 0;
    [[nodiscard]] virtual Result<std::string> fromKeychain(const std::string& entry) const = 0;
    /// The first line of a file.
    [[nodiscard]] virtual Result<std::string> fromFile(const std::string& path) const = 0;
};

} // namespace tierdeck
