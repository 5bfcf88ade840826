// Provider keys from where the user put them: the environment, a file, the desktop's secret service. Any
// thread; owned by each program's main. Needs a QCoreApplication once a keychain entry is asked for.
#pragma once

#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"

#include <chrono>
#include <memory>
#include <string>

namespace tierdeck::app {

class SystemSecrets final : public SecretSource {
public:
    /// A secret service that does not answer within `keychainTimeout` (it may be asking the user to unlock
    /// it) counts as not reachable.
    explicit SystemSecrets(std::chrono::milliseconds keychainTimeout = std::chrono::seconds(3));
    ~SystemSecrets() override;

    [[nodiscard]] Result<std::string> fromEnvironment(const std::string& variable) const override;
    /// The password under `entry` of the service "tierdeck". A failure is kept for ten seconds, so that a
    /// missing or silent service does not hold up one question after another; a key is never kept.
    [[nodiscard]] Result<std::string> fromKeychain(const std::string& entry) const override;
    /// A leading `~/` is the home folder.
    [[nodiscard]] Result<std::string> fromFile(const std::string& path) const override;

private:
    class Keychain;
    std::unique_ptr<Keychain> m_keychain;
};

} // namespace tierdeck::app
