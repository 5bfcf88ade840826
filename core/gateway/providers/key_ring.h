// The providers' keys, fetched when they are needed and forgotten soon. Slow sources (files, the desktop's
// secret service) are asked on a thread of their own. Thread-safe; owned by
// Services.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/secret_source.h"
#include "core/gateway/http/asio.h"
#include "core/routing/provider_settings.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tierdeck::gateway {

class KeyRing {
public:
    explicit KeyRing(const SecretSource& secrets);
    ~KeyRing();

    /// "" for a provider that needs none. NotFound with a sentence that names the variable, entry or file;
    /// nullopt where it is to be fetched.
    [[nodiscard]] std::optional<Result<std::string>> keyAtOnce(const routing::ProviderSettings& provider,
                                                               SteadyTime now);
    /// From where it takes its time.
    [[nodiscard]] asio::awaitable<Result<std::string>> fetchKey(const routing::ProviderSettings& provider,
                                                                SteadyTime now);
    /// A provider refused its key: it is asked for anew next time.
    void forget(const routing::KeySource& source);

private:
    struct Kept {
        std::string key;
        SteadyTime until{};
    };
    struct Worker;
    using Place = std::pair<routing::KeySource::Kind, std::string>;
    [[nodiscard]] std::optional<std::string> kept(const Place& place, SteadyTime now);
    void keep(const Place& place, const std::string& key, SteadyTime until);
    [[nodiscard]] Worker& worker();

    const SecretSource& m_secrets;
    std::mutex m_mutex;
    std::unique_ptr<Worker> m_worker;
    std::map<Place, Kept> m_kept;
};

} // namespace tierdeck::gateway
