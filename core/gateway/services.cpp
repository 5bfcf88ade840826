#include "core/gateway/services.h"

namespace tierdeck::gateway {

routing::PolicySource::Current Services::policy() {
    auto current = parts.policies.current();
    if (!current.reloaded.empty()) {
        const auto time = parts.clock.now();
        if (current.problem.empty())
            parts.log.reloaded(time, current.reloaded, current.policy ? current.policy->fingerprint : "");
        else
            parts.log.warning(time,
                              "Preferences: " + current.reloaded + " is not in force: " + current.problem);
    }
    return current;
}

void Services::flushLogSoon() {
    if (logFlushDue)
        return;
    logFlushDue = true;
    logTimer.expires_after(std::chrono::milliseconds(100));
    logTimer.async_wait([this](error_code) {
        logFlushDue = false;
        parts.log.flush();
    });
}

} // namespace tierdeck::gateway
