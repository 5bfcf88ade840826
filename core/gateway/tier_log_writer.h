// Writes the tier log: one line an event, key=value after the sentence, rotated at 16 MiB × 8. Never a
// prompt, a reply or a key. Thread-safe; only the holder of the gateway lease makes one with a file.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/routing/request_record.h"
#include "core/routing/route_decision.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace tierdeck::gateway {

class TierLogWriter {
public:
    [[nodiscard]] static Result<std::unique_ptr<TierLogWriter>> open(const std::filesystem::path& file);
    /// One whose lines are kept nowhere, for who does not hold the lease.
    [[nodiscard]] static std::unique_ptr<TierLogWriter> toNowhere();
    ~TierLogWriter();

    void assigned(UtcTime time, const routing::RouteDecision& decision, const routing::RequestRecord& record);
    void fallback(UtcTime time, std::string_view from, std::string_view to, std::string_view reason,
                  int attempt, const routing::RequestRecord& record);
    void complete(UtcTime time, const routing::RequestRecord& record);
    void mismatch(UtcTime time, const routing::RequestRecord& record);
    void reloaded(UtcTime time, std::string_view file, std::string_view fingerprint);
    /// "Window: …", "Budget: …": a sentence about one request.
    void remark(UtcTime time, std::string_view sentence, const routing::RequestRecord& record);
    void warning(UtcTime time, std::string_view sentence);
    void info(UtcTime time, std::string_view sentence);

    /// Lines are buffered; whoever writes them calls this soon after (the gateway: within 100 ms).
    void flush();

private:
    struct Impl;
    class Line;
    explicit TierLogWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::gateway
