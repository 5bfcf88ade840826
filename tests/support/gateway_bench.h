// A gateway on a port of its own with everything it needs in memory: a policy, keys, a sink, a log in a
// temporary folder. Change `policy` and `options` before start(). One thread; owned by one test function.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/secret_source.h"
#include "core/gateway/gateway.h"
#include "core/gateway/tier_log_writer.h"
#include "core/routing/policy.h"
#include "tests/support/http_text.h"
#include "tests/support/memory_sink.h"
#include "tests/support/mock_upstream.h"
#include "tests/support/raw_client.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tierdeck::testing {

/// Gives the policy that the test set last. Thread-safe.
class FixedPolicies final : public routing::PolicySource {
public:
    [[nodiscard]] Current current() override;
    /// `reloaded` is told once.
    void set(std::shared_ptr<const routing::Policy> policy, std::string problem = {},
             std::string reloaded = {});

private:
    std::mutex m_mutex;
    Current m_current;
};

class FixedSecrets final : public SecretSource {
public:
    [[nodiscard]] Result<std::string> fromEnvironment(const std::string& variable) const override;
    [[nodiscard]] Result<std::string> fromKeychain(const std::string& entry) const override;
    [[nodiscard]] Result<std::string> fromFile(const std::string& path) const override;
    void set(const std::string& name, const std::string& key);
    /// How often a slow source was asked.
    [[nodiscard]] int slowReads() const;
    /// Called on the thread that asks a slow source, before it answers. Set before the gateway starts.
    std::function<void()> onSlowRead;

private:
    [[nodiscard]] Result<std::string> find(const std::string& name) const;
    mutable std::mutex m_mutex;
    std::map<std::string, std::string> m_keys;
    mutable int m_slowReads = 0;
};

/// balanced, smart and coding are mock/base, mock/smart and mock/coder; deep and background are unset. One
/// try a model, no waiting; mock/base costs 1 USD per million input, 0.1 cached, 10 output; mock/smart costs
/// twice that; mock/coder has no price. The simulated provider is `sim`.
[[nodiscard]] routing::Policy testPolicy(const std::string& mockUrl);
/// A provider with the key of the variable `<NAME>_KEY`.
void addProvider(routing::Policy& policy, const std::string& name, const std::string& url);
/// `models` one after the other behind every model of `key`.
void setFallbacks(routing::Policy& policy, const std::string& key, const std::vector<std::string>& models);

/// The system's clock, set forward as a test likes. Thread-safe.
class ShiftedClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override { return m_system.now() + m_passed.load(); }

    [[nodiscard]] SteadyTime steadyNow() const override { return m_system.steadyNow() + m_passed.load(); }

    void pass(std::chrono::milliseconds time) { m_passed = m_passed.load() + time; }

private:
    SystemClock m_system;
    std::atomic<std::chrono::milliseconds> m_passed{};
};

class GatewayBench {
public:
    explicit GatewayBench(const std::string& mockUrl = "http://127.0.0.1:9/v1");
    ~GatewayBench();

    routing::Policy policy;
    gateway::GatewayOptions options;
    MemorySink sink;
    FixedPolicies policies;
    ShiftedClock clock;
    FixedSecrets secrets; ///< MOCK_KEY is "mock-secret", OTHER_KEY "other-secret"
    routing::AvailabilitySource* availability = nullptr; ///< set before start(), as are the next
    routing::SpendSource* spend = nullptr;
    routing::RecordSink* store = nullptr; ///< in the place of `sink`

    void start();
    void stop();
    /// After start(): what the next request is decided by.
    void setPolicy(const routing::Policy& changed);

    [[nodiscard]] gateway::Gateway& gateway() { return *m_gateway; }

    [[nodiscard]] std::uint16_t port() const { return m_gateway->port(); }

    /// On a connection of its own.
    HttpMessage ask(std::string_view request) const;
    /// The tier log as it is on the disk after stop().
    [[nodiscard]] std::string log() const;
    /// The record of the request that a reply names.
    [[nodiscard]] routing::RequestRecord recordOf(const HttpMessage& reply) const;

private:
    std::filesystem::path m_folder;
    std::unique_ptr<gateway::TierLogWriter> m_log;
    std::unique_ptr<gateway::Gateway> m_gateway;
};

/// A request body with one user message. `more` are members, each with a comma behind it.
[[nodiscard]] std::string chatBody(std::string_view model, std::string_view text = "hi",
                                   std::string_view more = {});
[[nodiscard]] std::string chatRequest(std::string_view model, std::string_view text = "hi",
                                      const Headers& headers = {});
[[nodiscard]] std::string streamRequest(std::string_view model, std::string_view text = "hi",
                                        const Headers& headers = {});
/// The value at `key` of the first place where it stands as a text in a JSON document.
[[nodiscard]] std::string textIn(std::string_view json, std::string_view key);

} // namespace tierdeck::testing
