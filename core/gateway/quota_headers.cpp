#include "core/gateway/quota_headers.h"

#include "core/gateway/http/retry_after.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tierdeck::gateway {

namespace {

using http::numberIn;

/// nullopt where one of them is not said.
std::optional<double> percentUsed(std::string_view limit, std::string_view remaining) {
    const auto all = numberIn(limit);
    const auto left = numberIn(remaining);
    if (!all || !left || *all <= 0)
        return std::nullopt;
    return std::clamp(100 * (1 - *left / *all), 0.0, 100.0);
}

UtcTime after(UtcTime now, double seconds) {
    return now + std::chrono::milliseconds(std::llround(std::min(seconds, 31.0 * 86400) * 1000));
}

} // namespace

std::vector<routing::QuotaWindow> quotaWindows(const http::Head& reply, UtcTime now) {
    std::vector<routing::QuotaWindow> windows;
    for (const std::string what : {"requests", "tokens"}) {
        const auto used =
            percentUsed(reply.find("x-ratelimit-limit-" + what), reply.find("x-ratelimit-remaining-" + what));
        if (!used)
            continue;
        auto& window = windows.emplace_back(routing::QuotaWindow{what, *used, std::nullopt});
        if (const auto left = http::timeSpanIn(reply.find("x-ratelimit-reset-" + what)))
            window.resetsAt = now + *left;
    }
    for (const std::string what : {"requests", "tokens", "input-tokens", "output-tokens"}) {
        const std::string start = "anthropic-ratelimit-" + what;
        const auto used = percentUsed(reply.find(start + "-limit"), reply.find(start + "-remaining"));
        if (!used)
            continue;
        auto& window = windows.emplace_back(routing::QuotaWindow{what, *used, std::nullopt});
        if (const auto then = parseRfc3339(reply.find(start + "-reset")))
            window.resetsAt = *then;
    }
    for (const std::string what : {"primary", "secondary"}) {
        const std::string start = "x-codex-" + what;
        const auto used = numberIn(reply.find(start + "-used-percent"));
        if (!used)
            continue;
        auto& window = windows.emplace_back(routing::QuotaWindow{what, std::min(*used, 100.0), std::nullopt});
        if (const auto left = numberIn(reply.find(start + "-reset-after-seconds")))
            window.resetsAt = after(now, *left);
        else if (const auto then = numberIn(reply.find(start + "-reset-at")))
            window.resetsAt = UtcTime(std::chrono::milliseconds(std::llround(*then * 1000)));
    }
    return windows;
}

} // namespace tierdeck::gateway
