#include "app/serving.h"

#include "core/gateway/gateway.h"
#include "core/gateway/gateway_lease.h"
#include "core/gateway/tier_log_writer.h"
#include "core/preferences/live_availability.h"
#include "core/preferences/live_preferences.h"
#include "core/preferences/trusted_commands.h"
#include "core/sessions/budget_meter.h"
#include "core/sessions/session_store.h"

#include <cstdlib>

namespace tierdeck::app {

/// In the order in which they are made. They are torn down the other way round: the gateway stops and drains,
/// the store commits what it was given, the log closes, and only then may another process take the workspace.
struct Serving::Parts {
    std::unique_ptr<gateway::GatewayLease> lease;
    std::unique_ptr<gateway::TierLogWriter> log;
    std::unique_ptr<preferences::LivePreferences> preferences;
    std::unique_ptr<preferences::LiveAvailability> availability;
    std::unique_ptr<preferences::LiveCommandTrust> trust;
    std::unique_ptr<sessions::SessionStore> store;
    std::unique_ptr<sessions::BudgetMeter> budgets;
    std::unique_ptr<gateway::Gateway> gateway;
};

Serving::Serving(std::unique_ptr<Parts> parts)
    : m_parts(std::move(parts)) {}

Serving::~Serving() = default;

Result<std::unique_ptr<Serving>> Serving::start(const Workspace& workspace, const ServeSettings& settings,
                                                const SecretSource& secrets, const Clock& clock) {
    auto parts = std::make_unique<Parts>();

    auto lease = gateway::GatewayLease::take(workspace);
    if (!lease) {
        return tl::unexpected(lease.error());
    }
    parts->lease = std::make_unique<gateway::GatewayLease>(std::move(*lease));

    auto log = gateway::TierLogWriter::open(workspace.tierLogFile());
    if (!log) {
        return tl::unexpected(log.error());
    }
    parts->log = std::move(*log);

    parts->preferences = std::make_unique<preferences::LivePreferences>(workspace, clock, secrets);

    parts->availability = std::make_unique<preferences::LiveAvailability>(workspace, clock);

    parts->trust = std::make_unique<preferences::LiveCommandTrust>(workspace);

    auto storeOptions = sessions::StoreOptions::in(workspace);
    storeOptions.onTrouble = [log = parts->log.get(), &clock,
                              tell = settings.onStoreTrouble](const std::string& trouble) {
        if (trouble.empty()) {
            log->info(clock.now(), "Store: requests are recorded again");
        } else {
            log->warning(clock.now(), "Store: " + trouble);
        }
        if (tell) {
            tell(trouble);
        }
    };
    auto store = sessions::SessionStore::open(std::move(storeOptions));
    if (!store) {
        return tl::unexpected(store.error());
    }
    parts->store = std::move(*store);
    if (const auto& problem = parts->store->journalProblem(); !problem.empty()) {
        parts->log->warning(clock.now(),
                            "Store: " + problem + " Until the next start replies wait for the store.");
    }

    parts->budgets =
        std::make_unique<sessions::BudgetMeter>(sessions::BudgetMeter::Options{workspace.storeFile()});

    gateway::GatewayOptions gatewayOptions;
    gatewayOptions.workspace = workspace.root();
    gatewayOptions.isTrusted = [trust = parts->trust.get()](const std::vector<std::string>& command) {
        return trust->isTrusted(command);
    };
    gatewayOptions.host = settings.host;
    gatewayOptions.port = settings.port;
    gatewayOptions.token = settings.token;
    gatewayOptions.proxies = gateway::http::ProxyRules::fromEnvironment([](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value ? value : "");
    });
    for (const std::string& problem : gatewayOptions.proxies.problems()) {
        parts->log->warning(clock.now(), problem);
    }
    parts->gateway = std::make_unique<gateway::Gateway>(
        gatewayOptions,
        gateway::Gateway::Parts{*parts->preferences, *parts->store, secrets, clock, *parts->log,
                                parts->availability.get(), parts->budgets.get()});
    if (auto started = parts->gateway->start(); !started) {
        return tl::unexpected(started.error());
    }
    if (auto announced = parts->lease->announce(parts->gateway->address(), clock.now()); !announced) {
        return tl::unexpected(announced.error());
    }
    return std::unique_ptr<Serving>(new Serving(std::move(parts)));
}

std::string Serving::address() const {
    return m_parts->gateway->address();
}

void Serving::reloadPreferences() {
    m_parts->preferences->reload();
}

} // namespace tierdeck::app
