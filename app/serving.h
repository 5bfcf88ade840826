// Everything a gateway needs for one workspace, built and connected: lease, preferences, store, tier log,
// gateway. Used by `tierctl serve` and by the desktop app. Start and stop from one thread; the parts run on
// threads of their own.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"
#include "core/foundation/workspace.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tierdeck::app {

struct ServeSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 4141; ///< 0 takes a free one
    std::string token;
    /// A sentence for people when the store cannot commit, "" when it can again. Any thread.
    std::function<void(const std::string&)> onStoreTrouble;
};

class Serving {
public:
    /// Locked when this workspace already has a gateway (the sentence names its address) or the port is
    /// taken.
    [[nodiscard]] static Result<std::unique_ptr<Serving>> start(const Workspace& workspace,
                                                                const ServeSettings& settings,
                                                                const SecretSource& secrets,
                                                                const Clock& clock);
    ~Serving(); ///< stops, drains, commits

    [[nodiscard]] std::string address() const;
    void reloadPreferences();

private:
    struct Parts;
    explicit Serving(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> m_parts;
};

} // namespace tierdeck::app
